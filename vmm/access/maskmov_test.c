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

/* What names the mask is a register: it chooses no segment and no address. */
static void the_mask_register_is_no_base(void)
{
	static const struct {
		const char *name, *bytes;
		unsigned vector;
	} faults[] = {
		{"mask in xmm5", "\x66\x0f\xf7\xcd", 13},
		{"mask in xmm4", "\x66\x0f\xf7\xcc", 13},
		{"mask in mm5", "\x90\x0f\xf7\xcd", 13},
		{"with SS, which means nothing in 64-bit mode", "\x36\x0f\xf7\xcd", 13},
	};

	for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		unsigned skip = faults[i].bytes[0] == '\x90';
		struct monitor m;

		check_row = faults[i].name;
		build_memory();
		memcpy(bytes_at(CODE), faults[i].bytes + skip, 4 - skip);
		vector_ones(&vector);
		monitor_begin(&m, 0);
		m.regs.gpr[GPR_RDI] = 0x8000000000000000ull;
		m.env.vector = give_vector;
		CHECK_EQ(access_run(&m.env, &m.regs, CAUSE_TRAP, m.plan), OUTCOME_FAULT);
		CHECK_EQ(m.plan->fault.vector, faults[i].vector);
		monitor_end(&m);
		free_memory();
	}
}

/* It has gone to MMX state, as measured; MASKMOVDQU has none to go to. */
static void a_faulting_maskmovq_leaves_mmx_state(void)
{
	static const struct {
		const char *name, *bytes;
		bool enters;
	} forms[] = {{"maskmovq", "\x0f\xf7\xca", true}, {"maskmovdqu", "\x66\x0f\xf7\xca", false}};

	for (unsigned i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct monitor m;

		check_row = forms[i].name;
		build_memory();
		memcpy(bytes_at(CODE), forms[i].bytes, 4);
		vector_ones(&vector);
		vector.area[3] = 0x28; /* TOP is 5, all registers empty */
		vector.area[4] = 0;
		monitor_begin(&m, 0);
		m.regs.gpr[GPR_RDI] = UNMAPPED;
		m.env.vector = give_vector;
		CHECK_EQ(access_run(&m.env, &m.regs, CAUSE_TRAP, m.plan), OUTCOME_FAULT);
		CHECK_EQ(m.plan->fault.vector, 14);
		CHECK_EQ(vector.area[3], forms[i].enters ? 0 : 0x28);
		CHECK_EQ(vector.area[4], forms[i].enters ? 0xff : 0);
		CHECK_EQ(m.plan->vector_changed, forms[i].enters);
		monitor_end(&m);
		free_memory();
	}
}

CHECK_MAIN(CHECK_TEST(the_whole_operand_is_checked), CHECK_TEST(the_mask_register_is_no_base),
	   CHECK_TEST(a_faulting_maskmovq_leaves_mmx_state))
