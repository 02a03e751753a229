/* walk_test.c: named walks over made-up tables. */
#include "tests/walk_tables.h"

/* One walk a line. */
/* clang-format off */
static const struct row rows[] = {
	/* the formats and page sizes */
	{"paging off", OFF, WALK_WRITE, .cpl = 3, .gpa = 0x56789abc, .page_size = 1ull << 32},
	{"32-bit 4K", M32, WALK_WRITE, {ALL, ALL | 0x12345000}, 2, 3, .gpa = 0x12345abc, .page_size = KiB4},
	{"32-bit PS without PSE", M32, WALK_READ, {ALL | PS, ALL | 0x12345000}, 2, .gpa = 0x12345abc, .page_size = KiB4},
	{"32-bit 4M", PSE, WALK_READ, {ALL | PS | 0x12400000}, 1, .gpa = 0x12789abc, .page_size = MiB4},
	{"32-bit 4M above 4G", PSE, WALK_READ, {ALL | PS | 0x12400000 | 0xa5 << 13}, 1, .gpa = 0xa512789abcull, .page_size = MiB4},
	{"32-bit PSE, 4K", PSE, WALK_READ, {ALL, ALL | PS | 0x12345000}, 2, .gpa = 0x12345abc, .page_size = KiB4},
	{"PAE 4K", PAE, WALK_WRITE, {P, ALL, ALL | FRAME}, 3, 3, .gpa = FRAME | 0xabc, .page_size = KiB4, .steps = 2},
	{"PAE 2M", PAE, WALK_WRITE, {P, ALL | PS | FRAME_2M}, 2, 3, .gpa = FRAME_2M | 0x189abc, .page_size = MiB2, .steps = 1},
	{"4-level 4K", L4, WALK_WRITE, {ALL, ALL, ALL, ALL | FRAME}, 4, 3, .gpa = FRAME | 0xabc, .page_size = KiB4},
	{"4-level 2M", L4, WALK_WRITE, {ALL, ALL, ALL | PS | FRAME_2M}, 3, 3, .gpa = FRAME_2M | 0x189abc, .page_size = MiB2},
	{"4-level 1G", L4, WALK_WRITE, {ALL, ALL | PS | FRAME_1G}, 2, 3, .gpa = FRAME_1G | 0x16789abc, .page_size = GiB1},
	{"2M, PAT bit is not address", L4, WALK_READ, {ALL, ALL, ALL | PS | BIT(12) | FRAME_2M}, 3, .gpa = FRAME_2M | 0x189abc, .page_size = MiB2},
	{"4K, PAT bit is not PS", L4, WALK_READ, {ALL, ALL, ALL, ALL | PS | FRAME}, 4, .gpa = FRAME | 0xabc, .page_size = KiB4},
	{"ignored bits", L4, WALK_READ, {ALL | G | BIT(52), ALL | D | BIT(58), ALL | BIT(62), ALL | BIT(11) | BIT(59) | FRAME}, 4, .gpa = FRAME | 0xabc, .page_size = KiB4},
	{"5-level 4K", L5, WALK_WRITE, {ALL, ALL, ALL, ALL, ALL | FRAME}, 5, 3, .gpa = FRAME | 0xabc, .page_size = KiB4},
	{"5-level 1G", L5, WALK_FETCH, {ALL, ALL, ALL | PS | FRAME_1G}, 3, 3, .gpa = FRAME_1G | 0x16789abc, .page_size = GiB1},
	/* not present, on each level, and what the code says of the access */
	{"absent root, read", L4, WALK_READ, {0}, 1, .status = WALK_FAULT, .error = 0x0},
	{"absent root, 5-level", L5, WALK_READ, {U | W}, 1, 3, .status = WALK_FAULT, .error = 0x4},
	{"absent PDPTE, write", L4, WALK_WRITE, {ALL, W}, 2, .status = WALK_FAULT, .error = 0x2},
	{"absent PDE, user", L4, WALK_READ, {ALL, ALL, W}, 3, 3, .status = WALK_FAULT, .error = 0x4},
	{"absent PTE, user write", L4, WALK_WRITE, {ALL, ALL, ALL, W | U}, 4, 3, .status = WALK_FAULT, .error = 0x6},
	{"absent PTE, fetch", L4, WALK_FETCH, {ALL, ALL, ALL, 0}, 4, .status = WALK_FAULT, .error = 0x10},
	{"absent PTE, user fetch", L4, WALK_FETCH, {ALL, ALL, ALL, 0}, 4, 3, .status = WALK_FAULT, .error = 0x14},
	{"absent hides reserved bits", L4, WALK_READ, {ALL, ALL, ALL, BIT(50)}, 4, .status = WALK_FAULT, .error = 0x0},
	{"absent hides protection above", L4, WALK_WRITE, {P, P, P, 0}, 4, 3, .status = WALK_FAULT, .error = 0x6},
	{"absent in 32-bit", M32, WALK_WRITE, {ALL, 0}, 2, 3, .status = WALK_FAULT, .error = 0x6},
	{"absent in PAE", PAE, WALK_READ, {0}, 1, 3, .status = WALK_FAULT, .error = 0x4},
	/* I is told only where fetches can be refused */
	{"fetch, no NXE, no SMEP", L4, WALK_FETCH, {0}, 1, .no_nxe = true, .status = WALK_FAULT, .error = 0x0},
	{"fetch, no NXE, SMEP", L4, WALK_FETCH, {0}, 1, .no_nxe = true, .cr4 = CR4_SMEP, .status = WALK_FAULT, .error = 0x10},
	{"fetch, 32-bit, NXE says nothing", M32, WALK_FETCH, {0}, 1, .status = WALK_FAULT, .error = 0x0},
	{"fetch, 32-bit, SMEP", M32, WALK_FETCH, {0}, 1, .cr4 = CR4_SMEP, .status = WALK_FAULT, .error = 0x10},
	{"fetch, PAE, NXE", PAE, WALK_FETCH, {0}, 1, .status = WALK_FAULT, .error = 0x10},
	/* reserved bits */
	{"address bit beyond the width", L4, WALK_READ, {ALL, ALL, ALL, ALL | BIT(46)}, 4, .status = WALK_FAULT, .error = 0x9},
	{"address bit within the width", L4, WALK_READ, {ALL, ALL, ALL, ALL | BIT(45)}, 4, .gpa = BIT(45) | 0xabc, .page_size = KiB4},
	{"address bit 51, width 52", L4, WALK_READ, {ALL, ALL, ALL, ALL | BIT(51)}, 4, .phys_bits = 52, .gpa = BIT(51) | 0xabc, .page_size = KiB4},
	{"address bit 51, width 51", L4, WALK_READ, {ALL, ALL, ALL, ALL | BIT(51)}, 4, .phys_bits = 51, .status = WALK_FAULT, .error = 0x9},
	{"a width beyond 52 is 52", L4, WALK_READ, {ALL, ALL, ALL, ALL | BIT(51)}, 4, .phys_bits = 64, .gpa = BIT(51) | 0xabc, .page_size = KiB4},
	{"reserved in the root, user write", L4, WALK_WRITE, {ALL | BIT(51)}, 1, 3, .status = WALK_FAULT, .error = 0xf},
	{"reserved in the root, fetch", L4, WALK_FETCH, {ALL | BIT(51)}, 1, .status = WALK_FAULT, .error = 0x19},
	{"PS in a PML4E", L4, WALK_READ, {ALL | PS}, 1, .status = WALK_FAULT, .error = 0x9},
	{"PS in a PML5E", L5, WALK_READ, {ALL | PS}, 1, .status = WALK_FAULT, .error = 0x9},
	{"PS in a PML4E below a PML5E", L5, WALK_READ, {ALL, ALL | PS}, 2, .status = WALK_FAULT, .error = 0x9},
	{"1G, bit 13", L4, WALK_READ, {ALL, ALL | PS | BIT(13)}, 2, .status = WALK_FAULT, .error = 0x9},
	{"1G, bit 29", L4, WALK_READ, {ALL, ALL | PS | BIT(29)}, 2, .status = WALK_FAULT, .error = 0x9},
	{"2M, bit 13", L4, WALK_READ, {ALL, ALL, ALL | PS | BIT(13)}, 3, .status = WALK_FAULT, .error = 0x9},
	{"2M, bit 20", L4, WALK_READ, {ALL, ALL, ALL | PS | BIT(20)}, 3, .status = WALK_FAULT, .error = 0x9},
	{"NX without NXE, root", L4, WALK_READ, {ALL | NX}, 1, .no_nxe = true, .status = WALK_FAULT, .error = 0x9},
	{"NX without NXE, leaf", L4, WALK_WRITE, {ALL, ALL, ALL, ALL | NX}, 4, 3, .no_nxe = true, .status = WALK_FAULT, .error = 0xf},
	{"PAE PDPTE, W", PAE, WALK_READ, {P | W}, 1, .status = WALK_FAULT, .error = 0x9},
	{"PAE PDPTE, bit 5", PAE, WALK_READ, {P | A, ALL, ALL | FRAME}, 3, .gpa = FRAME | 0xabc, .page_size = KiB4, .steps = 2},
	{"PAE PDPTE, bit 6", PAE, WALK_READ, {P | BIT(6)}, 1, .status = WALK_FAULT, .error = 0x9},
	{"PAE PDPTE, bit 8", PAE, WALK_READ, {P | G}, 1, .status = WALK_FAULT, .error = 0x9},
	{"PAE PDPTE, NX", PAE, WALK_READ, {P | NX}, 1, .status = WALK_FAULT, .error = 0x9},
	{"PAE PDE, bit 52", PAE, WALK_READ, {P, ALL | BIT(52)}, 2, .status = WALK_FAULT, .error = 0x9},
	{"PAE PTE, bit 62", PAE, WALK_READ, {P, ALL, ALL | BIT(62)}, 3, .status = WALK_FAULT, .error = 0x9},
	{"PAE 2M, bit 13", PAE, WALK_READ, {P, ALL | PS | BIT(13)}, 2, .status = WALK_FAULT, .error = 0x9},
	{"PAE NX without NXE", PAE, WALK_READ, {P, ALL, ALL | NX}, 3, .no_nxe = true, .status = WALK_FAULT, .error = 0x9},
	{"4M, bit 21", PSE, WALK_READ, {ALL | PS | BIT(21)}, 1, .status = WALK_FAULT, .error = 0x9},
	{"4M, width 36, bit 16", PSE, WALK_READ, {ALL | PS | BIT(16)}, 1, .phys_bits = 36, .gpa = BIT(35) | 0x389abc, .page_size = MiB4},
	{"4M, width 36, bit 17", PSE, WALK_READ, {ALL | PS | BIT(17)}, 1, .phys_bits = 36, .status = WALK_FAULT, .error = 0x9},
	{"4M, width 32, bit 13", PSE, WALK_READ, {ALL | PS | BIT(13)}, 1, .phys_bits = 32, .status = WALK_FAULT, .error = 0x9},
	/* U/S: one supervisor entry is enough */
	{"user, supervisor root", L4, WALK_READ, {P | W, ALL, ALL, ALL}, 4, 3, .status = WALK_FAULT, .error = 0x5},
	{"user, supervisor PDE", L4, WALK_READ, {ALL, ALL, P | W, ALL}, 4, 3, .status = WALK_FAULT, .error = 0x5},
	{"user, supervisor leaf, write", L4, WALK_WRITE, {ALL, ALL, ALL, P | W}, 4, 3, .status = WALK_FAULT, .error = 0x7},
	{"user, supervisor leaf, fetch", L4, WALK_FETCH, {ALL, ALL, ALL, P | W}, 4, 3, .status = WALK_FAULT, .error = 0x15},
	{"CPL 1 is supervisor", L4, WALK_READ, {P, P, P, P | FRAME}, 4, 1, .gpa = FRAME | 0xabc, .page_size = KiB4},
	{"CPL 2 is supervisor", M32, WALK_READ, {P, P | 0x12345000}, 2, 2, .gpa = 0x12345abc, .page_size = KiB4},
	{"user, 32-bit", M32, WALK_READ, {ALL, P | W}, 2, 3, .status = WALK_FAULT, .error = 0x5},
	{"user, PAE", PAE, WALK_READ, {P, P | W, ALL}, 3, 3, .status = WALK_FAULT, .error = 0x5},
	/* R/W and CR0.WP */
	{"user write, read-only root", L4, WALK_WRITE, {P | U, ALL, ALL, ALL}, 4, 3, .status = WALK_FAULT, .error = 0x7},
	{"user write, read-only leaf", L4, WALK_WRITE, {ALL, ALL, ALL, P | U}, 4, 3, .status = WALK_FAULT, .error = 0x7},
	{"user write, read-only, no WP", L4, WALK_WRITE, {ALL, ALL, ALL, P | U}, 4, 3, .no_wp = true, .status = WALK_FAULT, .error = 0x7},
	{"user read, read-only", L4, WALK_READ, {P | U, P | U, P | U, P | U | FRAME}, 4, 3, .gpa = FRAME | 0xabc, .page_size = KiB4},
	{"supervisor write, read-only, WP", L4, WALK_WRITE, {ALL, ALL, ALL, P | U}, 4, .status = WALK_FAULT, .error = 0x3},
	{"supervisor write, read-only, no WP", L4, WALK_WRITE, {P, P, P, P | FRAME}, 4, .no_wp = true, .gpa = FRAME | 0xabc, .page_size = KiB4},
	{"supervisor write, 32-bit, WP", M32, WALK_WRITE, {P, ALL}, 2, .status = WALK_FAULT, .error = 0x3},
	/* NX */
	{"fetch, NX root", L4, WALK_FETCH, {ALL | NX, ALL, ALL, ALL}, 4, .status = WALK_FAULT, .error = 0x11},
	{"fetch, NX leaf, user", L4, WALK_FETCH, {ALL, ALL, ALL, ALL | NX}, 4, 3, .status = WALK_FAULT, .error = 0x15},
	{"read, NX", L4, WALK_READ, {ALL, ALL, ALL, ALL | NX | FRAME}, 4, 3, .gpa = FRAME | 0xabc, .page_size = KiB4},
	{"fetch, NX, PAE", PAE, WALK_FETCH, {P, ALL, ALL | NX}, 3, .status = WALK_FAULT, .error = 0x11},
	/* SMEP */
	{"supervisor fetch of user, no SMEP", L4, WALK_FETCH, {ALL, ALL, ALL, ALL | FRAME}, 4, .gpa = FRAME | 0xabc, .page_size = KiB4},
	{"supervisor fetch of user, SMEP", L4, WALK_FETCH, {ALL, ALL, ALL, ALL}, 4, .cr4 = CR4_SMEP, .status = WALK_FAULT, .error = 0x11},
	{"supervisor fetch of supervisor, SMEP", L4, WALK_FETCH, {ALL, ALL, ALL, P | FRAME}, 4, .cr4 = CR4_SMEP, .gpa = FRAME | 0xabc, .page_size = KiB4},
	{"user fetch of user, SMEP", L4, WALK_FETCH, {ALL, ALL, ALL, ALL | FRAME}, 4, 3, .cr4 = CR4_SMEP, .gpa = FRAME | 0xabc, .page_size = KiB4},
	{"supervisor read of user, SMEP", L4, WALK_READ, {ALL, ALL, ALL, ALL | FRAME}, 4, .cr4 = CR4_SMEP, .gpa = FRAME | 0xabc, .page_size = KiB4},
	/* SMAP and AC */
	{"supervisor read of user, SMAP", L4, WALK_READ, {ALL, ALL, ALL, ALL}, 4, .cr4 = CR4_SMAP, .status = WALK_FAULT, .error = 0x1},
	{"supervisor write of user, SMAP", L4, WALK_WRITE, {ALL, ALL, ALL, ALL}, 4, .cr4 = CR4_SMAP, .status = WALK_FAULT, .error = 0x3},
	{"the same, no WP", L4, WALK_WRITE, {ALL, ALL, ALL, ALL}, 4, .cr4 = CR4_SMAP, .no_wp = true, .status = WALK_FAULT, .error = 0x3},
	{"supervisor read of user, SMAP, AC", L4, WALK_READ, {ALL, ALL, ALL, ALL | FRAME}, 4, .cr4 = CR4_SMAP, .rflags = RFLAGS_AC, .gpa = FRAME | 0xabc, .page_size = KiB4},
	{"supervisor write of user, SMAP, AC", L4, WALK_WRITE, {ALL, ALL, ALL, ALL | FRAME}, 4, .cr4 = CR4_SMAP, .rflags = RFLAGS_AC, .gpa = FRAME | 0xabc, .page_size = KiB4},
	{"the same, read-only", L4, WALK_WRITE, {ALL, ALL, ALL, P | U}, 4, .cr4 = CR4_SMAP, .rflags = RFLAGS_AC, .status = WALK_FAULT, .error = 0x3},
	{"supervisor fetch of user, SMAP", L4, WALK_FETCH, {ALL, ALL, ALL, ALL | FRAME}, 4, .cr4 = CR4_SMAP, .gpa = FRAME | 0xabc, .page_size = KiB4},
	{"supervisor read of supervisor, SMAP", L4, WALK_READ, {ALL, ALL, ALL, P | FRAME}, 4, .cr4 = CR4_SMAP, .gpa = FRAME | 0xabc, .page_size = KiB4},
	{"user read of user, SMAP", L4, WALK_READ, {ALL, ALL, ALL, ALL | FRAME}, 4, 3, .cr4 = CR4_SMAP, .gpa = FRAME | 0xabc, .page_size = KiB4},
	{"supervisor read of user, SMAP, 32-bit", M32, WALK_READ, {ALL, ALL}, 2, .cr4 = CR4_SMAP, .status = WALK_FAULT, .error = 0x1},
};

/* clang-format on */

static void test_rows(void)
{
	static struct memory m, before;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct regs regs = regs_of(row->mode);
		struct walk_memory memory = {&m, memory_entry};
		struct walk w;

		check_row = row->name;
		regs.cpl = (uint8_t)row->cpl;
		regs.cr4 |= row->cr4;
		regs.rflags |= row->rflags;
		regs.cr0 &= row->no_wp ? ~CR0_WP : ~0ull;
		regs.efer &= row->no_nxe ? ~EFER_NXE : ~0ull;
		tables_of(row, &m);
		before = m;
		walk(&regs, &memory, row->phys_bits ? row->phys_bits : 46, (gva_t){GVA}, row->use, &w);
		CHECK_EQ(w.status, row->status);
		CHECK_EQ(w.gpa.v, row->gpa);
		CHECK_EQ(w.page_size, row->page_size);
		CHECK_EQ(w.error, row->error);
		if (row->status == WALK_OK)
			CHECK_EQ(w.levels, row->steps ? row->steps : row->n);
		CHECK(memcmp(&m, &before, sizeof(m)) == 0);
	}
}

/* A table that lies where there is no memory: which entry it was, on every level. */
static void test_absent_table(void)
{
	static struct memory m;
	const struct walk_memory memory = {&m, memory_entry};
	const uint64_t hole = 0x123456000;
	struct regs regs = regs_of(L5);
	struct walk w;

	for (unsigned depth = 0; depth < 5; depth++) {
		struct row row = {"", L5, WALK_READ, {ALL, ALL, ALL, ALL, ALL}, .n = 5};

		regs.cr3 = depth == 0 ? hole : TABLES_GPA;
		tables_of(&row, &m);
		if (depth)
			entry_put(&m, L5, depth - 1, index_of(L5, depth - 1), ALL | hole);
		walk(&regs, &memory, 46, (gva_t){GVA}, WALK_READ, &w);
		CHECK_EQ(w.status, WALK_TABLE_ABSENT);
		CHECK_EQ(w.table_gpa.v, hole + 8ul * index_of(L5, depth));
		CHECK_EQ(w.error, 0);
	}
	regs = regs_of(PAE);
	regs.cr3 = 0x20;
	walk(&regs, &memory, 46, (gva_t){GVA}, WALK_READ, &w);
	CHECK_EQ(w.status, WALK_TABLE_ABSENT);
	CHECK_EQ(w.table_gpa.v, 0x20 + 8);
}

/* CR3 carries more than an address: PCID, cache bits, what PAE aligns to 32 bytes. */
static void test_cr3(void)
{
	static struct memory m;
	const struct walk_memory memory = {&m, memory_entry};
	struct row row = {"", L4, WALK_READ, {ALL, ALL, ALL, ALL | FRAME}, .n = 4};
	struct regs regs = regs_of(L4);
	struct walk w;

	tables_of(&row, &m);
	regs.cr3 |= 0xfff | BIT(61);
	walk(&regs, &memory, 46, (gva_t){GVA}, WALK_READ, &w);
	CHECK_EQ(w.status, WALK_OK);

	memset(&m, 0, sizeof(m));
	entry_put(&m, PAE, 0, 4 + index_of(PAE, 0), P | (TABLES_HIGH + PAGE_SIZE));
	entry_put(&m, PAE, 1, index_of(PAE, 1), ALL | PS | FRAME_2M);
	regs = regs_of(PAE);
	regs.cr3 |= 0x20 | 0x1f | BIT(40);
	walk(&regs, &memory, 46, (gva_t){GVA}, WALK_READ, &w);
	CHECK_EQ(w.status, WALK_OK);
	CHECK_EQ(w.gpa.v, FRAME_2M | 0x189abc);
}

static void test_implicit(void)
{
	static struct memory m;
	const struct walk_memory memory = {&m, memory_entry};
	struct row user = {"", L4, WALK_READ, {ALL, ALL, ALL, ALL | FRAME}, .n = 4};
	struct row system = {"", L4, WALK_READ, {P, P, P, P | FRAME}, .n = 4};
	struct regs regs = regs_of(L4), implicit;
	struct walk w;

	regs.cpl = 3;
	regs.rflags |= RFLAGS_AC;
	regs.cr4 |= CR4_SMAP;
	implicit = walk_implicit(&regs);
	tables_of(&system, &m);
	walk(&implicit, &memory, 46, (gva_t){GVA}, WALK_READ, &w);
	CHECK_EQ(w.status, WALK_OK);
	tables_of(&user, &m);
	walk(&implicit, &memory, 46, (gva_t){GVA}, WALK_READ, &w);
	CHECK_EQ(w.status, WALK_FAULT);
	CHECK_EQ(w.error, 0x1);
	CHECK_EQ(regs.cpl, 3);
	CHECK_EQ(regs.rflags, RFLAGS_FIXED | RFLAGS_AC);
	CHECK_EQ(implicit.cr4, regs.cr4);
}

CHECK_MAIN(CHECK_TEST(test_rows), CHECK_TEST(test_absent_table), CHECK_TEST(test_cr3), CHECK_TEST(test_implicit))
