#include "vmm/boot/paging.h"

#define ENTRY_PRESENT 0x1ull
#define ENTRY_WRITE 0x2ull
#define ENTRY_USER 0x4ull
#define ENTRY_ACCESSED 0x20ull
#define ENTRY_DIRTY 0x40ull
#define ENTRY_LARGE 0x80ull
#define ENTRY_NX (1ull << 63)
#define ENTRY_ADDRESS 0x000ffffffffff000ull

#define ENTRIES 512u
#define ROOT_LEVEL 4u
/* the address bits below the index of a level: 12, 21, 30, 39 */
#define LEVEL_SHIFT(level) (3 + 9 * (level))

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

enum paging_status paging_init(struct paging *p, const struct ram *ram, gpa_t start, uint64_t size)
{
	struct paging paging = {.ram = ram, .next = start.v, .end = start.v + size};
	enum paging_status status = new_table(&paging, &paging.root.v);

	if (status == PAGING_OK)
		*p = paging;
	return status;
}

static uint64_t *entry_of(const struct paging *p, uint64_t table, uint64_t gva, unsigned level)
{
	uint64_t *entries = (uint64_t *)(void *)ram_bytes(p->ram, (gpa_t){table}, PAGE_SIZE);

	return &entries[gva >> LEVEL_SHIFT(level) & (ENTRIES - 1)];
}

/* The table of leaf level that maps gva, made if need be. Upper entries allow everything; the leaf decides. */
static enum paging_status descend(struct paging *p, uint64_t gva, unsigned leaf, uint64_t *table)
{
	uint64_t at = p->root.v;

	for (unsigned level = ROOT_LEVEL; level > leaf; level--) {
		uint64_t *entry = entry_of(p, at, gva, level);

		if (*entry & ENTRY_LARGE)
			return PAGING_CONFLICT;
		if (!(*entry & ENTRY_PRESENT)) {
			uint64_t made;

			if (new_table(p, &made) != PAGING_OK)
				return PAGING_FULL;
			*entry = made | ENTRY_PRESENT | ENTRY_WRITE | ENTRY_USER | ENTRY_ACCESSED;
		}
		at = *entry & ENTRY_ADDRESS;
	}
	*table = at;
	return PAGING_OK;
}

static uint64_t leaf_of(uint64_t gpa, unsigned leaf, unsigned rights)
{
	uint64_t entry = gpa | ENTRY_PRESENT | ENTRY_ACCESSED | ENTRY_DIRTY;

	if (leaf == 2)
		entry |= ENTRY_LARGE;
	if (rights & PAGING_WRITE)
		entry |= ENTRY_WRITE;
	if (rights & PAGING_USER)
		entry |= ENTRY_USER;
	if (!(rights & PAGING_EXECUTE))
		entry |= ENTRY_NX;
	return entry;
}

/* Put a leaf where there may be one for the same page: rights add up. */
static enum paging_status put(uint64_t *entry, uint64_t leaf, unsigned level)
{
	if (*entry & ENTRY_PRESENT) {
		if (((*entry ^ leaf) & ENTRY_ADDRESS) || (level == 2 && !(*entry & ENTRY_LARGE)))
			return PAGING_CONFLICT;
		leaf = ((*entry | leaf) & ~ENTRY_NX) | (*entry & leaf & ENTRY_NX);
	}
	*entry = leaf;
	return PAGING_OK;
}

static bool canonical(uint64_t gva, uint64_t size)
{
	uint64_t last = gva + size - 1;

	/* bits 63:47 all equal at both ends, and no wrap or hole between them */
	return last >= gva && gva >> 47 == last >> 47 && (gva >> 47 == 0 || gva >> 47 == 0x1ffff);
}

enum paging_status paging_map(struct paging *p, gva_t gva, gpa_t gpa, uint64_t size, uint64_t page_size,
			      unsigned rights)
{
	unsigned leaf = page_size == PAGING_LARGE ? 2 : 1;
	uint64_t done = 0;

	if (size == 0 || ((gva.v | gpa.v | size) & (page_size - 1)) || !canonical(gva.v, size) ||
	    gpa.v > ENTRY_ADDRESS || size - 1 > (ENTRY_ADDRESS | PAGE_MASK) - gpa.v)
		return PAGING_INVALID;
	while (done < size) {
		uint64_t table, span = 1ull << LEVEL_SHIFT(leaf + 1);
		uint64_t end = done + span - ((gva.v + done) & (span - 1)); /* of this table's reach */
		enum paging_status status = descend(p, gva.v + done, leaf, &table);

		for (; status == PAGING_OK && done < size && done < end; done += page_size)
			status = put(entry_of(p, table, gva.v + done, leaf), leaf_of(gpa.v + done, leaf, rights), leaf);
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
		return "not canonical, not aligned, or beyond 52 physical address bits";
	}
	return "unknown";
}
