/*
 * client_parent.c: the side of who commands a client.
 */
#include "guest/user/program/client.h"

#define BADGE_CLIENT 1
#define BADGE_FAULT 2

static uint8_t slot_endpoint, slot_reply, slot_entry, slot_keeper;
static uint64_t told; /* the command */

static bool make_entry(uint64_t badge, uint8_t *slot)
{
	*slot = child_slot();
	return message_ask(slot_endpoint, ENDPOINT_ENTRY, badge, 0, 0, *slot) == RESULT_OK;
}

bool client_parent(void)
{
	slot_endpoint = child_alloc(TYPE_ENDPOINT, 0);
	slot_reply = child_slot();
	return slot_endpoint && make_entry(BADGE_CLIENT, &slot_entry) && make_entry(BADGE_FAULT, &slot_keeper) &&
	       message_ask(START_SLOT_PROCESS, PROCESS_SET_ENDPOINT, 0, 0, slot_endpoint, 0) == RESULT_OK;
}

/* Answer who waits, and wait for the next that comes. */
static void answer(struct message *m, uint64_t slot)
{
	m->receive = MESSAGE_REPLY(slot_reply);
	invoke(INVOKE_RETURN, slot, m);
}

bool client_make(struct child *client)
{
	struct message m = {.order = RESULT_OK};

	if (!child_make("client", client))
		return false;
	child_give(client, CHILD_SLOT_PARENT, slot_entry);
	message_ask(client->process, PROCESS_SET_KEEPER, 0, 0, slot_keeper, 0);
	child_start(client, 0, 0);
	answer(&m, 0);
	return m.badge == BADGE_CLIENT;
}

/* RIP goes to where R15 says: client.c. */
static void skip(const struct child *client)
{
	struct process_registers r;
	struct message m = {.order = PROCESS_GET_REGISTERS, .buffer = &r, .room = sizeof(r)};

	if (message_call(client->process, &m) != RESULT_OK)
		return;
	r.rip = r.r15;
	r.rax = 0;
	m = (struct message){.order = PROCESS_SET_REGISTERS, .string = &r, .length = sizeof(r)};
	message_call(client->process, &m);
}

void client_tell(uint64_t command, uint64_t word0, uint64_t word1)
{
	struct message m = {.order = command, .word = {word0, word1}};

	told = command;
	invoke(INVOKE_SEND, slot_reply, &m);
}

/* Guarded: it can be given up. */
static bool is_one_instruction(uint64_t command)
{
	switch (command) {
	case CLIENT_LOAD:
	case CLIENT_STORE:
	case CLIENT_ADD:
	case CLIENT_MOVE:
	case CLIENT_SEGMENT:
	case CLIENT_FAR:
		return true;
	default:
		return false;
	}
}

struct client_result client_wait(const struct child *client)
{
	struct message m = {.order = RESULT_OK};
	struct client_result result = {.fault = FAULT_NONE};

	answer(&m, 0);
	if (m.badge != BADGE_FAULT) {
		result.value = m.word[0];
		return result;
	}
	result.fault = m.word[0];
	result.value = m.word[2];
	if (is_one_instruction(told)) {
		skip(client);
		m = (struct message){.order = RESULT_OK};
		answer(&m, slot_reply); /* it runs on, and says that it is done */
	}
	return result;
}

struct client_result client_do(const struct child *client, uint64_t command, uint64_t word0, uint64_t word1)
{
	client_tell(command, word0, word1);
	return client_wait(client);
}

static void copy_slot(uint8_t to, uint8_t from)
{
	message_ask(START_SLOT_PROCESS, PROCESS_SET_SLOT, to, 0, from, 0);
}

uint8_t client_park(void)
{
	uint8_t slot = child_slot();

	copy_slot(slot, slot_reply);
	return slot;
}

void client_unpark(uint8_t parked)
{
	copy_slot(slot_reply, parked);
	child_slot_free(parked);
}

uint8_t client_entry(void)
{
	return slot_entry;
}

uint8_t client_keeper(void)
{
	return slot_keeper;
}
