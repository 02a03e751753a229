/* virtual_page.h: page orders of an entry that poses as a page. */
#ifndef GUEST_KERNEL_VIRTUAL_PAGE_H
#define GUEST_KERNEL_VIRTUAL_PAGE_H

#include "guest/kernel/message.h"
#include "guest/kernel/object.h"

/* PAGE_COPY_FROM of the real page invoked, from a virtual one. */
enum outcome virtual_page_copy(struct invocation *inv, const struct capability *from);

/* The keeper has answered the order that the process waits for. */
void virtual_page_answer(struct process *p, const struct message *answer);

#endif
