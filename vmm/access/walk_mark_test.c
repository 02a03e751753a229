/* walk_mark_test.c: the accessed and dirty bits that walks leave, and when they must not. */
#include "tests/walk_tables.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

/* walk() a row that translates, for walk_mark() */
static struct walk walk_row(const struct row *row, struct memory *m)
{
	struct walk_memory memory = {m, memory_entry};
	struct regs regs = regs_of(row->mode);
	struct walk w;

	tables_of(row, m);
	walk(&regs, &memory, 46, (gva_t){GVA}, row->use, &w);
	CHECK_EQ(w.status, WALK_OK);
	return w;
}

static uint64_t entry_get(const struct memory *m, enum mode mode, unsigned depth)
{
	uint64_t value = 0;

	memcpy(&value, m->bytes + depth * PAGE_SIZE + index_of(mode, depth) * (mode <= PSE ? 4ul : 8ul),
	       mode <= PSE ? 4 : 8);
	return value;
}

static void test_mark(void)
{
	static const struct row walks[] = {
		{"4-level write", L4, WALK_WRITE, {ALL, ALL, ALL, ALL | FRAME}, .n = 4},
		{"4-level read", L4, WALK_READ, {ALL, ALL, ALL, ALL | FRAME}, .n = 4},
		{"4-level fetch", L4, WALK_FETCH, {ALL, ALL, ALL, ALL | FRAME}, .n = 4},
		{"5-level write", L5, WALK_WRITE, {ALL, ALL, ALL, ALL, ALL | FRAME}, .n = 5},
		{"1G write", L4, WALK_WRITE, {ALL, ALL | PS | FRAME_1G}, .n = 2},
		{"some are set", L4, WALK_WRITE, {ALL | A, ALL, ALL | A | D, ALL | A | FRAME}, .n = 4},
		{"all are set", L4, WALK_WRITE, {ALL | A, ALL | A, ALL | A, ALL | A | D | FRAME}, .n = 4},
		{"PAE write", PAE, WALK_WRITE, {P, ALL, ALL | FRAME}, .n = 3},
		{"32-bit write", M32, WALK_WRITE, {ALL, ALL | 0x12345000}, .n = 2},
		{"4M write", PSE, WALK_WRITE, {ALL | PS | 0x12400000}, .n = 1},
	};
	static struct memory m, expected;

	for (unsigned i = 0; i < sizeof(walks) / sizeof(walks[0]); i++) {
		const struct row *row = &walks[i];
		struct walk w = walk_row(row, &m);

		check_row = row->name;
		expected = m;
		for (unsigned d = row->mode == PAE; d < row->n; d++) {
			uint64_t bits = row->use == WALK_WRITE && d + 1 == row->n ? A | D : A;

			entry_put(&expected, row->mode, d, index_of(row->mode, d), entry_get(&m, row->mode, d) | bits);
		}
		CHECK(walk_mark(&w));
		CHECK(memcmp(&m, &expected, sizeof(m)) == 0);
		CHECK(walk_mark(&w)); /* twice is once */
		CHECK(memcmp(&m, &expected, sizeof(m)) == 0);
	}
	struct walk off = {.status = WALK_OK, .writes = true};

	CHECK(walk_mark(&off));
}

/* An entry that changed: refused, and nothing at all is set. */
static void test_mark_changed(void)
{
	static const struct row row = {"", L4, WALK_WRITE, {ALL, ALL, ALL, ALL | FRAME}, .n = 4};
	static const uint64_t changes[] = {P, W, U, PS, G, NX, KiB4, BIT(35), BIT(9)};
	static struct memory m, before;

	for (unsigned depth = 0; depth < 4; depth++)
		for (unsigned i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
			struct walk w = walk_row(&row, &m);

			entry_put(&m, L4, depth, index_of(L4, depth), entry_get(&m, L4, depth) ^ changes[i]);
			before = m;
			CHECK(!walk_mark(&w));
			CHECK(memcmp(&m, &before, sizeof(m)) == 0);
		}
}

/* Another CPU sets or clears A and D meanwhile: the translation holds. */
static void test_mark_others_mark(void)
{
	static const struct row row = {"", L4, WALK_WRITE, {ALL, ALL | A, ALL, ALL | A | FRAME}, .n = 4};
	static struct memory m;
	struct walk w = walk_row(&row, &m);

	entry_put(&m, L4, 0, index_of(L4, 0), entry_get(&m, L4, 0) | A);
	entry_put(&m, L4, 1, index_of(L4, 1), entry_get(&m, L4, 1) & ~A);
	entry_put(&m, L4, 3, index_of(L4, 3), (entry_get(&m, L4, 3) & ~A) | D);
	CHECK(walk_mark(&w));
	for (unsigned d = 0; d < 4; d++)
		CHECK_EQ(entry_get(&m, L4, d) & (A | D), d == 3 ? A | D : A);
}

struct changer {
	uint64_t *leaf;
	uint64_t walked, other;
	bool stop, wrong;
	unsigned rounds;
};

/* Put another entry into the leaf's place, and look whether somebody marks it. */
static void *change_leaf(void *argument)
{
	struct changer *c = argument;

	while (!__atomic_load_n(&c->stop, __ATOMIC_RELAXED)) {
		__atomic_store_n(c->leaf, c->other, __ATOMIC_SEQ_CST);
		for (unsigned i = 0; i < 50; i++)
			c->wrong |= __atomic_load_n(c->leaf, __ATOMIC_SEQ_CST) != c->other;
		__atomic_store_n(c->leaf, c->walked, __ATOMIC_SEQ_CST);
		__atomic_fetch_add(&c->rounds, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* While another thread changes the leaf: only the entry that was walked is ever marked. */
static void test_mark_races(void)
{
	static const struct row row = {"", L4, WALK_WRITE, {ALL, ALL, ALL, ALL | FRAME}, .n = 4};
	static struct memory m;
	struct walk w = walk_row(&row, &m);
	struct changer c = {.leaf = w.steps[3].entry, .walked = ALL | FRAME, .other = P | (FRAME ^ 0x5000)};
	unsigned marked = 0, refused = 0;
	time_t deadline = time(NULL) + 20;
	pthread_t thread;

	CHECK_EQ(pthread_create(&thread, NULL, change_leaf, &c), 0);
	/* on a busy machine the other thread may be kept waiting for long, and with either entry in place */
	for (unsigned i = 1; !(marked > 20000 && refused > 20000) && (i < 20000000 || time(NULL) < deadline); i++) {
		if (walk_mark(&w))
			marked++;
		else
			refused++;
		if (i % 4096 == 0)
			sched_yield();
	}
	__atomic_store_n(&c.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	CHECK(!c.wrong);
	CHECK(marked > 0 && c.rounds > 0);
}

/* A table that maps itself: the same entry is root and leaf. */
static void test_mark_recursive(void)
{
	static struct memory m;
	const struct walk_memory memory = {&m, memory_entry};
	struct regs regs = regs_of(L4);
	struct walk w;

	memset(&m, 0, sizeof(m));
	entry_put(&m, L4, 0, 511, ALL | TABLES_GPA);
	walk(&regs, &memory, 46, (gva_t){0xffffffffffffff00}, WALK_WRITE, &w);
	CHECK_EQ(w.status, WALK_OK);
	CHECK_EQ(w.gpa.v, TABLES_GPA + 0xf00);
	CHECK(walk_mark(&w));
	CHECK_EQ(((uint64_t *)m.bytes)[511], ALL | TABLES_GPA | A | D);
}

CHECK_MAIN(CHECK_TEST(test_mark), CHECK_TEST(test_mark_changed), CHECK_TEST(test_mark_others_mark),
	   CHECK_TEST(test_mark_races), CHECK_TEST(test_mark_recursive))
