/* number.c: NUMBER_*. A number is only its value. */
#include "guest/kernel/message.h"
#include "guest/kernel/types.h"

static enum outcome invoke(struct invocation *inv)
{
	switch (inv->in->order) {
	case NUMBER_VALUE:
		inv->out->word[0] = inv->cap.badge;
		return message_result(inv, RESULT_OK);
	case NUMBER_MAKE:
		inv->out->cap[0] = capability_of(TYPE_NUMBER, NULL);
		inv->out->cap[0].badge = inv->in->word[0];
		return message_result(inv, RESULT_OK);
	default:
		return message_result(inv, RESULT_ORDER);
	}
}

const struct type number_type = {.invoke = invoke};
