/*
 * forms.h: what became of each form in several runs, put together: those of one opcode and name in one entry.
 */
#ifndef VMM_CONFORM_FORMS_H
#define VMM_CONFORM_FORMS_H

#include "vmm/error.h"

#include <stdbool.h>

/* Where the CPU's side ran. */
enum side { SIDE_PROCESS, SIDE_VM, SIDES };

struct form_side {
	unsigned long long cases, faults, mismatches, refused, skipped;
	const char *why; /* why it was refused; or skipped, where nothing was compared; NULL: compared */
};

struct form {
	char encoding[16], opcode[40], name[40], how[64];
	char sizes[40]; /* of the operand, bytes: "2, 4, 8" */
	char mnemonic[24]; /* of the first */
	unsigned long long encodings; /* in the run that had most */
	unsigned long long of_run;
	struct form_side sides[SIDES];
};

struct forms {
	unsigned count, capacity;
	struct form *list; /* in the order of the closed table */
};

/* Add the forms of one table. 0, or -1 with *e filled. */
int forms_add(struct forms *f, const char *path, struct error *e);
void forms_free(struct forms *f);

/* "compared", or why not. */
const char *forms_verdict(const struct form_side *side);

#endif
