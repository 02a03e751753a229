#include "capmodel/space.h"

#include "capmodel/keeper.h"
#include "tests/check.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

static uint8_t ram[0x4000];
static struct keeper keepers[4];

static gpa_t at(uint64_t v)
{
	return (gpa_t){v};
}

static struct capability entry(unsigned i)
{
	return cap_entry(&keepers[i], RIGHTS_ALL, i);
}

static void puts_are_checked(void)
{
	static const struct {
		const char *name;
		bool memory;
		uint64_t start, size;
		int expected;
	} rows[] = {
		/* memory is at [0x1000, 0x3000), an entry at [0x1800, 0x1900) */
		{"memory: empty", true, 0x5000, 0, -EINVAL},
		{"memory: empty at 0", true, 0, 0, -EINVAL},
		{"memory: wraps by one byte", true, UINT64_MAX, 2, -EINVAL},
		{"memory: wraps far", true, 0x5000, UINT64_MAX, -EINVAL},
		{"memory: the same", true, 0x1000, 0x2000, -EEXIST},
		{"memory: overlaps its first byte", true, 0xfff, 2, -EEXIST},
		{"memory: overlaps its last byte", true, 0x2fff, 1, -EEXIST},
		{"memory: inside", true, 0x1800, 1, -EEXIST},
		{"memory: around", true, 0, 0x10000, -EEXIST},
		{"memory: ends where it starts", true, 0xfff, 1, 0},
		{"memory: starts where it ends", true, 0x3000, 1, 0},
		{"memory: the last byte there is", true, UINT64_MAX, 1, 0},
		{"entry: empty", false, 0x1000, 0, -EINVAL},
		{"entry: wraps", false, UINT64_MAX - 1, 3, -EINVAL},
		{"entry: the same", false, 0x1800, 0x100, -EEXIST},
		{"entry: overlaps its first byte", false, 0x17ff, 2, -EEXIST},
		{"entry: overlaps its last byte", false, 0x18ff, 8, -EEXIST},
		{"entry: before it, over memory", false, 0x1000, 0x800, 0},
		{"entry: after it, over memory and beyond", false, 0x1900, 0x8000, 0},
		{"entry: over nothing", false, 0xe0000000, 0x1000, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct space *s = space_new();
		struct space_slot slot;
		int got;

		check_row = rows[i].name;
		CHECK_EQ(space_put_memory(s, at(0x1000), 0x2000, ram, RIGHTS_ALL), 0);
		CHECK_EQ(space_put_entry(s, at(0x1800), 0x100, entry(0), false), 0);
		got = rows[i].memory ? space_put_memory(s, at(rows[i].start), rows[i].size, ram, RIGHTS_ALL)
				     : space_put_entry(s, at(rows[i].start), rows[i].size, entry(1), false);
		CHECK_EQ(got, rows[i].expected);
		space_find(s, at(0x1810), &slot); /* what was there is as it was */
		CHECK_EQ(slot.start.v, 0x1800);
		CHECK_EQ(slot.size, 0x100);
		CHECK(slot.cap.object.keeper == &keepers[0]);
		space_free(s);
	}
}

static void only_keepers_are_entries(void)
{
	struct space *s = space_new();
	struct forwarder *f = forwarder_new(entry(0));

	CHECK_EQ(space_put_entry(s, at(0), 8, cap_null, false), -EINVAL);
	CHECK_EQ(space_put_entry(s, at(0), 8, cap_page(ram, RIGHTS_ALL), false), -EINVAL);
	CHECK_EQ(space_put_memory(s, at(0), 8, NULL, RIGHTS_ALL), -EINVAL);
	CHECK_EQ(space_put_entry(s, at(0), 8, cap_forwarder(f, RIGHTS_ALL), false), 0);
	space_free(s);
	space_free(NULL);
	forwarder_free(f);
}

struct find_row {
	const char *name;
	uint64_t gpa, start, size, offset;
	enum cap_type type;
	bool stores_only;
	int64_t under; /* offset in ram of what is below, or -1 */
};

static void check_find(const struct space *s, const struct find_row *row)
{
	struct space_slot slot;

	check_row = row->name;
	memset(&slot, 0xaa, sizeof(slot));
	space_find(s, at(row->gpa), &slot);
	CHECK_EQ(slot.start.v, row->start);
	CHECK_EQ(slot.size, row->size);
	CHECK_EQ(slot.offset, row->offset);
	CHECK_EQ(slot.cap.type, row->type);
	CHECK_EQ(slot.stores_only, row->stores_only);
	if (row->under < 0)
		CHECK_EQ(slot.under.type, CAP_NULL);
	else
		CHECK(slot.under.type == CAP_PAGE && slot.under.object.page == ram + row->under);
}

static void finds_the_longest_run(void)
{
	/* memory [0x1000,0x2000) and [0x2000,0x3000); entries [0x1ff8,0x2008) across both, stores only,
	 * [0x2ff0,0x3010) over the end, stores only, and the last page there is */
	static const struct find_row rows[] = {
		{"before all", 0, 0, 0x1000, 0, CAP_NULL, false, -1},
		{"last before memory", 0xfff, 0, 0x1000, 0, CAP_NULL, false, -1},
		{"memory's first", 0x1000, 0x1000, 0xff8, 0, CAP_PAGE, false, -1},
		{"memory's last", 0x1ff7, 0x1000, 0xff8, 0, CAP_PAGE, false, -1},
		{"entry over the first memory", 0x1ff8, 0x1ff8, 8, 0, CAP_ENTRY, true, 0xff8},
		{"entry over the second memory", 0x2000, 0x2000, 8, 8, CAP_ENTRY, true, 0x1000},
		{"second memory", 0x2008, 0x2008, 0xfe8, 8, CAP_PAGE, false, -1},
		{"entry over memory's end", 0x2fff, 0x2ff0, 0x10, 0, CAP_ENTRY, true, 0x1ff0},
		{"entry over nothing answers loads too", 0x3000, 0x3000, 0x10, 0x10, CAP_ENTRY, false, -1},
		{"the gap", 0x100000, 0x3010, UINT64_MAX - 0xfff - 0x3010, 0, CAP_NULL, false, -1},
		{"the last page", UINT64_MAX, UINT64_MAX - 0xfff, 0x1000, 0, CAP_ENTRY, false, -1},
	};
	struct space *s = space_new();

	/* put out of order on purpose */
	CHECK_EQ(space_put_entry(s, at(0x2ff0), 0x20, entry(1), true), 0);
	CHECK_EQ(space_put_memory(s, at(0x2000), 0x1000, ram + 0x1000, RIGHTS_ALL), 0);
	CHECK_EQ(space_put_entry(s, at(UINT64_MAX - 0xfff), 0x1000, entry(2), false), 0);
	CHECK_EQ(space_put_memory(s, at(0x1000), 0x1000, ram, RIGHTS_ALL), 0);
	CHECK_EQ(space_put_entry(s, at(0x1ff8), 0x10, entry(0), true), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_find(s, &rows[i]);
	space_free(s);
}

static void an_empty_space_is_one_gap(void)
{
	static const struct find_row rows[] = {
		{"at 0", 0, 0, UINT64_MAX, 0, CAP_NULL, false, -1},
		{"at the top", UINT64_MAX, 1, UINT64_MAX, 0, CAP_NULL, false, -1},
	};
	struct space *s = space_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_find(s, &rows[i]);
	space_free(s);
}

/* Entries of keeper 0 over [0x1000,0x4000) and [0x5000,0x6000), of keeper 1 at [0x8000,0x9000). */
static void entries_are_cut(void)
{
	static const struct {
		const char *name;
		uint64_t start, size;
		int status;
		size_t entries;
	} cuts[] = {
		{"nothing", 0x1000, 0, -EINVAL, 3},
		{"wraps", 0x1000, UINT64_MAX, -EINVAL, 3},
		{"where nothing is", 0x6000, 0x2000, 0, 3},
		{"one whole", 0x5000, 0x1000, 0, 2},
		{"its beginning", 0x1000, 0x1000, 0, 3},
		{"its end", 0x3000, 0x2000, 0, 3},
		{"its middle", 0x2000, 0x1000, 0, 4},
		{"two, and nothing around", 0, 0x7000, 0, 1},
		{"also another's", 0x1000, 0x8000, -EEXIST, 3},
	};

	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		struct space *s = space_new();

		check_row = cuts[i].name;
		CHECK_EQ(space_share(s), 0);
		CHECK_EQ(space_put_memory(s, at(0), 0x4000, ram, RIGHTS_ALL), 0);
		CHECK_EQ(space_put_entry(s, at(0x1000), 0x3000, entry(0), false), 0);
		CHECK_EQ(space_put_entry(s, at(0x5000), 0x1000, entry(0), false), 0);
		CHECK_EQ(space_put_entry(s, at(0x8000), 0x1000, entry(1), false), 0);
		CHECK_EQ(space_cut_entry(s, at(cuts[i].start), cuts[i].size, &keepers[0]), cuts[i].status);
		CHECK_EQ(space_entries(s), cuts[i].entries);
		for (uint64_t gpa = 0; gpa < 0xa000; gpa += 0x800) {
			bool first = gpa >= 0x1000 && gpa < 0x4000, second = gpa >= 0x5000 && gpa < 0x6000;
			bool cut = !cuts[i].status && gpa >= cuts[i].start && gpa - cuts[i].start < cuts[i].size;
			struct space_slot slot;

			space_find(s, at(gpa), &slot);
			if (gpa >= 0x8000 && gpa < 0x9000) {
				CHECK(slot.cap.object.keeper == &keepers[1]);
			} else if ((first || second) && !cut) {
				CHECK(slot.cap.type == CAP_ENTRY && slot.cap.object.keeper == &keepers[0]);
				CHECK_EQ(slot.offset + (gpa - slot.start.v), gpa - (first ? 0x1000 : 0x5000));
			} else {
				CHECK_EQ(slot.cap.type, gpa < 0x4000 ? CAP_PAGE : CAP_NULL);
			}
		}
		space_free(s);
	}
	check_row = "";
}

#define CHANGES 2000

static void *change(void *self)
{
	struct space *s = self;

	for (unsigned i = 0; i < CHANGES; i++) {
		CHECK_EQ(space_put_entry(s, at(0x1000), 0x2000, entry(2), false), 0);
		CHECK_EQ(space_cut_entry(s, at(0x1000), 0x1000, &keepers[2]), 0);
		CHECK_EQ(space_cut_entry(s, at(0x2000), 0x1000, &keepers[2]), 0);
	}
	return NULL;
}

/* Whoever looks meanwhile finds the entry or what is under it, and never a third thing. */
static void others_look_while_it_changes(void)
{
	struct space *s = space_new();
	pthread_t thread;

	CHECK_EQ(space_share(s), 0);
	CHECK_EQ(space_put_memory(s, at(0), 0x4000, ram, RIGHTS_ALL), 0);
	CHECK_EQ(pthread_create(&thread, NULL, change, s), 0);
	for (unsigned i = 0; i < CHANGES; i++) {
		struct space_slot slot;

		space_find(s, at(0x2800), &slot);
		if (slot.cap.type == CAP_ENTRY)
			CHECK_EQ(slot.offset + (0x2800 - slot.start.v), 0x1800);
		else
			CHECK(slot.cap.type == CAP_PAGE && slot.cap.object.page == ram);
	}
	pthread_join(thread, NULL);
	CHECK_EQ(space_entries(s), 0);
	space_free(s);
}

/* The reference: for each of 256 addresses, which put serves it, and at which offset. */
#define MODEL 256
struct model {
	uint64_t base; /* of the 256 addresses */
	int memory[MODEL], entry[MODEL]; /* number of the put from 1, 0 for none */
	uint64_t offset[2][MODEL];
	bool stores_only[MODEL]; /* by address */
};

static void model_put(struct model *m, struct space *s, int number)
{
	bool is_entry = rand() & 1, stores_only = rand() & 1, free = true;
	unsigned start = (unsigned)rand() % MODEL, size = 1 + (unsigned)rand() % 24;
	int *puts = is_entry ? m->entry : m->memory;
	int got, expected;

	for (unsigned i = start; i < start + size && i < MODEL; i++)
		free = free && !puts[i];
	if (start + size > MODEL)
		return; /* keep to the model */
	got = is_entry ? space_put_entry(s, at(m->base + start), size, entry((unsigned)number % 4), stores_only)
		       : space_put_memory(s, at(m->base + start), size, ram + number * 64, RIGHT_READ);
	expected = free ? 0 : -EEXIST;
	CHECK_EQ(got, expected);
	for (unsigned i = start; free && i < start + size; i++) {
		puts[i] = number;
		m->offset[is_entry][i] = i - start;
		if (is_entry)
			m->stores_only[i] = stores_only;
	}
}

static bool model_same(const struct model *m, unsigned i, unsigned j)
{
	return m->memory[i] == m->memory[j] && m->entry[i] == m->entry[j];
}

static void model_check(const struct model *m, const struct space *s, unsigned i)
{
	unsigned start = i, end = i + 1;
	struct space_slot slot;

	while (start > 0 && model_same(m, start - 1, i))
		start--;
	while (end < MODEL && model_same(m, end, i))
		end++;
	space_find(s, at(m->base + i), &slot);

	if (m->entry[i]) {
		CHECK(slot.cap.type == CAP_ENTRY && slot.cap.object.keeper == &keepers[m->entry[i] % 4]);
		CHECK_EQ(slot.stores_only, m->stores_only[i] && m->memory[i]);
		CHECK_EQ(slot.offset, m->offset[1][start]);
	} else if (m->memory[i]) {
		CHECK(slot.cap.type == CAP_PAGE && slot.cap.object.page == ram + m->memory[i] * 64);
		CHECK_EQ(slot.offset, m->offset[0][start]);
		CHECK_EQ(slot.cap.rights, RIGHT_READ);
	} else {
		CHECK(slot.cap.type == CAP_NULL && slot.offset == 0);
	}
	if (m->entry[i] && m->memory[i])
		CHECK(slot.under.object.page == ram + m->memory[i] * 64 + m->offset[0][start]);
	else
		CHECK_EQ(slot.under.type, CAP_NULL);
	/* at the model's edges the run goes on outside unless the address space ends there */
	if (start > 0 || m->entry[i] || m->memory[i] || m->base == 0)
		CHECK_EQ(slot.start.v, m->base + start);
	if (end < MODEL || m->entry[i] || m->memory[i] || m->base + MODEL == 0)
		CHECK_EQ(slot.start.v + slot.size, m->base + end);
}

static void agrees_with_a_byte_map(void)
{
	static const uint64_t bases[] = {0, 0x1000, 0xfffffff0, UINT64_MAX - (MODEL - 1)};

	srand(1);
	for (unsigned round = 0; round < 200; round++) {
		struct model m = {.base = bases[round % 4]};
		struct space *s = space_new();

		for (int number = 1; number < 40; number++)
			model_put(&m, s, number);
		for (unsigned i = 0; i < MODEL; i++)
			model_check(&m, s, i);
		space_free(s);
	}
}

CHECK_MAIN(CHECK_TEST(puts_are_checked), CHECK_TEST(only_keepers_are_entries), CHECK_TEST(finds_the_longest_run),
	   CHECK_TEST(an_empty_space_is_one_gap), CHECK_TEST(entries_are_cut), CHECK_TEST(others_look_while_it_changes),
	   CHECK_TEST(agrees_with_a_byte_map))
