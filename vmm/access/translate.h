/*
 * translate.h: walks that were made before, used again while they still hold.
 *
 * No TLB: the guest's tables are read again every time, entry by entry, and a walk
 * is repeated in full when one of them changed. It saves finding the tables, not
 * reading them, so nothing ever has to be invalidated.
 */
#ifndef VMM_ACCESS_TRANSLATE_H
#define VMM_ACCESS_TRANSLATE_H

#include "capmodel/space.h"
#include "vmm/access/walk.h"
#include "vmm/machine/ram.h"
#include "vmm/machine/trap.h"

#define TRANSLATIONS 16

/* What decides a walk besides the tables. */
struct translation_key {
	uint64_t page, cr0, cr3, cr4, efer;
	uint64_t rest; /* RFLAGS.AC, the use, the privilege level */
	uint64_t traps; /* trap_changes(): a table, or the page, may have become virtual since */
};

struct translation {
	struct translation_key key;
	bool used;
	/* of WALK_OK, the physical page: */
	enum trap_mode trap;
	const uint8_t *bytes; /* in the monitor's view; NULL where there is no memory, or loads of it trap */
	bool has_slot; /* slot is filled: by whoever first wants it */
	uint64_t changes; /* space_changes() before it was: later ones may have put another there */
	struct space_slot slot; /* that holds the page's first byte */
	struct walk walk; /* of the page's first byte */
};

struct translator {
	const struct walk_memory *memory;
	const struct trap *trap;
	unsigned phys_bits;
	struct translation entries[TRANSLATIONS];
};

/*
 * The walk of the page that holds gva: as walk() for the page's first byte, whatever
 * its status. It is good until the next call. *marked (may be NULL): the accessed and
 * dirty bits are set already; then walk_mark() has nothing to do.
 */
struct translation *translate(struct translator *t, const struct regs *regs, gva_t gva, enum walk_use use,
			      bool *marked);

#endif
