/* push, pop, call, ret, jmp, leave, mov from a segment: tables against Intel SDM Vol 2. */
#include "tests/carry_out.h"
#include "tests/check.h"

#define RIP 0x401000ull
#define RSP 0x7000ull
#define FLAGS (RFLAGS_FIXED | RFLAGS_CF | RFLAGS_IF)
#define SAME UINT64_MAX /* expected: as before */
#define NOTHING UINT64_MAX /* expected: no store in this place */

#define R64 MODE_64, 8
#define R32 MODE_32, 4
#define R16 MODE_16, 2

static const struct row {
	const char *name, *hex;
	enum cpu_mode mode;
	uint8_t stack_size;
	uint64_t loaded[2]; /* refs in their order */
	uint64_t rax, rsp, rbp, rip; /* expected: rax was 0x1111..., rbp 0x6000 */
	uint64_t stored[2];
} rows[] = {
	{"push rax", "50", R64, {0}, SAME, RSP - 8, SAME, RIP + 1, {0x1111222233334444}},
	{"push ax", "66 50", R64, {0}, SAME, RSP - 2, SAME, RIP + 2, {0x4444}},
	{"push rsp pushes the old", "54", R64, {0}, SAME, RSP - 8, SAME, RIP + 1, {RSP}},
	{"push r8", "41 50", R64, {0}, SAME, RSP - 8, SAME, RIP + 2, {0x88}},
	{"push imm8 extends", "6a ff", R64, {0}, SAME, RSP - 8, SAME, RIP + 2, {UINT64_MAX}},
	{"push imm32 extends", "68 00 00 00 80", R64, {0}, SAME, RSP - 8, SAME, RIP + 5, {0xffffffff80000000}},
	{"push imm16", "66 68 34 12", R64, {0}, SAME, RSP - 2, SAME, RIP + 4, {0x1234}},
	{"push [rax]", "ff 30", R64, {0xabcdef}, SAME, RSP - 8, SAME, RIP + 2, {NOTHING, 0xabcdef}},
	{"push rcx by FF", "ff f1", R64, {0}, SAME, RSP - 8, SAME, RIP + 2, {0xcc}},
	{"push fs", "0f a0", R64, {0}, SAME, RSP - 8, SAME, RIP + 2, {0x53}},
	{"push gs", "0f a8", R64, {0}, SAME, RSP - 8, SAME, RIP + 2, {0x5b}},
	{"push ds in 32-bit code", "1e", R32, {0}, SAME, RSP - 4, SAME, RIP + 1, {0x2b}},
	{"push cs in 32-bit code", "0e", R32, {0}, SAME, RSP - 4, SAME, RIP + 1, {0x33}},
	{"pushf clears RF and VM in the image", "9c", R64, {0}, SAME, RSP - 8, SAME, RIP + 1, {FLAGS}},
	{"push eax in 32-bit code", "50", R32, {0}, SAME, RSP - 4, SAME, RIP + 1, {0x33334444}},
	{"push ax in 16-bit code", "50", R16, {0}, SAME, RSP - 2, SAME, 0x1001, {0x4444}},
	{"pop rax", "58", R64, {0x99}, 0x99, RSP + 8, SAME, RIP + 1, {NOTHING}},
	{"pop ax keeps the rest", "66 58", R64, {0x9999}, 0x1111222233339999, RSP + 2, SAME, RIP + 2, {NOTHING}},
	{"pop eax clears the rest", "58", R32, {0x99}, 0x99, RSP + 4, SAME, RIP + 1, {NOTHING}},
	{"pop rsp", "5c", R64, {0x5000}, SAME, 0x5000, SAME, RIP + 1, {NOTHING}},
	{"pop rbp", "5d", R64, {0x5000}, SAME, RSP + 8, 0x5000, RIP + 1, {NOTHING}},
	{"pop [rax]", "8f 00", R64, {0xabcdef}, SAME, RSP + 8, SAME, RIP + 2, {NOTHING, 0xabcdef}},
	{"pop rax by 8F", "8f c0", R64, {0x77}, 0x77, RSP + 8, SAME, RIP + 2, {NOTHING}},
	{"leave", "c9", R64, {0x5000}, SAME, 0x6008, 0x5000, RIP + 1, {NOTHING}},
	{"leave in 32-bit code", "c9", R32, {0x5000}, SAME, 0x6004, 0x5000, RIP + 1, {NOTHING}},
	{"leave of 16 bits", "66 c9", R64, {0x5000}, SAME, 0x6002, 0x5000, RIP + 2, {NOTHING}},
	{"call forward", "e8 10 00 00 00", R64, {0}, SAME, RSP - 8, SAME, RIP + 0x15, {RIP + 5}},
	{"call back", "e8 fb ff ff ff", R64, {0}, SAME, RSP - 8, SAME, RIP, {RIP + 5}},
	{"call in 32-bit code", "e8 10 00 00 00", R32, {0}, SAME, RSP - 4, SAME, RIP + 0x15, {RIP + 5}},
	{"call of 16 bits in 32-bit code", "66 e8 10 00", R32, {0}, SAME, RSP - 2, SAME, 0x1014, {0x1004}},
	{"call in 16-bit code", "e8 f0 ff", R16, {0}, SAME, RSP - 2, SAME, 0x0ff3, {0x1003}},
	{"call [rax]", "ff 10", R64, {0x402000}, SAME, RSP - 8, SAME, 0x402000, {NOTHING, RIP + 2}},
	{"call rcx", "ff d1", R64, {0}, SAME, RSP - 8, SAME, 0xcc, {RIP + 2}},
	{"call rsp takes the old", "ff d4", R64, {0}, SAME, RSP - 8, SAME, RSP, {RIP + 2}},
	{"jmp [rax]", "ff 20", R64, {0x402000}, SAME, SAME, SAME, 0x402000, {NOTHING}},
	{"jmp [eax] in 32-bit code", "ff 20", R32, {0x402000}, SAME, SAME, SAME, 0x402000, {NOTHING}},
	{"ret", "c3", R64, {0x402000}, SAME, RSP + 8, SAME, 0x402000, {NOTHING}},
	{"ret imm16", "c2 10 00", R64, {0x402000}, SAME, RSP + 0x18, SAME, 0x402000, {NOTHING}},
	{"ret imm16 is unsigned", "c2 00 80", R64, {0x402000}, SAME, RSP + 0x8008, SAME, 0x402000, {NOTHING}},
	{"ret in 32-bit code", "c3", R32, {0x402000}, SAME, RSP + 4, SAME, 0x402000, {NOTHING}},
	{"ret of 16 bits in 32-bit code", "66 c3", R32, {0x2000}, SAME, RSP + 2, SAME, 0x2000, {NOTHING}},
	{"mov [rax],fs", "8c 20", R64, {0}, SAME, SAME, SAME, RIP + 2, {0x53}},
};

static struct regs regs_for(enum cpu_mode mode, uint8_t stack_size)
{
	static const uint16_t selectors[SEG_COUNT] = {0x23, 0x33, 0x3b, 0x2b, 0x53, 0x5b};
	struct regs regs = {.mode = mode, .stack_size = stack_size, .rflags = FLAGS | RFLAGS_RF, .cpl = 3};

	for (unsigned i = 0; i < SEG_COUNT; i++)
		regs.seg[i] = (struct segment_reg){.limit = UINT32_MAX, .selector = selectors[i], .usable = true};
	regs.rip = mode == MODE_16 ? RIP & 0xffff : RIP;
	regs.gpr[GPR_RAX] = 0x1111222233334444;
	regs.gpr[GPR_RCX] = 0xcc;
	regs.gpr[GPR_RSP] = RSP;
	regs.gpr[GPR_RBP] = 0x6000;
	regs.gpr[GPR_R8] = 0x88;
	return regs;
}

static void check_stored(const struct carry_out *c, const struct row *row)
{
	for (unsigned i = 0; i < 2; i++) {
		bool stores = i < c->nrefs && c->refs[i].use == MEM_WRITE;
		uint64_t value = 0, expected = 0;

		if (!stores)
			continue;
		memcpy(&value, c->out.stored[i], c->refs[i].size);
		memcpy(&expected, &row->stored[i], c->refs[i].size);
		CHECK_EQ(value, expected);
	}
}

static void stack_and_branches(void)
{
	struct carry_out c;

	carry_out_begin(&c);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct regs regs = regs_for(row->mode, row->stack_size), after = regs;

		check_row = row->name;
		CHECK(carry_out_decode(&c, row->hex, &regs));
		for (unsigned k = 0; k < c.nrefs; k++)
			memcpy(c.loaded[k], &row->loaded[k], 8);
		CHECK_EQ(carry_out(&c, &regs, NULL), EXECUTE_OK);
		after.gpr[GPR_RAX] = row->rax == SAME ? regs.gpr[GPR_RAX] : row->rax;
		after.gpr[GPR_RSP] = row->rsp == SAME ? regs.gpr[GPR_RSP] : row->rsp;
		after.gpr[GPR_RBP] = row->rbp == SAME ? regs.gpr[GPR_RBP] : row->rbp;
		after.rip = row->rip;
		after.rflags = FLAGS;
		for (unsigned r = 0; r < GPR_COUNT; r++)
			CHECK_AT(c.out.regs.gpr[r] == after.gpr[r], "register %u is 0x%" PRIx64, r, c.out.regs.gpr[r]);
		CHECK_EQ(c.out.regs.rip, after.rip);
		CHECK_EQ(c.out.regs.rflags, after.rflags);
		CHECK(!memcmp(c.out.regs.seg, regs.seg, sizeof(regs.seg)));
		CHECK(!c.out.repeats);
		check_stored(&c, row);
	}
	carry_out_end(&c);
}

#define IOPL(n) ((uint64_t)(n) << 12)
#define ID 0x200000ull
#define VIP 0x100000ull

/* Intel SDM Vol 2, "POPF/POPFD/POPFQ": which flags change at which privilege. */
static void popf_by_privilege(void)
{
	static const struct {
		const char *name, *hex;
		uint8_t cpl;
		uint64_t before, popped, after;
		bool refused;
	} cases[] = {
		{"status flags", "9d", 3, 0x2, RFLAGS_STATUS, 0x2 | RFLAGS_STATUS, false},
		{"CPL 3 keeps IF and IOPL", "9d", 3, 0x202, IOPL(3), 0x202, false},
		{"CPL 3 with IOPL 3 clears IF, keeps IOPL", "9d", 3, 0x202 | IOPL(3), 0, 0x2 | IOPL(3), false},
		{"CPL 0 sets both", "9d", 0, 0x2, 0x200 | IOPL(2), 0x202 | IOPL(2), false},
		{"CPL 1 with IOPL 1 sets IF only", "9d", 1, 0x2 | IOPL(1), 0x200 | IOPL(3), 0x202 | IOPL(1), false},
		{"CPL 2 with IOPL 1 sets neither", "9d", 2, 0x2 | IOPL(1), 0x200, 0x2 | IOPL(1), false},
		{"AC, ID, DF, NT are anyone's", "9d", 3, 0x2, ID | RFLAGS_AC | RFLAGS_DF | RFLAGS_NT,
		 0x2 | ID | RFLAGS_AC | RFLAGS_DF | RFLAGS_NT, false},
		{"16 bits keep AC and ID", "66 9d", 0, 0x2 | ID | RFLAGS_AC, 0x1, 0x3 | ID | RFLAGS_AC, false},
		{"VIP, VM and reserved bits stay", "9d", 0, 0x2, VIP | 0x20000 | 0x8028, 0x2, false},
		{"RF is cleared", "9d", 0, 0x2 | RFLAGS_RF, RFLAGS_RF, 0x2, false},
		{"bit 1 stays set", "9d", 3, 0x2, 0, 0x2, false},
		{"TF is refused", "9d", 3, 0x2, RFLAGS_TF, 0, true},
	};
	struct carry_out c;

	carry_out_begin(&c);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct regs regs = regs_for(MODE_64, 8);

		check_row = cases[i].name;
		regs.cpl = cases[i].cpl;
		regs.rflags = cases[i].before;
		CHECK(carry_out_decode(&c, cases[i].hex, &regs));
		memcpy(c.loaded[0], &cases[i].popped, 8);
		CHECK_EQ(carry_out(&c, &regs, NULL), cases[i].refused ? EXECUTE_REFUSED : EXECUTE_OK);
		if (!cases[i].refused)
			CHECK_EQ(c.out.regs.rflags, cases[i].after);
	}
	carry_out_end(&c);
}

/* Nothing but the reason may change in *out. */
static void refusals_and_exceptions_leave_no_trace(void)
{
	static const struct {
		const char *name, *hex;
		enum cpu_mode mode;
		uint64_t loaded, flags, cr4;
		uint32_t limit;
		enum execute_status status;
	} cases[] = {
		{"mov ds,[rax]", "8e 18", MODE_64, 0x2b, 2, 0, UINT32_MAX, EXECUTE_REFUSED},
		{"push in virtual-8086 mode", "50", MODE_16, 0, 0x20002, 0, UINT32_MAX, EXECUTE_REFUSED},
		{"pop in virtual-8086 mode", "58", MODE_16, 0, 0x20002, 0, UINT32_MAX, EXECUTE_REFUSED},
		{"lea", "48 8d 00", MODE_64, 0, 2, 0, UINT32_MAX, EXECUTE_REFUSED},
		{"ret to a target that is not canonical", "c3", MODE_64, 1ull << 47, 2, 0, UINT32_MAX,
		 EXECUTE_EXCEPTION},
		{"the same with 5 levels", "c3", MODE_64, 1ull << 56, 2, CR4_LA57, UINT32_MAX, EXECUTE_EXCEPTION},
		{"call [rax] likewise", "ff 10", MODE_64, 1ull << 63, 2, 0, UINT32_MAX, EXECUTE_EXCEPTION},
		{"jmp [rax] likewise", "ff 20", MODE_64, 1ull << 63, 2, 0, UINT32_MAX, EXECUTE_EXCEPTION},
		{"ret beyond the code segment", "c3", MODE_32, 0x10000, 2, 0, 0xffff, EXECUTE_EXCEPTION},
	};
	struct carry_out c;

	carry_out_begin(&c);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct regs regs = regs_for(cases[i].mode, cases[i].mode == MODE_64 ? 8 : 4);
		struct execution_out before;

		check_row = cases[i].name;
		regs.rflags = cases[i].flags;
		regs.cr4 = cases[i].cr4;
		regs.seg[SEG_CS].limit = cases[i].limit;
		memset(&c.out, 0x33, sizeof(c.out));
		CHECK(carry_out_decode(&c, cases[i].hex, &regs));
		memcpy(c.loaded[0], &cases[i].loaded, 8);
		before = c.out;
		CHECK_EQ(carry_out(&c, &regs, NULL), cases[i].status);
		if (cases[i].status == EXECUTE_EXCEPTION)
			CHECK_EQ(c.out.vector, 13);
		else
			CHECK(c.out.why && *c.out.why);
		c.out.vector = before.vector;
		c.out.why = before.why;
		CHECK(!memcmp(&c.out, &before, sizeof(before)));
	}
	carry_out_end(&c);
}

/* With 57-bit linear addresses, more targets are canonical. */
static void canonical_is_wider_with_five_levels(void)
{
	struct regs regs = regs_for(MODE_64, 8);
	uint64_t target = 1ull << 47;
	struct carry_out c;

	carry_out_begin(&c);
	CHECK(carry_out_decode(&c, "c3", &regs));
	memcpy(c.loaded[0], &target, 8);
	CHECK_EQ(carry_out(&c, &regs, NULL), EXECUTE_EXCEPTION);
	regs.cr4 = CR4_LA57;
	CHECK_EQ(carry_out(&c, &regs, NULL), EXECUTE_OK);
	CHECK_EQ(c.out.regs.rip, target);
	carry_out_end(&c);
}

/* The width of the stack pointer, not that of the operand, says what of RSP moves. */
static void stack_pointer_wraps(void)
{
	static const struct {
		const char *name, *hex;
		enum cpu_mode mode;
		uint8_t stack_size;
		uint64_t rsp, after;
	} cases[] = {
		{"SP below 0", "50", MODE_16, 2, 0x12340000, 0x1234fffe},
		{"SP above 64 KiB", "58", MODE_16, 2, 0x1234fffe, 0x12340000},
		{"ESP below 0", "50", MODE_32, 4, 0, 0xfffffffc},
		{"32-bit code on a 16-bit stack", "50", MODE_32, 2, 0x56780002, 0x5678fffe},
		{"16-bit code on a 32-bit stack", "50", MODE_16, 4, 0x10000, 0xfffe},
	};
	struct carry_out c;

	carry_out_begin(&c);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct regs regs = regs_for(cases[i].mode, cases[i].stack_size);

		check_row = cases[i].name;
		regs.gpr[GPR_RSP] = cases[i].rsp;
		CHECK(carry_out_decode(&c, cases[i].hex, &regs));
		CHECK_EQ(carry_out(&c, &regs, NULL), EXECUTE_OK);
		CHECK_EQ(c.out.regs.gpr[GPR_RSP], cases[i].after);
	}
	carry_out_end(&c);
}

CHECK_MAIN(CHECK_TEST(stack_and_branches), CHECK_TEST(popf_by_privilege),
	   CHECK_TEST(refusals_and_exceptions_leave_no_trace), CHECK_TEST(canonical_is_wider_with_five_levels),
	   CHECK_TEST(stack_pointer_wraps))
