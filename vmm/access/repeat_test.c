/* Elements of a REP carried out together: as one by one, and only where nobody can tell. */
#include "tests/small_monitor.h"

#include "capmodel/catalog.h"

#include <string.h>

#define VIRTUAL 0x9000ull /* the gpa of a page that nothing else is mapped to */
#define PAGE 4096u

struct row {
	const char *name;
	const char *keeper; /* of [VIRTUAL, VIRTUAL + kept) */
	uint64_t kept;
	uint8_t code[4];
	unsigned code_size;
	uint64_t rsi, rdi, rcx, rflags;
	unsigned size; /* of an element */
	uint64_t together; /* elements that the first run does; the others one by one or not at all */
};

#define AT 0xa000ull /* where the guest sees it */
#define MOVSB {0xf3, 0xa4}, 2
#define MOVSQ {0xf3, 0x48, 0xa5}, 3
#define MOVSW {0xf3, 0x66, 0xa5}, 3
#define STOSD {0xf3, 0xab}, 2

static const struct row rows[] = {
	{"in", "memory", PAGE, MOVSB, DATA, AT, 100, 0, 1, 100},
	{"out", "memory", PAGE, MOVSB, AT, DATA, 100, 0, 1, 100},
	{"within", "memory", PAGE, MOVSQ, AT, AT + 1024, 64, 0, 8, 64},
	{"each sees those before it", "memory", PAGE, MOVSW, AT, AT + 2, 500, 0, 2, 500},
	{"stos", "memory", PAGE, STOSD, 0, AT + 3, 77, 0, 4, 77},
	{"to the end of the page", "memory", PAGE, MOVSB, DATA, AT + PAGE - 10, 100, 0, 1, 10},
	{"to the end of the other page", "memory", PAGE, MOVSB, AT, DATA + PAGE - 24, 100, 0, 1, 24},
	{"to the last element before a crossing", "memory", PAGE, MOVSQ, AT + PAGE - 20, DATA, 100, 0, 8, 2},
	{"to the end of what is kept", "memory", 64, MOVSB, DATA, AT, 100, 0, 1, 64},
	{"one", "memory", PAGE, MOVSB, DATA, AT, 1, 0, 1, 1},
	{"backwards", "memory", PAGE, MOVSB, DATA + 200, AT + 200, 100, RFLAGS_DF, 1, 1},
	{"stepped", "memory", PAGE, MOVSB, DATA, AT, 100, RFLAGS_TF, 1, 1},
	{"a keeper that maps", "memory,map=1000", PAGE, MOVSB, DATA, AT, 100, 0, 1, 1},
	{"a device", "counter", PAGE, MOVSB, AT, DATA, 100, 0, 1, 1},
	{"a wrapper sees each", "log:memory", PAGE, MOVSB, AT, DATA, 100, 0, 1, 1},
	{"a watch sees each", "watch,new=300,report:memory", PAGE, MOVSB, DATA, AT, 100, 0, 1, 1},
	{"32-bit addresses", "memory", PAGE, {0x67, 0xf3, 0xa4}, 3, DATA, AT, 100, 0, 1, 1},
	{"lods", "memory", PAGE, {0xf3, 0xac}, 2, AT, 0, 100, 0, 1, 1},
	{"compares", "memory", PAGE, {0xf2, 0xae}, 2, 0, AT, 100, 0, 1, 1},
};

static struct keeper *keep(const char *spec, uint64_t size, FILE *log)
{
	struct keeper_env env = {.bytes = bytes_at(VIRTUAL), .size = size, .log = log};
	char error[KEEPER_ERROR];
	struct keeper *k = keeper_parse(spec, &env, error);

	CHECK(k != NULL);
	if (!k)
		return NULL;
	CHECK_EQ(space_put_entry(space, (gpa_t){VIRTUAL}, size, cap_entry(k, RIGHTS_ALL, 0), false), 0);
	CHECK_EQ(trap_set(trap, (gpa_t){VIRTUAL}, TRAP_ALL), 0);
	((uint64_t *)(void *)bytes_at(TABLES))[512 * 3 + AT / PAGE_SIZE] = VIRTUAL | FLAGS;
	return k;
}

static void fill(void)
{
	for (unsigned i = 0; i < PAGE; i++) {
		*bytes_at(DATA + i) = (uint8_t)(i * 7 + i / 251 + 1);
		*bytes_at(FAR_PAGE + i) = (uint8_t)(i * 13);
		*bytes_at(VIRTUAL + i) = (uint8_t)(i * 5 + 3);
	}
}

static uint8_t *host_of(uint64_t gva)
{
	if (gva >= AT && gva < AT + PAGE)
		return bytes_at(VIRTUAL + gva - AT);
	return bytes_at(gva);
}

/* The elements by hand, in their order. */
static void by_hand(const struct row *r, uint64_t rax)
{
	bool moves = r->code[r->code_size - 1] == 0xa4 || r->code[r->code_size - 1] == 0xa5;
	bool stores = r->code[r->code_size - 1] == 0xab;

	for (uint64_t i = 0; i < r->together; i++)
		if (moves)
			memmove(host_of(r->rdi + i * r->size), host_of(r->rsi + i * r->size), r->size);
		else if (stores)
			memcpy(host_of(r->rdi + i * r->size), &rax, r->size);
}

static void check_registers(const struct row *r, const struct monitor *m)
{
	const struct regs *before = &m->regs, *after = &m->plan->after.regs;
	uint64_t distance = r->rflags & RFLAGS_DF ? -r->together * r->size : r->together * r->size;
	bool done = r->together == r->rcx || r->code[0] == 0xf2; /* scas ends where it finds nothing equal */

	CHECK_EQ(after->gpr[GPR_RCX], r->rcx - r->together);
	CHECK_EQ(after->gpr[GPR_RSI], r->rsi && r->code[0] != 0xf2 ? r->rsi + distance : r->rsi);
	CHECK_EQ(after->gpr[GPR_RDI], r->rdi ? r->rdi + distance : r->rdi);
	if (r->code[0] != 0xf2) {
		CHECK_EQ(after->rip, before->rip + (done ? r->code_size : 0));
		CHECK_EQ(m->plan->after.repeats, !done);
		CHECK_EQ(after->rflags, before->rflags);
	}
}

static void run(const struct row *r)
{
	static uint8_t expected[MEMORY];
	FILE *log = fopen("/dev/null", "w");
	struct monitor m;
	struct keeper *k;

	check_row = r->name;
	build_memory();
	monitor_begin(&m, 0);
	k = keep(r->keeper, r->kept, log);
	memcpy(bytes_at(CODE), r->code, r->code_size);
	m.regs.gpr[GPR_RAX] = 0x8877665544332211;
	m.regs.gpr[GPR_RSI] = r->rsi;
	m.regs.gpr[GPR_RDI] = r->rdi;
	m.regs.gpr[GPR_RCX] = r->rcx;
	m.regs.rflags |= r->rflags;
	/* tables first: their accessed bits are not what is compared */
	(void)access_run(&m.env, &m.regs, CAUSE_TRAP, m.plan);
	access_complete(m.plan);
	fill();
	by_hand(r, m.regs.gpr[GPR_RAX]);
	memcpy(expected, bytes_at(0), MEMORY);
	fill();
	k->loads = k->stores = 0;
	CHECK_EQ(access_run(&m.env, &m.regs, CAUSE_TRAP, m.plan), OUTCOME_NEXT);
	access_complete(m.plan);
	if (strcmp(r->keeper, "counter") != 0) /* which gives other bytes */
		CHECK(memcmp(expected, bytes_at(0), MEMORY) == 0);
	check_registers(r, &m);
	if (r->rsi >= AT && r->rsi < AT + PAGE)
		CHECK_EQ(k->loads, r->together);
	if (r->rdi >= AT && r->rdi < AT + PAGE && r->code[r->code_size - 1] != 0xae)
		CHECK_EQ(k->stores, r->together);
	monitor_end(&m);
	free_memory();
	keeper_free(k);
	fclose(log);
}

static void as_one_by_one(void)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		run(&rows[i]);
}

/* Nothing is done behind a forwarder that was rescinded, or that forwards this access alone. */
static enum verdict forward(struct keeper *k, const struct transaction *t, const struct access *a,
			    struct answer *answer)
{
	(void)k;
	(void)t;
	(void)a;
	answer->forward = cap_page(bytes_at(VIRTUAL), RIGHTS_ALL);
	return VERDICT_FORWARD;
}

static void moves_nothing(struct keeper *k, const struct transaction *t, struct access *a)
{
	(void)k;
	(void)t;
	(void)a;
}

static void a_keeper_that_forwards_is_asked_each_time(void)
{
	static const struct keeper_ops ops = {.name = "forwards", .admit = forward, .load = moves_nothing};
	struct keeper k;
	struct monitor m;

	build_memory();
	monitor_begin(&m, 0);
	keeper_init(&k, &ops);
	CHECK_EQ(space_put_entry(space, (gpa_t){VIRTUAL}, PAGE, cap_entry(&k, RIGHTS_ALL, 0), false), 0);
	CHECK_EQ(trap_set(trap, (gpa_t){VIRTUAL}, TRAP_ALL), 0);
	memcpy(bytes_at(CODE), "\xf3\xa4", 2);
	((uint64_t *)(void *)bytes_at(TABLES))[512 * 3 + AT / PAGE_SIZE] = VIRTUAL | FLAGS;
	m.regs.gpr[GPR_RSI] = AT;
	m.regs.gpr[GPR_RDI] = DATA;
	m.regs.gpr[GPR_RCX] = 100;
	CHECK_EQ(access_run(&m.env, &m.regs, CAUSE_TRAP, m.plan), OUTCOME_NEXT);
	access_complete(m.plan);
	CHECK_EQ(m.plan->after.regs.gpr[GPR_RCX], 99);
	monitor_end(&m);
	free_memory();
}

CHECK_MAIN(CHECK_TEST(as_one_by_one), CHECK_TEST(a_keeper_that_forwards_is_asked_each_time))
