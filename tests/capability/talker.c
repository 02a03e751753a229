/*
 * The writer of a one-way channel, for `oneway`. Once it is connected it stores into the ring, and asks nobody.
 */
#include "tests/capability/talker.h"

#include "guest/user/lib/start.h"

#define SLOT_SPACE 22

static uint64_t connect(void)
{
	uint64_t result = message_ask(CHILD_SLOT_TARGET, BROKER_WRITER, 0, 0, 0, TALKER_SLOT_RING);

	if (result == RESULT_OK)
		result = message_ask(START_SLOT_BANK, BANK_ALLOC, TYPE_SPACE, 0, 0, SLOT_SPACE);
	if (result == RESULT_OK)
		result = message_ask(SLOT_SPACE, SPACE_SET, 0, 0, TALKER_SLOT_RING, 0);
	if (result == RESULT_OK)
		result = message_ask(START_SLOT_SPACE, SPACE_SET, TALKER_RING_SLOT, 0, SLOT_SPACE, 0);
	return result;
}

static void say(uint64_t word)
{
	volatile struct ring *ring = (volatile struct ring *)TALKER_RING;
	uint64_t said = ring->said;

	ring->word[said % RING_WORDS] = word;
	ring->said = said + 1;
	message_ask(TALKER_SLOT_CHANNEL, CHANNEL_SIGNAL, 0, 0, 0, 0);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct message m = {.order = RESULT_OK};

	(void)a, (void)b, (void)c, (void)d;
	while (message_call(CHILD_SLOT_PARENT, &m) != RESULT_NULL) {
		uint64_t result = RESULT_OK;

		if (m.order == TALKER_CONNECT)
			result = connect();
		else
			say(m.word[0]);
		m = (struct message){.order = RESULT_OK, .word = {result}};
	}
}
