#include "vmm/conform/tables.h"

#include "vmm/conform/arena.h"

#include <string.h>

#define PTE_P 0x1ull
#define PTE_W 0x2ull
#define PTE_U 0x4ull
#define PTE_A 0x20ull
#define PTE_D 0x40ull
#define PTE_NX (1ull << 63)
#define ALL (PTE_P | PTE_W | PTE_U | PTE_A)

static uint64_t *table(const struct ram *ram, gpa_t tables, unsigned i)
{
	return (uint64_t *)(void *)ram_bytes(ram, (gpa_t){tables.v + (uint64_t)i * PAGE_SIZE}, PAGE_SIZE);
}

void tables_write(const struct ram *ram, gpa_t tables, gpa_t arena, gpa_t code, const uint64_t *pdpt)
{
	uint64_t *pt = table(ram, tables, 3);

	for (unsigned i = 0; i < TABLES_PAGES; i++)
		memset(table(ram, tables, i), 0, PAGE_SIZE);
	if (pdpt)
		memcpy(table(ram, tables, 1), pdpt, PAGE_SIZE);
	table(ram, tables, 0)[0] = (tables.v + PAGE_SIZE) | ALL;
	table(ram, tables, 1)[0] = 0; /* nothing but the arena is the case's */
	table(ram, tables, 1)[ARENA_BASE >> 30] = (tables.v + 2 * PAGE_SIZE) | ALL;
	table(ram, tables, 2)[0] = (tables.v + 3 * PAGE_SIZE) | ALL;
	for (unsigned i = 0; i < ARENA_PAGES; i++) {
		uint64_t writable = arena_writable((enum arena_page)i) ? PTE_W | PTE_D : 0;

		if (arena_present((enum arena_page)i))
			pt[i] = (arena.v + (uint64_t)i * PAGE_SIZE) | PTE_P | PTE_U | PTE_A | PTE_NX | writable;
	}
	pt[(ARENA_CODE - ARENA_BASE) / PAGE_SIZE] = code.v | ALL | PTE_D;
}
