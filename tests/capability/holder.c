/*
 * A keeper for `steps`: each access is a step on its page, and who is stepped waits until it is told what to answer.
 */
#include "tests/capability/holder.h"

#include "guest/user/lib/keeper.h"
#include "guest/user/lib/start.h"

#define SLOT_HELD 13

static uint64_t gone, held;

static uint64_t step(struct keeper_request *r)
{
	r->cap = CHILD_SLOT_PAGE;
	return ANSWER_STEP;
}

static uint64_t hold(struct keeper_request *r)
{
	(void)r;
	held = 1;
	message_ask(START_SLOT_PROCESS, PROCESS_SET_SLOT, SLOT_HELD, 0, KEEPER_SLOT_REPLY, 0);
	return KEEPER_SILENT;
}

static void told_gone(const struct keeper_request *r)
{
	(void)r;
	held = 0;
	gone++;
}

static uint64_t order(struct keeper_request *r, uint64_t order)
{
	struct message m = {.order = r->word[0]};

	if (order == HOLDER_ANSWER) {
		held = 0;
		invoke(INVOKE_SEND, SLOT_HELD, &m);
	}
	r->word[0] = gone;
	r->word[1] = held;
	return RESULT_OK;
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	static const struct keeper holder = {
		.admit = step, .load = step, .store = step, .stepped = hold, .gone = told_gone, .order = order};

	(void)a, (void)b, (void)c, (void)d;
	keeper_serve(&holder);
}
