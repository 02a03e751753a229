#include "guest/user/lib/message.h"

uint64_t message_call(uint64_t slot, struct message *m)
{
	return invoke(INVOKE_CALL, slot, m) == INVOKE_OK ? m->order : RESULT_ARGUMENT;
}

uint64_t message_ask(uint64_t slot, uint64_t order, uint64_t word0, uint64_t word1, uint64_t send, uint64_t receive)
{
	struct message m = {.order = order, .word = {word0, word1}, .caps = send, .receive = receive};

	return message_call(slot, &m);
}
