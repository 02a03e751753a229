/*
 * Hostile page tables: any bytes as tables, any control registers, any address. The
 * walk reads nothing but entries it was given, changes nothing, and marking it sets
 * accessed and dirty bits only.
 */
#include "vmm/access/walk.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

#define REQUIRE(condition) ((condition) ? (void)0 : abort())
#define PTE_A 0x20ull
#define PTE_D 0x40ull

/* The tables are the input again and again: every address has an entry, but those with bit 20 set. */
struct tables {
	_Alignas(8) uint8_t bytes[4096];
	unsigned asked;
};

static void *entry(void *self, gpa_t gpa, unsigned entry_size)
{
	struct tables *t = self;

	REQUIRE(entry_size == 4 || entry_size == 8);
	REQUIRE(gpa.v % entry_size == 0);
	t->asked++;
	return gpa.v >> 20 & 1 ? NULL : t->bytes + gpa.v % sizeof(t->bytes);
}

struct head {
	uint64_t cr0, cr3, cr4, efer, rflags, gva;
	uint8_t cpl, use, phys_bits;
};

static void check(const struct walk *w)
{
	REQUIRE(w->status == WALK_OK || w->status == WALK_FAULT || w->status == WALK_TABLE_ABSENT);
	REQUIRE(w->levels <= WALK_LEVELS);
	if (w->status == WALK_OK)
		REQUIRE(w->page_size >= 4096 && (w->page_size & (w->page_size - 1)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	static struct tables t, before;
	struct walk_memory memory = {&t, entry};
	struct regs regs = {0};
	struct head head;
	struct walk w;

	if (size < sizeof(head) + 8)
		return 0;
	memcpy(&head, input, sizeof(head));
	for (size_t at = 0; at < sizeof(t.bytes); at++)
		t.bytes[at] = input[sizeof(head) + at % (size - sizeof(head))];
	regs.cr0 = head.cr0;
	regs.cr3 = head.cr3;
	regs.cr4 = head.cr4;
	regs.efer = head.efer;
	regs.rflags = head.rflags;
	regs.cpl = head.cpl & 3;
	t.asked = 0;
	before = t;
	walk(&regs, &memory, 32 + head.phys_bits % 21, (gva_t){head.gva}, (enum walk_use)(head.use % 3), &w);
	REQUIRE(t.asked <= WALK_LEVELS);
	REQUIRE(memcmp(t.bytes, before.bytes, sizeof(t.bytes)) == 0);
	check(&w);
	if (w.status == WALK_OK)
		(void)walk_mark(&w);
	for (size_t at = 0; at < sizeof(t.bytes); at++) /* A and D stand in the lowest byte of an entry */
		REQUIRE((t.bytes[at] & ~(PTE_A | PTE_D)) == (before.bytes[at] & ~(PTE_A | PTE_D)));
	return 0;
}
