/*
 * XRSTOR: its area's header says what of the rest is touched, and a bad one is #GP
 * before that. The area ends, behind the header, at a page that is not there.
 */
#include "capmodel/catalog.h"
#include "tests/check.h"
#include "tests/small_monitor.h"

#define HEADER 512
#define AREA (UNMAPPED - 576) /* its header is the last of the page, and kept */
#define RESTORE "\x0f\xae\x2b" /* xrstor [rbx] */
#define FEATURES (XSTATE_X87 | XSTATE_SSE | XSTATE_AVX)
#define COMPACTED (1ull << 63)
#define MXCSR 24

static struct vector_state vector;

static struct vector_state *give_vector(void *self)
{
	(void)self;
	return &vector;
}

static const struct row {
	const char *name;
	uint64_t asked, header[3];
	enum outcome outcome;
	unsigned vector; /* of the fault, or 0 */
	const char *keeper; /* of the header */
	unsigned loads; /* that reach it */
} rows[] = {
	{"nothing behind the header is asked for", XSTATE_SSE, {XSTATE_SSE}, OUTCOME_NEXT, 0, "memory", 1},
	{"AVX is asked for", FEATURES, {FEATURES}, OUTCOME_FAULT, 14, "memory", 1},
	{"AVX is asked for, and not there", FEATURES, {XSTATE_SSE}, OUTCOME_FAULT, 14, "memory", 1},
	{"a bad header goes before the page fault", FEATURES, {1ull << 62}, OUTCOME_FAULT, 13, "memory", 1},
	{"a component that XCR0 lacks does", FEATURES, {XSTATE_AVX512}, OUTCOME_FAULT, 13, "memory", 1},
	{"bytes that must be zero do", FEATURES, {FEATURES, 0, 1}, OUTCOME_FAULT, 13, "memory", 1},
	{"compacted, AVX is there", FEATURES, {FEATURES, COMPACTED | FEATURES}, OUTCOME_FAULT, 14, "memory", 1},
	{"compacted, AVX is not there", FEATURES, {XSTATE_SSE, COMPACTED | FEATURES}, OUTCOME_NEXT, 0, "memory", 1},
	{"compacted, AVX is there without its place",
	 FEATURES,
	 {FEATURES, COMPACTED | 3},
	 OUTCOME_FAULT,
	 13,
	 "memory",
	 1},
	{"the header is denied", FEATURES, {FEATURES}, OUTCOME_FAULT, 13, "deny", 0},
};

static void lay_area(const struct row *row)
{
	uint32_t mxcsr = 0x1f80;

	memset(bytes_at(AREA), 0, UNMAPPED - AREA);
	memcpy(bytes_at(AREA + MXCSR), &mxcsr, sizeof(mxcsr));
	memcpy(bytes_at(AREA + HEADER), row->header, sizeof(row->header));
	memset(&vector, 0, sizeof(vector));
	vector.features = FEATURES;
	vector_layout_read(&vector.layout);
}

static void judge(const struct row *row)
{
	struct keeper_env env = {.bytes = bytes_at(AREA + HEADER), .size = 64};
	char error[KEEPER_ERROR] = "";
	struct keeper *k = keeper_parse(row->keeper, &env, error);
	struct monitor m;

	CHECK_STR(error, "");
	CHECK_EQ(space_put_entry(space, (gpa_t){AREA + HEADER}, 64, cap_entry(k, RIGHTS_ALL, 0), false), 0);
	memcpy(bytes_at(CODE), RESTORE, sizeof(RESTORE) - 1);
	lay_area(row);
	monitor_begin(&m, AREA);
	m.env.vector = give_vector;
	m.regs.cr4 |= CR4_OSXSAVE;
	m.regs.gpr[GPR_RAX] = row->asked;
	CHECK_EQ(access_run(&m.env, &m.regs, CAUSE_TRAP, m.plan), row->outcome);
	if (row->vector)
		CHECK_EQ(m.plan->fault.vector, row->vector);
	if (row->vector == 14) {
		CHECK_EQ(m.plan->fault.error, 4); /* a read by a user, of nothing */
		CHECK_EQ(m.plan->cr2, UNMAPPED);
	}
	CHECK(!m.plan->partial);
	CHECK_EQ(k->loads, row->loads);
	m.plan->committed = row->outcome == OUTCOME_NEXT;
	access_complete(m.plan);
	CHECK(lock_try(&k->owner)); /* nobody owns it any more */
	lock_release(&k->owner);
	monitor_end(&m);
	keeper_free(k);
}

static void the_header_says_what_is_touched(void)
{
	struct vector_layout layout;

	vector_layout_read(&layout);
	if (layout.offset[2] != 576) {
		SKIP("this CPU has no AVX, or elsewhere in its areas");
		return;
	}
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row = rows[i].name;
		build_memory();
		CHECK_EQ(trap_set(trap, (gpa_t){AREA + HEADER}, TRAP_ALL), 0);
		judge(&rows[i]);
		free_memory();
	}
}

CHECK_MAIN(CHECK_TEST(the_header_says_what_is_touched))
