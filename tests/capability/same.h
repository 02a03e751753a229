/* same.h: a client on real pages and its twin on virtual ones, instruction by instruction. */
#ifndef TESTS_CAPABILITY_SAME_H
#define TESTS_CAPABILITY_SAME_H

#include "tests/capability/random.h"
#include "tests/capability/test.h"

#include <string.h>

struct same_side {
	struct child child;
	uint8_t space, page[2], trace, reply;
};

/* It goes on with this command, and the caller waits for what comes of it. Only one side runs at a time. */
static inline struct client_result same_do(const struct same_side *s, uint64_t to, uint64_t command, uint64_t word0,
					   uint64_t word1, uint64_t back[2])
{
	struct message m = {.order = command, .word = {word0, word1}, .receive = MESSAGE_REPLY(s->reply)};

	invoke(INVOKE_RETURN, to, &m);
	if (back)
		back[0] = m.word[0], back[1] = m.word[1];
	if (m.order == PROCESS_FAULT || m.order == SPACE_FAULT)
		return (struct client_result){m.word[0], m.word[2]};
	return (struct client_result){FAULT_NONE, m.word[0]};
}

/* A client with two pages of this kind as its object, and a page for its trace. */
static inline struct same_side same_side(void)
{
	struct same_side s = {
		.space = child_alloc(TYPE_SPACE, 0), .trace = child_alloc(TYPE_PAGE, 0), .reply = child_slot()};
	uint8_t traces = child_alloc(TYPE_SPACE, 0);

	if (!child_make("random", &s.child))
		test_end(1);
	child_give(&s.child, CHILD_SLOT_PARENT, client_entry());
	message_ask(s.child.process, PROCESS_SET_KEEPER, 0, 0, client_keeper(), 0);
	child_map(&s.child, s.space);
	message_ask(traces, SPACE_SET, 0, 0, s.trace, 0);
	message_ask(s.child.space, SPACE_SET, RANDOM_TRACE_SLOT, 0, traces, 0);
	child_slot_free(traces);
	return s;
}

static inline void same_put(struct same_side *s, unsigned i, uint8_t page)
{
	s->page[i] = page;
	message_ask(s->space, SPACE_SET, i, 0, page, 0);
}

/* It runs, and waits for its first command. */
static inline void same_start(const struct same_side *s)
{
	child_start(&s->child, 0, 0);
	same_do(s, 0, 0, 0, 0, NULL);
}

static inline const uint8_t *same_read(uint8_t page, uint8_t bytes[4096])
{
	struct message m = {.order = PAGE_READ, .word = {0, 4096}, .buffer = bytes, .room = 4096};

	memset(bytes, 0, 4096);
	message_call(page, &m);
	return bytes;
}

#define SAME_SHOWN 4u

/* Its first bytes, to be decoded by hand. */
static inline void same_show(const struct same_side *s, uint64_t seed, uint64_t number)
{
	uint64_t code[2];

	same_do(s, s->reply, RANDOM_SHOW, seed, number, code);
	print("seed %lu, instruction %lu differs: its bytes, lowest first: 0x%lx 0x%lx\n", seed, number, code[0],
	      code[1]);
}

/* The bytes of the instruction that faulted, in the side's own image. */
static inline void same_show_faulted(const struct same_side *s)
{
	struct process_registers r = {.rip = 0};
	struct message m = {.order = PROCESS_GET_REGISTERS, .buffer = &r, .room = sizeof(r)};
	uint8_t image = child_slot();
	uint64_t code[2] = {0, 0};

	message_call(s->child.process, &m);
	message_ask(s->child.space, SPACE_GET, START_ADDRESS >> 20, 0, 0, image);
	message_ask(image, SPACE_GET, (r.rip - START_ADDRESS) >> 12, 0, 0, image);
	m = (struct message){.order = PAGE_READ, .word = {r.rip & 0xfff, 16}, .buffer = code, .room = sizeof(code)};
	message_call(image, &m);
	print("its bytes at 0x%lx, lowest first: 0x%lx 0x%lx\n", (uint64_t)r.rip, code[0], code[1]);
}

/* A chunk on one side; how many touched the pages. */
static inline uint64_t same_run(const struct same_side *s, uint64_t seed, uint64_t first)
{
	struct client_result r = same_do(s, s->reply, RANDOM_RUN, seed, first, NULL);

	if (r.fault) {
		print("seed %lu, from %lu on: fault %lu code %lu\n", seed, first, r.fault, r.value);
		same_show_faulted(s);
		test_end(1);
	}
	return r.value;
}

static inline uint64_t same_differences(const struct same_side side[2], uint64_t seed, uint64_t first)
{
	static uint8_t bytes[2][4096];
	const uint32_t *real = (const uint32_t *)same_read(side[0].trace, bytes[0]);
	const uint32_t *virtual = (const uint32_t *)same_read(side[1].trace, bytes[1]);
	uint64_t n = 0;

	for (unsigned i = 0; i < RANDOM_CHUNK; i++)
		if (real[i] != virtual[i] && n++ < SAME_SHOWN)
			same_show(&side[1], seed, first + i);
	return n;
}

/* So many chunks of a seed on a real side and on one that is not; then the pages. Prints a line, and what differs. */
static inline void same_compare(const struct same_side side[2], uint64_t seed, const char *what, uint64_t chunks)
{
	uint64_t differ = 0, touched = 0, n = 0, before = test_ticks();
	static uint8_t bytes[2][4096];
	bool equal = true;

	for (; n < chunks; n++) {
		same_run(&side[0], seed, n * RANDOM_CHUNK);
		touched += same_run(&side[1], seed, n * RANDOM_CHUNK);
		differ += same_differences(side, seed, n * RANDOM_CHUNK);
	}
	for (unsigned i = 0; i < 2; i++)
		equal = equal &&
			!memcmp(same_read(side[0].page[i], bytes[0]), same_read(side[1].page[i], bytes[1]), 4096);
	print("time: %lu of them touched the pages, %lu ticks\n", touched, test_ticks() - before);
	print("seed %lu: %s: %lu of %lu differ, the pages are %s\n", seed, what, differ, n * RANDOM_CHUNK,
	      equal ? "equal" : "NOT EQUAL");
}

static inline uint8_t same_virtual(void)
{
	struct child ram = test_start("ram", 0, 0);
	uint8_t page = child_virtual_page(&ram, 0, 0);

	child_forget(&ram);
	return page;
}

/* Both sides with fresh pages: which of the second's two are virtual. */
static inline void same_pages(struct same_side side[2], bool first, bool second)
{
	for (unsigned i = 0; i < 2; i++) {
		bool virtual = i ? second : first;

		same_put(&side[0], i, child_alloc(TYPE_PAGE, 0));
		same_put(&side[1], i, virtual ? same_virtual() : child_alloc(TYPE_PAGE, 0));
	}
}

#endif
