#include "vmm/trace/budget.h"

void budget_start(struct budget *b, double factor, uint64_t window, uint64_t now)
{
	*b = (struct budget){.factor = factor, .window = window, .began = now, .cheapest = UINT64_MAX};
}

void budget_add(struct budget *b, uint64_t ran, uint64_t answered)
{
	if (ran < b->cheapest)
		b->cheapest = ran;
	b->cost += answered + b->cheapest;
}

/*
 * A window of W cycles of which C were cost did W-C of the guest's work. With a pause of P after it, W+P cycles do
 * W-C+P of it: (W+P) / (W-C+P) is the factor when P = factor*C/(factor-1) - W.
 */
bool budget_look(struct budget *b, uint64_t now, uint64_t *pause, double *share)
{
	double length = (double)(now - b->began), cost = (double)b->cost, allowed, wanted;

	if (now - b->began < b->window)
		return false;
	b->began = now;
	b->cost = 0;
	*pause = 0;
	*share = 0;
	if (cost > length)
		cost = length;
	allowed = length * (b->factor - 1) / b->factor;
	wanted = b->factor * cost / (b->factor - 1) - length;
	if (cost > allowed && wanted > 0) {
		*pause = (uint64_t)wanted;
		*share = (cost - allowed) / cost;
	}
	return true;
}

/* The armed page with the most hits that may be disarmed; npages if none has any. */
static size_t hottest(const struct watched *w)
{
	size_t best = w->npages;

	for (size_t i = 0; i < w->npages; i++) {
		const struct watched_page *page = &w->pages[i];

		if (page->disarmed || page->mapped || page->fixed || page->hits == 0)
			continue;
		if (best == w->npages || page->hits > w->pages[best].hits)
			best = i;
	}
	return best;
}

size_t budget_pick(struct watched *w, double share, size_t *out, size_t most)
{
	double all = 0, picked = 0;
	size_t count = 0;

	for (size_t i = 0; i < w->npages; i++)
		all += w->pages[i].hits;
	while (count < most && share > 0 && picked < share * all) {
		size_t i = hottest(w);

		if (i == w->npages)
			break;
		picked += w->pages[i].hits;
		w->pages[i].hits = 0;
		out[count++] = i;
	}
	for (size_t i = 0; i < w->npages; i++)
		w->pages[i].hits = 0;
	return count;
}
