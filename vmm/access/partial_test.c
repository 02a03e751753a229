/* A gather or scatter whose later element faults: those before it happen, and then the fault. */
#include "capmodel/catalog.h"
#include "tests/check.h"
#include "tests/small_monitor.h"
#include "tests/vector_ones.h"

#define GATHER "\x62\xf2\x7d\x09\x90\x0c\x13" /* vpgatherdd xmm1{k1},[rbx+xmm2*1] */
#define SCATTER "\x62\xf2\x7d\x09\xa0\x0c\x13" /* vpscatterdd [rbx+xmm2*1]{k1},xmm1 */
#define LENGTH 7
#define KEPT (DATA + 0x400)
#define ELEMENTS 4

static struct vector_state vector;

static struct vector_state *give_vector(void *self)
{
	(void)self;
	return &vector;
}

static const struct row {
	const char *name, *code, *keeper; /* the keeper of 8 bytes at KEPT */
	uint32_t at[ELEMENTS]; /* guest addresses */
	uint64_t mask, left;
	enum outcome outcome;
	unsigned vector; /* of the fault, or 0 */
	uint64_t cr2;
	unsigned loads, stores; /* that reach the keeper */
} rows[] = {
	{"all done", GATHER, "memory", {DATA, KEPT, KEPT + 4, DATA + 8}, 0xf, 0, OUTCOME_NEXT, 0, 0, 2, 0},
	{"the third faults",
	 GATHER,
	 "memory",
	 {DATA, KEPT, UNMAPPED + 4, KEPT + 4},
	 0xf,
	 0xc,
	 OUTCOME_NEXT,
	 14,
	 UNMAPPED + 4,
	 1,
	 0},
	{"the first faults",
	 GATHER,
	 "memory",
	 {UNMAPPED, KEPT, DATA, DATA},
	 0xf,
	 0xf,
	 OUTCOME_FAULT,
	 14,
	 UNMAPPED,
	 0,
	 0},
	{"the one that would is masked off",
	 GATHER,
	 "memory",
	 {DATA, UNMAPPED, KEPT, DATA},
	 0xd,
	 0,
	 OUTCOME_NEXT,
	 0,
	 0,
	 1,
	 0},
	{"the second crosses into nothing",
	 GATHER,
	 "memory",
	 {KEPT, UNMAPPED - 2, DATA, DATA},
	 0xf,
	 0xe,
	 OUTCOME_NEXT,
	 14,
	 UNMAPPED,
	 1,
	 0},
	{"a keeper denies the third",
	 GATHER,
	 "deny",
	 {DATA, DATA + 4, KEPT, DATA},
	 0xf,
	 0xc,
	 OUTCOME_NEXT,
	 13,
	 0,
	 0,
	 0},
	{"scatter, the last faults",
	 SCATTER,
	 "memory",
	 {KEPT, DATA, KEPT + 4, UNMAPPED},
	 0xf,
	 0x8,
	 OUTCOME_NEXT,
	 14,
	 UNMAPPED,
	 0,
	 2},
};

static void fill_vector(const struct row *row, uint32_t source[16])
{
	uint32_t index[16] = {0};

	vector_ones(&vector);
	vector_set_mask(&vector, 1, row->mask);
	for (unsigned i = 0; i < ELEMENTS; i++) {
		index[i] = row->at[i] - DATA;
		source[i] = 0x11111111u * (i + 1);
	}
	vector_set_register(&vector, 2, (const uint8_t *)index);
	vector_set_register(&vector, 1, (const uint8_t *)source);
}

/* Element i has happened if its mask bit is gone, and only then. */
static void check_elements(const struct row *row, const uint32_t source[16])
{
	bool gathers = !strcmp(row->code, GATHER);
	uint32_t now[16];

	vector_register(&vector, 1, (uint8_t *)now);
	for (unsigned i = 0; i < ELEMENTS; i++) {
		bool done = (row->mask & ~row->left) >> i & 1;
		uint32_t memory;

		if (row->at[i] >= UNMAPPED - 4)
			continue;
		memcpy(&memory, bytes_at(row->at[i]), 4);
		CHECK_EQ(now[i], gathers && done ? 0x70000000 + row->at[i] : source[i]);
		CHECK_EQ(memory, !gathers && done ? source[i] : 0x70000000 + row->at[i]);
	}
}

static void judge(const struct row *row)
{
	struct keeper_env env = {.bytes = bytes_at(KEPT), .size = 8};
	char error[KEEPER_ERROR] = "";
	struct keeper *k = keeper_parse(row->keeper, &env, error);
	uint32_t source[16] = {0};
	struct monitor m;

	CHECK_STR(error, "");
	CHECK_EQ(space_put_entry(space, (gpa_t){KEPT}, 8, cap_entry(k, RIGHTS_ALL, 0), false), 0);
	memcpy(bytes_at(CODE), row->code, LENGTH);
	for (unsigned i = 0; i < ELEMENTS; i++) {
		uint32_t value = 0x70000000 + row->at[i];

		memcpy(bytes_at(row->at[i]), &value, 4);
	}
	monitor_begin(&m, DATA);
	m.env.vector = give_vector;
	m.regs.cr4 |= CR4_OSXSAVE;
	fill_vector(row, source);
	CHECK_EQ(access_run(&m.env, &m.regs, CAUSE_TRAP, m.plan), row->outcome);
	CHECK_EQ(m.plan->partial, row->vector != 0 && row->outcome == OUTCOME_NEXT);
	CHECK_EQ(vector_mask_register(&vector, 1), row->left);
	check_elements(row, source);
	if (row->vector)
		CHECK_EQ(m.plan->fault.vector, row->vector);
	if (row->vector == 14)
		CHECK_EQ(m.plan->cr2, row->cr2);
	if (row->outcome == OUTCOME_NEXT)
		CHECK_EQ(m.plan->after.regs.rip, CODE + (row->left ? 0 : LENGTH));
	CHECK_EQ(k->loads, row->loads);
	CHECK_EQ(k->stores, row->stores);
	m.plan->committed = row->outcome == OUTCOME_NEXT;
	access_complete(m.plan);
	CHECK(lock_try(&k->owner)); /* nobody owns it any more */
	lock_release(&k->owner);
	monitor_end(&m);
	keeper_free(k);
}

static void elements_before_the_fault(void)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row = rows[i].name;
		build_memory();
		CHECK_EQ(trap_set(trap, (gpa_t){KEPT}, TRAP_ALL), 0);
		judge(&rows[i]);
		free_memory();
	}
}

CHECK_MAIN(CHECK_TEST(elements_before_the_fault))
