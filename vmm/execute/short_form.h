/*
 * short_form.h: integer instructions that name their register in the opcode or not at all.
 *
 * mov r,imm; the ALU and test on the accumulator; xchg with it; bswap; sign extensions
 * of it; the carry flag; lahf, sahf. None of their forms touches memory, so the closed
 * table has no rows of them. Source: Intel SDM Vol 2, "One-byte Opcode Map".
 */
#ifndef VMM_EXECUTE_SHORT_FORM_H
#define VMM_EXECUTE_SHORT_FORM_H

#include "decoder/insn.h"

/*
 * Is it one, in 64-bit mode, that does not name RSP, which a stub cannot load? Then *imm_size is
 * how many bytes of immediate follow; otherwise it is untouched.
 */
bool short_form(const struct insn_fields *f, uint8_t *imm_size);

#endif
