/* walk_random_test.c: random tables, against a second and naive reading of the manual. */
#include "tests/walk_tables.h"

/*
 * The reference: written apart from walk.c and another way. Entries are collected
 * first; reserved bits are asked for one by one; permission is a truth table.
 */
struct reference {
	enum walk_status status;
	uint64_t gpa, page_size, table_gpa;
	uint32_t error;
};

/*
 * "use user-access | U W X of the page | WP SMEP SMAP AC": the first line that fits decides.
 * 'r' read, 'w' write, 'f' fetch, '-' whatever.
 */
static const struct {
	const char *when;
	bool allowed;
} truth[] = {
	{"-1 0-- ----", false}, /* user access to a supervisor page */
	{"r1 1-- ----", true},  {"w1 11- ----", true},  {"w1 10- ----", false}, {"f1 1-1 ----", true},
	{"f1 1-0 ----", false}, {"f0 1-- -1--", false}, /* SMEP */
	{"f0 --0 ----", false}, {"f0 --1 ----", true},  {"r0 0-- ----", true},  {"r0 1-- --0-", true},
	{"r0 1-- --11", true},  {"r0 1-- --10", false}, /* SMAP */
	{"w0 1-- --10", false}, {"w0 -1- ----", true},  {"w0 -0- 0---", true},  {"w0 -0- 1---", false}, /* WP */
};

static bool reference_permits(const char *facts)
{
	for (unsigned i = 0; i < sizeof(truth) / sizeof(truth[0]); i++) {
		bool fits = true;

		for (unsigned c = 0; facts[c]; c++)
			fits &= truth[i].when[c] == '-' || truth[i].when[c] == facts[c];
		if (fits)
			return truth[i].allowed;
	}
	CHECK_AT(false, "no line of the truth table for \"%s\"", facts);
	return false;
}

static bool reference_reserved(enum mode mode, unsigned level, bool big, unsigned bit, unsigned width, bool nxe)
{
	if (mode == M32 || mode == PSE)
		return big && level == 2 && bit <= 21 && bit >= 13 && (bit == 21 || bit - 13 + 32 >= width);
	if (bit == 63)
		return mode == PAE && level == 3 ? true : !nxe;
	if (bit >= 52)
		return mode == PAE;
	if (bit >= width)
		return true;
	if (mode == PAE && level == 3)
		return bit == 1 || bit == 2 || (bit >= 6 && bit <= 8);
	if (level >= 4)
		return bit == 7;
	if (big && level == 3)
		return bit >= 13 && bit <= 29;
	return big && level == 2 && bit >= 13 && bit <= 20;
}

struct reference_page {
	bool user, write, execute;
};

/* 0, or the cause bits of the error code plus 1 */
static unsigned reference_entry(enum mode mode, unsigned level, uint64_t e, unsigned width, bool nxe,
				struct reference_page *page)
{
	bool big = level > 1 && level < 4 && (e & PS) && mode != M32 && !(mode == PAE && level == 3);

	if (!(e & P))
		return 1;
	for (unsigned bit = 0; bit < 64; bit++)
		if ((e >> bit & 1) && reference_reserved(mode, level, big, bit, width, nxe))
			return 1 + 0x9;
	if (mode == PAE && level == 3)
		return 0;
	if (!(e & U))
		page->user = false;
	if (!(e & W))
		page->write = false;
	if (e & NX)
		page->execute = false;
	return 0;
}

static char digit(bool b)
{
	return b ? '1' : '0';
}

static uint32_t reference_error(enum mode mode, const struct regs *r, enum walk_use use, unsigned cause)
{
	bool nx_on = (mode == PAE || mode == L4 || mode == L5) && (r->efer & EFER_NXE);

	return cause + (use == WALK_WRITE ? 2 : 0) + (r->cpl == 3 ? 4 : 0) +
	       (use == WALK_FETCH && (nx_on || (r->cr4 & CR4_SMEP)) ? 16 : 0);
}

static uint64_t reference_leaf(enum mode mode, unsigned level, uint64_t e, uint64_t gva, uint64_t *page_size)
{
	uint64_t width_of_offset = mode <= PSE && level == 2 ? 22 : level == 1 ? 12 : level == 2 ? 21 : 30;
	uint64_t address = e & 0x000ffffffffff000ull;

	*page_size = BIT(width_of_offset);
	if (mode <= PSE && level == 2)
		address = (e & 0xffc00000) + ((e >> 13) % 256) * BIT(32);
	return address / *page_size * *page_size + gva % *page_size;
}

static struct reference reference_walk(enum mode mode, const struct regs *r, struct memory *m, unsigned width,
				       uint64_t gva, enum walk_use use)
{
	static const unsigned levels[] = {[M32] = 2, [PSE] = 2, [PAE] = 3, [L4] = 4, [L5] = 5};
	struct reference_page page = {true, true, true};
	uint64_t table = r->cr3 / 4096 * 4096;
	struct reference ref = {.status = WALK_FAULT};

	if (mode == OFF)
		return (struct reference){.gpa = gva % BIT(32), .page_size = BIT(32)};
	if (mode <= PAE)
		gva %= BIT(32);
	for (unsigned level = levels[mode]; level > 0; level--) {
		uint64_t per_table = mode <= PSE ? 1024 : 512, span = 4096, e = 0;

		for (unsigned i = 1; i < level; i++)
			span *= per_table;
		uint64_t at = table + gva / span % per_table * (4096 / per_table);
		uint8_t *bytes = memory_entry(m, (gpa_t){at}, (unsigned)(4096 / per_table));

		if (!bytes)
			return (struct reference){.status = WALK_TABLE_ABSENT, .table_gpa = at};
		memcpy(&e, bytes, 4096 / per_table);
		unsigned cause = reference_entry(mode, level, e, width, r->efer & EFER_NXE, &page);

		if (cause) {
			ref.error = reference_error(mode, r, use, cause - 1);
			return ref;
		}
		table = e & 0x000ffffffffff000ull;
		if (level == 1 || ((e & PS) && mode != M32 && !(mode == PAE && level == 3))) {
			ref.gpa = reference_leaf(mode, level, e, gva, &ref.page_size);
			break;
		}
	}
	char facts[] = {"rwf"[use],
			digit(r->cpl == 3),
			' ',
			digit(page.user),
			digit(page.write),
			digit(page.execute),
			' ',
			digit(r->cr0 & CR0_WP),
			digit(r->cr4 & CR4_SMEP),
			digit(r->cr4 & CR4_SMAP),
			digit(r->rflags & RFLAGS_AC),
			0};

	if (!reference_permits(facts))
		return (struct reference){.status = WALK_FAULT, .error = reference_error(mode, r, use, 1)};
	ref.status = WALK_OK;
	return ref;
}

static uint64_t random_state = 0x9e3779b97f4a7c15ull;

static uint64_t rnd(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state >> 8;
}

static bool chance(unsigned percent)
{
	return rnd() % 100 < percent;
}

static uint64_t random_entry(enum mode mode)
{
	uint64_t e = (mode > PSE && chance(50) ? TABLES_HIGH : TABLES_GPA) + rnd() % PAGES * PAGE_SIZE;

	if (chance(3))
		e = rnd() % BIT(35) & ~PAGE_MASK;
	if (chance(15))
		e &= ~0x3fffffffull;
	e |= chance(96) ? P : 0;
	if (mode == PAE && chance(40))
		return chance(80) ? e : e | BIT(rnd() % 64); /* will do for a PDPTE */
	e |= (chance(85) ? W : 0) | (chance(75) ? U : 0) | (chance(15) ? PS : 0) | (chance(30) ? A | G : 0);
	e |= chance(5) ? NX : 0;
	if (chance(4))
		e |= BIT(rnd() % 64);
	return e;
}

static void random_tables(struct memory *m, enum mode mode)
{
	for (unsigned page = 0; page < PAGES; page++)
		for (unsigned i = 0; i < (mode <= PSE ? 1024 : 512); i++)
			entry_put(m, mode, page, i, random_entry(mode));
}

static struct regs random_regs(enum mode mode)
{
	struct regs r = regs_of(mode);

	r.cpl = chance(50) ? 3 : rnd() % 3;
	r.cr4 |= (chance(30) ? CR4_SMEP : 0) | (chance(30) ? CR4_SMAP : 0);
	r.rflags |= chance(50) ? RFLAGS_AC : 0;
	r.cr3 += rnd() % PAGES * PAGE_SIZE;
	if (chance(30))
		r.cr0 &= ~CR0_WP;
	if (chance(20))
		r.efer &= ~EFER_NXE;
	return r;
}

struct seen {
	unsigned status[3];
	uint32_t set_bits, clear_bits;
};

static void compare(const struct walk *w, const struct reference *ref, struct seen *seen)
{
	CHECK_EQ(w->status, ref->status);
	CHECK_EQ(w->gpa.v, ref->status == WALK_OK ? ref->gpa : 0);
	CHECK_EQ(w->page_size, ref->status == WALK_OK ? ref->page_size : 0);
	CHECK_EQ(w->error, ref->error);
	CHECK_EQ(w->table_gpa.v, ref->table_gpa);
	seen->status[ref->status]++;
	if (ref->status == WALK_FAULT) {
		seen->set_bits |= ref->error;
		seen->clear_bits |= ~ref->error;
	}
}

static void test_random(void)
{
	static struct memory m, before;
	static const char *const names[] = {"off", "32-bit", "32-bit PSE", "PAE", "4-level", "5-level"};

	for (enum mode mode = OFF; mode <= L5; mode++) {
		struct seen seen = {0};

		check_row = names[mode];
		for (unsigned round = 0; round < 40000 && check_failures < 10; round++) {
			struct walk_memory memory = {&m, memory_entry};
			struct regs regs = random_regs(mode);
			unsigned width = 32 + rnd() % 21;
			uint64_t gva = rnd() << 8 ^ rnd();
			enum walk_use use = rnd() % 3;
			struct walk w;

			if (round % 400 == 0)
				random_tables(&m, mode);
			before = m;
			walk(&regs, &memory, width, (gva_t){gva}, use, &w);
			struct reference ref = reference_walk(mode, &regs, &m, width, gva, use);

			compare(&w, &ref, &seen);
			CHECK(memcmp(&m, &before, sizeof(m)) == 0);
			if (w.status == WALK_OK && chance(2))
				CHECK(walk_mark(&w));
		}
		CHECK(seen.status[WALK_OK] > 1000);
		if (mode == OFF)
			continue;
		CHECK(seen.status[WALK_FAULT] > 1000 && seen.status[WALK_TABLE_ABSENT] > 100);
		/* every bit of the error code was seen both ways; no bit is reserved in 32-bit tables without PSE */
		CHECK_EQ(seen.set_bits & seen.clear_bits & 0x1f, mode == M32 ? 0x17 : 0x1f);
	}
}

CHECK_MAIN(CHECK_TEST(test_random))
