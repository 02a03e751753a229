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
		put(w, "%s%s", first ? "" : "+", text_gpr((unsigned)mem->index, mem->addr_size, true));
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

/* One operand by its letter in the opcode map. Intel SDM Vol 2, "Codes for Addressing Method". */
static void put_operand(struct writer *w, const struct insn *insn, char method)
{
	const struct insn_fields *f = &insn->fields;
	unsigned reg = (f->modrm >> 3 & 7) | (f->rex & 4 ? 8 : 0);
	unsigned rm = (f->modrm & 7) | (f->rex & 1 ? 8 : 0);

	if (method == 'I') {
		put_immediate(w, insn);
	} else if (method == 'J') {
		int64_t distance = immediate(insn) + insn->length;

		put(w, "$%c0x%" PRIx64, distance < 0 ? '-' : '+',
		    distance < 0 ? 0 - (uint64_t)distance : (uint64_t)distance);
	} else if (method == 'G') {
		put(w, "%s", text_gpr(reg, insn->op_size, f->rex != 0));
	} else if (method == 'B') {
		put(w, "%s", text_gpr(f->vvvv, insn->op_size, true));
	} else if (method == 'V') {
		put_vector(w, insn, reg);
	} else if (method == 'H') {
		put_vector(w, insn, f->vvvv);
	} else if (method == 'L') {
		put_vector(w, insn, insn->bytes[insn->fields.imm_at] >> 4);
	} else if (method == 'P') {
		put(w, "mm%u", reg & 7);
	} else if (insn->mem.present) {
		put_address(w, insn);
	} else if (method == 'W') {
		put_vector(w, insn, rm);
	} else if (method == 'Q') {
		put(w, "mm%u", rm & 7);
	} else {
		put(w, "%s", text_gpr(rm, insn->op_size, f->rex != 0));
	}
}

void text_instruction(const struct table_row *row, const struct insn *insn, char text[INSN_TEXT])
{
	struct writer w = {text, 0};
	const char *s = row->name;
	size_t mnemonic = strcspn(s, " ");

	put(&w, "%.*s", (int)mnemonic, s);
	s += mnemonic;
	for (char separator = ' '; *s; separator = ',') {
		s++;
		put(&w, "%c", separator);
		put_operand(&w, insn, *s);
		s += strcspn(s, ",");
	}
}
