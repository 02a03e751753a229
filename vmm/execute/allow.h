/*
 * allow.h: which opcodes may ever run on the host CPU, whatever the table says.
 *
 * A second lock on the door, apart from the decoder's closed table: it knows
 * opcodes only. Control flow, segment loads, privileged and system instructions,
 * and addressing by vectors (gather, scatter) are not in it, so a wrong row of the
 * table cannot bring them to the host.
 */
#ifndef VMM_EXECUTE_ALLOW_H
#define VMM_EXECUTE_ALLOW_H

#include "decoder/insn.h"

#include <stdbool.h>

bool allow_on_host(const struct insn_fields *fields);

#endif
