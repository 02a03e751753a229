/*
 * Confinement. A subsystem whose every capability is discreet, but for its bank, can tell nobody anything. One virtual
 * page among them, even read-only and weak, and isDiscreet says no: a load from it is a message. And what such
 * a subsystem was made of is all given back when its bank is destroyed.
 *
 * modules: client ram
 * line: null: 1
 * line: number: 1
 * line: clock: 1
 * line: discrim: 1
 * line: page: 0
 * line: page, read-only: 1
 * line: page, read-only and weak: 1
 * line: virtual page: 0
 * line: virtual page, read-only, weak, no-execute: 0
 * line: virtual page that calls nobody: 0
 * line: forwarder to a read-only page: 0
 * line: node: 0
 * line: node, weak, read-only, no-call: 1
 * line: space, weak, read-only, no-call: 1
 * line: space, weak and read-only: 0
 * line: entry: 0
 * line: endpoint: 0
 * line: console: 0
 * line: bank: 0
 * line: notification: 0
 * line: channel: 0
 * line: process: 0
 * line: a virtual page out of a weak, no-call node: calls nobody: result 3
 * line: mapped from a weak, no-call space: load 0x10: fault 2
 * line: subsystem made: its bank has more than 10 objects: yes
 * line: destroyed: result 0, again: result 1
 * line: all came back: yes
 */
#include "tests/capability/test.h"

static uint8_t got;

static void show(const char *what, uint8_t slot)
{
	struct message m = {.order = DISCRIM_IS_DISCREET, .caps = slot};

	message_call(START_SLOT_DISCRIM, &m);
	print("%s: %lu\n", what, m.word[0]);
}

static void show_reduced(const char *what, uint8_t slot, uint64_t restrictions)
{
	message_ask(slot, ORDER_REDUCE, restrictions, 0, 0, got);
	show(what, got);
}

static void show_new(const char *what, uint64_t type)
{
	message_ask(START_SLOT_BANK, BANK_ALLOC, type, 0, 0, got);
	show(what, got);
	message_ask(START_SLOT_BANK, BANK_FREE, 0, 0, got, 0);
}

#define SENSE (RESTRICT_READ_ONLY | RESTRICT_WEAK | RESTRICT_NO_CALL)

static void discreet(uint8_t page, uint8_t virtual, uint8_t entry)
{
	uint8_t forwarder = child_alloc(TYPE_FORWARDER, 0), node = child_alloc(TYPE_NODE, 0);

	show("null", 0);
	show("number", START_SLOT_NUMBER);
	show("clock", START_SLOT_CLOCK);
	show("discrim", START_SLOT_DISCRIM);
	show("page", page);
	show_reduced("page, read-only", page, RESTRICT_READ_ONLY);
	message_ask(forwarder, FORWARDER_SET_TARGET, 0, 0, got, 0);
	show_reduced("page, read-only and weak", page, RESTRICT_READ_ONLY | RESTRICT_WEAK);
	show("virtual page", virtual);
	show_reduced("virtual page, read-only, weak, no-execute", virtual,
		     RESTRICT_READ_ONLY | RESTRICT_WEAK | RESTRICT_NO_EXECUTE);
	show_reduced("virtual page that calls nobody", virtual, SENSE);
	message_ask(forwarder, FORWARDER_GET, 0, 0, 0, got);
	show("forwarder to a read-only page", got);
	show("node", node);
	show_reduced("node, weak, read-only, no-call", node, SENSE);
	show_reduced("space, weak, read-only, no-call", START_SLOT_SPACE, SENSE);
	show_reduced("space, weak and read-only", START_SLOT_SPACE, RESTRICT_READ_ONLY | RESTRICT_WEAK);
	show("entry", entry);
	show_new("endpoint", TYPE_ENDPOINT);
	show("console", START_SLOT_CONSOLE);
	show_new("bank", TYPE_BANK);
	show_new("notification", TYPE_NOTIFICATION);
	show_new("channel", TYPE_CHANNEL);
	show("process", START_SLOT_PROCESS);
}

/* What is fetched through a discreet capability cannot be used to tell its keeper anything either. */
static void fetched(uint8_t virtual)
{
	uint8_t node = child_alloc(TYPE_NODE, 0), space = child_alloc(TYPE_SPACE, 0);
	uint64_t value;
	struct message m = {.order = PAGE_READ, .word = {0, 8}, .buffer = &value, .room = sizeof(value)};
	struct child client = test_client();

	message_ask(node, NODE_SET, 0, 0, virtual, 0);
	message_ask(node, ORDER_REDUCE, SENSE, 0, 0, got);
	message_ask(got, NODE_GET, 0, 0, 0, got);
	print("a virtual page out of a weak, no-call node: calls nobody: result %lu\n", message_call(got, &m));
	message_ask(space, SPACE_SET, 0, 0, virtual, 0);
	message_ask(space, ORDER_REDUCE, SENSE, 0, 0, got);
	child_map(&client, got);
	print("mapped from a weak, no-call space: ");
	test_load(&client, 0x10);
}

static uint64_t count(uint8_t bank, uint64_t *room)
{
	struct message m = {.order = BANK_COUNT};

	message_call(bank, &m);
	*room = m.word[1];
	return m.word[0];
}

/* Of all types, in sub-banks of sub-banks. */
static void subsystem(void)
{
	static const uint64_t type[] = {TYPE_PAGE,      TYPE_SPACE,        TYPE_NODE,    TYPE_PROCESS, TYPE_ENDPOINT,
					TYPE_FORWARDER, TYPE_NOTIFICATION, TYPE_CHANNEL, TYPE_PAGE,    TYPE_PAGE};
	uint64_t room, room_after, before, after, destroyed, made;
	uint8_t bank, inner = child_slot();

	before = count(START_SLOT_BANK, &room);
	bank = child_alloc(TYPE_BANK, 0);
	message_ask(bank, BANK_ALLOC, TYPE_BANK, 0, 0, inner);
	for (unsigned i = 0; i < sizeof(type) / sizeof(type[0]); i++)
		message_ask(i % 2 ? inner : bank, BANK_ALLOC, type[i], 0, 0, got);
	made = count(bank, &room_after);
	print("subsystem made: its bank has more than 10 objects: %s\n", made > 10 ? "yes" : "no");
	destroyed = message_ask(bank, BANK_DESTROY, 0, 0, 0, 0);
	print("destroyed: result %lu, again: result %lu\n", destroyed, message_ask(bank, BANK_DESTROY, 0, 0, 0, 0));
	after = count(START_SLOT_BANK, &room_after);
	print("all came back: %s\n", before == after && room == room_after ? "yes" : "no");
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct child ram = test_start("ram", 0, 0);
	uint8_t virtual = child_virtual_page(&ram, 0, 0);

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	got = child_slot();
	discreet(child_alloc(TYPE_PAGE, 0), virtual, child_entry(&ram, 0));
	fetched(virtual);
	subsystem();
	test_end(0);
}
