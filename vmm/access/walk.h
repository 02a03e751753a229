/*
 * walk.h: guest-virtual to guest-physical, as the MMU would do it.
 *
 * Pure: page tables are read through a callback, and nothing is written by
 * walk(). The accessed and dirty bits are set afterwards, by walk_mark(), when
 * the instruction is known to complete. Source: Intel SDM Vol 3, "Paging";
 * AMD APM Vol 2, "Page Translation and Protection".
 */
#ifndef VMM_ACCESS_WALK_H
#define VMM_ACCESS_WALK_H

#include "capmodel/gpa.h"
#include "decoder/regs.h"

/* How page tables are reached. */
struct walk_memory {
	void *self;
	/* The entry_size (4 or 8) bytes at gpa, aligned; NULL where there is no ordinary memory to read. */
	void *(*entry)(void *self, gpa_t gpa, unsigned entry_size);
};

enum walk_use { WALK_READ, WALK_WRITE, WALK_FETCH };

enum walk_status {
	WALK_OK,
	WALK_FAULT, /* the CPU would raise #PF */
	WALK_TABLE_ABSENT, /* a table lies where there is no ordinary memory: table_gpa */
};

#define WALK_LEVELS 5

struct walk {
	enum walk_status status;
	gpa_t gpa; /* WALK_OK */
	uint64_t page_size; /* WALK_OK: 4 KiB, 2 MiB, 4 MiB or 1 GiB; 4 GiB with paging off */
	uint32_t error; /* WALK_FAULT: the #PF error code; CR2 is the gva asked for */
	gpa_t table_gpa; /* WALK_TABLE_ABSENT: the entry that could not be read */
	/* the entries used, root first, for walk_mark(); not the PDPTE of PAE paging, which has no A */
	unsigned levels;
	struct walk_step {
		void *entry;
		uint64_t value; /* as it was when it was read */
	} steps[WALK_LEVELS];
	unsigned entry_size;
	bool writes; /* the leaf gets its dirty bit */
};

/*
 * Translate gva for a use at privilege regs->cpl (implicit supervisor accesses
 * pass a record made by walk_implicit()). 4- and 5-level, PAE and 32-bit tables, or paging off;
 * U/S, R/W with CR0.WP, NX, SMEP, SMAP with RFLAGS.AC, reserved bits. phys_bits is
 * the guest's physical address width (CPUID 80000008H); 1 GiB pages and PSE-36
 * are taken to be there. *out is always complete. Not its business: whether gva is
 * canonical, and protection keys.
 */
void walk(const struct regs *regs, const struct walk_memory *memory, unsigned phys_bits, gva_t gva, enum walk_use use,
	  struct walk *out);

/*
 * The record for an implicit supervisor access (of a descriptor table, a TSS, the
 * stack of an exception): CPL 0, and AC cleared, since it does not lift SMAP for these.
 */
struct regs walk_implicit(const struct regs *regs);

/*
 * Set A in every entry used and D in the leaf of a write, atomically, as the CPU
 * would, root first. False if an entry no longer translates as it did when it was
 * read (other changes than to A and D): walk again. The changed entry and those
 * below it are then untouched, so D is not set; an entry above it may have got A,
 * which is harmless (the CPU too sets A for accesses that never happen), and has it
 * only if the change came while this function ran.
 */
bool walk_mark(const struct walk *walk) __attribute__((cold));

/*
 * Would the same walk give the same now, by the entries as they are? *marked: and is
 * there nothing left for walk_mark() to set. Untouched if not.
 */
bool walk_holds(const struct walk *walk, bool *marked);

#endif
