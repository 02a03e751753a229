/*
 * tally.h: what became of each form, counted; written and read as a table.
 *
 * A form is a row of the closed table with one mnemonic, operand size and memory
 * size. The table is text: a line "# key value" for each figure of the run, then
 * one line a form, its fields divided by tabs.
 */
#ifndef VMM_CONFORM_TALLY_H
#define VMM_CONFORM_TALLY_H

#include "vmm/conform/harness.h"

#include <stdio.h>

#define TALLY_NAME 24
#define TALLY_WHY 120

/* Does the judge's CPU have it, where that is in doubt? */
enum presence { PRESENCE_UNKNOWN, PRESENCE_HAS, PRESENCE_LACKS };

struct tally_form {
	/* the key */
	uint16_t row;
	uint8_t opcode, op_size;
	uint16_t mem_size;
	char mnemonic[TALLY_NAME];
	/* what was counted */
	uint64_t encodings, cases, faults, mismatches, known, refused, skipped; /* known: differences of known.h */
	enum presence presence; /* once asked */
	char why[TALLY_WHY]; /* the first reason of a refusal, or of a skip where none was refused */
};

#define TALLY_OPCODE 40

/* "legacy"; and as "66 0F38 1C /2", for one of the opcodes of a row. */
const char *tally_encoding(enum encoding encoding);
void tally_opcode(unsigned row, uint8_t opcode, char out[TALLY_OPCODE]);

struct tally;

/* NULL when out of memory. */
struct tally *tally_new(void);
void tally_free(struct tally *t);

/* The form of an instruction, made if it is new; *is_new_encoding tells whether its encoding is. NULL: no memory. */
struct tally_form *tally_of(struct tally *t, const struct insn *insn);

struct tally_sum {
	uint64_t mnemonics, forms, encodings, cases, faults, mismatches, known, refused, skipped;
	uint64_t forms_refused, forms_skipped; /* of which no case could be compared */
};

void tally_sum(const struct tally *t, struct tally_sum *sum);

/* The table. host is a line on where it ran, known the count of each row of known.h. 0 or -EIO. */
int tally_write(struct tally *t, const char *harness, const char *host, double seconds, const uint64_t *known,
		FILE *out);

#endif
