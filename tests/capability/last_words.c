/*
 * A keeper that never answers: who waits can be taken its capability away, and can be destroyed. A keeper
 * that dies: who waits gets a fault, once.
 *
 * modules: client silent dying ram
 * line: silent, rescinded: fault 5
 * line: afterwards: fault 1
 * line: silent, and its client destroyed: result 0
 * line: dying: fault 5
 * line: dead: fault 1
 * line: store 0x10 0x5
 * line: load 0x10 = 0x5
 */
#include "guest/user/keeper/silent.h"
#include "tests/capability/test.h"

/* Until it has been asked so many times. */
static void wait_for_silence(uint8_t entry, uint64_t times)
{
	struct message m = {.word = {0}};

	while (m.word[0] < times) {
		test_sleep(1);
		m = (struct message){.order = SILENT_ASKED};
		message_call(entry, &m);
	}
}

static void rescinded(const struct child *client, const struct child *silent, uint8_t entry)
{
	uint8_t forwarder = child_alloc(TYPE_FORWARDER, 0), handed_out = child_slot();
	struct client_result r;

	message_ask(forwarder, FORWARDER_SET_TARGET, 0, 0, child_virtual_page(silent, 0, 0), 0);
	message_ask(forwarder, FORWARDER_GET, 0, 0, 0, handed_out);
	child_map(client, handed_out);
	client_tell(CLIENT_LOAD, 0x10, 0);
	wait_for_silence(entry, 1);
	message_ask(forwarder, FORWARDER_RESCIND, 0, 0, 0, 0);
	r = client_wait(client);
	print("silent, rescinded: fault %lu\n", r.fault);
	r = client_do(client, CLIENT_LOAD, 0x10, 0);
	print("afterwards: fault %lu\n", r.fault);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct child client, silent, dying, ram;
	struct client_result r;
	uint8_t entry;

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	silent = test_start("silent", 0, 0);
	client = test_client();
	entry = child_entry(&silent, 1);
	rescinded(&client, &silent, entry);
	child_map(&client, child_virtual_page(&silent, 0, 0));
	client_tell(CLIENT_LOAD, 0x10, 0);
	wait_for_silence(entry, 2);
	print("silent, and its client destroyed: result %lu\n",
	      message_ask(START_SLOT_BANK, BANK_FREE, 0, 0, client.process, 0));

	client = test_client();
	dying = test_start("dying", 0, 0);
	child_map(&client, child_virtual_page(&dying, 0, 0));
	r = client_do(&client, CLIENT_LOAD, 0x10, 0);
	print("dying: fault %lu\n", r.fault);
	message_ask(START_SLOT_BANK, BANK_FREE, 0, 0, dying.endpoint, 0);
	r = client_do(&client, CLIENT_LOAD, 0x10, 0);
	print("dead: fault %lu\n", r.fault);
	ram = test_start("ram", 0, 0);
	child_map(&client, child_virtual_page(&ram, 0, 0));
	test_store(&client, 0x10, 5);
	test_load(&client, 0x10);
	test_end(0);
}
