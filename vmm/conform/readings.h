/*
 * readings.h: where Capstone or Zydis read otherwise than the closed table, and who the CPU says is right.
 *
 * One entry is a form of the table, one of the two decoders, and how it differs. Of each the cases are
 * counted, and of these the ones that were run by the CPU and by lodestore, which goes by the table, and
 * came out equal: then the table is right, for the operand lay at the address that it reads.
 */
#ifndef VMM_CONFORM_READINGS_H
#define VMM_CONFORM_READINGS_H

#include "decoder/decode.h"

#include <stdio.h>

struct reading {
	uint16_t row; /* TABLE_NO_ROW: both differ, so that decode() refused it */
	enum other_decoder who;
	enum other_reading how; /* never READING_SAME */
	enum encoding encoding;
	uint64_t cases, same, different; /* the last two: as compared with the CPU */
	uint8_t bytes[INSN_MAX], length, opcode; /* of the first */
	char text[INSN_TEXT]; /* as the table reads it; "" if refused */
};

struct readings;

/* NULL when out of memory. */
struct readings *readings_new(void);
void readings_free(struct readings *r);

/*
 * Count what decode() gave last: insn, or NULL for bytes that it refused with DECODE_DISAGREE. same, different:
 * it was compared. Returns -ENOMEM or 0.
 */
int readings_note(struct readings *r, const struct decoder *d, const struct insn *insn, const uint8_t *bytes,
		  unsigned length, bool same, bool different);

/* For the head of a table: a line for each entry, with what the decoder says of its first instruction. */
void readings_write(const struct readings *r, struct decoder *d, FILE *out);

#endif
