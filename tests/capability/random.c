/*
 * A program that runs random loads, stores, read-modify-writes, locked, string and SSE instructions, for `same`. Of
 * each it notes a number that depends on every register and defined flag afterwards.
 */
#include "tests/capability/random.h"

#include "guest/user/lib/start.h"

#include <string.h>

#define STATUS_FLAGS 0x8d5ull
#define AF 0x10
#define OF 0x800
#define SHIFTED (OF | AF | 1) /* the carry, when a byte is shifted by more than eight */
#define MULTIPLIED 0xd4
#define TESTED_BIT 0x894
#define SCANNED_BITS 0x895

enum width { BYTE, WORDS, ANY, WIDE, FIXED }; /* 1; 2, 4, 8; 1 to 8 (op is of one byte, op + 1 of more); 4, 8; size */

struct form {
	uint8_t prefix, map, op; /* map: 0, 1 is 0F, 2 is 0F 38 */
	int8_t digit; /* in ModRM.reg; -1: a register */
	uint8_t imm; /* 0, 1: a byte, 2: as wide as the operand, four at most */
	enum width width;
	uint8_t size; /* FIXED */
	uint8_t flags; /* LOCKABLE, LOCKED, ALIGNED */
	uint16_t undefined;
};

#define LOCKABLE 1
#define LOCKED 2 /* without a prefix */
#define ALIGNED 4

/* Bytes of registers and memory that are read and written: Intel SDM Vol 2, the instructions' own pages. */
static const struct form form[] = {
	{0, 0, 0x88, -1, 0, ANY, 0, 0, 0}, /* mov */
	{0, 0, 0x8a, -1, 0, ANY, 0, 0, 0},
	{0, 0, 0xc6, 0, 2, ANY, 0, 0, 0},
	{0, 1, 0xb6, -1, 0, WORDS, 0, 0, 0}, /* movzx, movsx */
	{0, 1, 0xb7, -1, 0, WIDE, 0, 0, 0},
	{0, 1, 0xbe, -1, 0, WORDS, 0, 0, 0},
	{0, 1, 0xbf, -1, 0, WIDE, 0, 0, 0},
	{0, 0, 0x63, -1, 0, WIDE, 0, 0, 0},
	{0, 0, 0x00, -1, 0, ANY, 0, LOCKABLE, 0}, /* add, or, adc, sbb, and, sub, xor, cmp */
	{0, 0, 0x08, -1, 0, ANY, 0, LOCKABLE, AF},
	{0, 0, 0x10, -1, 0, ANY, 0, LOCKABLE, 0},
	{0, 0, 0x18, -1, 0, ANY, 0, LOCKABLE, 0},
	{0, 0, 0x20, -1, 0, ANY, 0, LOCKABLE, AF},
	{0, 0, 0x28, -1, 0, ANY, 0, LOCKABLE, 0},
	{0, 0, 0x30, -1, 0, ANY, 0, LOCKABLE, AF},
	{0, 0, 0x38, -1, 0, ANY, 0, 0, 0},
	{0, 0, 0x02, -1, 0, ANY, 0, 0, 0},
	{0, 0, 0x1a, -1, 0, ANY, 0, 0, 0},
	{0, 0, 0x32, -1, 0, ANY, 0, 0, AF},
	{0, 0, 0x3a, -1, 0, ANY, 0, 0, 0},
	{0, 0, 0x80, 0, 2, ANY, 0, LOCKABLE, 0},
	{0, 0, 0x80, 3, 2, ANY, 0, LOCKABLE, 0},
	{0, 0, 0x83, 4, 1, WORDS, 0, LOCKABLE, AF},
	{0, 0, 0x83, 5, 1, WORDS, 0, LOCKABLE, 0},
	{0, 0, 0x83, 7, 1, WORDS, 0, 0, 0},
	{0, 0, 0xfe, 0, 0, ANY, 0, LOCKABLE, 0}, /* inc, dec, not, neg */
	{0, 0, 0xfe, 1, 0, ANY, 0, LOCKABLE, 0},
	{0, 0, 0xf6, 2, 0, ANY, 0, LOCKABLE, 0},
	{0, 0, 0xf6, 3, 0, ANY, 0, LOCKABLE, 0},
	{0, 0, 0xf6, 0, 2, ANY, 0, 0, AF}, /* test, mul, imul */
	{0, 0, 0x84, -1, 0, ANY, 0, 0, AF},
	{0, 0, 0xf6, 4, 0, ANY, 0, 0, MULTIPLIED},
	{0, 0, 0xf6, 5, 0, ANY, 0, 0, MULTIPLIED},
	{0, 1, 0xaf, -1, 0, WORDS, 0, 0, MULTIPLIED},
	{0, 0, 0x6b, -1, 1, WORDS, 0, 0, MULTIPLIED},
	{0, 0, 0xc0, 0, 1, ANY, 0, 0, OF}, /* rol, ror, shl, shr, sar */
	{0, 0, 0xd0, 1, 0, ANY, 0, 0, 0},
	{0, 0, 0xc0, 4, 1, ANY, 0, 0, SHIFTED},
	{0, 0, 0xd2, 5, 0, ANY, 0, 0, SHIFTED},
	{0, 0, 0xd0, 7, 0, ANY, 0, 0, AF},
	{0, 1, 0xa5, -1, 0, WIDE, 0, 0, OF | AF}, /* shld, shrd; not by an immediate, see docs/caveats.md on QEMU's */
	{0, 1, 0xad, -1, 0, WIDE, 0, 0, OF | AF},
	{0, 0, 0x86, -1, 0, ANY, 0, LOCKED, 0}, /* xchg, xadd, cmpxchg, cmpxchg8b and 16b */
	{0, 1, 0xc0, -1, 0, ANY, 0, LOCKABLE, 0},
	{0, 1, 0xb0, -1, 0, ANY, 0, LOCKABLE, 0},
	{0, 1, 0xc7, 1, 0, FIXED, 8, LOCKABLE, 0},
	{0x48, 1, 0xc7, 1, 0, FIXED, 16, LOCKABLE | ALIGNED, 0},
	{0, 1, 0xba, 4, 1, WORDS, 0, 0, TESTED_BIT}, /* bt, bts, btr, btc */
	{0, 1, 0xba, 5, 1, WORDS, 0, LOCKABLE, TESTED_BIT},
	{0, 1, 0xba, 7, 1, WORDS, 0, LOCKABLE, TESTED_BIT},
	{0xf3, 1, 0xb8, -1, 0, WIDE, 0, 0, 0}, /* popcnt */
	{0, 1, 0x92, 0, 0, BYTE, 0, 0, 0}, /* setb, setnle, cmovb, cmovne */
	{0, 1, 0x9f, 0, 0, BYTE, 0, 0, 0},
	{0, 1, 0x42, -1, 0, WORDS, 0, 0, 0},
	{0, 1, 0x45, -1, 0, WORDS, 0, 0, 0},
	{0, 0, 0xff, 6, 0, FIXED, 8, 0, 0}, /* push, pop, movnti */
	{0, 0, 0x8f, 0, 0, FIXED, 8, 0, 0},
	{0, 1, 0xc3, -1, 0, WIDE, 0, 0, 0},
	{0, 1, 0x10, -1, 0, FIXED, 16, 0, 0}, /* movups, movss, movsd, movaps, movdqa, movdqu, lddqu */
	{0, 1, 0x11, -1, 0, FIXED, 16, 0, 0},
	{0xf3, 1, 0x10, -1, 0, FIXED, 4, 0, 0},
	{0xf3, 1, 0x11, -1, 0, FIXED, 4, 0, 0},
	{0xf2, 1, 0x10, -1, 0, FIXED, 8, 0, 0},
	{0xf2, 1, 0x11, -1, 0, FIXED, 8, 0, 0},
	{0, 1, 0x28, -1, 0, FIXED, 16, ALIGNED, 0},
	{0, 1, 0x29, -1, 0, FIXED, 16, ALIGNED, 0},
	{0x66, 1, 0x6f, -1, 0, FIXED, 16, ALIGNED, 0},
	{0x66, 1, 0x7f, -1, 0, FIXED, 16, ALIGNED, 0},
	{0xf3, 1, 0x6f, -1, 0, FIXED, 16, 0, 0},
	{0xf3, 1, 0x7f, -1, 0, FIXED, 16, 0, 0},
	{0xf2, 1, 0xf0, -1, 0, FIXED, 16, 0, 0},
	{0x66, 1, 0x6e, -1, 0, FIXED, 4, 0, 0}, /* movd, movq, movlps, movhps, movntdq */
	{0x66, 1, 0x7e, -1, 0, FIXED, 4, 0, 0},
	{0xf3, 1, 0x7e, -1, 0, FIXED, 8, 0, 0},
	{0x66, 1, 0xd6, -1, 0, FIXED, 8, 0, 0},
	{0, 1, 0x12, -1, 0, FIXED, 8, 0, 0},
	{0, 1, 0x13, -1, 0, FIXED, 8, 0, 0},
	{0, 1, 0x16, -1, 0, FIXED, 8, 0, 0},
	{0, 1, 0x17, -1, 0, FIXED, 8, 0, 0},
	{0x66, 1, 0xe7, -1, 0, FIXED, 16, ALIGNED, 0},
	{0x66, 1, 0xef, -1, 0, FIXED, 16, ALIGNED, 0}, /* pxor, paddd, pminub, pshufb */
	{0x66, 1, 0xfe, -1, 0, FIXED, 16, ALIGNED, 0},
	{0x66, 1, 0xda, -1, 0, FIXED, 16, ALIGNED, 0},
	{0x66, 2, 0x00, -1, 0, FIXED, 16, ALIGNED, 0},
};

#define FORMS (sizeof(form) / sizeof(form[0]))

static const uint8_t string_op[] = {0xa4, 0xa6, 0xaa, 0xac, 0xae}; /* movs, cmps, stos, lods, scas; +1: not of a byte */

/* --- making ------------------------------------------------------------------------ */

static uint64_t next(uint64_t *random)
{
	uint64_t x = *random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*random = x;
	return x * 0x2545f4914f6cdd1dull >> 16;
}

static uint64_t below(uint64_t *random, uint64_t n)
{
	return next(random) % n;
}

static void put(struct random_instruction *i, uint64_t value, unsigned size)
{
	for (; size; size--, value >>= 8)
		i->code[i->size++] = (uint8_t)value;
}

/* Somewhere in the memory chosen: often at the end of its first page. */
static uint64_t place(uint64_t *random, uint64_t memory, unsigned size, bool aligned)
{
	uint64_t offset = below(random, 3) ? below(random, RANDOM_OBJECT_SIZE + 1 - size)
					   : 0x1000 - size + below(random, 2 * size);

	return memory + (aligned ? offset & ~(uint64_t)(size - 1) : offset);
}

struct operand {
	unsigned reg, base, index; /* index 4: none */
	unsigned scale, mod; /* mod 3: relative to RIP */
	uint64_t disp;
};

static unsigned pick(uint64_t *random)
{
	unsigned reg = (unsigned)below(random, 15);

	return reg < 4 ? reg : reg + 1; /* not RSP */
}

/* The registers of the address are given values that make it. */
static struct operand make_operand(uint64_t *random, unsigned reg, uint64_t address, struct random_state *state)
{
	struct operand o = {.reg = reg, .base = pick(random), .index = pick(random), .mod = (unsigned)below(random, 4)};

	o.scale = (unsigned)below(random, 4);
	o.disp = o.mod == 1 ? (uint64_t)(int64_t)(int8_t)next(random) : (uint64_t)(int64_t)(int32_t)next(random);
	if (o.index == o.base || below(random, 2))
		o.index = 4;
	if (o.mod == 3)
		return o;
	if (o.mod == 0 && (o.base & 7) == 5)
		o.mod = 1, o.disp = 3;
	if (o.mod == 0)
		o.disp = 0;
	state->gpr[o.base] = address - o.disp;
	if (o.index != 4)
		state->gpr[o.base] -= state->gpr[o.index] << o.scale;
	return o;
}

static void put_operand(struct random_instruction *i, const struct operand *o, uint64_t address, uint64_t code_at,
			unsigned imm)
{
	unsigned reg = (o->reg & 7) << 3;

	if (o->mod == 3) {
		put(i, reg | 5, 1);
		put(i, address - (code_at + i->size + 4 + imm), 4);
		return;
	}
	put(i, o->mod << 6 | reg | 4, 1);
	put(i, o->scale << 6 | (o->index & 7) << 3 | (o->base & 7), 1);
	put(i, o->disp, o->mod == 0 ? 0 : o->mod == 1 ? 1 : 4);
}

static unsigned width_of(uint64_t *random, const struct form *f)
{
	switch (f->width) {
	case BYTE:
		return 1;
	case WORDS:
		return 2u << below(random, 3);
	case ANY:
		return 1u << below(random, 4);
	case WIDE:
		return 4u << below(random, 2);
	case FIXED:
		break;
	}
	return f->size;
}

static void put_prefixes(struct random_instruction *i, const struct form *f, const struct operand *o, unsigned width,
			 bool lock, bool rex)
{
	unsigned bits = (o->reg >> 3 & 1) << 2;

	if (o->mod != 3)
		bits |= (o->index >> 3 & 1) << 1 | (o->base >> 3 & 1);
	if (f->prefix && f->prefix != 0x48)
		put(i, f->prefix, 1);
	if (width == 2 && f->width != FIXED)
		put(i, 0x66, 1);
	if (lock)
		put(i, 0xf0, 1);
	bits |= (width == 8 && f->width != FIXED) || f->prefix == 0x48 ? 8 : 0;
	if (bits || rex)
		put(i, 0x40 | bits, 1);
	if (f->map)
		put(i, 0x0f, 1);
	if (f->map == 2)
		put(i, 0x38, 1);
	put(i, f->op + (f->width == ANY && width > 1), 1);
}

static void make_form(uint64_t *random, const struct form *f, uint64_t memory, uint64_t code_at,
		      struct random_instruction *i)
{
	unsigned width = width_of(random, f), imm = f->imm == 2 ? (width < 4 ? width : 4) : f->imm;
	bool lock = (f->flags & LOCKABLE) && below(random, 2);
	bool aligned =
		lock || (f->flags & (LOCKED | ALIGNED)); /* a lock across lines is no fair game: some hosts trap it */
	uint64_t address = place(random, memory, width, aligned);
	unsigned reg = f->digit >= 0 ? (unsigned)f->digit : pick(random);
	struct operand o;

	if (f->map && f->digit < 0 && f->width == FIXED)
		reg &= 3; /* XMM */
	o = make_operand(random, reg, address, &i->before);
	put_prefixes(i, f, &o, width, lock, below(random, 4) == 0);
	put_operand(i, &o, address, code_at, imm);
	put(i, next(random), imm);
	i->undefined = f->undefined;
}

static void make_string(uint64_t *random, uint64_t memory, uint64_t other, struct random_instruction *i)
{
	unsigned width = 1u << below(random, 4), count = (unsigned)below(random, 5);
	uint64_t from = below(random, 2) ? memory : other, op = string_op[below(random, sizeof(string_op))];
	unsigned span = 4 * width;

	/* Room on both sides, for either direction. */
	i->before.gpr[6] = place(random, from, 2 * span, false) + span;
	i->before.gpr[7] = place(random, memory, 2 * span, false) + span;
	i->before.gpr[1] = count;
	i->before.flags |= below(random, 4) ? 0 : 0x400;
	if (op == 0xac)
		i->before.gpr[6] = i->before.gpr[7];
	if (below(random, 2))
		put(i, 0xf2 + below(random, 2), 1);
	if (width == 2)
		put(i, 0x66, 1);
	if (width == 8)
		put(i, 0x48, 1);
	put(i, op + (width > 1), 1);
}

void random_make(uint64_t seed, uint64_t number, uint64_t home, uint64_t code_at, struct random_instruction *out)
{
	uint64_t random = (seed + 1) * 0x9e3779b97f4a7c15ull ^ (number + 1) * 0xd1b54a32d192ed03ull;
	uint64_t memory;

	for (unsigned n = 0; n < 4; n++)
		next(&random);
	*out = (struct random_instruction){.object = below(&random, RANDOM_ORDINARY) == 0};
	memory = out->object ? RANDOM_OBJECT : home;
	for (unsigned n = 0; n < 16; n++)
		out->before.gpr[n] = next(&random) >> below(&random, 40);
	for (unsigned n = 0; n < 64; n++)
		out->before.xmm[n / 16][n % 16] = (uint8_t)next(&random);
	out->before.flags = (next(&random) & STATUS_FLAGS) | 2;
	if (below(&random, 8))
		make_form(&random, &form[below(&random, FORMS)], memory, code_at, out);
	else
		make_string(&random, memory, home, out);
}

/* --- running ------------------------------------------------------------------------ */

extern struct random_state random_state;
extern uint8_t random_code[RANDOM_CODE_MAX + 8], random_back[];
void random_go(void);

static uint8_t home[RANDOM_OBJECT_SIZE] __attribute__((aligned(4096)));
extern uint8_t random_stack[64]; /* push and pop go there */

/* clang-format off */
__asm__(".pushsection .text, \"ax\"\n"
	"random_go:\n"
	"	pushq %rbx; pushq %rbp; pushq %r12; pushq %r13; pushq %r14; pushq %r15\n"
	"	movq %rsp, random_own_stack(%rip)\n"
	"	movups random_state+136(%rip), %xmm0; movups random_state+152(%rip), %xmm1\n"
	"	movups random_state+168(%rip), %xmm2; movups random_state+184(%rip), %xmm3\n"
	"	pushq random_state+128(%rip); popfq\n"
	"	movq random_state+0(%rip), %rax; movq random_state+8(%rip), %rcx; movq random_state+16(%rip), %rdx\n"
	"	movq random_state+24(%rip), %rbx; movq random_state+32(%rip), %rsp; movq random_state+40(%rip), %rbp\n"
	"	movq random_state+48(%rip), %rsi; movq random_state+56(%rip), %rdi; movq random_state+64(%rip), %r8\n"
	"	movq random_state+72(%rip), %r9; movq random_state+80(%rip), %r10; movq random_state+88(%rip), %r11\n"
	"	movq random_state+96(%rip), %r12; movq random_state+104(%rip), %r13; movq random_state+112(%rip), %r14\n"
	"	movq random_state+120(%rip), %r15\n"
	"	jmp random_code\n"
	"	.globl random_back\n"
	"random_back:\n"
	"	movq %rax, random_state+0(%rip); movq %rcx, random_state+8(%rip); movq %rdx, random_state+16(%rip)\n"
	"	movq %rbx, random_state+24(%rip); movq %rsp, random_state+32(%rip); movq %rbp, random_state+40(%rip)\n"
	"	movq %rsi, random_state+48(%rip); movq %rdi, random_state+56(%rip); movq %r8, random_state+64(%rip)\n"
	"	movq %r9, random_state+72(%rip); movq %r10, random_state+80(%rip); movq %r11, random_state+88(%rip)\n"
	"	movq %r12, random_state+96(%rip); movq %r13, random_state+104(%rip); movq %r14, random_state+112(%rip)\n"
	"	movq %r15, random_state+120(%rip)\n"
	"	movq random_own_stack(%rip), %rsp\n"
	"	pushfq; popq random_state+128(%rip); cld\n"
	"	movups %xmm0, random_state+136(%rip); movups %xmm1, random_state+152(%rip)\n"
	"	movups %xmm2, random_state+168(%rip); movups %xmm3, random_state+184(%rip)\n"
	"	popq %r15; popq %r14; popq %r13; popq %r12; popq %rbp; popq %rbx\n"
	"	ret\n"
	"	.balign 64\n"
	"random_code: .skip 24\n"
	"	.popsection\n"
	"	.pushsection .bss\n"
	"	.balign 16\n"
	"random_state: .skip 208\n"
	"random_stack: .skip 64\n"
	"random_own_stack: .skip 8\n"
	"	.popsection\n");
/* clang-format on */

static uint32_t sum(const struct random_state *state, uint64_t undefined)
{
	uint64_t h = state->flags & (STATUS_FLAGS | 0x400) & ~undefined;
	const uint64_t *word = (const uint64_t *)state;

	for (unsigned i = 0; i < sizeof(*state) / 8; i++)
		if (i != 16)
			h = (h ^ word[i]) * 0x100000001b3ull + (h >> 29);
	return (uint32_t)(h ^ h >> 32);
}

static uint32_t run_one(const struct random_instruction *i)
{
	int32_t back = (int32_t)(random_back - (random_code + i->size + 5));

	memcpy(random_code, i->code, i->size);
	random_code[i->size] = 0xe9;
	memcpy(random_code + i->size + 1, &back, 4);
	random_state = i->before;
	random_state.gpr[4] = (uint64_t)&random_stack[32];
	random_go();
	return sum(&random_state, i->undefined);
}

static uint64_t run(uint64_t seed, uint64_t first)
{
	volatile uint32_t *trace = (volatile uint32_t *)RANDOM_TRACE;
	uint64_t touched = 0;
	struct random_instruction i;

	for (uint64_t n = 0; n < RANDOM_CHUNK; n++) {
		random_make(seed, first + n, (uint64_t)home, (uint64_t)random_code, &i);
		trace[n] = run_one(&i);
		touched += i.object;
	}
	return touched;
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct message m = {.order = RESULT_OK};
	struct random_instruction i;

	(void)a, (void)b, (void)c, (void)d;
	while (message_call(CHILD_SLOT_PARENT, &m) != RESULT_NULL) {
		if (m.order == RANDOM_RUN) {
			m.word[0] = run(m.word[0], m.word[1]);
		} else {
			random_make(m.word[0], m.word[1], (uint64_t)home, (uint64_t)random_code, &i);
			memcpy(m.word, i.code, RANDOM_CODE_MAX);
		}
		m.order = RESULT_OK;
	}
}
