/* A known difference of the judge is that one difference: with any other beside it, it is a mismatch. */
#include "vmm/conform/known.h"

#include "tests/check.h"
#include "vmm/conform/arena.h"

static uint8_t cpu_bytes[ARENA_SIZE], kept_bytes[ARENA_SIZE];
static struct scene scene;
static struct result cpu, kept;
static struct harness harness;

/* A page fault of both in `add [rbx],eax`, the CPU's without the W bit. */
static void begin(unsigned judge)
{
	memset(&scene, 0, sizeof(scene));
	memset(&cpu, 0, sizeof(cpu));
	memset(cpu_bytes, 0, sizeof(cpu_bytes));
	memset(kept_bytes, 0, sizeof(kept_bytes));
	harness = (struct harness){.judge = judge, .cpu_bytes = cpu_bytes, .kept_bytes = kept_bytes, .flags = ~0ull};
	scene.decoded = DECODE_OK;
	scene.insn.mem.use = MEM_READ_WRITE;
	scene.insn.mem.size = 4;
	strcpy(scene.insn.text, "add [rbx],eax");
	cpu.kind = RESULT_FAULT;
	cpu.vector = 14;
	cpu.error = 4;
	cpu.cr2 = ARENA_BASE;
	cpu.rip = ARENA_RIP;
	kept = cpu;
	kept.error = 6;
}

static bool is_known(void)
{
	return known_difference(&harness, &scene, &cpu, &kept) >= 0;
}

static void only_this_judge_and_only_this(void)
{
	begin(JUDGE_TCG);
	CHECK(is_known());
	begin(JUDGE_CPU);
	CHECK(!is_known());
	begin(JUDGE_PVM);
	CHECK(!is_known());
	begin(JUDGE_TCG);
	scene.insn.mem.use = MEM_READ; /* no read-modify-write */
	CHECK(!is_known());
	begin(JUDGE_TCG);
	kept.cr2++;
	CHECK(!is_known());
	begin(JUDGE_TCG);
	kept.gpr[3] = 1;
	CHECK(!is_known());
	begin(JUDGE_TCG);
	kept_bytes[ARENA_MEMORY * ARENA_PAGE] = 1;
	CHECK(!is_known());
	begin(JUDGE_TCG);
	cpu.error = 5; /* another bit, too */
	CHECK(!is_known());
	begin(JUDGE_TCG);
	cpu.error = 6, kept.error = 4; /* lodestore's error, not QEMU's */
	CHECK(!is_known());
}

static void names_are_whole_words(void)
{
	begin(JUDGE_EMULATOR);
	scene.insn.mem.use = MEM_READ;
	cpu.kind = kept.kind = RESULT_DONE;
	kept.gpr[0] = 63;
	kept.rflags = 1;
	strcpy(scene.insn.text, "lzcnt rax,[rbx]");
	CHECK(is_known());
	strcpy(scene.insn.text, "lzcntx rax,[rbx]");
	CHECK(!is_known());
	strcpy(scene.insn.text, "lzcnt rax,[rbx]");
	kept.gpr[1] = 1; /* another register than its destination */
	CHECK(!is_known());
}

/* LOCK NOP and LOCK FXSAVE, but nothing else with LOCK. */
static void what_pvm_does_with_lock(void)
{
	static const struct {
		const char *name;
		uint8_t bytes[4];
		enum result_kind kind;
		unsigned beyond; /* RIP */
		bool is_known;
	} rows[] = {
		{"lock nop", {0xf0, 0x0f, 0x1f, 0x03}, RESULT_DONE, 4, true},
		{"lock nop, and a fault behind it", {0xf0, 0x0f, 0x1f, 0x03}, RESULT_FAULT, 4, true},
		{"lock nop that faults", {0xf0, 0x0f, 0x1f, 0x03}, RESULT_FAULT, 0, false},
		{"nop", {0x3e, 0x0f, 0x1f, 0x03}, RESULT_DONE, 4, false},
		{"lock fxsave", {0xf0, 0x0f, 0xae, 0x03}, RESULT_FAULT, 0, true},
		{"lock fxrstor", {0xf0, 0x0f, 0xae, 0x0b}, RESULT_DONE, 4, true},
		{"lock ldmxcsr", {0xf0, 0x0f, 0xae, 0x13}, RESULT_DONE, 4, false},
		{"lock movups", {0xf0, 0x0f, 0x10, 0x03}, RESULT_DONE, 4, false},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row = rows[i].name;
		begin(JUDGE_PVM);
		scene.decoded = DECODE_INVALID;
		memcpy(scene.from.bytes, rows[i].bytes, sizeof(rows[i].bytes));
		scene.from.length = sizeof(rows[i].bytes);
		cpu.kind = rows[i].kind;
		cpu.rip = ARENA_RIP + rows[i].beyond;
		CHECK_EQ(is_known(), rows[i].is_known);
		harness.judge = JUDGE_CPU;
		CHECK(!is_known());
	}
}

static void pvm_drops_alignment_checks(void)
{
	begin(JUDGE_PVM);
	kept.vector = 17;
	cpu.kind = RESULT_DONE;
	scene.regs.gpr[GPR_RSP] = 0x800000000000;
	CHECK(is_known());
	scene.regs.gpr[GPR_RSP] = 0x7ffffffffff8;
	CHECK(!is_known());
	scene.regs.gpr[GPR_RSP] = 0xffff800000000000;
	CHECK(!is_known());
	scene.regs.gpr[GPR_RSP] = 0x800000000000;
	kept.vector = 13;
	CHECK(!is_known());
}

static void pvm_forgets_segments(void)
{
	static const struct {
		const char *name;
		uint8_t bytes[4];
		bool is_known;
	} rows[] = {
		{"gs, es", {0x65, 0x26, 0xff, 0x13}, true},  {"fs, ds", {0x64, 0x3e, 0xff, 0x13}, true},
		{"es, gs", {0x26, 0x65, 0xff, 0x13}, false}, {"gs", {0x65, 0x66, 0xff, 0x13}, false},
		{"es", {0x66, 0x26, 0xff, 0x13}, false},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row = rows[i].name;
		begin(JUDGE_PVM);
		memcpy(scene.insn.bytes, rows[i].bytes, sizeof(rows[i].bytes));
		scene.insn.fields.prefix_size = 2;
		kept.vector = 13;
		CHECK_EQ(is_known(), rows[i].is_known);
		kept.vector = 14;
		CHECK(!is_known());
	}
}

static void pvm_keeps_selectors(void)
{
	static const struct {
		const char *name;
		uint8_t bytes[3];
		bool asked;
	} rows[] = {
		{"pop fs", {0x0f, 0xa1}, false},     {"pop gs", {0x0f, 0xa9}, false},
		{"lss", {0x0f, 0xb2, 0x03}, false},  {"lfs", {0x0f, 0xb4, 0x03}, false},
		{"lgs", {0x0f, 0xb5, 0x03}, false},  {"push gs", {0x0f, 0xa8}, true},
		{"movzx", {0x0f, 0xb6, 0x03}, true},
	};
	struct decoder *d = decoder_new();
	struct insn insn;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row = rows[i].name;
		CHECK_EQ(decode(d, rows[i].bytes, sizeof(rows[i].bytes), MODE_64, &insn), DECODE_OK);
		CHECK_EQ(!known_unfit(JUDGE_PVM, &insn), rows[i].asked);
		CHECK(!known_unfit(JUDGE_CPU, &insn));
	}
	decoder_free(d);
}

static void each_has_a_reason(void)
{
	CHECK(known_rows() > 0 && known_rows() <= KNOWN_MAX);
	for (unsigned i = 0; i < known_rows(); i++)
		CHECK(strlen(known_reason(i)) > 20);
	CHECK_STR(known_reason(known_rows()), "?");
}

CHECK_MAIN(CHECK_TEST(only_this_judge_and_only_this), CHECK_TEST(names_are_whole_words),
	   CHECK_TEST(what_pvm_does_with_lock), CHECK_TEST(pvm_drops_alignment_checks),
	   CHECK_TEST(pvm_forgets_segments), CHECK_TEST(pvm_keeps_selectors), CHECK_TEST(each_has_a_reason))
