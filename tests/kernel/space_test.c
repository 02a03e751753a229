/* space_test.c: walking, restrictions along the path, and which keeper is called. */
#include "guest/kernel/space.h"
#include "guest/kernel/walk.h"
#include "tests/kernel/scene.h"

/* Slots: 40 root (16 slots of 64 KiB), 41 a space in its slot 0, 42 a page in that one's slot 0. */
static struct process *tree(void)
{
	struct process *p = rig_start();

	rig_alloc(p, TYPE_SPACE, 4, 40);
	rig_alloc(p, TYPE_SPACE, 0, 41);
	rig_alloc(p, TYPE_PAGE, 0, 42);
	rig_order(p, 40, SPACE_SET, 0, 0, 41, 0);
	rig_order(p, 41, SPACE_SET, 0, 0, 42, 0);
	return p;
}

static struct walk at(struct process *p, unsigned slot, uint64_t address)
{
	struct walk w;

	walk(&p->slot[slot], address, WALK_TO_USE, &w);
	return w;
}

static void addresses(void)
{
	struct process *p = tree();

	CHECK_EQ(at(p, 40, 0).status, WALK_PAGE);
	CHECK_EQ(at(p, 40, 4095).status, WALK_PAGE);
	CHECK_EQ(at(p, 40, 4096).status, WALK_INVALID);
	CHECK_EQ(at(p, 40, 0x10000).status, WALK_INVALID);
	CHECK_EQ(at(p, 40, 0x100000).status, WALK_INVALID); /* beyond the root */
	CHECK_EQ(at(p, 40, ~0ull).status, WALK_INVALID);
	CHECK_EQ(at(p, 42, 0).status, WALK_PAGE); /* a page is a space too */
	CHECK_EQ(at(p, 42, 4096).status, WALK_INVALID);
	CHECK_EQ(at(p, 0, 0).status, WALK_INVALID);
	CHECK_EQ(at(p, START_SLOT_CLOCK, 0).status, WALK_MALFORMED);
}

static void malformed_spaces(void)
{
	struct process *p = tree();

	rig_order(p, 40, SPACE_SET, 1, 0, 40, 0); /* itself */
	CHECK_EQ(at(p, 40, 0x10000).status, WALK_MALFORMED);
	rig_order(p, 41, SPACE_SET, 1, 0, 40, 0); /* one that does not fit */
	CHECK_EQ(at(p, 40, 0x1000).status, WALK_MALFORMED);
	rig_alloc(p, TYPE_FORWARDER, 0, 43);
	rig_order(p, 43, FORWARDER_GET, 0, 0, 0, 44);
	rig_order(p, 43, FORWARDER_SET_TARGET, 0, 0, 44, 0);
	rig_order(p, 41, SPACE_SET, 2, 0, 44, 0); /* a forwarder to itself */
	CHECK_EQ(at(p, 40, 0x2000).status, WALK_MALFORMED);
	CHECK_EQ(rig_order(p, 44, ORDER_TYPE, 0, 0, 0, 0), RESULT_LOOP);
	rig_order(p, 43, FORWARDER_SET_TARGET, 0, 0, START_SLOT_BANK, 0);
	CHECK_EQ(at(p, 40, 0x2000).status, WALK_MALFORMED); /* a bank is no memory */
	CHECK_EQ(rig_order(p, 41, SPACE_SET, 3, 0, START_SLOT_BANK, 0), RESULT_TYPE);
	CHECK_EQ(rig_order(p, 41, SPACE_SET, 16, 0, 42, 0), RESULT_ARGUMENT);
	CHECK_EQ(rig_order(p, 41, SPACE_GET, ~0ull, 0, 0, 45), RESULT_ARGUMENT);
	CHECK_EQ(at(p, 40, 0).status, WALK_PAGE);
}

/* Forwarders twenty deep are followed, and no more. */
static void depth(void)
{
	struct process *p = tree();

	rig_order(p, 42, ORDER_REDUCE, 0, 0, 0, 50);
	for (unsigned i = 1; i <= CAPABILITY_DEPTH + 1; i++) {
		rig_alloc(p, TYPE_FORWARDER, 0, 51);
		rig_order(p, 51, FORWARDER_SET_TARGET, 0, 0, 50, 0);
		rig_order(p, 51, FORWARDER_GET, 0, 0, 0, 50);
		rig_order(p, 41, SPACE_SET, 0, 0, 50, 0);
		CHECK_EQ(at(p, 40, 0).status, i <= CAPABILITY_DEPTH ? WALK_PAGE : WALK_MALFORMED);
		CHECK_EQ(rig_order(p, 50, ORDER_TYPE, 0, 0, 0, 0), i <= CAPABILITY_DEPTH ? RESULT_OK : RESULT_LOOP);
	}
}

/* Every edge's restrictions count, wherever it is. */
static void restrictions_add_up(void)
{
	for (unsigned bits = 0; bits < 64; bits++) {
		struct process *p = tree();
		uint8_t root = bits & 3, middle = bits >> 2 & 3, leaf = bits >> 4 & 3;
		uint8_t all = (uint8_t)(root | middle | leaf);
		struct walk w;

		rig_order(p, 41, ORDER_REDUCE, middle, 0, 0, 43);
		rig_order(p, 42, ORDER_REDUCE, leaf, 0, 0, 44);
		rig_order(p, 40, SPACE_SET, 0, 0, 43, 0);
		rig_order(p, 41, SPACE_SET, 0, 0, 44, 0);
		rig_order(p, 40, ORDER_REDUCE, root, 0, 0, 45);
		w = at(p, 45, 8);
		CHECK_EQ(w.status, WALK_PAGE);
		CHECK_EQ(w.leaf.restrictions & (RESTRICT_READ_ONLY | RESTRICT_WEAK) & all, all);
		CHECK_EQ(walk_forbids(&w, true, false), all ? FAULT_ACCESS : FAULT_NONE);
		CHECK_EQ(walk_forbids(&w, false, false), FAULT_NONE);
	}
}

/* The outer space's keeper has badge 1, the inner one's badge 2; 0: neither. */
static void which_keeper(void)
{
	static const struct {
		const char *name;
		bool outer_kept, inner_kept;
		uint8_t root, middle;
		uint64_t load, store;
	} rows[] = {
		{"nobody", false, false, 0, 0, 0, 0},
		{"the nearest", true, true, 0, 0, 2, 2},
		{"the outer, if it is alone", true, false, 0, 0, 1, 1},
		{"no-call ends it", true, true, 0, RESTRICT_NO_CALL, 1, 1},
		{"no-call at the root", true, true, RESTRICT_NO_CALL, 0, 0, 0},
		{"a store stops at read-only", true, true, 0, RESTRICT_READ_ONLY, 2, 1},
		{"a store stops at weak", true, true, 0, RESTRICT_WEAK, 2, 1},
		{"read-only at the root", true, true, RESTRICT_READ_ONLY, 0, 2, 0},
		{"inner alone, behind read-only", false, true, 0, RESTRICT_READ_ONLY, 2, 0},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct process *p = tree();
		struct walk w;

		check_row = rows[i].name;
		rig_alloc(p, TYPE_ENDPOINT, 0, 20);
		rig_order(p, 20, ENDPOINT_ENTRY, 1, 0, 0, 21);
		rig_order(p, 20, ENDPOINT_ENTRY, 2, 0, 0, 22);
		rig_order(p, 40, SPACE_SET_KEEPER, 0, 0, rows[i].outer_kept ? 21 : 0, 0);
		rig_order(p, 41, SPACE_SET_KEEPER, 0, 0, rows[i].inner_kept ? 22 : 0, 0);
		rig_order(p, 41, ORDER_REDUCE, rows[i].middle, 0, 0, 43);
		rig_order(p, 40, SPACE_SET, 0, 0, 43, 0);
		rig_order(p, 40, ORDER_REDUCE, rows[i].root, 0, 0, 44);
		w = at(p, 44, 0x1000);
		CHECK_EQ(w.keeper.badge, rows[i].load);
		CHECK_EQ(w.store_keeper.badge, rows[i].store);
		rig_order(p, START_SLOT_BANK, BANK_FREE, 0, 0, 20, 0); /* then nobody is callable */
		w = at(p, 44, 0x1000);
		CHECK_EQ(w.keeper.type, TYPE_NULL);
	}
}

/* A lazy keeper: it is asked, maps a page, and the instruction runs. */
static void a_keeper_mends(void)
{
	struct scene s = scene_make();
	struct rig_insn insn = {.kind = RIG_LOAD, .to = 0x3008, .size = 1};
	const struct process_registers *r;

	rig_order(s.maker, SLOT_ENDPOINT, ENDPOINT_ENTRY, 77, 0, 0, SLOT_SPARE);
	CHECK_EQ(rig_order(s.maker, SLOT_SPACE, SPACE_SET_KEEPER, 0, 0, SLOT_VIRTUAL, 0), RESULT_TYPE);
	rig_order(s.maker, SLOT_SPACE, SPACE_SET_KEEPER, 0, 0, SLOT_SPARE, 0);
	r = scene_ask(&s, s.client, &insn);
	CHECK_EQ(r->rdi, 77);
	CHECK_EQ(r->rsi, SPACE_FAULT);
	CHECK_EQ(r->rdx, FAULT_INVALID_ADDRESS);
	CHECK_EQ(r->r10, 0x3008);
	CHECK_EQ(s.keeper->slot[KEEPER_SLOT_SENT].type, TYPE_SPACE);
	rig_page(s.maker, SLOT_BEHIND)[8] = 0x5a;
	rig_order(s.keeper, KEEPER_SLOT_SENT, SPACE_SET, 3, 0, KEEPER_SLOT_PAGE, 0);
	scene_answer(&s, 0, 0, 0, 0, NULL, 0);
	scene_completes(s.client, &insn, 0x5a);
	insn.to = 0x4000;
	scene_ask(&s, s.client, &insn);
	scene_answer(&s, REPLY_FAULT, FAULT_USER + 1, 4, 0, NULL, 0); /* it does not want to */
	scene_faulted(s.client, FAULT_USER + 1);
	CHECK_EQ(kernel_registers(s.client)->fault_address, 0x4000);
	CHECK_EQ(kernel_registers(s.client)->fault_code, 4);
}

static void mappings_are_forgotten(void)
{
	struct scene s = scene_make();
	struct rig_insn insn = {.kind = RIG_LOAD, .to = SCENE_REAL, .size = 1};

	rig_page(s.maker, SLOT_REAL)[0] = 1;
	rig_page(s.maker, SLOT_BEHIND)[0] = 2;
	scene_completes(s.client, &insn, 1);
	rig_order(s.maker, SLOT_SPACE, SPACE_SET, 0, 0, SLOT_BEHIND, 0);
	scene_completes(s.client, &insn, 2);
	rig_order(s.maker, START_SLOT_BANK, BANK_FREE, 0, 0, SLOT_BEHIND, 0);
	CHECK(rig_next() == s.client);
	CHECK_EQ(rig_execute(s.client, &insn), RIG_WAITS);
	scene_faulted(s.client, FAULT_INVALID_ADDRESS);
}

CHECK_MAIN(CHECK_TEST(addresses), CHECK_TEST(malformed_spaces), CHECK_TEST(depth), CHECK_TEST(restrictions_add_up),
	   CHECK_TEST(which_keeper), CHECK_TEST(a_keeper_mends), CHECK_TEST(mappings_are_forgotten))
