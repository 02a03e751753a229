/* first_test.c: the first process, and what a hello program needs. */
#include "tests/check.h"
#include "tests/kernel/machine.h"

static void first_process_has_what_it_is_promised(void)
{
	static const uint8_t types[][2] = {
		{0, TYPE_NULL},
		{START_SLOT_BANK, TYPE_BANK},
		{START_SLOT_CONSOLE, TYPE_CONSOLE},
		{START_SLOT_CLOCK, TYPE_CLOCK},
		{START_SLOT_DISCRIM, TYPE_DISCRIM},
		{START_SLOT_PROCESS, TYPE_PROCESS},
		{START_SLOT_SPACE, TYPE_SPACE},
		{START_SLOT_NUMBER, TYPE_NUMBER},
		{START_SLOT_MODULES, TYPE_NULL},
	};
	struct process *p = rig_start();
	struct mapping m;

	CHECK(p != NULL);
	CHECK_EQ(kernel_registers(p)->rip, START_ADDRESS);
	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		CHECK_EQ(p->slot[types[i][0]].type, types[i][1]);
	CHECK(kernel_page_fault(p, START_ADDRESS + RIG_PROGRAM_SIZE - 1, true, false, &m));
	CHECK_EQ(m.physical, RIG_PROGRAM + RIG_PROGRAM_SIZE - 4096);
	CHECK(m.write && m.execute);
	CHECK(!kernel_page_fault(p, START_ADDRESS + RIG_PROGRAM_SIZE, false, false, &m));
	CHECK(rig_next() == NULL); /* it has no keeper: it is stopped */
	CHECK_EQ(kernel_registers(p)->fault, FAULT_INVALID_ADDRESS);
	CHECK_EQ(kernel_registers(p)->fault_address, START_ADDRESS + RIG_PROGRAM_SIZE);
}

static void hello(void)
{
	struct process *p = rig_start();
	struct rig_message m = {.order = CONSOLE_WRITE, .string = START_ADDRESS + 0xffe, .length = 5};

	memcpy(rig.memory + RIG_SIZE + 0xffe, "hello", 5); /* across two pages */
	CHECK_EQ(rig_ask(p, START_SLOT_CONSOLE, &m), RESULT_OK);
	CHECK_STR(rig.console, "hello");
	CHECK(rig_next() == p);
	m = (struct rig_message){.order = CONSOLE_EXIT, .word = {7}};
	if (setjmp(rig.exit) == 0)
		rig_invoke(p, INVOKE_SEND, START_SLOT_CONSOLE, &m);
	CHECK_EQ(rig.status, 7);
}

static void bad_invocations(void)
{
	static const struct {
		const char *name;
		uint64_t rax, rdi, r12, r13, r14, r15, result;
	} rows[] = {
		{"no such kind", 0, 0, 0, 0, 0, 0, INVOKE_EKIND},
		{"no such kind either", 4, 0, 0, 0, 0, 0, INVOKE_EKIND},
		{"slot out of range", INVOKE_CALL, 64, 0, 0, 0, 0, INVOKE_ESLOT},
		{"slot far out of range", INVOKE_CALL, ~0ull, 0, 0, 0, 0, INVOKE_ESLOT},
		{"sent slot out of range", INVOKE_CALL, 0, 64ull << 16, 0, 0, 0, INVOKE_ESLOT},
		{"more than four sent", INVOKE_CALL, 0, 1ull << 32, 0, 0, 0, INVOKE_ESLOT},
		{"received slot out of range", INVOKE_CALL, 0, 0, 0, 0, 255, INVOKE_ESLOT},
		{"reply slot out of range", INVOKE_CALL, 0, 0, 0, 0, 64ull << 32, INVOKE_ESLOT},
		{"bits beyond the reply slot", INVOKE_CALL, 0, 0, 0, 0, 1ull << 40, INVOKE_ESLOT},
		{"string too long", INVOKE_CALL, 0, 0, START_ADDRESS, 4097, 0, INVOKE_ESTRING},
		{"string wraps", INVOKE_CALL, 0, 0, ~0ull, 2, 0, INVOKE_ESTRING},
		{"string is nowhere", INVOKE_CALL, 0, 0, 0x800000, 1, 0, INVOKE_ESTRING},
		{"string beyond the space", INVOKE_CALL, 0, 0, 1ull << 62, 1, 0, INVOKE_ESTRING},
		{"no endpoint", INVOKE_RETURN, 0, 0, 0, 0, 0, INVOKE_EENDPOINT},
		{"null answers", INVOKE_CALL, 0, 0, START_ADDRESS, 4096, 0, INVOKE_OK},
		{"null is sent to", INVOKE_SEND, 0, 0, 0, 0, 0, INVOKE_OK},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct process *p = rig_start();
		struct process_registers *r = kernel_registers(p);

		check_row = rows[i].name;
		r->rax = rows[i].rax;
		r->rdi = rows[i].rdi;
		r->r12 = rows[i].r12;
		r->r13 = rows[i].r13;
		r->r14 = rows[i].r14;
		r->r15 = rows[i].r15;
		r->rsi = 0x777;
		kernel_invoke(p);
		CHECK_EQ(r->rax, rows[i].result);
		if (rows[i].rax == INVOKE_CALL && rows[i].result == INVOKE_OK)
			CHECK_EQ(r->rsi, RESULT_NULL);
		else
			CHECK_EQ(r->rsi, 0x777);
		CHECK(rig_next() == p);
	}
}

CHECK_MAIN(CHECK_TEST(first_process_has_what_it_is_promised), CHECK_TEST(hello), CHECK_TEST(bad_invocations))
