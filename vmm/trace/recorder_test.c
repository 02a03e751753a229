/*
 * recorder_test.c: plans made by hand, told to a recorder as a machine does, and read back from its file.
 */
#include "vmm/trace/recorder.h"

#include "tests/check.h"
#include "vmm/trace/file/reader.h"

#include <stdlib.h>
#include <unistd.h>

#define RANGE 0x5000 /* the range: [0x5000, 0x5800) */
#define CODE 0x1000

static char path[] = "/tmp/recorderXXXXXX";
static struct plan plan; /* large */
static struct insn insn;

struct bench {
	struct recorder recorder;
	struct trace_record read[32];
	unsigned nread;
};

static void begin(struct bench *b)
{
	struct trace_writer_options options = {.path = path, .force = true, .lossless = true};
	struct watched_range range = {.start = RANGE, .size = 0x800};
	struct error e;

	memset(b, 0, sizeof(*b));
	memcpy(path + strlen("/tmp/recorder"), "XXXXXX", 6);
	close(mkstemp(path));
	b->recorder.writer = trace_writer_open(&options, NULL, 0, &e);
	CHECK(b->recorder.writer != NULL);
	CHECK_EQ(watched_add(&b->recorder.watched, &range, 0), 0);
	memset(&plan, 0, sizeof(plan));
	memset(&insn, 0, sizeof(insn));
	insn.length = 3;
	insn.exec = EXEC_STUB;
	plan.insn = &insn;
	plan.code_size = 15;
	plan.before.mode = MODE_64;
	plan.before.rip = plan.transaction.rip = CODE;
	plan.before.cr0 = CR0_PE | CR0_PG;
	plan.before.cr3 = 0x7000;
	plan.transaction.cpl = 3;
	plan.committed = true;
}

/* What stands in the file. */
static void end(struct bench *b)
{
	struct trace_reader *reader;
	struct error e;

	CHECK_EQ(trace_writer_close(b->recorder.writer, NULL, 0, &e), 0);
	reader = trace_reader_open(path, &e);
	CHECK(reader != NULL);
	while (reader && b->nread < 32 && trace_reader_next(reader, &b->read[b->nread], &e) == TRACE_READ_RECORD)
		b->nread++;
	for (unsigned i = 0; i < b->nread; i++)
		b->read[i].keeper = NULL; /* the reader's */
	trace_reader_close(reader);
	watched_free(&b->recorder.watched);
	unlink(path);
}

static struct part *part(enum access_op op, uint64_t gpa, uint64_t gva, uint8_t size, uint8_t value)
{
	struct part *p = &plan.parts[plan.nparts];
	static uint8_t page[PAGE_SIZE];

	*p = (struct part){.access = {.op = op, .gpa = gpa, .size = size, .parts = 1, .has_before = op != ACCESS_STORE},
			   .who = cap_page(page, RIGHTS_ALL),
			   .ref = (uint8_t)plan.nparts};
	p->access.before[0] = value;
	p->access.after[0] = (uint8_t)(value + 1);
	plan.refs[plan.nparts++] = (struct memref){.gva = {gva}, .size = size};
	return p;
}

static void tell(struct bench *b, const struct part *p, enum verdict verdict, bool in_run)
{
	recorder_access(&b->recorder, &plan, &p->access, "memory", verdict, in_run);
}

static void what_a_record_has(void)
{
	const struct part *load, *store;
	struct bench b;

	begin(&b);
	b.recorder.of[0].badge = 9;
	load = part(ACCESS_LOAD, RANGE + 8, 0xffff800000001008, 8, 0x11);
	store = part(ACCESS_STORE, RANGE + 0x10, 0xffff800000001010, 4, 0x22);
	tell(&b, load, VERDICT_DONE, false);
	plan.before.cr4 = CR4_PCIDE;
	plan.before.cr3 = 0x8005; /* with an identifier, which is not the process's own */
	tell(&b, store, VERDICT_DONE, true);
	recorder_way_done(&b.recorder, &plan);
	end(&b);
	CHECK_EQ(b.nread, 2);
	CHECK_EQ(b.read[1].cr3, 0x8000);
	CHECK_EQ(b.read[0].kind, TRACE_LOAD);
	CHECK_EQ(b.read[0].flags, TRACE_BEFORE);
	CHECK_EQ(b.read[0].before[0], 0x11);
	CHECK_EQ(b.read[0].rip, CODE);
	CHECK_EQ(b.read[0].linear, 0xffff800000001008);
	CHECK_EQ(b.read[0].gpa, RANGE + 8);
	CHECK_EQ(b.read[0].code_size, 3);
	CHECK_EQ(b.read[0].cr3, 0x7000);
	CHECK_EQ(b.read[0].badge, 9);
	CHECK_EQ(b.read[0].cpl, 3);
	CHECK_EQ(b.read[0].part, 0);
	CHECK_EQ(b.read[0].parts, 2);
	CHECK_EQ(b.read[1].kind, TRACE_STORE);
	CHECK_EQ(b.read[1].flags, TRACE_AFTER | TRACE_IN_RUN);
	CHECK_EQ(b.read[1].after[0], 0x23);
	CHECK_EQ(b.read[1].part, 1);
	CHECK(b.read[1].tsc >= b.read[0].tsc && b.read[0].tsc > 0);
	CHECK_EQ(b.recorder.counts[PARTS_DONE], 2);
	CHECK_EQ(b.recorder.counts[PARTS_RECORDED], 2);
}

static void what_becomes_of_a_part(void)
{
	static const struct {
		const char *name;
		uint64_t gpa;
		enum access_op op;
		enum verdict verdict;
		bool disarmed, steps;
		enum recorder_count count; /* of these exactly one is 1; PARTS_COUNTS: none */
		unsigned records;
		uint8_t told; /* the verdict in the record */
	} rows[] = {
		{"in the range", RANGE, ACCESS_RMW, VERDICT_DONE, false, false, PARTS_RECORDED, 1, VERDICT_DONE},
		{"across its end", RANGE + 0x7fc, ACCESS_LOAD, VERDICT_DONE, false, false, PARTS_RECORDED, 1,
		 VERDICT_DONE},
		{"beside it", RANGE + 0x900, ACCESS_LOAD, VERDICT_DONE, false, false, PARTS_ELSEWHERE, 0, 0},
		{"on another page", 0x9000, ACCESS_LOAD, VERDICT_DONE, false, false, PARTS_COUNTS, 0, 0},
		{"disarmed", RANGE, ACCESS_LOAD, VERDICT_DONE, true, false, PARTS_DISARMED, 0, 0},
		{"denied", RANGE, ACCESS_STORE, VERDICT_DENY, false, false, PARTS_DENIED, 1, VERDICT_DENY},
		{"denied while disarmed", RANGE, ACCESS_STORE, VERDICT_DENY, true, false, PARTS_COUNTS, 0, 0},
		{"stepped", RANGE, ACCESS_STORE, VERDICT_DONE, false, true, PARTS_RECORDED, 1, VERDICT_STEP},
		{"stepped by the guest's kernel", RANGE, ACCESS_STORE, VERDICT_STEP, false, false, PARTS_RECORDED, 1,
		 VERDICT_STEP},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct part *p;
		struct bench b;

		check_row = rows[i].name;
		begin(&b);
		p = part(rows[i].op, rows[i].gpa, rows[i].gpa, 8, 1);
		p->steps = rows[i].steps;
		b.recorder.watched.pages[0].disarmed = rows[i].disarmed;
		tell(&b, p, rows[i].verdict, false);
		if (rows[i].verdict != VERDICT_DENY)
			recorder_way_done(&b.recorder, &plan);
		end(&b);
		CHECK_EQ(b.nread, rows[i].records);
		for (unsigned c = PARTS_ELSEWHERE; c <= PARTS_DENIED; c++)
			CHECK_EQ(b.recorder.counts[c], c == rows[i].count);
		CHECK_EQ(b.recorder.counts[PARTS_DONE], rows[i].count != PARTS_COUNTS && rows[i].count != PARTS_DENIED);
		CHECK_EQ(b.recorder.counts[WAYS_TRACED], b.recorder.counts[PARTS_DONE]);
		CHECK_EQ(b.recorder.counts[WAYS_ELSEWHERE],
			 rows[i].verdict != VERDICT_DENY && b.recorder.counts[PARTS_DONE] == 0);
		if (b.nread == 1)
			CHECK_EQ(b.read[0].verdict, rows[i].told);
		if (rows[i].verdict == VERDICT_DENY && b.nread == 1)
			CHECK_EQ(b.read[0].flags & (TRACE_BEFORE | TRACE_AFTER), 0);
	}
}

/* Loads of a range whose stores are traced come by where another keeper traps them. */
static void stores_only(void)
{
	struct bench b;

	begin(&b);
	b.recorder.watched.ranges[0].stores_only = true;
	tell(&b, part(ACCESS_LOAD, RANGE, RANGE, 1, 1), VERDICT_DONE, false);
	tell(&b, part(ACCESS_STORE, RANGE, RANGE, 1, 1), VERDICT_DONE, false);
	tell(&b, part(ACCESS_RMW, RANGE, RANGE, 1, 1), VERDICT_DONE, false);
	end(&b);
	CHECK_EQ(b.nread, 2);
	CHECK_EQ(b.recorder.counts[PARTS_FILTERED], 1);
	CHECK_EQ(b.recorder.kinds[TRACE_STORE], 1);
	CHECK_EQ(b.recorder.kinds[TRACE_RMW], 1);
}

static void some_of_many(void)
{
	static const struct {
		const char *name;
		uint64_t after, every, wanted, limit;
		const char *values; /* of those recorded, of 0 to 9 */
	} rows[] = {
		{"all", 0, 0, 0, 0, "0123456789"},
		{"after", 7, 0, 0, 0, "789"},
		{"one of three", 0, 3, 0, 0, "0369"},
		{"five", 0, 1, 5, 0, "01234"},
		{"after two, one of three", 2, 3, 0, 0, "258"},
		{"after two, two, one of three", 2, 3, 2, 0, "25"},
		{"a limit", 0, 0, 0, 4, "0123"},
		{"a limit to what is chosen", 1, 2, 0, 3, "135"},
		{"after all", 20, 0, 0, 0, ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char came[16] = "";
		struct bench b;

		check_row = rows[i].name;
		begin(&b);
		b.recorder.after = rows[i].after;
		b.recorder.every = rows[i].every;
		b.recorder.wanted = rows[i].wanted;
		b.recorder.limit = rows[i].limit;
		for (uint8_t n = 0; n < 10; n++) {
			plan.nparts = 0;
			tell(&b, part(ACCESS_LOAD, RANGE, RANGE, 1, n), VERDICT_DONE, false);
			recorder_way_done(&b.recorder, &plan);
		}
		CHECK_EQ(recorder_has_enough(&b.recorder), rows[i].wanted > 0);
		CHECK_EQ(recorder_is_full(&b.recorder), rows[i].limit > 0);
		end(&b);
		for (unsigned n = 0; n < b.nread; n++)
			came[n] = (char)('0' + b.read[n].before[0]);
		CHECK_STR(came, rows[i].values);
		CHECK_EQ(b.recorder.counts[PARTS_RECORDED] + b.recorder.counts[PARTS_SKIPPED],
			 b.recorder.counts[PARTS_DONE]);
	}
}

static void conditions_are_asked(void)
{
	struct trace_filter *filter = trace_filter_new();
	struct error e;
	struct bench b;

	CHECK(filter && trace_filter_add(filter, "when", "old == 3", &e) == 0);
	begin(&b);
	b.recorder.filter = filter;
	for (uint8_t n = 0; n < 5; n++) {
		plan.nparts = 0;
		tell(&b, part(ACCESS_LOAD, RANGE, RANGE, 1, n), VERDICT_DONE, false);
	}
	recorder_mark(&b.recorder, &(struct trace_record){.kind = TRACE_MARK, .count = 5});
	end(&b);
	trace_filter_free(filter);
	CHECK_EQ(b.nread, 2);
	CHECK_EQ(b.read[0].before[0], 3);
	CHECK_EQ(b.read[1].kind, TRACE_MARK);
	CHECK_EQ(b.recorder.counts[PARTS_FILTERED], 4);
	CHECK_EQ(b.recorder.kinds[TRACE_MARK], 1);
}

/* Elements of a REP are counted by RCX, also where the CPU has done some by itself. */
static void elements_of_a_rep(void)
{
	static const struct {
		uint64_t rip, rcx;
		bool repeats;
		uint32_t repetition;
	} rows[] = {
		{CODE, 100, true, 0},    {CODE, 99, true, 1}, {CODE, 90, true, 10},
		{CODE, 1, false, 99},    {CODE, 50, true, 0}, /* it begins anew */
		{CODE + 8, 49, true, 0}, /* another one */
		{CODE + 8, 60, true, 0}, /* more are left than before: it begins anew */
	};
	struct bench b;

	begin(&b);
	insn.exec = EXEC_STRING;
	insn.fields.rep = true;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		plan.nparts = 0;
		plan.transaction.id = i + 1;
		plan.transaction.rip = plan.before.rip = rows[i].rip;
		plan.before.gpr[GPR_RCX] = rows[i].rcx;
		plan.after.repeats = rows[i].repeats;
		plan.after.regs.rip = rows[i].repeats ? rows[i].rip : rows[i].rip + 2;
		tell(&b, part(ACCESS_LOAD, RANGE, RANGE, 1, 0), VERDICT_DONE, false);
		tell(&b, part(ACCESS_STORE, RANGE + 8, RANGE + 8, 1, 0), VERDICT_DONE, false);
	}
	end(&b);
	for (unsigned i = 0; i < b.nread; i++)
		CHECK_EQ(b.read[i].repetition, rows[i / 2].repetition);
	CHECK_EQ(b.nread, 2 * sizeof(rows) / sizeof(rows[0]));
}

/* What a private step tells: code, tables of which only the physical address is known. */
static void what_is_stepped(void)
{
	struct bench b;

	begin(&b);
	strcpy(plan.stepped, "lgdt [rax]");
	tell(&b, part(ACCESS_LOAD, RANGE, CODE, 3, 0), VERDICT_DONE, false); /* its own bytes */
	tell(&b, part(ACCESS_LOAD, RANGE + 0x10, 0xabc010, 8, 0), VERDICT_DONE, false); /* an operand */
	tell(&b, part(ACCESS_LOAD, RANGE + 0x18, 0xabc020, 8, 0), VERDICT_DONE, false); /* the walk of an address */
	tell(&b, part(ACCESS_STORE, RANGE + 0x20, RANGE + 0x20, 8, 0), VERDICT_DONE, false); /* found changed */
	end(&b);
	CHECK_EQ(b.nread, 4);
	CHECK_EQ(b.read[0].kind, TRACE_FETCH);
	CHECK_EQ(b.read[1].kind, TRACE_LOAD);
	CHECK_EQ(b.read[1].linear, 0xabc010);
	CHECK_EQ(b.read[1].flags, TRACE_STEPPED | TRACE_BEFORE);
	CHECK_EQ(b.read[2].flags, TRACE_STEPPED | TRACE_BEFORE | TRACE_PHYSICAL);
	CHECK_EQ(b.read[2].linear, 0);
	CHECK_EQ(b.read[3].flags, TRACE_STEPPED | TRACE_AFTER | TRACE_PHYSICAL);
}

CHECK_MAIN(CHECK_TEST(what_a_record_has), CHECK_TEST(what_becomes_of_a_part), CHECK_TEST(stores_only),
	   CHECK_TEST(some_of_many), CHECK_TEST(conditions_are_asked), CHECK_TEST(elements_of_a_rep),
	   CHECK_TEST(what_is_stepped))
