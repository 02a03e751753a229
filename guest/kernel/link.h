/*
 * link.h: rings of records. A head is a link too; a link outside any ring points to itself.
 */
#ifndef GUEST_KERNEL_LINK_H
#define GUEST_KERNEL_LINK_H

#include <stdbool.h>
#include <stddef.h>

struct link {
	struct link *next, *previous;
};

#define CONTAINER(link_, type_, member_) ((type_ *)(void *)((char *)(link_)-offsetof(type_, member_)))

static inline void link_init(struct link *l)
{
	l->next = l->previous = l;
}

static inline bool link_alone(const struct link *l)
{
	return l->next == l;
}

static inline void link_remove(struct link *l)
{
	l->next->previous = l->previous;
	l->previous->next = l->next;
	link_init(l);
}

/* To the end of the ring, out of the one it was in. */
static inline void link_append(struct link *head, struct link *l)
{
	link_remove(l);
	l->previous = head->previous;
	l->next = head;
	head->previous->next = l;
	head->previous = l;
}

/* To the beginning. */
static inline void link_prepend(struct link *head, struct link *l)
{
	link_append(head->next, l);
}

#endif
