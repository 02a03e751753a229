/*
 * Which bytes a masked instruction touches, against this host's CPU: the operand
 * is laid across the border of a page that faults, at every byte of it, under many
 * masks. It faults if and only if memrefs_of() names a byte beyond the border.
 */
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#undef REG_RIP /* <signal.h> has one of its own, and insn.h another */

#include "decoder/decode.h"
#include "decoder/memref.h"
#include "decoder/table.h"
#include "tests/check.h"
#include "tests/vector_ones.h"

#define PAGE 4096
#define LEAST_FORMS 1500

static sigjmp_buf resume;

static void caught(int signal)
{
	siglongjmp(resume, signal);
}

/* code: one instruction with [rbx], then ret. Returns the signal, 0 if it ran. k1 is mask, vectors are zero. */
__attribute__((noinline)) static int run(const uint8_t *code, uint8_t *operand, uint64_t mask)
{
	volatile int signal = sigsetjmp(resume, 0);

	if (signal)
		return signal;
	__asm__ volatile("vzeroall\n\t"
			 "kmovq %1, %%k1\n\t"
			 "mov %0, %%rbx\n\t"
			 "call *%2\n\t"
			 "vzeroupper"
			 :
			 : "r"(operand), "r"(mask), "r"(code)
			 : "rax", "rbx", "rcx", "rdx", "memory");
	return 0;
}

struct arena {
	uint8_t *code;
	uint8_t *below; /* bytes before it may be touched, it and what follows may not */
	uint8_t *above; /* the other way round */
};

static bool arena_new(struct arena *a)
{
	uint8_t *pages = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sigaction action = {.sa_handler = caught, .sa_flags = SA_NODEFER};

	a->code = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || a->code == MAP_FAILED || mprotect(pages + PAGE, 2 * PAGE, PROT_NONE) != 0)
		return false;
	a->below = pages + PAGE;
	a->above = pages + 3 * PAGE;
	return sigaction(SIGSEGV, &action, NULL) == 0 && sigaction(SIGILL, &action, NULL) == 0 &&
	       sigaction(SIGBUS, &action, NULL) == 0;
}

/* First and one past the last byte of the operand that is touched; 0, 0 if none. */
static void touched(const struct insn *insn, uint64_t mask, unsigned *first, unsigned *end)
{
	static struct vector_state vector;
	struct regs regs = {.mode = MODE_64, .stack_size = 8};
	struct memref refs[MEMREF_MAX];
	unsigned n;

	vector_ones(&vector);
	vector_set_mask(&vector, 1, mask);
	n = memrefs_of(insn, &regs, &vector, refs);
	*first = n ? refs[0].at : 0;
	*end = n ? refs[n - 1].at + refs[n - 1].size : 0;
}

static void compare(const struct arena *a, const struct insn *insn, uint64_t mask)
{
	unsigned first, end;
	unsigned step = insn->flags & INSN_ALIGNED ? insn->mem.align : insn->element ? insn->element : 4;

	touched(insn, mask, &first, &end);
	for (unsigned border = 0; border <= 64; border += step) {
		bool beyond = end > border;
		bool before = end && first < border;

		CHECK_AT((run(a->code, a->below - border, mask) != 0) == beyond, "mask %llx, %u bytes before the page",
			 (unsigned long long)mask, border);
		CHECK_AT((run(a->code, a->above - border, mask) != 0) == before, "mask %llx, %u bytes into the page",
			 (unsigned long long)mask, border);
	}
}

/* Compares one form; false if the CPU does not have it. */
static bool compare_form(const struct arena *a, struct decoder *d, const uint8_t bytes[INSN_MAX])
{
	static const uint64_t masks[] = {0,      1,      2,       8,          0x80,
					 0x100,  0x8000, 0x10000, 1ull << 63, 0x42,
					 0x8001, 0x180,  0xfff0,  ~0ull,      0xaaaaaaaaaaaaaaaa};
	struct insn insn;

	if (decode(d, bytes, INSN_MAX, MODE_64, &insn) != DECODE_OK || !(insn.fields.mask))
		return false;
	memcpy(a->code, bytes, insn.length);
	a->code[insn.length] = 0xc3;
	if (run(a->code, a->below - 1024, ~0ull) == SIGILL)
		return false;
	check_row = insn.text;
	for (unsigned i = 0; i < sizeof(masks) / sizeof(masks[0]); i++)
		compare(a, &insn, masks[i]);
	check_row = "";
	return true;
}

static unsigned compare_row(const struct arena *a, struct decoder *d, const struct table_row *row)
{
	unsigned forms = 0;

	for (unsigned i = 0; i < 2 * 3 * 2; i++) {
		unsigned w = i & 1, broadcast = i >> 1 & 1, length = i >> 2;
		uint8_t bytes[INSN_MAX] = {0x62,
					   (uint8_t)(0xf0 | row->map),
					   (uint8_t)(w << 7 | 0x7c | row->prefix),
					   (uint8_t)(length << 5 | broadcast << 4 | 0x09),
					   row->opcode,
					   (uint8_t)(0x03 | (row->digit > 0 ? row->digit : 0) << 3),
					   1};

		if (broadcast && !row->broadcast)
			continue;
		if ((row->w == W_0 && w) || (row->w == W_1 && !w))
			continue;
		forms += compare_form(a, d, bytes);
	}
	return forms;
}

static void masked_bytes_are_the_cpus(void)
{
	struct decoder *d = decoder_new();
	struct arena a = {0};
	unsigned forms = 0;

	if (!__builtin_cpu_supports("avx512bw")) {
		SKIP("this CPU has no AVX-512");
		return;
	}
	if (!d || !arena_new(&a)) {
		CHECK(false);
		return;
	}
	for (unsigned row = 0; d && row < table_rows(); row++) {
		const struct table_row *r = table_row(row);

		if (r->encoding == ENC_EVEX && r->mask != MASK_NEVER && !r->index_size)
			forms += compare_row(&a, d, r);
	}
	printf("masked forms against the CPU: %u\n", forms);
	CHECK(forms >= LEAST_FORMS);
	decoder_free(d);
}

CHECK_MAIN(CHECK_TEST(masked_bytes_are_the_cpus))
