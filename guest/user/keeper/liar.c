/*
 * liar: answers that make no sense. The offset of the access chooses which; each faults its client and nobody else.
 */
#include "guest/user/keeper/liar.h"

#include "guest/user/lib/keeper.h"
#include "guest/user/lib/start.h"

/* Twice, and once more after that: only the first counts. */
static uint64_t twice(struct keeper_request *r)
{
	struct message m = {.order = ANSWER_DONE, .string = "\1\1\1\1\1\1\1\1", .length = r->size};

	invoke(INVOKE_SEND, KEEPER_SLOT_REPLY, &m);
	m.string = "\2\2\2\2\2\2\2\2";
	invoke(INVOKE_SEND, KEEPER_SLOT_REPLY, &m);
	r->before[0] = 3;
	return ANSWER_DONE;
}

static uint64_t lie(struct keeper_request *r)
{
	switch (r->offset) {
	case LIAR_SHORT:
		r->size--;
		return ANSWER_DONE;
	case LIAR_LONG:
		r->size = sizeof(r->before);
		return ANSWER_DONE;
	case LIAR_UNKNOWN:
		return 0x1fff;
	case LIAR_MAP_NOTHING:
		return ANSWER_MAP;
	case LIAR_MAP_CONSOLE:
		r->cap = START_SLOT_CONSOLE;
		return ANSWER_MAP;
	case LIAR_FORWARD_NOTHING:
		return ANSWER_FORWARD;
	case LIAR_FORWARD_CLOCK:
		r->cap = START_SLOT_CLOCK;
		return ANSWER_FORWARD;
	case LIAR_STEP_NOTHING:
		return ANSWER_STEP;
	case LIAR_UNDO:
		return ANSWER_UNDO;
	case LIAR_FAULT_NONE:
		return keeper_fault(r, FAULT_NONE, 0);
	case LIAR_TWICE:
		return twice(r);
	default:
		return ANSWER_DONE;
	}
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	static const struct keeper liar = {.load = lie, .store = lie};

	(void)a, (void)b, (void)c, (void)d;
	keeper_serve(&liar);
}
