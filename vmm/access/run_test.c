/* Runs without KVM: what they carry out, what ends them, and that what ends them has not happened. */
#include "vmm/access/run.h"

#include "capmodel/catalog.h"
#include "tests/small_monitor.h"

#define LENGTH 100
#define KEPT 0x9000 /* the linear address of FAR_PAGE */
#define ABSENT_PAGE 0xd000 /* mapped to what is no memory */
#define RIP_AT(n) (CODE + (n))

/* What the machine would be told. */
struct told {
	struct plan *plan;
	struct regs put;
	unsigned puts, ends, calls, calls_max;
	enum outcome last;
	bool vector;
};

struct rig {
	struct monitor m;
	struct keeper *keeper;
	struct run *run;
	struct vector_state *vector;
	struct told told;
};

static struct rig r;

static bool called(void *self)
{
	struct told *t = self;

	return t->calls_max && ++t->calls > t->calls_max;
}

static bool ended(void *self, enum outcome end)
{
	struct told *t = self;

	t->ends++;
	t->last = end;
	t->plan->committed = end == OUTCOME_NEXT;
	access_complete(t->plan);
	return end == OUTCOME_NEXT;
}

static void put(void *self, const struct regs *regs, bool vector)
{
	struct told *t = self;

	t->puts++;
	t->put = *regs;
	t->vector |= vector;
}

static struct vector_state *vector_of(void *self)
{
	return ((struct rig *)self)->vector;
}

static void make_vector(void)
{
	uint64_t present = XSTATE_X87 | XSTATE_SSE;
	uint32_t mxcsr = 0x1d00; /* invalid operations and divisions by zero are not masked */
	uint16_t fcw = 0x37f;

	r.vector = aligned_alloc(64, sizeof(*r.vector));
	memset(r.vector, 0, sizeof(*r.vector));
	vector_layout_read(&r.vector->layout);
	r.vector->features = present;
	memcpy(r.vector->area, &fcw, sizeof(fcw));
	memcpy(r.vector->area + 24, &mxcsr, sizeof(mxcsr));
	memcpy(r.vector->area + 512, &present, sizeof(present));
	r.m.env.vector = vector_of;
	r.m.env.vector_self = &r;
}

static void setup(const char *spec)
{
	struct keeper_env env = {.size = PAGE_SIZE, .log = stderr};
	char error[KEEPER_ERROR] = "";

	memset(&r, 0, sizeof(r));
	build_memory();
	((uint64_t *)(void *)bytes_at(TABLES))[512 * 3 + ABSENT_PAGE / PAGE_SIZE] = 0x100000 | FLAGS;
	monitor_begin(&r.m, DATA);
	make_vector();
	env.bytes = bytes_at(FAR_PAGE);
	r.keeper = keeper_parse(spec, &env, error);
	CHECK_STR(error, "");
	CHECK_EQ(space_put_entry(space, (gpa_t){FAR_PAGE}, PAGE_SIZE, cap_entry(r.keeper, RIGHTS_ALL, 0), false), 0);
	CHECK_EQ(trap_set(trap, (gpa_t){FAR_PAGE}, TRAP_ALL), 0);
	r.run = run_new(LENGTH, UINT64_MAX);
	r.told.plan = r.m.plan;
	r.m.regs.gpr[GPR_RSI] = KEPT;
	r.m.regs.gpr[GPR_RSP] = DATA + 0x800;
	r.m.regs.cr0 |= CR0_NE;
	r.m.regs.cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT;
}

static void teardown(void)
{
	run_free(r.run);
	free(r.vector);
	monitor_end(&r.m);
	free_memory();
	keeper_free(r.keeper);
}

static void go(const char *code, size_t size)
{
	struct run_host host = {.self = &r.told, .called = called, .ended = ended, .put = put};

	memcpy(bytes_at(CODE), code, size);
	r.m.plan->after.regs = r.m.regs;
	run_go(r.run, &r.m.env, r.m.plan, 0x1234, &host);
}

static enum run_end last_end(void)
{
	for (unsigned i = 0; i < RUN_ENDS; i++)
		if (run_stats(r.run)->ends[i])
			return (enum run_end)i;
	return RUN_ENDS;
}

/* --- what it carries out ------------------------------------------------------------------------------ */

static void a_loop_over_both_kinds_of_memory(void)
{
	/* again: add [rsi],ecx; lock add [rbx],ecx; lea edx,[rcx+1]; call f; loop again; cli; f: ret */
	static const char code[] = "\x01\x0e\xf0\x01\x0b\x8d\x51\x01\xe8\x03\x00\x00\x00\xe2\xf1\xfa\xc3";

	setup("memory");
	r.m.regs.gpr[GPR_RCX] = 5;
	go(code, sizeof(code) - 1);
	CHECK_EQ(last_end(), RUN_INSTRUCTION);
	CHECK_EQ(r.told.put.rip, RIP_AT(15));
	CHECK_EQ(r.told.put.gpr[GPR_RCX], 0);
	CHECK_EQ(r.told.put.gpr[GPR_RDX], 2);
	CHECK_EQ(r.told.put.gpr[GPR_RSP], DATA + 0x800);
	CHECK_EQ(*bytes_at(FAR_PAGE), 15);
	CHECK_EQ(*bytes_at(DATA), 15);
	CHECK_EQ(*(uint64_t *)(void *)bytes_at(DATA + 0x7f8), RIP_AT(13)); /* what call pushed */
	CHECK_EQ(run_stats(r.run)->instructions, 5 * 6);
	CHECK_EQ(run_stats(r.run)->accesses, 5);
	CHECK_EQ(r.keeper->loads, 5);
	CHECK_EQ(r.keeper->stores, 5);
	CHECK_EQ(r.told.puts, 1);
	CHECK(!r.told.vector);
	CHECK_EQ(bytes_at(TABLES + 3 * PAGE_SIZE + 8 * CODE / PAGE_SIZE)[0] & 0x20, 0x20); /* fetched: accessed */
	teardown();
}

static void elements_of_a_rep(void)
{
	setup("log:memory"); /* which has to see each */
	r.m.regs.gpr[GPR_RCX] = 6;
	r.m.regs.gpr[GPR_RDI] = DATA + 0x100;
	memcpy(bytes_at(FAR_PAGE), "abcdefgh", 8);
	go("\xf3\xa4\xf4", 3); /* rep movsb; hlt */
	CHECK_EQ(last_end(), RUN_INSTRUCTION);
	CHECK_EQ(run_stats(r.run)->instructions, 6);
	CHECK(memcmp(bytes_at(DATA + 0x100), "abcdef\0", 7) == 0);
	CHECK_EQ(r.told.put.rip, RIP_AT(2));
	teardown();
}

static void code_that_changes_itself(void)
{
	/* mov byte [rip+3],0x29 (on what follows); mov eax,[rsi]; x: add ebx,eax -> sub; dec ecx; jnz x-8; hlt */
	static const char code[] = "\x01\xc3\xc6\x05\xf7\xff\xff\xff\x29\x8b\x06\xff\xc9\x75\xf1\xf4";

	setup("memory");
	*bytes_at(FAR_PAGE) = 7;
	r.m.regs.gpr[GPR_RAX] = 5;
	r.m.regs.gpr[GPR_RBX] = 0x100;
	r.m.regs.gpr[GPR_RCX] = 3;
	go(code, sizeof(code) - 1);
	CHECK_EQ(last_end(), RUN_INSTRUCTION);
	CHECK_EQ(r.told.put.gpr[GPR_RBX], 0x100 + 5 - 7 - 7);
	teardown();
}

/* The host keeps its own stack pointer: another register stands for the guest's. */
static void the_stack_pointer_as_an_operand(void)
{
	/* sub rsp,24; mov rax,rsp; xor ecx,esp; cmp rsp,rax; add [rsi],eax; and rsp,-256; mov esp,r9d; hlt */
	static const char code[] = "\x48\x83\xec\x18\x48\x89\xe0\x31\xe1\x48\x39\xc4\x01\x06"
				   "\x48\x81\xe4\x00\xff\xff\xff\x44\x89\xcc\xf4";

	setup("memory");
	r.m.regs.gpr[GPR_R9] = 0x1234567800007770;
	go(code, sizeof(code) - 1);
	CHECK_EQ(last_end(), RUN_INSTRUCTION);
	CHECK_EQ(r.told.put.rip, RIP_AT(sizeof(code) - 2));
	CHECK_EQ(r.told.put.gpr[GPR_RAX], DATA + 0x800 - 24);
	CHECK_EQ(r.told.put.gpr[GPR_RCX], DATA + 0x800 - 24);
	CHECK_EQ(r.told.put.gpr[GPR_RDX], 0);
	CHECK_EQ(r.told.put.gpr[GPR_RSP], 0x7770);
	CHECK_EQ(*(uint32_t *)(void *)bytes_at(FAR_PAGE), DATA + 0x800 - 24);
	teardown();
}

/* --- what ends it ---------------------------------------------------------------------------------------- */

struct row {
	const char *name, *code;
	unsigned size;
	enum run_end end;
};

/* inc eax, then this: the first has happened, the second not at all. */
static void ends_before(const struct row *row)
{
	static const uint8_t inc[] = {0xff, 0xc0};
	uint8_t code[2 + INSN_MAX], area[XSAVE_AREA], *memory = malloc(MEMORY);
	struct regs expected;

	check_row = row->name;
	setup("memory");
	memcpy(code, inc, 2);
	memcpy(code + 2, row->code, row->size);
	r.m.env.ones_for_absent = true;
	r.m.regs.gpr[GPR_RDI] = r.m.regs.gpr[GPR_R8] = UNMAPPED;
	r.m.regs.gpr[GPR_R9] = 1ull << 47;
	r.m.regs.gpr[GPR_R10] = ABSENT_PAGE;
	expected = r.m.regs;
	expected.gpr[GPR_RAX] = 1;
	expected.rip = RIP_AT(2);
	memcpy(bytes_at(CODE), code, sizeof(code));
	memcpy(memory, bytes_at(0), MEMORY);
	memcpy(area, r.vector->area, sizeof(area));
	go((char *)code, 2 + row->size);
	CHECK_EQ(last_end(), row->end);
	CHECK_EQ(run_stats(r.run)->instructions, 1);
	CHECK(memcmp(r.told.put.gpr, expected.gpr, sizeof(expected.gpr)) == 0);
	CHECK_EQ(r.told.put.rip, expected.rip);
	CHECK_EQ(r.told.put.rflags, expected.rflags);
	CHECK_EQ(r.told.ends, 0);
	CHECK_EQ(r.keeper->loads + r.keeper->stores, 0);
	CHECK_EQ(r.m.env.absent_accesses, 0);
	CHECK(memcmp(area, r.vector->area, sizeof(area)) == 0);
	CHECK(memcmp(memory + DATA, bytes_at(DATA), MEMORY - DATA) == 0);
	teardown();
	free(memory);
}

static void instructions_that_end_it(void)
{
	static const struct row rows[] = {
		{"cli", "\xfa", 1, RUN_INSTRUCTION},
		{"sti", "\xfb", 1, RUN_INSTRUCTION},
		{"hlt", "\xf4", 1, RUN_INSTRUCTION},
		{"pushf", "\x9c", 1, RUN_INSTRUCTION},
		{"popf", "\x9d", 1, RUN_INSTRUCTION},
		{"mov ss,ax", "\x8e\xd0", 2, RUN_INSTRUCTION},
		{"mov ss,[rbx]", "\x8e\x13", 2, RUN_INSTRUCTION},
		{"mov ds,[rsi]", "\x8e\x1e", 2, RUN_INSTRUCTION},
		{"mov [rsi],ds", "\x8c\x1e", 2, RUN_INSTRUCTION},
		{"pop fs", "\x0f\xa1", 2, RUN_INSTRUCTION},
		{"lss rsp,[rbx]", "\x48\x0f\xb2\x23", 4, RUN_INSTRUCTION},
		{"in al,dx", "\xec", 1, RUN_INSTRUCTION},
		{"out 0xf4,al", "\xe6\xf4", 2, RUN_INSTRUCTION},
		{"insb", "\x6c", 1, RUN_INSTRUCTION},
		{"rdtsc", "\x0f\x31", 2, RUN_INSTRUCTION},
		{"rdtscp", "\x0f\x01\xf9", 3, RUN_INSTRUCTION},
		{"cpuid", "\x0f\xa2", 2, RUN_INSTRUCTION},
		{"rdmsr", "\x0f\x32", 2, RUN_INSTRUCTION},
		{"wrmsr", "\x0f\x30", 2, RUN_INSTRUCTION},
		{"mov cr3,rax", "\x0f\x22\xd8", 3, RUN_INSTRUCTION},
		{"mov dr7,rax", "\x0f\x23\xf8", 3, RUN_INSTRUCTION},
		{"invlpg [rsi]", "\x0f\x01\x3e", 3, RUN_INSTRUCTION},
		{"lgdt [rbx]", "\x0f\x01\x13", 3, RUN_INSTRUCTION},
		{"sgdt [rsi]", "\x0f\x01\x06", 3, RUN_INSTRUCTION},
		{"swapgs", "\x0f\x01\xf8", 3, RUN_INSTRUCTION},
		{"wrfsbase rax", "\xf3\x48\x0f\xae\xd0", 5, RUN_INSTRUCTION},
		{"xgetbv", "\x0f\x01\xd0", 3, RUN_INSTRUCTION},
		{"syscall", "\x0f\x05", 2, RUN_INSTRUCTION},
		{"sysenter", "\x0f\x34", 2, RUN_INSTRUCTION},
		{"int 0x80", "\xcd\x80", 2, RUN_INSTRUCTION},
		{"int3", "\xcc", 1, RUN_INSTRUCTION},
		{"int1", "\xf1", 1, RUN_INSTRUCTION},
		{"iretq", "\x48\xcf", 2, RUN_INSTRUCTION},
		{"far ret", "\xcb", 1, RUN_INSTRUCTION},
		{"far jmp [rbx]", "\xff\x2b", 2, RUN_INSTRUCTION},
		{"ud2", "\x0f\x0b", 2, RUN_INSTRUCTION},
		{"no such opcode", "\x06", 1, RUN_INSTRUCTION},
		{"vmcall", "\x0f\x01\xc1", 3, RUN_INSTRUCTION},
		{"rdrand eax", "\x0f\xc7\xf0", 3, RUN_INSTRUCTION},
		{"fxsave [rbx]", "\x0f\xae\x03", 3, RUN_INSTRUCTION},
		{"xsave [rbx]", "\x0f\xae\x23", 3, RUN_INSTRUCTION},
		{"mov esp,ss", "\x8c\xd4", 2, RUN_INSTRUCTION},
		{"mov spl,al", "\x40\x88\xc4", 3, RUN_INSTRUCTION},
		{"xchg rsp,rsp", "\x48\x87\xe4", 3, RUN_INSTRUCTION},
		{"mov rsp,0x5", "\x48\xc7\xc4\x05\0\0\0", 7, RUN_INSTRUCTION},
		{"66 jmp", "\x66\xeb\x00", 3, RUN_INSTRUCTION},
		{"div ecx, by zero", "\xf7\xf1", 2, RUN_EXCEPTION},
		{"jmp r9, not canonical", "\x41\xff\xe1", 3, RUN_EXCEPTION},
		{"vaddps ymm0, not enabled", "\xc5\xfc\x58\xc0", 4, RUN_EXCEPTION},
		{"vmovaps ymm0,[rsi], not enabled", "\xc5\xfc\x28\x06", 4, RUN_EXCEPTION},
		{"divps by zero, not masked", "\x0f\x5e\xc1", 3, RUN_EXCEPTION},
		{"divps [rbx] by zero, not masked", "\x0f\x5e\x03", 3, RUN_OPERAND},
		{"div dword [rbx], by zero", "\xf7\x33", 2, RUN_OPERAND},
		{"mov eax,[r8], not mapped", "\x41\x8b\x00", 3, RUN_OPERAND},
		{"movaps xmm0,[rsi+4], not aligned", "\x0f\x28\x46\x04", 4, RUN_OPERAND},
		{"movs from a kept page to one not mapped", "\xa4", 1, RUN_OPERAND},
		{"mov eax,[r10], absent", "\x41\x8b\x02", 3, RUN_OPERAND},
		{"mov [r10],eax, absent", "\x41\x89\x02", 3, RUN_OPERAND},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ends_before(&rows[i]);
}

/* At UNMAPPED - 2: the page after ends what can be read. */
static enum run_end at_end_of_page(const char *code, size_t size, bool trapped)
{
	setup("memory");
	memcpy(bytes_at(UNMAPPED - 2), code, size);
	r.m.regs.rip = UNMAPPED - 2;
	if (trapped)
		CHECK_EQ(trap_set(trap, (gpa_t){UNMAPPED - PAGE_SIZE}, TRAP_ALL), 0);
	((uint64_t *)(void *)bytes_at(TABLES))[512 * 3 + (UNMAPPED - 1) / PAGE_SIZE] = (UNMAPPED - PAGE_SIZE) | FLAGS;
	go("", 0);
	CHECK_EQ(run_stats(r.run)->instructions, r.told.put.rip == UNMAPPED);
	CHECK_EQ(r.told.puts, 1);
	return last_end();
}

static void code_that_cannot_be_read(void)
{
	CHECK_EQ(at_end_of_page("\xff\xc0", 2, false), RUN_CODE);
	CHECK_EQ(r.told.put.gpr[GPR_RAX], 1);
	teardown();
	CHECK_EQ(at_end_of_page("\x81\xc0", 2, false), RUN_INSTRUCTION); /* four bytes of it are missing */
	CHECK_EQ(r.told.put.rip, UNMAPPED - 2);
	teardown();
	CHECK_EQ(at_end_of_page("\xff\xc0", 2, true), RUN_CODE);
	CHECK_EQ(r.told.put.rip, UNMAPPED - 2);
	teardown();
	setup("memory");
	r.m.regs.rip = 0x7fffffffffff; /* what would be read lies beyond */
	go("", 0);
	CHECK_EQ(last_end(), RUN_CODE);
	teardown();
}

/* add dword [rsi],1; jmp back */
static const char endless[] = "\x83\x06\x01\xeb\xfb";

static void bounds(void)
{
	setup("memory");
	go(endless, sizeof(endless) - 1);
	CHECK_EQ(last_end(), RUN_LENGTH);
	CHECK_EQ(run_stats(r.run)->instructions, LENGTH);
	CHECK_EQ(run_stats(r.run)->accesses, LENGTH / 2);
	CHECK_EQ(*bytes_at(FAR_PAGE), LENGTH / 2);
	CHECK_EQ(r.told.put.rip, CODE);
	teardown();

	setup("memory");
	r.told.calls_max = 7;
	go(endless, sizeof(endless) - 1);
	CHECK_EQ(last_end(), RUN_CALLED);
	CHECK_EQ(run_stats(r.run)->instructions, 7);
	CHECK_EQ(r.told.put.rip, RIP_AT(3));
	teardown();

	setup("memory");
	go("\xeb\xfe", 2);
	CHECK_EQ(last_end(), RUN_GAP);
	CHECK_EQ(run_stats(r.run)->instructions, RUN_GAP_MAX);
	teardown();

	setup("memory");
	run_free(r.run);
	r.run = run_new(LENGTH, 0);
	go(endless, sizeof(endless) - 1);
	CHECK_EQ(last_end(), RUN_TIME);
	CHECK(run_stats(r.run)->instructions < 20);
	teardown();
}

/* The keeper's answer goes to the guest as ever, and the registers before are the vCPU's by then. */
static void a_denied_access(void)
{
	setup("deny");
	go("\xff\xc0\x8b\x06", 4);
	CHECK_EQ(last_end(), RUN_ACCESS);
	CHECK_EQ(r.told.ends, 1);
	CHECK_EQ(r.told.last, OUTCOME_FAULT);
	CHECK_EQ(r.told.puts, 1);
	CHECK_EQ(r.told.put.rip, RIP_AT(2));
	CHECK_EQ(r.told.put.gpr[GPR_RAX], 1);
	CHECK_EQ(r.m.plan->before.rip, RIP_AT(2));
	teardown();
}

/* Its keeper has given the divisor: it is not asked once more. */
static void an_exception_of_what_a_keeper_gave(void)
{
	setup("memory");
	go("\xf7\x36", 2); /* div dword [rsi] */
	CHECK_EQ(last_end(), RUN_ACCESS);
	CHECK_EQ(r.told.last, OUTCOME_FAULT);
	CHECK_EQ(r.m.plan->fault.vector, 0);
	CHECK_EQ(r.keeper->loads, 1);
	teardown();
}

static void vectors_are_told_to_have_changed(void)
{
	setup("memory");
	memcpy(bytes_at(FAR_PAGE), "0123456789abcdef", 16);
	/* movups xmm0,[rsi]; paddb xmm0,xmm0; movups [rbx],xmm0; divps xmm1,xmm1, which is 0 by 0 */
	go("\x0f\x10\x06\x66\x0f\xfc\xc0\x0f\x11\x03\x0f\x5e\xc9", 13);
	CHECK_EQ(last_end(), RUN_EXCEPTION);
	CHECK(r.told.vector);
	CHECK_EQ(*bytes_at(DATA), 2 * '0');
	CHECK_EQ(*bytes_at(DATA + 15), 2 * 'f');
	CHECK_EQ(r.vector->area[160], 2 * '0'); /* XMM0 */
	CHECK_EQ(r.vector->area[24] & 0x3f, 0); /* MXCSR tells of no exception: the CPU will */
	teardown();
}

/* What the supervisor stores may be page tables, of which KVM without NPT or EPT keeps copies. */
static void stores_that_kvm_has_to_see(void)
{
	static const char code[] = "\x8b\x03\x89\x06\x89\x03"; /* mov eax,[rbx]; mov [rsi],eax; mov [rbx],eax */

	for (unsigned cpl = 0; cpl <= 3; cpl += 3) {
		setup("memory");
		r.m.env.shadow_paging = true;
		r.m.regs.cpl = (uint8_t)cpl;
		memset(bytes_at(CODE), 0xf4, 16);
		go(code, sizeof(code) - 1);
		CHECK_EQ(last_end(), cpl ? RUN_INSTRUCTION : RUN_OPERAND);
		CHECK_EQ(r.told.put.rip, RIP_AT(cpl ? 6 : 4));
		CHECK_EQ(r.keeper->stores, 1);
		teardown();
	}
}

/* --- when it may begin ------------------------------------------------------------------------------------ */

static void only_where_it_knows_all(void)
{
	static const struct {
		const char *name;
		uint64_t rflags, cr4, efer;
		enum cpu_mode mode;
		bool worth;
	} rows[] = {
		{"plain", RFLAGS_FIXED, CR4_PAE, EFER_LMA, MODE_64, true},
		{"TF", RFLAGS_FIXED | RFLAGS_TF, CR4_PAE, EFER_LMA, MODE_64, false},
		{"protection keys", RFLAGS_FIXED, CR4_PAE | CR4_PKE, EFER_LMA, MODE_64, false},
		{"shadow stacks", RFLAGS_FIXED, CR4_PAE | 1ull << 23, EFER_LMA, MODE_64, false},
		{"segment limits", RFLAGS_FIXED, CR4_PAE, EFER_LMA | 1ull << 13, MODE_64, false},
		{"32-bit code", RFLAGS_FIXED, CR4_PAE, EFER_LMA, MODE_32, false},
		{"16-bit code", RFLAGS_FIXED, 0, 0, MODE_16, false},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run *run = run_new(LENGTH, UINT64_MAX);
		struct regs regs = {
			.rflags = rows[i].rflags, .cr4 = rows[i].cr4, .efer = rows[i].efer, .mode = rows[i].mode};

		check_row = rows[i].name;
		CHECK(!run_is_worth(run, CODE, &regs)); /* the first time */
		CHECK_EQ(run_is_worth(run, CODE, &regs), rows[i].worth);
		run_free(run);
	}
}

/* A place from which no run reaches another access is tried ever more rarely; one that pays, always. */
static void places_that_pay(void)
{
	unsigned tried = 0;

	setup("memory");
	for (unsigned i = 0; i < 1000; i++) {
		if (!run_is_worth(r.run, 0x1234, &r.m.regs))
			continue;
		go("\xf4", 1);
		tried++;
	}
	CHECK(tried >= 5 && tried <= 12);
	for (unsigned i = 0; i < 2000 && !run_is_worth(r.run, 0x1234, &r.m.regs); i++)
		;
	go(endless, sizeof(endless) - 1);
	for (unsigned i = 0; i < 100; i++)
		CHECK(run_is_worth(r.run, 0x1234, &r.m.regs));
	teardown();
}

int main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(a_loop_over_both_kinds_of_memory),
		CHECK_TEST(elements_of_a_rep),
		CHECK_TEST(code_that_changes_itself),
		CHECK_TEST(the_stack_pointer_as_an_operand),
		CHECK_TEST(instructions_that_end_it),
		CHECK_TEST(code_that_cannot_be_read),
		CHECK_TEST(bounds),
		CHECK_TEST(a_denied_access),
		CHECK_TEST(an_exception_of_what_a_keeper_gave),
		CHECK_TEST(vectors_are_told_to_have_changed),
		CHECK_TEST(stores_that_kvm_has_to_see),
		CHECK_TEST(only_where_it_knows_all),
		CHECK_TEST(places_that_pay),
	};

	return check_run(tests, sizeof(tests) / sizeof(tests[0]));
}
