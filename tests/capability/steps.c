/*
 * A step takes as long as its keeper likes. Meanwhile nobody else reads or writes the page; who touches another runs;
 * and whatever ends the step but its keeper's word leaves the page as it was.
 *
 * modules: client holder dying ram
 * line: while one is in its step and two waits, three loads another page: 0x77
 * line: accepted: 0x0
 * line: accepted: 0x5
 * line: undone, asked again and accepted: 0x5
 * line: the page holds 0xa
 * line: rescinded in a step: fault 5
 * line: the page holds 0xa
 * line: the keeper was told: 1
 * line: destroyed in a step: result 0
 * line: the page holds 0xa
 * line: the keeper was told: 2
 * line: the next: 0xa
 * line: the keeper dies in a step: fault 5
 * line: its page holds 0x0
 */
#include "tests/capability/holder.h"
#include "tests/capability/test.h"

#define AT 0x900

static uint8_t entry; /* of the holder */

static uint64_t page_holds(uint8_t page)
{
	uint64_t value = 0;
	struct message read = {.order = PAGE_READ, .word = {AT, 8}, .buffer = &value, .room = sizeof(value)};

	message_call(page, &read);
	return value;
}

static uint64_t told(void)
{
	struct message m = {.order = HOLDER_STATE};

	message_call(entry, &m);
	return m.word[0];
}

static void wait_for_step(void)
{
	struct message m = {.word = {0}};

	while (!m.word[1]) {
		test_sleep(1);
		m = (struct message){.order = HOLDER_STATE};
		message_call(entry, &m);
	}
}

static void answer(uint64_t with)
{
	wait_for_step();
	message_ask(entry, HOLDER_ANSWER, with, 0, 0, 0);
}

static struct child client_on(uint8_t memory)
{
	struct child client = test_client();

	child_map(&client, memory);
	return client;
}

static void exclusive(uint8_t page, uint8_t other)
{
	struct child one, two, three;

	one = client_on(page);
	client_tell(CLIENT_ADD, AT, 5);
	wait_for_step();
	two = client_on(page);
	client_tell(CLIENT_LOAD, AT, 0);
	test_sleep(5);
	three = client_on(other);
	client_do(&three, CLIENT_STORE, AT, 0x77);
	print("while one is in its step and two waits, three loads another page: 0x%lx\n",
	      client_do(&three, CLIENT_LOAD, AT, 0).value);
	child_forget(&three);
	answer(ANSWER_ACCEPT);
	print("accepted: 0x%lx\n", client_wait(&one).value);
	child_forget(&one);
	answer(ANSWER_ACCEPT);
	print("accepted: 0x%lx\n", client_wait(&two).value);
	child_forget(&two);
}

static void undone(const struct child *client)
{
	client_tell(CLIENT_ADD, AT, 5);
	answer(ANSWER_UNDO);
	answer(ANSWER_ACCEPT);
	print("undone, asked again and accepted: 0x%lx\n", client_wait(client).value);
}

static void rescinded(const struct child *client, uint8_t page)
{
	uint8_t forwarder = child_alloc(TYPE_FORWARDER, 0), handed_out = child_slot();

	message_ask(forwarder, FORWARDER_SET_TARGET, 0, 0, page, 0);
	message_ask(forwarder, FORWARDER_GET, 0, 0, 0, handed_out);
	child_map(client, handed_out);
	client_tell(CLIENT_ADD, AT, 5);
	wait_for_step();
	message_ask(forwarder, FORWARDER_RESCIND, 0, 0, 0, 0);
	print("rescinded in a step: fault %lu\n", client_wait(client).fault);
	message_ask(entry, HOLDER_ANSWER, ANSWER_ACCEPT, 0, 0, 0); /* late */
}

static void destroyed(const struct child *client, uint8_t page)
{
	child_map(client, page);
	client_tell(CLIENT_ADD, AT, 5);
	wait_for_step();
	print("destroyed in a step: result %lu\n", message_ask(START_SLOT_BANK, BANK_FREE, 0, 0, client->process, 0));
	child_forget(client);
}

static void keeper_dies(void)
{
	struct child dying = test_start("dying", 0, 0);
	struct child client = client_on(child_virtual_page(&dying, 0, 0));

	print("the keeper dies in a step: fault %lu\n", client_do(&client, CLIENT_ADD, AT, 5).fault);
	print("its page holds 0x%lx\n", page_holds(dying.page));
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct child holder, ram, client;
	uint8_t page;

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	holder = test_start("holder", 0, 0);
	ram = test_start("ram", 0, 0);
	entry = child_entry(&holder, 1);
	page = child_virtual_page(&holder, 0, 0);
	exclusive(page, child_virtual_page(&ram, 0, 0));
	client = client_on(page);
	undone(&client);
	print("the page holds 0x%lx\n", page_holds(holder.page));
	rescinded(&client, page);
	print("the page holds 0x%lx\n", page_holds(holder.page));
	print("the keeper was told: %lu\n", told());
	destroyed(&client, page);
	print("the page holds 0x%lx\n", page_holds(holder.page));
	print("the keeper was told: %lu\n", told());
	client = client_on(page);
	client_tell(CLIENT_LOAD, AT, 0);
	answer(ANSWER_ACCEPT);
	print("the next: 0x%lx\n", client_wait(&client).value);
	keeper_dies();
	test_end(0);
}
