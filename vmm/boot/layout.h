/*
 * layout.h: what a boot protocol puts where in guest memory.
 *
 * A plan: nothing is written. Every piece must lie within one region of main or
 * extra memory and must not overlap another piece.
 */
#ifndef VMM_BOOT_LAYOUT_H
#define VMM_BOOT_LAYOUT_H

#include "vmm/error.h"
#include "vmm/machine/ram.h"

#define LAYOUT_PIECES_MAX 160
#define LAYOUT_NAME_MAX 160

struct layout_piece {
	gpa_t start;
	uint64_t size; /* bytes, not zero */
	char name[LAYOUT_NAME_MAX]; /* for messages: "FILE: segment 2" */
};

struct layout {
	const struct ram *ram;
	unsigned npieces;
	struct layout_piece pieces[LAYOUT_PIECES_MAX];
};

void layout_init(struct layout *layout, const struct ram *ram);

/*
 * Claim [start, start+size) for what path and part name (part may be NULL). Size zero claims nothing.
 * 0, or -1 with *e naming the piece, its addresses and what is in the way.
 */
int layout_add(struct layout *layout, gpa_t start, uint64_t size, const char *path, const char *part, struct error *e);

/*
 * Claim size bytes as high as possible in main memory below limit (exclusive), at a multiple of align (a power of
 * two). 0 with *start set, or -1 with *e filled and *start untouched.
 */
int layout_add_high(struct layout *layout, uint64_t size, uint64_t align, uint64_t limit, const char *path,
		    const char *part, gpa_t *start, struct error *e);

/* The same, as low as possible in main memory in [from, limit). */
int layout_add_low(struct layout *layout, uint64_t size, uint64_t align, uint64_t from, uint64_t limit,
		   const char *path, const char *part, gpa_t *start, struct error *e);

/* The memory that images may be put in, as "0x0-0x3ffffff, 0xe0000000-0xe0000fff". Returns text. */
const char *layout_memory_text(const struct ram *ram, char *text, unsigned size);

#endif
