/*
 * A guest's kernel that is hostile: calls with any arguments, and an area whose bytes it
 * changes as it likes between a question and the next attempt; user code that is any
 * instruction. Nothing crashes, nobody keeps a lock, and when the kernel is asked nothing
 * but its area has changed.
 */
#include "vmm/declared/declared.h"

#include "guest/abi/virtual.h"
#include "vmm/execute/vector_host.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

#define REQUIRE(condition) ((condition) ? (void)0 : abort())
#define PAGES 24u
#define MEMORY (PAGES * PAGE_SIZE)
#define WINDOW 0x100000ull
#define WINDOW_SIZE (4 * PAGE_SIZE)
#define TABLES 8 /* pages 0 to 3 are tables, 4 has the code, */
#define AREA (12 * PAGE_SIZE)
#define ATTEMPTS 24

/* One step of the kernel's: what it does to its area, or a call. */
struct act {
	uint8_t kind, at, length, bytes[21];
	uint64_t argument[2];
};

struct head {
	uint64_t gpr[16];
	uint8_t code[16];
	uint8_t flags, calls;
};

struct world {
	struct ram ram;
	struct space *space;
	struct walk_memory tables;
	struct translator translator;
	struct access_env env;
	struct plan plan;
	struct vector_state vector;
	struct vector_host host;
	struct declared *declared;
	uint8_t *memory, before[MEMORY];
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

static bool steps(void *self)
{
	return ((const struct world *)self)->memory[TABLES * PAGE_SIZE] & 1;
}

static void world_begin(struct world *w)
{
	struct declared_host host;
	const char *why;

	ram_init(&w->ram);
	REQUIRE(ram_add(&w->ram, (gpa_t){0}, MEMORY, RAM_MAIN, &why) == 0);
	REQUIRE(ram_add(&w->ram, (gpa_t){WINDOW}, WINDOW_SIZE, RAM_KEPT, &why) == 0 && ram_map(&w->ram) == 0);
	w->memory = ram_bytes(&w->ram, (gpa_t){0}, MEMORY);
	w->space = space_new();
	REQUIRE(space_put_memory(w->space, (gpa_t){0}, MEMORY, w->memory, RIGHTS_ALL) == 0);
	REQUIRE(space_share(w->space) == 0);
	w->env.space = w->space;
	w->env.ram = &w->ram;
	w->env.trap = trap_new(&w->ram);
	REQUIRE(trap_set_range(w->env.trap, (gpa_t){WINDOW}, WINDOW_SIZE, TRAP_ALL) == 0);
	w->tables = (struct walk_memory){.self = w, .entry = entry};
	w->translator = (struct translator){.memory = &w->tables, .trap = w->env.trap, .phys_bits = 40};
	host = (struct declared_host){.space = w->space,
				      .ram = &w->ram,
				      .trap = w->env.trap,
				      .window = {WINDOW},
				      .window_size = WINDOW_SIZE,
				      .steps = steps,
				      .self = w};
	w->declared = declared_new(&host);
	w->env.declared = declared_cpu_new(w->declared);
}

static void world_end(struct world *w)
{
	declared_free(w->declared);
	trap_free(w->env.trap);
	space_free(w->space);
	ram_unmap(&w->ram);
}

/* Memory at its own address, user's and writable; and the window behind it. */
static void put_tables(struct world *w)
{
	uint64_t *t = (uint64_t *)(void *)w->memory;

	t[0] = PAGE_SIZE | 7;
	t[512] = 2 * PAGE_SIZE | 7;
	t[1024] = 3 * PAGE_SIZE | 7;
	for (unsigned i = 0; i < PAGES; i++)
		t[1536 + i] = i * PAGE_SIZE | 7;
	for (unsigned i = 0; i < 4; i++)
		t[1536 + PAGES + i] = (WINDOW + i * PAGE_SIZE) | 7;
}

static void call(struct world *w, struct regs regs, uint16_t port, uint32_t value)
{
	static const struct declared_tables tables = {.gdt = {5 * PAGE_SIZE, 0x3f},
						      .idt = {5 * PAGE_SIZE + 0x100, 0x1ff},
						      .tss = {5 * PAGE_SIZE + 0x400, 0x67}};

	regs.cpl = 0;
	regs.gpr[GPR_RSP] = 6 * PAGE_SIZE - 64;
	declared_out(w->env.declared, &w->env, &regs, &tables, port, value);
}

static void act(struct world *w, const struct regs *regs, const struct act *a)
{
	struct guest_area *area = (struct guest_area *)(void *)(w->memory + AREA);
	uint8_t *record = (uint8_t *)&area->access;
	struct guest_part *asked = &area->access.part_of[area->access.part % GUEST_PARTS_MAX];
	unsigned at = a->at * 8u % (sizeof(*area) - 64), length = a->length % (sizeof(a->bytes) + 1);

	switch (a->kind % 6) {
	case 0: /* as asked, but for some bytes */
	case 1:
		area->access.state = GUEST_ACCESS_ANSWERED;
		area->access.verdict = a->kind >> 4 & 3;
		area->access.fault_vector = a->bytes[0];
		asked->frame = (uint32_t)(a->argument[0] % (PAGES + 4));
		if (a->kind & 0x80)
			memcpy(record + at % 256, a->bytes, length);
		break;
	case 2: /* any bytes */
		memcpy((uint8_t *)area + at, a->bytes, length);
		break;
	case 3:
	case 4:
		memset(&area->call, 0, sizeof(area->call));
		area->call.call = 1 + (a->kind >> 3 & 1);
		area->call.argument[0] = a->argument[0] % (2 * PAGES) * PAGE_SIZE;
		if (a->kind & 0x40)
			area->call.argument[0] = WINDOW + a->argument[0] % 5 * PAGE_SIZE;
		area->call.argument[1] = a->kind & 0x80 ? a->argument[1] : a->argument[1] % 4;
		area->call.argument[2] = a->bytes[0] & 3;
		area->call.argument[3] = a->bytes[1] & 1;
		call(w, *regs, GUEST_PORT_CALL, 0);
		break;
	case 5:
		call(w, *regs, GUEST_PORT_ATTACH, a->kind & 0x80 ? (uint32_t)a->argument[0] : AREA / PAGE_SIZE);
		break;
	}
}

/* Nothing but the area, wherever it is now, differs: not more pages than it has. */
static void require_unchanged(const struct world *w, enum outcome end)
{
	unsigned pages = 0;

	if (end != OUTCOME_SUSPEND && end != OUTCOME_STOP && end != OUTCOME_STEP)
		return;
	for (unsigned i = 4; i < PAGES; i++) /* in its tables there are accessed and dirty bits */
		pages += memcmp(w->before + i * PAGE_SIZE, w->memory + i * PAGE_SIZE, PAGE_SIZE) != 0;
	REQUIRE(pages <= GUEST_AREA_SIZE / PAGE_SIZE);
}

/* One attempt of the thread's, as the machine's loop makes it. */
static enum outcome attempt(struct world *w, struct regs *regs)
{
	enum outcome end;

	memcpy(w->before, w->memory, MEMORY);
	end = access_run(&w->env, regs, CAUSE_TRAP, &w->plan);
	if (end == OUTCOME_STEP) {
		enum outcome next = declared_step(&w->env, &w->plan);

		end = next == OUTCOME_NEXT ? OUTCOME_STEP : next;
	}
	w->plan.committed = end == OUTCOME_NEXT;
	if (end == OUTCOME_NEXT)
		*regs = w->plan.after.regs;
	declared_end(&w->env, &w->plan, false, &end);
	access_complete(&w->plan);
	require_unchanged(w, end);
	return end;
}

static void run(struct world *w, const struct head *head, const uint8_t *input, size_t size)
{
	struct regs regs = {
		.rip = 4 * PAGE_SIZE + 16,
		.rflags = RFLAGS_FIXED,
		.cr0 = CR0_PE | CR0_PG | CR0_WP,
		.cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE,
		.efer = EFER_LME | EFER_LMA,
		.cpl = head->flags & 1 ? 0 : 3,
		.mode = MODE_64,
		.stack_size = 8,
	};
	struct act a;

	for (unsigned i = 0; i < GPR_COUNT; i++)
		regs.gpr[i] = i == GPR_RCX ? head->gpr[i] % 5 : head->gpr[i] % ((PAGES + 4) * PAGE_SIZE);
	for (unsigned i = 0; i < SEG_COUNT; i++)
		regs.seg[i] = (struct segment_reg){.limit = UINT32_MAX, .type = 3, .usable = true};
	call(w, regs, GUEST_PORT_ATTACH, AREA / PAGE_SIZE);
	for (unsigned i = 0; i < ATTEMPTS && size >= sizeof(a); i++, input += sizeof(a), size -= sizeof(a)) {
		memcpy(&a, input, sizeof(a));
		act(w, &regs, &a);
		if (i >= head->calls % 8u)
			attempt(w, &regs);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	static struct world *w;
	struct head head;

	if (size < sizeof(head))
		return 0;
	memcpy(&head, input, sizeof(head));
	if (!w) {
		w = aligned_alloc(64, (sizeof(*w) + 63) / 64 * 64);
		REQUIRE(w);
		memset(w, 0, sizeof(*w));
		vector_host_read(&w->host);
		w->env.decoder = decoder_new();
		w->env.executor = executor_new();
		w->env.translator = &w->translator;
		w->env.vector = vector_of;
		w->env.vector_self = w;
		vector_layout_read(&w->vector.layout);
	}
	world_begin(w);
	memset(w->vector.area, 0, sizeof(w->vector.area));
	w->vector.area[24] = 0x80, w->vector.area[25] = 0x1f;
	w->vector.features = w->host.xcr0 & (XSTATE_X87 | XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512);
	put_tables(w);
	memcpy(w->memory + 4 * PAGE_SIZE + 16, head.code, sizeof(head.code));
	w->memory[TABLES * PAGE_SIZE] = head.flags >> 1 & 1;
	run(w, &head, input + sizeof(head), size - sizeof(head));
	world_end(w);
	return 0;
}
