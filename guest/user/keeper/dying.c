/*
 * dying: faults while somebody waits for its answer. Loads below DYING_STEP kill it at once, loads above after a step.
 */
#include "guest/user/keeper/dying.h"

#include "guest/user/lib/keeper.h"
#include "guest/user/lib/start.h"

static uint64_t die(struct keeper_request *r)
{
	(void)r;
	__asm__ volatile("hlt");
	return ANSWER_DONE;
}

static uint64_t access(struct keeper_request *r)
{
	if (r->offset < DYING_STEP)
		return die(r);
	r->cap = CHILD_SLOT_PAGE;
	return ANSWER_STEP;
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	static const struct keeper dying = {.load = access, .store = access, .stepped = die};

	(void)a, (void)b, (void)c, (void)d;
	keeper_serve(&dying);
}
