/* Forms without memory, carried out on the host CPU; and what must never run there. */
#include "vmm/execute/register_stub.h"

#include "decoder/decode.h"
#include "tests/check.h"

#include <errno.h>
#include <stdlib.h>

#define RIP 0x401000
#define CONTROL_CR0 0x80050033ull /* PG, AM, WP, NE, ET, MP, PE */
#define CONTROL_CR4 0x40620ull /* PAE, OSFXSR, OSXMMEXCPT, OSXSAVE */
#define FCW 0
#define FSW 2
#define MXCSR 24
#define ST0 32
#define XMM0 160
#define XSTATE_BV 512

struct rig {
	struct decoder *decoder;
	struct register_stubs *stubs;
	struct vector_host host;
	struct vector_state *vector;
	struct regs regs;
	struct execution_out out;
};

static struct rig r;

static void setup(void)
{
	uint32_t mxcsr = 0x1f80;
	uint16_t fcw = 0x37f;
	uint64_t present = XSTATE_X87 | XSTATE_SSE;

	r.decoder = decoder_new();
	r.stubs = register_stubs_new();
	vector_host_read(&r.host);
	r.vector = aligned_alloc(64, sizeof(*r.vector));
	memset(r.vector, 0, sizeof(*r.vector));
	vector_layout_read(&r.vector->layout);
	r.vector->features = XSTATE_X87 | XSTATE_SSE;
	memcpy(r.vector->area + FCW, &fcw, sizeof(fcw));
	memcpy(r.vector->area + MXCSR, &mxcsr, sizeof(mxcsr));
	memcpy(r.vector->area + XSTATE_BV, &present, sizeof(present));
	r.regs = (struct regs){.rip = RIP,
			       .rflags = RFLAGS_FIXED | RFLAGS_IF,
			       .cr0 = CONTROL_CR0,
			       .cr4 = CONTROL_CR4,
			       .mode = MODE_64,
			       .stack_size = 8};
	for (unsigned i = 0; i < GPR_COUNT; i++)
		r.regs.gpr[i] = 0x1111111111111111ull * i;
	memset(&r.out, 0xa5, sizeof(r.out));
}

static void teardown(void)
{
	free(r.vector);
	register_stubs_free(r.stubs);
	decoder_free(r.decoder);
}

static enum execute_status run(const char *code, size_t size)
{
	const uint8_t *bytes = (const uint8_t *)code;
	struct execution_in in = {.regs = &r.regs};
	struct insn insn;

	if (decode(r.decoder, bytes, size, MODE_64, &insn) != DECODE_OK) {
		if (!register_form(bytes, size, MODE_64, &insn)) {
			r.out.why = "no form";
			return EXECUTE_REFUSED;
		}
		decode_text(r.decoder, bytes, size, MODE_64, insn.text);
	}
	CHECK_EQ(insn.length, size);
	CHECK_EQ(insn.exec, EXEC_NONE);
	in.insn = &insn;
	return register_run(r.stubs, &r.host, &in, r.vector, &r.out);
}

static uint64_t area64(unsigned at)
{
	uint64_t value;

	memcpy(&value, r.vector->area + at, sizeof(value));
	return value;
}

static void put64(unsigned at, uint64_t value)
{
	memcpy(r.vector->area + at, &value, sizeof(value));
}

static void vectors_are_computed(void)
{
	setup();
	put64(XMM0, 3);
	put64(XMM0 + 8, 4);
	put64(XMM0 + 16, 10);
	CHECK_EQ(run("\x66\x0f\xd4\xc1", 4), EXECUTE_OK); /* paddq xmm0,xmm1 */
	CHECK_EQ(area64(XMM0), 13);
	CHECK_EQ(area64(XMM0 + 8), 4);
	CHECK_EQ(area64(XMM0 + 16), 10);
	CHECK_EQ(r.out.regs.rip, RIP + 4);
	CHECK(memcmp(r.out.regs.gpr, r.regs.gpr, sizeof(r.regs.gpr)) == 0);
	CHECK_EQ(r.out.regs.rflags, r.regs.rflags);
	teardown();
}

static void general_registers_and_flags_come_back(void)
{
	setup();
	CHECK_EQ(run("\x48\x39\xc0", 3), EXECUTE_OK); /* cmp rax,rax */
	CHECK_EQ(r.out.regs.rflags, RFLAGS_FIXED | RFLAGS_IF | RFLAGS_ZF | RFLAGS_PF);
	put64(XMM0, 0x1234567890);
	CHECK_EQ(run("\x83\xe3\xf0", 3), EXECUTE_OK); /* and ebx,-16: its digit is no RSP */
	CHECK_EQ(r.out.regs.gpr[GPR_RBX], 0x33333330);
	CHECK_EQ(run("\x0f\xb6\xcc", 3), EXECUTE_OK); /* movzx ecx,ah */
	CHECK_EQ(r.out.regs.gpr[GPR_RCX], 0);
	CHECK_EQ(run("\x00\xe3", 2), EXECUTE_OK); /* add bl,ah */
	CHECK_EQ(r.out.regs.gpr[GPR_RBX], 0x3333333333333333);
	CHECK_EQ(run("\x66\x49\x0f\x7e\xc1", 5), EXECUTE_OK); /* movq r9,xmm0 */
	CHECK_EQ(r.out.regs.gpr[GPR_R9], 0x1234567890);
	CHECK_EQ(r.out.regs.gpr[GPR_R10], r.regs.gpr[GPR_R10]);
	teardown();
}

static void x87_works_on_its_stack(void)
{
	setup();
	CHECK_EQ(run("\xd9\xe8", 2), EXECUTE_OK); /* fld1 */
	CHECK_EQ(area64(ST0), 0x8000000000000000ull);
	CHECK_EQ(run("\xd8\xc0", 2), EXECUTE_OK); /* fadd st,st */
	CHECK_EQ(area64(ST0 + 8) & 0xffff, 0x4000); /* 2.0 */
	CHECK_EQ(run("\xdf\xe0", 2), EXECUTE_OK); /* fnstsw ax */
	CHECK_EQ(r.out.regs.gpr[GPR_RAX] & 0x3800, 0x3800);
	CHECK_EQ(run("\x9b", 1), EXECUTE_OK);
	CHECK_EQ(r.out.regs.rip, RIP + 1);
	CHECK_EQ(run("\x0f\x77", 2), EXECUTE_OK); /* emms */
	teardown();
}

static void what_the_host_raises_is_the_guests(void)
{
	uint16_t fcw = 0x37f & ~4u, fsw = 0x8084; /* zero divide pending and unmasked */

	setup();
	memcpy(r.vector->area + FCW, &fcw, sizeof(fcw));
	memcpy(r.vector->area + FSW, &fsw, sizeof(fsw));
	CHECK_EQ(run("\x9b", 1), EXECUTE_EXCEPTION);
	CHECK_EQ(r.out.vector, 16);
	r.regs.cr0 &= ~0x20ull; /* without NE it is no exception */
	CHECK_EQ(run("\x9b", 1), EXECUTE_REFUSED);
	CHECK_EQ(run("\xd9\xd1", 2), EXECUTE_EXCEPTION); /* undefined */
	CHECK_EQ(r.out.vector, 6);
	teardown();
}

static void stac_and_clac_are_for_the_supervisor(void)
{
	setup();
	CHECK_EQ(run("\x0f\x01\xcb", 3), EXECUTE_OK);
	CHECK_EQ(r.out.regs.rflags, r.regs.rflags | RFLAGS_AC);
	r.regs.rflags |= RFLAGS_AC;
	CHECK_EQ(run("\x0f\x01\xca", 3), EXECUTE_OK);
	CHECK_EQ(r.out.regs.rflags, r.regs.rflags & ~RFLAGS_AC);
	CHECK_EQ(r.out.regs.rip, RIP + 3);
	r.regs.cpl = 3;
	CHECK_EQ(run("\x0f\x01\xca", 3), EXECUTE_EXCEPTION);
	CHECK_EQ(r.out.vector, 6);
	teardown();
}

static void what_must_not_run(void)
{
	static const struct {
		const char *name, *code;
		size_t size;
	} rows[] = {
		{"mov rsp,rax", "\x48\x89\xc4", 3},
		{"mov esp,eax", "\x89\xc4", 2},
		{"add rax,rsp", "\x48\x01\xe0", 3},
		{"and esp,-16", "\x83\xe4\xf0", 3},
		{"shl rsp,1", "\x48\xd1\xe4", 3},
		{"movzx esp,ah", "\x0f\xb6\xe4", 3},
		{"add spl,al", "\x40\x00\xc4", 3},
		{"bswap esp", "\x0f\xcc", 2},
		{"movq rsp,xmm0", "\x66\x48\x0f\x7e\xc4", 5},
		{"movd xmm0,esp", "\x66\x0f\x6e\xc4", 4},
		{"cvttsd2si rsp,xmm4", "\xf2\x48\x0f\x2c\xe4", 5},
		{"pmovmskb esp,xmm4", "\x66\x0f\xd7\xe4", 4},
		{"jmp rax", "\xff\xe0", 2},
		{"syscall", "\x0f\x05", 2},
		{"hlt", "\xf4", 1},
		{"int3", "\xcc", 1},
		{"int 0x80", "\xcd\x80", 2},
		{"ret", "\xc3", 1},
		{"cli", "\xfa", 1},
		{"swapgs", "\x0f\x01\xf8", 3},
		{"xgetbv", "\x0f\x01\xd0", 3},
		{"vmcall", "\x0f\x01\xc1", 3},
		{"rdmsr", "\x0f\x32", 2},
		{"cpuid", "\x0f\xa2", 2},
		{"wrfsbase rax", "\xf3\x48\x0f\xae\xd0", 5},
		{"lfence", "\x0f\xae\xe8", 3},
		{"mov ds,eax", "\x8e\xd8", 2},
		{"mov cr0,rax", "\x0f\x22\xc0", 3},
		{"nop", "\x90", 1},
		{"lea rax,[rbx]", "\x48\x8d\x03", 3},
		{"fld [rbx]", "\xd9\x03", 2},
		{"lock fld1", "\xf0\xd9\xe8", 3},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct execution_in in = {.regs = &r.regs};
		struct insn insn;

		check_row = rows[i].name;
		setup();
		r.out.why = NULL;
		if (decode(r.decoder, (const uint8_t *)rows[i].code, rows[i].size, MODE_64, &insn) == DECODE_OK) {
			in.insn = &insn;
			/* whatever execution the table names, here it is tried as a form without memory */
			CHECK_EQ(register_run(r.stubs, &r.host, &in, r.vector, &r.out), EXECUTE_REFUSED);
			CHECK(r.out.why != NULL);
		} else {
			CHECK(!register_form((const uint8_t *)rows[i].code, rows[i].size, MODE_64, &insn));
		}
		teardown();
	}
}

static void stubs_of_one_place_replace_each_other(void)
{
	static const uint8_t modrm[] = {0xc1, 0xc2, 0xc3, 0xca, 0xd3, 0xfe};

	setup();
	for (unsigned i = 0; i < 8; i++)
		put64(XMM0 + 16 * i, 1ull << i);
	for (unsigned round = 0; round < 3000; round++) {
		uint8_t code[] = {0x66, 0x0f, 0xef, modrm[round % sizeof(modrm)]}; /* pxor */
		unsigned to = code[3] >> 3 & 7, from = code[3] & 7;
		uint64_t expected = area64(XMM0 + 16 * to) ^ area64(XMM0 + 16 * from);

		CHECK_EQ(run((const char *)code, sizeof(code)), EXECUTE_OK);
		CHECK_EQ(area64(XMM0 + 16 * to), expected);
	}
	teardown();
}

static void only_listed_bytes_are_forms(void)
{
	struct insn insn;

	memset(&insn, 0x5a, sizeof(insn));
	CHECK(!register_form((const uint8_t *)"\xd9\xe8", 2, MODE_32, &insn));
	CHECK(!register_form((const uint8_t *)"\xd9", 1, MODE_64, &insn));
	CHECK(!register_form((const uint8_t *)"\x0f\x0b", 2, MODE_64, &insn));
	CHECK_EQ(insn.length, 0x5a); /* untouched */
	CHECK(register_form((const uint8_t *)"\xc5\xf8\x77", 3, MODE_64, &insn)); /* vzeroupper */
	CHECK_EQ(insn.length, 3);
	CHECK(!register_form((const uint8_t *)"\xc5\xf0\x77", 3, MODE_64, &insn)); /* its vvvv is not 1111 */
}

int main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(vectors_are_computed),
		CHECK_TEST(general_registers_and_flags_come_back),
		CHECK_TEST(x87_works_on_its_stack),
		CHECK_TEST(what_the_host_raises_is_the_guests),
		CHECK_TEST(stac_and_clac_are_for_the_supervisor),
		CHECK_TEST(what_must_not_run),
		CHECK_TEST(stubs_of_one_place_replace_each_other),
		CHECK_TEST(only_listed_bytes_are_forms),
	};
	struct executor *x = executor_new(); /* it takes the host's exceptions */
	int status;

	if (!x)
		return 1;
	status = check_run(tests, sizeof(tests) / sizeof(tests[0]));
	executor_free(x);
	return status;
}
