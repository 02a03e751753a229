/* A guest's kernel that answers for pages, played by the test: what it is asked, and what its answers do. */
#include "vmm/declared/state.h"

#include "tests/small_monitor.h"

#include "capmodel/catalog.h"
#include "guest/abi/virtual.h"

#include <string.h>

#define AREA 0x6000ull /* two pages */
#define FIRST 0x9000ull /* gpa of object 1; mapped at FIRST_AT */
#define SECOND 0xb000ull /* gpa and gva of object 2 */
#define FIRST_AT 0xa000ull /* gva */
#define HOST 0xd000ull /* gpa and gva of a page that a keeper of the host's holds */
#define SPARE 0xf000ull /* what a STEP names */
#define SPARE_2 0xe000ull
#define OBJECTS 3

struct kernel {
	struct monitor monitor;
	struct declared *declared;
	struct guest_area *area;
	uint8_t bytes[OBJECTS][PAGE_SIZE];
	char turns[400]; /* "A0+ L1 S0": + is HOLD, ! is RESTARTED */
};

static uint64_t ask_monitor(struct kernel *k, uint64_t call, uint64_t gpa, uint64_t pages, uint64_t object)
{
	struct declared_tables tables = {{0x7000, 0x3f}, {0x7100, 0x1ff}, {0x7400, 0x67}};
	struct regs regs = k->monitor.regs;

	regs.cpl = 0;
	regs.gpr[GPR_RSP] = 0x7800;
	k->area->call = (struct guest_call){.call = call, .argument = {gpa, pages, object}, .status = 77};
	CHECK(declared_out(k->monitor.env.declared, &k->monitor.env, &regs, &tables, GUEST_PORT_CALL, 0));
	return k->area->call.status;
}

static void kernel_begin(struct kernel *k)
{
	struct declared_host host;
	uint64_t *tables;

	memset(k, 0, sizeof(*k));
	build_memory();
	tables = (uint64_t *)(void *)bytes_at(TABLES + 3 * PAGE_SIZE);
	tables[FIRST_AT / PAGE_SIZE] = FIRST | FLAGS;
	CHECK_EQ(space_share(space), 0);
	monitor_begin(&k->monitor, FIRST_AT);
	host = (struct declared_host){.space = space, .ram = &ram, .trap = trap};
	k->declared = declared_new(&host);
	k->monitor.env.declared = declared_cpu_new(k->declared);
	k->area = (struct guest_area *)(void *)bytes_at(AREA);
	CHECK(declared_out(k->monitor.env.declared, &k->monitor.env, &(struct regs){.cpl = 0}, NULL, GUEST_PORT_ATTACH,
			   AREA / PAGE_SIZE));
	CHECK_EQ(k->area->version, GUEST_VIRTUAL_VERSION);
	CHECK_EQ(ask_monitor(k, GUEST_CALL_DECLARE, FIRST, 1, 1), GUEST_OK);
	CHECK_EQ(ask_monitor(k, GUEST_CALL_DECLARE, SECOND, 1, 2), GUEST_OK);
}

static void kernel_end(struct kernel *k)
{
	monitor_end(&k->monitor);
	declared_free(k->declared);
	free_memory();
}

static void put_code(const char *hex)
{
	uint8_t *at = bytes_at(CODE);
	char *end;

	memset(at, 0x90, 32);
	for (unsigned long byte; (byte = strtoul(hex, &end, 16), end != hex); hex = end)
		*at++ = (uint8_t)byte;
}

/* Once along the way, as the machine's loop does it. True: the kernel has been told something. */
static bool run_once(struct kernel *k, enum outcome *end)
{
	struct plan *plan = k->monitor.plan;
	bool told;

	*end = access_run(&k->monitor.env, &k->monitor.regs, CAUSE_TRAP, plan);
	if (*end == OUTCOME_STEP && (*end = declared_step(&k->monitor.env, plan)) == OUTCOME_NEXT) {
		*end = OUTCOME_STEP; /* the private step, which needs a CPU */
		access_complete(plan);
		return false;
	}
	if (*end == OUTCOME_NEXT) {
		k->monitor.regs = plan->after.regs;
		plan->committed = true;
	}
	told = declared_end(&k->monitor.env, plan, false, end);
	access_complete(plan);
	return told;
}

static struct guest_part *asked_part(struct kernel *k)
{
	return &k->area->access.part_of[k->area->access.part];
}

static void answer_as_memory(struct kernel *k)
{
	struct guest_access *a = &k->area->access;
	struct guest_part *p = asked_part(k);
	uint8_t *bytes = &k->bytes[p->object][p->offset];

	CHECK(p->object < OBJECTS && p->offset + p->size <= PAGE_SIZE);
	if (a->phase == GUEST_PHASE_LOAD)
		memcpy(p->before, bytes, p->size);
	if (a->phase == GUEST_PHASE_STORE)
		memcpy(bytes, p->after, p->size);
	a->verdict = GUEST_VERDICT_DONE;
	a->state = GUEST_ACCESS_ANSWERED;
}

static void note_turn(struct kernel *k)
{
	const struct guest_access *a = &k->area->access;
	size_t used = strlen(k->turns);

	if (a->state == GUEST_ACCESS_ASKED)
		snprintf(k->turns + used, sizeof(k->turns) - used, "%s%c%u%s%s", used ? " " : "", "ALS"[a->phase % 3],
			 a -> part, a -> flags &GUEST_ACCESS_HOLD ? "+" : "",
			 a->flags &GUEST_ACCESS_RESTARTED ? "!" : "");
	else
		snprintf(k->turns + used, sizeof(k->turns) - used, "%sstate%u", used ? " " : "", a->state);
}

/* Answer until the instruction is done, or the kernel is told something else than a question. */
static enum outcome run_to_end(struct kernel *k)
{
	enum outcome end = OUTCOME_RETRY;

	for (unsigned i = 0; i < 60; i++) {
		if (!run_once(k, &end))
			return end;
		note_turn(k);
		if (k->area->access.state != GUEST_ACCESS_ASKED)
			return end;
		answer_as_memory(k);
	}
	return OUTCOME_RETRY;
}

/* --- what is asked ------------------------------------------------------------------------- */

static const struct {
	const char *name, *code; /* rbx: FIRST_AT, rdi: SECOND, rsi: FIRST_AT + 8, rsp: SECOND + 0x800 */
	const char *turns;
	uint64_t rax; /* afterwards; before 0x1111111111111111 */
	uint8_t first[8]; /* at FIRST, before 80..87 */
	uint8_t second[8]; /* at SECOND, before a0..a7 */
} asked_rows[] = {
#define FIRST_BYTES                                                                                                    \
	{                                                                                                              \
		0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87                                                         \
	}
#define SECOND_BYTES                                                                                                   \
	{                                                                                                              \
		0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7                                                         \
	}
	{"load", "48 8b 03", "L0", 0x8786858483828180, FIRST_BYTES, SECOND_BYTES},
	{"store", "88 43 01", "S0", 0x1111111111111111, {0x80, 0x11, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87}, SECOND_BYTES},
	{"modify",
	 "fe 03",
	 "L0+ S0",
	 0x1111111111111111,
	 {0x81, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87},
	 SECOND_BYTES},
	{"xchg", "86 03", "L0+ S0", 0x1111111111111180, {0x11, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87}, SECOND_BYTES},
	{"from one to the other",
	 "a4",
	 "A0+ A1+ L0+ S1",
	 0x1111111111111111,
	 FIRST_BYTES,
	 {0x88, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7}},
	{"over both", "48 8b 83 fc 0f 00 00", "A0+ A1+ L0+ L1", 0xa3a2a1a000000000, FIRST_BYTES, SECOND_BYTES},
	{"over memory and object", "48 8b 43 fc", "L0", 0x8382818000000000, FIRST_BYTES, SECOND_BYTES},
	{"locked, over memory and object",
	 "f0 48 01 43 fc",
	 "L0+ S0",
	 0x1111111111111111,
	 {0x91, 0x92, 0x93, 0x94, 0x84, 0x85, 0x86, 0x87},
	 SECOND_BYTES},
	{"clflush", "0f ae 3b", "A0", 0x1111111111111111, FIRST_BYTES, SECOND_BYTES},
	{"push", "ff 33", "A0+ A1+ L0+ S1", 0x1111111111111111, FIRST_BYTES, SECOND_BYTES},
	{"cmpxchg, not equal", "f0 0f b0 0b", "L0+ S0", 0x1111111111111180, FIRST_BYTES, SECOND_BYTES},
};

static void the_kernel_is_asked_in_order(void)
{
	for (size_t i = 0; i < sizeof(asked_rows) / sizeof(asked_rows[0]); i++) {
		struct kernel *k = malloc(sizeof(*k));
		struct regs *regs = &k->monitor.regs;
		uint64_t *tables;

		check_row = asked_rows[i].name;
		kernel_begin(k);
		tables = (uint64_t *)(void *)bytes_at(TABLES + 3 * PAGE_SIZE);
		tables[(FIRST_AT + PAGE_SIZE) / PAGE_SIZE] = SECOND | FLAGS; /* it is there already */
		for (unsigned n = 0; n < 16; n++) {
			k->bytes[1][n] = (uint8_t)(0x80 + n);
			k->bytes[2][n] = (uint8_t)(0xa0 + n);
		}
		put_code(asked_rows[i].code);
		regs->gpr[GPR_RAX] = 0x1111111111111111;
		regs->gpr[GPR_RDI] = SECOND;
		regs->gpr[GPR_RSI] = FIRST_AT + 8;
		regs->gpr[GPR_RSP] = SECOND + 0x800;
		CHECK_EQ(run_to_end(k), OUTCOME_NEXT);
		CHECK_STR(k->turns, asked_rows[i].turns);
		CHECK_EQ(regs->gpr[GPR_RAX], asked_rows[i].rax);
		CHECK(memcmp(k->bytes[1], asked_rows[i].first, 8) == 0);
		CHECK(memcmp(k->bytes[2], asked_rows[i].second, 8) == 0);
		CHECK(regs->rip > CODE);
		CHECK_EQ(k->area->access.state, GUEST_ACCESS_EMPTY);
		CHECK(declared_answered(&k->monitor.env, k->monitor.plan));
		kernel_end(k);
		free(k);
	}
	check_row = "";
}

/* --- with others on the host ------------------------------------------------------------------ */

static struct keeper *keep_on_host(const char *spec)
{
	struct keeper_env env = {.bytes = bytes_at(HOST), .size = PAGE_SIZE, .log = stderr};
	char error[KEEPER_ERROR];
	struct keeper *k = keeper_parse(spec, &env, error);

	CHECK(k != NULL);
	CHECK_EQ(space_put_entry(space, (gpa_t){HOST}, PAGE_SIZE, cap_entry(k, RIGHTS_ALL, 0), false), 0);
	CHECK_EQ(trap_set(trap, (gpa_t){HOST}, TRAP_ALL), 0);
	return k;
}

/* What has an effect on the host happens once, when everything is answered. */
static void a_host_keeper_is_asked_once(void)
{
	struct kernel *k = malloc(sizeof(*k));
	struct keeper *host;
	enum outcome end;

	kernel_begin(k);
	host = keep_on_host("memory");
	bytes_at(HOST)[0] = 0x42;
	k->bytes[1][0] = 0x99;
	put_code("a4"); /* from the host's keeper to object 1 */
	k->monitor.regs.gpr[GPR_RSI] = HOST;
	k->monitor.regs.gpr[GPR_RDI] = FIRST_AT;
	CHECK(run_once(k, &end) && end == OUTCOME_SUSPEND);
	CHECK_EQ(host->loads, 0);
	CHECK_EQ(k->area->access.phase, GUEST_PHASE_STORE);
	answer_as_memory(k);
	CHECK(!run_once(k, &end) && end == OUTCOME_NEXT);
	CHECK_EQ(host->loads, 1);
	CHECK_EQ(k->bytes[1][0], 0x42);
	put_code("a4"); /* and back: the store is the host's, once */
	k->monitor.regs.rip = CODE;
	k->monitor.regs.gpr[GPR_RSI] = FIRST_AT + 1;
	k->monitor.regs.gpr[GPR_RDI] = HOST;
	CHECK(run_once(k, &end) && end == OUTCOME_SUSPEND);
	answer_as_memory(k);
	CHECK_EQ(host->stores, 0);
	CHECK(!run_once(k, &end) && end == OUTCOME_NEXT);
	CHECK_EQ(host->stores, 1);
	kernel_end(k);
	keeper_free(host);
	free(k);
}

/* One that gives something else than it shows would do so again and again: that is told, once. */
static void a_host_keeper_may_not_be_foreseen(void)
{
	struct kernel *k = malloc(sizeof(*k));
	struct keeper *host;
	enum outcome end;

	kernel_begin(k);
	host = keep_on_host("counter");
	put_code("a4");
	k->monitor.regs.gpr[GPR_RSI] = HOST;
	k->monitor.regs.gpr[GPR_RDI] = FIRST_AT;
	CHECK(run_once(k, &end) && end == OUTCOME_SUSPEND);
	answer_as_memory(k);
	CHECK(run_once(k, &end) && end == OUTCOME_SUSPEND);
	CHECK_EQ(k->area->access.state, GUEST_ACCESS_REFUSED);
	CHECK_EQ(host->loads, 1);
	CHECK_EQ(k->monitor.regs.rip, CODE);
	kernel_end(k);
	keeper_free(host);
	free(k);
}

/* A keeper on the host that refuses does so before the kernel is asked. */
static void a_host_keeper_refuses_first(void)
{
	struct kernel *k = malloc(sizeof(*k));
	struct keeper *host;
	enum outcome end;

	kernel_begin(k);
	host = keep_on_host("deny,fault=gp");
	put_code("a4");
	k->monitor.regs.gpr[GPR_RSI] = FIRST_AT;
	k->monitor.regs.gpr[GPR_RDI] = HOST;
	CHECK(!run_once(k, &end) && end == OUTCOME_FAULT);
	CHECK_EQ(k->monitor.plan->fault.vector, 13);
	CHECK_EQ(k->area->access.id, 0);
	kernel_end(k);
	keeper_free(host);
	free(k);
}

/* Memory that changes while the kernel stores what came of it: the store is asked anew. */
static void memory_may_change_meanwhile(void)
{
	struct kernel *k = malloc(sizeof(*k));
	enum outcome end;
	uint64_t id;

	kernel_begin(k);
	put_code("a4");
	k->monitor.regs.gpr[GPR_RSI] = DATA;
	k->monitor.regs.gpr[GPR_RDI] = FIRST_AT;
	bytes_at(DATA)[0] = 1;
	CHECK(run_once(k, &end) && end == OUTCOME_SUSPEND);
	CHECK_EQ(asked_part(k)->after[0], 1);
	id = k->area->access.id;
	answer_as_memory(k);
	bytes_at(DATA)[0] = 2;
	CHECK(run_once(k, &end) && end == OUTCOME_SUSPEND);
	CHECK(k->area->access.flags & GUEST_ACCESS_RESTARTED);
	CHECK(k->area->access.id > id);
	CHECK_EQ(asked_part(k)->after[0], 2);
	answer_as_memory(k);
	CHECK(!run_once(k, &end) && end == OUTCOME_NEXT);
	CHECK_EQ(k->bytes[1][0], 2);
	kernel_end(k);
	free(k);
}

/* The half of a locked operation that is memory changes after the other half was stored. */
static void the_other_half_may_change(void)
{
	struct kernel *k = malloc(sizeof(*k));
	uint32_t *half;
	enum outcome end;

	kernel_begin(k);
	half = (uint32_t *)(void *)bytes_at(FAR_PAGE + PAGE_SIZE - 4);
	put_code("f0 48 ff 43 fc"); /* lock inc qword [rbx-4] */
	*half = 5;
	CHECK(run_once(k, &end) && end == OUTCOME_SUSPEND);
	answer_as_memory(k);
	CHECK(run_once(k, &end) && end == OUTCOME_SUSPEND);
	CHECK_EQ(k->area->access.phase, GUEST_PHASE_STORE);
	answer_as_memory(k);
	*half = UINT32_MAX; /* now it carries */
	k->turns[0] = 0;
	CHECK_EQ(run_to_end(k), OUTCOME_NEXT);
	CHECK_STR(k->turns, "L0+! S0");
	CHECK_EQ(*half, 0);
	CHECK_EQ(k->bytes[1][0], 1);
	kernel_end(k);
	free(k);
}

/* --- answers to other questions --------------------------------------------------------------- */

static void an_answer_is_for_its_thread(void)
{
	struct kernel *k = malloc(sizeof(*k));
	struct guest_access first;
	enum outcome end;

	kernel_begin(k);
	put_code("48 8b 03 48 8b 13"); /* mov rax, [rbx]; mov rdx, [rbx] */
	k->bytes[1][0] = 1;
	CHECK(run_once(k, &end));
	answer_as_memory(k);
	first = k->area->access;
	CHECK(!run_once(k, &end) && end == OUTCOME_NEXT);
	k->bytes[1][0] = 2;
	k->area->access = first; /* late, or another thread's: the next instruction does not take it */
	k->turns[0] = 0;
	CHECK_EQ(run_to_end(k), OUTCOME_NEXT);
	CHECK_STR(k->turns, "L0!");
	CHECK_EQ(k->monitor.regs.gpr[GPR_RAX], 1);
	CHECK_EQ(k->monitor.regs.gpr[GPR_RDX], 2);
	kernel_end(k);
	free(k);
}

/* Nothing is kept between question and answer: another thread, then this one, on an area elsewhere. */
static void the_record_is_the_whole_state(void)
{
	struct kernel *k = malloc(sizeof(*k));
	struct guest_access record;
	struct regs thread;
	enum outcome end;

	kernel_begin(k);
	put_code("48 8b 03 fe 03"); /* mov rax, [rbx]; inc byte [rbx] */
	k->bytes[1][0] = 7;
	CHECK(run_once(k, &end));
	answer_as_memory(k);
	record = k->area->access;
	thread = k->monitor.regs;
	k->area->access.state = GUEST_ACCESS_EMPTY;
	k->monitor.regs.rip = CODE + 3;
	CHECK_EQ(run_to_end(k), OUTCOME_NEXT); /* it increments, in its own transaction */
	CHECK_EQ(k->bytes[1][0], 8);
	CHECK(declared_out(k->monitor.env.declared, &k->monitor.env, &(struct regs){.cpl = 0}, NULL, GUEST_PORT_ATTACH,
			   SPARE / PAGE_SIZE - 2));
	k->area = (struct guest_area *)(void *)bytes_at(SPARE - 2 * PAGE_SIZE);
	CHECK_EQ(k->area->version, GUEST_VIRTUAL_VERSION);
	memcpy(&k->area->access, &record, record.size);
	k->monitor.regs = thread;
	CHECK(!run_once(k, &end) && end == OUTCOME_NEXT);
	CHECK_EQ(k->monitor.regs.gpr[GPR_RAX], 7); /* as it was answered */
	CHECK_EQ(k->area->access.state, GUEST_ACCESS_EMPTY);
	kernel_end(k);
	free(k);
}

/* --- STEP ---------------------------------------------------------------------------------------- */

static void answer_step(struct kernel *k, uint64_t page)
{
	k->area->access.verdict = GUEST_VERDICT_STEP;
	asked_part(k)->frame = (uint32_t)(page / PAGE_SIZE);
	k->area->access.state = GUEST_ACCESS_ANSWERED;
}

static void a_step_is_on_the_page_that_is_named(void)
{
	struct kernel *k = malloc(sizeof(*k));
	const struct guest_access *a;
	enum outcome end;

	kernel_begin(k);
	a = &k->area->access;
	put_code("f0 01 03"); /* lock add [rbx], eax */
	k->monitor.regs.gpr[GPR_RAX] = 5;
	bytes_at(SPARE)[0] = 7;
	CHECK(run_once(k, &end) && end == OUTCOME_SUSPEND);
	answer_step(k, SPARE);
	CHECK(run_once(k, &end) && end == OUTCOME_NEXT);
	CHECK_EQ(a->state, GUEST_ACCESS_STEPPED);
	CHECK_EQ(a->part_of[0].before[0], 7);
	CHECK_EQ(a->part_of[0].after[0], 12);
	CHECK_EQ(a->rip, CODE);
	CHECK_EQ(k->monitor.regs.rip, CODE + 3);
	CHECK_EQ(bytes_at(SPARE)[0], 12);
	CHECK_EQ(bytes_at(FIRST)[0], 0);
	kernel_end(k);
	free(k);
}

/* One character an answer: d as memory, s a step on SPARE, t on SPARE_2. False: the kernel is told no more. */
static bool answer_by(struct kernel *k, const char *script)
{
	enum outcome end = OUTCOME_SUSPEND;

	k->turns[0] = '\0';
	CHECK(run_once(k, &end) && end == OUTCOME_SUSPEND);
	note_turn(k);
	for (; *script; script++) {
		if (*script == 'd')
			answer_as_memory(k);
		else
			answer_step(k, *script == 's' ? SPARE : SPARE_2);
		if (!run_once(k, &end))
			return false;
		note_turn(k);
	}
	return true;
}

static const struct {
	const char *name, *script, *turns;
	uint8_t memory; /* what object 2's memory has at 9 in the end, where 0x99 was */
	uint8_t spare; /* and SPARE_2 */
	uint64_t frame[2]; /* of each part */
} steps_of_two[] = {
	/* one byte from object 1, at 3: 0x77 there, 0x55 on SPARE */
	{"the first at once", "sdd", "A0+ A1+ S1+ state3", 0x55, 0x66, {SPARE, 0}},
	{"the first when it loads", "ddsd", "A0+ A1+ L0+ S1+ state3", 0x55, 0x66, {SPARE, 0}},
	{"the second at once", "dtd", "A0+ A1+ L0+ state3", 0x99, 0x77, {0, SPARE_2}},
	{"the second when it stores", "dddt", "A0+ A1+ L0+ S1 state3", 0x99, 0x77, {0, SPARE_2}},
	{"both at once", "st", "A0+ A1+ state3", 0x99, 0x55, {SPARE, SPARE_2}},
	{"both in the end", "ddst", "A0+ A1+ L0+ S1+ state3", 0x99, 0x55, {SPARE, SPARE_2}},
	{"both on one page", "ss", "A0+ A1+ state3", 0x99, 0x66, {SPARE, SPARE}},
};

/* What lies on other pages is asked on, and may be a step too; then it is carried out on all of them. */
static void a_step_of_two_pages(void)
{
	for (size_t i = 0; i < sizeof(steps_of_two) / sizeof(steps_of_two[0]); i++) {
		struct kernel *k = malloc(sizeof(*k));
		const struct guest_access *a;

		check_row = steps_of_two[i].name;
		kernel_begin(k);
		a = &k->area->access;
		put_code("a4");
		k->bytes[1][3] = 0x77;
		k->bytes[2][9] = 0x99;
		bytes_at(SPARE)[3] = 0x55;
		bytes_at(SPARE)[9] = bytes_at(SPARE_2)[9] = 0x66; /* what is there before the store */
		k->monitor.regs.gpr[GPR_RSI] = FIRST_AT + 3;
		k->monitor.regs.gpr[GPR_RDI] = SECOND + 9;
		CHECK(answer_by(k, steps_of_two[i].script));
		CHECK_STR(k->turns, steps_of_two[i].turns);
		CHECK_EQ(k->monitor.regs.rip, CODE + 1);
		CHECK_EQ(a->parts, 2);
		CHECK_EQ(a->part_of[0].frame, steps_of_two[i].frame[0] / PAGE_SIZE);
		CHECK_EQ(a->part_of[1].frame, steps_of_two[i].frame[1] / PAGE_SIZE);
		CHECK_EQ(a->part_of[0].before[0], steps_of_two[i].frame[0] ? 0x55 : 0x77);
		CHECK_EQ(a->part_of[1].before[0], steps_of_two[i].frame[1] ? 0x66 : 0);
		CHECK_EQ(k->bytes[1][3], 0x77);
		CHECK_EQ(k->bytes[2][9], steps_of_two[i].memory);
		CHECK_EQ(a->part_of[1].after[0], a->part_of[0].before[0]);
		CHECK_EQ(bytes_at(SPARE_2)[9], steps_of_two[i].spare);
		CHECK_EQ(bytes_at(FIRST)[3] | bytes_at(SECOND)[9], 0);
		kernel_end(k);
		free(k);
	}
	check_row = "";
}

/* One operand over two pages, of which one is stepped: the carry goes from half to half. */
static void a_step_of_half_an_operand(void)
{
	static const struct {
		const char *name, *script, *turns;
		uint64_t stepped; /* where SPARE has the half that is stepped on */
		uint32_t kept; /* what the other half is in the end */
		uint32_t on_spare;
	} rows[] = {
		{"the lower", "sddd", "A0+ A1+ L1+ S1+ state3", 0xffc, 7, 0},
		{"the lower, once it is loaded", "ddsdd", "A0+ A1+ L0+ L1+ S1+ state3", 0xffc, 7, 0},
		{"the upper", "dsdd", "A0+ A1+ L0+ S0+ state3", 0, 6, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kernel *k = malloc(sizeof(*k));
		uint8_t *kept, *spare;
		uint64_t *tables;

		check_row = rows[i].name;
		kernel_begin(k);
		tables = (uint64_t *)(void *)bytes_at(TABLES + 3 * PAGE_SIZE);
		tables[(FIRST_AT + PAGE_SIZE) / PAGE_SIZE] = SECOND | FLAGS; /* it is there already */
		put_code("48 01 83 fc 0f 00 00"); /* add [rbx + 0xffc], rax */
		k->monitor.regs.gpr[GPR_RBX] = FIRST_AT;
		k->monitor.regs.gpr[GPR_RAX] = 0x100000001;
		kept = rows[i].stepped ? &k->bytes[2][0] : &k->bytes[1][0xffc];
		spare = bytes_at(SPARE) + rows[i].stepped;
		memset(spare, 0xff, 4);
		kept[0] = 5;
		CHECK(answer_by(k, rows[i].script));
		CHECK_STR(k->turns, rows[i].turns);
		CHECK_EQ(k->monitor.regs.rip, CODE + 7);
		CHECK_EQ(kept[0], rows[i].kept);
		CHECK_EQ(spare[0] | spare[3], rows[i].on_spare);
		kernel_end(k);
		free(k);
	}
	check_row = "";
}

static bool may_step(void *self)
{
	(void)self;
	return true;
}

/* Only with a page named for each of its own: the kernel says no more than that it may happen. */
static void what_only_a_step_carries_out(void)
{
	static const struct {
		const char *name, *script, *turns;
		bool stepped;
	} rows[] = {
		{"both named", "st", "A0+ A1+", true},
		{"on one page", "ss", "A0+ A1+", true},
		{"the first named", "sd", "A0+ A1+ state4", false},
		{"the second named", "ds", "A0+ A1 state4", false},
		{"none named", "dd", "A0+ A1 state4", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kernel *k = malloc(sizeof(*k));
		uint64_t *tables;

		check_row = rows[i].name;
		kernel_begin(k);
		k->declared->host.steps = may_step;
		tables = (uint64_t *)(void *)bytes_at(TABLES + 3 * PAGE_SIZE);
		tables[(FIRST_AT + PAGE_SIZE) / PAGE_SIZE] = SECOND | FLAGS; /* it is there already */
		put_code("0f b4 8b fc 0f 00 00"); /* lfs ecx, [rbx + 0xffc] */
		k->monitor.regs.gpr[GPR_RBX] = FIRST_AT;
		CHECK_EQ(answer_by(k, rows[i].script), !rows[i].stepped);
		CHECK_STR(k->turns, rows[i].turns);
		CHECK_EQ(k->monitor.regs.rip, CODE);
		kernel_end(k);
		free(k);
	}
	check_row = "";
}

/* What a page that is stepped on holds decides what is stored elsewhere: if it changes meanwhile, all is asked anew. */
static void a_stepped_page_may_change_meanwhile(void)
{
	struct kernel *k = malloc(sizeof(*k));
	enum outcome end;

	kernel_begin(k);
	put_code("a4");
	k->monitor.regs.gpr[GPR_RSI] = FIRST_AT + 3;
	k->monitor.regs.gpr[GPR_RDI] = SECOND + 9;
	bytes_at(SPARE)[3] = 0x55;
	CHECK(answer_by(k, "sd"));
	CHECK_EQ(asked_part(k)->after[0], 0x55);
	answer_as_memory(k);
	bytes_at(SPARE)[3] = 0x56;
	CHECK(run_once(k, &end) && end == OUTCOME_SUSPEND);
	note_turn(k);
	CHECK_STR(k->turns, "A0+ A1+ S1+ A0+!");
	CHECK_EQ(k->area->access.part_of[0].frame, 0);
	CHECK_EQ(k->monitor.regs.rip, CODE);
	kernel_end(k);
	free(k);
}

/* A frame that can be none, of the part asked or of another: the question comes anew. */
static void a_frame_that_can_be_none(void)
{
	static const struct {
		const char *name;
		uint64_t page;
		bool of_other; /* of part 1, while part 0 is answered rightly */
	} rows[] = {
		{"none", 0, false},
		{"the area", AREA, false},
		{"its second page", AREA + PAGE_SIZE, false},
		{"a declared page", SECOND, false},
		{"no memory", 0x100000000, false},
		{"the last frame", 0xffffffffull * PAGE_SIZE, false},
		{"another part's, the area", AREA, true},
		{"another part's, no memory", 0x100000000, true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kernel *k = malloc(sizeof(*k));
		enum outcome end;

		check_row = rows[i].name;
		kernel_begin(k);
		put_code("a4");
		k->monitor.regs.gpr[GPR_RSI] = FIRST_AT + 3;
		k->monitor.regs.gpr[GPR_RDI] = SECOND + 9;
		CHECK(answer_by(k, ""));
		if (rows[i].of_other) {
			answer_as_memory(k);
			k->area->access.part_of[1].frame = (uint32_t)(rows[i].page / PAGE_SIZE);
		} else {
			answer_step(k, rows[i].page);
		}
		CHECK(run_once(k, &end) && end == OUTCOME_SUSPEND);
		note_turn(k);
		CHECK_STR(k->turns, "A0+ A0+!");
		CHECK_EQ(k->monitor.regs.rip, CODE);
		kernel_end(k);
		free(k);
	}
	check_row = "";
}

/* --- the guest's own fault ------------------------------------------------------------------------- */

static void the_kernel_itself_stops_the_guest(void)
{
	struct kernel *k = malloc(sizeof(*k));
	enum outcome end;

	kernel_begin(k);
	put_code("8b 03");
	k->monitor.regs.cpl = 0;
	CHECK(!run_once(k, &end) && end == OUTCOME_REFUSED);
	CHECK(strstr(k->monitor.plan->why, "declared virtual"));
	CHECK_EQ(k->area->access.id, 0);
	kernel_end(k);
	free(k);
}

static void withdrawn_pages_are_memory(void)
{
	struct kernel *k = malloc(sizeof(*k));
	enum outcome end;

	kernel_begin(k);
	put_code("8b 03");
	CHECK(run_once(k, &end) && end == OUTCOME_SUSPEND);
	CHECK_EQ(ask_monitor(k, GUEST_CALL_WITHDRAW, FIRST, 1, 0), GUEST_OK);
	CHECK_EQ(trap_get(trap, (gpa_t){FIRST}), TRAP_NONE);
	answer_as_memory(k);
	CHECK(!run_once(k, &end) && end == OUTCOME_RETRY); /* the CPU's own access now */
	CHECK_EQ(ask_monitor(k, GUEST_CALL_DECLARE, FIRST, 1, 2), GUEST_OK);
	CHECK(run_once(k, &end) && end == OUTCOME_SUSPEND); /* another object: the answer does not fit */
	CHECK(k->area->access.flags & GUEST_ACCESS_RESTARTED);
	CHECK_EQ(asked_part(k)->object, 2);
	kernel_end(k);
	free(k);
}

#define LIMIT 4096u
#define FAR_WINDOW 0x10000000ull

/* Every other page, until there are too many ranges; a range may still be cut in two. */
static void ranges_have_a_limit(void)
{
	struct declared_tables tables = {{0, 0}, {0, 0}, {0, 0}};
	struct regs regs = {.cpl = 0};
	struct guest_area *area;
	struct monitor m;
	struct declared *d;
	const char *why;

	ram_init(&ram);
	CHECK_EQ(ram_add(&ram, (gpa_t){0}, MEMORY, RAM_MAIN, &why), 0);
	CHECK_EQ(ram_add(&ram, (gpa_t){FAR_WINDOW}, 3 * LIMIT * PAGE_SIZE, RAM_KEPT, &why), 0);
	CHECK_EQ(ram_map(&ram), 0);
	space = space_new();
	CHECK_EQ(space_put_memory(space, (gpa_t){0}, MEMORY, bytes_at(0), RIGHTS_ALL), 0);
	CHECK_EQ(space_share(space), 0);
	trap = trap_new(&ram);
	CHECK_EQ(trap_set_range(trap, (gpa_t){FAR_WINDOW}, 3 * LIMIT * PAGE_SIZE, TRAP_ALL), 0);
	monitor_begin(&m, 0);
	d = declared_new(&(struct declared_host){.space = space,
						 .ram = &ram,
						 .trap = trap,
						 .window = {FAR_WINDOW},
						 .window_size = 3 * LIMIT * PAGE_SIZE});
	m.env.declared = declared_cpu_new(d);
	declared_out(m.env.declared, &m.env, &regs, &tables, GUEST_PORT_ATTACH, AREA / PAGE_SIZE);
	area = (struct guest_area *)(void *)bytes_at(AREA);
	for (unsigned i = 0; i <= LIMIT; i++) {
		area->call = (struct guest_call){.call = GUEST_CALL_DECLARE,
						 .argument = {FAR_WINDOW + 2 * i * PAGE_SIZE, i ? 1 : 2, i}};
		if (i == 0)
			area->call.argument[0] = FAR_WINDOW + (3 * LIMIT - 2) * PAGE_SIZE;
		declared_out(m.env.declared, &m.env, &regs, &tables, GUEST_PORT_CALL, 0);
		CHECK_EQ(area->call.status, i < LIMIT ? GUEST_OK : GUEST_ELIMIT);
	}
	CHECK_EQ(space_entries(space), LIMIT);
	area->call = (struct guest_call){.call = GUEST_CALL_WITHDRAW,
					 .argument = {FAR_WINDOW + (3 * LIMIT - 2) * PAGE_SIZE, 1}};
	declared_out(m.env.declared, &m.env, &regs, &tables, GUEST_PORT_CALL, 0);
	CHECK_EQ(area->call.status, GUEST_OK);
	area->call = (struct guest_call){.call = GUEST_CALL_WITHDRAW, .argument = {FAR_WINDOW, 3 * LIMIT}};
	declared_out(m.env.declared, &m.env, &regs, &tables, GUEST_PORT_CALL, 0);
	CHECK_EQ(area->call.status, GUEST_OK);
	CHECK_EQ(space_entries(space), 0);
	monitor_end(&m);
	declared_free(d);
	free_memory();
}

CHECK_MAIN(CHECK_TEST(ranges_have_a_limit), CHECK_TEST(the_kernel_is_asked_in_order),
	   CHECK_TEST(a_host_keeper_is_asked_once), CHECK_TEST(a_host_keeper_refuses_first),
	   CHECK_TEST(a_host_keeper_may_not_be_foreseen), CHECK_TEST(memory_may_change_meanwhile),
	   CHECK_TEST(the_other_half_may_change), CHECK_TEST(an_answer_is_for_its_thread),
	   CHECK_TEST(the_record_is_the_whole_state), CHECK_TEST(a_step_is_on_the_page_that_is_named),
	   CHECK_TEST(a_step_of_two_pages), CHECK_TEST(a_step_of_half_an_operand),
	   CHECK_TEST(what_only_a_step_carries_out), CHECK_TEST(a_stepped_page_may_change_meanwhile),
	   CHECK_TEST(a_frame_that_can_be_none), CHECK_TEST(the_kernel_itself_stops_the_guest),
	   CHECK_TEST(withdrawn_pages_are_memory))
