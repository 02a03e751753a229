/*
 * Wrappers before wrappers: twenty membranes before a page are as one. What they forward is followed that far;
 * more, and a loop of them, is a fault of the client's and not a wait. One by one they can be taken out.
 *
 * modules: client membrane ram
 * line: 20 membranes: store 0x10 0x1234
 * line: load 0x10 = 0x1234
 * line: in the page: 0x1234
 * line: each of them saw as many accesses: yes
 * line: invoked: result 0, 0x1234
 * line: 21: load 0x10: fault 4
 * line: the 20 still: load 0x10 = 0x1234
 * line: two that forward to each other: load 0x10: fault 4
 * line: the innermost of 20 gone: load 0x10: fault 5
 */
#include "tests/capability/wrapped.h"

#define DEPTH 20

static uint64_t read(uint8_t page, uint64_t *result)
{
	uint64_t value = 0;
	struct message m = {.order = PAGE_READ, .word = {0x10, 8}, .buffer = &value, .room = sizeof(value)};

	*result = message_call(page, &m);
	return value;
}

/* To have room for so many: what is not needed is kept in a node. */
static void keep(uint8_t node, uint64_t index, uint8_t slot)
{
	message_ask(node, NODE_SET, index, 0, slot, 0);
}

static struct wrapped stack(const struct child *client, uint8_t page, uint8_t controls, uint8_t *first)
{
	struct wrapped w = wrapped_make(page, true);

	*first = w.membrane.endpoint;
	keep(controls, 0, w.control);
	child_slot_free(w.control);
	for (uint64_t i = 1; i < DEPTH; i++) {
		uint8_t inner = w.handed_out, endpoint = w.membrane.endpoint;

		w = wrapped_make(inner, true);
		child_slot_free(inner);
		if (endpoint != *first)
			child_slot_free(endpoint);
		if (i < 16)
			keep(controls, i, w.control);
		child_slot_free(w.control);
	}
	child_map(client, w.handed_out);
	return w;
}

static bool all_saw(uint8_t controls, uint64_t accesses)
{
	uint8_t control = child_slot();
	bool yes = accesses > 0;

	for (uint64_t i = 0; i < 16; i++) {
		struct message m = {.order = MEMBRANE_COUNT};

		message_ask(controls, NODE_GET, i, 0, 0, control);
		yes = message_call(control, &m) == RESULT_OK && m.word[1] == accesses && yes;
	}
	child_slot_free(control);
	return yes;
}

/* The outer one's target is a forwarder to the inner one's outer: itself. */
static void loop(const struct child *client)
{
	uint8_t forwarder = child_alloc(TYPE_FORWARDER, 0), facet = child_slot();
	struct wrapped a, b;

	message_ask(forwarder, FORWARDER_GET, 0, 0, 0, facet);
	message_ask(forwarder, FORWARDER_SET_TARGET, 0, 0, client->page, 0);
	a = wrapped_make(facet, true);
	b = wrapped_make(a.handed_out, true);
	test_sleep(2);
	message_ask(forwarder, FORWARDER_SET_TARGET, 0, 0, b.handed_out, 0);
	child_map(client, b.handed_out);
	print("two that forward to each other: ");
	test_load(client, 0x10);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	uint8_t page = child_alloc(TYPE_PAGE, 0), controls = child_alloc(TYPE_NODE, 0), first;
	struct child client;
	struct wrapped w, more;
	uint64_t result, value;

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	client = test_client();
	w = stack(&client, page, controls, &first);
	print("20 membranes: ");
	test_store(&client, 0x10, 0x1234);
	test_load(&client, 0x10);
	print("in the page: 0x%lx\n", read(page, &result));
	print("each of them saw as many accesses: %s\n", all_saw(controls, wrapped_count(&w).accesses) ? "yes" : "no");
	value = read(w.handed_out, &result);
	print("invoked: result %lu, 0x%lx\n", result, value);
	more = wrapped_make(w.handed_out, true);
	child_map(&client, more.handed_out);
	print("21: ");
	test_load(&client, 0x10);
	child_map(&client, w.handed_out);
	print("the 20 still: ");
	test_load(&client, 0x10);
	loop(&client);
	message_ask(START_SLOT_BANK, BANK_FREE, 0, 0, first, 0);
	child_map(&client, w.handed_out);
	print("the innermost of 20 gone: ");
	test_load(&client, 0x10);
	test_end(0);
}
