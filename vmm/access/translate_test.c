/* A walk is used again only while every entry of it stays as it was. */
#include "vmm/access/translate.h"

#include "tests/check.h"

#define PML4 0x1000
#define PDPT 0x2000
#define PD 0x3000
#define PT 0x4000
#define VA 0x5000ull
#define PTE_ALL 0x7ull /* present, writable, user */
#define PTE_W 0x2ull
#define PTE_A 0x20ull
#define PTE_D 0x40ull

struct world {
	struct ram ram;
	struct trap *trap;
	struct walk_memory memory;
	struct translator t;
	struct regs regs;
	unsigned reads; /* entries that a full walk asked for */
};

static struct world w;

static void *entry(void *self, gpa_t gpa, unsigned size)
{
	(void)self;
	w.reads++;
	return trap_get(w.trap, gpa) == TRAP_NONE ? ram_bytes(&w.ram, gpa, size) : NULL;
}

static uint64_t *at(uint64_t gpa)
{
	return (uint64_t *)(void *)ram_bytes(&w.ram, (gpa_t){gpa}, 8);
}

static void setup(void)
{
	const char *why;

	memset(&w, 0, sizeof(w));
	ram_init(&w.ram);
	CHECK_EQ(ram_add(&w.ram, (gpa_t){0}, 0x10000, RAM_MAIN, &why), 0);
	CHECK_EQ(ram_map(&w.ram), 0);
	w.trap = trap_new(&w.ram);
	w.memory.entry = entry;
	w.t = (struct translator){.memory = &w.memory, .trap = w.trap, .phys_bits = 40};
	*at(PML4) = PDPT | PTE_ALL;
	*at(PDPT) = PD | PTE_ALL;
	*at(PD) = PT | PTE_ALL;
	*at(PT + 8 * VA / PAGE_SIZE) = 0x9000 | PTE_ALL;
	w.regs = (struct regs){.cr0 = CR0_PE | CR0_PG | CR0_WP,
			       .cr3 = PML4,
			       .cr4 = CR4_PAE,
			       .efer = EFER_LME | EFER_LMA | EFER_NXE,
			       .cpl = 3,
			       .mode = MODE_64};
}

static void teardown(void)
{
	trap_free(w.trap);
	ram_unmap(&w.ram);
}

/* Translate once more; how many entries were looked up. */
static unsigned again(enum walk_use use, enum walk_status status, uint64_t gpa, bool marked)
{
	const struct walk *walk;
	bool is_marked = !marked;

	w.reads = 0;
	walk = &translate(&w.t, &w.regs, (gva_t){VA + 0x123}, use, &is_marked)->walk;
	CHECK_EQ(walk->status, status);
	if (status == WALK_OK) {
		CHECK_EQ(walk->gpa.v, gpa);
		CHECK_EQ(is_marked, marked);
	}
	return w.reads;
}

static void the_second_time_finds_no_tables(void)
{
	setup();
	CHECK_EQ(again(WALK_READ, WALK_OK, 0x9000, false), 4);
	CHECK_EQ(again(WALK_READ, WALK_OK, 0x9000, false), 0);
	teardown();
}

static void marks_are_seen(void)
{
	setup();
	again(WALK_WRITE, WALK_OK, 0x9000, false);
	CHECK(walk_mark(&translate(&w.t, &w.regs, (gva_t){VA}, WALK_WRITE, NULL)->walk));
	CHECK_EQ(again(WALK_WRITE, WALK_OK, 0x9000, true), 0);
	*at(PT + 8 * VA / PAGE_SIZE) &= ~PTE_D;
	CHECK_EQ(again(WALK_WRITE, WALK_OK, 0x9000, false), 0);
	CHECK_EQ(again(WALK_READ, WALK_OK, 0x9000, false), 4); /* first walk for reading: not known to be marked */
	CHECK_EQ(again(WALK_READ, WALK_OK, 0x9000, true), 0);
	*at(PD) &= ~PTE_A;
	CHECK_EQ(again(WALK_READ, WALK_OK, 0x9000, false), 0);
	teardown();
}

static void every_level_that_changes_is_walked_again(void)
{
	static const struct {
		const char *name;
		uint64_t entry, value;
		enum walk_status status;
	} rows[] = {
		{"leaf elsewhere", PT + 8 * VA / PAGE_SIZE, 0xa000 | PTE_ALL, WALK_OK},
		{"leaf read-only is still readable", PT + 8 * VA / PAGE_SIZE, 0xa000 | (PTE_ALL & ~PTE_W), WALK_OK},
		{"leaf gone", PT + 8 * VA / PAGE_SIZE, 0, WALK_FAULT},
		{"directory gone", PD, 0, WALK_FAULT},
		{"pointer table gone", PDPT, 0, WALK_FAULT},
		{"root gone", PML4, 0, WALK_FAULT},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row = rows[i].name;
		setup();
		again(WALK_READ, WALK_OK, 0x9000, false);
		*at(rows[i].entry) = rows[i].value;
		CHECK(again(WALK_READ, rows[i].status, 0xa000, false) > 0);
		teardown();
	}
}

static void other_registers_are_other_walks(void)
{
	setup();
	again(WALK_READ, WALK_OK, 0x9000, false);
	CHECK_EQ(again(WALK_WRITE, WALK_OK, 0x9000, false), 4);
	w.regs.cpl = 0;
	CHECK_EQ(again(WALK_READ, WALK_OK, 0x9000, false), 4);
	w.regs.cr4 |= CR4_SMAP;
	CHECK_EQ(again(WALK_READ, WALK_FAULT, 0, false), 4);
	w.regs.rflags |= RFLAGS_AC;
	CHECK_EQ(again(WALK_READ, WALK_OK, 0x9000, false), 4);
	w.regs.cr3 = 0x8000;
	CHECK_EQ(again(WALK_READ, WALK_FAULT, 0, false), 1);
	teardown();
}

static void a_table_that_became_virtual_is_noticed(void)
{
	setup();
	again(WALK_READ, WALK_OK, 0x9000, false);
	CHECK_EQ(trap_set(w.trap, (gpa_t){PD}, TRAP_ALL), 0);
	again(WALK_READ, WALK_TABLE_ABSENT, 0, false);
	CHECK_EQ(trap_set(w.trap, (gpa_t){PD}, TRAP_NONE), 0);
	CHECK_EQ(again(WALK_READ, WALK_OK, 0x9000, false), 4);
	teardown();
}

CHECK_MAIN(CHECK_TEST(the_second_time_finds_no_tables), CHECK_TEST(marks_are_seen),
	   CHECK_TEST(every_level_that_changes_is_walked_again), CHECK_TEST(other_registers_are_other_walks),
	   CHECK_TEST(a_table_that_became_virtual_is_noticed))
