/* bank_test.c: what is given comes back, and what was given is null then. */
#include "tests/check.h"
#include "tests/kernel/machine.h"

static uint64_t count(struct process *p, unsigned slot)
{
	CHECK_EQ(rig_order(p, slot, BANK_COUNT, 0, 0, 0, 0), RESULT_OK);
	return kernel_registers(p)->rdx;
}

static void every_type(void)
{
	static const struct {
		const char *name;
		uint64_t type, argument, result, objects;
	} rows[] = {
		{"page", TYPE_PAGE, 0, RESULT_OK, 1},
		{"space", TYPE_SPACE, 31, RESULT_OK, 1},
		{"space too large", TYPE_SPACE, 32, RESULT_ARGUMENT, 0},
		{"node", TYPE_NODE, 0, RESULT_OK, 1},
		{"process", TYPE_PROCESS, 0, RESULT_OK, 1},
		{"endpoint", TYPE_ENDPOINT, 0, RESULT_OK, 1},
		{"forwarder", TYPE_FORWARDER, 0, RESULT_OK, 1},
		{"notification", TYPE_NOTIFICATION, 0, RESULT_OK, 1},
		{"channel and its page", TYPE_CHANNEL, 0, RESULT_OK, 2},
		{"bank", TYPE_BANK, 0, RESULT_OK, 1},
		{"entries are made by endpoints", TYPE_ENTRY, 0, RESULT_ARGUMENT, 0},
		{"replies are made by calls", TYPE_REPLY, 0, RESULT_ARGUMENT, 0},
		{"no such type", TYPES, 0, RESULT_ARGUMENT, 0},
		{"far from any type", ~0ull, 0, RESULT_ARGUMENT, 0},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct process *p = rig_start();
		uint64_t before = count(p, START_SLOT_BANK);

		check_row = rows[i].name;
		CHECK_EQ(rig_alloc(p, rows[i].type, rows[i].argument, 20), rows[i].result);
		CHECK_EQ(p->slot[20].type, rows[i].result == RESULT_OK ? rows[i].type : TYPE_NULL);
		CHECK_EQ(count(p, START_SLOT_BANK), before + rows[i].objects);
		if (rows[i].result != RESULT_OK)
			continue;
		CHECK_EQ(rig_order(p, START_SLOT_BANK, BANK_FREE, 0, 0, 20, 0), RESULT_OK);
		CHECK_EQ(count(p, START_SLOT_BANK), before);
		CHECK_EQ(rig_order(p, 20, ORDER_TYPE, 0, 0, 0, 0), RESULT_NULL);
		CHECK_EQ(rig_order(p, START_SLOT_BANK, BANK_FREE, 0, 0, 20, 0), RESULT_NULL);
		CHECK_EQ(count(p, START_SLOT_BANK), before);
	}
}

static void old_capabilities_stay_null(void)
{
	struct process *p = rig_start();

	rig_alloc(p, TYPE_PAGE, 0, 20);
	rig_order(p, START_SLOT_BANK, BANK_FREE, 0, 0, 20, 0);
	for (unsigned i = 0; i < 3000; i++) { /* until the record has been another's */
		CHECK_EQ(rig_alloc(p, TYPE_PAGE, 0, 21), RESULT_OK);
		CHECK_EQ(capability_now(&p->slot[20]).type, TYPE_NULL);
		rig_order(p, START_SLOT_BANK, BANK_FREE, 0, 0, 21, 0);
	}
}

static void sub_banks(void)
{
	struct process *p = rig_start();
	uint64_t before = count(p, START_SLOT_BANK), room;
	struct rig_message m = {.order = BANK_ALLOC, .word = {TYPE_PAGE}, .receive = {22}};

	rig_order(p, START_SLOT_BANK, BANK_COUNT, 0, 0, 0, 0);
	room = kernel_registers(p)->r10;
	rig_alloc(p, TYPE_BANK, 0, 20);
	m.word[0] = TYPE_BANK;
	m.receive[0] = 21;
	CHECK_EQ(rig_ask(p, 20, &m), RESULT_OK);
	m.word[0] = TYPE_PAGE;
	m.receive[0] = 22;
	for (unsigned i = 0; i < 10; i++)
		CHECK_EQ(rig_ask(p, 21, &m), RESULT_OK);
	CHECK_EQ(count(p, 21), 10);
	CHECK_EQ(count(p, 20), 11);
	CHECK_EQ(count(p, START_SLOT_BANK), before + 12);
	CHECK_EQ(rig_order(p, 21, BANK_FREE, 0, 0, 20, 0), RESULT_ARGUMENT); /* not of it */
	CHECK_EQ(rig_order(p, 20, BANK_FREE, 0, 0, 22, 0), RESULT_OK); /* of its sub-bank's */
	CHECK_EQ(count(p, 21), 9);
	CHECK_EQ(rig_order(p, 20, BANK_DESTROY, 0, 0, 0, 0), RESULT_OK);
	CHECK_EQ(count(p, START_SLOT_BANK), before);
	CHECK_EQ(kernel_registers(p)->r10, room);
	CHECK_EQ(rig_order(p, 21, BANK_COUNT, 0, 0, 0, 0), RESULT_NULL);
	CHECK_EQ(rig_order(p, START_SLOT_BANK, BANK_DESTROY, 0, 0, 0, 0), RESULT_RIGHTS);
}

static void no_more_and_too_deep(void)
{
	struct process *p = rig_start();
	uint64_t before, n = 0;
	struct rig_message m = {.order = BANK_ALLOC, .word = {TYPE_BANK}, .receive = {20}};

	rig_alloc(p, TYPE_BANK, 0, 20);
	before = count(p, START_SLOT_BANK);
	for (uint64_t result; (result = rig_order(p, 20, BANK_ALLOC, TYPE_PAGE, 0, 0, 21)) != RESULT_MEMORY; n++)
		CHECK_EQ(result, RESULT_OK);
	CHECK(n > 500);
	CHECK_EQ(rig_alloc(p, TYPE_CHANNEL, 0, 21), RESULT_MEMORY); /* there is no page for it */
	CHECK_EQ(count(p, START_SLOT_BANK), before + n);
	CHECK_EQ(rig_order(p, 20, BANK_DESTROY, 0, 0, 0, 0), RESULT_OK);
	CHECK_EQ(rig_alloc(p, TYPE_CHANNEL, 0, 21), RESULT_OK);
	rig_alloc(p, TYPE_BANK, 0, 20);
	for (n = 1; n < CAPABILITY_DEPTH; n++)
		CHECK_EQ(rig_ask(p, 20, &m), RESULT_OK);
	CHECK_EQ(rig_ask(p, 20, &m), RESULT_LOOP);
}

static void what_cannot_be_freed(void)
{
	struct process *p = rig_start();

	rig_alloc(p, TYPE_ENDPOINT, 0, 20);
	rig_order(p, 20, ENDPOINT_ENTRY, 1, 0, 0, 21);
	rig_order(p, 20, ENDPOINT_VIRTUAL_PAGE, 1, 0, 0, 22);
	rig_alloc(p, TYPE_FORWARDER, 0, 23);
	rig_order(p, 23, FORWARDER_GET, 0, 0, 0, 24);
	rig_order(p, START_SLOT_BANK, ORDER_REDUCE, RESTRICT_READ_ONLY, 0, 0, 25);
	CHECK_EQ(rig_order(p, START_SLOT_BANK, BANK_FREE, 0, 0, 21, 0), RESULT_TYPE);
	CHECK_EQ(rig_order(p, START_SLOT_BANK, BANK_FREE, 0, 0, 22, 0), RESULT_TYPE);
	CHECK_EQ(rig_order(p, START_SLOT_BANK, BANK_FREE, 0, 0, 24, 0), RESULT_TYPE);
	CHECK_EQ(rig_order(p, START_SLOT_BANK, BANK_FREE, 0, 0, START_SLOT_CLOCK, 0), RESULT_TYPE);
	CHECK_EQ(rig_order(p, START_SLOT_BANK, BANK_FREE, 0, 0, START_SLOT_BANK, 0), RESULT_ARGUMENT);
	CHECK_EQ(rig_order(p, 25, BANK_FREE, 0, 0, 20, 0), RESULT_RIGHTS);
	CHECK_EQ(rig_order(p, 25, BANK_COUNT, 0, 0, 0, 0), RESULT_OK);
	CHECK_EQ(rig_order(p, START_SLOT_BANK, BANK_FREE, 0, 0, 20, 0), RESULT_OK);
	CHECK_EQ(rig_order(p, 21, ORDER_TYPE, 0, 0, 0, 0), RESULT_NULL); /* the endpoint's entries with it */
}

static void one_that_frees_itself(void)
{
	struct process *p = rig_start(), *q;
	struct rig_message m = {.order = BANK_FREE, .send = {START_SLOT_PROCESS}};

	q = rig_process(p, 20, START_SLOT_SPACE, 0);
	rig_order(p, 20, PROCESS_SET_SLOT, START_SLOT_PROCESS, 0, 20, 0);
	rig_order(p, 20, PROCESS_SET_SLOT, START_SLOT_BANK, 0, START_SLOT_BANK, 0);
	process_stop(p);
	CHECK(rig_next() == q);
	rig_invoke(q, INVOKE_CALL, START_SLOT_BANK, &m);
	CHECK(rig_next() == NULL);
	CHECK(!q->object.bank);
}

CHECK_MAIN(CHECK_TEST(every_type), CHECK_TEST(old_capabilities_stay_null), CHECK_TEST(sub_banks),
	   CHECK_TEST(no_more_and_too_deep), CHECK_TEST(what_cannot_be_freed), CHECK_TEST(one_that_frees_itself))
