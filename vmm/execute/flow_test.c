/* Near branches, LEA and their like against the CPU; and what is none of them. */
#include "tests/check.h"
#include "tests/native.h"
#include "vmm/execute/execute.h"
#include "vmm/execute/flow.h"

#include "decoder/decode.h"
#include "vmm/execute/register_stub.h"

#include <stdlib.h>

#define RIP 0x401000
#define NOT_TAKEN 1

static struct decoder *decoder;

/* The instruction from the table, or else from form. */
static bool read_insn(const void *bytes, size_t n, bool (*form)(const uint8_t *, size_t, enum cpu_mode, struct insn *),
		      struct insn *insn)
{
	return form(bytes, n, MODE_64, insn) || decode(decoder, bytes, n, MODE_64, insn) == DECODE_OK;
}

static struct regs regs_of(const struct native *cpu)
{
	struct regs regs = {.rip = RIP, .rflags = cpu->flags | RFLAGS_FIXED, .mode = MODE_64, .stack_size = 8};

	memcpy(regs.gpr, cpu->gpr, sizeof(regs.gpr));
	return regs;
}

/* --- branches: r15 becomes 1 where the CPU does not take them ----------------------------------------- */

static void branch(const char *name, const uint8_t *bytes, unsigned size, uint64_t flags, uint64_t rcx)
{
	static const uint8_t mark[] = {0x41, 0xbf, NOT_TAKEN, 0, 0, 0}; /* mov r15d,1 */
	struct native cpu = {.gpr = {[GPR_RCX] = rcx}, .flags = flags | RFLAGS_FIXED};
	struct regs regs = regs_of(&cpu);
	uint8_t code[INSN_MAX + sizeof(mark)];
	struct insn insn;
	uint64_t taken;

	check_row = name;
	memcpy(code, bytes, size);
	memcpy(code + size, mark, sizeof(mark));
	CHECK(flow_form(bytes, size, MODE_64, &insn));
	CHECK_EQ(insn.length, size);
	CHECK(flow_run(&insn, flow_of(&insn), &regs));
	CHECK_EQ(native_run(code, size + sizeof(mark), &cpu), 0);
	taken = cpu.gpr[GPR_R15] == NOT_TAKEN ? 0 : sizeof(mark);
	CHECK_EQ(regs.rip, RIP + size + taken);
	CHECK_EQ(regs.gpr[GPR_RCX], cpu.gpr[GPR_RCX]);
	CHECK_EQ(regs.rflags & RFLAGS_STATUS, flags);
}

static uint64_t flags_number(unsigned n)
{
	static const uint64_t bits[] = {RFLAGS_CF, RFLAGS_PF, RFLAGS_AF, RFLAGS_ZF, RFLAGS_SF, RFLAGS_OF};
	uint64_t flags = 0;

	for (unsigned i = 0; i < 6; i++)
		flags |= n >> i & 1 ? bits[i] : 0;
	return flags;
}

static void every_condition_of_every_flag(void)
{
	for (unsigned code = 0; code < 16; code++) {
		for (unsigned n = 0; n < 64; n++) {
			const uint8_t near[] = {(uint8_t)(0x70 + code), 6};
			const uint8_t far_away[] = {0x0f, (uint8_t)(0x80 + code), 6, 0, 0, 0};

			branch("jcc rel8", near, sizeof(near), flags_number(n), 0);
			branch("jcc rel32", far_away, sizeof(far_away), flags_number(n), 0);
		}
	}
}

static void loops_and_counts(void)
{
	static const uint64_t counts[] = {0, 1, 2, 0x100000000, 0x100000001, 0xffffffff00000000, UINT64_MAX};

	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		for (unsigned op = 0xe0; op <= 0xe3; op++) {
			for (unsigned zero = 0; zero < 2; zero++) {
				const uint8_t wide[] = {(uint8_t)op, 6}, narrow[] = {0x67, (uint8_t)op, 6};
				uint64_t flags = zero ? RFLAGS_ZF : 0;

				branch("by rcx", wide, sizeof(wide), flags, counts[i]);
				branch("by ecx", narrow, sizeof(narrow), flags, counts[i]);
			}
		}
	}
	branch("jmp rel8", (const uint8_t *)"\xeb\x06", 2, 0, 0);
	branch("jmp rel32", (const uint8_t *)"\xe9\x06\0\0", 5, 0, 0);
	branch("hint before jz", (const uint8_t *)"\x3e\x74\x06", 3, RFLAGS_ZF, 0);
}

/* --- one instruction, all registers and flags --------------------------------------------------------- */

struct row {
	const char *name, *code;
	unsigned size;
};

static struct native random_cpu(unsigned seed)
{
	struct native cpu = {.flags = flags_number(seed % 64) | (seed & 64 ? RFLAGS_DF : 0) | RFLAGS_FIXED};

	srand(seed);
	for (unsigned i = 0; i < GPR_COUNT; i++)
		cpu.gpr[i] = (uint64_t)rand() << 33 ^ (uint64_t)rand() << 11 ^ (uint64_t)rand();
	return cpu;
}

static void same(const struct regs *regs, const struct native *cpu, const struct row *row)
{
	for (unsigned i = 0; i < GPR_COUNT; i++)
		CHECK_EQ(regs->gpr[i], cpu->gpr[i]);
	CHECK_EQ(regs->rflags & (RFLAGS_STATUS | RFLAGS_DF), cpu->flags & (RFLAGS_STATUS | RFLAGS_DF));
	CHECK_EQ(regs->rip, RIP + row->size);
}

static void without_branch(void)
{
	static const struct row rows[] = {
		{"lea rax,[rbx+rcx*4+0x10]", "\x48\x8d\x44\x8b\x10", 5},
		{"lea r9d,[r13+r14]", "\x47\x8d\x4c\x35\x00", 5},
		{"lea cx,[rsi-1]", "\x66\x8d\x4e\xff", 4},
		{"lea rsp,[rsp+8]", "\x48\x8d\x64\x24\x08", 5},
		{"lea rdx,[eax+ebx]", "\x67\x48\x8d\x14\x18", 5},
		{"lea rdi,gs:[rdi]", "\x65\x48\x8d\x3f", 4},
		{"cld", "\xfc", 1},
		{"std", "\xfd", 1},
		{"lfence", "\x0f\xae\xe8", 3},
		{"mfence", "\x0f\xae\xf0", 3},
		{"sfence", "\x0f\xae\xf8", 3},
		{"nop", "\x90", 1},
		{"pause", "\xf3\x90", 2},
		{"endbr64", "\xf3\x0f\x1e\xfa", 4},
		{"nop [rax+rax]", "\x0f\x1f\x44\x00\x00", 5},
		{"prefetchnta [rbx]", "\x0f\x18\x03", 3},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned seed = 0; seed < 100; seed++) {
			struct native cpu = random_cpu(seed);
			struct regs regs = regs_of(&cpu);
			struct insn insn;

			check_row = rows[i].name;
			CHECK(read_insn(rows[i].code, rows[i].size, flow_form, &insn));
			CHECK_EQ(insn.length, rows[i].size);
			CHECK(flow_run(&insn, flow_of(&insn), &regs));
			CHECK_EQ(native_run((const uint8_t *)rows[i].code, rows[i].size, &cpu), 0);
			same(&regs, &cpu, &rows[i]);
		}
	}
}

static void short_forms(void)
{
	static const struct row rows[] = {
		{"add al,0x7f", "\x04\x7f", 2},
		{"or ax,0x8001", "\x66\x0d\x01\x80", 4},
		{"adc eax,0x80000001", "\x15\x01\0\0\x80", 5},
		{"sbb rax,-2", "\x48\x1d\xfe\xff\xff\xff", 6},
		{"and eax,0xff00", "\x25\0\xff\0\0", 5},
		{"sub al,1", "\x2c\x01", 2},
		{"xor rax,0x11", "\x48\x35\x11\0\0\0", 6},
		{"cmp eax,5", "\x3d\x05\0\0\0", 5},
		{"test al,0x80", "\xa8\x80", 2},
		{"test rax,-1", "\x48\xa9\xff\xff\xff\xff", 6},
		{"mov ah,7", "\xb4\x07", 2},
		{"mov r12b,7", "\x41\xb4\x07", 3},
		{"mov bpl,7", "\x40\xb5\x07", 3},
		{"mov cx,0x1234", "\x66\xb9\x34\x12", 4},
		{"mov edi,0xffffffff", "\xbf\xff\xff\xff\xff", 5},
		{"mov r12d,1", "\x41\xbc\x01\0\0\0", 6},
		{"mov r9,0x8877665544332211", "\x49\xb9\x11\x22\x33\x44\x55\x66\x77\x88", 10},
		{"xchg rbx,rax", "\x48\x93", 2},
		{"xchg r8,rax", "\x49\x90", 2},
		{"xchg r12d,eax", "\x41\x94", 2},
		{"cbw", "\x66\x98", 2},
		{"cdqe", "\x48\x98", 2},
		{"cdq", "\x99", 1},
		{"cqo", "\x48\x99", 2},
		{"sahf", "\x9e", 1},
		{"lahf", "\x9f", 1},
		{"cmc", "\xf5", 1},
		{"clc", "\xf8", 1},
		{"stc", "\xf9", 1},
		{"bswap r11", "\x49\x0f\xcb", 3},
		{"bswap ecx", "\x0f\xc9", 2},
	};
	struct executor *x = executor_new();

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned seed = 0; seed < 100; seed++) {
			struct native cpu = random_cpu(seed);
			struct regs regs = regs_of(&cpu);
			struct execution_out out;
			struct insn insn;
			struct execution_in in = {.insn = &insn, .regs = &regs};

			check_row = rows[i].name;
			CHECK(register_form((const uint8_t *)rows[i].code, rows[i].size, MODE_64, &insn));
			CHECK_EQ(insn.length, rows[i].size);
			CHECK_EQ(execute(x, &in, NULL, &out), EXECUTE_OK);
			CHECK_EQ(native_run((const uint8_t *)rows[i].code, rows[i].size, &cpu), 0);
			same(&out.regs, &cpu, &rows[i]);
		}
	}
	executor_free(x);
}

/* --- what is none ----------------------------------------------------------------------------------------- */

static void no_forms(void)
{
	static const struct row rows[] = {
		{"66 jz", "\x66\x74\x06", 3}, /* CPUs differ */
		{"66 jmp rel32", "\x66\xe9\x06\0\0\0", 6},
		{"f2 jz", "\xf2\x74\x06", 3},
		{"lock nop", "\xf0\x90", 2},
		{"jz, cut", "\x74", 1},
		{"jmp rel32, cut", "\xe9\x06\0\0", 4},
		{"call rel32", "\xe8\0\0\0\0", 5},
		{"rdsspq rax", "\xf3\x48\x0f\x1e\xc8", 5},
		{"mov esp,1", "\xbc\x01\0\0\0", 5},
		{"mov spl,1", "\x40\xb4\x01", 3},
		{"xchg rsp,rax", "\x48\x94", 2},
		{"bswap rsp", "\x48\x0f\xcc", 3},
		{"bswap ax", "\x66\x0f\xc8", 3},
		{"lock mov eax,1", "\xf0\xb8\x01\0\0\0", 6},
		{"mov eax, cut", "\xb8\x01\0\0", 4},
		{"tpause eax", "\x66\x0f\xae\xf0", 4},
		{"umwait eax", "\xf2\x0f\xae\xf0", 4},
		{"cli", "\xfa", 1},
		{"sti", "\xfb", 1},
		{"hlt", "\xf4", 1},
		{"in al,1", "\xe4\x01", 2},
		{"popf", "\x9d", 1},
		{"iret", "\x48\xcf", 2},
		{"rdtsc", "\x0f\x31", 2},
		{"cpuid", "\x0f\xa2", 2},
		{"syscall", "\x0f\x05", 2},
		{"int3", "\xcc", 1},
		{"mov ss,eax", "\x8e\xd0", 2},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint8_t *bytes = (const uint8_t *)rows[i].code;
		struct insn insn = {.length = 77};

		check_row = rows[i].name;
		CHECK(!flow_form(bytes, rows[i].size, MODE_64, &insn));
		CHECK(!register_form(bytes, rows[i].size, MODE_64, &insn));
		CHECK_EQ(insn.length, 77);
	}
	CHECK(!flow_form((const uint8_t *)"\x74\x06", 2, MODE_32, &(struct insn){.length = 0}));
}

/* #GP(0) is raised at the branch: Intel SDM Vol 2, "JMP". */
static void targets_that_are_not_canonical(void)
{
	struct regs regs = {.rip = 0x7ffffffffff0, .gpr = {[GPR_RAX] = 0x800000000000}, .mode = MODE_64};
	struct insn insn;

	CHECK(flow_form((const uint8_t *)"\xeb\x40", 2, MODE_64, &insn));
	CHECK(!flow_run(&insn, flow_of(&insn), &regs));
	CHECK_EQ(regs.rip, 0x7ffffffffff0);
	CHECK(read_insn("\xff\xe0", 2, flow_form, &insn)); /* jmp rax */
	CHECK_EQ(flow_of(&insn), FLOW_JMP_REGISTER);
	CHECK(!flow_run(&insn, FLOW_JMP_REGISTER, &regs));
	CHECK_EQ(regs.rip, 0x7ffffffffff0);
	regs.gpr[GPR_RAX] = 0xffff800000000000;
	regs.rflags = RFLAGS_FIXED | RFLAGS_RF;
	CHECK(flow_run(&insn, FLOW_JMP_REGISTER, &regs));
	CHECK_EQ(regs.rip, 0xffff800000000000);
	CHECK_EQ(regs.rflags, RFLAGS_FIXED); /* RF is for one instruction */
	CHECK(flow_form((const uint8_t *)"\xe2\x40", 2, MODE_64, &insn)); /* loop: the count stays too */
	regs = (struct regs){.rip = 0x7ffffffffff0, .gpr = {[GPR_RCX] = 5}, .mode = MODE_64};
	CHECK(!flow_run(&insn, FLOW_LOOP, &regs));
	CHECK_EQ(regs.gpr[GPR_RCX], 5);
}

int main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(every_condition_of_every_flag),
		CHECK_TEST(loops_and_counts),
		CHECK_TEST(without_branch),
		CHECK_TEST(short_forms),
		CHECK_TEST(no_forms),
		CHECK_TEST(targets_that_are_not_canonical),
	};
	int status;

	native_setup();
	decoder = decoder_new();
	status = check_run(tests, sizeof(tests) / sizeof(tests[0]));
	decoder_free(decoder);
	return status;
}
