/*
 * scene.h: a keeper, two clients with two virtual pages of its, and the process that made them.
 *
 * The clients' space: a real page at SCENE_REAL, virtual pages at SCENE_VIRTUAL and SCENE_OTHER.
 */
#ifndef TESTS_KERNEL_SCENE_H
#define TESTS_KERNEL_SCENE_H

#include "tests/check.h"
#include "tests/kernel/instruction.h"

#define SCENE_REAL 0x0ull
#define SCENE_VIRTUAL 0x1000ull
#define SCENE_OTHER 0x2000ull
#define SCENE_KEEPER_BUFFER (START_ADDRESS + 0x1000ull)
#define SCENE_KEEPER_STRING (START_ADDRESS + 0x2000ull)

/* slots of the maker's */
enum {
	SLOT_ENDPOINT = 20,
	SLOT_VIRTUAL,
	SLOT_OTHER,
	SLOT_SPACE,
	SLOT_REAL,
	SLOT_BEHIND, /* a page that the keeper has in its slot 13 */
	SLOT_KEEPER,
	SLOT_CLIENT,
	SLOT_SECOND,
	SLOT_FORWARDER, /* control; its facet is in SLOT_FACET, not in use */
	SLOT_FACET,
	SLOT_SPARE,
};

#define KEEPER_SLOT_REPLY 11
#define KEEPER_SLOT_SENT 12
#define KEEPER_SLOT_PAGE 13

struct scene {
	struct process *maker, *keeper, *client, *second;
};

static inline void scene_listen(struct process *keeper)
{
	struct rig_message m = {
		.buffer = SCENE_KEEPER_BUFFER, .room = 4096, .receive = {KEEPER_SLOT_SENT}, .reply = KEEPER_SLOT_REPLY};

	rig_invoke(keeper, INVOKE_RETURN, 0, &m);
}

static inline struct scene scene_make(void)
{
	struct scene s = {.maker = rig_start()};
	struct process *m = s.maker;

	rig_alloc(m, TYPE_ENDPOINT, 0, SLOT_ENDPOINT);
	rig_order(m, SLOT_ENDPOINT, ENDPOINT_VIRTUAL_PAGE, 5, 0, 0, SLOT_VIRTUAL);
	rig_order(m, SLOT_ENDPOINT, ENDPOINT_VIRTUAL_PAGE, 6, 0, 0, SLOT_OTHER);
	rig_alloc(m, TYPE_SPACE, 0, SLOT_SPACE);
	rig_alloc(m, TYPE_PAGE, 0, SLOT_REAL);
	rig_alloc(m, TYPE_PAGE, 0, SLOT_BEHIND);
	rig_alloc(m, TYPE_FORWARDER, 0, SLOT_FORWARDER);
	rig_order(m, SLOT_FORWARDER, FORWARDER_SET_TARGET, 0, 0, SLOT_VIRTUAL, 0);
	rig_order(m, SLOT_FORWARDER, FORWARDER_GET, 0, 0, 0, SLOT_FACET);
	rig_order(m, SLOT_SPACE, SPACE_SET, 0, 0, SLOT_REAL, 0);
	rig_order(m, SLOT_SPACE, SPACE_SET, 1, 0, SLOT_VIRTUAL, 0);
	rig_order(m, SLOT_SPACE, SPACE_SET, 2, 0, SLOT_OTHER, 0);
	s.keeper = rig_process(m, SLOT_KEEPER, START_SLOT_SPACE, SLOT_ENDPOINT);
	s.client = rig_process(m, SLOT_CLIENT, SLOT_SPACE, 0);
	s.second = rig_process(m, SLOT_SECOND, SLOT_SPACE, 0);
	rig_order(m, SLOT_KEEPER, PROCESS_SET_SLOT, KEEPER_SLOT_PAGE, 0, SLOT_BEHIND, 0);
	process_stop(m); /* it still invokes when the test says so, but has no turns */
	process_stop(s.second);
	scene_listen(s.keeper);
	return s;
}

/* The client tries; then the keeper is to have the question. */
static inline const struct process_registers *scene_ask(struct scene *s, struct process *client, struct rig_insn *insn)
{
	CHECK(rig_next() == client);
	CHECK_EQ(rig_execute(client, insn), RIG_WAITS);
	CHECK(rig_next() == s->keeper);
	return kernel_registers(s->keeper);
}

/* The keeper answers and listens again. */
static inline void scene_answer(struct scene *s, uint64_t order, uint64_t word0, uint64_t word1, uint8_t cap,
				const void *string, unsigned size)
{
	struct rig_message m = {.order = order,
				.word = {word0, word1},
				.send = {cap},
				.string = SCENE_KEEPER_STRING,
				.length = size,
				.buffer = SCENE_KEEPER_BUFFER,
				.room = 4096,
				.receive = {KEEPER_SLOT_SENT},
				.reply = KEEPER_SLOT_REPLY};

	if (size)
		memcpy(rig.memory + RIG_SIZE + 0x2000, string, size);
	rig_invoke(s->keeper, INVOKE_RETURN, KEEPER_SLOT_REPLY, &m);
}

static inline void scene_done(struct scene *s, uint64_t value, unsigned size)
{
	scene_answer(s, ANSWER_DONE, 0, 0, 0, &value, size);
}

/* What came with the question. */
static inline const struct keeper_access *scene_bytes(void)
{
	return (const struct keeper_access *)(const void *)(rig.memory + RIG_SIZE + 0x1000);
}

/* The second client has turns too, or alone. */
static inline void scene_resume(struct scene *s, unsigned slot)
{
	rig_order(s->maker, slot, PROCESS_RESUME, 0, 0, 0, 0);
}

/* The client runs and executes to the end. */
static inline void scene_completes(struct process *client, struct rig_insn *insn, uint64_t value)
{
	CHECK(rig_next() == client);
	CHECK_EQ(rig_execute(client, insn), RIG_DONE);
	CHECK_EQ(kernel_registers(client)->rax, value);
}

/* The client has stopped at this fault; who runs is somebody else or nobody. */
static inline void scene_faulted(struct process *client, uint64_t fault)
{
	CHECK(rig_next() != client);
	CHECK(client->stopped);
	CHECK_EQ(kernel_registers(client)->fault, fault);
}

#endif
