/*
 * Answers at the wrong time, of the wrong size, to the wrong question, and invocations that are no invocations: each
 * gets what the documents say, and a client beside notices nothing. (Answers that make no sense: `lies`. A keeper that
 * dies or is silent: `last_words`, `steps`.)
 *
 * modules: client puppet ram
 * line: twice: loaded 0x1, the second: 1
 * line: after a fault, once more: fault 70, the second: 1
 * line: too short: fault 4
 * line: too long: fault 4
 * line: a page long: fault 4
 * line: a value for a store: fault 4
 * line: no value for a load: fault 4
 * line: one answer for another's question: 0xb and 0xa
 * line: retried twice, then answered: 0x5
 * line: its client destroyed, and then answered: 1
 * line: order 0: result 2
 * line: kind 0: 1
 * line: kind 4: 1
 * line: slot 64: 2
 * line: slot 2^63: 2
 * line: sent slot 64: 2
 * line: sent slot 255, the last of four: 2
 * line: bits beyond the four: 2
 * line: received into slot 64: 2
 * line: reply into slot 64: 2
 * line: a string of 4097: 3
 * line: a string of 2^64 - 1: 3
 * line: a string that wraps: 3
 * line: a string in the kernel: 3
 * line: a string nowhere: 3
 * line: a buffer nowhere: 3
 * line: and a good one: 0
 * line: beside: the same
 */
#include "tests/capability/pulled.h"

struct scene {
	struct child client, other;
	struct pulled puppet;
	uint8_t page;
};

/* One question, one answer; the client's outcome. */
static struct client_result once(struct scene *s, uint64_t command, uint64_t order, uint64_t value, uint64_t size)
{
	client_tell(command, 0x10, 7);
	pulled_wait(&s->puppet, 1);
	pulled_answer(&s->puppet, 0, order, value, size);
	return client_wait(&s->client);
}

static void twice(struct scene *s)
{
	struct client_result r = once(s, CLIENT_LOAD, ANSWER_DONE, 1, 8);
	uint64_t second = pulled_answer(&s->puppet, PUPPET_AGAIN, ANSWER_DONE, 2, 8);

	print("twice: loaded 0x%lx, the second: %lu\n", r.value, second);
	r = once(s, CLIENT_LOAD, ANSWER_FAULT, 70, 0);
	second = pulled_answer(&s->puppet, PUPPET_AGAIN, ANSWER_DONE, 2, 8);
	print("after a fault, once more: fault %lu, the second: %lu\n", r.fault, second);
}

static void sizes(struct scene *s)
{
	print("too short: fault %lu\n", once(s, CLIENT_LOAD, ANSWER_DONE, 1, 7).fault);
	print("too long: fault %lu\n", once(s, CLIENT_LOAD, ANSWER_DONE, 1, 9).fault);
	print("a page long: fault %lu\n", once(s, CLIENT_LOAD, ANSWER_DONE, 1, 4096).fault);
	print("a value for a store: fault %lu\n", once(s, CLIENT_STORE, ANSWER_DONE, 1, 8).fault);
	print("no value for a load: fault %lu\n", once(s, CLIENT_LOAD, ANSWER_DONE, 1, 0).fault);
}

/* Of two who wait, at two virtual pages, each gets what was said to its own reply: an id names nothing. */
static void crossed(struct scene *s)
{
	struct client_result first, second;

	client_tell(CLIENT_LOAD, 0x10, 0);
	pulled_wait(&s->puppet, 1);
	s->other = test_client();
	child_map(&s->other, child_virtual_page(&s->puppet.child, 2, 0));
	client_tell(CLIENT_LOAD, 0x10, 0);
	pulled_wait(&s->puppet, 2);
	pulled_answer(&s->puppet, 1, ANSWER_DONE, 0xb, 8);
	second = client_wait(&s->other);
	pulled_answer(&s->puppet, 0, ANSWER_DONE, 0xa, 8);
	first = client_wait(&s->client);
	print("one answer for another's question: 0x%lx and 0x%lx\n", second.value, first.value);
}

static void retried(struct scene *s)
{
	client_tell(CLIENT_LOAD, 0x10, 0);
	for (unsigned i = 0; i < 2; i++) {
		pulled_wait(&s->puppet, 1);
		pulled_answer(&s->puppet, 0, ANSWER_RETRY, 0, 0);
	}
	pulled_wait(&s->puppet, 1);
	pulled_answer(&s->puppet, 0, ANSWER_DONE, 5, 8);
	print("retried twice, then answered: 0x%lx\n", client_wait(&s->client).value);
}

static void destroyed(struct scene *s)
{
	client_tell(CLIENT_LOAD, 0x10, 0);
	pulled_wait(&s->puppet, 1);
	message_ask(START_SLOT_BANK, BANK_FREE, 0, 0, s->client.process, 0);
	print("its client destroyed, and then answered: %lu\n", pulled_answer(&s->puppet, 0, ANSWER_DONE, 5, 8));
}

static void call(const char *what, uint64_t kind, uint64_t slot, struct message m)
{
	m.order = CONSOLE_WRITE;
	print("%s: %lu\n", what, invoke(kind, slot, &m));
}

static void invocations(void)
{
	uint64_t console = START_SLOT_CONSOLE, far = 0xffff800000100000;
	struct message read = {.order = PAGE_READ, .word = {0, 8}, .buffer = (void *)0x10, .room = 8};

	print("order 0: result %lu\n", message_ask(START_SLOT_CONSOLE, 0, 0, 0, 0, 0));
	call("kind 0", 0, console, (struct message){0});
	call("kind 4", 4, console, (struct message){0});
	call("slot 64", INVOKE_CALL, 64, (struct message){0});
	call("slot 2^63", INVOKE_SEND, 1ull << 63, (struct message){0});
	call("sent slot 64", INVOKE_CALL, console, (struct message){.caps = 64});
	call("sent slot 255, the last of four", INVOKE_CALL, console, (struct message){.caps = 0xff000000});
	call("bits beyond the four", INVOKE_CALL, console, (struct message){.caps = 1ull << 32});
	call("received into slot 64", INVOKE_CALL, console, (struct message){.receive = 64 << 16});
	call("reply into slot 64", INVOKE_CALL, console, (struct message){.receive = MESSAGE_REPLY(64)});
	call("a string of 4097", INVOKE_CALL, console, (struct message){.string = &read, .length = 4097});
	call("a string of 2^64 - 1", INVOKE_CALL, console, (struct message){.string = &read, .length = ~0ull});
	call("a string that wraps", INVOKE_CALL, console, (struct message){.string = (void *)~7ull, .length = 16});
	call("a string in the kernel", INVOKE_CALL, console, (struct message){.string = (void *)far, .length = 16});
	call("a string nowhere", INVOKE_CALL, console, (struct message){.string = (void *)0x10, .length = 16});
	print("a buffer nowhere: %lu\n", invoke(INVOKE_CALL, child_alloc(TYPE_PAGE, 0), &read));
	call("and a good one", INVOKE_CALL, console, (struct message){.string = "", .length = 0});
}

/* Who has nothing to do with all that, on a keeper that was there throughout. */
static void beside(uint8_t ram)
{
	struct child client = test_client();
	uint64_t real = client_do(&client, CLIENT_EXERCISE, 0, 0).value;

	child_map(&client, ram);
	print("beside: %s\n", client_do(&client, CLIENT_EXERCISE, 0, 0).value == real ? "the same" : "DIFFERENT");
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct scene s = {.puppet = pulled_make()};
	struct child keeper = test_start("ram", 0, 0);
	uint8_t ram = child_virtual_page(&keeper, 0, 0);

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	s.client = test_client();
	s.page = child_virtual_page(&s.puppet.child, 1, 0);
	child_map(&s.client, s.page);
	twice(&s);
	sizes(&s);
	crossed(&s);
	retried(&s);
	destroyed(&s);
	invocations();
	beside(ram);
	test_end(0);
}
