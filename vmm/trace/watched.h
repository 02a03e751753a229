/*
 * watched.h: which bytes of guest memory a trace is about, and what is known of each of their pages.
 *
 * Ranges do not overlap: of one that does, only what is new is added. Pure; one thread at a time, or under its owner's
 * lock.
 */
#ifndef VMM_TRACE_WATCHED_H
#define VMM_TRACE_WATCHED_H

#include "capmodel/gpa.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct watched_range {
	uint64_t start, size; /* bytes */
	bool stores_only; /* its loads are not looked at */
};

struct watched_page {
	uint64_t gpa; /* of its first byte */
	bool disarmed; /* an ordinary page for a while, or from now on */
	bool mapped; /* its keeper made it an ordinary page */
	bool fixed; /* it cannot be disarmed: somebody other than the memory answers there */
	uint32_t hits; /* since the budget looked last */
	unsigned turns; /* how often it was disarmed for the budget */
	uint64_t added; /* when its first range came: cycles of the TSC */
	uint64_t since; /* when it was armed or disarmed last */
	uint64_t seen; /* cycles armed before that */
	uint64_t until; /* when it is to be armed again; 0: never */
};

struct watched {
	size_t nranges, npages;
	struct watched_range *ranges; /* by start */
	struct watched_page *pages; /* by gpa */
	size_t last; /* index of the page that was found last */
};

void watched_free(struct watched *w);

/*
 * The first run of bytes of [*start, *start+*size) that no range has yet: true, and *start and *size are this
 * run, *rest how many bytes of what was asked follow it. False: there is none.
 */
bool watched_new_in(const struct watched *w, uint64_t *start, uint64_t *size, uint64_t *rest);

/* A range that overlaps none, and its pages, armed since now. 0 or -ENOMEM (then nothing has changed). */
int watched_add(struct watched *w, const struct watched_range *range, uint64_t now);

/* The first range that touches [gpa, gpa+size), or NULL. */
const struct watched_range *watched_range_at(const struct watched *w, uint64_t gpa, uint64_t size);

/* The page that holds gpa, if a range has some of it; else NULL. */
struct watched_page *watched_page_at(struct watched *w, uint64_t gpa);

/* The page is armed (or not) from now on. */
void watched_arm(struct watched_page *page, bool armed, uint64_t now);

/* Cycles up to now in which it was armed. */
uint64_t watched_seen(const struct watched_page *page, uint64_t now);

#endif
