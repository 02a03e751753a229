/*
 * symbolic.h: the accesses of an instruction as address expressions.
 *
 * What memrefs_of() enumerates, in its order, before any register is known: for
 * reports. Pieces and elements of one operand are one access with a note.
 */
#ifndef DECODER_SYMBOLIC_H
#define DECODER_SYMBOLIC_H

#include "decoder/insn.h"

#define SYMBOLIC_MAX 3
#define SYMBOLIC_NOTE 112

struct symbolic_access {
	const char *role;
	char address[INSN_TEXT];
	char note[SYMBOLIC_NOTE]; /* which elements or parts; empty if all of it */
	unsigned size; /* bytes, of one element with VSIB, at most for an area */
	enum mem_use use;
	bool locked;
};

/* Returns how many. */
unsigned symbolic_accesses(const struct insn *insn, struct symbolic_access accesses[SYMBOLIC_MAX]);

#endif
