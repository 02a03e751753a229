#include "decoder/text.h"

#include "decoder/fields.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Text that is cut, never overrun. */
struct writer {
	char *text;
	size_t at;
};

__attribute__((format(printf, 2, 3))) static void put(struct writer *w, const char *format, ...)
{
	size_t room = INSN_TEXT - w->at;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(w->text + w->at, room, format, args);
	va_end(args);
	if (n > 0)
		w->at += (size_t)n < room ? (size_t)n : room - 1;
}

const char *text_gpr(unsigned reg, unsigned size, bool rex)
{
	static const char *const names[4][GPR_COUNT] = {
		{"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil", "r8b", "r9b", "r10b", "r11b", "r12b", "r13b",
		 "r14b", "r15b"},
		{"ax", "cx", "dx", "bx", "sp", "bp", "si", "di", "r8w", "r9w", "r10w", "r11w", "r12w", "r13w", "r14w",
		 "r15w"},
		{"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d", "r10d", "r11d", "r12d", "r13d",
		 "r14d", "r15d"},
		{"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
		 "r15"},
	};
	static const char *const high[4] = {"ah", "ch", "dh", "bh"};

	reg &= 15;
	if (size == 1 && !rex && reg >= 4 && reg < 8)
		return high[reg - 4];
	return names[size >= 8 ? 3 : size >= 4 ? 2 : size >= 2 ? 1 : 0][reg];
}

const char *text_segment(enum segment seg)
{
	static const char *const names[SEG_COUNT] = {"es", "cs", "ss", "ds", "fs", "gs"};

	return seg < SEG_COUNT ? names[seg] : "?";
}

static void put_displacement(struct writer *w, int64_t disp, bool first)
{
	uint64_t distance = disp < 0 ? 0 - (uint64_t)disp : (uint64_t)disp;

	if (first)
		put(w, "0x%" PRIx64, (uint64_t)disp);
	else if (disp)
		put(w, "%c0x%" PRIx64, disp < 0 ? '-' : '+', distance);
}

/* VSIB: the vector register that holds the indices. */
static void put_index(struct writer *w, const struct insn *insn)
{
	unsigned size = insn->elements * insn->mem.index_size;

	put(w, "%cmm%d", size >= 64 ? 'z' : size >= 32 ? 'y' : 'x', insn->mem.index);
}

static void put_address(struct writer *w, const struct insn *insn)
{
	const struct insn_mem *mem = &insn->mem;
	bool first = true;

	if (insn->fields.seg_override >= 0)
		put(w, "%s:", text_segment(mem->seg));
	put(w, "[");
	if (mem->base == REG_RIP)
		put(w, "%s", mem->addr_size == 8 ? "rip" : "eip"), first = false;
	else if (mem->base != REG_NONE)
		put(w, "%s", text_gpr((unsigned)mem->base, mem->addr_size, true)), first = false;
	if (mem->index != REG_NONE) {
		put(w, "%s", first ? "" : "+");
		if (mem->index_size)
			put_index(w, insn);
		else
			put(w, "%s", text_gpr((unsigned)mem->index, mem->addr_size, true));
		first = false;
		if (mem->scale > 1)
			put(w, "*%u", mem->scale);
	}
	put_displacement(w, mem->disp, first);
	put(w, "]");
}

void text_address(const struct insn *insn, char text[INSN_TEXT])
{
	struct writer w = {text, 0};

	put_address(&w, insn);
}

static int64_t immediate(const struct insn *insn)
{
	unsigned size = insn->fields.imm_size;
	uint64_t value = 0;

	if (!size)
		return 0;
	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)insn->bytes[insn->fields.imm_at + i] << (8 * i);
	return (int64_t)(value << (64 - 8 * size)) >> (64 - 8 * size);
}

static void put_vector(struct writer *w, const struct insn *insn, unsigned reg)
{
	put(w, "%cmm%u", insn->fields.vector_len == 64 ? 'z' : insn->fields.vector_len == 32 ? 'y' : 'x', reg);
}

static void put_immediate(struct writer *w, const struct insn *insn)
{
	uint64_t mask = insn->fields.imm_size >= 8 ? ~0ull : (1ull << (8 * insn->fields.imm_size)) - 1;

	put(w, "0x%" PRIx64, (uint64_t)immediate(insn) & mask);
}

/* EVEX: a full register, or with the letter h a half of it, with o 16 bytes; never below 16. */
static void put_vector_part(struct writer *w, const struct insn *insn, unsigned reg, char part)
{
	unsigned size = insn->fields.vector_len;

	if (insn->fields.encoding != ENC_EVEX && !insn->mem.index_size) {
		put_vector(w, insn, reg);
		return;
	}
	size = part == 'o' ? 16 : part == 'h' ? size / 2 : size;
	put(w, "%cmm%u", size >= 64 ? 'z' : size >= 32 ? 'y' : 'x', reg);
}

/* {1to16}: how often the one element in memory is taken. */
static void put_broadcast(struct writer *w, const struct table_row *row, const struct insn *insn)
{
	if (insn->fields.broadcast)
		put(w, "{1to%u}", table_mem_size(row, &insn->fields, insn->mode) / insn->mem.size);
}

/* Operands that are spelt out: "ES", "AL", "rAX", "CL", "1". */
static bool put_literal(struct writer *w, const struct insn *insn, const char *s)
{
	size_t n = strcspn(s, ",");

	if (n == 3 && !strncmp(s, "rAX", 3)) {
		put(w, "%s", text_gpr(GPR_RAX, insn->op_size, true));
		return true;
	}
	if (*s != '1' && !(n == 2 && s[1] >= 'A' && s[1] <= 'Z'))
		return false;
	for (size_t i = 0; i < n; i++)
		put(w, "%c", s[i] >= 'A' && s[i] <= 'Z' ? s[i] - 'A' + 'a' : s[i]);
	return true;
}

static void put_gpr(struct writer *w, const struct insn *insn, unsigned reg, char part)
{
	unsigned size = insn->op_size;

	if (part == 'd' || part == 'q')
		size = part == 'q' || (insn->fields.encoding == ENC_LEGACY && insn->fields.rex & 8) ? 8 : 4;
	if (part == 'm') /* the natural size of the mode */
		size = insn->mode == MODE_64 ? 8 : 4;
	put(w, "%s", text_gpr(reg, size, insn->fields.rex != 0));
}

/* One operand by its letter in the opcode map. Intel SDM Vol 2, "Codes for Addressing Method". */
static void put_operand(struct writer *w, const struct table_row *row, const struct insn *insn, const char *code)
{
	const struct insn_fields *f = &insn->fields;
	char method = code[0], part = code[1];
	unsigned rm = (f->modrm & 7) | (f->rex & 1 ? 8 : 0);

	if (put_literal(w, insn, code)) {
		return;
	} else if (method == 'I') {
		put_immediate(w, insn);
	} else if (method == 'J') {
		int64_t distance = immediate(insn) + insn->length;

		put(w, "$%c0x%" PRIx64, distance < 0 ? '-' : '+',
		    distance < 0 ? 0 - (uint64_t)distance : (uint64_t)distance);
	} else if (method == 'G') {
		put_gpr(w, insn, f->reg, part);
	} else if (method == 'K') {
		put(w, "k%u", f->reg & 7);
	} else if (method == 'k') {
		put(w, "k%u", f->vvvv & 7);
	} else if (method == 'B') {
		put(w, "%s", text_gpr(f->vvvv, insn->op_size, true));
	} else if (method == 'V') {
		put_vector_part(w, insn, f->reg, part);
	} else if (method == 'H') {
		put_vector_part(w, insn, f->vvvv, part);
	} else if (method == 'L') {
		put_vector(w, insn, insn->bytes[insn->fields.imm_at] >> 4);
	} else if (method == 'P') {
		put(w, "mm%u", f->reg & 7);
	} else if (insn->mem.present) {
		put_address(w, insn);
		put_broadcast(w, row, insn);
	} else if (method == 'W') {
		put_vector(w, insn, rm);
	} else if (method == 'Q' || method == 'N') {
		put(w, "mm%u", rm & 7);
	} else {
		put(w, "%s", text_gpr(rm, insn->op_size, f->rex != 0));
	}
}

/* "cc" at the end stands for the condition in the opcode. Intel SDM Vol 1, "EFLAGS Condition Codes". */
static void put_mnemonic(struct writer *w, const struct insn *insn, const char *name, size_t n)
{
	static const char *const conditions[16] = {"o", "no", "b", "ae", "e", "ne", "be", "a",
						   "s", "ns", "p", "np", "l", "ge", "le", "g"};
	bool conditional = n > 2 && !strncmp(name + n - 2, "cc", 2);

	put(w, "%.*s%s", (int)(conditional ? n - 2 : n), name, conditional ? conditions[insn->fields.opcode & 15] : "");
}

void text_instruction(const struct table_row *row, const struct insn *insn, char text[INSN_TEXT])
{
	struct writer w = {text, 0};
	const char *s = row->name;
	size_t mnemonic = strcspn(s, " ");

	put_mnemonic(&w, insn, s, mnemonic);
	s += mnemonic;
	for (char separator = ' '; *s; separator = ',') {
		s++;
		put(&w, "%c", separator);
		put_operand(&w, row, insn, s);
		if (separator == ' ' && insn->fields.mask)
			put(&w, "{k%u}%s", insn->fields.mask, insn->fields.zeroing ? "{z}" : "");
		s += strcspn(s, ",");
	}
}
