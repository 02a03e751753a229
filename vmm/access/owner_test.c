/*
 * Several threads with a monitor each on the same objects: one transaction at a time on an object, two objects
 * without a deadlock, wide accesses whole, and none of all that under way while one of them holds the others.
 */
#include "tests/small_monitor.h"

#include "capmodel/catalog.h"
#include "vmm/execute/vector_host.h"
#include "vmm/machine/hold.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define OTHER 0xa000 /* a second object; FAR_PAGE is a third, behind the first in linear addresses */
#define COPIERS 3
#define ROUNDS 3000
#define COUNTS 30000
#define HOLDS 300
#define XSTATE_BV_AT 512 /* Intel SDM Vol 1, "XSAVE Header" */
#define MXCSR_AT 24
#define XMM_AT 160
#define LIMIT_NS 20000000000ull

struct thread {
	unsigned id;
	struct monitor m;
	struct vector_state vector;
	pthread_t thread;
	atomic_bool kicked; /* as kvm_run's immediate_exit */
	unsigned wrong, held, busy;
};

static struct hold *hold;
static struct thread threads[COPIERS + 1];
static struct keeper *keepers[3];
static atomic_bool over;
static atomic_uint ready;
static unsigned long shared; /* written by who holds, read by all: no lock but the hold */

static void kick(void *self)
{
	atomic_store(&((struct thread *)self)->kicked, true);
}

static struct vector_state *give_vector(void *self)
{
	return self;
}

static struct keeper *keep(uint64_t gpa)
{
	struct keeper_env env = {.bytes = bytes_at(gpa), .size = PAGE_SIZE, .log = stderr};
	char error[KEEPER_ERROR];
	struct keeper *k = keeper_parse("memory", &env, error);

	CHECK(k != NULL);
	CHECK_EQ(space_put_entry(space, (gpa_t){gpa}, PAGE_SIZE, cap_entry(k, RIGHTS_ALL, 0), false), 0);
	CHECK_EQ(trap_set(trap, (gpa_t){gpa}, TRAP_ALL), 0);
	return k;
}

static void build(void)
{
	build_memory();
	keepers[0] = keep(DATA);
	keepers[1] = keep(OTHER);
	keepers[2] = keep(FAR_PAGE);
	hold = hold_new();
	atomic_store(&over, false);
	shared = 0;
	for (unsigned i = 0; i < COPIERS + 1; i++) {
		struct thread *t = &threads[i];

		memset(t, 0, sizeof(*t));
		t->id = i;
		monitor_begin(&t->m, DATA);
		t->m.env.hold = hold;
		t->m.env.vcpu = i;
		t->m.env.vector = give_vector;
		t->m.env.vector_self = &t->vector;
	}
}

static void run_all(void *(*copier)(void *), void *(*last)(void *), unsigned copiers)
{
	for (unsigned i = 0; i < copiers; i++)
		pthread_create(&threads[i].thread, NULL, copier, &threads[i]);
	if (last)
		last(&threads[COPIERS]);
	for (unsigned i = 0; i < copiers; i++)
		pthread_join(threads[i].thread, NULL);
	for (unsigned i = 0; i < COPIERS + 1; i++)
		monitor_end(&threads[i].m);
	hold_free(hold);
	free_memory();
	for (unsigned i = 0; i < 3; i++)
		keeper_free(keepers[i]);
}

static bool carry_out(struct thread *t)
{
	struct plan *plan = t->m.plan;
	enum outcome end = access_run(&t->m.env, &t->m.regs, CAUSE_TRAP, plan);

	plan->committed = end == OUTCOME_NEXT;
	access_complete(plan);
	return end == OUTCOME_NEXT || (end == OUTCOME_RETRY && plan->busy);
}

/* --- two objects, and one who holds ------------------------------------------------ */

/* movsq between the first two objects, one way or the other; as a vCPU's loop does it. */
static void *copy(void *self)
{
	struct thread *t = self;
	unsigned long seen = 0;

	hold_join(hold, t->id, kick, t);
	for (unsigned i = 0; i < ROUNDS || !atomic_load(&over); i++) {
		bool back = (t->id + i) % 2;

		atomic_store(&t->kicked, false);
		t->m.regs.gpr[GPR_RSI] = back ? OTHER : DATA;
		t->m.regs.gpr[GPR_RDI] = back ? DATA : OTHER;
		t->wrong += !carry_out(t) || shared < seen;
		seen = shared;
		hold_point(hold, t->id);
	}
	hold_leave(hold, t->id);
	return NULL;
}

/* As a private step does: what is free is taken, nothing is waited for. */
static void *step(void *self)
{
	struct thread *t = self;
	struct plan *plan = t->m.plan;
	unsigned late;
	bool busy;

	hold_join(hold, t->id, kick, t);
	for (unsigned i = 0; i < HOLDS; i++) {
		(void)access_own(&t->m.env, NULL,
				 keepers[0]); /* of an instruction whose operands were loaded already */
		if (hold_begin(hold, t->id, LIMIT_NS, &late) < 0) {
			t->wrong++;
			lock_release(&keepers[0]->owner);
			break;
		}
		shared++;
		access_begin(&t->m.env, &t->m.regs, plan);
		plan->refs[0] = (struct memref){.use = MEM_READ, .gva = {OTHER}, .size = 8};
		plan->nrefs = 1;
		t->wrong += access_split(&t->m.env, plan, 0, 0, (gpa_t){OTHER}, 8) != OUTCOME_NEXT;
		(void)access_admit_part(&t->m.env, plan, &plan->parts[0], &busy);
		t->held += !busy;
		t->busy += busy;
		access_complete(plan);
		hold_end(hold, t->id);
		lock_release(&keepers[0]->owner);
		sched_yield();
	}
	hold_leave(hold, t->id);
	atomic_store(&over, true);
	return NULL;
}

static void two_objects_and_a_holder_do_not_wait_for_each_other(void)
{
	build();
	memcpy(bytes_at(CODE), "\x48\xa5", 2); /* movsq */
	run_all(copy, step, COPIERS);
	for (unsigned i = 0; i < COPIERS + 1; i++)
		CHECK_EQ(threads[i].wrong, 0);
	CHECK_EQ(threads[COPIERS].held + threads[COPIERS].busy, HOLDS);
	CHECK(threads[COPIERS].held > 0);
}

/* --- a page that is opened while somebody waits for its keeper ---------------------- */

static void *load_once(void *self)
{
	struct thread *t = self;

	hold_join(hold, t->id, kick, t);
	t->wrong += access_run(&t->m.env, &t->m.regs, CAUSE_TRAP, t->m.plan) != OUTCOME_RETRY || !t->m.plan->busy;
	access_complete(t->m.plan);
	hold_leave(hold, t->id);
	return NULL;
}

/* Whose the object is. */
static void *open_it(void *self)
{
	struct lock *owner = &keepers[0]->owner;

	(void)self;
	while (atomic_load(&owner->next) != atomic_load(&owner->served) + 2)
		sched_yield();
	CHECK_EQ(trap_set(trap, (gpa_t){DATA}, TRAP_NONE), 0);
	lock_release(owner);
	return NULL;
}

static void who_waited_for_an_opened_page_starts_anew(void)
{
	build();
	memcpy(bytes_at(CODE), "\x48\x8b\x03", 3); /* mov rax,[rbx] */
	lock_take(&keepers[0]->owner);
	run_all(load_once, open_it, 1);
	CHECK_EQ(threads[0].wrong, 0);
}

/* --- counting ------------------------------------------------------------------------ */

static void *count(void *self)
{
	struct thread *t = self;

	atomic_fetch_add(&ready, 1);
	while (atomic_load(&ready) < COPIERS)
		sched_yield();
	for (unsigned i = 0; i < COUNTS; i++)
		t->wrong += !carry_out(t);
	return NULL;
}

static void no_increment_is_lost(void)
{
	uint64_t value;

	build();
	memcpy(bytes_at(CODE), "\x48\xff\x03", 3); /* inc qword ptr [rbx] */
	for (unsigned i = 0; i < COPIERS; i++)
		pthread_create(&threads[i].thread, NULL, count, &threads[i]);
	for (unsigned i = 0; i < COPIERS; i++)
		pthread_join(threads[i].thread, NULL);
	CHECK(ask_peek(cap_entry(keepers[0], RIGHTS_ALL, 0), 0, 8, (uint8_t *)&value));
	CHECK_EQ(value, (uint64_t)COPIERS * COUNTS);
	run_all(NULL, NULL, 0);
}

/* --- wide accesses ----------------------------------------------------------------------- */

static const struct {
	const char *name, *store, *load; /* of register 1, at [rbx] */
	unsigned size, length;
	uint64_t needs;
} widths[] = {
	{"16 bytes", "\x0f\x11\x0b", "\x0f\x10\x0b", 16, 3, XSTATE_SSE},
	{"32 bytes", "\xc5\xfc\x11\x0b", "\xc5\xfc\x10\x0b", 32, 4, XSTATE_AVX},
	{"64 bytes", "\x62\xf1\x7c\x48\x11\x0b", "\x62\xf1\x7c\x48\x10\x0b", 64, 6, XSTATE_AVX512},
};

static unsigned width;

/* Vector register 1. */
static void set_register(struct vector_state *vector, const uint8_t bytes[64])
{
	memcpy(vector->area + XSTATE_BV_AT, &vector->features,
	       sizeof(vector->features)); /* zeros may have cleared it */
	memcpy(vector->area + XMM_AT + 16, bytes, 16);
	if (vector->features & XSTATE_AVX)
		memcpy(vector->area + vector->layout.offset[2] + 16, bytes + 16, 16);
	if (vector->features & XSTATE_AVX512)
		memcpy(vector->area + vector->layout.offset[6] + 32, bytes + 32, 32);
}

/* All ones, or zeros, in turn. */
static void *store_wide(void *self)
{
	struct thread *t = self;
	uint8_t bytes[64];

	t->m.regs.rip = CODE;
	for (unsigned i = 0; i < ROUNDS; i++) {
		memset(bytes, i % 2 ? 0xff : 0, sizeof(bytes));
		set_register(&t->vector, bytes);
		t->wrong += !carry_out(t);
		t->wrong += memcmp(t->m.plan->after.stored[0], bytes, widths[width].size) != 0;
	}
	atomic_store(&over, true);
	return NULL;
}

static void *load_wide(void *self)
{
	struct thread *t = self;

	t->m.regs.rip = CODE + 16;
	while (!atomic_load(&over)) {
		const uint8_t *found = t->m.plan->loaded[0];

		t->wrong += !carry_out(t);
		t->wrong += memcmp(found, found + 1, widths[width].size - 1) != 0;
	}
	return NULL;
}

static void *store_or_load(void *self)
{
	return ((struct thread *)self)->id == 0 ? store_wide(self) : load_wide(self);
}

/* The host's own layout: the instructions run on it. */
static void build_vector(struct vector_state *vector)
{
	struct vector_host host;

	if (!vector_host_read(&host))
		return;
	vector_layout_read(&vector->layout);
	vector->features = host.xcr0 & (XSTATE_X87 | XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512);
	memcpy(vector->area + XSTATE_BV_AT, &vector->features, sizeof(vector->features));
	memcpy(vector->area + MXCSR_AT, &(uint32_t){0x1f80}, sizeof(uint32_t));
}

/* Over the end of the first object into the third. */
static void wide_accesses_are_whole(void)
{
	for (width = 0; width < sizeof(widths) / sizeof(widths[0]); width++) {
		build();
		memcpy(bytes_at(CODE), widths[width].store, widths[width].length);
		memcpy(bytes_at(CODE + 16), widths[width].load, widths[width].length);
		for (unsigned i = 0; i < COPIERS; i++) {
			build_vector(&threads[i].vector);
			threads[i].m.regs.gpr[GPR_RBX] = DATA + PAGE_SIZE - 5;
			threads[i].m.regs.cr4 |= CR4_OSFXSR | CR4_OSXSAVE;
		}
		if ((threads[0].vector.features & widths[width].needs) != widths[width].needs) {
			run_all(NULL, NULL, 0); /* this CPU has them not */
			continue;
		}
		run_all(store_or_load, NULL, COPIERS);
		for (unsigned i = 0; i < COPIERS; i++)
			CHECK_AT(threads[i].wrong == 0, "%s: thread %u: %u wrong", widths[width].name, i,
				 threads[i].wrong);
	}
}

CHECK_MAIN(CHECK_TEST(two_objects_and_a_holder_do_not_wait_for_each_other),
	   CHECK_TEST(who_waited_for_an_opened_page_starts_anew), CHECK_TEST(no_increment_is_lost),
	   CHECK_TEST(wide_accesses_are_whole))
