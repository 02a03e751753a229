/*
 * same.h: is the rewritten instruction still the one that was decoded?
 *
 * The last check before bytes that came from a guest run on the host. It compares
 * what the decoder says of both, and their texts outside the memory operand.
 */
#ifndef VMM_EXECUTE_SAME_H
#define VMM_EXECUTE_SAME_H

#include "decoder/insn.h"

#include <stdbool.h>

/*
 * Is again, decoded in 64-bit mode, the same as insn but with its operand on the
 * slot, and does it not name RSP? rsp_became as in struct stub_code.
 */
bool same_on_slot(const struct insn *insn, const struct insn *again, int rsp_became);

#endif
