/* MASKMOVDQU is checked as a store of its whole operand, whatever the mask; only active bytes are stored. */
#include "capmodel/catalog.h"
#include "tests/check.h"
#include "tests/small_monitor.h"
#include "tests/vector_ones.h"

#define CODE_BYTES "\x66\x0f\xf7\xca" /* maskmovdqu xmm1,xmm2 */
#define KEPT (UNMAPPED - 16)
#define ALL 0xffff

static struct vector_state vector;

static struct vector_state *give_vector(void *self)
{
	(void)self;
	return &vector;
}

static const struct row {
	const char *name;
	uint64_t rdi;
	unsigned mask; /* a bit each byte */
	bool read_only;
	enum outcome outcome;
	uint64_t cr2;
	unsigned error, stores;
} rows[] = {
	{"all", KEPT, ALL, false, OUTCOME_NEXT, 0, 0, 1},
	{"two runs", KEPT, 0x0ff3, false, OUTCOME_NEXT, 0, 0, 2},
	{"none: the trap is explained all the same", KEPT, 0, false, OUTCOME_NEXT, 0, 0, 0},
	{"the second half is masked off, on no page", KEPT + 8, 0x00ff, false, OUTCOME_FAULT, UNMAPPED, 6, 0},
	{"all is masked off, on no page", UNMAPPED + 1, 0, false, OUTCOME_FAULT, UNMAPPED + 1, 6, 0},
	{"all is masked off, on a read-only page", KEPT, 0, true, OUTCOME_FAULT, KEPT, 7, 0},
	{"an access of something else", DATA, 0, false, OUTCOME_RETRY, 0, 0, 0},
};

static void judge(const struct row *row)
{
	struct keeper_env env = {.bytes = bytes_at(KEPT), .size = 16};
	char error[KEEPER_ERROR] = "";
	struct keeper *k = keeper_parse("memory", &env, error);
	uint8_t mask[64] = {0}, before[16];
	struct monitor m;

	CHECK_STR(error, "");
	CHECK_EQ(space_put_entry(space, (gpa_t){KEPT}, 16, cap_entry(k, RIGHTS_ALL, 0), false), 0);
	memcpy(bytes_at(CODE), CODE_BYTES, 4);
	memset(bytes_at(KEPT), 0x11, 16);
	memcpy(before, bytes_at(KEPT), 16);
	if (row->read_only)
		((uint64_t *)(void *)bytes_at(TABLES))[512 * 3 + KEPT / PAGE_SIZE] &= ~2ull;
	vector_ones(&vector);
	for (unsigned i = 0; i < 16; i++)
		mask[i] = row->mask >> i & 1 ? 0x80 : 0x7f;
	vector_set_register(&vector, 2, mask);
	monitor_begin(&m, 0);
	m.regs.gpr[GPR_RDI] = row->rdi;
	m.env.vector = give_vector;
	m.regs.cr4 |= CR4_OSXSAVE;
	CHECK_EQ(access_run(&m.env, &m.regs, CAUSE_TRAP, m.plan), row->outcome);
	if (row->outcome == OUTCOME_FAULT) {
		CHECK_EQ(m.plan->fault.vector, 14);
		CHECK_EQ(m.plan->fault.error, row->error);
		CHECK_EQ(m.plan->cr2, row->cr2);
	}
	CHECK_EQ(k->stores, row->stores);
	for (unsigned i = 0; i < 16; i++) {
		bool stored = row->outcome == OUTCOME_NEXT && row->mask >> i & 1;

		CHECK_EQ(*bytes_at(KEPT + i), stored ? 0xff : before[i]);
	}
	m.plan->committed = row->outcome == OUTCOME_NEXT;
	access_complete(m.plan);
	monitor_end(&m);
	keeper_free(k);
}

static void the_whole_operand_is_checked(void)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row = rows[i].name;
		build_memory();
		CHECK_EQ(trap_set(trap, (gpa_t){KEPT}, TRAP_ALL), 0);
		judge(&rows[i]);
		free_memory();
	}
}

CHECK_MAIN(CHECK_TEST(the_whole_operand_is_checked))
