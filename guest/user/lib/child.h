/*
 * child.h: processes made from boot modules. For who holds a bank and the modules.
 *
 * A child has 16 slots of 1 MiB: its image in the second, at START_ADDRESS; what stands in the third is what most
 * programs are about, at CHILD_OBJECT. Its slots are the first process's as far as they are given, and those here.
 */
#ifndef GUEST_USER_LIB_CHILD_H
#define GUEST_USER_LIB_CHILD_H

#include "guest/user/lib/message.h"

#include <stdbool.h>

#define CHILD_OBJECT 0x200000ull
#define CHILD_OBJECT_SLOT 2 /* of its space */

#define CHILD_SLOT_ENDPOINT 7 /* its own, at which it waits */
#define CHILD_SLOT_PAGE 8 /* a real page of its own, at CHILD_OBJECT unless something else is put there */
#define CHILD_SLOT_TARGET 9 /* what it wraps, or copies from */
#define CHILD_SLOT_PARENT 10 /* an entry to who started it */
#define CHILD_SLOT_FREE 16 /* from here on it can do as it likes */

struct child {
	/* slots of the parent's */
	uint8_t process, space, endpoint, page;
};

/* A slot of the caller's own that nothing is in; 0: there is none. What it is given back with is forgotten. */
uint8_t child_slot(void);
void child_slot_free(uint8_t slot);

/* The caller keeps no capability of the child's; the child goes on. */
void child_forget(const struct child *child);

/* A new object of the bank's in a slot of the caller's own; the slot, or 0. */
uint8_t child_alloc(uint64_t type, uint64_t argument);

/* The slot of the boot module whose program has this name; 0 if there is none. */
uint8_t child_module(const char *name);

/* A process that does not run yet. False: no such module, or no memory; *child is then not to be used. */
bool child_make(const char *name, struct child *child);

/* Put a capability of the caller's into a slot of the child's. */
void child_give(const struct child *child, uint8_t slot, uint8_t own);

/* What the child's loads and stores at CHILD_OBJECT reach: page, virtual page, space. */
void child_map(const struct child *child, uint8_t own);

/* A capability to a virtual page, or an entry, that the child answers for. The slot, 0 if there is none left. */
uint8_t child_virtual_page(const struct child *child, uint64_t badge, uint64_t restrictions);
uint8_t child_entry(const struct child *child, uint64_t badge);

/* It runs, with these arguments. */
void child_start(const struct child *child, uint64_t a, uint64_t b);

#endif
