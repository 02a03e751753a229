/*
 * movs, stos, lods, scas, cmps: one element.
 *
 * Sources: Intel SDM Vol 2, "REP/REPE/REPZ/REPNE/REPNZ" and the page of each. The
 * registers that move are as wide as an address, and 4-byte ones clear bits 63:32.
 */
#include "vmm/execute/gpr.h"
#include "vmm/execute/handlers.h"
#include "vmm/execute/on_host.h"

/* Which registers and loads the five use. */
static bool uses_rsi(enum string_op op)
{
	return op == STRING_MOVS || op == STRING_LODS || op == STRING_CMPS;
}

static bool uses_rdi(enum string_op op)
{
	return op != STRING_LODS;
}

static bool compares(enum string_op op)
{
	return op == STRING_SCAS || op == STRING_CMPS;
}

static void advance(const struct insn *insn, struct regs *regs, unsigned index)
{
	uint64_t distance = regs->rflags & RFLAGS_DF ? -(uint64_t)insn->op_size : insn->op_size;

	gpr_write(regs, index, insn->mem.addr_size, regs->gpr[index] + distance);
}

static void set_flags(struct regs *regs, uint64_t left, uint64_t right, unsigned size)
{
	regs->rflags = (regs->rflags & ~RFLAGS_STATUS) | on_host_cmp(left, right, size);
}

/* F2 and F3 both: the last one counts. */
static bool is_repne(const struct insn_fields *f)
{
	return f->rep && f->repne ? f->prefix == PFX_F2 : f->repne;
}

/* After an element: does the same instruction go on? Counts down. */
static bool goes_on(const struct insn *insn, struct regs *regs)
{
	const struct insn_fields *f = &insn->fields;
	unsigned size = insn->mem.addr_size;
	bool equal = regs->rflags & RFLAGS_ZF;

	if (!f->rep && !f->repne)
		return false;
	gpr_write(regs, GPR_RCX, size, regs->gpr[GPR_RCX] - 1);
	if (gpr_read(regs, GPR_RCX, size) == 0)
		return false;
	return !compares(insn->string) || equal != is_repne(f);
}

static void element(const struct execution_in *in, struct execution_out *out)
{
	unsigned size = in->insn->op_size;
	int src = operand_ref(in, MEMREF_STRING_SRC);
	int dst = operand_ref(in, MEMREF_STRING_DST);

	switch (in->insn->string) {
	case STRING_MOVS:
		operand_store(in, dst, out, operand_loaded(in, src));
		break;
	case STRING_STOS:
		operand_store(in, dst, out, in->regs->gpr[GPR_RAX]);
		break;
	case STRING_LODS:
		gpr_write(&out->regs, GPR_RAX, size, operand_loaded(in, src));
		break;
	case STRING_SCAS:
		set_flags(&out->regs, in->regs->gpr[GPR_RAX], operand_loaded(in, dst), size);
		break;
	case STRING_CMPS:
		set_flags(&out->regs, operand_loaded(in, src), operand_loaded(in, dst), size);
		break;
	case STRING_INS:
	case STRING_OUTS:
		break; /* EXEC_PORT */
	}
}

enum execute_status handle_string(const struct execution_in *in, struct execution_out *out)
{
	const struct insn *insn = in->insn;
	bool repeated = insn->fields.rep || insn->fields.repne;

	out->repeats = false;
	if (repeated && gpr_read(in->regs, GPR_RCX, insn->mem.addr_size) == 0)
		return EXECUTE_OK; /* nothing is touched, and the flags stay */
	if (uses_rsi(insn->string) != (operand_ref(in, MEMREF_STRING_SRC) >= 0) ||
	    uses_rdi(insn->string) != (operand_ref(in, MEMREF_STRING_DST) >= 0))
		return operand_refuse(out, "a string instruction without its operands");
	element(in, out);
	if (uses_rsi(insn->string))
		advance(insn, &out->regs, GPR_RSI);
	if (uses_rdi(insn->string))
		advance(insn, &out->regs, GPR_RDI);
	out->repeats = goes_on(insn, &out->regs);
	if (out->repeats)
		out->regs.rip = in->regs->rip;
	return EXECUTE_OK;
}

/* --- elements together -------------------------------------------------------- */

bool execute_goes_on(const struct insn *insn, const struct regs *regs)
{
	return insn->exec == EXEC_STRING && (insn->string == STRING_MOVS || insn->string == STRING_STOS) &&
	       insn->mode == MODE_64 && insn->mem.addr_size == 8 && !(regs->rflags & (RFLAGS_DF | RFLAGS_TF));
}

/* The instruction itself, on the host CPU: so where they overlap, elements see those before them. */
static void move_together(unsigned size, uint8_t *to, const uint8_t *from, uint64_t n)
{
	if (size == 1)
		__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
	else if (size == 2)
		__asm__ volatile("rep movsw" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
	else if (size == 4)
		__asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
	else
		__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

static void store_together(unsigned size, uint8_t *to, uint64_t value, uint64_t n)
{
	if (size == 1)
		__asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(value) : "memory");
	else if (size == 2)
		__asm__ volatile("rep stosw" : "+D"(to), "+c"(n) : "a"(value) : "memory");
	else if (size == 4)
		__asm__ volatile("rep stosl" : "+D"(to), "+c"(n) : "a"(value) : "memory");
	else
		__asm__ volatile("rep stosq" : "+D"(to), "+c"(n) : "a"(value) : "memory");
}

void execute_go_on(const struct insn *insn, uint64_t elements, const struct memref *refs, uint8_t *const bytes[],
		   struct execution_out *out)
{
	unsigned size = insn->op_size;
	struct regs *regs = &out->regs;

	if (insn->string == STRING_MOVS) {
		unsigned dst = refs[0].role == MEMREF_STRING_DST ? 0 : 1;

		move_together(size, bytes[dst], bytes[!dst], elements);
		regs->gpr[GPR_RSI] += elements * size;
	} else {
		store_together(size, bytes[0], regs->gpr[GPR_RAX], elements);
	}
	regs->gpr[GPR_RDI] += elements * size;
	regs->gpr[GPR_RCX] -= elements;
	out->repeats = regs->gpr[GPR_RCX] != 0;
	if (!out->repeats)
		regs->rip += insn->length;
}
