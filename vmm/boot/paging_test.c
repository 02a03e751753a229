#include "vmm/boot/paging.h"

#include "tests/check.h"

#define MIB (1ull << 20)
#define GIB (1ull << 30)
#define TABLES 0x100000ull

#define PRESENT 0x1ull
#define WRITE 0x2ull
#define USER 0x4ull
#define LARGE 0x80ull
#define NX (1ull << 63)

/* A walk of its own, as the manual has it. False where nothing is mapped. */
static bool translate(const struct ram *ram, gpa_t root, uint64_t gva, uint64_t *gpa, uint64_t *leaf)
{
	uint64_t table = root.v;

	for (unsigned shift = 39; shift >= 12; shift -= 9) {
		uint64_t *entries = (uint64_t *)(void *)ram_bytes(ram, (gpa_t){table}, PAGE_SIZE);
		uint64_t entry = entries[gva >> shift & 511];
		uint64_t page = 1ull << shift;

		if (!(entry & PRESENT))
			return false;
		table = entry & 0x000ffffffffff000;
		if (shift == 12 || (entry & LARGE)) {
			*gpa = table + (gva & (page - 1));
			*leaf = entry;
			return true;
		}
	}
	return false;
}

static void start(struct ram *ram, struct paging *p, uint64_t size)
{
	const char *why;

	ram_init(ram);
	CHECK_EQ(ram_add_main(ram, 16 * MIB, &why), 0);
	CHECK_EQ(ram_map(ram), 0);
	CHECK_EQ(paging_init(p, PAGING_LONG, ram, (gpa_t){TABLES}, size), PAGING_OK);
}

static void pages_are_mapped_where_they_belong(void)
{
	static const struct {
		const char *name;
		uint64_t gva, gpa, size, page_size;
		unsigned rights;
		uint64_t bits; /* of WRITE, USER, NX */
	} rows[] = {
		{"one small page", 0x1000, 0x1000, PAGE_SIZE, PAGING_SMALL, 0, NX},
		{"over a table's end", 0x1ff000, 0x1ff000, 2 * PAGE_SIZE, PAGING_SMALL, PAGING_EXECUTE, 0},
		{"large pages", 0, 0, 6 * MIB, PAGING_LARGE, PAGING_WRITE | PAGING_EXECUTE, WRITE},
		{"large pages over a GiB", GIB - 2 * MIB, GIB - 2 * MIB, 4 * MIB, PAGING_LARGE, PAGING_USER, USER | NX},
		{"upper half", 0xffffffff80000000, 0x200000, 3 * MIB, PAGING_SMALL, PAGING_EXECUTE, 0},
		{"the last page of all", -PAGE_SIZE, 0x3000, PAGE_SIZE, PAGING_SMALL, PAGING_WRITE, WRITE | NX},
		{"the last of the lower half", (1ull << 47) - PAGE_SIZE, 0x3000, PAGE_SIZE, PAGING_SMALL, 0, NX},
		{"high memory", 1ull << 45, 1ull << 45, 2 * MIB, PAGING_LARGE, 0, NX},
		{"over 512 GiB", 512 * GIB - 2 * MIB, 512 * GIB - 2 * MIB, 4 * MIB, PAGING_LARGE, 0, NX},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t gpa, leaf, needed = paging_bytes(rows[i].gva, rows[i].size, rows[i].page_size);
		uint64_t last = rows[i].size - 1;
		struct paging p;
		struct ram ram;

		check_row = rows[i].name;
		start(&ram, &p, needed);
		CHECK_EQ(paging_map(&p, (gva_t){rows[i].gva}, (gpa_t){rows[i].gpa}, rows[i].size, rows[i].page_size,
				    rows[i].rights),
			 PAGING_OK);
		CHECK_EQ(p.next, TABLES + needed); /* the estimate is exact for a single range */
		CHECK(translate(&ram, p.root, rows[i].gva, &gpa, &leaf));
		CHECK_EQ(gpa, rows[i].gpa);
		CHECK_EQ(leaf & (WRITE | USER | NX), rows[i].bits);
		CHECK(translate(&ram, p.root, rows[i].gva + last, &gpa, &leaf));
		CHECK_EQ(gpa, rows[i].gpa + last);
		CHECK(!translate(&ram, p.root, rows[i].gva - 1, &gpa, &leaf));
		CHECK(!translate(&ram, p.root, rows[i].gva + rows[i].size, &gpa, &leaf));
		ram_unmap(&ram);
	}
}

static void what_cannot_be_mapped_is_refused(void)
{
	static const struct {
		const char *name;
		uint64_t gva, gpa, size, page_size;
		enum paging_status status;
	} rows[] = {
		{"nothing", 0x1000, 0x1000, 0, PAGING_SMALL, PAGING_INVALID},
		{"gva unaligned", 0x1001, 0x1000, PAGE_SIZE, PAGING_SMALL, PAGING_INVALID},
		{"gpa unaligned", 0x1000, 0x1001, PAGE_SIZE, PAGING_SMALL, PAGING_INVALID},
		{"size unaligned", 0x1000, 0x1000, 0x1001, PAGING_SMALL, PAGING_INVALID},
		{"gva unaligned for a large page", 0x1000, 0, 2 * MIB, PAGING_LARGE, PAGING_INVALID},
		{"not canonical", 1ull << 47, 0, PAGE_SIZE, PAGING_SMALL, PAGING_INVALID},
		{"into the hole", (1ull << 47) - PAGE_SIZE, 0, 2 * PAGE_SIZE, PAGING_SMALL, PAGING_INVALID},
		{"wraps", -PAGE_SIZE, 0, 2 * PAGE_SIZE, PAGING_SMALL, PAGING_INVALID},
		{"gpa beyond 52 bits", 0, 1ull << 52, PAGE_SIZE, PAGING_SMALL, PAGING_INVALID},
		{"gpa grows beyond 52 bits", 0, (1ull << 52) - PAGE_SIZE, 2 * PAGE_SIZE, PAGING_SMALL, PAGING_INVALID},
		{"other place", 0x400000, 0x401000, PAGE_SIZE, PAGING_SMALL, PAGING_CONFLICT},
		{"small below large", 0x800000, 0x800000, PAGE_SIZE, PAGING_SMALL, PAGING_CONFLICT},
		{"large over small", 0x400000, 0x400000, 2 * MIB, PAGING_LARGE, PAGING_CONFLICT},
		{"too much", 64 * GIB, 0, 16 * GIB, PAGING_LARGE, PAGING_FULL},
	};
	struct paging p;
	struct ram ram;

	start(&ram, &p, 16 * PAGE_SIZE);
	CHECK_EQ(paging_map(&p, (gva_t){0x400000}, (gpa_t){0x400000}, PAGE_SIZE, PAGING_SMALL, 0), PAGING_OK);
	CHECK_EQ(paging_map(&p, (gva_t){0x800000}, (gpa_t){0x800000}, 2 * MIB, PAGING_LARGE, 0), PAGING_OK);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t gpa = 0, leaf;

		check_row = rows[i].name;
		CHECK_EQ(paging_map(&p, (gva_t){rows[i].gva}, (gpa_t){rows[i].gpa}, rows[i].size, rows[i].page_size, 0),
			 rows[i].status);
		CHECK(translate(&ram, p.root, 0x400000, &gpa, &leaf));
		CHECK_EQ(gpa, 0x400000);
		CHECK(p.next <= p.end);
	}
	CHECK_EQ(paging_init(&p, PAGING_LONG, &ram, (gpa_t){16 * MIB}, PAGE_SIZE), PAGING_FULL);
	ram_unmap(&ram);
}

static void mapping_again_widens_rights(void)
{
	uint64_t gpa, leaf;
	struct paging p;
	struct ram ram;

	start(&ram, &p, 16 * PAGE_SIZE);
	CHECK_EQ(paging_map(&p, (gva_t){0x1000}, (gpa_t){0x2000}, PAGE_SIZE, PAGING_SMALL, PAGING_EXECUTE), PAGING_OK);
	CHECK_EQ(paging_map(&p, (gva_t){0x1000}, (gpa_t){0x2000}, PAGE_SIZE, PAGING_SMALL, PAGING_WRITE), PAGING_OK);
	CHECK(translate(&ram, p.root, 0x1000, &gpa, &leaf));
	CHECK_EQ(gpa, 0x2000);
	CHECK_EQ(leaf & (WRITE | USER | NX), WRITE);
	CHECK_EQ(paging_map(&p, (gva_t){0x1000}, (gpa_t){0x2000}, PAGE_SIZE, PAGING_SMALL, PAGING_USER), PAGING_OK);
	CHECK(translate(&ram, p.root, 0x1000, &gpa, &leaf));
	CHECK_EQ(leaf & (WRITE | USER | NX), WRITE | USER);
	ram_unmap(&ram);
}

CHECK_MAIN(CHECK_TEST(pages_are_mapped_where_they_belong), CHECK_TEST(what_cannot_be_mapped_is_refused),
	   CHECK_TEST(mapping_again_widens_rights))
