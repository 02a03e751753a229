#include "decoder/memref.h"

/* A linear address: FS and GS alone have a base in 64-bit mode; elsewhere it wraps to 32 bits. */
static gva_t linear(const struct insn *insn, const struct regs *regs, enum segment seg, uint64_t ea)
{
	uint64_t base = regs->seg[seg].base;

	if (insn->mode != MODE_64)
		return (gva_t){(uint32_t)(ea + base)};
	return (gva_t){seg == SEG_FS || seg == SEG_GS ? ea + base : ea};
}

static uint64_t wrap(uint64_t value, unsigned size)
{
	return size >= 8 ? value : value & ((1ull << (8 * size)) - 1);
}

static struct memref memref(const struct insn *insn, const struct regs *regs, enum segment seg, uint64_t ea)
{
	return (struct memref){.seg = seg, .ea = ea, .gva = linear(insn, regs, seg, ea)};
}

/* The byte distance that a register's bit offset adds: whole operands, rounded down. SDM Vol 2, "BT". */
static uint64_t bit_string_distance(const struct insn *insn, const struct regs *regs)
{
	unsigned reg = (insn->fields.modrm >> 3 & 7) | (insn->fields.rex & 4 ? 8 : 0);
	unsigned bits = 8u * insn->op_size;
	int64_t offset = (int64_t)(regs->gpr[reg] << (64 - bits)) >> (64 - bits);
	unsigned log2 = (unsigned)__builtin_ctz(bits);

	return (uint64_t)(offset >> log2) * insn->op_size;
}

static struct memref operand(const struct insn *insn, const struct regs *regs, uint64_t rsp)
{
	const struct insn_mem *mem = &insn->mem;
	uint64_t ea = (uint64_t)mem->disp;
	struct memref ref;

	if (mem->base == REG_RIP)
		ea += regs->rip + insn->length;
	else if (mem->base == GPR_RSP)
		ea += rsp;
	else if (mem->base != REG_NONE)
		ea += regs->gpr[mem->base];
	if (mem->index != REG_NONE)
		ea += regs->gpr[mem->index] * mem->scale;
	if (insn->flags & INSN_BIT_OFFSET)
		ea += bit_string_distance(insn, regs);
	ref = memref(insn, regs, mem->seg, wrap(ea, mem->addr_size));
	ref.role = MEMREF_OPERAND;
	ref.use = mem->use;
	ref.size = mem->size;
	ref.locked = insn->locked;
	return ref;
}

static struct memref stack(const struct insn *insn, const struct regs *regs, uint64_t rsp, enum mem_use use)
{
	struct memref ref = memref(insn, regs, SEG_SS, wrap(rsp, regs->stack_size));

	ref.role = MEMREF_STACK;
	ref.use = use;
	ref.size = insn->stack_use;
	return ref;
}

static bool touches_operand(const struct insn *insn)
{
	return insn->mem.present && insn->mem.use != MEM_NONE;
}

static unsigned operand_only(const struct insn *insn, const struct regs *regs, struct memref *refs)
{
	if (!touches_operand(insn))
		return 0;
	refs[0] = operand(insn, regs, regs->gpr[GPR_RSP]);
	return 1;
}

/* push and call: the operand is loaded with the stack pointer as it was, then the stack is written. */
static unsigned onto_stack(const struct insn *insn, const struct regs *regs, struct memref *refs)
{
	unsigned n = operand_only(insn, regs, refs);

	refs[n++] = stack(insn, regs, regs->gpr[GPR_RSP] - insn->stack_use, MEM_WRITE);
	return n;
}

/* pop: the stack is read, then the operand is addressed with the incremented stack pointer. SDM Vol 2, "POP". */
static unsigned from_stack(const struct insn *insn, const struct regs *regs, struct memref *refs)
{
	unsigned n = 0;

	refs[n++] = stack(insn, regs, regs->gpr[GPR_RSP], MEM_READ);
	if (touches_operand(insn)) {
		uint64_t kept = regs->stack_size >= 8 ? 0 : ~0ull << (8 * regs->stack_size);
		uint64_t rsp = regs->gpr[GPR_RSP];

		rsp = (rsp & kept) | wrap(rsp + insn->stack_use, regs->stack_size);
		refs[n++] = operand(insn, regs, rsp);
	}
	return n;
}

static struct memref element(const struct insn *insn, const struct regs *regs, enum memref_role role, enum mem_use use)
{
	unsigned addr_size = insn->mem.addr_size;
	bool source = role == MEMREF_STRING_SRC;
	uint64_t ea = wrap(regs->gpr[source ? GPR_RSI : GPR_RDI], addr_size);
	struct memref ref = memref(insn, regs, source ? insn->mem.seg : SEG_ES, ea);

	ref.role = role;
	ref.use = use;
	ref.size = insn->op_size;
	return ref;
}

static unsigned string(const struct insn *insn, const struct regs *regs, struct memref *refs)
{
	bool repeated = insn->fields.rep || insn->fields.repne;
	unsigned n = 0;

	if (repeated && wrap(regs->gpr[GPR_RCX], insn->mem.addr_size) == 0)
		return 0;
	switch (insn->string) {
	case STRING_MOVS:
		refs[n++] = element(insn, regs, MEMREF_STRING_SRC, MEM_READ);
		refs[n++] = element(insn, regs, MEMREF_STRING_DST, MEM_WRITE);
		break;
	case STRING_CMPS:
		refs[n++] = element(insn, regs, MEMREF_STRING_SRC, MEM_READ);
		refs[n++] = element(insn, regs, MEMREF_STRING_DST, MEM_READ);
		break;
	case STRING_STOS:
	case STRING_INS:
		refs[n++] = element(insn, regs, MEMREF_STRING_DST, MEM_WRITE);
		break;
	case STRING_LODS:
	case STRING_OUTS:
		refs[n++] = element(insn, regs, MEMREF_STRING_SRC, MEM_READ);
		break;
	case STRING_SCAS:
		refs[n++] = element(insn, regs, MEMREF_STRING_DST, MEM_READ);
		break;
	}
	return n;
}

unsigned memrefs_of(const struct insn *insn, const struct regs *regs, const struct vector_state *vector,
		    struct memref refs[MEMREF_MAX])
{
	(void)vector; /* no row has INSN_MASKED yet */
	switch (insn->exec) {
	case EXEC_STUB:
	case EXEC_JMP:
	case EXEC_SEGMENT:
		return operand_only(insn, regs, refs);
	case EXEC_PUSH:
	case EXEC_CALL:
		return onto_stack(insn, regs, refs);
	case EXEC_POP:
		return from_stack(insn, regs, refs);
	case EXEC_RET:
		refs[0] = stack(insn, regs, regs->gpr[GPR_RSP], MEM_READ);
		return 1;
	case EXEC_LEAVE:
		refs[0] = stack(insn, regs, regs->gpr[GPR_RBP], MEM_READ);
		return 1;
	case EXEC_STRING:
	case EXEC_PORT:
		return string(insn, regs, refs);
	case EXEC_STEP:
	case EXEC_MASKMOV:
	case EXEC_GATHER:
	case EXEC_SCATTER:
	case EXEC_ENTER:
	case EXEC_XLAT:
	case EXEC_COPY64:
		return 0; /* no rows yet */
	case EXEC_NONE:
		return 0;
	}
	return 0;
}
