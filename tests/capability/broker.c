/*
 * A program that has a channel and connects its ends for whoever calls it, for `oneway`.
 */
#include "tests/capability/talker.h"

#include "guest/user/lib/start.h"

#define SLOT_REPLY 16
#define SLOT_CHANNEL 17
#define SLOT_PAGE 18

static void answer(struct message *m)
{
	uint64_t order = m->order;

	*m = (struct message){.order = RESULT_ORDER};
	if (order == BROKER_WRITER || order == BROKER_READER) {
		m->order = message_ask(SLOT_CHANNEL,
				       order == BROKER_WRITER ? CHANNEL_CONNECT_WRITER : CHANNEL_CONNECT_READER, 0, 0,
				       0, SLOT_PAGE);
		m->caps = SLOT_PAGE;
	} else if (order == BROKER_CHANNEL) {
		m->order = RESULT_OK;
		m->caps = SLOT_CHANNEL;
	}
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct message m = {.order = RESULT_OK};
	uint64_t to = 0;

	(void)a, (void)b, (void)c, (void)d;
	message_ask(START_SLOT_BANK, BANK_ALLOC, TYPE_CHANNEL, 0, 0, SLOT_CHANNEL);
	for (;;) {
		m.receive = MESSAGE_REPLY(SLOT_REPLY);
		invoke(INVOKE_RETURN, to, &m);
		answer(&m);
		to = SLOT_REPLY;
	}
}
