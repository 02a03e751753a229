/*
 * record.h: records of accesses (struct guest_access): made from a plan, and an answer
 * compared with what is asked. Pure.
 *
 * The area is memory that the guest may change at any time: it is copied once, and
 * only the copy is looked at.
 */
#ifndef VMM_DECLARED_RECORD_H
#define VMM_DECLARED_RECORD_H

#include "guest/abi/virtual.h"
#include "vmm/access/plan.h"

/* Which part of the plan each part of the record is. */
struct record_map {
	uint16_t part[GUEST_PARTS_MAX];
};

/* Is it on a page that this keeper answers for? */
bool record_is_kept(const struct part *part, const struct keeper *keeper);

/*
 * What the instruction accesses of this keeper's, without bytes and without a turn: rip, code, parts. False if these
 * are more than GUEST_PARTS_MAX; then *record has none.
 */
bool record_of(const struct plan *plan, const struct keeper *keeper, struct guest_access *record,
	       struct record_map *map);

/* Bytes of a record with so many parts. */
unsigned record_size(unsigned nparts);

/* Copy what is in use of the record at memory; a number of parts that cannot be counts as none. */
void record_copy(const uint8_t *memory, struct guest_access *out);

/* Is answer an answer to what asked would ask? Its id was given out by issued ids so far. The verdict is not looked at.
 */
bool record_fits(const struct guest_access *answer, const struct guest_access *asked, uint64_t issued);

/* The exception of a verdict FAULT; false if it is none that may be raised, and then *out is untouched. */
bool record_fault(const struct guest_access *answer, struct fault *out);

#endif
