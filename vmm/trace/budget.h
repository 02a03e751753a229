/*
 * budget.h: for how long the hottest pages are left alone, so that the guest is slowed down by no more than so much.
 *
 * Time is looked at in windows. One in which accesses have cost more than the budget allows is followed by
 * a time without the pages that they were on, just as long as makes the mean right. Pure.
 */
#ifndef VMM_TRACE_BUDGET_H
#define VMM_TRACE_BUDGET_H

#include "vmm/trace/watched.h"

struct budget {
	double factor; /* the most that the guest may be slowed down by, above 1 */
	uint64_t window; /* cycles */
	uint64_t began; /* of this window */
	uint64_t cost; /* cycles of this window that traced accesses took, exits too */
	uint64_t cheapest; /* the shortest run of the guest that ended in an exit for an access: about what an exit
			      costs */
};

void budget_start(struct budget *b, double factor, uint64_t window, uint64_t now);

/* The guest ran for so many cycles until a traced access; answering it took so many. */
void budget_add(struct budget *b, uint64_t ran, uint64_t answered);

/*
 * Is the window over? Then a new one begins; *pause is for how many cycles pages are to be left alone, and
 * *share of their hits (0 to 1] is to be saved: 0 and 0 if the budget was kept. False: it goes on.
 */
bool budget_look(struct budget *b, uint64_t now, uint64_t *pause, double *share);

/*
 * The hottest armed pages that may be disarmed and together have at least this share of all hits: their number, the
 * indices in order of hits in out[0..most). All hits are forgotten.
 */
size_t budget_pick(struct watched *w, double share, size_t *out, size_t most);

#endif
