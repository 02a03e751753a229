/* walk_tables.h: made-up page tables in an array, for the tests of walk.c. */
#ifndef VMM_ACCESS_WALK_TABLES_H
#define VMM_ACCESS_WALK_TABLES_H

#include "tests/check.h"
#include "vmm/access/walk.h"

#define P 0x1ull
#define W 0x2ull
#define U 0x4ull
#define A 0x20ull
#define D 0x40ull
#define PS 0x80ull
#define G 0x100ull
#define NX (1ull << 63)
#define BIT(n) (1ull << (n))
#define ALL (P | W | U)

#define PAGES 16
#define TABLES_GPA 0x300000ull
#define TABLES_HIGH 0x700000000ull /* the same bytes again, above 4 GiB */

struct memory {
	_Alignas(4096) uint8_t bytes[PAGES * PAGE_SIZE];
};

static inline void *memory_entry(void *self, gpa_t gpa, unsigned size)
{
	struct memory *m = self;
	uint64_t offset = gpa.v >= TABLES_HIGH ? gpa.v - TABLES_HIGH : gpa.v - TABLES_GPA;

	CHECK(gpa.v % size == 0);
	return offset <= sizeof(m->bytes) - size ? m->bytes + offset : NULL;
}

enum mode { OFF, M32, PSE, PAE, L4, L5 };

static inline struct regs regs_of(enum mode mode)
{
	struct regs r = {.cr0 = CR0_PE | CR0_WP, .rflags = RFLAGS_FIXED, .cr3 = TABLES_GPA, .efer = EFER_NXE};

	if (mode != OFF)
		r.cr0 |= CR0_PG;
	if (mode == PSE)
		r.cr4 |= CR4_PSE;
	if (mode >= PAE)
		r.cr4 |= CR4_PAE;
	if (mode >= L4)
		r.efer |= EFER_LME | EFER_LMA;
	if (mode == L5)
		r.cr4 |= CR4_LA57;
	return r;
}

static inline void entry_put(struct memory *m, enum mode mode, unsigned page, unsigned index, uint64_t value)
{
	memcpy(m->bytes + page * PAGE_SIZE + index * (mode <= PSE ? 4ul : 8ul), &value, mode <= PSE ? 4 : 8);
}

#endif
