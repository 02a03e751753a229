/*
 * inside.c: the keeper path without a VM: decoder, walk, keepers and executor over
 * a small guest memory, beside the instruction itself on this process's.
 */
#include "vmm/conform/harness.h"

#include "capmodel/catalog.h"
#include "vmm/access/access.h"
#include "vmm/access/alignment.h"
#include "vmm/conform/arena.h"
#include "vmm/conform/native.h"
#include "vmm/conform/tables.h"
#include "vmm/execute/vector_host.h"

#include <stdlib.h>
#include <string.h>

#define MEMORY (32ull * PAGE_SIZE)
#define TABLES_AT 0x1000ull
#define CODE_AT 0x8000ull
#define ARENA_AT 0x10000ull
#define KNOWN (XSTATE_X87 | XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512)
#define ELEMENTS_MAX 64 /* of a REP: scenes have fewer */

struct inside {
	struct ram ram;
	struct space *space;
	struct keeper *keepers[ARENA_PAGES];
	struct walk_memory tables;
	struct translator translator;
	struct access_env env;
	struct plan plan;
	struct vector_state vector;
	struct native *native;
};

static void *table_entry(void *self, gpa_t gpa, unsigned size)
{
	struct inside *in = self;

	return trap_get(in->env.trap, gpa) == TRAP_NONE ? ram_bytes(&in->ram, gpa, size) : NULL;
}

static struct vector_state *vector_of(void *self)
{
	return &((struct inside *)self)->vector;
}

static void witness_stop(const struct transaction *t, const char *reason)
{
	(void)t;
	(void)reason;
}

static const struct witness witness = {.tell = access_line, .stop = witness_stop};

static void copy_result(const struct regs *regs, struct result *out)
{
	memcpy(out->gpr, regs->gpr, sizeof(out->gpr));
	out->rip = regs->rip;
	out->rflags = regs->rflags;
}

static void take_fault(const struct inside *in, struct result *out)
{
	out->kind = RESULT_FAULT;
	out->vector = in->plan.fault.vector;
	out->error = in->plan.fault.has_error ? in->plan.fault.error : 0;
	out->cr2 = in->plan.fault.vector == 14 ? in->plan.cr2 : 0;
}

static void conclude(struct inside *in, enum outcome end, struct result *out)
{
	switch (end) {
	case OUTCOME_NEXT:
		out->kind = RESULT_DONE;
		if (in->plan.partial)
			take_fault(in, out);
		copy_result(&in->plan.after.regs, out);
		break;
	case OUTCOME_FAULT:
		take_fault(in, out);
		copy_result(&in->plan.before, out);
		break;
	case OUTCOME_RETRY:
		out->kind = RESULT_REFUSED;
		snprintf(out->why, sizeof(out->why), "left to the CPU to run again");
		break;
	case OUTCOME_REFUSED:
	case OUTCOME_STEP:
	case OUTCOME_SUSPEND:
	case OUTCOME_STOP:
		out->kind = RESULT_REFUSED;
		snprintf(out->why, sizeof(out->why), "%.159s", in->plan.why);
		break;
	}
}

static void run_kept(void *self, const struct scene *s, struct result *out)
{
	struct inside *in = self;
	struct regs regs = s->regs;
	enum outcome end = OUTCOME_RETRY;
	bool more = true;

	memcpy(ram_bytes(&in->ram, (gpa_t){CODE_AT + (ARENA_RIP - ARENA_CODE)}, INSN_MAX), s->insn.bytes, INSN_MAX);
	regs.cr3 = TABLES_AT;
	if (s->uses_vector)
		in->vector = s->vector;
	for (unsigned i = 0; more && i < ELEMENTS_MAX; i++) {
		end = access_run(&in->env, &regs, CAUSE_EMULATION, &in->plan);
		more = end == OUTCOME_NEXT && !in->plan.partial && in->plan.after.repeats;
		in->plan.committed = end == OUTCOME_NEXT;
		access_complete(&in->plan);
		if (more)
			regs = in->plan.after.regs;
	}
	conclude(in, end, out);
	if (s->uses_vector)
		out->vector_state = in->vector;
}

static void run_cpu(void *self, const struct scene *s, struct result *out)
{
	native_run(((struct inside *)self)->native, s, out);
}

/* What would change this process, not only its registers. */
static const char *unfit(void *self, const struct insn *insn)
{
	(void)self;
	if (insn->exec == EXEC_SEGMENT && insn->mem.use == MEM_READ)
		return "it loads a segment register: compared in a VM only";
	if (insn->exec == EXEC_STEP || insn->exec == EXEC_PORT)
		return "it is for the private step: compared by tests of its own";
	if ((insn->mem.seg == SEG_FS || insn->mem.seg == SEG_GS) && !native_has_bases())
		return "this kernel does not let a process set the bases of FS and GS";
	return NULL;
}

static int keep_page(struct inside *in, enum arena_page page, struct error *e)
{
	gpa_t gpa = {ARENA_AT + (uint64_t)page * PAGE_SIZE};
	struct keeper_env env = {.bytes = ram_bytes(&in->ram, gpa, PAGE_SIZE), .size = PAGE_SIZE, .log = stderr};
	char error[KEEPER_ERROR];

	in->keepers[page] = keeper_parse("memory", &env, error);
	if (!in->keepers[page])
		return error_set(e, STATUS_HOST, "keeper: %s", error);
	if (space_put_entry(in->space, gpa, PAGE_SIZE, cap_entry(in->keepers[page], RIGHTS_ALL, 0), false) < 0 ||
	    trap_set(in->env.trap, gpa, TRAP_ALL) < 0)
		return error_set(e, STATUS_HOST, "a page of the arena cannot be kept");
	return 0;
}

static int build_memory(struct inside *in, struct error *e)
{
	const char *why;

	ram_init(&in->ram);
	in->space = space_new();
	if (!in->space || ram_add(&in->ram, (gpa_t){0}, MEMORY, RAM_MAIN, &why) < 0 || ram_map(&in->ram) < 0)
		return error_set(e, STATUS_HOST, "guest memory cannot be had");
	tables_write(&in->ram, (gpa_t){TABLES_AT}, (gpa_t){ARENA_AT}, (gpa_t){CODE_AT}, NULL);
	if (space_put_memory(in->space, (gpa_t){0}, MEMORY, ram_bytes(&in->ram, (gpa_t){0}, MEMORY), RIGHTS_ALL) < 0)
		return error_set(e, STATUS_HOST, "guest memory cannot be had");
	in->env = (struct access_env){
		.space = in->space,
		.ram = &in->ram,
		.trap = trap_new(&in->ram),
		.decoder = decoder_new(),
		.executor = executor_new(),
		.translator = &in->translator,
		.wide_alignment = alignment_is_wide(),
		.vector = vector_of,
		.vector_self = in,
		.witness = &witness,
	};
	in->tables = (struct walk_memory){.self = in, .entry = table_entry};
	in->translator = (struct translator){.memory = &in->tables, .trap = in->env.trap, .phys_bits = 40};
	if (!in->env.trap || !in->env.decoder || !in->env.executor)
		return error_set(e, STATUS_HOST, "the decoder or the executor cannot start");
	for (unsigned i = 0; i < ARENA_PAGES; i++)
		if (arena_virtual((enum arena_page)i) && keep_page(in, (enum arena_page)i, e) < 0)
			return -1;
	return 0;
}

void inside_close(struct harness *h)
{
	struct inside *in = h->self;

	if (!in)
		return;
	native_close(in->native); /* its signals were put over the executor's */
	executor_free(in->env.executor);
	decoder_free(in->env.decoder);
	trap_free(in->env.trap);
	space_free(in->space);
	for (unsigned i = 0; i < ARENA_PAGES; i++)
		keeper_free(in->keepers[i]);
	ram_unmap(&in->ram);
	decoder_free(h->host.decoder);
	free(in);
	*h = (struct harness){0};
}

int inside_open(struct harness *h, struct error *e)
{
	struct inside *in = aligned_alloc(64, (sizeof(*in) + 63) / 64 * 64);
	struct vector_host host;

	*h = (struct harness){.name = "in-process", .self = in};
	if (!in)
		return error_set(e, STATUS_HOST, "out of memory");
	memset(in, 0, sizeof(*in));
	in->ram.memfd = -1;
	if (!vector_host_read(&host)) {
		free(in);
		return error_set(e, STATUS_HOST, "this CPU has no XSAVE");
	}
	if (build_memory(in, e) < 0 || !(in->native = native_open(e))) {
		inside_close(h);
		return -1;
	}
	h->host = (struct scene_host){.decoder = decoder_new(), .features = host.xcr0 & KNOWN, .cpl = 3};
	h->host.segment_bases = native_has_bases();
	vector_layout_read(&h->host.layout);
	native_selectors(h->host.selectors);
	h->cpu_bytes = native_bytes(in->native);
	h->kept_bytes = ram_bytes(&in->ram, (gpa_t){ARENA_AT}, ARENA_SIZE);
	h->cpu = run_cpu;
	h->kept = run_kept;
	h->unfit = unfit;
	h->flags = RFLAGS_STATUS | RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_NT | RFLAGS_AC | RFLAGS_ID;
	if (h->host.decoder)
		return 0;
	inside_close(h);
	return error_set(e, STATUS_HOST, "the decoder cannot start");
}
