/*
 * mask.h: which elements of its memory operand a masked instruction touches.
 *
 * The mask is an EVEX mask register, or the sign bits of a vector register (VEX
 * masked moves and gathers, maskmovdqu) or of an MMX register (maskmovq).
 */
#ifndef DECODER_MASK_H
#define DECODER_MASK_H

#include "decoder/insn.h"
#include "decoder/vector.h"

/* The mask bits that count, bit i for element i of the register: at most insn->elements. insn has INSN_MASKED. */
uint64_t mask_bits(const struct insn *insn, const struct vector_state *vector);

/*
 * The elements of the operand in memory that are touched, bit i for the one at
 * byte i * insn->element. Not for INSN_COMPRESSED, where they stand together.
 */
uint64_t mask_active(const struct insn *insn, const struct vector_state *vector);

/* Index i of a VSIB operand, sign-extended. */
int64_t mask_index(const struct insn *insn, const struct vector_state *vector, unsigned i);

#endif
