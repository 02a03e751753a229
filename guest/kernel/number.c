/* number.c: NUMBER_*. A number is only its value. */
#include "guest/kernel/message.h"
#include "guest/kernel/types.h"

static enum outcome invoke(struct invocation *inv)
{
	if (inv->in->order == NUMBER_VALUE) {
		inv->out->word[0] = inv->cap.badge;
	} else {
		inv->out->cap[0] = capability_of(TYPE_NUMBER, NULL);
		inv->out->cap[0].badge = inv->in->word[0];
	}
	return message_result(inv, RESULT_OK);
}

const struct type number_type = {NUMBER_VALUE, NUMBER_MAKE, .invoke = invoke};
