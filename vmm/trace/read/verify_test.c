/* What verify finds in a handful of records, and what it lets pass. */
#include "vmm/trace/read/verify.h"

#include "capmodel/keeper.h"
#include "tests/check.h"

#include <stdlib.h>

/* One record, the fields that matter. */
struct step {
	enum trace_kind kind;
	uint8_t size;
	const char *code; /* bytes as text, "\x48\x8b\x03" */
	uint64_t gpa, linear; /* linear 0: as gpa */
	uint8_t before, after; /* the first byte */
	uint8_t flags; /* besides what the kind has */
	const char *keeper; /* NULL: memory */
	uint8_t parts, verdict;
	int skip; /* records that are missing before it */
};

#define LOAD8 "\x48\x8b\x03" /* mov rax,[rbx] */
#define STORE8 "\x48\x89\x03" /* mov [rbx],rax */
#define STORE4 "\x89\x03" /* mov [rbx],eax */
#define ADD8 "\x48\x01\x03" /* add [rbx],rax */
#define LOCK_ADD8 "\xf0\x48\x01\x03"
#define PUSH "\x50"
#define MOVSQ "\xf3\x48\xa5" /* rep movsq */
#define LOAD_RIP "\x48\x8b\x05\x10\x01\x01\x01" /* mov rax,[rip+0x1010110] */
#define RIP 0x401000ull

static struct trace_record record_of(const struct step *s, uint64_t sequence)
{
	static const uint8_t page[16] = {0x11, 0x22};
	bool is_access = trace_is_access(s->kind);
	struct trace_record r = {
		.sequence = sequence,
		.tsc = 1000 + sequence,
		.kind = s->kind,
		.flags = s->flags,
		.size = s->size,
		.parts = s->parts ? s->parts : 1,
		.bits = 64,
		.verdict = s->verdict,
		.rip = RIP,
		.gpa = s->gpa,
		.linear = s->linear ? s->linear : s->gpa,
		.count = s->kind == TRACE_ARMED      ? 16
			 : s->kind == TRACE_DISARMED ? 16
						     : 1,
		.keeper = s->keeper ? s->keeper : "memory",
		.bytes = s->kind == TRACE_ARMED                 ? page
			 : s->kind == TRACE_WRITTEN && s->after ? &s->after
								: NULL,
		.nbytes = s->kind == TRACE_ARMED                 ? sizeof(page)
			  : s->kind == TRACE_WRITTEN && s->after ? 1
								 : 0,
	};

	if (!is_access)
		return r;
	r.code_size = (uint8_t)strlen(s->code);
	memcpy(r.code, s->code, r.code_size);
	if (!(s->flags & TRACE_STEPPED) || s->kind != TRACE_STORE)
		r.flags |= TRACE_BEFORE;
	r.before[0] = s->before;
	if (s->kind != TRACE_LOAD && s->kind != TRACE_FETCH) {
		r.flags |= TRACE_AFTER;
		r.after[0] = s->after;
	}
	return r;
}

struct outcome {
	bool right;
	uint64_t violations[VERIFY_KINDS];
	char *text;
};

static struct outcome outcome_of(const struct step *steps, unsigned n, const struct trace_counter *counters,
				 unsigned ncounters, bool selective)
{
	struct outcome o = {.text = NULL};
	size_t size;
	FILE *out = open_memstream(&o.text, &size);
	struct verify *v = verify_new(out);
	uint64_t sequence = 0;

	for (unsigned i = 0; i < n; i++) {
		struct trace_record r;

		sequence += (uint64_t)steps[i].skip;
		r = record_of(&steps[i], sequence++);
		verify_record(v, &r);
	}
	o.right = verify_end(v, counters, ncounters, selective);
	for (unsigned i = 0; i < VERIFY_KINDS; i++)
		o.violations[i] = verify_violations(v, (enum verify_kind)i);
	verify_free(v);
	fclose(out);
	return o;
}

#define ARM                                                                                                            \
	{                                                                                                              \
		.kind = TRACE_ARMED, .gpa = 0x1000                                                                     \
	}
#define RIGHT VERIFY_KINDS

static void records(void)
{
	static const struct {
		const char *name;
		enum verify_kind wrong; /* RIGHT: nothing */
		const char *text;
		unsigned n;
		struct step steps[4];
	} rows[] = {
		{"nothing", RIGHT, "verified: no violation", 0, {ARM}},
		{"a load of what the page held",
		 RIGHT,
		 "1 accesses found what was left there",
		 2,
		 {ARM, {TRACE_LOAD, 1, "\x8a\x03", 0x1000, 0, 0x11, 0, 0, NULL, 0, 0, 0}}},
		{"a load of something else",
		 VERIFY_VALUE,
		 "record 1: values: load at gpa 0x1000 finds 0x12, where record 0 left 0x11",
		 2,
		 {ARM, {TRACE_LOAD, 1, "\x8a\x03", 0x1000, 0, 0x12, 0, 0, NULL, 0, 0, 0}}},
		{"a load of what was stored",
		 RIGHT,
		 "verified",
		 3,
		 {ARM,
		  {TRACE_STORE, 1, "\x88\x03", 0x1000, 0, 0x11, 0x33, 0, NULL, 0, 0, 0},
		  {TRACE_LOAD, 1, "\x8a\x03", 0x1000, 0, 0x33, 0, 0, NULL, 0, 0, 0}}},
		{"a load of what was stored before",
		 VERIFY_VALUE,
		 "record 2: values: load at gpa 0x1000 finds 0x11",
		 3,
		 {ARM,
		  {TRACE_STORE, 1, "\x88\x03", 0x1000, 0, 0x11, 0x33, 0, NULL, 0, 0, 0},
		  {TRACE_LOAD, 1, "\x8a\x03", 0x1000, 0, 0x11, 0, 0, NULL, 0, 0, 0}}},
		{"a store over something else",
		 VERIFY_VALUE,
		 "record 1: values: store",
		 2,
		 {ARM, {TRACE_STORE, 1, "\x88\x03", 0x1000, 0, 0x99, 0x33, 0, NULL, 0, 0, 0}}},
		{"a device answers as it likes",
		 RIGHT,
		 "nothing to compare: 1",
		 2,
		 {ARM, {TRACE_LOAD, 1, "\x8a\x03", 0x1000, 0, 0x12, 0, 0, "counter", 0, 0, 0}}},
		{"a denied access has no value",
		 RIGHT,
		 "verified",
		 2,
		 {ARM, {TRACE_LOAD, 1, "\x8a\x03", 0x1000, 0, 0x12, 0, 0, NULL, 0, VERDICT_DENY, 0}}},
		{"disarmed in between",
		 RIGHT,
		 "verified",
		 3,
		 {ARM,
		  {.kind = TRACE_DISARMED, .gpa = 0x1000},
		  {TRACE_LOAD, 1, "\x8a\x03", 0x1000, 0, 0x12, 0, 0, NULL, 0, 0, 0}}},
		{"written by a device in between",
		 RIGHT,
		 "2 accesses found what was left there",
		 4,
		 {ARM,
		  {TRACE_STORE, 1, "\x88\x03", 0x1000, 0, 0x11, 0x33, 0, NULL, 0, 0, 0},
		  {.kind = TRACE_WRITTEN, .gpa = 0x1000, .after = 0x44},
		  {TRACE_LOAD, 1, "\x8a\x03", 0x1000, 0, 0x44, 0, 0, NULL, 0, 0, 0}}},
		{"a load of what was there before a device wrote",
		 VERIFY_VALUE,
		 "record 2: values: load at gpa 0x1000 finds 0x11, where record 1 left 0x44",
		 3,
		 {ARM,
		  {.kind = TRACE_WRITTEN, .gpa = 0x1000, .after = 0x44},
		  {TRACE_LOAD, 1, "\x8a\x03", 0x1000, 0, 0x11, 0, 0, NULL, 0, 0, 0}}},
		{"written by a device, nobody knows what",
		 RIGHT,
		 "nothing to compare: 1",
		 3,
		 {ARM,
		  {.kind = TRACE_WRITTEN, .gpa = 0x1000},
		  {TRACE_LOAD, 1, "\x8a\x03", 0x1000, 0, 0x77, 0, 0, NULL, 0, 0, 0}}},
		{"lost in between",
		 RIGHT,
		 "lost          1 records",
		 3,
		 {ARM, {.kind = TRACE_LOST}, {TRACE_LOAD, 1, "\x8a\x03", 0x1000, 0, 0x12, 0, 0, NULL, 0, 0, 0}}},
		{"beside what is armed",
		 RIGHT,
		 "verified",
		 3,
		 {ARM,
		  {TRACE_STORE, 1, "\x88\x03", 0x1010, 0, 0x00, 0x33, 0, NULL, 0, 0, 0},
		  {TRACE_LOAD, 1, "\x8a\x03", 0x1010, 0, 0x44, 0, 0, NULL, 0, 0, 0}}},
		{"a gap",
		 VERIFY_ORDER,
		 "record 2: order: record 1 was to come",
		 2,
		 {ARM, {TRACE_LOAD, 8, LOAD8, 0x2000, 0, 0, 0, 0, NULL, 0, 0, 1}}},
		{"the first one is missing",
		 VERIFY_ORDER,
		 "record 1: order: the first record is not record 0",
		 1,
		 {{TRACE_LOAD, 8, LOAD8, 0x2000, 0, 0, 0, 0, NULL, 0, 0, 1}}},
		{"reordered",
		 VERIFY_ORDER,
		 "record 0: order: record 1 was to come",
		 2,
		 {ARM, {TRACE_LOAD, 8, LOAD8, 0x2000, 0, 0, 0, 0, NULL, 0, 0, -1}}},
		{"a size of 0",
		 VERIFY_RECORD,
		 "its size",
		 1,
		 {{TRACE_LOAD, 0, LOAD8, 0x2000, 0, 0, 0, 0, NULL, 0, 0, 0}}},
		{"a verdict that is none",
		 VERIFY_RECORD,
		 "its verdict",
		 1,
		 {{TRACE_LOAD, 8, LOAD8, 0x2000, 0, 0, 0, 0, NULL, 0, 9, 0}}},
		{"beyond the last address",
		 VERIFY_RECORD,
		 "beyond the last address",
		 1,
		 {{TRACE_LOAD, 8, LOAD8, 0xfffffffffffffffc, 0, 0, 0, 0, NULL, 0, 0, 0}}},
		{"linear and physical address apart",
		 VERIFY_RECORD,
		 "not at the same place of a page",
		 1,
		 {{TRACE_LOAD, 8, LOAD8, 0x2000, 0x7008, 0, 0, 0, NULL, 0, 0, 0}}},
		{"only a physical address",
		 RIGHT,
		 "verified",
		 1,
		 {{TRACE_LOAD, 8, LOAD8, 0x2008, 0, 0, 0, TRACE_STEPPED | TRACE_IMPLICIT | TRACE_PHYSICAL, NULL, 0, 0,
		   0}}},
		{"a store by mov",
		 RIGHT,
		 "1 accesses are of their instructions",
		 1,
		 {{TRACE_STORE, 8, STORE8, 0x2000, 0, 0, 0, 0, NULL, 0, 0, 0}}},
		{"a load by a store",
		 VERIFY_INSN,
		 "record 0: instruction: load of 8 bytes at 0x2000: 'mov [rbx],rax' at 0x401000 does not do "
		 "that",
		 1,
		 {{TRACE_LOAD, 8, STORE8, 0x2000, 0, 0, 0, 0, NULL, 0, 0, 0}}},
		{"a store of the wrong size",
		 VERIFY_INSN,
		 "has no operand of this size",
		 1,
		 {{TRACE_STORE, 8, STORE4, 0x2000, 0, 0, 0, 0, NULL, 0, 0, 0}}},
		{"a piece alone",
		 VERIFY_INSN,
		 "has no operand of this size",
		 1,
		 {{TRACE_STORE, 4, STORE8, 0x2000, 0, 0, 0, 0, NULL, 0, 0, 0}}},
		{"a piece of two", RIGHT, "verified", 1, {{TRACE_STORE, 4, STORE8, 0x2000, 0, 0, 0, 0, NULL, 2, 0, 0}}},
		{"a load by a modification",
		 VERIFY_INSN,
		 "does not do that",
		 1,
		 {{TRACE_LOAD, 8, ADD8, 0x2000, 0, 0, 0, 0, NULL, 0, 0, 0}}},
		{"a modification", RIGHT, "verified", 1, {{TRACE_RMW, 8, ADD8, 0x2000, 0, 0, 0, 0, NULL, 0, 0, 0}}},
		{"locked",
		 RIGHT,
		 "verified",
		 1,
		 {{TRACE_RMW, 8, LOCK_ADD8, 0x2000, 0, 0, 0, TRACE_LOCKED, NULL, 0, 0, 0}}},
		{"locked without lock",
		 VERIFY_INSN,
		 "in this way",
		 1,
		 {{TRACE_RMW, 8, ADD8, 0x2000, 0, 0, 0, TRACE_LOCKED, NULL, 0, 0, 0}}},
		{"a push",
		 RIGHT,
		 "verified",
		 1,
		 {{TRACE_STORE, 8, PUSH, 0x2000, 0, 0, 0, TRACE_IMPLICIT, NULL, 0, 0, 0}}},
		{"a push that is explicit",
		 VERIFY_INSN,
		 "in this way",
		 1,
		 {{TRACE_STORE, 8, PUSH, 0x2000, 0, 0, 0, 0, NULL, 0, 0, 0}}},
		{"a string's load and store",
		 RIGHT,
		 "2 accesses are of their instructions",
		 2,
		 {{TRACE_LOAD, 8, MOVSQ, 0x2000, 0, 0, 0, TRACE_IMPLICIT, NULL, 2, 0, 0},
		  {TRACE_STORE, 8, MOVSQ, 0x3000, 0, 0, 0, TRACE_IMPLICIT, NULL, 2, 0, 0}}},
		{"at its address",
		 RIGHT,
		 "verified",
		 1,
		 {{TRACE_LOAD, 8, LOAD_RIP, 0x2117, RIP + 7 + 0x1010110, 0, 0, 0, NULL, 0, 0, 0}}},
		{"at another address",
		 VERIFY_INSN,
		 "has its operand elsewhere",
		 1,
		 {{TRACE_LOAD, 8, LOAD_RIP, 0x2118, RIP + 8 + 0x1010110, 0, 0, 0, NULL, 0, 0, 0}}},
		{"code cut short",
		 VERIFY_INSN,
		 "are no instruction",
		 1,
		 {{TRACE_LOAD, 8, "\x48\x8b", 0x2000, 0, 0, 0, 0, NULL, 0, 0, 0}}},
		{"code too long",
		 VERIFY_INSN,
		 "4 bytes of code hold",
		 1,
		 {{TRACE_LOAD, 8, LOAD8 "\x90", 0x2000, 0, 0, 0, 0, NULL, 0, 0, 0}}},
		{"stepped: what it could reach",
		 RIGHT,
		 "1 single-stepped",
		 1,
		 {{TRACE_LOAD, 8, STORE8, 0x2000, 0, 0, 0, TRACE_STEPPED | TRACE_IMPLICIT, NULL, 0, 0, 0}}},
		{"stepped: its operand",
		 RIGHT,
		 "1 accesses are of their instructions",
		 1,
		 {{TRACE_STORE, 8, STORE8, 0x2000, 0, 0, 0, TRACE_STEPPED, NULL, 0, 0, 0}}},
		{"stepped: no operand of its",
		 VERIFY_INSN,
		 "does not do that",
		 1,
		 {{TRACE_LOAD, 8, STORE8, 0x2000, 0, 0, 0, TRACE_STEPPED, NULL, 0, 0, 0}}},
		{"a fetch of its code",
		 RIGHT,
		 "verified",
		 1,
		 {{TRACE_FETCH, 3, LOAD8, 0x2000, RIP, 0, 0, TRACE_STEPPED, NULL, 0, 0, 0}}},
		{"a fetch elsewhere",
		 VERIFY_INSN,
		 "fetch at 0x2000",
		 1,
		 {{TRACE_FETCH, 3, LOAD8, 0x2000, 0, 0, 0, TRACE_STEPPED, NULL, 0, 0, 0}}},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct outcome o = outcome_of(rows[i].steps, rows[i].n, NULL, 0, false);

		check_row = rows[i].name;
		CHECK_EQ(o.right, rows[i].wrong == RIGHT);
		for (unsigned kind = 0; kind < VERIFY_KINDS; kind++)
			CHECK_EQ(o.violations[kind], kind == rows[i].wrong);
		CHECK_AT(strstr(o.text, rows[i].text) != NULL, "not in: %s", o.text);
		free(o.text);
	}
}

static void counters(void)
{
	static const struct step steps[] = {ARM, {TRACE_LOAD, 1, "\x8a\x03", 0x1000, 0, 0x11, 0, 0, NULL, 0, 0, 0}};
	static const struct {
		const char *name;
		bool right;
		const char *text;
		unsigned n;
		struct trace_counter counters[4];
	} rows[] = {
		{"all right",
		 true,
		 "verified",
		 4,
		 {{"records.load", 1}, {"records.armed", 1}, {"parts.recorded", 1}, {"parts.done", 1}}},
		{"one load too few",
		 false,
		 "the foot's records.load is 2, but the file has 1",
		 1,
		 {{"records.load", 2}}},
		{"none of a kind",
		 false,
		 "the foot's records.store is 1, but the file has 0",
		 1,
		 {{"records.store", 1}}},
		{"parts",
		 false,
		 "parts.done is 3, but what became of them adds up to 2",
		 3,
		 {{"parts.recorded", 1}, {"parts.filtered", 1}, {"parts.done", 3}}},
		{"exits",
		 false,
		 "exits.trap is 3, but what became of them adds up to 2",
		 3,
		 {{"exits.trap", 3}, {"begun.trap", 2}, {"ended.trap.done", 2}}},
		{"exits by MMIO",
		 true,
		 "verified",
		 4,
		 {{"exits.mmio", 3}, {"begun.mmio", 2}, {"ended.mmio.done", 2}, {"mmio.absent", 1}}},
		{"ways",
		 false,
		 "begun.run is 2, but what became of them adds up to 1",
		 3,
		 {{"begun.run", 2}, {"ended.run.done", 1}, {"ended.trap.done", 1}}},
		{"lost at the end", true, "lost          7 records", 1, {{"lost", 7}}},
		{"lost, and the verdict says so", true, "no violation in what was not lost", 1, {{"lost", 7}}},
		{"what became of parts",
		 true,
		 "2 exits: port 2\n",
		 4,
		 {{"exits.port", 2}, {"parts.done", 3}, {"parts.recorded", 1}, {"parts.elsewhere", 2}}},
		{"exits of another kind",
		 false,
		 "runs is 3, but what became of them adds up to 4",
		 3,
		 {{"runs", 3}, {"exits.port", 3}, {"exits.hlt", 1}}},
		{"unknown ones", true, "verified", 1, {{"frobs", 7}}},
		{"ways that are done",
		 false,
		 "ways.traced + ways.elsewhere is 3, but what became of them adds up to 2",
		 4,
		 {{"ways.traced", 1}, {"ways.elsewhere", 2}, {"ended.trap.done", 2}, {"ended.trap.fault", 1}}},
		{"taken, and written",
		 true,
		 "verified",
		 4,
		 {{"taken.load", 1}, {"taken.store", 0}, {"parts.recorded", 1}, {"parts.denied", 0}}},
		{"taken, and not written when the disk was full",
		 true,
		 "no violation in what was not lost",
		 4,
		 {{"taken.load", 4}, {"parts.recorded", 4}, {"lost", 4}, {"parts.lost", 1}}},
		{"taken, and not there",
		 false,
		 "3 records that were taken are not in the file, of which 2 are told as lost",
		 4,
		 {{"taken.load", 4}, {"parts.recorded", 4}, {"lost", 3}, {"parts.lost", 1}}},
		{"never taken",
		 false,
		 "the foot's taken.load is 0, but the file has 1",
		 2,
		 {{"taken.load", 0}, {"parts.done", 0}}},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct outcome o = outcome_of(steps, 2, rows[i].counters, rows[i].n, false);

		check_row = rows[i].name;
		CHECK_EQ(o.right, rows[i].right);
		CHECK_EQ(o.violations[VERIFY_COUNT], !rows[i].right);
		CHECK_AT(strstr(o.text, rows[i].text) != NULL, "not in: %s", o.text);
		free(o.text);
	}
}

static void records_left_out_break_the_chain(void)
{
	static const struct step steps[] = {ARM, {TRACE_LOAD, 1, "\x8a\x03", 0x1000, 0, 0x12, 0, 0, NULL, 0, 0, 0}};
	static const struct trace_counter filtered = {"parts.filtered", 1};
	struct outcome o = outcome_of(steps, 2, &filtered, 1, true);

	CHECK(o.right);
	CHECK(strstr(o.text, "not beyond records that were left out") != NULL);
	free(o.text);
	/* only loads were, of ranges whose stores are traced */
	o = outcome_of(steps, 2, &filtered, 1, false);
	CHECK(!o.right);
	CHECK_EQ(o.violations[VERIFY_VALUE], 1);
	free(o.text);
}

static void a_foot_without_counts(void)
{
	const struct trace_counter counters[] = {{"parts.done", 0}, {"exits.trap", 0}};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct verify *v = verify_new(out);

	verify_counted(v, counters, 2);
	CHECK(!verify_end(v, counters, 2, false));
	CHECK_EQ(verify_violations(v, VERIFY_COUNT), 1);
	verify_free(v);
	fclose(out);
	CHECK_AT(strstr(text, "counts: the foot does not count exits.emulation, exits.mmio, begun.trap"), "%s", text);
	CHECK(!strstr(text, "parts.done"));
	free(text);
}

static void only_the_first_of_many_are_told(void)
{
	static struct step steps[100];
	struct outcome o;
	unsigned told = 0;

	for (unsigned i = 0; i < 100; i++)
		steps[i] = (struct step){TRACE_LOAD, 8, STORE8, 0x2000, 0, 0, 0, 0, NULL, 0, 0, 0};
	o = outcome_of(steps, 100, NULL, 0, false);
	for (const char *at = o.text; (at = strstr(at, "violation at")) != NULL; at++)
		told++;
	CHECK_EQ(told, 10);
	CHECK(strstr(o.text, "NOT verified: 100 violations: instruction 100\n") != NULL);
	free(o.text);
}

static void time_goes_on(void)
{
	struct step step = {TRACE_LOAD, 8, LOAD8, 0x2000, 0, 0, 0, 0, NULL, 0, 0, 0};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct verify *v = verify_new(out);
	struct trace_record r = record_of(&step, 0);

	verify_record(v, &r);
	r.sequence = 1, r.vcpu = 1, r.tsc = 5; /* another vCPU's clock is its own */
	verify_record(v, &r);
	CHECK_EQ(verify_violations(v, VERIFY_ORDER), 0);
	r.sequence = 2, r.tsc = 4;
	verify_record(v, &r);
	CHECK_EQ(verify_violations(v, VERIFY_ORDER), 1);
	verify_file(v, 3, "frame 7 at byte 99: checksum");
	CHECK(!verify_end(v, NULL, 0, false));
	fclose(out);
	CHECK(strstr(text, "violation at record 3: file: frame 7 at byte 99: checksum\n") != NULL);
	free(text);
	verify_free(v);
}

CHECK_MAIN(CHECK_TEST(records), CHECK_TEST(counters), CHECK_TEST(a_foot_without_counts),
	   CHECK_TEST(records_left_out_break_the_chain), CHECK_TEST(only_the_first_of_many_are_told),
	   CHECK_TEST(time_goes_on))
