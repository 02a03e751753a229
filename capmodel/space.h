/*
 * space.h: the guest-physical address space as a space of capabilities.
 *
 * Ranges to capabilities, byte-granular. A page capability is put for each piece
 * of memory; an entry capability put over a part of it hides that part. It is
 * built before the guest runs and read without a lock afterwards; or, after
 * space_share(), entries are put and cut while others look: a look-up then takes a
 * lock for reading, a change for writing, and a slot that was found before a change
 * is a copy that tells how things were.
 */
#ifndef CAPMODEL_SPACE_H
#define CAPMODEL_SPACE_H

#include "capmodel/capability.h"
#include "capmodel/gpa.h"

#include <stddef.h>

struct space;

/* The longest run of addresses around a gpa that the same capability serves. */
struct space_slot {
	gpa_t start;
	uint64_t size; /* bytes; to the end of the address space if nothing follows */
	struct capability cap; /* CAP_NULL: neither memory nor kept */
	uint64_t offset; /* of start in the object */
	bool stores_only; /* loads go to the memory underneath at hardware speed */
	struct capability under; /* the page capability below an entry (adjusted to start), or null */
};

struct space *space_new(void);
void space_free(struct space *s);

/*
 * Memory at [start, start+size). 0, -EINVAL (empty, wraps) or -EEXIST (overlaps
 * other memory), -ENOMEM.
 */
int space_put_memory(struct space *s, gpa_t start, uint64_t size, uint8_t *bytes, uint8_t rights);

/* A keeper at [start, start+size), over memory or over nothing. Errors as above (overlap with another entry). */
int space_put_entry(struct space *s, gpa_t start, uint64_t size, struct capability cap, bool stores_only);

/* The same for a part of an object: start is at offset in it. */
int space_put_part(struct space *s, gpa_t start, uint64_t size, struct capability cap, uint64_t offset,
		   bool stores_only);

/* From now on entries may be put and cut while other threads call space_find(). Once. 0 or -ENOMEM. */
int space_share(struct space *s);

/*
 * What of [start, start+size) is an entry of this keeper's is as it was before that was put; what
 * is left of it at either side stays, with its offsets. 0, -EINVAL (empty, wraps), or, with
 * nothing done, -EEXIST (another keeper is there), -ENOMEM.
 */
int space_cut_entry(struct space *s, gpa_t start, uint64_t size, const struct keeper *keeper);

/* How many entries there are: separate ranges. */
size_t space_entries(const struct space *s);

/* How often entries were put or cut: what was found holds while this stays. */
uint64_t space_changes(const struct space *s);

/* What stands at gpa. *out is always complete. */
void space_find(const struct space *s, gpa_t gpa, struct space_slot *out);

#endif
