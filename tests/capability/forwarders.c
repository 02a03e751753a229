/*
 * Forwarders, the kernel's own wrappers, before a page in a memory tree and before an entry: blocked, who comes waits;
 * another target; rescinded. A chain of twenty leads somewhere, a longer one and a loop lead to an error.
 *
 * modules: client counter ram
 * line: load 0x10 = 0x7265746e756f63
 * line: blocked, given another target, a real page, and open again: 0x4444
 * line: store 0x10 0x5555
 * line: in the page itself: 0x5555
 * line: another, of which only a slot of the client knew
 * line: load 0x10 = 0x0
 * line: invoked: result 0, 0x0
 * line: blocked and then rescinded: fault 1
 * line: load 0x10: fault 1
 * line: invoked: result 1, 0x0
 * line: a chain of 20: load 0x10 = 0x5555
 * line: invoked: result 0, 0x5555
 * line: a chain of 21: load 0x10: fault 3
 * line: invoked: result 7, 0x0
 * line: a loop: load 0x10: fault 3
 * line: invoked: result 7, 0x0
 * line: cut through, all of it is as before: load 0x10 = 0x5555
 */
#include "tests/capability/test.h"

#define DEPTH 20

struct wrapper {
	uint8_t control, facet;
};

static void target(const struct wrapper *w, uint8_t slot)
{
	message_ask(w->control, FORWARDER_SET_TARGET, 0, 0, slot, 0);
}

static struct wrapper wrap(uint8_t slot)
{
	struct wrapper w = {.control = child_alloc(TYPE_FORWARDER, 0), .facet = child_slot()};

	target(&w, slot);
	message_ask(w.control, FORWARDER_GET, 0, 0, 0, w.facet);
	return w;
}

static void block(const struct wrapper *w, uint64_t blocked)
{
	message_ask(w->control, FORWARDER_BLOCK, blocked, 0, 0, 0);
}

static void invoked(uint8_t page)
{
	uint64_t value = 0;
	struct message m = {.order = PAGE_READ, .word = {0x10, 8}, .buffer = &value, .room = sizeof(value)};
	uint64_t result = message_call(page, &m);

	print("invoked: result %lu, 0x%lx\n", result, value);
}

/* It waits: what it loads is of the target that came after. */
static void blocking(const struct child *client, const struct wrapper *w, uint8_t page)
{
	uint64_t value = 0x4444;
	struct message m = {.order = PAGE_WRITE, .word = {0x10}, .string = &value, .length = sizeof(value)};

	message_call(page, &m);
	block(w, 1);
	client_tell(CLIENT_LOAD, 0x10, 0);
	test_sleep(3);
	target(w, page);
	block(w, 0);
	print("blocked, given another target, a real page, and open again: 0x%lx\n", client_wait(client).value);
}

static void targets(const struct child *client, const struct wrapper *w, uint8_t page, uint8_t ram)
{
	uint64_t value = 0;
	struct message m = {.order = PAGE_READ, .word = {0x10, 8}, .buffer = &value, .room = sizeof(value)};

	test_store(client, 0x10, 0x5555);
	message_call(page, &m);
	print("in the page itself: 0x%lx\n", value);
	print("another, of which only a slot of the client knew\n");
	target(w, ram);
	test_load(client, 0x10);
	invoked(w->facet);
}

static void rescinding(const struct child *client, const struct wrapper *w)
{
	block(w, 1);
	client_tell(CLIENT_LOAD, 0x10, 0);
	test_sleep(2);
	message_ask(w->control, FORWARDER_RESCIND, 0, 0, 0, 0);
	print("blocked and then rescinded: fault %lu\n", client_wait(client).fault);
	test_load(client, 0x10);
	invoked(w->facet);
}

static void chain(const struct child *client, uint8_t page)
{
	struct wrapper first = wrap(page), last = first;

	for (unsigned i = 1; i < DEPTH; i++) {
		if (i > 1) /* in the middle nobody needs to know them */
			child_slot_free(last.control), child_slot_free(last.facet);
		last = wrap(last.facet);
	}
	child_map(client, last.facet);
	print("a chain of 20: ");
	test_load(client, 0x10);
	invoked(last.facet);
	last = wrap(last.facet);
	child_map(client, last.facet);
	print("a chain of 21: ");
	test_load(client, 0x10);
	invoked(last.facet);
	target(&first, last.facet);
	print("a loop: ");
	test_load(client, 0x10);
	invoked(last.facet);
	target(&last, page);
	print("cut through, all of it is as before: ");
	test_load(client, 0x10);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct child client, counter, ram;
	uint8_t page = child_alloc(TYPE_PAGE, 0);
	struct wrapper w;

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	client = test_client();
	counter = test_start("counter", 0, 0);
	ram = test_start("ram", 0, 0);
	w = wrap(child_virtual_page(&counter, 0, 0));
	child_map(&client, w.facet);
	test_load(&client, 0x10);
	blocking(&client, &w, page);
	targets(&client, &w, page, child_virtual_page(&ram, 0, 0));
	rescinding(&client, &w);
	chain(&client, page);
	test_end(0);
}
