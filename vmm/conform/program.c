#include "vmm/conform/program.h"

#include "decoder/regs.h"
#include "vmm/conform/writer.h"

#define STATEMENTS_MIN 4
#define STATEMENTS_MORE 28
#define ROOM 512 /* what the end and the last statement need at most */

/* --- statements ---------------------------------------------------------------------------- */

static void statement(struct writer *w);

static void alu(struct writer *w)
{
	unsigned op = random_below(&w->random, 8);
	struct form f = writer_sized(w, 0, op * 8 + (writer_maybe(w, 2) ? 2 : 0));

	if (!(f.opcode & 2) && op != 7 && writer_maybe(w, 4)) {
		f.lock = true;
		writer_on_memory(w, &f, writer_gpr(w));
	} else {
		writer_on_either(w, &f, writer_gpr(w));
	}
}

static void alu_immediate(struct writer *w)
{
	struct form f = {.opcode = 0x83, .size = 1u << (1 + random_below(&w->random, 3))};

	writer_on_either(w, &f, random_below(&w->random, 8));
	writer_byte(w, random_below(&w->random, 256));
}

static void mov(struct writer *w)
{
	struct form f = writer_sized(w, 0, writer_maybe(w, 2) ? 0x88 : 0x8a);

	writer_on_either(w, &f, writer_gpr(w));
}

static void mov_immediate(struct writer *w)
{
	unsigned reg = writer_gpr(w);
	bool wide = writer_maybe(w, 3);

	writer_byte(w, REX | (wide ? REX_W : 0) | (reg & 8 ? REX_B : 0));
	writer_byte(w, 0xb8 | (reg & 7));
	writer_number(w, random_value(&w->random), wide ? 8 : 4);
}

static void extend(struct writer *w)
{
	static const uint8_t opcodes[] = {0xb6, 0xb7, 0xbe, 0xbf};
	struct form f = {.map = 1, .opcode = opcodes[random_below(&w->random, 4)], .size = writer_maybe(w, 2) ? 8 : 4};

	writer_on_either(w, &f, writer_gpr(w));
}

/* By an immediate, by one, by CL; never rotates through carry by many, of which OF is undefined and CPUs differ. */
static void shift(struct writer *w)
{
	static const uint8_t digits[] = {0, 1, 4, 5, 7};
	struct form f = writer_sized(w, 0, writer_maybe(w, 2) ? 0xc0 : 0xd2);

	writer_on_either(w, &f, digits[random_below(&w->random, 5)]);
	if ((f.opcode & 0xfe) == 0xc0)
		writer_byte(w, random_below(&w->random, 32));
}

/* not, neg, mul, imul; inc, dec; test with an immediate byte. */
static void group(struct writer *w)
{
	struct form f = writer_sized(w, 0, 0xf6);
	unsigned digit = 2 + random_below(&w->random, 4);

	if (writer_maybe(w, 3)) {
		f.opcode += 8;
		digit = random_below(&w->random, 2);
	} else if (writer_maybe(w, 4)) {
		f = (struct form){.opcode = 0xf6, .size = 1};
		writer_on_either(w, &f, 0);
		writer_byte(w, random_below(&w->random, 256));
		return;
	}
	writer_on_either(w, &f, digit);
}

/* imul r,r/m; cmovcc; bsf, bsr of what is not zero are left out: their results for zero differ. */
static void two_byte(struct writer *w)
{
	unsigned opcode = writer_maybe(w, 3) ? 0xaf : 0x40 + random_below(&w->random, 16);
	struct form f = {.map = 1, .opcode = opcode, .size = 1u << (1 + random_below(&w->random, 3))};

	writer_on_either(w, &f, writer_gpr(w));
}

/* setcc; xadd, cmpxchg, locked at times; xchg; bts and its kin by an immediate. */
static void exchange(struct writer *w)
{
	struct form f;

	switch (random_below(&w->random, 5)) {
	case 0:
		/* on registers only: QEMU 7.2 has other flags after a setcc that faulted at its memory */
		f = (struct form){.map = 1, .opcode = 0x90 + random_below(&w->random, 16), .size = 1};
		writer_on_register(w, &f, 0, writer_gpr(w));
		return;
	case 1:
		f = writer_sized(w, 1, 0xc0);
		break;
	case 2:
		f = writer_sized(w, 1, 0xb0);
		break;
	case 3:
		f = writer_sized(w, 0, 0x86);
		writer_on_either(w, &f, writer_gpr(w));
		return;
	default:
		f = (struct form){.map = 1, .opcode = 0xba, .size = writer_maybe(w, 2) ? 8 : 4};
		writer_on_memory(w, &f, 4 + random_below(&w->random, 4));
		writer_byte(w, random_below(&w->random, 64));
		return;
	}
	f.lock = writer_maybe(w, 2);
	writer_on_memory(w, &f, writer_gpr(w));
}

/* movups, and arithmetic between registers. */
static void sse(struct writer *w)
{
	static const uint8_t packed[] = {0xfc, 0xfe, 0xd4, 0xef, 0xeb, 0xdb, 0x74, 0x62, 0x6c, 0x58, 0x59, 0xf4};
	unsigned reg = random_below(&w->random, 6), count = 1 + random_below(&w->random, 3);
	struct form f = {.map = 1, .opcode = 0x10};

	writer_on_memory(w, &f, reg);
	for (unsigned i = 0; i < count; i++) {
		f = (struct form){.prefix = 0x66, .map = 1, .opcode = packed[random_below(&w->random, 12)]};
		writer_on_register(w, &f, random_below(&w->random, 6), random_below(&w->random, 6));
	}
	f = (struct form){.map = 1, .opcode = 0x11};
	writer_on_memory(w, &f, random_below(&w->random, 6));
}

static void lea(struct writer *w)
{
	struct form f = {.opcode = 0x8d, .size = writer_maybe(w, 2) ? 8 : 4};

	writer_on_memory(w, &f, writer_gpr(w));
}

static void stack(struct writer *w)
{
	unsigned from = writer_gpr(w), to = writer_gpr(w);
	struct form pop = {.opcode = 0x8f};

	writer_byte(w, REX | (from & 8 ? REX_B : 0));
	writer_byte(w, 0x50 | (from & 7));
	if (w->depth < 2 && writer_maybe(w, 2))
		statement(w);
	if (writer_maybe(w, 2)) {
		writer_on_memory(w, &pop, 0);
		return;
	}
	writer_byte(w, REX | (to & 8 ? REX_B : 0));
	writer_byte(w, 0x58 | (to & 7));
}

/* sub rsp,n; mov r,rsp; cmp rsp,r; …; add rsp,n */
static void frame(struct writer *w)
{
	unsigned size = 8 * (1 + random_below(&w->random, 8)), reg = writer_gpr(w);
	struct form mov_form = {.opcode = writer_maybe(w, 2) ? 0x89 : 0x8b, .size = writer_maybe(w, 2) ? 8 : 4};
	struct form alu_form = {.opcode = 0x83, .size = 8};
	struct form cmp_form = {.opcode = 0x39, .size = 8};

	writer_on_register(w, &alu_form, 5, GPR_RSP);
	writer_byte(w, size);
	if (mov_form.opcode == 0x89)
		writer_on_register(w, &mov_form, GPR_RSP, reg);
	else
		writer_on_register(w, &mov_form, reg, GPR_RSP);
	writer_on_register(w, &cmp_form, reg, GPR_RSP);
	statement(w);
	writer_on_register(w, &alu_form, 0, GPR_RSP);
	writer_byte(w, size);
}

/* call over, to a function of one statement that stands right behind the jump around it. */
static void call(struct writer *w)
{
	unsigned around, at;

	writer_byte(w, 0xeb);
	around = w->p->size;
	writer_byte(w, 0);
	at = w->p->size;
	statement(w);
	writer_byte(w, 0xc3);
	w->p->bytes[around] = (uint8_t)(w->p->size - at);
	writer_byte(w, 0xe8);
	writer_number(w, at - (w->p->size + 4), 4);
}

static void branch(struct writer *w)
{
	unsigned at;

	writer_byte(w, 0x70 + random_below(&w->random, 16));
	at = w->p->size;
	writer_byte(w, 0);
	statement(w);
	w->p->bytes[at] = (uint8_t)(w->p->size - at - 1);
}

/* mov ecx,n; again: … ; loop again, with RCX put aside meanwhile. */
static void inner_loop(struct writer *w)
{
	unsigned at;

	writer_byte(w, 0xb9);
	writer_number(w, 1 + random_below(&w->random, 12), 4);
	at = w->p->size;
	writer_byte(w, 0x51);
	statement(w);
	writer_byte(w, 0x59);
	writer_byte(w, 0xe2);
	writer_byte(w, at - (w->p->size + 1));
}

/* lea rsi; lea rdi; mov ecx,n; (rep) movs, cmps, stos, lods, scas */
static void string(struct writer *w)
{
	static const uint8_t opcodes[] = {0xa4, 0xa6, 0xaa, 0xac, 0xae};
	unsigned opcode = opcodes[random_below(&w->random, 5)];
	struct form lea_form = {.opcode = 0x8d, .size = 8}, f = writer_sized(w, 0, opcode);

	writer_on_memory(w, &lea_form, GPR_RSI);
	writer_on_memory(w, &lea_form, GPR_RDI);
	writer_byte(w, 0xb9);
	writer_number(w, random_below(&w->random, 20), 4);
	if (writer_maybe(w, 6))
		writer_byte(w, 0xfd); /* std */
	if (!writer_maybe(w, 3))
		f.prefix = writer_maybe(w, 2) && (opcode == 0xa6 || opcode == 0xae) ? 0xf2 : 0xf3;
	writer_opcode(w, &f, 0, 0);
	writer_byte(w, 0xfc); /* cld */
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
		writer_byte(w, rows[row].bytes[i]);
}

static void statement(struct writer *w)
{
	static void (*const simple[])(struct writer *) = {alu,           mov,      extend,   shift, group,
							  alu_immediate, two_byte, exchange, sse,   lea,
							  mov,           alu,      string,   small, mov_immediate};
	static void (*const nested[])(struct writer *) = {stack, call, branch, inner_loop, frame};

	if (w->depth < 3 && writer_maybe(w, 5)) {
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
	writer_byte(&w, 0x49); /* dec r15 */
	writer_byte(&w, 0xff);
	writer_byte(&w, 0xcf);
	writer_byte(&w, 0x0f); /* jnz to the beginning */
	writer_byte(&w, 0x85);
	writer_number(&w, 0 - (uint64_t)(out->size + 4), 4);
	writer_number(&w, 0xf4e600b0, 4); /* mov al,0; out 0xf4,al */
	writer_byte(&w, 0xf4);
}
