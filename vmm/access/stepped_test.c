/* Keepers that say STEP, on the way of one access: asked again before anything is stored. */
#include "vmm/access/stepped.h"

#include "capmodel/catalog.h"
#include "tests/small_monitor.h"

#include <pthread.h>

struct puppet {
	struct keeper keeper;
	enum verdict says;
	enum stepped then;
	unsigned loads, stores, completes, stepped;
	unsigned n; /* of the last question: accesses, and the first of them */
	struct access first;
};

static struct puppet puppets[2];

static enum verdict puppet_admit(struct keeper *k, const struct transaction *t, const struct access *a,
				 struct answer *answer)
{
	(void)t;
	(void)a;
	(void)answer;
	return ((struct puppet *)k)->says;
}

static void puppet_load(struct keeper *k, const struct transaction *t, struct access *a)
{
	(void)t;
	((struct puppet *)k)->loads++;
	memset(a->before, 0x33, a->size);
}

static void puppet_store(struct keeper *k, const struct transaction *t, const struct access *a)
{
	(void)t;
	(void)a;
	((struct puppet *)k)->stores++;
}

static void puppet_complete(struct keeper *k, const struct transaction *t, const struct access *a)
{
	(void)t;
	(void)a;
	((struct puppet *)k)->completes++;
}

static enum stepped puppet_stepped(struct keeper *k, const struct transaction *t, const struct access *const *accesses,
				   unsigned n)
{
	struct puppet *p = (struct puppet *)k;

	(void)t;
	p->stepped++;
	p->n = n;
	p->first = *accesses[0];
	return p->then;
}

static bool puppet_peek(struct keeper *k, uint64_t offset, uint8_t size, uint8_t *out)
{
	(void)k;
	(void)offset;
	memset(out, 0x44, size);
	return true;
}

static const struct keeper_ops ops = {
	.name = "puppet",
	.admit = puppet_admit,
	.load = puppet_load,
	.store = puppet_store,
	.complete = puppet_complete,
	.stepped = puppet_stepped,
	.peek = puppet_peek,
};

/* Puppet 0 keeps DATA, puppet 1 the page that follows it. */
static void begin(struct monitor *m, const char *code, size_t size)
{
	static const uint64_t pages[2] = {DATA, FAR_PAGE};

	build_memory();
	memcpy(bytes_at(CODE), code, size);
	for (unsigned i = 0; i < 2; i++) {
		puppets[i] = (struct puppet){.says = VERDICT_STEP, .then = STEPPED_ACCEPT};
		keeper_init(&puppets[i].keeper, &ops);
		CHECK_EQ(space_put_entry(space, (gpa_t){pages[i]}, PAGE_SIZE,
					 cap_entry(&puppets[i].keeper, RIGHTS_ALL, 0), false),
			 0);
		CHECK_EQ(trap_set(trap, (gpa_t){pages[i]}, TRAP_ALL), 0);
	}
	monitor_begin(m, DATA);
	m->regs.gpr[GPR_RAX] = 0x5555555555555555;
}

static enum outcome go(struct monitor *m)
{
	enum outcome end = access_run(&m->env, &m->regs, CAUSE_TRAP, m->plan);

	m->plan->committed = end == OUTCOME_NEXT;
	access_complete(m->plan);
	return end;
}

static void finish(struct monitor *m)
{
	for (unsigned i = 0; i < 2; i++) {
		CHECK(lock_try(&puppets[i].keeper.owner)); /* nobody owns it any more */
		lock_release(&puppets[i].keeper.owner);
		keeper_free(&puppets[i].keeper);
	}
	monitor_end(m);
	free_memory();
}

static void before_and_after(void)
{
	static const struct {
		const char *name, *code;
		size_t size;
		enum access_op op;
		uint8_t before, after;
	} rows[] = {
		{"mov [rbx],rax", "\x48\x89\x03", 3, ACCESS_STORE, 0x44, 0x55},
		{"mov rcx,[rbx]", "\x48\x8b\x0b", 3, ACCESS_LOAD, 0x33, 0},
		{"add [rbx],rax", "\x48\x01\x03", 3, ACCESS_RMW, 0x33, 0x88},
		{"lock xadd [rbx],rax", "\xf0\x48\x0f\xc1\x03", 5, ACCESS_RMW, 0x33, 0x88},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct puppet *p = &puppets[0];
		bool stores = rows[i].op != ACCESS_LOAD;
		struct monitor m;

		check_row = rows[i].name;
		begin(&m, rows[i].code, rows[i].size);
		CHECK_EQ(go(&m), OUTCOME_NEXT);
		CHECK_EQ(p->stepped, 1);
		CHECK_EQ(p->n, 1);
		CHECK_EQ(p->first.op, rows[i].op);
		CHECK(p->first.has_before);
		CHECK_EQ(p->first.before[7], rows[i].before);
		if (stores)
			CHECK_EQ(p->first.after[7], rows[i].after);
		CHECK_EQ(p->stores, stores);
		CHECK_EQ(p->completes, 1);
		finish(&m);
	}
}

static void undone_is_not_stored(void)
{
	struct monitor m;

	begin(&m, "\x48\x01\x03", 3);
	puppets[0].then = STEPPED_UNDO;
	CHECK_EQ(go(&m), OUTCOME_RETRY);
	CHECK(m.plan->admitted); /* so it is no fault without an explanation */
	CHECK_EQ(puppets[0].loads, 1);
	CHECK_EQ(puppets[0].stores + puppets[0].completes, 0);
	puppets[0].then = STEPPED_ACCEPT;
	CHECK_EQ(go(&m), OUTCOME_NEXT);
	CHECK_EQ(puppets[0].stores, 1);
	finish(&m);
}

/* mov [rbx+0xffc],rax: half a page each. */
static void all_must_accept(void)
{
	for (unsigned undoes = 0; undoes < 2; undoes++) {
		struct monitor m;

		begin(&m, "\x48\x89\x83\xfc\x0f\x00\x00", 7);
		puppets[undoes].then = STEPPED_UNDO;
		CHECK_EQ(go(&m), OUTCOME_RETRY);
		CHECK_EQ(puppets[0].stores + puppets[1].stores, 0);
		CHECK_EQ(puppets[0].completes + puppets[1].completes, 0);
		CHECK_EQ(puppets[undoes].first.size, 4);
		finish(&m);
	}
}

/* One that is content with DONE is not asked; the one that said STEP is, and undoes both. */
static void done_is_not_asked(void)
{
	struct monitor m;

	begin(&m, "\x48\x89\x83\xfc\x0f\x00\x00", 7);
	puppets[0].says = VERDICT_DONE;
	puppets[1].then = STEPPED_UNDO;
	CHECK_EQ(go(&m), OUTCOME_RETRY);
	CHECK_EQ(puppets[0].stepped, 0);
	CHECK_EQ(puppets[1].stepped, 1);
	CHECK_EQ(puppets[0].stores + puppets[1].stores, 0);
	finish(&m);
}

/* A locked operand with one half in ordinary memory: that half is not published before the answer. */
static void memory_is_not_published_before(void)
{
	uint8_t was[4], *half;
	struct monitor m;

	begin(&m, "\xf0\x48\x01\x83\xfc\xff\xff\xff", 8); /* lock add [rbx-4],rax */
	half = bytes_at(DATA - 4);
	memcpy(was, half, 4);
	puppets[0].then = STEPPED_UNDO;
	CHECK_EQ(go(&m), OUTCOME_RETRY);
	CHECK_EQ(memcmp(was, half, 4), 0);
	puppets[0].then = STEPPED_ACCEPT;
	CHECK_EQ(go(&m), OUTCOME_NEXT);
	CHECK(memcmp(was, half, 4) != 0);
	CHECK_EQ(puppets[0].stores, 1);
	finish(&m);
}

/* The second page of the operand is not mapped: the fault comes first, and nobody is asked. */
static void a_fault_elsewhere_comes_first(void)
{
	struct monitor m;

	begin(&m, "\xff\x33", 2); /* push [rbx] */
	m.regs.gpr[GPR_RSP] = UNMAPPED + 8;
	CHECK_EQ(go(&m), OUTCOME_FAULT);
	CHECK_EQ(m.plan->fault.vector, 14);
	CHECK_EQ(puppets[0].loads + puppets[0].stepped, 0);
	finish(&m);
}

/* Of the instruction's own: it has been loaded for, and has not happened. */
static void an_exception_is_not_told(void)
{
	struct monitor m;

	begin(&m, "\x48\xf7\x33", 3); /* div qword [rbx] */
	m.regs.gpr[GPR_RDX] = UINT64_MAX;
	CHECK_EQ(go(&m), OUTCOME_FAULT);
	CHECK_EQ(m.plan->fault.vector, 0);
	CHECK_EQ(puppets[0].stepped, 0);
	finish(&m);
}

CHECK_MAIN(CHECK_TEST(before_and_after), CHECK_TEST(undone_is_not_stored), CHECK_TEST(all_must_accept),
	   CHECK_TEST(done_is_not_asked), CHECK_TEST(memory_is_not_published_before),
	   CHECK_TEST(a_fault_elsewhere_comes_first), CHECK_TEST(an_exception_is_not_told))
