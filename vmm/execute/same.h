/*
 * same.h: is the rewritten instruction still the one that was decoded?
 *
 * The last check before bytes that came from a guest run on the host. What our own
 * decoder has read of both is compared: row, operand, sizes, registers, mask,
 * immediates. Then another decoder is asked the same question, so that a mistake of
 * ours alone lets nothing through: Zydis, and where it cannot read one of the two,
 * their texts, which are Capstone's.
 */
#ifndef VMM_EXECUTE_SAME_H
#define VMM_EXECUTE_SAME_H

#include "decoder/decode.h"

#include <stdbool.h>

/*
 * Is again, decoded in 64-bit mode, the same as insn but with its operand on the
 * slot, and does it not name RSP? rsp_became as in struct stub_code.
 */
bool same_on_slot(const struct decoder *d, const struct insn *insn, const struct insn *again, int rsp_became);

#endif
