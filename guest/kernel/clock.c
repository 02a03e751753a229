/* clock.c: CLOCK_*. */
#include "guest/kernel/clock.h"

#include "guest/kernel/kernel.h"
#include "guest/kernel/machine.h"
#include "guest/kernel/process.h"
#include "guest/kernel/types.h"

static enum outcome invoke(struct invocation *inv)
{
	uint64_t ticks = machine_ticks();

	if (inv->in->order == CLOCK_NOW) {
		inv->out->word[0] = machine_time();
		inv->out->word[1] = ticks;
		return message_result(inv, RESULT_OK);
	}
	if (!inv->call)
		return message_result(inv, RESULT_STATE);
	if (inv->in->word[0] > UINT64_MAX - ticks)
		return message_result(inv, RESULT_ARGUMENT);
	inv->by->wake = ticks + inv->in->word[0];
	process_wait(inv->by, WAIT_SLEEP, &kernel.sleepers, NULL);
	return OUTCOME_WAITS;
}

void clock_tick(void)
{
	uint64_t ticks = machine_ticks();
	struct message answer = {.order = RESULT_OK};

	for (struct link *l = kernel.sleepers.next, *next; l != &kernel.sleepers; l = next) {
		struct process *p = CONTAINER(l, struct process, link);

		next = l->next;
		if (p->wake <= ticks)
			message_deliver(p, &answer, 0, NULL);
	}
}

const struct type clock_type = {CLOCK_NOW, CLOCK_SLEEP, .invoke = invoke};
