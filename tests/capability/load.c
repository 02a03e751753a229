/*
 * Rescinded under load: four clients add to one word of a virtual page, each through a forwarder of its own, which is
 * rescinded at a moment that it does not choose. Each client gets one fault. An addition that did not fault is in
 * the word. One that faulted in its middle may be: the keeper had the store when its client was taken away, and what it
 * made of it is the keeper's. Nothing comes later.
 *
 * modules: client hammer ram
 * line: client 0: fault 1 or 5
 * line: client 1: fault 1 or 5
 * line: client 2: fault 1 or 5
 * line: client 3: fault 1 or 5
 * line: each added something: yes
 * line: the word holds what they counted, and at most those in the middle: yes
 * line: and still does: yes
 */
#include "tests/capability/pulled.h"

#define CLIENTS 4u

struct hammer {
	struct child child;
	struct revocable r;
	uint64_t added;
	bool in_the_middle; /* of an addition, when it faulted */
};

static struct hammer make(uint8_t page)
{
	struct hammer h = {.r = revocable_make(page)};

	if (!child_make("hammer", &h.child))
		test_end(1);
	child_map(&h.child, h.r.facet);
	message_ask(h.child.process, PROCESS_SET_KEEPER, 0, 0, client_keeper(), 0);
	return h;
}

static uint64_t word(uint8_t page)
{
	uint64_t value = 0;
	struct message m = {.order = PAGE_READ, .word = {0, 8}, .buffer = &value, .room = sizeof(value)};

	message_call(page, &m);
	return value;
}

/* Its fault is 1 if it came between two additions, and 5 if it was in the middle of one. */
static void rescind(struct hammer *h, unsigned i)
{
	struct process_registers r;
	struct message m = {.order = PROCESS_GET_REGISTERS, .buffer = &r, .room = sizeof(r)};
	struct client_result result;

	message_ask(h->r.control, FORWARDER_RESCIND, 0, 0, 0, 0);
	result = client_wait(&h->child);
	message_call(h->child.process, &m);
	h->added = r.r12;
	h->in_the_middle = result.fault == FAULT_GONE;
	print("client %u: fault %s\n", i,
	      result.fault == FAULT_GONE || result.fault == FAULT_INVALID_ADDRESS ? "1 or 5" : "of another kind");
	print("time: %lu additions\n", h->added);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct hammer hammer[CLIENTS];
	struct child ram = test_start("ram", 0, 0);
	uint8_t page = child_virtual_page(&ram, 0, 0);
	uint64_t sum = 0, middle = 0, held;
	bool each = true;

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	for (unsigned i = 0; i < CLIENTS; i++)
		hammer[i] = make(page);
	for (unsigned i = 0; i < CLIENTS; i++)
		child_start(&hammer[i].child, 0, 0);
	for (unsigned i = 0; i < CLIENTS; i++) {
		test_sleep(20 + 7 * i);
		rescind(&hammer[i], i);
		sum += hammer[i].added;
		middle += hammer[i].in_the_middle;
		each = each && hammer[i].added;
	}
	print("each added something: %s\n", each ? "yes" : "no");
	held = word(ram.page);
	print("the word holds what they counted, and at most those in the middle: %s\n",
	      held >= sum && held <= sum + middle ? "yes" : "no");
	test_sleep(10);
	print("and still does: %s\n", word(ram.page) == held ? "yes" : "no");
	test_end(0);
}
