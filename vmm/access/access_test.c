/* The way of one access without KVM: real decoder, executor, walk and keepers over a small memory. */
#include "vmm/access/access.h"

#include "capmodel/catalog.h"
#include "tests/check.h"

#include <errno.h>
#include <stdlib.h>

/* The memory: tables, code, data, a second data page, a stack. All identity-mapped by 4 KiB pages. */
#define PML4 0x1000
#define PDPT 0x2000
#define PD 0x3000
#define PT 0x4000
#define CODE 0x10000
#define DATA 0x20000
#define STACK 0x30000
#define ABSENT 0x100000 /* mapped by the tables, beyond memory */
#define UNMAPPED 0x28000

#define PTE_P 0x1ull
#define PTE_W 0x2ull
#define PTE_U 0x4ull
#define PTE_A 0x20ull
#define PTE_D 0x40ull

struct world {
	struct ram ram;
	struct space *space;
	struct keeper *keepers[8];
	unsigned nkeepers;
	struct walk_memory tables;
	struct translator translator;
	struct access_env env;
	struct regs regs;
	struct plan plan;
	char stopped[128];
	char lines[4096];
	FILE *log;
};

static struct world w;

static void *entry(void *self, gpa_t gpa, unsigned size)
{
	(void)self;
	return trap_get(w.env.trap, gpa) == TRAP_NONE ? ram_bytes(&w.ram, gpa, size) : NULL;
}

static void witness_stop(const struct transaction *t, const char *reason)
{
	(void)t;
	snprintf(w.stopped, sizeof(w.stopped), "%s", reason);
}

static const struct witness witness = {.tell = access_line, .stop = witness_stop};

static uint64_t *qword(uint64_t gpa)
{
	return (uint64_t *)(void *)ram_bytes(&w.ram, (gpa_t){gpa}, 8);
}

static void build_tables(void)
{
	*qword(PML4) = PDPT | PTE_P | PTE_W | PTE_U;
	*qword(PDPT) = PD | PTE_P | PTE_W | PTE_U;
	*qword(PD) = PT | PTE_P | PTE_W | PTE_U;
	for (uint64_t page = 0; page < 512; page++)
		*qword(PT + 8 * page) = page * PAGE_SIZE | PTE_P | PTE_W | PTE_U;
	*qword(PT + 8 * (UNMAPPED / PAGE_SIZE)) = 0;
}

static void setup(const char *code, size_t size)
{
	const char *why;

	memset(&w, 0, sizeof(w));
	ram_init(&w.ram);
	CHECK_EQ(ram_add(&w.ram, (gpa_t){0}, 0x40000, RAM_MAIN, &why), 0);
	CHECK_EQ(ram_map(&w.ram), 0);
	w.space = space_new();
	CHECK_EQ(space_put_memory(w.space, (gpa_t){0}, 0x40000, ram_bytes(&w.ram, (gpa_t){0}, 0x40000), RIGHTS_ALL), 0);
	w.env = (struct access_env){
		.space = w.space,
		.ram = &w.ram,
		.trap = trap_new(&w.ram),
		.decoder = decoder_new(),
		.executor = executor_new(),
		.translator = &w.translator,
		.witness = &witness,
	};
	w.tables.entry = entry;
	w.translator = (struct translator){.memory = &w.tables, .trap = w.env.trap, .phys_bits = 40};
	w.log = fmemopen(w.lines, sizeof(w.lines), "w");
	build_tables();
	memcpy(ram_bytes(&w.ram, (gpa_t){CODE}, size), code, size);
	w.regs = (struct regs){
		.gpr = {[GPR_RBX] = DATA, [GPR_RSP] = STACK + 0x800, [GPR_RAX] = 0x1111},
		.rip = CODE,
		.rflags = RFLAGS_FIXED,
		.cr0 = CR0_PE | CR0_PG | CR0_WP,
		.cr3 = PML4,
		.cr4 = CR4_PAE | CR4_OSFXSR,
		.efer = EFER_LME | EFER_LMA | EFER_NXE,
		.cpl = 3,
		.mode = MODE_64,
		.stack_size = 8,
	};
}

static void teardown(void)
{
	executor_free(w.env.executor);
	decoder_free(w.env.decoder);
	trap_free(w.env.trap);
	space_free(w.space);
	for (unsigned i = 0; i < w.nkeepers; i++)
		keeper_free(w.keepers[i]);
	ram_unmap(&w.ram);
	fclose(w.log);
}

static struct keeper *put(const char *spec, uint64_t gpa, uint64_t size, bool stores_only)
{
	struct keeper_env env = {.bytes = ram_bytes(&w.ram, (gpa_t){gpa}, size), .size = size, .log = w.log};
	char error[KEEPER_ERROR] = "";
	struct keeper *k = keeper_parse(spec, &env, error);

	CHECK_STR(error, "");
	CHECK(k != NULL);
	w.keepers[w.nkeepers++] = k;
	CHECK_EQ(space_put_entry(w.space, (gpa_t){gpa}, size, cap_entry(k, RIGHTS_ALL, 0), stores_only), 0);
	return k;
}

static struct keeper *keep(const char *spec, uint64_t gpa, uint64_t size, bool stores_only)
{
	struct keeper *k = put(spec, gpa, size, stores_only);

	CHECK_EQ(trap_set(w.env.trap, (gpa_t){gpa}, stores_only ? TRAP_STORES : TRAP_ALL), 0);
	return k;
}

static enum outcome run(void)
{
	return access_run(&w.env, &w.regs, CAUSE_TRAP, &w.plan);
}

/* As the monitor does after OUTCOME_NEXT. */
static void commit(void)
{
	w.plan.committed = true;
	access_complete(&w.plan);
	fflush(w.log);
}

static void load_gives_the_keepers_bytes(void)
{
	setup("\x48\x8b\x03", 3); /* mov rax,[rbx] */
	keep("log:memory", DATA, PAGE_SIZE, false);
	*qword(DATA) = 0x0123456789abcdef;
	CHECK_EQ(run(), OUTCOME_NEXT);
	CHECK_EQ(w.plan.after.regs.gpr[GPR_RAX], 0x0123456789abcdef);
	CHECK_EQ(w.plan.after.regs.rip, CODE + 3);
	CHECK_EQ(w.plan.after.regs.gpr[GPR_RBX], DATA);
	CHECK_STR(w.lines, "");
	commit();
	CHECK_STR(w.lines, "fault rip=0x10000 gpa=0x20000 r8 | mov rax,[rbx] | memory done | "
			   "mem=0x123456789abcdef rax=0x123456789abcdef\n");
	CHECK_EQ(*qword(DATA), 0x0123456789abcdef);
	teardown();
}

static void store_changes_only_its_bytes(void)
{
	setup("\x66\x89\x43\x06", 4); /* mov [rbx+6],ax */
	keep("log:memory", DATA, PAGE_SIZE, false);
	*qword(DATA) = 0x2222222222222222;
	*qword(DATA + 8) = 0x3333333333333333;
	CHECK_EQ(run(), OUTCOME_NEXT);
	CHECK_EQ(*qword(DATA), 0x1111222222222222);
	CHECK_EQ(*qword(DATA + 8), 0x3333333333333333);
	commit();
	CHECK_STR(w.lines, "fault rip=0x10000 gpa=0x20006 w2 | mov [rbx+6],ax | memory done | mem=0x1111\n");
	teardown();
}

static void read_modify_write_is_one_access(void)
{
	setup("\xf0\x48\xff\x03", 4); /* lock inc qword [rbx] */
	keep("log:memory", DATA, PAGE_SIZE, false);
	*qword(DATA) = 7;
	CHECK_EQ(run(), OUTCOME_NEXT);
	CHECK_EQ(*qword(DATA), 8);
	commit();
	CHECK_STR(w.lines, "fault rip=0x10000 gpa=0x20000 rw8 lock | lock inc [rbx] | memory done | mem=0x7->0x8\n");
	teardown();
}

/* push [rbx] with the stack denied: the operand must not have been read. */
static void nothing_is_loaded_when_a_later_access_is_refused(void)
{
	struct keeper *counter;

	setup("\xff\x33", 2); /* push [rbx] */
	counter = keep("counter", DATA, PAGE_SIZE, false);
	keep("deny,fault=gp", STACK, PAGE_SIZE, false);
	CHECK_EQ(run(), OUTCOME_FAULT);
	CHECK_EQ(w.plan.fault.vector, 13);
	CHECK_EQ(counter->loads, 0);
	CHECK_EQ(*qword(PT + 8 * (DATA / PAGE_SIZE)) & (PTE_A | PTE_D), 0);
	CHECK(!lock_try(&counter->owner));
	access_complete(&w.plan);
	CHECK(lock_try(&counter->owner));
	lock_release(&counter->owner);
	teardown();
}

static void page_fault_of_the_second_half(void)
{
	setup("\x48\x89\x03", 3); /* mov [rbx],rax */
	keep("memory", UNMAPPED - PAGE_SIZE, PAGE_SIZE, false);
	w.regs.gpr[GPR_RBX] = UNMAPPED - 3;
	*qword(UNMAPPED - 8) = 0x4444444444444444;
	CHECK_EQ(run(), OUTCOME_FAULT);
	CHECK_EQ(w.plan.fault.vector, 14);
	CHECK_EQ(w.plan.fault.error, 0x6);
	CHECK_EQ(w.plan.cr2, UNMAPPED);
	CHECK_EQ(*qword(UNMAPPED - 8), 0x4444444444444444);
	access_complete(&w.plan);
	teardown();
}

static void a_crossing_store_reaches_both_pages(void)
{
	setup("\x48\x89\x03", 3); /* mov [rbx],rax */
	keep("log:memory", DATA + PAGE_SIZE, PAGE_SIZE, false);
	w.regs.gpr[GPR_RBX] = DATA + PAGE_SIZE - 3;
	w.regs.gpr[GPR_RAX] = 0x8877665544332211;
	CHECK_EQ(run(), OUTCOME_NEXT);
	CHECK_EQ(*qword(DATA + PAGE_SIZE - 8), 0x3322110000000000);
	CHECK_EQ(*qword(DATA + PAGE_SIZE), 0x8877665544);
	CHECK_EQ(w.plan.nparts, 2);
	CHECK_EQ(w.plan.parts[0].access.size, 3);
	CHECK_EQ(w.plan.parts[1].access.offset, 0);
	commit();
	CHECK_STR(w.lines,
		  "fault rip=0x10000 gpa=0x21000 w5 part 2/2 | mov [rbx],rax | memory done | mem=0x8877665544\n");
	teardown();
}

static void bytes_beside_a_kept_register_are_memory(void)
{
	setup("\x48\x8b\x43\x04", 4); /* mov rax,[rbx+4] */
	keep("zero", DATA + 8, 8, false);
	*qword(DATA) = 0x5555555555555555;
	*qword(DATA + 8) = 0x6666666666666666;
	CHECK_EQ(run(), OUTCOME_NEXT);
	CHECK_EQ(w.plan.after.regs.gpr[GPR_RAX], 0x55555555);
	commit();
	teardown();
}

static void marks_accessed_and_dirty(void)
{
	setup("\x48\x89\x03", 3); /* mov [rbx],rax */
	keep("memory", DATA, PAGE_SIZE, false);
	CHECK_EQ(run(), OUTCOME_NEXT);
	commit();
	CHECK_EQ(*qword(PT + 8 * (DATA / PAGE_SIZE)) & (PTE_A | PTE_D), PTE_A | PTE_D);
	CHECK_EQ(*qword(PD) & (PTE_A | PTE_D), PTE_A);
	CHECK_EQ(*qword(PT + 8 * (STACK / PAGE_SIZE)) & (PTE_A | PTE_D), 0);
	teardown();
}

/* As another vCPU might at that moment: the page is unmapped while its keeper is asked. */
static enum verdict unmap_it(struct keeper *k, const struct transaction *t, const struct access *a,
			     struct answer *answer)
{
	(void)k, (void)t, (void)a, (void)answer;
	*qword(PT + 8 * (DATA / PAGE_SIZE)) = 0;
	return VERDICT_DONE;
}

static void load_nothing(struct keeper *k, const struct transaction *t, struct access *a)
{
	(void)k, (void)t, (void)a;
}

static void an_entry_that_changes_meanwhile_is_walked_again(void)
{
	static const struct keeper_ops ops = {.name = "unmapping", .admit = unmap_it, .load = load_nothing};
	struct keeper k;

	setup("\x48\x8b\x03", 3); /* mov rax,[rbx] */
	keeper_init(&k, &ops);
	CHECK_EQ(space_put_entry(w.space, (gpa_t){DATA}, PAGE_SIZE, cap_entry(&k, RIGHTS_ALL, 0), false), 0);
	CHECK_EQ(trap_set(w.env.trap, (gpa_t){DATA}, TRAP_ALL), 0);
	CHECK_EQ(run(), OUTCOME_RETRY);
	CHECK_EQ(k.loads, 0);
	CHECK_EQ(*qword(PT + 8 * (DATA / PAGE_SIZE)), 0);
	access_complete(&w.plan);
	teardown();
}

struct fault_row {
	const char *name, *code;
	size_t size;
	uint64_t rbx, rflags, cr0;
	enum outcome outcome;
	unsigned vector, error;
	uint64_t cr2;
};

static const struct fault_row fault_rows[] = {
	{"not canonical", "\x48\x8b\x03", 3, 0x0000800000000000, 0, 0, OUTCOME_FAULT, 13, 0, 0},
	{"canonical to not, within the operand", "\x48\x8b\x03", 3, 0x00007ffffffffffc, 0, 0, OUTCOME_FAULT, 13, 0, 0},
	{"not canonical by the stack segment", "\x48\x8b\x45\x00", 4, 0, 0, 0, OUTCOME_FAULT, 12, 0, 0},
	{"not present", "\x48\x8b\x03", 3, UNMAPPED + 8, 0, 0, OUTCOME_FAULT, 14, 0x4, UNMAPPED + 8},
	{"movaps misaligned", "\x0f\x28\x03", 3, DATA + 8, 0, 0, OUTCOME_FAULT, 13, 0, 0},
	{"#AC at CPL 3", "\x48\x8b\x03", 3, DATA + 4, RFLAGS_AC, CR0_AM, OUTCOME_FAULT, 17, 0, 0},
	{"no #AC without CR0.AM", "\x48\x8b\x03", 3, DATA + 4, RFLAGS_AC, 0, OUTCOME_NEXT, 0, 0, 0},
	{"no #AC when aligned", "\x48\x8b\x03", 3, DATA + 8, RFLAGS_AC, CR0_AM, OUTCOME_NEXT, 0, 0, 0},
	{"divide by zero", "\x48\xf7\x33", 3, DATA, 0, 0, OUTCOME_FAULT, 0, 0, 0},
	{"lock without a memory destination", "\xf0\x48\x8b\x03", 4, DATA, 0, 0, OUTCOME_FAULT, 6, 0, 0},
};

static void architectural_faults(void)
{
	for (size_t i = 0; i < sizeof(fault_rows) / sizeof(fault_rows[0]); i++) {
		const struct fault_row *row = &fault_rows[i];

		check_row = row->name;
		setup(row->code, row->size);
		keep("memory", DATA, PAGE_SIZE, false);
		w.regs.gpr[GPR_RBX] = row->rbx;
		w.regs.gpr[GPR_RBP] = 0x0000900000000000;
		w.regs.rflags |= row->rflags;
		w.regs.cr0 |= row->cr0;
		CHECK_EQ(run(), row->outcome);
		if (row->outcome == OUTCOME_FAULT) {
			CHECK_EQ(w.plan.fault.vector, row->vector);
			CHECK_EQ(w.plan.fault.error, row->error);
			CHECK_EQ(w.plan.fault.vector == 14 ? w.plan.cr2 : 0, row->cr2);
		}
		access_complete(&w.plan);
		teardown();
	}
}

static void denied_page_fault_has_the_error_code_of_the_access(void)
{
	setup("\x48\x89\x03", 3); /* mov [rbx],rax */
	keep("rom", DATA, PAGE_SIZE, false);
	w.regs.gpr[GPR_RBX] = DATA + 0x10;
	CHECK_EQ(run(), OUTCOME_FAULT);
	CHECK_EQ(w.plan.fault.vector, 14);
	CHECK_EQ(w.plan.fault.error, 0x7);
	CHECK_EQ(w.plan.cr2, DATA + 0x10);
	access_complete(&w.plan);
	teardown();
}

static void map_opens_the_page_and_runs_again(void)
{
	setup("\x48\x8b\x03", 3);
	keep("memory,map=1", DATA, PAGE_SIZE, false);
	CHECK_EQ(run(), OUTCOME_NEXT);
	commit();
	CHECK_EQ(run(), OUTCOME_RETRY);
	access_complete(&w.plan);
	CHECK_EQ(trap_get(w.env.trap, (gpa_t){DATA}), TRAP_NONE);
	teardown();
}

static void map_does_not_take_a_neighbours_accesses_away(void)
{
	setup("\x48\x8b\x03", 3);
	keep("memory,map=0", DATA, 8, false);
	keep("zero", DATA + 64, 8, false);
	CHECK_EQ(run(), OUTCOME_STOP);
	CHECK_STR(w.plan.why, "a keeper asks to map gpa 0x20000, where another keeper holds a part of the page");
	access_complete(&w.plan);
	CHECK_EQ(trap_get(w.env.trap, (gpa_t){DATA}), TRAP_ALL);
	teardown();
}

static void absent_memory_stops_or_reads_ones(void)
{
	setup("\x48\x8b\x03", 3);
	w.regs.gpr[GPR_RBX] = ABSENT;
	CHECK_EQ(run(), OUTCOME_REFUSED);
	CHECK_STR(w.plan.why, "load of 8 bytes at gpa 0x100000, which is neither memory nor kept");
	access_complete(&w.plan);
	w.env.ones_for_absent = true;
	CHECK_EQ(run(), OUTCOME_NEXT);
	CHECK_EQ(w.plan.after.regs.gpr[GPR_RAX], UINT64_MAX);
	CHECK_EQ(w.env.absent_accesses, 1);
	commit();
	teardown();
}

static void what_is_not_trapped_is_the_cpus(void)
{
	setup("\x48\x89\x03", 3);
	CHECK_EQ(run(), OUTCOME_RETRY);
	CHECK_EQ(*qword(DATA), 0);
	access_complete(&w.plan);
	/* but where KVM's emulator gave up, it is carried out */
	CHECK_EQ(access_run(&w.env, &w.regs, CAUSE_EMULATION, &w.plan), OUTCOME_NEXT);
	CHECK_EQ(*qword(DATA), 0x1111);
	commit();
	teardown();
}

/* Its memory is reached by others now: a keeper's lock would not keep them apart. */
static void what_keeps_an_open_page_keeps_it_no_more(void)
{
	struct keeper *counter;

	setup("\x48\x8b\x03", 3); /* mov rax,[rbx] */
	counter = keep("counter", DATA, PAGE_SIZE, false);
	*qword(DATA) = 0x7777;
	CHECK_EQ(trap_set(w.env.trap, (gpa_t){DATA}, TRAP_NONE), 0);
	CHECK_EQ(access_run(&w.env, &w.regs, CAUSE_RUN, &w.plan), OUTCOME_NEXT);
	CHECK_EQ(w.plan.after.regs.gpr[GPR_RAX], 0x7777);
	CHECK_EQ(counter->loads, 0);
	commit();
	teardown();
}

/* A page that traps all the while: only the space says that another answers now. */
static void who_answers_is_looked_up_again(void)
{
	struct keeper *first, *second;

	setup("\x48\x8b\x03", 3); /* mov rax,[rbx] */
	first = keep("counter", DATA, PAGE_SIZE, false);
	CHECK_EQ(run(), OUTCOME_NEXT);
	commit();
	CHECK_EQ(space_cut_entry(w.space, (gpa_t){DATA}, PAGE_SIZE, first), 0);
	second = put("counter", DATA, PAGE_SIZE, false);
	CHECK_EQ(run(), OUTCOME_NEXT);
	commit();
	CHECK_EQ(first->loads, 1);
	CHECK_EQ(second->loads, 1);
	teardown();
}

static void stores_only_lets_loads_through_to_memory(void)
{
	setup("\xff\x33", 2); /* push [rbx] */
	keep("log:zero", DATA, PAGE_SIZE, true);
	keep("log:memory", STACK, PAGE_SIZE, false);
	*qword(DATA) = 0x77;
	CHECK_EQ(run(), OUTCOME_NEXT);
	CHECK_EQ(*qword(STACK + 0x7f8), 0x77);
	commit();
	CHECK_STR(w.lines, "fault rip=0x10000 gpa=0x307f8 w8 | push [rbx] | memory done | mem=0x77 rsp=0x307f8\n");
	teardown();
}

static void rep_goes_element_by_element(void)
{
	setup("\xf3\xaa", 2); /* rep stosb */
	keep("log:memory", DATA, PAGE_SIZE, false); /* which has to see each */
	w.regs.gpr[GPR_RCX] = 2;
	w.regs.gpr[GPR_RDI] = DATA;
	CHECK_EQ(run(), OUTCOME_NEXT);
	CHECK(w.plan.after.repeats);
	CHECK_EQ(w.plan.after.regs.rip, CODE);
	CHECK_EQ(w.plan.after.regs.gpr[GPR_RCX], 1);
	w.regs = w.plan.after.regs;
	commit();
	CHECK_EQ(run(), OUTCOME_NEXT);
	CHECK(!w.plan.after.repeats);
	CHECK_EQ(w.plan.after.regs.rip, CODE + 2);
	CHECK_EQ(*qword(DATA), 0x1111);
	commit();
	teardown();
}

static void code_on_a_virtual_page_is_named(void)
{
	setup("\x48\x8b\x03", 3);
	keep("memory", CODE, PAGE_SIZE, false);
	CHECK_EQ(run(), OUTCOME_STEP);
	CHECK_STR(w.plan.why, "instruction fetch from the virtual page at gpa 0x10000");
	access_complete(&w.plan);
	teardown();
}

static void a_page_table_on_a_virtual_page_is_named(void)
{
	setup("\x48\x8b\x03", 3);
	w.regs.gpr[GPR_RBX] = DATA;
	*qword(PML4 + 8) = 0x5000 | PTE_P | PTE_W | PTE_U;
	keep("memory", 0x5000, PAGE_SIZE, false);
	w.regs.gpr[GPR_RBX] = 0x8000000000;
	CHECK_EQ(run(), OUTCOME_STEP);
	CHECK_STR(w.plan.why, "the page walk of 0x8000000000 needs a page table at gpa 0x5000, which is virtual");
	access_complete(&w.plan);
	teardown();
}

static void a_stepped_access_is_told_as_such(void)
{
	setup("\x48\x89\x03", 3);
	keep("log:memory", DATA, PAGE_SIZE, false);
	CHECK_EQ(run(), OUTCOME_NEXT);
	strcpy(w.plan.stepped, "sgdt [rbx]");
	commit();
	CHECK_STR(w.lines, "step rip=0x10000 gpa=0x20000 w8 | sgdt [rbx] | memory done | mem=0x1111\n");
	teardown();
}

static void one_part_is_admitted_alone(void)
{
	bool busy = true;

	setup("\x48\x89\x03", 3);
	keep("rom", DATA, PAGE_SIZE, false);
	access_begin(&w.env, &w.regs, &w.plan);
	w.plan.refs[0] = (struct memref){.role = MEMREF_IMPLICIT, .use = MEM_READ, .gva = {DATA}, .size = 8};
	w.plan.refs[1] = (struct memref){.role = MEMREF_IMPLICIT, .use = MEM_WRITE, .gva = {DATA}, .size = 8};
	w.plan.nrefs = 2;
	CHECK_EQ(access_split(&w.env, &w.plan, 0, 0, (gpa_t){DATA}, 8), OUTCOME_NEXT);
	CHECK_EQ(access_split(&w.env, &w.plan, 1, 0, (gpa_t){DATA}, 8), OUTCOME_NEXT);
	CHECK(w.plan.parts[0].access.implicit);
	CHECK_EQ(access_admit_part(&w.env, &w.plan, &w.plan.parts[0], &busy), OUTCOME_NEXT);
	CHECK(w.plan.parts[0].owned == w.keepers[0]);
	CHECK_EQ(access_admit_part(&w.env, &w.plan, &w.plan.parts[1], &busy), OUTCOME_FAULT);
	CHECK_EQ(w.plan.fault.vector, 14);
	CHECK_EQ(w.plan.cr2, DATA);
	CHECK(!busy);
	access_complete(&w.plan);
	CHECK(w.plan.parts[0].owned == NULL);
	/* somebody else's: it does not wait */
	lock_take(&w.keepers[0]->owner);
	CHECK_EQ(access_admit_part(&w.env, &w.plan, &w.plan.parts[0], &busy), OUTCOME_RETRY);
	CHECK(busy && w.plan.parts[0].owned == NULL);
	lock_release(&w.keepers[0]->owner);
	teardown();
}

/* What KVM's emulator gave up on, though it touches no memory at all. */
static void a_form_without_memory_is_finished(void)
{
	setup("\x0f\x01\xcb", 3); /* stac */
	w.regs.cpl = 0;
	CHECK_EQ(access_run(&w.env, &w.regs, CAUSE_EMULATION, &w.plan), OUTCOME_NEXT);
	CHECK_EQ(w.plan.after.regs.rflags, w.regs.rflags | RFLAGS_AC);
	CHECK_EQ(w.plan.after.regs.rip, CODE + 3);
	access_complete(&w.plan);
	CHECK_EQ(run(), OUTCOME_STEP); /* trapped, it is none of that */
	access_complete(&w.plan);
	teardown();
}

static void unknown_instructions_are_refused_with_their_name(void)
{
	setup("\x0f\xa2", 2); /* cpuid */
	keep("memory", DATA, PAGE_SIZE, false);
	CHECK_EQ(run(), OUTCOME_STEP);
	CHECK(strstr(w.plan.why, "cpuid") != NULL);
	CHECK_EQ(w.plan.code_size, INSN_MAX);
	access_complete(&w.plan);
	teardown();
}

static void a_watch_asks_for_a_stop(void)
{
	setup("\x48\x89\x03", 3);
	keep("watch,new=0x1111:memory", DATA, PAGE_SIZE, false);
	CHECK_EQ(run(), OUTCOME_NEXT);
	CHECK_STR(w.stopped, "");
	commit();
	CHECK(w.stopped[0] != '\0');
	teardown();
}

CHECK_MAIN(CHECK_TEST(load_gives_the_keepers_bytes), CHECK_TEST(store_changes_only_its_bytes),
	   CHECK_TEST(read_modify_write_is_one_access), CHECK_TEST(nothing_is_loaded_when_a_later_access_is_refused),
	   CHECK_TEST(page_fault_of_the_second_half), CHECK_TEST(a_crossing_store_reaches_both_pages),
	   CHECK_TEST(bytes_beside_a_kept_register_are_memory), CHECK_TEST(marks_accessed_and_dirty),
	   CHECK_TEST(an_entry_that_changes_meanwhile_is_walked_again), CHECK_TEST(architectural_faults),
	   CHECK_TEST(denied_page_fault_has_the_error_code_of_the_access),
	   CHECK_TEST(map_opens_the_page_and_runs_again), CHECK_TEST(map_does_not_take_a_neighbours_accesses_away),
	   CHECK_TEST(absent_memory_stops_or_reads_ones), CHECK_TEST(what_is_not_trapped_is_the_cpus),
	   CHECK_TEST(what_keeps_an_open_page_keeps_it_no_more), CHECK_TEST(who_answers_is_looked_up_again),
	   CHECK_TEST(stores_only_lets_loads_through_to_memory), CHECK_TEST(rep_goes_element_by_element),
	   CHECK_TEST(code_on_a_virtual_page_is_named), CHECK_TEST(a_page_table_on_a_virtual_page_is_named),
	   CHECK_TEST(a_stepped_access_is_told_as_such), CHECK_TEST(one_part_is_admitted_alone),
	   CHECK_TEST(a_form_without_memory_is_finished), CHECK_TEST(unknown_instructions_are_refused_with_their_name),
	   CHECK_TEST(a_watch_asks_for_a_stop))
