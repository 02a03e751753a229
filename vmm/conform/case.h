/*
 * case.h: one case of the conformance suite, as it is drawn, printed and read again.
 *
 * Everything of the state follows from it: two runs of a case are the same.
 */
#ifndef VMM_CONFORM_CASE_H
#define VMM_CONFORM_CASE_H

#include "decoder/insn.h"
#include "vmm/error.h"

/* Where the operand lies; the pages are those of arena.h. */
enum place {
	PLACE_ALIGNED, /* to a line, on a virtual page */
	PLACE_UNALIGNED,
	PLACE_LINE, /* crossing a line */
	PLACE_PAGE, /* crossing from one virtual page to another */
	PLACE_MEMORY_SECOND, /* crossing from a virtual page to memory */
	PLACE_MEMORY_FIRST, /* crossing from memory to a virtual page */
	PLACE_ABSENT_SECOND, /* crossing from a virtual page to one that is not present */
	PLACE_ABSENT_FIRST, /* crossing from a page that is not present to a virtual one that is read-only */
	PLACE_ABSENT, /* on a page that is not present */
	PLACE_READ_ONLY, /* on a virtual page that is not writable */
	PLACE_NOT_CANONICAL,
	PLACE_ABSENT_BOTH, /* crossing between two pages that are not present */
	PLACES,
};

/* What of the state is plain instead of drawn: a failure is made smaller by setting these. */
#define PLAIN_REGISTERS 0x01
#define PLAIN_FLAGS 0x02 /* all clear */
#define PLAIN_VECTOR 0x04 /* as after XRSTOR of nothing */
#define PLAIN_MEMORY 0x08 /* all bytes 0x11 */
#define PLAIN_STACK 0x10 /* in the middle of a memory page */
#define PLAIN_ALL 0x1f

struct conform_case {
	uint8_t bytes[INSN_MAX]; /* addresses in it (RIP-relative, absolute) are overwritten so that they fit */
	uint8_t length;
	uint8_t place; /* enum place */
	uint8_t plain; /* PLAIN_* */
	uint64_t seed; /* of the state */
};

#define CASE_TEXT (2 * (INSN_MAX + 10) + 1)

const char *place_name(enum place place);

/* As hex, NUL-terminated: place, plain, seed, bytes. */
void case_print(const struct conform_case *c, char text[CASE_TEXT]);

/* The record of such text. 0, or -1 with *e filled and *out untouched. */
int case_parse(const uint8_t *bytes, unsigned count, struct conform_case *out, struct error *e);

#endif
