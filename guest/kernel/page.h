/* page.h: 4 KiB of memory. */
#ifndef GUEST_KERNEL_PAGE_H
#define GUEST_KERNEL_PAGE_H

#include "guest/kernel/object.h"

#define PAGE_SIZE 4096u

struct page {
	struct object object;
	uint64_t physical;
};

struct page *page_of(struct object *object);
uint8_t *page_bytes(struct object *object);

struct message;
struct invocation;

/* What an order asks of any page, real or virtual: RESULT_OK, or why not. */
uint64_t page_check(const struct message *in, uint8_t restrictions);

/* PAGE_COPY_FROM's page, real or virtual, in *from; or the result is not RESULT_OK, or the process waits. */
enum outcome page_source(struct invocation *inv, struct capability *from);

#endif
