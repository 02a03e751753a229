/*
 * Gathers and scatters: one access an element, from the lowest to the highest.
 *
 * Sources: Intel SDM Vol 2, "VPGATHERDD/VPGATHERDQ", "VPSCATTERDD/VPSCATTERDQ". An
 * element's mask bit is cleared when the element is done, so an instruction that
 * faults in the middle goes on where it was. VEX forms have the mask in the sign
 * bits of a vector register, EVEX ones in a mask register.
 */
#include "decoder/mask.h"
#include "vmm/execute/handlers.h"
#include "vmm/execute/vector_write.h"

#include <string.h>

#define VECTOR_UD 6
#define REGISTER_SIZE 64

static enum execute_status undefined(struct execution_out *out)
{
	out->vector = VECTOR_UD;
	return EXECUTE_EXCEPTION;
}

/* The same register twice, or no mask register. */
static bool is_undefined(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;
	unsigned index = (unsigned)insn->mem.index;

	if (f->encoding == ENC_EVEX)
		return f->mask == 0 || f->zeroing || (insn->exec == EXEC_GATHER && f->reg == index);
	return f->reg == index || f->reg == f->vvvv || f->vvvv == index;
}

static bool is_malformed(const struct execution_in *in)
{
	const struct insn *insn = in->insn;

	if (insn->element == 0 || insn->element > 8 || insn->element * insn->elements > REGISTER_SIZE)
		return true;
	for (unsigned i = 0; i < in->nrefs; i++) {
		const struct memref *ref = &in->refs[i];

		if (ref->size != insn->element || ref->at % insn->element || ref->at >= insn->element * insn->elements)
			return true;
	}
	return false;
}

/* How many elements are done with before the one that faults: also those that the mask leaves out. */
static unsigned elements_passed(const struct execution_in *in, const struct vector_state *vector)
{
	uint64_t left = mask_active(in->insn, vector);

	for (unsigned i = 0; i < in->nrefs; i++)
		left &= ~(1ull << in->refs[i].at / in->insn->element);
	return left ? (unsigned)__builtin_ctzll(left) : in->insn->elements;
}

/* VEX: measured, the mask of each element that was passed becomes zero, active or not; the others stay as they are. */
static void clear_vector_mask(const struct execution_in *in, struct vector_state *vector)
{
	const struct insn *insn = in->insn;
	uint8_t mask[REGISTER_SIZE];

	vector_register(vector, insn->fields.vvvv, mask);
	memset(mask, 0, in->partial ? insn->element * elements_passed(in, vector) : sizeof(mask));
	vector_write_register(vector, insn->fields.vvvv, mask);
}

static void clear_mask(const struct execution_in *in, struct vector_state *vector)
{
	uint64_t mask;

	if (in->insn->fields.encoding != ENC_EVEX) {
		clear_vector_mask(in, vector);
		return;
	}
	mask = in->partial ? vector_mask_register(vector, in->insn->fields.mask) : 0;
	for (unsigned i = 0; i < in->nrefs; i++)
		mask &= ~(1ull << in->refs[i].at / in->insn->element);
	vector_write_mask(vector, in->insn->fields.mask, mask);
}

/* The registers after: those before, if the instruction is to be run again. */
static void stay(const struct execution_in *in, struct execution_out *out)
{
	if (in->partial)
		operand_copy(&out->regs, in->regs, sizeof(out->regs));
}

enum execute_status handle_gather(const struct execution_in *in, struct vector_state *vector, struct execution_out *out)
{
	const struct insn *insn = in->insn;
	unsigned width = insn->element * insn->elements;
	uint8_t bytes[REGISTER_SIZE];

	if (is_undefined(insn))
		return undefined(out);
	if (!vector || is_malformed(in))
		return operand_refuse(out, "this is no gather that is known");
	vector_register(vector, insn->fields.reg, bytes);
	for (unsigned i = 0; i < in->nrefs; i++)
		memcpy(bytes + in->refs[i].at, in->loaded[i], insn->element);
	/* measured: while elements are left, EVEX forms clear what is above their vector, VEX forms nothing */
	if (!in->partial)
		memset(bytes + width, 0, sizeof(bytes) - width);
	else if (insn->fields.encoding == ENC_EVEX)
		memset(bytes + insn->fields.vector_len, 0, sizeof(bytes) - insn->fields.vector_len);
	clear_mask(in, vector);
	vector_write_register(vector, insn->fields.reg, bytes);
	stay(in, out);
	return EXECUTE_OK;
}

enum execute_status handle_scatter(const struct execution_in *in, struct vector_state *vector,
				   struct execution_out *out)
{
	const struct insn *insn = in->insn;
	uint8_t bytes[REGISTER_SIZE];

	if (is_undefined(insn))
		return undefined(out);
	if (!vector || is_malformed(in))
		return operand_refuse(out, "this is no scatter that is known");
	vector_register(vector, insn->fields.reg, bytes);
	for (unsigned i = 0; i < in->nrefs; i++)
		memcpy(out->stored[i], bytes + in->refs[i].at, insn->element);
	clear_mask(in, vector);
	stay(in, out);
	return EXECUTE_OK;
}
