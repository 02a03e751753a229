/*
 * A program that says what it sees of its caller, for `membranes`.
 */
#include "tests/capability/echo.h"

#include "guest/user/lib/child.h"
#include "guest/user/lib/start.h"

#define SLOT_REPLY 16
#define SLOT_CAME 17
#define SLOT_KEPT 18
#define SLOT_LATER 19

static void send(uint8_t slot, uint64_t order, uint64_t word, uint8_t cap)
{
	struct message m = {.order = order, .word = {word}, .caps = cap};

	invoke(INVOKE_SEND, slot, &m);
}

static void answer(struct message *m)
{
	uint64_t order = m->order, badge = m->badge;

	*m = (struct message){.order = RESULT_OK};
	if (order == ECHO_BADGE) {
		m->order = RESULT_USER;
		m->word[0] = badge;
	} else if (order == ECHO_KEEP) {
		message_ask(START_SLOT_PROCESS, PROCESS_SET_SLOT, SLOT_KEPT, 0, SLOT_CAME, 0);
	} else if (order == ECHO_GIVE) {
		m->caps = SLOT_KEPT;
	} else if (order == ECHO_PASS) {
		send(CHILD_SLOT_TARGET, ECHO_ANSWER, 0, SLOT_REPLY);
		message_ask(START_SLOT_PROCESS, PROCESS_SET_SLOT, SLOT_REPLY, 0, 0, 0); /* who has it answers */
	} else if (order == ECHO_ANSWER) {
		send(SLOT_CAME, RESULT_OK, 0x77, 0);
		send(SLOT_CAME, RESULT_OK, 0x88, 0);
	} else {
		m->order = RESULT_ORDER;
	}
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct message m = {.order = RESULT_OK};
	uint64_t to = 0;

	(void)a, (void)b, (void)c, (void)d;
	for (;;) {
		m.receive = SLOT_CAME | MESSAGE_REPLY(SLOT_REPLY);
		invoke(INVOKE_RETURN, to, &m);
		answer(&m);
		to = SLOT_REPLY;
	}
}
