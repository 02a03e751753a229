#include "vmm/boot/paging.h"

#include <string.h>

#define ENTRY_PRESENT 0x1ull
#define ENTRY_WRITE 0x2ull
#define ENTRY_USER 0x4ull
#define ENTRY_ACCESSED 0x20ull
#define ENTRY_DIRTY 0x40ull
#define ENTRY_LARGE 0x80ull
#define ENTRY_NX (1ull << 63)
#define ENTRY_ADDRESS 0x000ffffffffff000ull

#define ROOT_LEVEL 4u
/* the address bits below the index of a level of 4-level paging: 12, 21, 30, 39 */
#define LEVEL_SHIFT(level) (3 + 9 * (level))

static const struct format {
	unsigned root_level, index_bits, entry_size;
	uint64_t large; /* the page of a leaf of level 2 */
	uint64_t address; /* the bits of an entry that are one */
} formats[] = {
	[PAGING_LONG] = {4, 9, 8, PAGING_LARGE, ENTRY_ADDRESS},
	[PAGING_PAE] = {3, 9, 8, PAGING_LARGE, ENTRY_ADDRESS},
	[PAGING_32] = {2, 10, 4, PAGING_LARGE_32, 0xfffff000ull},
};

/* The address bits below the index of a level. */
static unsigned level_shift(const struct paging *p, unsigned level)
{
	return 12 + (level - 1) * formats[p->format].index_bits;
}

uint64_t paging_bytes(uint64_t start, uint64_t size, uint64_t page_size)
{
	unsigned leaf = page_size == PAGING_LARGE ? 2 : 1;
	uint64_t tables = 1; /* the root */

	if (size == 0)
		return 0;
	for (unsigned level = leaf; level < ROOT_LEVEL; level++) {
		unsigned shift = LEVEL_SHIFT(level + 1);

		tables += ((start + size - 1) >> shift) - (start >> shift) + 1;
	}
	return tables * PAGE_SIZE;
}

static enum paging_status new_table(struct paging *p, uint64_t *table)
{
	if (p->end - p->next < PAGE_SIZE || !ram_bytes(p->ram, (gpa_t){p->next}, PAGE_SIZE))
		return PAGING_FULL;
	*table = p->next;
	p->next += PAGE_SIZE;
	return PAGING_OK;
}

enum paging_status paging_init(struct paging *p, enum paging_format format, const struct ram *ram, gpa_t start,
			       uint64_t size)
{
	struct paging paging = {.format = format, .ram = ram, .next = start.v, .end = start.v + size};
	enum paging_status status = new_table(&paging, &paging.root.v);

	if (status == PAGING_OK)
		*p = paging;
	return status;
}

static uint8_t *entry_of(const struct paging *p, uint64_t table, uint64_t gva, unsigned level)
{
	const struct format *format = &formats[p->format];
	uint64_t index = gva >> level_shift(p, level) & ((1u << format->index_bits) - 1);

	return ram_bytes(p->ram, (gpa_t){table}, PAGE_SIZE) + index * format->entry_size;
}

static uint64_t entry_get(const struct paging *p, const uint8_t *entry)
{
	uint64_t value = 0;

	memcpy(&value, entry, formats[p->format].entry_size);
	return value;
}

static void entry_put(const struct paging *p, uint8_t *entry, uint64_t value)
{
	memcpy(entry, &value, formats[p->format].entry_size);
}

/* An upper entry allows everything; the leaf decides. The four of PAE paging have no rights: the bits are reserved. */
static uint64_t upper_of(const struct paging *p, uint64_t table, unsigned level)
{
	if (p->format == PAGING_PAE && level == 3)
		return table | ENTRY_PRESENT;
	return table | ENTRY_PRESENT | ENTRY_WRITE | ENTRY_USER | ENTRY_ACCESSED;
}

/* The table of leaf level that maps gva, made if need be. */
static enum paging_status descend(struct paging *p, uint64_t gva, unsigned leaf, uint64_t *table)
{
	uint64_t at = p->root.v;

	for (unsigned level = formats[p->format].root_level; level > leaf; level--) {
		uint8_t *entry = entry_of(p, at, gva, level);
		uint64_t value = entry_get(p, entry);

		if (value & ENTRY_LARGE)
			return PAGING_CONFLICT;
		if (!(value & ENTRY_PRESENT)) {
			uint64_t made;

			if (new_table(p, &made) != PAGING_OK)
				return PAGING_FULL;
			value = upper_of(p, made, level);
			entry_put(p, entry, value);
		}
		at = value & formats[p->format].address;
	}
	*table = at;
	return PAGING_OK;
}

static uint64_t leaf_of(const struct paging *p, uint64_t gpa, unsigned leaf, unsigned rights)
{
	uint64_t entry = gpa | ENTRY_PRESENT | ENTRY_ACCESSED | ENTRY_DIRTY;

	if (leaf == 2)
		entry |= ENTRY_LARGE;
	if (rights & PAGING_WRITE)
		entry |= ENTRY_WRITE;
	if (rights & PAGING_USER)
		entry |= ENTRY_USER;
	if (!(rights & PAGING_EXECUTE) && p->format != PAGING_32)
		entry |= ENTRY_NX;
	return entry;
}

/* Put a leaf where there may be one for the same page: rights add up. */
static enum paging_status put(const struct paging *p, uint8_t *entry, uint64_t leaf, unsigned level)
{
	uint64_t old = entry_get(p, entry);

	if (old & ENTRY_PRESENT) {
		if (((old ^ leaf) & ENTRY_ADDRESS) || (level == 2 && !(old & ENTRY_LARGE)))
			return PAGING_CONFLICT;
		leaf = ((old | leaf) & ~ENTRY_NX) | (old & leaf & ENTRY_NX);
	}
	entry_put(p, entry, leaf);
	return PAGING_OK;
}

static bool canonical(uint64_t gva, uint64_t size)
{
	uint64_t last = gva + size - 1;

	/* bits 63:47 all equal at both ends, and no wrap or hole between them */
	return last >= gva && gva >> 47 == last >> 47 && (gva >> 47 == 0 || gva >> 47 == 0x1ffff);
}

/* Are both ranges within what the format's addresses reach? */
static bool reaches(const struct paging *p, uint64_t gva, uint64_t gpa, uint64_t size)
{
	uint64_t last = size - 1;

	if (p->format != PAGING_LONG && (gva > UINT32_MAX || last > UINT32_MAX - gva))
		return false;
	if (p->format == PAGING_32 && (gpa > UINT32_MAX || last > UINT32_MAX - gpa))
		return false;
	return canonical(gva, size) && gpa <= ENTRY_ADDRESS && last <= (ENTRY_ADDRESS | PAGE_MASK) - gpa;
}

enum paging_status paging_map(struct paging *p, gva_t gva, gpa_t gpa, uint64_t size, uint64_t page_size,
			      unsigned rights)
{
	unsigned leaf = page_size == formats[p->format].large ? 2 : 1;
	uint64_t done = 0;

	if (size == 0 || (leaf == 1 && page_size != PAGING_SMALL) || ((gva.v | gpa.v | size) & (page_size - 1)) ||
	    !reaches(p, gva.v, gpa.v, size))
		return PAGING_INVALID;
	while (done < size) {
		uint64_t table, span = 1ull << level_shift(p, leaf + 1);
		uint64_t end = done + span - ((gva.v + done) & (span - 1)); /* of this table's reach */
		enum paging_status status = descend(p, gva.v + done, leaf, &table);

		for (; status == PAGING_OK && done < size && done < end; done += page_size)
			status = put(p, entry_of(p, table, gva.v + done, leaf), leaf_of(p, gpa.v + done, leaf, rights),
				     leaf);
		if (status != PAGING_OK)
			return status;
	}
	return PAGING_OK;
}

const char *paging_status_text(enum paging_status status)
{
	switch (status) {
	case PAGING_OK:
		return "mapped";
	case PAGING_FULL:
		return "the room for page tables is used up";
	case PAGING_CONFLICT:
		return "a page of it is mapped already, to another place";
	case PAGING_INVALID:
		return "not canonical, not aligned, or beyond what its addresses reach";
	}
	return "unknown";
}
