/* Locked instructions on ordinary memory, while other threads change the same bytes: no update is lost. */
#include "vmm/access/locked.h"

#include "capmodel/catalog.h"
#include "tests/check.h"
#include "tests/small_monitor.h"

#include <pthread.h>

#define ROUNDS 20000
#define NATIVE_ROUNDS (50 * ROUNDS) /* in about the same time */

/* The instruction at CODE, once. */
static void step(struct monitor *m)
{
	if (access_run(&m->env, &m->regs, CAUSE_EMULATION, m->plan) != OUTCOME_NEXT)
		m->failed++;
	m->plan->committed = true;
	access_complete(m->plan);
}

static void *hammer(void *self)
{
	struct monitor *m = self;

	for (unsigned i = 0; i < ROUNDS; i++)
		step(m);
	return NULL;
}

/* A 16-byte counter: cmpxchg16b until it takes. */
static void *hammer_16(void *self)
{
	struct monitor *m = self;
	struct regs start = m->regs;

	for (unsigned done = 0; done < ROUNDS / 4;) {
		uint64_t low = m->regs.gpr[GPR_RAX], high = m->regs.gpr[GPR_RDX];

		m->regs.gpr[GPR_RBX] = low + 1;
		m->regs.gpr[GPR_RCX] = high + (low + 1 == 0);
		step(m);
		m->regs.gpr[GPR_RAX] = m->plan->after.regs.gpr[GPR_RAX];
		m->regs.gpr[GPR_RDX] = m->plan->after.regs.gpr[GPR_RDX];
		done += m->plan->after.regs.rflags & RFLAGS_ZF ? 1 : 0;
		if (m->failed)
			break;
	}
	m->regs = start;
	return NULL;
}

/* What another vCPU does at hardware speed: not through the monitor. */
static void *hammer_native(void *at)
{
	for (unsigned i = 0; i < NATIVE_ROUNDS; i++)
		__asm__ volatile("lock addq $1, %0" : "+m"(*(uint8_t(*)[8])at) : : "cc");
	return NULL;
}

static const struct row {
	const char *name, *code;
	uint64_t at;
	bool native; /* the second thread is the CPU itself */
	uint64_t expected;
} rows[] = {
	{"lock add, aligned, against the CPU", "\xf0\x48\x83\x03\x01", DATA + 0x100, true, ROUNDS + NATIVE_ROUNDS},
	{"lock add across a line, against the CPU", "\xf0\x48\x83\x03\x01", DATA + 0x13c, true, ROUNDS + NATIVE_ROUNDS},
	{"lock inc, two monitors", "\xf0\x48\xff\x03", DATA + 0x100, false, 2 * ROUNDS},
	{"lock xadd of 4 bytes unaligned", "\xf0\x0f\xc1\x03", DATA + 0x101, false, 2 * ROUNDS},
	{"lock add of 2 bytes", "\xf0\x66\x83\x03\x01", DATA + 0x102, false, (2 * ROUNDS) & 0xffff},
	{"lock sub of 1 byte", "\xf0\x80\x2b\xff", DATA + 0x103, false, (2 * ROUNDS) & 0xff},
	{"lock inc across pages that are no neighbours", "\xf0\x48\xff\x03", DATA + 0xffd, false, 2 * ROUNDS},
};

static uint64_t read_guest(uint64_t gva)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++) {
		uint64_t at = gva + i;

		value |= (uint64_t)*bytes_at(at >= DATA + PAGE_SIZE ? at - DATA - PAGE_SIZE + FAR_PAGE : at) << 8 * i;
	}
	return value;
}

static void no_update_is_lost(void)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct monitor one, two;
		pthread_t thread;

		check_row = row->name;
		build_memory();
		memcpy(bytes_at(CODE), row->code, strlen(row->code));
		monitor_begin(&one, row->at);
		monitor_begin(&two, row->at);
		one.regs.gpr[GPR_RAX] = two.regs.gpr[GPR_RAX] = 1;
		CHECK_EQ(pthread_create(&thread, NULL, row->native ? hammer_native : hammer,
					row->native ? (void *)bytes_at(row->at) : (void *)&two),
			 0);
		hammer(&one);
		pthread_join(thread, NULL);
		CHECK_EQ(one.failed + two.failed, 0);
		CHECK_EQ(read_guest(row->at), row->expected);
		monitor_end(&one);
		monitor_end(&two);
		free_memory();
	}
}

static void sixteen_bytes(void)
{
	struct monitor one, two;
	pthread_t thread;
	uint64_t value[2] = {UINT64_MAX - 100, 0};

	build_memory();
	memcpy(bytes_at(CODE), "\xf0\x48\x0f\xc7\x0e", 5); /* lock cmpxchg16b [rsi] */
	memcpy(bytes_at(DATA), value, 16);
	monitor_begin(&one, 0);
	monitor_begin(&two, 0);
	one.regs.gpr[GPR_RSI] = two.regs.gpr[GPR_RSI] = DATA;
	CHECK_EQ(pthread_create(&thread, NULL, hammer_16, &two), 0);
	hammer_16(&one);
	pthread_join(thread, NULL);
	CHECK_EQ(one.failed + two.failed, 0);
	memcpy(value, bytes_at(DATA), 16);
	CHECK_EQ(value[0], ROUNDS / 4 * 2 - 101);
	CHECK_EQ(value[1], 1);
	monitor_end(&one);
	monitor_end(&two);
	free_memory();
}

/* Half a keeper's, half memory: the keeper is asked once, the memory's neighbours stay. */
static void half_kept(void)
{
	struct keeper_env env = {.size = 4};
	char error[KEEPER_ERROR] = "";
	struct keeper *k;
	struct monitor m;

	build_memory();
	env.bytes = bytes_at(DATA + 0x100);
	k = keeper_parse("memory", &env, error);
	CHECK(k != NULL);
	CHECK_EQ(space_put_entry(space, (gpa_t){DATA + 0x100}, 4, cap_entry(k, RIGHTS_ALL, 0), false), 0);
	CHECK_EQ(trap_set(trap, (gpa_t){DATA}, TRAP_ALL), 0);
	memset(bytes_at(DATA + 0xf0), 0xff, 0x20);
	memcpy(bytes_at(CODE), "\xf0\x48\xff\x03", 4); /* lock inc qword [rbx] */
	monitor_begin(&m, DATA + 0xfd);
	step(&m);
	CHECK_EQ(m.failed, 0);
	CHECK_EQ(k->loads, 1);
	CHECK_EQ(k->stores, 1);
	for (unsigned i = 0; i < 0x20; i++)
		CHECK_EQ(*bytes_at(DATA + 0xf0 + i), i >= 0xd && i < 0x15 ? 0 : 0xff);
	monitor_end(&m);
	keeper_free(k);
	free_memory();
}

/* What changed between load and publishing is not overwritten. */
static void a_change_is_noticed(void)
{
	struct monitor m;

	build_memory();
	memcpy(bytes_at(CODE), "\xf0\xff\x03", 3); /* lock inc dword [rbx] */
	monitor_begin(&m, DATA);
	step(&m);
	CHECK_EQ(read_guest(DATA), 1);
	memset(bytes_at(DATA), 7, 1); /* loaded was 0 */
	CHECK(!locked_publish(m.plan));
	CHECK_EQ(read_guest(DATA), 7);
	memset(bytes_at(DATA), 0, 1);
	CHECK(locked_publish(m.plan));
	CHECK_EQ(read_guest(DATA), 1);
	monitor_end(&m);
	free_memory();
}

CHECK_MAIN(CHECK_TEST(no_update_is_lost), CHECK_TEST(sixteen_bytes), CHECK_TEST(half_kept),
	   CHECK_TEST(a_change_is_noticed))
