/*
 * A keeper that is told what to answer, for `rescinds` and `answers`. It has one real page, which it gives for
 * ANSWER_MAP and ANSWER_STEP.
 */
#include "tests/capability/puppet.h"

#include "guest/user/lib/start.h"

#define SLOT_REPLY 16
#define SLOT_LAST 17 /* the reply used last */
#define SLOT_HELD 20 /* and up */

static uint64_t held, last, gone;
static uint8_t bytes[INVOKE_STRING_MAX];

static void move(uint8_t from, uint8_t to)
{
	message_ask(START_SLOT_PROCESS, PROCESS_SET_SLOT, to, 0, from, 0);
}

static uint64_t answer_held(const struct message *m)
{
	struct message answer = {.order = m->word[1], .word = {m->word[2]}, .string = bytes, .length = m->word[3]};
	uint64_t which = m->word[0], result;

	if (which != PUPPET_AGAIN && which >= held)
		return RESULT_STATE;
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(m->word[2] >> 8 * i);
	if (which != PUPPET_AGAIN) {
		move((uint8_t)(SLOT_HELD + which), SLOT_LAST);
		for (held--; which < held; which++)
			move((uint8_t)(SLOT_HELD + which + 1), (uint8_t)(SLOT_HELD + which));
	}
	if (answer.order == ANSWER_MAP || answer.order == ANSWER_STEP) {
		answer.caps = CHILD_SLOT_PAGE;
		answer.word[0] = 0;
		answer.length = 0;
	}
	result = invoke(INVOKE_CALL, SLOT_LAST, &answer);
	return result == INVOKE_OK ? answer.order : RESULT_ARGUMENT;
}

/* Whether there is something to be answered now. */
static bool came(struct message *m)
{
	if (m->badge != PUPPET_CONTROL) {
		if (m->order == ACCESS_GONE) {
			gone++;
		} else if (held < PUPPET_HELD_MAX) {
			last = m->order;
			move(SLOT_REPLY, (uint8_t)(SLOT_HELD + held++));
		}
		*m = (struct message){.order = RESULT_OK};
		return false;
	}
	if (m->order == PUPPET_ANSWER)
		*m = (struct message){.order = RESULT_OK, .word = {answer_held(m)}};
	else
		*m = (struct message){.order = RESULT_OK, .word = {held, last, gone}};
	return true;
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct message m = {.order = RESULT_OK};
	uint64_t to = 0;

	(void)a, (void)b, (void)c, (void)d;
	for (;;) {
		m.buffer = bytes;
		m.room = sizeof(bytes);
		m.receive = MESSAGE_REPLY(SLOT_REPLY);
		invoke(INVOKE_RETURN, to, &m);
		to = came(&m) ? SLOT_REPLY : 0;
	}
}
