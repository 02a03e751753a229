/*
 * The whole way with a hostile guest: registers, control registers, page tables, code,
 * vector state and memory all from the input, keepers around. Nothing outside guest
 * memory is written, nothing crashes, REP ends an entry after one element.
 */
#include "vmm/access/access.h"

#include "capmodel/catalog.h"
#include "vmm/access/alignment.h"
#include "vmm/execute/vector_host.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

#define REQUIRE(condition) ((condition) ? (void)0 : abort())
#define PAGES 16u
#define MEMORY (PAGES * PAGE_SIZE)
#define TABLES 4u /* pages that the harness may fill with a usable walk */
#define ENTRIES_MAX 64

static const struct {
	unsigned page;
	const char *spec;
	bool stores_only;
} kept[] = {{6, "memory", false},         {7, "counter:memory", false}, {8, "rom", false},
	    {9, "deny,fault=gp", false},  {10, "zero", false},          {11, "memory", true},
	    {12, "wrapper:memory", false}};
#define KEPT (sizeof(kept) / sizeof(kept[0]))

struct world {
	struct ram ram;
	struct space *space;
	struct keeper *keepers[KEPT];
	struct walk_memory tables;
	struct translator translator;
	struct access_env env;
	struct plan plan;
	struct vector_state vector;
	struct vector_host host;
};

/* What the input begins with; the rest is memory. */
struct head {
	uint64_t gpr[16], rip, rflags, cr0, cr3, cr4, efer, base[6];
	uint32_t limit[6];
	uint8_t cpl, mode, stack_size, flags, type[6];
	uint8_t code[20];
	uint8_t vector[64];
};

static void *entry(void *self, gpa_t gpa, unsigned size)
{
	struct world *w = self;

	return trap_get(w->env.trap, gpa) == TRAP_NONE ? ram_bytes(&w->ram, gpa, size) : NULL;
}

static struct vector_state *vector_of(void *self)
{
	return &((struct world *)self)->vector;
}

static void stop(const struct transaction *t, const char *reason)
{
	(void)t;
	(void)reason;
}

static const struct witness witness = {.tell = access_line, .stop = stop};

static struct world *world_new(void)
{
	struct world *w = aligned_alloc(64, (sizeof(*w) + 63) / 64 * 64);
	const char *why;

	REQUIRE(w);
	memset(w, 0, sizeof(*w));
	ram_init(&w->ram);
	REQUIRE(ram_add(&w->ram, (gpa_t){0}, MEMORY, RAM_MAIN, &why) == 0 && ram_map(&w->ram) == 0);
	w->space = space_new();
	REQUIRE(space_put_memory(w->space, (gpa_t){0}, MEMORY, ram_bytes(&w->ram, (gpa_t){0}, MEMORY), RIGHTS_ALL) ==
		0);
	w->env = (struct access_env){.space = w->space,
				     .ram = &w->ram,
				     .trap = trap_new(&w->ram),
				     .decoder = decoder_new(),
				     .executor = executor_new(),
				     .translator = &w->translator,
				     .vector = vector_of,
				     .vector_self = w,
				     .witness = &witness};
	w->tables = (struct walk_memory){.self = w, .entry = entry};
	w->translator = (struct translator){.memory = &w->tables, .trap = w->env.trap, .phys_bits = 40};
	vector_host_read(&w->host);
	for (unsigned i = 0; i < KEPT; i++) {
		gpa_t gpa = {kept[i].page * PAGE_SIZE};
		struct keeper_env env = {ram_bytes(&w->ram, gpa, PAGE_SIZE), PAGE_SIZE, stderr};
		char error[KEEPER_ERROR];

		w->keepers[i] = keeper_parse(kept[i].spec, &env, error);
		if (!w->keepers[i])
			continue; /* this keeper is not there */
		REQUIRE(space_put_entry(w->space, gpa, PAGE_SIZE, cap_entry(w->keepers[i], RIGHTS_ALL, 0),
					kept[i].stores_only) == 0);
		REQUIRE(trap_set(w->env.trap, gpa, kept[i].stores_only ? TRAP_STORES : TRAP_ALL) == 0);
	}
	return w;
}

/* Half of the inputs get tables that work, so that not all end in a #PF: everything at 0, 2 MiB and so on. */
static void plain_tables(struct world *w)
{
	uint64_t *t[4];

	for (unsigned i = 0; i < TABLES; i++) {
		t[i] = (uint64_t *)(void *)ram_bytes(&w->ram, (gpa_t){i * PAGE_SIZE}, PAGE_SIZE);
		memset(t[i], 0, PAGE_SIZE);
	}
	t[0][0] = PAGE_SIZE | 7;
	t[1][0] = 2 * PAGE_SIZE | 7;
	t[2][0] = 3 * PAGE_SIZE | 7;
	for (unsigned i = 0; i < 512; i++)
		t[3][i] = (uint64_t)(i % (2 * PAGES)) * PAGE_SIZE | (i % 32 == 5 ? 5 : i % 32 == 31 ? 0 : 7);
}

static struct regs regs_of(const struct head *h)
{
	struct regs r = {.rip = h->rip, .rflags = h->rflags | RFLAGS_FIXED, .cr0 = h->cr0, .cr3 = h->cr3};

	memcpy(r.gpr, h->gpr, sizeof(r.gpr));
	r.cr4 = h->cr4;
	r.efer = h->efer;
	r.cpl = h->cpl & 3;
	r.mode = (enum cpu_mode)(h->mode % 3);
	r.stack_size = (uint8_t)(2u << h->stack_size % 3);
	for (unsigned i = 0; i < SEG_COUNT; i++)
		r.seg[i] = (struct segment_reg){h->base[i], h->limit[i], (uint16_t)h->limit[i], h->type[i] & 15,
						h->type[i] & 16};
	return r;
}

/* A guest such as most are: long mode, flat, its registers within the first pages. */
static void tame(struct world *w, struct regs *r)
{
	plain_tables(w);
	r->cr0 = CR0_PE | CR0_PG | CR0_WP | (r->cr0 & CR0_AM);
	r->cr3 = 0;
	r->cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE;
	r->efer = EFER_LME | EFER_LMA;
	r->mode = MODE_64;
	r->stack_size = 8;
	r->rip = 4 * PAGE_SIZE + r->rip % PAGE_SIZE;
	for (unsigned i = 0; i < GPR_COUNT; i++)
		r->gpr[i] = i == GPR_RCX ? r->gpr[i] % 5 : r->gpr[i] % (40 * PAGE_SIZE);
	for (unsigned i = 0; i < SEG_COUNT; i++)
		r->seg[i] = (struct segment_reg){.limit = UINT32_MAX, .type = 3, .usable = true};
}

static void fill_memory(struct world *w, const uint8_t *bytes, size_t size)
{
	uint8_t *memory = ram_bytes(&w->ram, (gpa_t){0}, MEMORY);

	memset(memory, 0, MEMORY);
	for (size_t at = 0; size && at < MEMORY; at += PAGE_SIZE / 2)
		memcpy(memory + at, bytes, size < PAGE_SIZE / 2 ? size : PAGE_SIZE / 2);
}

static void fill_vector(struct world *w, const struct head *h)
{
	uint64_t features = w->host.xcr0 & (XSTATE_X87 | XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512);

	for (size_t at = 0; at < sizeof(w->vector.area); at++)
		w->vector.area[at] = h->vector[at % sizeof(h->vector)];
	if (h->flags & 2) /* else the header is hostile, too */
		memset(w->vector.area + 512, 0, 64), memcpy(w->vector.area + 512, &features, sizeof(features));
	if (h->flags & 4)
		memcpy(w->vector.area + 24, &(uint32_t){0x1f80}, 4);
	w->vector.features = features;
	vector_layout_read(&w->vector.layout);
}

static void check(const struct world *w, enum outcome end)
{
	const struct plan *plan = &w->plan;

	REQUIRE(plan->nrefs <= MEMREF_MAX && plan->nparts <= PLAN_PARTS_MAX && plan->nwalks <= PLAN_WALKS_MAX);
	if (end == OUTCOME_FAULT)
		REQUIRE(plan->fault.vector < 32);
	if (end == OUTCOME_STOP || end == OUTCOME_STEP || end == OUTCOME_REFUSED)
		REQUIRE(plan->why[0] && memchr(plan->why, 0, sizeof(plan->why)));
}

static void run(struct world *w, struct regs *regs)
{
	for (unsigned i = 0; i < ENTRIES_MAX; i++) {
		enum outcome end = access_run(&w->env, regs, i % 2 ? CAUSE_TRAP : CAUSE_EMULATION, &w->plan);

		check(w, end);
		w->plan.committed = end == OUTCOME_NEXT;
		access_complete(&w->plan);
		for (unsigned k = 0; k < KEPT; k++) { /* whatever happened, nobody owns anything */
			if (!w->keepers[k])
				continue;
			REQUIRE(lock_try(&w->keepers[k]->owner));
			lock_release(&w->keepers[k]->owner);
		}
		if (end != OUTCOME_NEXT)
			return;
		*regs = w->plan.after.regs;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	static struct world *w;
	struct head head;
	struct regs regs;
	uint8_t *code;

	if (!w)
		w = world_new();
	if (size < sizeof(head))
		return 0;
	memcpy(&head, input, sizeof(head));
	fill_memory(w, input + sizeof(head), size - sizeof(head));
	regs = regs_of(&head);
	if (head.flags & 1)
		tame(w, &regs);
	code = ram_bytes(&w->ram, (gpa_t){regs.rip % (MEMORY - sizeof(head.code))}, sizeof(head.code));
	memcpy(code, head.code, sizeof(head.code));
	fill_vector(w, &head);
	run(w, &regs);
	return 0;
}
