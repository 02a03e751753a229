/*
 * lazy: a file that is not there before it is touched. At the first access it copies the page of a boot module, and has
 * it mapped: from then on loads and stores go at the hardware's speed.
 */
#include "guest/user/lib/keeper.h"
#include "guest/user/lib/print.h"
#include "guest/user/lib/start.h"

static bool filled;

static uint64_t touch(struct keeper_request *r)
{
	if (!filled) {
		if (message_ask(CHILD_SLOT_PAGE, PAGE_COPY_FROM, 0, 0, CHILD_SLOT_TARGET, 0) != RESULT_OK)
			return keeper_fault(r, FAULT_GONE, 0);
		filled = true;
		print("  lazy: filled\n");
	}
	r->cap = CHILD_SLOT_PAGE;
	return ANSWER_MAP;
}

static uint64_t load(struct keeper_request *r)
{
	uint64_t verdict = touch(r);

	if (r->id || verdict != ANSWER_MAP)
		return verdict;
	return keeper_read(CHILD_SLOT_PAGE, r->offset, r->size, r->before);
}

static uint64_t store(struct keeper_request *r)
{
	uint64_t verdict = touch(r);

	if (r->id || verdict != ANSWER_MAP)
		return verdict;
	return keeper_write(CHILD_SLOT_PAGE, r->offset, r->size, r->after);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	static const struct keeper lazy = {.admit = touch, .load = load, .store = store};

	(void)a, (void)b, (void)c, (void)d;
	keeper_serve(&lazy);
}
