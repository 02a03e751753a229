/* Segment checks of each mode, without paging: one instruction, what comes of it. */
#include "tests/check.h"
#include "vmm/access/access.h"

#define CODE 0x1000
#define BASE 0x10000 /* of the data segments */
#define MEMORY 0x40000

#define DATA_RW 0x3
#define DATA_RO 0x1
#define DATA_DOWN 0x7
#define CODE_RX 0xb
#define CODE_X 0x9
#define UNUSABLE 0x80 /* not a type: the segment register holds null */

struct row {
	const char *name;
	enum cpu_mode mode;
	bool protected;
	uint8_t type;
	bool big;
	uint32_t limit;
	uint64_t rbx, rsp;
	unsigned stack_size;
	const char *code; /* ends with HLT */
	int vector; /* or NOTHING */
	uint64_t gpa; /* of its first access, if it is done */
};

#define NOTHING (-1)
#define M16 MODE_16
#define M32 MODE_32

#define LOAD32 "\x8b\x03\xf4" /* mov eax,[ebx] */
#define STORE32 "\x89\x03\xf4"
#define ADD32 "\x01\x03\xf4"
#define LOAD16 "\x8b\x07\xf4" /* mov ax,[bx] */
#define STORE16 "\x89\x07\xf4"
#define PUSH "\x50\xf4"
#define POP "\x58\xf4"
#define STACK_LOAD "\x36\x8b\x07\xf4" /* mov ax,ss:[bx] */

static const struct row rows[] = {
	{"32 load", M32, true, DATA_RW, true, 0xffff, 0x8, 0x100, 4, LOAD32, NOTHING, BASE + 8},
	{"32 at the limit", M32, true, DATA_RW, true, 0xff, 0xfc, 0x100, 4, STORE32, NOTHING, BASE + 0xfc},
	{"32 over the limit", M32, true, DATA_RW, true, 0xff, 0xfd, 0x100, 4, LOAD32, 13, 0},
	{"32 far over it", M32, true, DATA_RW, true, 0xff, 0xffffffff, 0x100, 4, LOAD32, 13, 0},
	{"32 load, read-only", M32, true, DATA_RO, true, 0xffff, 8, 0x100, 4, LOAD32, NOTHING, BASE + 8},
	{"32 store, read-only", M32, true, DATA_RO, true, 0xffff, 8, 0x100, 4, STORE32, 13, 0},
	{"32 add, read-only", M32, true, DATA_RO, true, 0xffff, 8, 0x100, 4, ADD32, 13, 0},
	{"32 load, code", M32, true, CODE_RX, true, 0xffff, 8, 0x100, 4, LOAD32, NOTHING, BASE + 8},
	{"32 load, execute-only", M32, true, CODE_X, true, 0xffff, 8, 0x100, 4, LOAD32, 13, 0},
	{"32 store, code", M32, true, CODE_RX, true, 0xffff, 8, 0x100, 4, STORE32, 13, 0},
	{"32 null", M32, true, UNUSABLE, true, 0xffff, 8, 0x100, 4, LOAD32, 13, 0},
	{"32 expand-down, above", M32, true, DATA_DOWN, true, 0xff, 0x100, 0x100, 4, STORE32, NOTHING, BASE + 0x100},
	{"32 expand-down, at the limit", M32, true, DATA_DOWN, true, 0xff, 0xff, 0x100, 4, STORE32, 13, 0},
	{"32 expand-down, big, 64K", M32, true, DATA_DOWN, true, 0xff, 0xfffd, 0x100, 4, LOAD32, NOTHING,
	 BASE + 0xfffd},
	{"32 expand-down, small, 64K", M32, true, DATA_DOWN, false, 0xff, 0xfffd, 0x100, 4, LOAD32, 13, 0},
	{"32 push", M32, true, DATA_RW, true, 0xffff, 0, 0x100, 4, PUSH, NOTHING, BASE + 0xfc},
	{"32 push over the limit", M32, true, DATA_RW, true, 0xff, 0, 0x102, 4, PUSH, 12, 0},
	{"32 push, 16-bit stack", M32, true, DATA_RW, false, 0xffff, 0, 0xabcd0100, 2, PUSH, NOTHING, BASE + 0xfc},
	{"32 push, 16-bit stack wraps", M32, true, DATA_RW, false, 0xffff, 0, 0, 2, PUSH, NOTHING, BASE + 0xfffc},
	{"32 push over its end", M32, true, DATA_RW, false, 0xffff, 0, 2, 2, PUSH, 12, 0},
	{"16 load", M16, true, DATA_RW, false, 0xffff, 0xfffe, 0x100, 2, LOAD16, NOTHING, BASE + 0xfffe},
	{"16 load has BX alone", M16, true, DATA_RW, false, 0xffff, 0x7777fffe, 0x100, 2, LOAD16, NOTHING,
	 BASE + 0xfffe},
	{"16 over the end", M16, true, DATA_RW, false, 0xffff, 0xffff, 0x100, 2, LOAD16, 13, 0},
	{"16 over the end, ss:", M16, true, DATA_RW, false, 0xffff, 0xffff, 0x100, 2, STACK_LOAD, 12, 0},
	{"16 store, read-only", M16, true, DATA_RO, false, 0xffff, 8, 0x100, 2, STORE16, 13, 0},
	{"real load", M16, false, DATA_RW, false, 0xffff, 0xfffe, 0x100, 2, LOAD16, NOTHING, BASE + 0xfffe},
	{"real over the end", M16, false, DATA_RW, false, 0xffff, 0xffff, 0x100, 2, LOAD16, 13, 0},
	{"real over the end, ss:", M16, false, DATA_RW, false, 0xffff, 0xffff, 0x100, 2, STACK_LOAD, 12, 0},
	{"real has no types", M16, false, CODE_RX, false, 0xffff, 8, 0x100, 2, STORE16, NOTHING, BASE + 8},
	{"real has no null", M16, false, UNUSABLE, false, 0xffff, 8, 0x100, 2, STORE16, NOTHING, BASE + 8},
	{"real push wraps", M16, false, DATA_RW, false, 0xffff, 0, 0, 2, PUSH, NOTHING, BASE + 0xfffe},
	{"real push over the end", M16, false, DATA_RW, false, 0xffff, 0, 1, 2, PUSH, 12, 0},
	{"real pop over the end", M16, false, DATA_RW, false, 0xffff, 0, 0xffff, 2, POP, 12, 0},
};

static struct regs regs_of(const struct row *row)
{
	struct regs regs = {
		.gpr = {[GPR_RBX] = row->rbx, [GPR_RSP] = row->rsp},
		.rip = CODE,
		.rflags = RFLAGS_FIXED,
		.cr0 = row->protected ? CR0_PE : 0,
		.mode = row->mode,
		.stack_size = (uint8_t)row->stack_size,
	};

	for (unsigned i = 0; i < SEG_COUNT; i++)
		regs.seg[i] = (struct segment_reg){.base = BASE,
						   .limit = row->limit,
						   .type = row->type & 0xf,
						   .big = row->big,
						   .usable = row->type != UNUSABLE};
	regs.seg[SEG_CS] = (struct segment_reg){.limit = UINT32_MAX, .type = CODE_RX, .usable = true};
	return regs;
}

static void *no_tables(void *self, gpa_t gpa, unsigned size)
{
	(void)self, (void)gpa, (void)size;
	return NULL;
}

struct world {
	struct ram ram;
	struct walk_memory tables;
	struct translator translator;
	struct access_env env;
	struct plan plan;
};

static struct world w;

static void setup(void)
{
	struct space *space = space_new();
	const char *why;

	memset(&w, 0, sizeof(w));
	ram_init(&w.ram);
	CHECK_EQ(ram_add(&w.ram, (gpa_t){0}, MEMORY, RAM_MAIN, &why), 0);
	CHECK_EQ(ram_map(&w.ram), 0);
	CHECK_EQ(space_put_memory(space, (gpa_t){0}, MEMORY, ram_bytes(&w.ram, (gpa_t){0}, MEMORY), RIGHTS_ALL), 0);
	w.env = (struct access_env){
		.space = space,
		.ram = &w.ram,
		.trap = trap_new(&w.ram),
		.decoder = decoder_new(),
		.executor = executor_new(),
		.translator = &w.translator,
	};
	w.tables = (struct walk_memory){.entry = no_tables};
	w.translator = (struct translator){.memory = &w.tables, .trap = w.env.trap, .phys_bits = 40};
}

static void teardown(const struct space *space)
{
	executor_free(w.env.executor);
	decoder_free(w.env.decoder);
	trap_free(w.env.trap);
	space_free((struct space *)(uintptr_t)space);
	ram_unmap(&w.ram);
}

static void segments(void)
{
	setup();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct regs regs = regs_of(&rows[i]);
		enum outcome end;

		check_row = rows[i].name;
		memcpy(ram_bytes(&w.ram, (gpa_t){CODE}, 8), rows[i].code, strlen(rows[i].code));
		end = access_run(&w.env, &regs, CAUSE_EMULATION, &w.plan);
		CHECK_EQ(end, rows[i].vector == NOTHING ? OUTCOME_NEXT : OUTCOME_FAULT);
		if (end == OUTCOME_FAULT) {
			CHECK_EQ(w.plan.fault.vector, rows[i].vector);
			CHECK_EQ(w.plan.fault.has_error, rows[i].protected);
			CHECK_EQ(w.plan.fault.error, 0);
		} else {
			CHECK_EQ(w.plan.parts[0].access.gpa, rows[i].gpa);
		}
		access_complete(&w.plan);
	}
	teardown(w.env.space);
}

static void virtual_8086_is_refused(void)
{
	struct row row = rows[0];
	struct regs regs;

	setup();
	row.mode = MODE_16;
	regs = regs_of(&row);
	regs.cpl = 3;
	regs.rflags |= RFLAGS_VM;
	memcpy(ram_bytes(&w.ram, (gpa_t){CODE}, 8), LOAD16, 3);
	CHECK_EQ(access_run(&w.env, &regs, CAUSE_EMULATION, &w.plan), OUTCOME_STOP);
	CHECK_STR(w.plan.why, "virtual-8086 mode is not carried out");
	teardown(w.env.space);
}

/* Linear addresses have 32 bits outside 64-bit mode: an access goes round their end. */
static void linear_addresses_wrap(void)
{
	struct row row = rows[0];
	struct regs regs;

	setup();
	row.limit = UINT32_MAX;
	row.rbx = 0xffffffff - BASE + 1; /* linear 0 */
	regs = regs_of(&row);
	memcpy(ram_bytes(&w.ram, (gpa_t){CODE}, 8), LOAD32, 3);
	CHECK_EQ(access_run(&w.env, &regs, CAUSE_EMULATION, &w.plan), OUTCOME_NEXT);
	CHECK_EQ(w.plan.parts[0].access.gpa, 0);
	access_complete(&w.plan);
	w.env.ones_for_absent = true;
	regs.gpr[GPR_RBX] -= 2; /* half of it at the end, half at 0 */
	CHECK_EQ(access_run(&w.env, &regs, CAUSE_EMULATION, &w.plan), OUTCOME_NEXT);
	CHECK_EQ(w.plan.nparts, 2);
	CHECK_EQ(w.plan.parts[0].access.gpa, 0xfffffffe);
	CHECK_EQ(w.plan.parts[1].access.gpa, 0);
	access_complete(&w.plan);
	teardown(w.env.space);
}

CHECK_MAIN(CHECK_TEST(segments), CHECK_TEST(virtual_8086_is_refused), CHECK_TEST(linear_addresses_wrap))
