/*
 * limiter: so many accesses a tick, no more. It answers later: who asks waits, and nobody else does.
 *
 * Argument: ticks from one access to the next.
 */
#include "guest/user/lib/keeper.h"
#include "guest/user/lib/start.h"

static uint64_t gap, next; /* ticks */

static void wait(void)
{
	struct message m = {.order = CLOCK_NOW};
	uint64_t now = message_call(START_SLOT_CLOCK, &m) == RESULT_OK ? m.word[1] : 0;

	if (now < next)
		message_ask(START_SLOT_CLOCK, CLOCK_SLEEP, next - now, 0, 0, 0);
	next = (now > next ? now : next) + gap;
}

static uint64_t load(struct keeper_request *r)
{
	wait();
	r->cap = CHILD_SLOT_TARGET;
	return r->id ? ANSWER_FORWARD : keeper_read(CHILD_SLOT_TARGET, r->offset, r->size, r->before);
}

static uint64_t store(struct keeper_request *r)
{
	wait();
	r->cap = CHILD_SLOT_TARGET;
	return r->id ? ANSWER_FORWARD : keeper_write(CHILD_SLOT_TARGET, r->offset, r->size, r->after);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	static const struct keeper limiter = {.load = load, .store = store};

	(void)b, (void)c, (void)d;
	gap = a;
	keeper_serve(&limiter);
}
