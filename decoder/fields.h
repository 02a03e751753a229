/*
 * fields.h: where the parts of an encoding stand.
 *
 * Our own reading of prefixes, opcode, ModRM, SIB and displacement, independent
 * of Capstone. It knows which opcodes have a ModRM byte and nothing else about
 * what they do: the size of the immediate comes from the closed table (table.h).
 * Source: Intel SDM Vol 2, "Instruction Format"; "VEX Prefix"; "EVEX Encoding".
 */
#ifndef DECODER_FIELDS_H
#define DECODER_FIELDS_H

#include "decoder/insn.h"

#include <stddef.h>

enum fields_status {
	FIELDS_OK,
	FIELDS_TRUNCATED, /* the bytes end inside the encoding */
	FIELDS_INVALID, /* no CPU takes these prefixes together */
	FIELDS_TOO_LONG, /* it exceeds INSN_MAX */
};

/*
 * Read all but the immediate. On FIELDS_OK *out is complete except imm_size, and
 * imm_at is where an immediate would begin, which is the length without it. The
 * absolute address of A0..A3 is a displacement. Otherwise *out is untouched.
 */
enum fields_status fields_read(const uint8_t *bytes, size_t n, enum cpu_mode mode, struct insn_fields *out);

/* Does the ModRM byte name memory? False without one. */
bool fields_names_memory(const struct insn_fields *f);

/* The opcode extension in ModRM.reg, 0..7. */
unsigned fields_digit(const struct insn_fields *f);

/* Bytes of an effective address: 2, 4 or 8. */
uint8_t fields_addr_size(const struct insn_fields *f, enum cpu_mode mode);

/*
 * The memory operand that ModRM, SIB and displacement (or moffs) spell, with its
 * effective segment; use and size are MEM_NONE and 0. f must name memory.
 */
struct insn_mem fields_mem(const struct insn_fields *f, const uint8_t *bytes, enum cpu_mode mode);

#endif
