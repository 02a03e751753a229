/* walk_tables.h: made-up page tables in an array, for the tests of walk.c. */
#ifndef TESTS_WALK_TABLES_H
#define TESTS_WALK_TABLES_H

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

/* One walk: the entries from the root on, to the last that is there; each but the last points at the next table. */
struct row {
	const char *name;
	enum mode mode;
	enum walk_use use;
	uint64_t entries[5];
	unsigned n;
	unsigned cpl;
	uint64_t cr4, rflags; /* set too */
	bool no_wp, no_nxe;
	unsigned phys_bits; /* 0: 46 */
	/* expected */
	enum walk_status status;
	uint64_t gpa, page_size;
	uint32_t error;
	unsigned steps; /* 0: n */
};

#define KiB4 0x1000ull
#define MiB2 0x200000ull
#define MiB4 0x400000ull
#define GiB1 0x40000000ull

#define GVA 0x00a17b3456789abcull /* a different index on every level */
#define FRAME 0x712345000ull
#define FRAME_2M 0x712200000ull
#define FRAME_1G 0x740000000ull

static inline unsigned index_of(enum mode mode, unsigned depth)
{
	static const unsigned root_shift[] = {[M32] = 22, [PSE] = 22, [PAE] = 30, [L4] = 39, [L5] = 48};
	unsigned step = mode <= PSE ? 10 : 9;
	uint64_t gva = mode <= PAE ? (uint32_t)GVA : GVA;

	return (gva >> (root_shift[mode] - depth * step)) & (mode <= PSE ? 0x3ff : 0x1ff);
}

static inline void tables_of(const struct row *row, struct memory *m)
{
	memset(m, 0, sizeof(*m));
	for (unsigned i = 0; i < row->n; i++) {
		uint64_t next = i + 1 < row->n ? TABLES_GPA + (i + 1) * PAGE_SIZE : 0;

		entry_put(m, row->mode, i, index_of(row->mode, i), row->entries[i] | next);
	}
}

#endif
