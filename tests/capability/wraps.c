/*
 * Capabilities wrapped in capabilities: forwarders twenty deep, blocked, given another target, rescinded in the middle,
 * in a ring; keepers that forward to keepers, and in a ring. A ring is a fault, never a hang.
 *
 * modules: client ram readonly counter
 * line: twenty forwarders
 * line: store 0x10 0x1234
 * line: load 0x10 = 0x1234
 * line: one in the middle is blocked, and who loads waits; another client does not
 * line: store 0x18 0x5555
 * line: load 0x18 = 0x5555
 * line: unblocked: 0x1234
 * line: another target
 * line: load 0x10 = 0x7265746e756f63
 * line: one in the middle rescinded
 * line: load 0x10: fault 1
 * line: a ring of forwarders
 * line: load 0x10: fault 3
 * line: five keepers
 * line: load 0x10 = 0x1234
 * line: store 0x10 0x1: fault 2
 * line: a ring of keepers
 * line: load 0x10: fault 4
 * line: and all else goes on
 * line: load 0x10 = 0x1234
 */
#include "tests/capability/test.h"

#define DEPTH 20
#define KEEPERS 5

/* Their slots are used again: what is kept are the first's and the middle's controls, and the last's capability. */
struct chain {
	uint8_t first, middle, end;
};

static uint8_t forwarder_to(uint8_t target, uint8_t *control)
{
	uint8_t handed_out = child_slot();

	*control = child_alloc(TYPE_FORWARDER, 0);
	message_ask(*control, FORWARDER_SET_TARGET, 0, 0, target, 0);
	message_ask(*control, FORWARDER_GET, 0, 0, 0, handed_out);
	return handed_out;
}

static struct chain make_chain(uint8_t target)
{
	struct chain chain = {0};

	for (unsigned i = 0; i < DEPTH; i++) {
		uint8_t control, next = forwarder_to(target, &control);

		if (i == 0)
			chain.first = control;
		else
			child_slot_free(target);
		if (i == DEPTH / 2)
			chain.middle = control;
		else if (i)
			child_slot_free(control);
		target = next;
	}
	chain.end = target;
	return chain;
}

static void forwarders(const struct child *client, uint8_t ram, uint8_t counter)
{
	struct chain chain = make_chain(ram);
	struct child other;

	print("twenty forwarders\n");
	child_map(client, chain.end);
	test_store(client, 0x10, 0x1234);
	test_load(client, 0x10);
	message_ask(chain.middle, FORWARDER_BLOCK, 1, 0, 0, 0);
	client_tell(CLIENT_LOAD, 0x10, 0);
	print("one in the middle is blocked, and who loads waits; another client does not\n");
	other = test_client();
	child_map(&other, ram);
	test_store(&other, 0x18, 0x5555);
	test_load(&other, 0x18);
	child_forget(&other);
	message_ask(chain.middle, FORWARDER_BLOCK, 0, 0, 0, 0);
	print("unblocked: 0x%lx\n", client_wait(client).value);
	print("another target\n");
	message_ask(chain.first, FORWARDER_SET_TARGET, 0, 0, counter, 0);
	test_load(client, 0x10);
	print("one in the middle rescinded\n");
	message_ask(chain.middle, FORWARDER_RESCIND, 0, 0, 0, 0);
	test_load(client, 0x10);
}

static void ring_of_forwarders(const struct child *client)
{
	uint8_t control, first = forwarder_to(0, &control), last = first;

	print("a ring of forwarders\n");
	for (unsigned i = 0; i < 3; i++) {
		uint8_t next_control;

		last = forwarder_to(last, &next_control);
		child_slot_free(next_control);
	}
	message_ask(control, FORWARDER_SET_TARGET, 0, 0, last, 0);
	child_map(client, first);
	test_load(client, 0x10);
}

static void keepers(const struct child *client, uint8_t ram)
{
	uint8_t target = ram;

	print("five keepers\n");
	for (unsigned i = 0; i < KEEPERS; i++) {
		struct child keeper = test_start("readonly", target, 0);

		target = child_virtual_page(&keeper, 0, 0);
		child_forget(&keeper);
	}
	child_map(client, target);
	test_load(client, 0x10);
	test_store(client, 0x10, 1);
}

static void ring_of_keepers(const struct child *client)
{
	struct child one, two;
	uint8_t of_one, of_two;

	print("a ring of keepers\n");
	if (!child_make("readonly", &one) || !child_make("readonly", &two))
		test_end(1);
	of_one = child_virtual_page(&one, 0, 0);
	of_two = child_virtual_page(&two, 0, 0);
	child_give(&one, CHILD_SLOT_TARGET, of_two);
	child_give(&two, CHILD_SLOT_TARGET, of_one);
	child_start(&one, 0, 0);
	child_start(&two, 0, 0);
	child_map(client, of_one);
	test_load(client, 0x10);
	child_forget(&one);
	child_forget(&two);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct child client, ram, counter;
	uint8_t ram_page, counter_page;

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	client = test_client();
	ram = test_start("ram", 0, 0);
	counter = test_start("counter", 0, 0);
	ram_page = child_virtual_page(&ram, 0, 0);
	counter_page = child_virtual_page(&counter, 0, 0);
	child_forget(&ram);
	child_forget(&counter);
	forwarders(&client, ram_page, counter_page);
	ring_of_forwarders(&client);
	keepers(&client, ram_page);
	ring_of_keepers(&client);
	print("and all else goes on\n");
	child_map(&client, ram_page);
	test_load(&client, 0x10);
	test_end(0);
}
