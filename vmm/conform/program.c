#include "vmm/conform/program.h"

#include "decoder/regs.h"
#include "vmm/conform/random.h"

#include <stdbool.h>
#include <string.h>

#define STATEMENTS_MIN 4
#define STATEMENTS_MORE 28
#define ROOM 512 /* what the end and the last statement need at most */

#define REX 0x40
#define REX_W 8
#define REX_R 4
#define REX_B 1

struct writer {
	struct program *p;
	struct random random;
	unsigned depth; /* of statements within statements */
};

static void put(struct writer *w, unsigned byte)
{
	w->p->bytes[w->p->size++] = (uint8_t)byte;
}

static void put_number(struct writer *w, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		put(w, (unsigned)(value >> (8 * i)));
}

static bool maybe(struct writer *w, unsigned one_in)
{
	return random_below(&w->random, one_in) == 0;
}

/* Any but RBX, RBP, RSP and R15, which have their meaning. */
static unsigned any_gpr(struct writer *w)
{
	static const uint8_t gprs[] = {GPR_RAX, GPR_RCX, GPR_RDX, GPR_RSI, GPR_RDI, GPR_R8,
				       GPR_R9,  GPR_R10, GPR_R11, GPR_R12, GPR_R13, GPR_R14};

	return gprs[random_below(&w->random, sizeof(gprs))];
}

/* Mostly few places, so that they meet; at times across the page's end. */
static unsigned any_place(struct writer *w)
{
	if (maybe(w, 24))
		return 4096 - random_below(&w->random, 16);
	return random_below(&w->random, 32) * 8 + (maybe(w, 4) ? random_below(&w->random, 8) : 0);
}

/* How one instruction is spelled; map: 0 none, 1: 0F, 2: 0F 38. */
struct form {
	unsigned prefix, map, opcode, size; /* size: 1, 2, 4, 8 for integers; 0: neither 66 nor REX.W follow from it */
	bool lock;
};

static void put_opcode(struct writer *w, const struct form *f, unsigned reg, unsigned rm)
{
	unsigned rex = (f->size == 8 ? REX_W : 0) | (reg & 8 ? REX_R : 0) | (rm & 8 ? REX_B : 0);

	if (f->lock)
		put(w, 0xf0);
	if (f->size == 2)
		put(w, 0x66);
	if (f->prefix)
		put(w, f->prefix);
	if (rex || f->size == 1)
		put(w, REX | rex);
	if (f->map)
		put(w, 0x0f);
	if (f->map == 2)
		put(w, 0x38);
	put(w, f->opcode);
}

/* On [rbx+place] or [rbp+place]. */
static void put_on_memory(struct writer *w, const struct form *f, unsigned reg)
{
	bool kept = !maybe(w, 3);

	put_opcode(w, f, reg, 0);
	put(w, 0x80 | (reg & 7) << 3 | (kept ? GPR_RBX : GPR_RBP));
	put_number(w, any_place(w), 4);
}

static void put_on_register(struct writer *w, const struct form *f, unsigned reg, unsigned rm)
{
	put_opcode(w, f, reg, rm);
	put(w, 0xc0 | (reg & 7) << 3 | (rm & 7));
}

static void put_on_either(struct writer *w, const struct form *f, unsigned reg)
{
	if (maybe(w, 3))
		put_on_register(w, f, reg, any_gpr(w));
	else
		put_on_memory(w, f, reg);
}

static unsigned any_size(struct writer *w)
{
	return 1u << random_below(&w->random, 4);
}

/* The opcode of the byte form, or the next one. */
static struct form sized(struct writer *w, unsigned map, unsigned opcode)
{
	unsigned size = any_size(w);

	return (struct form){.map = map, .opcode = opcode + (size > 1), .size = size};
}

/* --- statements ---------------------------------------------------------------------------- */

static void statement(struct writer *w);

static void alu(struct writer *w)
{
	unsigned op = random_below(&w->random, 8);
	struct form f = sized(w, 0, op * 8 + (maybe(w, 2) ? 2 : 0));

	if (!(f.opcode & 2) && op != 7 && maybe(w, 4)) {
		f.lock = true;
		put_on_memory(w, &f, any_gpr(w));
	} else {
		put_on_either(w, &f, any_gpr(w));
	}
}

static void alu_immediate(struct writer *w)
{
	struct form f = {.opcode = 0x83, .size = 1u << (1 + random_below(&w->random, 3))};

	put_on_either(w, &f, random_below(&w->random, 8));
	put(w, random_below(&w->random, 256));
}

static void mov(struct writer *w)
{
	struct form f = sized(w, 0, maybe(w, 2) ? 0x88 : 0x8a);

	put_on_either(w, &f, any_gpr(w));
}

static void mov_immediate(struct writer *w)
{
	unsigned reg = any_gpr(w);
	bool wide = maybe(w, 3);

	put(w, REX | (wide ? REX_W : 0) | (reg & 8 ? REX_B : 0));
	put(w, 0xb8 | (reg & 7));
	put_number(w, random_value(&w->random), wide ? 8 : 4);
}

static void extend(struct writer *w)
{
	static const uint8_t opcodes[] = {0xb6, 0xb7, 0xbe, 0xbf};
	struct form f = {.map = 1, .opcode = opcodes[random_below(&w->random, 4)], .size = maybe(w, 2) ? 8 : 4};

	put_on_either(w, &f, any_gpr(w));
}

/* By an immediate, by one, by CL; never rotates through carry by many, of which OF is undefined and CPUs differ. */
static void shift(struct writer *w)
{
	static const uint8_t digits[] = {0, 1, 4, 5, 7};
	struct form f = sized(w, 0, maybe(w, 2) ? 0xc0 : 0xd2);

	put_on_either(w, &f, digits[random_below(&w->random, 5)]);
	if ((f.opcode & 0xfe) == 0xc0)
		put(w, random_below(&w->random, 32));
}

/* not, neg, mul, imul; inc, dec; test with an immediate byte. */
static void group(struct writer *w)
{
	struct form f = sized(w, 0, 0xf6);
	unsigned digit = 2 + random_below(&w->random, 4);

	if (maybe(w, 3)) {
		f.opcode += 8;
		digit = random_below(&w->random, 2);
	} else if (maybe(w, 4)) {
		f = (struct form){.opcode = 0xf6, .size = 1};
		put_on_either(w, &f, 0);
		put(w, random_below(&w->random, 256));
		return;
	}
	put_on_either(w, &f, digit);
}

/* imul r,r/m; cmovcc; bsf, bsr of what is not zero are left out: their results for zero differ. */
static void two_byte(struct writer *w)
{
	unsigned opcode = maybe(w, 3) ? 0xaf : 0x40 + random_below(&w->random, 16);
	struct form f = {.map = 1, .opcode = opcode, .size = 1u << (1 + random_below(&w->random, 3))};

	put_on_either(w, &f, any_gpr(w));
}

/* setcc; xadd, cmpxchg, locked at times; xchg; bts and its kin by an immediate. */
static void exchange(struct writer *w)
{
	struct form f;

	switch (random_below(&w->random, 5)) {
	case 0:
		f = (struct form){.map = 1, .opcode = 0x90 + random_below(&w->random, 16), .size = 1};
		put_on_either(w, &f, 0);
		return;
	case 1:
		f = sized(w, 1, 0xc0);
		break;
	case 2:
		f = sized(w, 1, 0xb0);
		break;
	case 3:
		f = sized(w, 0, 0x86);
		put_on_either(w, &f, any_gpr(w));
		return;
	default:
		f = (struct form){.map = 1, .opcode = 0xba, .size = maybe(w, 2) ? 8 : 4};
		put_on_memory(w, &f, 4 + random_below(&w->random, 4));
		put(w, random_below(&w->random, 64));
		return;
	}
	f.lock = maybe(w, 2);
	put_on_memory(w, &f, any_gpr(w));
}

/* movups, and arithmetic between registers. */
static void sse(struct writer *w)
{
	static const uint8_t packed[] = {0xfc, 0xfe, 0xd4, 0xef, 0xeb, 0xdb, 0x74, 0x62, 0x6c, 0x58, 0x59, 0xf4};
	unsigned reg = random_below(&w->random, 6), count = 1 + random_below(&w->random, 3);
	struct form f = {.map = 1, .opcode = 0x10};

	put_on_memory(w, &f, reg);
	for (unsigned i = 0; i < count; i++) {
		f = (struct form){.prefix = 0x66, .map = 1, .opcode = packed[random_below(&w->random, 12)]};
		put_on_register(w, &f, random_below(&w->random, 6), random_below(&w->random, 6));
	}
	f = (struct form){.map = 1, .opcode = 0x11};
	put_on_memory(w, &f, random_below(&w->random, 6));
}

static void lea(struct writer *w)
{
	struct form f = {.opcode = 0x8d, .size = maybe(w, 2) ? 8 : 4};

	put_on_memory(w, &f, any_gpr(w));
}

static void stack(struct writer *w)
{
	unsigned from = any_gpr(w), to = any_gpr(w);
	struct form pop = {.opcode = 0x8f};

	put(w, REX | (from & 8 ? REX_B : 0));
	put(w, 0x50 | (from & 7));
	if (w->depth < 2 && maybe(w, 2))
		statement(w);
	if (maybe(w, 2)) {
		put_on_memory(w, &pop, 0);
		return;
	}
	put(w, REX | (to & 8 ? REX_B : 0));
	put(w, 0x58 | (to & 7));
}

/* sub rsp,n; mov r,rsp; cmp rsp,r; …; add rsp,n */
static void frame(struct writer *w)
{
	unsigned size = 8 * (1 + random_below(&w->random, 8)), reg = any_gpr(w);
	struct form mov_form = {.opcode = maybe(w, 2) ? 0x89 : 0x8b, .size = maybe(w, 2) ? 8 : 4};
	struct form alu_form = {.opcode = 0x83, .size = 8};
	struct form cmp_form = {.opcode = 0x39, .size = 8};

	put_on_register(w, &alu_form, 5, GPR_RSP);
	put(w, size);
	if (mov_form.opcode == 0x89)
		put_on_register(w, &mov_form, GPR_RSP, reg);
	else
		put_on_register(w, &mov_form, reg, GPR_RSP);
	put_on_register(w, &cmp_form, reg, GPR_RSP);
	statement(w);
	put_on_register(w, &alu_form, 0, GPR_RSP);
	put(w, size);
}

/* call over, to a function of one statement that stands right behind the jump around it. */
static void call(struct writer *w)
{
	unsigned around, at;

	put(w, 0xeb);
	around = w->p->size;
	put(w, 0);
	at = w->p->size;
	statement(w);
	put(w, 0xc3);
	w->p->bytes[around] = (uint8_t)(w->p->size - at);
	put(w, 0xe8);
	put_number(w, at - (w->p->size + 4), 4);
}

static void branch(struct writer *w)
{
	unsigned at;

	put(w, 0x70 + random_below(&w->random, 16));
	at = w->p->size;
	put(w, 0);
	statement(w);
	w->p->bytes[at] = (uint8_t)(w->p->size - at - 1);
}

/* mov ecx,n; again: … ; loop again, with RCX put aside meanwhile. */
static void inner_loop(struct writer *w)
{
	unsigned at;

	put(w, 0xb9);
	put_number(w, 1 + random_below(&w->random, 12), 4);
	at = w->p->size;
	put(w, 0x51);
	statement(w);
	put(w, 0x59);
	put(w, 0xe2);
	put(w, at - (w->p->size + 1));
}

/* lea rsi; lea rdi; mov ecx,n; (rep) movs, cmps, stos, lods, scas */
static void string(struct writer *w)
{
	static const uint8_t opcodes[] = {0xa4, 0xa6, 0xaa, 0xac, 0xae};
	unsigned opcode = opcodes[random_below(&w->random, 5)];
	struct form lea_form = {.opcode = 0x8d, .size = 8}, f = sized(w, 0, opcode);

	put_on_memory(w, &lea_form, GPR_RSI);
	put_on_memory(w, &lea_form, GPR_RDI);
	put(w, 0xb9);
	put_number(w, random_below(&w->random, 20), 4);
	if (maybe(w, 6))
		put(w, 0xfd); /* std */
	if (!maybe(w, 3))
		f.prefix = maybe(w, 2) && (opcode == 0xa6 || opcode == 0xae) ? 0xf2 : 0xf3;
	put_opcode(w, &f, 0, 0);
	put(w, 0xfc); /* cld */
}

/* Of one byte or two, on the accumulator and flags. */
static void small(struct writer *w)
{
	static const struct {
		uint8_t bytes[3], size;
	} rows[] = {
		{{0x90}, 1},
		{{0xf3, 0x90}, 2},
		{{0x48, 0x98}, 2},
		{{0x99}, 1},
		{{0x48, 0x99}, 2},
		{{0xf5}, 1},
		{{0xf8}, 1},
		{{0xf9}, 1},
		{{0x9f}, 1},
		{{0x0f, 0xc8}, 2},
		{{0x92}, 1},
		{{0x49, 0x93}, 2},
		{{0x0f, 0xae, 0xf0}, 3},
		{{0x0f, 0xae, 0xf8}, 3},
		{{0x49, 0x0f, 0xca}, 3},
		{{0x04, 0x7f}, 2},
		{{0x3c, 0x10}, 2},
		{{0xa8, 0x81}, 2},
	};
	unsigned row = random_below(&w->random, sizeof(rows) / sizeof(rows[0]));

	for (unsigned i = 0; i < rows[row].size; i++)
		put(w, rows[row].bytes[i]);
}

static void statement(struct writer *w)
{
	static void (*const simple[])(struct writer *) = {alu,           mov,      extend,   shift, group,
							  alu_immediate, two_byte, exchange, sse,   lea,
							  mov,           alu,      string,   small, mov_immediate};
	static void (*const nested[])(struct writer *) = {stack, call, branch, inner_loop, frame};

	if (w->depth < 3 && maybe(w, 5)) {
		w->depth++;
		nested[random_below(&w->random, sizeof(nested) / sizeof(nested[0]))](w);
		w->depth--;
	} else {
		simple[random_below(&w->random, sizeof(simple) / sizeof(simple[0]))](w);
	}
}

void program_make(uint64_t seed, struct program *out)
{
	struct writer w = {.p = out, .random = random_of(seed)};
	unsigned statements = STATEMENTS_MIN + random_below(&w.random, STATEMENTS_MORE);

	out->size = 0;
	for (unsigned i = 0; i < statements && out->size < PROGRAM_SIZE - ROOM; i++)
		statement(&w);
	put(&w, 0x49); /* dec r15 */
	put(&w, 0xff);
	put(&w, 0xcf);
	put(&w, 0x0f); /* jnz to the beginning */
	put(&w, 0x85);
	put_number(&w, 0 - (uint64_t)(out->size + 4), 4);
	put_number(&w, 0xf4e600b0, 4); /* mov al,0; out 0xf4,al */
	put(&w, 0xf4);
}
