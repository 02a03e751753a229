/* process_test.c: registers, stopping, stepping, faults and their keeper, turns. */
#include "tests/kernel/scene.h"

static void registers(void)
{
	struct scene s = scene_make();
	struct process *p = s.maker;
	struct process_registers set = {.rax = 1, .r15 = 15, .rip = 0x1234, .rflags = 0x246, .fault = 99};
	struct rig_message m = {.order = PROCESS_SET_REGISTERS, .string = SCENE_KEEPER_STRING, .length = sizeof(set)};

	memcpy(rig.memory + RIG_SIZE + 0x2000, &set, sizeof(set));
	CHECK_EQ(rig_ask(p, SLOT_CLIENT, &m), RESULT_STATE); /* it runs */
	CHECK_EQ(rig_order(p, SLOT_CLIENT, PROCESS_GET_REGISTERS, 0, 0, 0, 0), RESULT_STATE);
	CHECK_EQ(rig_order(p, SLOT_CLIENT, PROCESS_STOP, 0, 0, 0, 0), RESULT_OK);
	m.length = 8;
	CHECK_EQ(rig_ask(p, SLOT_CLIENT, &m), RESULT_ARGUMENT);
	m.length = sizeof(set);
	CHECK_EQ(rig_ask(p, SLOT_CLIENT, &m), RESULT_OK);
	CHECK_EQ(kernel_registers(s.client)->rax, 1);
	CHECK_EQ(kernel_registers(s.client)->rip, 0x1234);
	CHECK_EQ(kernel_registers(s.client)->fault, FAULT_NONE); /* not for the setting */
	CHECK_EQ(rig_order(p, SLOT_CLIENT, PROCESS_RESUME, 0, 0, 0, 0), RESULT_OK);
	CHECK(rig_next() == s.client);
}

static void restricted(void)
{
	static const struct {
		uint8_t restrictions;
		uint64_t order, result;
	} rows[] = {
		{RESTRICT_OPAQUE, PROCESS_RESUME, RESULT_OK},
		{RESTRICT_OPAQUE, PROCESS_STOP, RESULT_RIGHTS},
		{RESTRICT_OPAQUE, PROCESS_GET_SLOT, RESULT_RIGHTS},
		{RESTRICT_OPAQUE, PROCESS_GET_SPACE, RESULT_RIGHTS},
		{RESTRICT_READ_ONLY, PROCESS_GET_SLOT, RESULT_OK},
		{RESTRICT_READ_ONLY, PROCESS_SET_SLOT, RESULT_RIGHTS},
		{RESTRICT_READ_ONLY, PROCESS_RESUME, RESULT_RIGHTS},
		{0, PROCESS_GET_SPACE + 1, RESULT_ORDER},
		{0, PROCESS_STEP, RESULT_STATE},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene s = scene_make();

		rig_order(s.maker, SLOT_CLIENT, ORDER_REDUCE, rows[i].restrictions, 0, 0, 40);
		CHECK_EQ(rig_order(s.maker, 40, rows[i].order, 1, 0, 0, 41), rows[i].result);
	}
}

static void setters_refuse(void)
{
	static const struct {
		uint64_t order, word0;
		uint8_t send;
		uint64_t result;
	} rows[] = {
		{PROCESS_SET_SLOT, 0, SLOT_REAL, RESULT_ARGUMENT},
		{PROCESS_SET_SLOT, 64, SLOT_REAL, RESULT_ARGUMENT},
		{PROCESS_GET_SLOT, 64, 0, RESULT_ARGUMENT},
		{PROCESS_SET_SPACE, 0, START_SLOT_BANK, RESULT_TYPE},
		{PROCESS_SET_SPACE, 0, SLOT_REAL, RESULT_OK},
		{PROCESS_SET_SPACE, 0, SLOT_VIRTUAL, RESULT_OK},
		{PROCESS_SET_KEEPER, 0, SLOT_VIRTUAL, RESULT_TYPE},
		{PROCESS_SET_KEEPER, 0, SLOT_FACET, RESULT_OK},
		{PROCESS_SET_ENDPOINT, 0, SLOT_VIRTUAL, RESULT_TYPE},
		{PROCESS_SET_ENDPOINT, 0, SLOT_ENDPOINT, RESULT_OK},
	};
	struct scene s = scene_make();

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_EQ(rig_order(s.maker, SLOT_CLIENT, rows[i].order, rows[i].word0, 0, rows[i].send, 0),
			 rows[i].result);
}

/* The keeper of the process sees the fault, changes registers, and lets it go on, or not. */
static void its_keeper(void)
{
	struct scene s = scene_make();
	const struct process_registers *k = kernel_registers(s.keeper);

	rig_order(s.maker, SLOT_ENDPOINT, ENDPOINT_ENTRY, 3, 0, 0, 40);
	rig_order(s.maker, SLOT_CLIENT, PROCESS_SET_KEEPER, 0, 0, 40, 0);
	CHECK(rig_next() == s.client);
	kernel_registers(s.client)->rip = 0x777;
	kernel_exception(s.client, 14, 0x10);
	CHECK(rig_next() == s.keeper);
	CHECK(k->rdi == 3 && k->rsi == PROCESS_FAULT);
	CHECK(k->rdx == FAULT_EXCEPTION && k->r10 == 0x10 && k->r8 == 14 && k->r9 == 0x777);
	CHECK_EQ(s.keeper->slot[KEEPER_SLOT_SENT].type, TYPE_PROCESS);
	CHECK_EQ(s.keeper->slot[KEEPER_SLOT_SENT].restrictions, RESTRICT_OPAQUE);
	CHECK_EQ(rig_order(s.maker, SLOT_CLIENT, PROCESS_GET_REGISTERS, 0, 0, 0, 0), RESULT_OK);
	scene_answer(&s, 0, 0, 0, 0, NULL, 0);
	CHECK(rig_next() == s.client);
	CHECK_EQ(kernel_registers(s.client)->fault, FAULT_NONE);
	kernel_exception(s.client, 6, 0);
	CHECK(rig_next() == s.keeper);
	scene_answer(&s, REPLY_FAULT, FAULT_USER, 1, 0, NULL, 0);
	scene_faulted(s.client, FAULT_USER);
	scene_resume(&s, SLOT_CLIENT);
	CHECK(rig_next() == s.client);
	kernel_exception(s.client, 6, 0);
	CHECK(rig_next() == s.keeper);
	CHECK_EQ(rig_order(s.keeper, KEEPER_SLOT_SENT, PROCESS_RESUME, 0, 0, 0, 0),
		 RESULT_OK); /* in place of an answer */
	CHECK_EQ(capability_now(&s.keeper->slot[KEEPER_SLOT_REPLY]).type, TYPE_NULL);
	scene_listen(s.keeper);
	CHECK(rig_next() == s.client);
}

static void single_step(void)
{
	struct scene s = scene_make();

	rig_order(s.maker, SLOT_CLIENT, PROCESS_STOP, 0, 0, 0, 0);
	CHECK_EQ(rig_order(s.maker, SLOT_CLIENT, PROCESS_STEP, 0, 0, 0, 0), RESULT_OK);
	CHECK(rig_next() == s.client);
	CHECK(kernel_wants_step(s.client));
	kernel_stepped(s.client);
	CHECK(!kernel_wants_step(s.client));
	scene_faulted(s.client, FAULT_EXCEPTION);
	CHECK_EQ(kernel_registers(s.client)->fault_code, 1);
}

static void stopped_in_the_middle_of_a_call(void)
{
	struct scene s = scene_make();
	struct rig_message m = {.order = 1};

	rig_order(s.maker, SLOT_ENDPOINT, ENDPOINT_ENTRY, 3, 0, 0, 40);
	rig_order(s.maker, SLOT_CLIENT, PROCESS_SET_SLOT, 20, 0, 40, 0);
	rig_invoke(s.client, INVOKE_CALL, 20, &m);
	CHECK(rig_next() == s.keeper);
	rig_order(s.maker, SLOT_CLIENT, PROCESS_STOP, 0, 0, 0, 0);
	scene_answer(&s, 55, 0, 0, 0, NULL, 0);
	CHECK(rig_next() == NULL);
	scene_resume(&s, SLOT_CLIENT);
	CHECK(rig_next() == s.client);
	CHECK_EQ(kernel_registers(s.client)->rsi, 55);
}

static void turns(void)
{
	struct scene s = scene_make();
	struct process *order[3];

	scene_resume(&s, SLOT_SECOND);
	rig_order(s.maker, SLOT_SPACE, ORDER_TYPE, 0, 0, 0, 0);
	order[2] = rig_process(s.maker, 40, SLOT_SPACE, 0);
	order[0] = s.client;
	order[1] = s.second;
	for (unsigned i = 0; i < 9; i++) {
		CHECK(rig_next() == order[i % 3]);
		CHECK(rig_next() == order[i % 3]); /* until its time is over */
		rig_tick();
	}
	process_stop(s.client);
	for (unsigned i = 0; i < 4; i++) {
		CHECK(rig_next() == order[1 + i % 2]);
		rig_tick();
	}
}

CHECK_MAIN(CHECK_TEST(registers), CHECK_TEST(restricted), CHECK_TEST(setters_refuse), CHECK_TEST(its_keeper),
	   CHECK_TEST(single_step), CHECK_TEST(stopped_in_the_middle_of_a_call), CHECK_TEST(turns))
