/*
 * membrane.h: the program `membrane`, which stands between a client and a capability of any type.
 *
 * Its parent gives it the target in CHILD_SLOT_TARGET and discrim, and hands out an entry to it with
 * the badge MEMBRANE_FIRST: a plain one, or a virtual page for a page.
 */
#ifndef GUEST_USER_WRAPPER_MEMBRANE_H
#define GUEST_USER_WRAPPER_MEMBRANE_H

#define MEMBRANE_FIRST 1

/* Through an entry with this badge: */
#define MEMBRANE_CONTROL 0x10000
#define MEMBRANE_COUNT 0x4000 /* -> w0 messages and w1 accesses that came through */

/*
 * To a wrapped space that has pages only: one to be mapped, opaque, of virtual pages that stand for those it has now.
 * w0 the size of its slots, as BANK_ALLOC takes it -> c0
 */
#define MEMBRANE_MAP 0x4001

#endif
