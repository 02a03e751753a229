#include "vmm/bench/rig.h"

#include "capmodel/catalog.h"
#include "vmm/access/alignment.h"
#include "vmm/boot/paging.h"
#include "vmm/execute/vector_host.h"

#include <stdlib.h>
#include <string.h>

#define MEMORY (256ull << 10)
#define TABLES_AT 0x1000ull
#define TABLES_SIZE 0x7000ull
#define KNOWN (XSTATE_X87 | XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512)
#define XSTATE_BV_AT 512 /* Intel SDM Vol 1, "XSAVE Header" */
#define MXCSR_AT 24
#define MXCSR_RESET 0x1f80u

static void *table_entry(void *self, gpa_t gpa, unsigned size)
{
	struct rig *rig = self;

	return trap_get(rig->env.trap, gpa) == TRAP_NONE ? ram_bytes(&rig->ram, gpa, size) : NULL;
}

static struct vector_state *vector_of(void *self)
{
	return &((struct rig *)self)->vector;
}

static void witness_stop(const struct transaction *t, const char *reason)
{
	(void)t;
	(void)reason;
}

static const struct witness witness = {.tell = access_line, .stop = witness_stop};

static int no_memory(struct error *e)
{
	return error_set(e, STATUS_HOST, "the benchmark's memory cannot be had");
}

static int build_memory(struct rig *rig, struct error *e)
{
	struct paging paging;
	const char *why;

	ram_init(&rig->ram);
	rig->space = space_new();
	if (!rig->space || ram_add(&rig->ram, (gpa_t){0}, MEMORY, RAM_MAIN, &why) < 0 || ram_map(&rig->ram) < 0)
		return no_memory(e);
	if (space_put_memory(rig->space, (gpa_t){0}, MEMORY, ram_bytes(&rig->ram, (gpa_t){0}, MEMORY), RIGHTS_ALL) < 0)
		return no_memory(e);
	if (paging_init(&paging, PAGING_LONG, &rig->ram, (gpa_t){TABLES_AT}, TABLES_SIZE) != PAGING_OK ||
	    paging_map(&paging, (gva_t){RIG_CODE}, (gpa_t){RIG_CODE}, MEMORY - RIG_CODE, PAGING_SMALL,
		       PAGING_WRITE | PAGING_USER | PAGING_EXECUTE) != PAGING_OK)
		return no_memory(e);
	return 0;
}

static int build_env(struct rig *rig, struct error *e)
{
	rig->env = (struct access_env){
		.space = rig->space,
		.ram = &rig->ram,
		.trap = trap_new(&rig->ram),
		.decoder = decoder_new(),
		.executor = executor_new(),
		.translator = &rig->translator,
		.wide_alignment = alignment_is_wide(),
		.vector = vector_of,
		.vector_self = rig,
		.witness = &witness,
	};
	rig->tables = (struct walk_memory){.self = rig, .entry = table_entry};
	rig->translator = (struct translator){.memory = &rig->tables, .trap = rig->env.trap, .phys_bits = 40};
	rig->vcpu.run = calloc(1, sizeof(*rig->vcpu.run));
	if (!rig->env.trap || !rig->env.decoder || !rig->env.executor || !rig->vcpu.run)
		return error_set(e, STATUS_HOST, "the decoder or the executor cannot start");
	return 0;
}

static int keep_page(struct rig *rig, struct error *e)
{
	gpa_t gpa = {RIG_VIRTUAL};
	struct keeper_env env = {.bytes = ram_bytes(&rig->ram, gpa, PAGE_SIZE), .size = PAGE_SIZE, .log = stderr};
	char error[KEEPER_ERROR];

	rig->keeper = keeper_parse("memory", &env, error);
	if (!rig->keeper)
		return error_set(e, STATUS_HOST, "keeper: %s", error);
	if (space_put_entry(rig->space, gpa, PAGE_SIZE, cap_entry(rig->keeper, RIGHTS_ALL, 0), false) < 0 ||
	    trap_set(rig->env.trap, gpa, TRAP_ALL) < 0)
		return error_set(e, STATUS_HOST, "the benchmark's page cannot be kept");
	return 0;
}

/* All of the host's registers are in use, and zero. */
static void build_vector(struct rig *rig)
{
	struct vector_host host;
	uint32_t mxcsr = MXCSR_RESET;

	if (!vector_host_read(&host))
		return; /* then the executor refuses vector forms */
	vector_layout_read(&rig->vector.layout);
	rig->vector.features = host.xcr0 & KNOWN;
	memcpy(rig->vector.area + XSTATE_BV_AT, &rig->vector.features, sizeof(rig->vector.features));
	memcpy(rig->vector.area + MXCSR_AT, &mxcsr, sizeof(mxcsr));
}

struct rig *rig_new(struct error *e)
{
	struct rig *rig = aligned_alloc(64, (sizeof(*rig) + 63) / 64 * 64);

	if (!rig) {
		no_memory(e);
		return NULL;
	}
	memset(rig, 0, sizeof(*rig));
	rig->ram.memfd = rig->vcpu.fd = -1;
	build_vector(rig);
	if (build_memory(rig, e) == 0 && build_env(rig, e) == 0 && keep_page(rig, e) == 0)
		return rig;
	rig_free(rig);
	return NULL;
}

void rig_free(struct rig *rig)
{
	executor_free(rig->env.executor);
	decoder_free(rig->env.decoder);
	trap_free(rig->env.trap);
	space_free(rig->space);
	keeper_free(rig->keeper);
	ram_unmap(&rig->ram);
	free(rig->vcpu.run);
	free(rig);
}

void rig_code(struct rig *rig, const uint8_t *code, size_t size)
{
	memcpy(ram_bytes(&rig->ram, (gpa_t){RIG_CODE}, size), code, size);
}

struct regs rig_regs(const struct rig *rig)
{
	(void)rig;
	return (struct regs){
		.rip = RIG_CODE,
		.rflags = RFLAGS_FIXED | RFLAGS_IF,
		.cr0 = CR0_PE | CR0_PG | CR0_WP | CR0_NE,
		.cr3 = TABLES_AT,
		.cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE,
		.efer = EFER_LME | EFER_LMA | EFER_NXE,
		.cpl = 3,
		.mode = MODE_64,
		.stack_size = 8,
	};
}

bool rig_carry_out(struct rig *rig, const struct regs *regs)
{
	bool done = access_run(&rig->env, regs, CAUSE_TRAP, &rig->plan) == OUTCOME_NEXT;

	if (done)
		commit_done(&rig->vcpu, &rig->plan);
	access_complete(&rig->plan);
	return done;
}
