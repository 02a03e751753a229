/*
 * The six uses of a page capability, done to a real page and to a virtual one: invoked, walked, passed, examined,
 * transformed on fetch, revoked; and messages to and from it. Each line is what both gave; where they differ both are
 * shown. (That isDiscreet and discrim's debug view tell them apart is so on purpose: docs/caveats.md.)
 *
 * modules: client ram
 * line: invoked
 * line: type: result 0, 2 0
 * line: write 8 at 0x10: result 0
 * line: read 8 at 0x10: result 0, 0x1122334455667788
 * line: read 0: result 0, 0x0
 * line: write 4096 at 0: result 0
 * line: read at 4092: result 0, 0x33333333
 * line: write 1 too far: result 4
 * line: read 8 at 4089: result 4
 * line: read beyond 2^63: result 4
 * line: read 8 at 4096: result 4
 * line: erase: result 0
 * line: read after it: result 0, 0x0
 * line: an order of a space: result 2
 * line: an unknown order: result 2
 * line: reduce with an unknown restriction: result 4
 * line: walked
 * line: store: fault 0
 * line: load: fault 0, 0x5566
 * line: add: fault 0, 0x5566
 * line: load beyond it: fault 1
 * line: load across its end: fault 1
 * line: messages
 * line: a string from it: result 0
 * line: what came: result 0, 0x556a
 * line: a string to it: result 0
 * line: what came: 64, 0x556a
 * line: a string across its end: result 4
 * line: passed
 * line: copied to a page: result 0
 * line: and there: result 0, 0x556a
 * line: copied from a page: result 0
 * line: and there: result 0, 0x4444
 * line: copied from what is no page: result 5
 * line: copied from nothing: result 1
 * line: set in a space: result 0
 * line: set in a node: result 0
 * line: fetched: result 0
 * line: and read: result 0, 0x4444
 * line: set as a space's keeper: result 5
 * line: set as an endpoint: result 5
 * line: set as a process's keeper: result 5
 * line: examined
 * line: discrim's type: 2, 0x0
 * line: the same as itself: 1
 * line: reduced: result 0
 * line: the same as a reduced copy: 0
 * line: type of a reduced copy: result 0, 2 5
 * line: transformed
 * line: read-only: read: result 0, 0x4444
 * line: read-only: write: result 3
 * line: read-only: copied to: result 3
 * line: read-only: store: fault 2
 * line: read-only: add: fault 2
 * line: read-only: load: fault 0, 0x4444
 * line: a weak node: result 0
 * line: fetched through it: result 0
 * line: its type: result 0, 2 3
 * line: weak: write: result 3
 * line: weak: read: result 0, 0x4444
 * line: a weak space: result 0
 * line: through it: store: fault 2
 * line: through it: load: fault 0, 0x4444
 * line: revoked
 * line: through a forwarder: load: fault 0, 0x4444
 * line: rescinded: load: fault 1
 * line: rescinded: read: result 1
 * line: and itself: load: fault 0, 0x4444
 * line: destroyed: load: fault 1
 * line: destroyed: store: fault 1
 * line: destroyed: read: result 1
 * line: destroyed: type: result 1, 0 0
 * line: destroyed: copied to a page: result 1
 */
#include "tests/capability/test.h"

#include <string.h>

/* One kind of page: all that is done to it is told as text, line by line. */
#define LINES 80u
#define LINE 96u

struct side {
	struct child client;
	uint8_t page, owner; /* the page; what is given back to the bank to destroy it */
	uint8_t other, got, node, space; /* real: what it is passed with */
	char line[LINES][LINE];
	unsigned lines;
};

static bool equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static char *end_of(char *s)
{
	while (*s)
		s++;
	return s;
}

static void number(char **at, uint64_t value, bool hex)
{
	char digits[20];
	unsigned n = 0;

	do
		digits[n++] = "0123456789abcdef"[value % (hex ? 16 : 10)];
	while (value /= hex ? 16 : 10);
	while (n)
		*(*at)++ = digits[--n];
}

static void text(char **at, const char *s)
{
	while (*s)
		*(*at)++ = *s++;
}

/* "WHAT: WORD a[, 0xb]" */
static void tell(struct side *s, const char *what, const char *word, uint64_t a, const uint64_t *b)
{
	char *at = s->line[s->lines++ % LINES];

	text(&at, what);
	text(&at, ": ");
	text(&at, word);
	number(&at, a, false);
	if (b) {
		text(&at, ", 0x");
		number(&at, *b, true);
	}
	*at = 0;
}

static void title(struct side *s, const char *what)
{
	char *at = s->line[s->lines++ % LINES];

	text(&at, what);
	*at = 0;
}

static void ask(struct side *s, const char *what, uint8_t slot, uint64_t order, uint64_t word, uint8_t send)
{
	tell(s, what, "result ", message_ask(slot, order, word, 0, send, s->got), NULL);
}

static void read(struct side *s, const char *what, uint8_t page, uint64_t offset, uint64_t size)
{
	uint64_t value = 0, result;
	struct message m = {.order = PAGE_READ, .word = {offset, size}, .buffer = &value, .room = sizeof(value)};

	result = message_call(page, &m);
	tell(s, what, "result ", result, result == RESULT_OK ? &value : NULL);
}

static void write(struct side *s, const char *what, uint8_t page, uint64_t offset, const void *bytes, uint64_t size)
{
	struct message m = {.order = PAGE_WRITE, .word = {offset}, .string = bytes, .length = size};

	tell(s, what, "result ", message_call(page, &m), NULL);
}

static void type(struct side *s, const char *what, uint8_t slot)
{
	struct message m = {.order = ORDER_TYPE};
	uint64_t result = message_call(slot, &m);
	char *at;

	tell(s, what, "result ", result, NULL);
	at = end_of(s->line[(s->lines - 1) % LINES]);
	text(&at, ", ");
	number(&at, m.word[0], false);
	text(&at, " ");
	number(&at, m.word[1], false);
	*at = 0;
}

static void client(struct side *s, const char *what, uint64_t command, uint64_t offset, uint64_t value)
{
	struct client_result r = client_do(&s->client, command, offset, value);

	tell(s, what, "fault ", r.fault, r.fault || command == CLIENT_STORE ? NULL : &r.value);
}

static void invoked(struct side *s)
{
	static uint8_t threes[4096];
	uint64_t value = 0x1122334455667788;

	title(s, "invoked");
	memset(threes, 0x33, sizeof(threes));
	type(s, "type", s->page);
	write(s, "write 8 at 0x10", s->page, 0x10, &value, 8);
	read(s, "read 8 at 0x10", s->page, 0x10, 8);
	read(s, "read 0", s->page, 4096, 0);
	write(s, "write 4096 at 0", s->page, 0, threes, 4096);
	read(s, "read at 4092", s->page, 4092, 4);
	write(s, "write 1 too far", s->page, 1, threes, 4096);
	read(s, "read 8 at 4089", s->page, 4089, 8);
	read(s, "read beyond 2^63", s->page, ~0ull, 8);
	read(s, "read 8 at 4096", s->page, 4096, 8);
	ask(s, "erase", s->page, PAGE_ERASE, 0, 0);
	read(s, "read after it", s->page, 4092, 4);
	ask(s, "an order of a space", s->page, SPACE_GET, 0, 0);
	ask(s, "an unknown order", s->page, 0xffff, 0, 0);
	ask(s, "reduce with an unknown restriction", s->page, ORDER_REDUCE, 0x100, 0);
}

static void walked(struct side *s)
{
	title(s, "walked");
	child_map(&s->client, s->page);
	client(s, "store", CLIENT_STORE, 0x10, 0x5566);
	client(s, "load", CLIENT_LOAD, 0x10, 0);
	client(s, "add", CLIENT_ADD, 0x10, 4);
	client(s, "load beyond it", CLIENT_LOAD, 0x1000, 0);
	client(s, "load across its end", CLIENT_LOAD, 0xffc, 0);
}

#define OWN_OBJECT ((uint64_t *)CHILD_OBJECT) /* in the first process's space too */

/* Strings that the kernel takes from it and puts there, as the process itself would. */
static void messages(struct side *s)
{
	struct message m = {.order = PAGE_READ, .word = {0x10, 64}, .buffer = OWN_OBJECT + 100, .room = 64};

	title(s, "messages");
	message_ask(START_SLOT_SPACE, SPACE_SET, CHILD_OBJECT_SLOT, 0, s->page, 0);
	write(s, "a string from it", s->other, 0x10, OWN_OBJECT, 100);
	read(s, "what came", s->other, 0x20, 8);
	tell(s, "a string to it", "result ", message_call(s->other, &m), NULL);
	tell(s, "what came", "", m.length, OWN_OBJECT + 102);
	write(s, "a string across its end", s->other, 0, (uint8_t *)OWN_OBJECT + 4090, 10);
	message_ask(START_SLOT_SPACE, SPACE_SET, CHILD_OBJECT_SLOT, 0, 0, 0);
}

static void passed(struct side *s)
{
	uint64_t value = 0x4444;
	struct message m = {.order = PAGE_WRITE, .word = {0x10}, .string = &value, .length = 8};

	title(s, "passed");
	ask(s, "copied to a page", s->other, PAGE_COPY_FROM, 0, s->page);
	read(s, "and there", s->other, 0x10, 8);
	message_call(s->other, &m);
	ask(s, "copied from a page", s->page, PAGE_COPY_FROM, 0, s->other);
	read(s, "and there", s->page, 0x10, 8);
	ask(s, "copied from what is no page", s->page, PAGE_COPY_FROM, 0, s->node);
	ask(s, "copied from nothing", s->page, PAGE_COPY_FROM, 0, 0);
	ask(s, "set in a space", s->space, SPACE_SET, 0, s->page);
	ask(s, "set in a node", s->node, NODE_SET, 0, s->page);
	ask(s, "fetched", s->node, NODE_GET, 0, 0);
	read(s, "and read", s->got, 0x10, 8);
	ask(s, "set as a space's keeper", s->space, SPACE_SET_KEEPER, 0, s->page);
	ask(s, "set as an endpoint", s->client.process, PROCESS_SET_ENDPOINT, 0, s->page);
	ask(s, "set as a process's keeper", s->client.process, PROCESS_SET_KEEPER, 0, s->page);
}

static void same(struct side *s, const char *what, uint8_t other)
{
	struct message m = {.order = DISCRIM_SAME, .caps = MESSAGE_CAPS(s->page, other)};

	message_call(START_SLOT_DISCRIM, &m);
	tell(s, what, "", m.word[0], NULL);
}

static void examined(struct side *s)
{
	struct message m = {.order = DISCRIM_TYPE, .caps = s->page};

	title(s, "examined");
	message_call(START_SLOT_DISCRIM, &m);
	tell(s, "discrim's type", "", m.word[0], &m.word[1]);
	same(s, "the same as itself", s->page);
	ask(s, "reduced", s->page, ORDER_REDUCE, RESTRICT_READ_ONLY | RESTRICT_NO_EXECUTE, 0);
	same(s, "the same as a reduced copy", s->got);
	type(s, "type of a reduced copy", s->got);
}

static void transformed(struct side *s)
{
	uint64_t value = 9;

	title(s, "transformed");
	read(s, "read-only: read", s->got, 0x10, 8);
	write(s, "read-only: write", s->got, 0x10, &value, 8);
	child_map(&s->client, s->got);
	ask(s, "read-only: copied to", s->got, PAGE_COPY_FROM, 0, s->other);
	client(s, "read-only: store", CLIENT_STORE, 0x10, 9);
	client(s, "read-only: add", CLIENT_ADD, 0x10, 9);
	client(s, "read-only: load", CLIENT_LOAD, 0x10, 0);
	ask(s, "a weak node", s->node, ORDER_REDUCE, RESTRICT_WEAK, 0);
	ask(s, "fetched through it", s->got, NODE_GET, 0, 0);
	type(s, "its type", s->got);
	write(s, "weak: write", s->got, 0x10, &value, 8);
	read(s, "weak: read", s->got, 0x10, 8);
	ask(s, "a weak space", s->space, ORDER_REDUCE, RESTRICT_WEAK, 0);
	child_map(&s->client, s->got);
	client(s, "through it: store", CLIENT_STORE, 0x10, 9);
	client(s, "through it: load", CLIENT_LOAD, 0x10, 0);
}

static void revoked(struct side *s)
{
	uint8_t forwarder = child_alloc(TYPE_FORWARDER, 0);

	title(s, "revoked");
	message_ask(forwarder, FORWARDER_SET_TARGET, 0, 0, s->page, 0);
	message_ask(forwarder, FORWARDER_GET, 0, 0, 0, s->got);
	child_map(&s->client, s->got);
	client(s, "through a forwarder: load", CLIENT_LOAD, 0x10, 0);
	message_ask(forwarder, FORWARDER_RESCIND, 0, 0, 0, 0);
	client(s, "rescinded: load", CLIENT_LOAD, 0x10, 0);
	read(s, "rescinded: read", s->got, 0x10, 8);
	child_map(&s->client, s->page);
	client(s, "and itself: load", CLIENT_LOAD, 0x10, 0);
	message_ask(START_SLOT_BANK, BANK_FREE, 0, 0, s->owner, 0);
	client(s, "destroyed: load", CLIENT_LOAD, 0x10, 0);
	client(s, "destroyed: store", CLIENT_STORE, 0x10, 0);
	read(s, "destroyed: read", s->page, 0x10, 8);
	type(s, "destroyed: type", s->page);
	ask(s, "destroyed: copied to a page", s->other, PAGE_COPY_FROM, 0, s->page);
}

static void use(struct side *s)
{
	s->other = child_alloc(TYPE_PAGE, 0);
	s->node = child_alloc(TYPE_NODE, 0);
	s->space = child_alloc(TYPE_SPACE, 0);
	s->got = child_slot();
	invoked(s);
	walked(s);
	messages(s);
	passed(s);
	examined(s);
	transformed(s);
	revoked(s);
	child_slot_free(s->other);
	child_slot_free(s->node);
	child_slot_free(s->space);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	static struct side real, virtual;
	struct child ram;

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	real.client = test_client();
	real.page = real.owner = child_alloc(TYPE_PAGE, 0);
	use(&real);
	virtual.client = test_client();
	ram = test_start("ram", 0, 0);
	virtual.page = child_virtual_page(&ram, 0, 0);
	virtual.owner = ram.endpoint;
	use(&virtual);
	for (unsigned i = 0; i < real.lines || i < virtual.lines; i++)
		if (equal(real.line[i], virtual.line[i]))
			print("%s\n", real.line[i]);
		else
			print("DIFFERENT: %s, %s\n", real.line[i], virtual.line[i]);
	test_end(0);
}
