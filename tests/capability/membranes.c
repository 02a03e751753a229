/*
 * One wrapper in front of each type: node, space, page, bank, process, endpoint, entry, reply. What comes out of it is
 * wrapped too, what goes back in is the thing itself; when the wrapper goes, all that came through it is null.
 *
 * modules: client membrane echo
 * line: node: result 0, type 4
 * line: got: result 0, type 2, the page itself: no
 * line: read through it: result 0, 0x1111
 * line: set what it gave: result 0, in the node the page itself: yes
 * line: a node in the node, from there: 0x1111, the page itself: no
 * line: slot 16: result 4
 * line: space: result 0, type 3
 * line: got: result 0, type 2, the page itself: no
 * line: set: result 0, in the space the page itself: yes
 * line: mapped: load 0x10 = 0x1111
 * line: store 0x10 0x2222
 * line: in the page: 0x2222
 * line: the mapped one gives nothing: result 3
 * line: accesses that the membrane saw: 2
 * line: bank: result 0, a page: type 2
 * line: read: result 0, 0x0
 * line: freed: result 0, read: result 1, 0x0
 * line: process: result 0, its slot: type 2, the page itself: no
 * line: its space: result 0, type 3, the space itself: no
 * line: endpoint: result 0, an entry of it: type 7
 * line: entry: result 64, badge 5
 * line: the page sent and got back: type 2, the very same: yes
 * line: what it saw was the page itself: no
 * line: read there: 0x2222
 * line: a reply that was passed on, used twice: answered 0x77, through both
 * line: messages: 5 and 2
 * line: the membrane gone: node 1, page 1, page of the bank 1, entry 1
 * line: load 0x10: fault 1
 * line: the page itself: result 0, 0x2222
 */
#include "tests/capability/echo.h"
#include "tests/capability/wrapped.h"

static uint64_t ask(uint8_t slot, uint64_t order, uint64_t word, uint8_t send, uint8_t receive)
{
	return message_ask(slot, order, word, 0, send, receive);
}

static uint64_t type(uint8_t slot)
{
	struct message m = {.order = DISCRIM_TYPE, .caps = slot};

	message_call(START_SLOT_DISCRIM, &m);
	return m.word[0];
}

static const char *same(uint8_t a, uint8_t b)
{
	struct message m = {.order = DISCRIM_SAME, .caps = MESSAGE_CAPS(a, b)};

	message_call(START_SLOT_DISCRIM, &m);
	return m.word[0] ? "yes" : "no";
}

/* What the capability says of itself. */
static uint64_t says(uint8_t slot, uint64_t *result)
{
	struct message m = {.order = ORDER_TYPE};

	*result = message_call(slot, &m);
	return m.word[0];
}

static uint64_t read(uint8_t page, uint64_t *result)
{
	uint64_t value = 0;
	struct message m = {.order = PAGE_READ, .word = {0x10, 8}, .buffer = &value, .room = sizeof(value)};

	*result = message_call(page, &m);
	return value;
}

static void write(uint8_t page, uint64_t value)
{
	struct message m = {.order = PAGE_WRITE, .word = {0x10}, .string = &value, .length = sizeof(value)};

	message_call(page, &m);
}

struct scene {
	uint8_t page; /* the thing that must not come through */
	struct wrapped node, bank, entry;
	uint8_t from_node, from_bank; /* pages that came through */
	uint8_t got; /* for anything */
};

static void node(struct scene *s)
{
	uint8_t node = child_alloc(TYPE_NODE, 0), inner = child_alloc(TYPE_NODE, 0);
	uint64_t result, kind;

	ask(node, NODE_SET, 3, s->page, 0);
	ask(inner, NODE_SET, 0, s->page, 0);
	ask(node, NODE_SET, 4, inner, 0);
	s->node = wrapped_make(node, false);
	s->from_node = child_slot();
	kind = says(s->node.handed_out, &result);
	print("node: result %lu, type %lu\n", result, kind);
	result = ask(s->node.handed_out, NODE_GET, 3, 0, s->from_node);
	print("got: result %lu, type %lu, the page itself: %s\n", result, type(s->from_node),
	      same(s->from_node, s->page));
	kind = read(s->from_node, &result);
	print("read through it: result %lu, 0x%lx\n", result, kind);
	result = ask(s->node.handed_out, NODE_SET, 7, s->from_node, 0);
	ask(node, NODE_GET, 7, 0, s->got);
	print("set what it gave: result %lu, in the node the page itself: %s\n", result, same(s->got, s->page));
	ask(s->node.handed_out, NODE_GET, 4, 0, s->got);
	ask(s->got, NODE_GET, 0, 0, s->got);
	kind = read(s->got, &result);
	print("a node in the node, from there: 0x%lx, the page itself: %s\n", kind, same(s->got, s->page));
	print("slot 16: result %lu\n", ask(s->node.handed_out, NODE_GET, 16, 0, s->got));
}

static void space(struct scene *s, const struct child *client)
{
	uint8_t space = child_alloc(TYPE_SPACE, 0);
	struct wrapped w;
	uint64_t result, kind;

	ask(space, SPACE_SET, 0, s->page, 0);
	w = wrapped_make(space, false);
	kind = says(w.handed_out, &result);
	print("space: result %lu, type %lu\n", result, kind);
	result = ask(w.handed_out, SPACE_GET, 0, 0, s->got);
	print("got: result %lu, type %lu, the page itself: %s\n", result, type(s->got), same(s->got, s->page));
	result = ask(w.handed_out, SPACE_SET, 1, s->got, 0);
	ask(space, SPACE_GET, 1, 0, s->got);
	print("set: result %lu, in the space the page itself: %s\n", result, same(s->got, s->page));
	ask(w.handed_out, MEMBRANE_MAP, 0, 0, s->got);
	child_map(client, s->got);
	print("mapped: ");
	test_load(client, 0x10);
	test_store(client, 0x10, 0x2222);
	print("in the page: 0x%lx\n", read(s->page, &result));
	print("the mapped one gives nothing: result %lu\n", ask(s->got, SPACE_GET, 0, 0, s->got));
	print("accesses that the membrane saw: %lu\n", wrapped_count(&w).accesses);
	wrapped_forget(&w);
}

static void bank(struct scene *s)
{
	uint8_t bank = child_alloc(TYPE_BANK, 0);
	uint64_t result, value;

	s->bank = wrapped_make(bank, false);
	s->from_bank = child_slot();
	result = ask(s->bank.handed_out, BANK_ALLOC, TYPE_PAGE, 0, s->got);
	print("bank: result %lu, a page: type %lu\n", result, type(s->got));
	value = read(s->got, &result);
	print("read: result %lu, 0x%lx\n", result, value);
	ask(s->bank.handed_out, BANK_ALLOC, TYPE_PAGE, 0, s->from_bank);
	value = ask(s->bank.handed_out, BANK_FREE, 0, s->got, 0);
	print("freed: result %lu, ", value);
	value = read(s->got, &result);
	print("read: result %lu, 0x%lx\n", result, value);
}

static void process_and_endpoint(struct scene *s, const struct child *client)
{
	struct wrapped w = wrapped_make(client->process, false);
	uint64_t result;

	child_give(client, 20, s->page);
	result = ask(w.handed_out, PROCESS_GET_SLOT, 20, 0, s->got);
	print("process: result %lu, its slot: type %lu, the page itself: %s\n", result, type(s->got),
	      same(s->got, s->page));
	result = ask(w.handed_out, PROCESS_GET_SPACE, 0, 0, s->got);
	print("its space: result %lu, type %lu, ", result, says(s->got, &result));
	print("the space itself: %s\n", same(s->got, client->space));
	wrapped_forget(&w);
	w = wrapped_make(client->endpoint, false);
	result = ask(w.handed_out, ENDPOINT_ENTRY, 9, 0, s->got);
	print("endpoint: result %lu, an entry of it: type %lu\n", result, type(s->got));
	wrapped_forget(&w);
}

static void entry(struct scene *s)
{
	struct child other = test_start("echo", 0, 0), echo;
	struct wrapped through = wrapped_make(child_entry(&other, 7), false);
	struct message m = {.order = ECHO_BADGE};
	uint64_t result;

	child_forget(&other);
	echo = test_start("echo", through.handed_out, 0);
	s->entry = wrapped_make(child_entry(&echo, 5), false);
	result = message_call(s->entry.handed_out, &m);
	print("entry: result %lu, badge %lu\n", result, m.word[0]);
	ask(s->entry.handed_out, ECHO_KEEP, 0, s->page, 0);
	ask(s->entry.handed_out, ECHO_GIVE, 0, 0, s->got);
	print("the page sent and got back: type %lu, the very same: %s\n", type(s->got), same(s->got, s->page));
	ask(child_entry(&echo, 6), ECHO_GIVE, 0, 0, s->got);
	print("what it saw was the page itself: %s\n", same(s->got, s->page));
	print("read there: 0x%lx\n", read(s->got, &result));
	m = (struct message){.order = ECHO_PASS};
	message_call(s->entry.handed_out, &m);
	print("a reply that was passed on, used twice: answered 0x%lx, through both\n", m.word[0]);
	print("messages: %lu and %lu\n", wrapped_count(&s->entry).messages, wrapped_count(&through).messages);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct scene s = {.page = child_alloc(TYPE_PAGE, 0), .got = child_slot()};
	struct child client;
	uint64_t result[4], value;

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	client = test_client();
	write(s.page, 0x1111);
	node(&s);
	space(&s, &client);
	bank(&s);
	process_and_endpoint(&s, &client);
	entry(&s);
	child_map(&client, s.from_node);
	wrapped_end(&s.node);
	wrapped_end(&s.bank);
	wrapped_end(&s.entry);
	read(s.from_node, &result[1]);
	read(s.from_bank, &result[2]);
	says(s.entry.handed_out, &result[3]);
	says(s.node.handed_out, &result[0]);
	print("the membrane gone: node %lu, page %lu, page of the bank %lu, entry %lu\n", result[0], result[1],
	      result[2], result[3]);
	test_load(&client, 0x10);
	value = read(s.page, &result[0]);
	print("the page itself: result %lu, 0x%lx\n", result[0], value);
	test_end(0);
}
