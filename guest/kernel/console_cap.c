/* console_cap.c: CONSOLE_*. */
#include "guest/kernel/machine.h"
#include "guest/kernel/message.h"
#include "guest/kernel/types.h"

static enum outcome invoke(struct invocation *inv)
{
	if (inv->in->order == CONSOLE_WRITE) {
		machine_write(inv->in->string, inv->in->length);
		return message_result(inv, RESULT_OK);
	}
	if (inv->cap.restrictions & RESTRICT_READ_ONLY)
		return message_result(inv, RESULT_RIGHTS);
	if (inv->in->word[0] > UINT8_MAX)
		return message_result(inv, RESULT_ARGUMENT);
	machine_exit((uint8_t)inv->in->word[0]);
}

const struct type console_type = {CONSOLE_WRITE, CONSOLE_EXIT, .invoke = invoke};
