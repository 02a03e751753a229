#include "vmm/execute/on_host.h"

#include "vmm/execute/code_memory.h"
#include "vmm/execute/handlers.h"
#include "vmm/execute/host_fault.h"

#include <string.h>

#define TRAP_DE 0 /* divide error */
#define TRAP_MF 16 /* x87 */
#define TRAP_XM 19 /* SSE, AVX */

_Static_assert(GPR_COUNT == sizeof(((struct stub_frame *)0)->gpr) / sizeof(uint64_t), "the frame has them all");

static enum execute_status raise_vector(struct execution_out *out, int vector)
{
	out->vector = (uint8_t)vector;
	return EXECUTE_EXCEPTION;
}

/* What the host's exception means for the guest. */
static enum execute_status faulted(const struct stub_frame *frame, struct execution_out *out)
{
	switch (frame->fault) {
	case STUB_RAN:
		break;
	case STUB_ARITHMETIC:
		if (frame->trap == TRAP_DE || frame->trap == TRAP_MF || frame->trap == TRAP_XM)
			return raise_vector(out, frame->trap);
		return operand_refuse(out, "the host reports an arithmetic exception that is none of #DE, #MF, #XM");
	case STUB_UNDEFINED:
		return operand_refuse(out, "the host CPU does not have this instruction");
	case STUB_PROTECTION:
		return operand_refuse(out, "the host CPU raises #GP or #AC at this instruction");
	}
	return EXECUTE_OK;
}

/* bt and its kin with a register: memrefs_of() has moved the address, the bit within the operand is left. */
static unsigned bit_register(const struct insn *insn)
{
	return (insn->fields.modrm >> 3 & 7) | (insn->fields.rex & 4 ? 8 : 0);
}

static void load_gprs(const struct execution_in *in, const struct stub *stub, struct stub_frame *frame)
{
	operand_copy(frame->gpr, in->regs->gpr, sizeof(frame->gpr));
	if (in->insn->flags & INSN_BIT_OFFSET)
		frame->gpr[bit_register(in->insn)] &= 8u * in->insn->op_size - 1;
	if (stub->rsp_became != REG_NONE)
		frame->gpr[stub->rsp_became] = frame->gpr[GPR_RSP];
}

static void store_gprs(const struct execution_in *in, const struct stub *stub, const struct stub_frame *frame,
		       struct regs *regs)
{
	uint64_t rsp = stub->rsp_became == REG_NONE ? regs->gpr[GPR_RSP] : frame->gpr[stub->rsp_became];

	operand_copy(regs->gpr, frame->gpr, sizeof(regs->gpr));
	if (stub->rsp_became != REG_NONE)
		regs->gpr[stub->rsp_became] = in->regs->gpr[stub->rsp_became];
	regs->gpr[GPR_RSP] = rsp;
	if (in->insn->flags & INSN_BIT_OFFSET)
		regs->gpr[bit_register(in->insn)] = in->regs->gpr[bit_register(in->insn)];
	regs->rflags = (regs->rflags & ~RFLAGS_STATUS) | (frame->flags & RFLAGS_STATUS);
}

static bool is_x87(const struct insn *insn)
{
	return insn->fields.encoding == ENC_LEGACY && insn->fields.map == MAP_0 && (insn->fields.opcode & 0xf8) == 0xd8;
}

static void store_vectors(const struct execution_in *in, const struct stub *stub, struct vector_state *vector)
{
	const struct insn_fields *f = &in->insn->fields;

	vector_after(vector);
	if (is_x87(in->insn))
		vector_x87_at(vector, (uint64_t)(uintptr_t)stub->code, in->regs->rip, in->refs[0].ea,
			      (uint16_t)(f->opcode << 8 | f->modrm));
}

enum execute_status on_host(struct stub_cache *cache, const struct vector_host *host, const struct execution_in *in,
			    struct vector_state *vector, struct execution_out *out)
{
	const struct memref *ref = in->refs;
	struct stub_frame frame; /* filled piece by piece: clearing it first costs as much as the stub */
	uint8_t *slot = stub_cache_slot(cache);
	const struct stub *stub;
	const char *why;

	if (in->nrefs != 1 || ref->role != MEMREF_OPERAND || ref->size > SLOT_SIZE || ref->size != in->insn->mem.size)
		return operand_refuse(out, "an instruction on the host CPU needs exactly its one operand");
	stub = stub_cache_get(cache, in->insn, &why);
	if (!stub)
		return operand_refuse(out, why);
	frame.area = NULL;
	if (in->insn->flags & INSN_VECTOR) {
		if (!vector || !vector_admit(host, vector, &frame.mask))
			return operand_refuse(out, "the vector state cannot be loaded on this host");
		frame.area = vector->area;
	}
	frame.code = stub->code;
	frame.clean = host->clean;
	frame.flags = in->regs->rflags & RFLAGS_STATUS;
	load_gprs(in, stub, &frame);
	if (ref->use == MEM_WRITE)
		memset(slot, 0, SLOT_SIZE);
	else
		memcpy(slot, in->loaded[0], ref->size);
	host_fault_run(&frame);
	if (frame.area)
		store_vectors(in, stub, vector);
	if (frame.fault != STUB_RAN)
		return faulted(&frame, out);
	operand_retire(in, &out->regs);
	out->repeats = false;
	store_gprs(in, stub, &frame, &out->regs);
	if (ref->use != MEM_READ)
		memcpy(out->stored[0], slot, ref->size);
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
