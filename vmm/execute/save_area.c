#include "vmm/execute/save_area.h"

#include "vmm/execute/handlers.h"

#include <string.h>

#define VECTOR_GP 13
#define KNOWN (XSTATE_X87 | XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512) /* what a stub may load: never PKRU */
#define LEGACY 512 /* bytes; behind it the header of 64: XSTATE_BV, XCOMP_BV */
#define HEADER_SIZE 64
#define COMPACTED (1ull << 63)

enum save_area save_area_of(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;
	unsigned digit = f->modrm >> 3 & 7;

	if (f->encoding != ENC_LEGACY || f->map != MAP_0F || f->modrm >= 0xc0)
		return SAVE_AREA_NOT;
	if (f->opcode == 0xc7)
		return digit == 4 ? SAVE_AREA_SAVE : SAVE_AREA_NOT;
	if (f->opcode != 0xae || f->prefix != PFX_NONE)
		return SAVE_AREA_NOT;
	if (digit < 2)
		return SAVE_AREA_FX;
	if (digit == 4 || digit == 6)
		return SAVE_AREA_SAVE;
	return digit == 5 ? SAVE_AREA_RESTORE : SAVE_AREA_NOT;
}

bool save_area_is_component(const struct insn *insn, const struct memref *ref)
{
	return save_area_of(insn) == SAVE_AREA_RESTORE && ref->role == MEMREF_OPERAND &&
	       ref->at >= LEGACY + HEADER_SIZE;
}

/* Does the instruction load all of [at, at+size) of its area? */
static bool loaded(const struct execution_in *in, unsigned at, unsigned size)
{
	for (unsigned end = at + size, moved = 1; at < end && moved;) {
		moved = 0;
		for (unsigned i = 0; i < in->nrefs && !moved; i++) {
			const struct memref *ref = &in->refs[i];

			if (ref->use != MEM_WRITE && ref->at <= at && at < (unsigned)ref->at + ref->size) {
				at = (unsigned)ref->at + ref->size;
				moved = 1;
			}
		}
		if (moved && at >= end)
			return true;
	}
	return size == 0;
}

/* Where a component stands in a compacted area. None of KNOWN is aligned further than its place. */
static unsigned compacted_at(const struct vector_layout *layout, uint64_t xcomp, unsigned component)
{
	unsigned at = LEGACY + HEADER_SIZE;

	for (unsigned i = 2; i < component; i++)
		at += xcomp >> i & 1 ? layout->size[i] : 0;
	return at;
}

/*
 * Everything that XRSTOR will read was loaded: the header in memory says what. Measured:
 * in the standard format all that is asked for is checked, whether there or not.
 */
static bool all_loaded(const struct execution_in *in, const struct vector_layout *layout, uint64_t rfbm, uint64_t bv,
		       uint64_t xcomp)
{
	for (unsigned i = 2; i < XSTATE_COMPONENTS; i++) {
		bool reads = rfbm & (xcomp & COMPACTED ? bv : ~0ull) & 1ull << i;
		unsigned at = xcomp & COMPACTED ? compacted_at(layout, xcomp, i) : layout->offset[i];

		if (reads && !loaded(in, at, layout->size[i]))
			return false;
	}
	return loaded(in, LEGACY, HEADER_SIZE);
}

/*
 * Intel SDM Vol 1, "Operation of XRSTOR": what the header may not say. The guest's XCR0
 * counts, not the host's, and the CPU looks before it touches any component.
 */
static bool header_is_good(const uint8_t header[HEADER_SIZE], uint64_t features)
{
	unsigned zeros_to = HEADER_SIZE;
	uint64_t bv, xcomp;

	memcpy(&bv, header, sizeof(bv));
	memcpy(&xcomp, header + 8, sizeof(xcomp));
	if (bv & ~features)
		return false;
	if (!(xcomp & COMPACTED)) {
		if (xcomp)
			return false;
		zeros_to = 24; /* what is behind it is ignored */
	} else if ((xcomp & ~COMPACTED & ~features) || (bv & ~xcomp)) {
		return false;
	}
	for (unsigned i = 16; i < zeros_to; i++)
		if (header[i])
			return false;
	return true;
}

static enum execute_status admit_restore(const struct execution_in *in, const struct vector_state *vector,
					 const uint8_t *slot, uint64_t rfbm, struct execution_out *out)
{
	uint64_t bv, xcomp;

	memcpy(&bv, slot + LEGACY, sizeof(bv));
	memcpy(&xcomp, slot + LEGACY + 8, sizeof(xcomp));
	if (!header_is_good(slot + LEGACY, vector->features)) {
		out->vector = VECTOR_GP;
		return EXECUTE_EXCEPTION;
	}
	if (xcomp & COMPACTED && (xcomp & ~COMPACTED & ~KNOWN))
		return operand_refuse(out, "a compacted area with components that are not carried out");
	if (!all_loaded(in, &vector->layout, rfbm, bv, xcomp))
		return EXECUTE_BEYOND;
	return EXECUTE_OK;
}

enum execute_status save_area_admit(const struct execution_in *in, const struct vector_state *vector,
				    const uint8_t *slot, uint64_t *rfbm, struct execution_out *out)
{
	enum save_area kind = save_area_of(in->insn);
	uint64_t asked = (uint32_t)in->regs->gpr[GPR_RAX] | in->regs->gpr[GPR_RDX] << 32;
	enum execute_status status = EXECUTE_OK;

	asked &= vector->features;
	if (in->insn->mode != MODE_64)
		return operand_refuse(out, "outside 64-bit mode the area holds fewer registers than the stub's");
	if (kind == SAVE_AREA_FX && in->regs->cpl == 0 && (in->regs->efer & EFER_FFXSR))
		return operand_refuse(out, "fxsave without the XMM registers, by EFER.FFXSR");
	if (kind != SAVE_AREA_FX && (asked & ~KNOWN))
		return operand_refuse(out, "it asks for state that is not carried out, as protection keys");
	if (kind == SAVE_AREA_RESTORE)
		status = admit_restore(in, vector, slot, asked, out);
	if (status == EXECUTE_OK)
		*rfbm = asked;
	return status;
}
