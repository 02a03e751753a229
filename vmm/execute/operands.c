#include "vmm/execute/gpr.h"
#include "vmm/execute/handlers.h"

#include <string.h>

/* The instruction pointer is as wide as the code segment says. */
static uint64_t next_rip(const struct insn *insn, const struct regs *regs)
{
	uint64_t next = regs->rip + insn->length;

	switch (insn->mode) {
	case MODE_16:
		return gpr_cut(next, 2);
	case MODE_32:
		return gpr_cut(next, 4);
	case MODE_64:
		return next;
	}
	return next;
}

/* Neither memset() nor memcpy(): with sizes that vary compilers make `rep` of them, which costs as much as a stub. */
void operand_fill(void *to, uint8_t value, size_t size)
{
	uint64_t word = value * 0x0101010101010101ull;
	uint8_t *out = to;

	for (; size >= sizeof(word); size -= sizeof(word), out += sizeof(word)) {
		memcpy(out, &word, sizeof(word));
		__asm__("" : "+r"(out));
	}
	for (; size > 0; size--, out++) {
		*out = value;
		__asm__("" : "+r"(out));
	}
}

void operand_copy(void *to, const void *from, size_t size)
{
	typedef uint64_t chunk __attribute__((vector_size(16), aligned(1), may_alias));
	uint8_t *out = to;
	const uint8_t *in = from;

	if (size == 8) { /* most of all */
		memcpy(out, in, 8);
		return;
	}
	for (; size >= sizeof(chunk); size -= sizeof(chunk), in += sizeof(chunk), out += sizeof(chunk)) {
		*(chunk *)out = *(const chunk *)in;
		__asm__("" : "+r"(in)); /* nor here */
	}
	if (size & 8)
		memcpy(out, in, 8), out += 8, in += 8;
	if (size & 4)
		memcpy(out, in, 4), out += 4, in += 4;
	if (size & 2)
		memcpy(out, in, 2), out += 2, in += 2;
	if (size & 1)
		*out = *in;
}

void operand_retire_rest(const struct execution_in *in, struct regs *after)
{
	regs_copy_system(after, in->regs);
	after->rip = next_rip(in->insn, in->regs);
	after->rflags = in->regs->rflags & ~RFLAGS_RF;
}

void operand_retire(const struct execution_in *in, struct regs *after)
{
	memcpy(after->gpr, in->regs->gpr, sizeof(after->gpr));
	operand_retire_rest(in, after);
}

int operand_ref(const struct execution_in *in, enum memref_role role)
{
	for (unsigned i = 0; i < in->nrefs; i++) {
		if (in->refs[i].role == role)
			return (int)i;
	}
	return -1;
}

uint64_t operand_loaded(const struct execution_in *in, int i)
{
	uint64_t value = 0;

	if (i >= 0 && in->refs[i].size <= sizeof(value))
		memcpy(&value, in->loaded[i], in->refs[i].size);
	return value;
}

void operand_store(const struct execution_in *in, int i, struct execution_out *out, uint64_t value)
{
	if (i >= 0 && in->refs[i].size <= sizeof(value))
		memcpy(out->stored[i], &value, in->refs[i].size);
}

int64_t operand_imm(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;
	unsigned unused_bits = 64 - 8u * f->imm_size;
	uint64_t value = 0;

	if (f->imm_size == 0 || f->imm_size > sizeof(value) || f->imm_at + f->imm_size > INSN_MAX)
		return 0;
	memcpy(&value, insn->bytes + f->imm_at, f->imm_size);
	return (int64_t)(value << unused_bits) >> unused_bits;
}

unsigned operand_rm_gpr(const struct insn *insn)
{
	return (insn->fields.modrm & 7) | (insn->fields.rex & 1 ? 8 : 0);
}

bool operand_rm_is_memory(const struct insn *insn)
{
	return insn->fields.has_modrm && insn->fields.modrm < 0xc0;
}

void operand_move_rsp(struct regs *regs, int64_t distance)
{
	gpr_write(regs, GPR_RSP, regs->stack_size, regs->gpr[GPR_RSP] + (uint64_t)distance);
}

enum execute_status operand_refuse(struct execution_out *out, const char *why)
{
	out->why = why;
	return EXECUTE_REFUSED;
}
