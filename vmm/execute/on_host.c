#include "vmm/execute/on_host.h"

#include "vmm/execute/code_memory.h"
#include "vmm/execute/handlers.h"
#include "vmm/execute/host_fault.h"
#include "vmm/execute/save_area.h"

#include <string.h>

#define TRAP_DE 0 /* divide error */
#define TRAP_UD 6
#define TRAP_GP 13
#define TRAP_MF 16 /* x87 */
#define TRAP_XM 19 /* SSE, AVX */
#define NOTHING_YET 0xa5
#define FSW 2 /* in the area */
#define FSW_ES 0x80 /* an exception is not masked: Intel SDM Vol 1, "x87 FPU Status Register" */
#define OPERAND_MAX 64 /* a larger one comes in several references */

_Static_assert(GPR_COUNT == 16, "stub_enter.S loads and stores so many");

static enum execute_status raise_vector(struct execution_out *out, int vector)
{
	out->vector = (uint8_t)vector;
	return EXECUTE_EXCEPTION;
}

/* Intel SDM Vol 3, "Interrupt 16" and "Interrupt 19": which exception it is depends on CR0.NE and CR4.OSXMMEXCPT. */
static enum execute_status arithmetic(const struct regs *regs, int trap, struct execution_out *out)
{
	if (trap == TRAP_XM)
		return raise_vector(out, regs->cr4 & CR4_OSXMMEXCPT ? TRAP_XM : TRAP_UD);
	if (trap == TRAP_MF && !(regs->cr0 & CR0_NE))
		return operand_refuse(out, "an x87 error that CR0.NE=0 reports through the interrupt controller");
	if (trap == TRAP_DE || trap == TRAP_MF)
		return raise_vector(out, trap);
	return operand_refuse(out, "the host reports an arithmetic exception that is none of #DE, #MF, #XM");
}

/*
 * What the host's exception means for the guest. The operand is aligned and its
 * addresses are checked, so a #GP is about what was loaded: MXCSR, a save area.
 */
static enum execute_status faulted(const struct execution_in *in, const struct stub_frame *frame,
				   struct execution_out *out)
{
	switch (frame->fault) {
	case STUB_RAN:
		break;
	case STUB_ARITHMETIC:
		return arithmetic(in->regs, frame->trap, out);
	case STUB_UNDEFINED:
		return raise_vector(out, TRAP_UD);
	case STUB_PROTECTION:
		if (frame->trap == TRAP_GP && (in->insn->flags & INSN_VECTOR))
			return raise_vector(out, TRAP_GP);
		return operand_refuse(out, "the host CPU faults on the scratch operand");
	}
	return EXECUTE_OK;
}

/* bt and its kin with a register: memrefs_of() has moved the address, the bit within the operand is left. */
static unsigned bit_register(const struct insn *insn)
{
	return (insn->fields.modrm >> 3 & 7) | (insn->fields.rex & 4 ? 8 : 0);
}

/* Must the stub find something else in a register than the guest has there? */
static bool is_aimed(const struct insn *insn, const struct stub *stub)
{
	return insn->flags & INSN_BIT_OFFSET || stub->rsp_became != REG_NONE || insn->exec == EXEC_MASKMOV ||
	       insn->mem.size > OPERAND_MAX;
}

/* The guest's registers, as such a stub is to find them. */
static enum execute_status aim(const struct execution_in *in, const struct stub *stub,
			       const struct vector_state *vector, const uint8_t *slot, uint64_t gpr[GPR_COUNT],
			       struct execution_out *out)
{
	enum execute_status status;
	uint64_t rfbm;

	memcpy(gpr, in->regs->gpr, sizeof(in->regs->gpr));
	if (in->insn->flags & INSN_BIT_OFFSET)
		gpr[bit_register(in->insn)] &= 8u * in->insn->op_size - 1;
	if (stub->rsp_became != REG_NONE)
		gpr[stub->rsp_became] = gpr[GPR_RSP];
	if (in->insn->exec == EXEC_MASKMOV)
		gpr[GPR_RDI] = (uintptr_t)slot;
	if (in->insn->mem.size <= OPERAND_MAX || save_area_of(in->insn) == SAVE_AREA_NOT)
		return EXECUTE_OK;
	status = save_area_admit(in, vector, slot, &rfbm, out);
	if (status == EXECUTE_OK && save_area_of(in->insn) != SAVE_AREA_FX) {
		gpr[GPR_RAX] = (uint32_t)rfbm;
		gpr[GPR_RDX] = rfbm >> 32;
	}
	return status;
}

/* And what it left in those registers is not the guest's; what stood for RSP is. */
static void put_back(const struct execution_in *in, const struct stub *stub, uint64_t gpr[GPR_COUNT])
{
	const uint64_t *before = in->regs->gpr;

	if (stub->rsp_became != REG_NONE) {
		gpr[GPR_RSP] = gpr[stub->rsp_became];
		gpr[stub->rsp_became] = before[stub->rsp_became];
	}
	if (in->insn->flags & INSN_BIT_OFFSET)
		gpr[bit_register(in->insn)] = before[bit_register(in->insn)];
	if (in->insn->exec == EXEC_MASKMOV)
		gpr[GPR_RDI] = before[GPR_RDI];
	if (in->insn->mem.size > OPERAND_MAX) { /* neither x87 nor the save areas change them */
		gpr[GPR_RAX] = before[GPR_RAX];
		gpr[GPR_RDX] = before[GPR_RDX];
	}
}

static bool is_x87(const struct insn *insn)
{
	return insn->fields.encoding == ENC_LEGACY && insn->fields.map == MAP_0 && (insn->fields.opcode & 0xf8) == 0xd8;
}

/* The x87 unit's notes of its last instruction are the guest's, not the stub's. */
static void store_vectors(const struct execution_in *in, const struct stub *stub, const uint8_t *slot,
			  struct vector_state *vector)
{
	const struct insn_fields *f = &in->insn->fields;
	struct vector_x87 stub_at = {(uintptr_t)stub->code, (uintptr_t)slot,
				     (uint16_t)(f->opcode << 8 | (f->modrm & 0x38) | 5)};
	struct vector_x87 guest_at = {in->regs->rip, in->nrefs ? in->refs[0].ea : 0,
				      (uint16_t)(f->opcode << 8 | f->modrm)};

	vector_after(vector);
	if (is_x87(in->insn))
		vector_x87_at(vector, &stub_at, &guest_at);
}

/* One reference that is the whole operand; or, masked or larger than a reference, pieces of it. */
static bool fits_slot(const struct execution_in *in)
{
	const struct insn *insn = in->insn;

	if (!(insn->flags & INSN_MASKED) && insn->exec == EXEC_STUB && insn->mem.size <= OPERAND_MAX)
		return in->nrefs == 1 && in->refs[0].role == MEMREF_OPERAND && in->refs[0].size == insn->mem.size &&
		       in->refs[0].at == 0;
	for (unsigned i = 0; i < in->nrefs; i++) {
		if (in->refs[i].role != MEMREF_OPERAND || in->refs[i].at + in->refs[i].size > SLOT_SIZE)
			return false;
	}
	return true;
}

/* What the instruction loads, in its place; what it only stores, and gaps between the pieces, start as one value. */
static void fill_slot(const struct execution_in *in, uint8_t *slot)
{
	if (in->nrefs != 1)
		memset(slot, NOTHING_YET, in->insn->mem.size > OPERAND_MAX ? SLOT_SIZE : OPERAND_MAX);
	for (unsigned i = 0; i < in->nrefs; i++) {
		const struct memref *ref = &in->refs[i];

		if (ref->use == MEM_WRITE)
			operand_fill(slot + ref->at, NOTHING_YET, ref->size);
		else
			operand_copy(slot + ref->at, in->loaded[i], ref->size);
	}
}

/* x87 stores with an unmasked exception leave memory alone. Intel SDM Vol 1, "x87 FPU Exception Conditions". */
static bool kept_back(const struct execution_in *in, const uint8_t *slot, const struct vector_state *vector)
{
	if (in->nrefs != 1 || in->refs[0].use != MEM_WRITE || !(vector->area[FSW] & FSW_ES))
		return false;
	for (unsigned i = 0; i < in->refs[0].size; i++) {
		if (slot[i] != NOTHING_YET)
			return false;
	}
	return true;
}

static void empty_slot(const struct execution_in *in, const uint8_t *slot, struct execution_out *out)
{
	for (unsigned i = 0; i < in->nrefs; i++) {
		if (in->refs[i].use != MEM_READ)
			operand_copy(out->stored[i], slot + in->refs[i].at, in->refs[i].size);
	}
}

enum execute_status on_host(struct stub_cache *cache, const struct vector_host *host, const struct execution_in *in,
			    struct vector_state *vector, struct execution_out *out)
{
	struct stub_frame frame; /* filled piece by piece: clearing it first costs as much as the stub */
	uint64_t aimed[GPR_COUNT];
	uint8_t *slot = stub_cache_slot(cache);
	const struct stub *stub;
	enum execute_status status;
	const char *why;

	if (!fits_slot(in))
		return operand_refuse(out, "an instruction on the host CPU needs exactly its one operand");
	stub = stub_cache_get(cache, in->insn, &why);
	if (!stub)
		return operand_refuse(out, why);
	frame.area = NULL;
	if (in->insn->flags & INSN_VECTOR) {
		if (!vector || !vector_admit(host, vector, &frame.mask))
			return operand_refuse(out, "the vector state cannot be loaded on this host");
		if (!needs_registers(stub->unit, vector->features))
			return raise_vector(out, TRAP_UD);
		frame.mask &= stub->components;
		frame.area = vector->area;
	}
	frame.code = stub->code;
	frame.flags = in->regs->rflags & RFLAGS_STATUS;
	frame.before = in->regs->gpr;
	frame.after = out->regs.gpr;
	fill_slot(in, slot);
	if (is_aimed(in->insn, stub)) {
		status = aim(in, stub, vector, slot, aimed, out);
		if (status != EXECUTE_OK)
			return status;
		frame.before = aimed;
	}
	host_fault_run(&frame);
	if (frame.area)
		store_vectors(in, stub, slot, vector);
	if (frame.fault != STUB_RAN)
		return faulted(in, &frame, out);
	operand_retire_rest(in, &out->regs);
	out->regs.rflags = (out->regs.rflags & ~RFLAGS_STATUS) | (frame.flags & RFLAGS_STATUS);
	out->regs.gpr[GPR_RSP] = in->regs->gpr[GPR_RSP];
	if (frame.before == aimed)
		put_back(in, stub, out->regs.gpr);
	out->repeats = false;
	out->unstored = is_x87(in->insn) && kept_back(in, slot, vector);
	empty_slot(in, slot, out);
	return EXECUTE_OK;
}

/* AH: SF, ZF, AF, PF, CF; AL: OF */
static uint64_t flags_of_ax(uint64_t ax)
{
	return (ax >> 8 & 0xff & RFLAGS_STATUS) | (ax & 1 ? RFLAGS_OF : 0);
}

uint64_t on_host_cmp(uint64_t left, uint64_t right, unsigned size)
{
	uint64_t ax;

	if (size == 1)
		__asm__("cmpb %b2, %b1\n\tlahf\n\tseto %%al" : "=&a"(ax) : "r"(left), "r"(right) : "cc");
	else if (size == 2)
		__asm__("cmpw %w2, %w1\n\tlahf\n\tseto %%al" : "=&a"(ax) : "r"(left), "r"(right) : "cc");
	else if (size == 4)
		__asm__("cmpl %k2, %k1\n\tlahf\n\tseto %%al" : "=&a"(ax) : "r"(left), "r"(right) : "cc");
	else
		__asm__("cmpq %2, %1\n\tlahf\n\tseto %%al" : "=&a"(ax) : "r"(left), "r"(right) : "cc");
	return flags_of_ax(ax);
}
