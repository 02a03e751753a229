/* types_test.c: the small types, and what fetching and restricting make of a capability. */
#include "tests/kernel/scene.h"

#define RO RESTRICT_READ_ONLY
#define SENSE (RESTRICT_READ_ONLY | RESTRICT_WEAK | RESTRICT_NO_CALL)

static void what_is_fetched_through_weak(void)
{
	static const struct {
		const char *name;
		uint8_t slot, type;
	} rows[] = {
		{"null", 0, TYPE_NULL},
		{"page", SLOT_REAL, TYPE_PAGE},
		{"virtual page", SLOT_VIRTUAL, TYPE_ENTRY},
		{"space", SLOT_SPACE, TYPE_SPACE},
		{"endpoint", SLOT_ENDPOINT, TYPE_NULL},
		{"forwarder's control", SLOT_FORWARDER, TYPE_NULL},
		{"forwarder", SLOT_FACET, TYPE_FORWARDER},
		{"process", SLOT_CLIENT, TYPE_NULL},
		{"bank", START_SLOT_BANK, TYPE_NULL},
		{"number", START_SLOT_NUMBER, TYPE_NUMBER},
		{"discrim", START_SLOT_DISCRIM, TYPE_DISCRIM},
		{"console", START_SLOT_CONSOLE, TYPE_NULL},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct process *p = scene_make().maker;
		const struct capability *cap = &p->slot[42];

		check_row = rows[i].name;
		rig_alloc(p, TYPE_NODE, 0, 40);
		CHECK_EQ(rig_order(p, 40, NODE_SET, 15, 0, rows[i].slot, 0), RESULT_OK);
		rig_order(p, 40, NODE_GET, 15, 0, 0, 42);
		CHECK(capability_same(cap, &p->slot[rows[i].slot]));
		rig_order(p, 40, ORDER_REDUCE, SENSE, 0, 0, 41);
		CHECK_EQ(rig_order(p, 41, NODE_GET, 15, 0, 0, 42), RESULT_OK);
		CHECK_EQ(cap->type, rows[i].type);
		if (cap->type != TYPE_NULL && cap->type != TYPE_NUMBER && cap->type != TYPE_DISCRIM)
			CHECK_EQ(cap->restrictions & SENSE, SENSE);
		CHECK_EQ(rig_order(p, 41, NODE_SET, 0, 0, 0, 0), RESULT_RIGHTS);
		CHECK_EQ(rig_order(p, 41, NODE_ERASE, 0, 0, 0, 0), RESULT_RIGHTS);
		CHECK_EQ(rig_order(p, 40, NODE_GET, 16, 0, 0, 42), RESULT_ARGUMENT);
		rig_order(p, 40, ORDER_REDUCE, RESTRICT_OPAQUE, 0, 0, 41);
		CHECK_EQ(rig_order(p, 41, NODE_GET, 15, 0, 0, 42), RESULT_RIGHTS);
		CHECK_EQ(rig_order(p, 40, NODE_ERASE, 0, 0, 0, 0), RESULT_OK);
		rig_order(p, 40, NODE_GET, 15, 0, 0, 42);
		CHECK_EQ(cap->type, TYPE_NULL);
	}
}

/* A weak forwarder gives what is behind it no more than fetching would. */
static void weak_forwarder(void)
{
	struct process *p = scene_make().maker;

	CHECK_EQ(rig_order(p, SLOT_FACET, ORDER_REDUCE, RESTRICT_WEAK, 0, 0, 40), RESULT_OK);
	CHECK_EQ(p->slot[40].type, TYPE_FORWARDER); /* and not what is behind it */
	CHECK_EQ(rig_order(p, 40, ORDER_TYPE, 0, 0, 0, 0), RESULT_OK);
	CHECK_EQ(kernel_registers(p)->rdx, TYPE_PAGE);
	CHECK_EQ(kernel_registers(p)->r10, RO | RESTRICT_WEAK);
	rig_order(p, SLOT_FORWARDER, FORWARDER_SET_TARGET, 0, 0, START_SLOT_BANK, 0);
	CHECK_EQ(rig_order(p, SLOT_FACET, ORDER_TYPE, 0, 0, 0, 0), RESULT_OK);
	CHECK_EQ(kernel_registers(p)->rdx, TYPE_BANK);
	CHECK_EQ(rig_order(p, 40, ORDER_TYPE, 0, 0, 0, 0), RESULT_NULL);
	CHECK_EQ(rig_order(p, SLOT_FACET, ORDER_REDUCE, 0x20, 0, 0, 41), RESULT_ARGUMENT);
}

static void restrictions_only_grow(void)
{
	struct process *p = scene_make().maker;
	uint8_t had = 0;

	rig_order(p, SLOT_SPACE, ORDER_REDUCE, 0, 0, 0, 40);
	for (unsigned bit = 0; bit < 5; bit++) {
		rig_order(p, 40, ORDER_REDUCE, 1u << bit, 0, 0, 40);
		had |= (uint8_t)(1u << bit);
		CHECK_EQ(p->slot[40].restrictions, had);
		rig_order(p, 40, ORDER_REDUCE, 0, 0, 0, 40);
		CHECK_EQ(p->slot[40].restrictions, had);
	}
}

static void forwarders(void)
{
	struct scene s = scene_make();
	struct process *p = s.maker;
	struct rig_message type = {.order = ORDER_TYPE};

	rig_order(p, SLOT_FORWARDER, FORWARDER_SET_TARGET, 0, 0, START_SLOT_CLOCK, 0);
	rig_order(p, SLOT_CLIENT, PROCESS_SET_SLOT, 20, 0, SLOT_FACET, 0);
	CHECK_EQ(rig_ask(s.client, 20, &type), RESULT_OK);
	CHECK_EQ(kernel_registers(s.client)->rdx, TYPE_CLOCK);
	CHECK_EQ(rig_order(p, SLOT_FORWARDER, FORWARDER_BLOCK, 1, 0, 0, 0), RESULT_OK);
	CHECK_EQ(rig_ask(s.client, 20, &type), ~0ull); /* waits */
	CHECK_EQ(s.client->wait, WAIT_FORWARDER);
	CHECK(rig_next() == NULL);
	rig_order(p, SLOT_FORWARDER, FORWARDER_SET_TARGET, 0, 0, START_SLOT_DISCRIM, 0);
	rig_order(p, SLOT_FORWARDER, FORWARDER_BLOCK, 0, 0, 0, 0);
	CHECK(rig_next() == s.client);
	CHECK_EQ(kernel_registers(s.client)->rsi, RESULT_OK);
	CHECK_EQ(kernel_registers(s.client)->rdx, TYPE_DISCRIM);
	rig_order(p, SLOT_FORWARDER, FORWARDER_BLOCK, 1, 0, 0, 0);
	CHECK_EQ(rig_ask(s.client, 20, &type), ~0ull);
	rig_order(p, SLOT_FORWARDER, FORWARDER_RESCIND, 0, 0, 0, 0);
	CHECK(rig_next() == s.client);
	CHECK_EQ(kernel_registers(s.client)->rsi, RESULT_NULL);
	CHECK_EQ(rig_order(p, SLOT_FORWARDER, FORWARDER_BLOCK, 2, 0, 0, 0), RESULT_ARGUMENT);
	CHECK_EQ(rig_order(p, SLOT_FORWARDER, FORWARDER_GET, 0, 0, 0, SLOT_FACET),
		 RESULT_OK); /* a new one may be had */
	rig_order(p, SLOT_FORWARDER, FORWARDER_BLOCK, 0, 0, 0, 0);
	CHECK_EQ(rig_ask(p, SLOT_FACET, &type), RESULT_OK);
	CHECK_EQ(rig_order(p, SLOT_FACET, FORWARDER_RESCIND, 0, 0, 0, 0), RESULT_ORDER); /* the target's business */
}

/* A forwarder's word badges an entry that has no badge, and never changes one. */
static void badges(void)
{
	static const struct {
		uint64_t badge, word, outer, told;
	} rows[] = {{0, 0, 0, 0}, {5, 0, 0, 5}, {5, 9, 0, 5}, {0, 9, 0, 9}, {0, 9, 7, 9}, {0, 0, 7, 7}, {5, 9, 7, 5}};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene s = scene_make();
		struct process *p = s.maker;
		struct rig_message m = {.order = 0x99};

		rig_order(p, SLOT_ENDPOINT, ENDPOINT_ENTRY, rows[i].badge, 0, 0, 40);
		rig_order(p, SLOT_FORWARDER, FORWARDER_SET_TARGET, 0, 0, 40, 0);
		rig_order(p, SLOT_FORWARDER, FORWARDER_GET, rows[i].word, 0, 0, 41);
		rig_alloc(p, TYPE_FORWARDER, 0, 42);
		rig_order(p, 42, FORWARDER_SET_TARGET, 0, 0, 41, 0);
		rig_order(p, 42, FORWARDER_GET, rows[i].outer, 0, 0, 43);
		rig_invoke(p, INVOKE_SEND, 43, &m);
		CHECK_EQ(kernel_registers(s.keeper)->rsi, 0x99);
		CHECK_EQ(kernel_registers(s.keeper)->rdi, rows[i].told);
	}
}

static void numbers(void)
{
	struct process *p = rig_start();

	CHECK_EQ(rig_order(p, START_SLOT_NUMBER, NUMBER_MAKE, 1ull << 63, 0, 0, 20), RESULT_OK);
	CHECK_EQ(rig_order(p, 20, NUMBER_VALUE, 0, 0, 0, 0), RESULT_OK);
	CHECK_EQ(kernel_registers(p)->rdx, 1ull << 63);
	CHECK_EQ(rig_order(p, 20, PAGE_ERASE, 0, 0, 0, 0), RESULT_ORDER);
}

static void discrims(void)
{
	static const struct {
		const char *name;
		uint8_t slot, restrictions, type, hidden, discreet;
	} rows[] = {
		{"null", 0, 0, TYPE_NULL, 0, 1},
		{"number", START_SLOT_NUMBER, 0, TYPE_NUMBER, 0, 1},
		{"page", SLOT_REAL, 0, TYPE_PAGE, 0, 0},
		{"read-only page", SLOT_REAL, RO, TYPE_PAGE, 0, 1},
		{"virtual page", SLOT_VIRTUAL, 0, TYPE_PAGE, 1, 0},
		{"virtual page, all restrictions", SLOT_VIRTUAL, 0x1f, TYPE_PAGE, 1, 0},
		{"forwarder", SLOT_FACET, 0, TYPE_PAGE, 1, 0},
		{"sense space", SLOT_SPACE, SENSE, TYPE_SPACE, 0, 1},
		{"weak space with keepers", SLOT_SPACE, RO | RESTRICT_WEAK, TYPE_SPACE, 0, 0},
		{"space", SLOT_SPACE, RO, TYPE_SPACE, 0, 0},
		{"bank", START_SLOT_BANK, 0, TYPE_BANK, 0, 0},
		{"console", START_SLOT_CONSOLE, 0, TYPE_CONSOLE, 0, 0},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct process *p = scene_make().maker;
		const struct process_registers *r = kernel_registers(p);
		struct rig_message same = {.order = DISCRIM_SAME, .send = {40, rows[i].slot}};

		check_row = rows[i].name;
		p->slot[40] = capability_null();
		rig_order(p, rows[i].slot, ORDER_REDUCE, rows[i].restrictions, 0, 0, 40);
		CHECK_EQ(rig_order(p, START_SLOT_DISCRIM, DISCRIM_TYPE, 0, 0, 40, 0), RESULT_OK);
		CHECK_EQ(r->rdx, rows[i].type);
		CHECK_EQ(r->r10, rows[i].restrictions);
		CHECK_EQ(r->r8, rows[i].hidden);
		rig_order(p, START_SLOT_DISCRIM, DISCRIM_IS_DISCREET, 0, 0, 40, 0);
		CHECK_EQ(r->rdx, rows[i].discreet);
		rig_ask(p, START_SLOT_DISCRIM, &same);
		CHECK_EQ(r->rdx, rows[i].restrictions == 0);
	}
}

static void notifications(void)
{
	struct scene s = scene_make();
	struct process *p = s.maker;
	const struct process_registers *r = kernel_registers(s.client);
	struct rig_message wait = {.order = NOTIFICATION_WAIT};

	rig_alloc(p, TYPE_NOTIFICATION, 0, 40);
	rig_order(p, SLOT_CLIENT, PROCESS_SET_SLOT, 20, 0, 40, 0);
	rig_order(p, 40, NOTIFICATION_SIGNAL, 5, 0, 0, 0);
	rig_order(p, 40, NOTIFICATION_SIGNAL, 8, 0, 0, 0);
	CHECK_EQ(rig_ask(s.client, 20, &wait), RESULT_OK);
	CHECK_EQ(r->rdx, 13);
	CHECK_EQ(rig_ask(s.client, 20, &wait), ~0ull);
	CHECK(rig_next() == NULL);
	rig_order(p, 40, NOTIFICATION_SIGNAL, 0, 0, 0, 0); /* no bit, nobody wakes */
	CHECK(rig_next() == NULL);
	rig_order(p, 40, NOTIFICATION_SIGNAL, 2, 0, 0, 0);
	CHECK(rig_next() == s.client);
	CHECK_EQ(r->rdx, 2);
	rig_order(p, 40, NOTIFICATION_POLL, 0, 0, 0, 0);
	CHECK_EQ(kernel_registers(p)->rdx, 0);
	CHECK_EQ(rig_ask(s.client, 20, &wait), ~0ull);
	rig_order(p, START_SLOT_BANK, BANK_FREE, 0, 0, 40, 0);
	CHECK(rig_next() == s.client);
	CHECK_EQ(r->rsi, RESULT_NULL);
}

static void channels(void)
{
	struct scene s = scene_make();
	struct process *p = s.maker;
	struct rig_message wait = {.order = CHANNEL_WAIT};

	rig_alloc(p, TYPE_CHANNEL, 0, 40);
	rig_order(p, SLOT_CLIENT, PROCESS_SET_SLOT, 20, 0, 40, 0);
	CHECK_EQ(rig_order(p, 40, CHANNEL_CONNECT_WRITER, 0, 0, 0, 41), RESULT_OK);
	CHECK_EQ(rig_order(p, 40, CHANNEL_CONNECT_WRITER, 0, 0, 0, 43), RESULT_STATE);
	CHECK_EQ(rig_order(p, 40, CHANNEL_CONNECT_READER, 0, 0, 0, 42), RESULT_OK);
	CHECK_EQ(rig_order(p, 40, CHANNEL_CONNECT_READER, 0, 0, 0, 43), RESULT_STATE);
	CHECK(p->slot[41].object == p->slot[42].object);
	CHECK_EQ(p->slot[41].restrictions, 0);
	CHECK_EQ(p->slot[42].restrictions, RO);
	CHECK_EQ(rig_ask(s.client, 20, &wait), ~0ull);
	CHECK_EQ(rig_order(p, 40, CHANNEL_SIGNAL, 0, 0, 0, 0), RESULT_OK);
	CHECK(rig_next() == s.client);
	rig_order(p, 40, CHANNEL_SIGNAL, 0, 0, 0, 0);
	rig_order(p, 40, CHANNEL_SIGNAL, 0, 0, 0, 0);
	CHECK_EQ(rig_ask(s.client, 20, &wait), RESULT_OK);
	CHECK_EQ(rig_ask(s.client, 20, &wait), ~0ull); /* two signals are one */
	rig_order(p, START_SLOT_BANK, BANK_FREE, 0, 0, 40, 0);
	CHECK_EQ(capability_now(&p->slot[41]).type, TYPE_NULL);
	CHECK(rig_next() == s.client);
	CHECK_EQ(kernel_registers(s.client)->rsi, RESULT_NULL);
}

static void sleep(void)
{
	struct scene s = scene_make();
	struct rig_message m = {.order = CLOCK_SLEEP, .word = {3}};

	rig_order(s.maker, SLOT_CLIENT, PROCESS_SET_SLOT, 20, 0, START_SLOT_CLOCK, 0);
	CHECK_EQ(rig_ask(s.client, 20, &m), ~0ull);
	for (unsigned i = 0; i < 2; i++) {
		rig_tick();
		CHECK(rig_next() == NULL);
	}
	rig_tick();
	CHECK(rig_next() == s.client);
	CHECK_EQ(kernel_registers(s.client)->rsi, RESULT_OK);
	m.word[0] = ~0ull;
	rig_tick();
	CHECK_EQ(rig_ask(s.client, 20, &m), RESULT_ARGUMENT);
	CHECK_EQ(rig_order(s.client, 20, CLOCK_NOW, 0, 0, 0, 0), RESULT_OK);
	CHECK_EQ(kernel_registers(s.client)->r10, 4);
}

CHECK_MAIN(CHECK_TEST(what_is_fetched_through_weak), CHECK_TEST(weak_forwarder), CHECK_TEST(restrictions_only_grow),
	   CHECK_TEST(forwarders), CHECK_TEST(badges), CHECK_TEST(numbers), CHECK_TEST(discrims),
	   CHECK_TEST(notifications), CHECK_TEST(channels), CHECK_TEST(sleep))
