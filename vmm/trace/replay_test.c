#include "tests/check.h"
#include "vmm/trace/file/writer.h"
#include "vmm/trace/replay.h"

#include <stdlib.h>
#include <unistd.h>

#define START 0x5000u
#define SIZE 0x2000u

static char path[] = "/tmp/lodestore-replay-XXXXXX";
static uint8_t bytes[SIZE];
static bool stopped;

static void stop(const struct transaction *t, const char *reason)
{
	(void)t;
	(void)reason;
	stopped = true;
}

static const struct witness witness = {.stop = stop};

/* One access of a transaction, as recorded or as made. */
struct step {
	enum access_op op; /* ACCESS_LOAD, ... */
	uint64_t rip, gpa;
	uint8_t size;
	uint8_t part, parts;
	uint8_t before, after; /* the first bytes; others are 0 */
	bool undone; /* when made: the instruction faults in the end */
};

static void put(struct trace_writer *w, const struct step *s)
{
	static const enum trace_kind kinds[] = {
		[ACCESS_LOAD] = TRACE_LOAD, [ACCESS_STORE] = TRACE_STORE, [ACCESS_RMW] = TRACE_RMW};
	struct trace_record r = {
		.kind = kinds[s->op],
		.flags = (uint8_t)(TRACE_BEFORE | (s->op == ACCESS_LOAD ? 0 : TRACE_AFTER)),
		.size = s->size,
		.part = s->part,
		.parts = s->parts ? s->parts : 1,
		.bits = 64,
		.code_size = 1,
		.code = {0x90},
		.rip = s->rip,
		.linear = s->gpa,
		.gpa = s->gpa,
		.before = {s->before},
		.after = {s->op == ACCESS_LOAD ? 0 : s->after},
	};

	CHECK(trace_writer_put(w, &r));
}

/* A trace of these steps, of two pages that are armed; markers stand before step `marker_at`. */
static void write_trace(const struct step *steps, unsigned n, const struct trace_field *head, unsigned nhead,
			const struct trace_record *marker, unsigned marker_at)
{
	struct trace_writer_options o = {.path = path, .force = true, .lossless = true};
	struct trace_record armed = {.kind = TRACE_ARMED, .gpa = START, .count = 0x1000};
	struct error e = {0};
	struct trace_writer *w = trace_writer_open(&o, head, nhead, &e);

	CHECK_AT(w, "%s", e.text);
	if (!w)
		return;
	trace_writer_put(w, &armed);
	armed.gpa += 0x1000;
	trace_writer_put(w, &armed);
	for (unsigned i = 0; i < n; i++) {
		if (marker && i == marker_at)
			trace_writer_put(w, marker);
		put(w, &steps[i]);
	}
	CHECK_AT(trace_writer_close(w, NULL, 0, &e) == 0, "%s", e.text);
}

/* What the machine does with one part: load, store. */
static uint8_t make(struct keeper *k, const struct transaction *t, const struct step *s, struct access *a)
{
	struct answer answer;

	*a = (struct access){
		.op = s->op, .size = s->size, .part = s->part, .parts = s->parts, .offset = s->gpa - START};
	CHECK_EQ(k->ops->admit(k, t, a, &answer), VERDICT_DONE);
	if (s->op != ACCESS_STORE)
		k->ops->load(k, t, a);
	if (s->op != ACCESS_LOAD && !s->undone) {
		a->after[0] = s->after;
		k->ops->store(k, t, a);
	}
	return a->before[0];
}

/* Make the steps: one transaction where parts say so. How many loads got what the steps have as before. */
static unsigned make_all(struct replay *r, const struct step *steps, unsigned n)
{
	struct keeper *k = replay_keeper(r, START, bytes, SIZE);
	struct transaction t = {.witness = &witness};
	struct access accesses[8];
	unsigned right = 0;

	for (unsigned i = 0; i < n && !stopped;) {
		unsigned count = steps[i].parts ? steps[i].parts : 1u;

		t.id++;
		t.rip = steps[i].rip;
		for (unsigned part = 0; part < count; part++)
			right += make(k, &t, &steps[i + part], &accesses[part]) == steps[i + part].before;
		for (unsigned part = 0; part < count && !steps[i].undone; part++)
			k->ops->complete(k, &t, &accesses[part]);
		i += count;
	}
	k->ops->free(k);
	return right;
}

static const struct step recorded[] = {
	{.op = ACCESS_LOAD, .rip = 0x10, .gpa = START, .size = 4, .before = 7},
	{.op = ACCESS_STORE, .rip = 0x11, .gpa = START + 8, .size = 8, .after = 9},
	{.op = ACCESS_RMW, .rip = 0x12, .gpa = START + 16, .size = 1, .before = 3, .after = 4},
	/* push [m]: the store stands first, and the load comes first */
	{.op = ACCESS_STORE, .rip = 0x13, .gpa = START + 0x1000, .size = 8, .part = 0, .parts = 2, .after = 5},
	{.op = ACCESS_LOAD, .rip = 0x13, .gpa = START + 24, .size = 8, .part = 1, .parts = 2, .before = 5},
	{.op = ACCESS_LOAD, .rip = 0x14, .gpa = START, .size = 4, .before = 8},
};

#define RECORDED (sizeof(recorded) / sizeof(recorded[0]))

static void the_same(void)
{
	struct replay_range range;
	struct error e = {0};
	struct replay *r;

	CHECK(mkstemp(path) >= 0);
	write_trace(recorded, RECORDED, NULL, 0, NULL, 0);
	r = replay_open(path, &e);
	CHECK_AT(r, "%s", e.text);
	CHECK_EQ(replay_ranges(r, &range, 1), 1); /* pages side by side are one */
	CHECK_EQ(range.start, START);
	CHECK_EQ(range.size, SIZE);
	CHECK(!range.stores_only);
	memset(bytes, 0, SIZE);
	stopped = false;
	CHECK_EQ(make_all(r, recorded, RECORDED), RECORDED);
	CHECK(!stopped);
	CHECK_EQ(replay_end(r), REPLAY_SAME);
	CHECK_EQ(replay_count(r), RECORDED);
	CHECK_EQ(bytes[0], 8); /* the memory is as it was then */
	CHECK_EQ(bytes[8], 9);
	CHECK_EQ(bytes[16], 4);
	CHECK_EQ(bytes[0x1000], 5);
	replay_close(r);
}

/* An instruction that faults after its load has recorded nothing; it comes again. */
static void what_did_not_happen(void)
{
	struct step made[RECORDED + 2];
	struct error e = {0};
	struct replay *r = replay_open(path, &e);

	made[0] = recorded[0];
	made[0].undone = true;
	memcpy(made + 1, recorded, sizeof(recorded));
	made[RECORDED + 1] = recorded[0];
	made[RECORDED + 1].undone = true; /* and at the end there is nothing to compare it with */
	stopped = false;
	make_all(r, made, RECORDED + 2);
	CHECK(!stopped);
	CHECK_EQ(replay_end(r), REPLAY_SAME);
	CHECK_EQ(replay_count(r), RECORDED);
	replay_close(r);
}

static char *report(const struct replay *r)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	replay_report(r, out);
	fclose(out);
	return text;
}

static void differences(void)
{
	static const struct {
		const char *name;
		unsigned at; /* this step is another one: */
		struct step made;
		unsigned n; /* how many are made */
		enum replay_end end;
		uint64_t count;
		const char *text;
	} rows[] = {
		{"instruction",
		 0,
		 {ACCESS_LOAD, 0x20, START, 4, 0, 0, 0, 0, false},
		 6,
		 REPLAY_DIFFERS,
		 0,
		 "another instruction\n\tthe trace, sequence 2: rip 0x10, load of 4 at gpa 0x5000\n"
		 "\tthe guest: rip 0x20, load of 4 at gpa 0x5000\n"},
		{"address",
		 0,
		 {ACCESS_LOAD, 0x10, START + 1, 4, 0, 0, 0, 0, false},
		 6,
		 REPLAY_DIFFERS,
		 0,
		 "another address\n\tthe trace, sequence 2: rip 0x10, load of 4 at gpa 0x5000\n"
		 "\tthe guest: rip 0x10, load of 4 at gpa 0x5001\n"},
		{"size",
		 1,
		 {ACCESS_STORE, 0x11, START + 8, 4, 0, 0, 0, 9, false},
		 6,
		 REPLAY_DIFFERS,
		 1,
		 "another size\n"},
		{"direction",
		 1,
		 {ACCESS_LOAD, 0x11, START + 8, 8, 0, 0, 0, 0, false},
		 6,
		 REPLAY_DIFFERS,
		 1,
		 "another direction\n"},
		{"value",
		 1,
		 {ACCESS_STORE, 0x11, START + 8, 8, 0, 0, 0, 10, false},
		 6,
		 REPLAY_DIFFERS,
		 1,
		 "another value stored\n\tthe trace, sequence 3: rip 0x11, store of 8 at gpa 0x5008, stored "
		 "0x0000000000000009\n\tthe guest: rip 0x11, store of 8 at gpa 0x5008, stored 0x000000000000000a\n"},
		{"value of a read-modify-write",
		 2,
		 {ACCESS_RMW, 0x12, START + 16, 1, 0, 0, 3, 5, false},
		 6,
		 REPLAY_DIFFERS,
		 2,
		 "stored 0x04\n\tthe guest: rip 0x12, rmw of 1 at gpa 0x5010, stored 0x05\n"},
		{"ends early",
		 0,
		 {ACCESS_LOAD, 0x10, START, 4, 0, 0, 7, 0, false},
		 5,
		 REPLAY_SHORT,
		 5,
		 "5 accesses as in /tmp/"},
		{"goes on",
		 6,
		 {ACCESS_LOAD, 0x15, START, 1, 0, 0, 0, 0, false},
		 7,
		 REPLAY_MORE,
		 6,
		 "the guest goes on\n\tthe guest: rip 0x15, load of 1"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct step made[RECORDED + 1];
		struct error e = {0};
		struct replay *r = replay_open(path, &e);
		char *text;

		check_row = rows[i].name;
		memcpy(made, recorded, sizeof(recorded));
		made[rows[i].at] = rows[i].made;
		stopped = false;
		make_all(r, made, rows[i].n);
		CHECK_EQ(stopped, rows[i].end != REPLAY_SHORT);
		CHECK_EQ(replay_end(r), rows[i].end);
		CHECK_EQ(replay_count(r), rows[i].count);
		text = report(r);
		CHECK_AT(strstr(text, rows[i].text), "%s", text);
		free(text);
		replay_close(r);
	}
}

/* Traces that do not tell all: refused at once, or where it matters. */
static void what_is_missing(void)
{
	static const struct {
		const char *name;
		struct trace_field head;
		struct trace_record marker;
		bool opens;
		enum replay_end end;
		uint64_t count;
	} rows[] = {
		{"conditions", {"conditions", "size=4"}, {.kind = TRACE_KINDS}, false, REPLAY_SAME, 0},
		{"every", {"every", "2"}, {.kind = TRACE_KINDS}, false, REPLAY_SAME, 0},
		{"only stores", {"conditions", "t=w"}, {.kind = TRACE_KINDS}, true, REPLAY_SAME, 6},
		{"a mark", {"image", "x"}, {.kind = TRACE_MARK, .count = 1}, true, REPLAY_SAME, 6},
		{"disarmed", {"image", "x"}, {.kind = TRACE_DISARMED, .gpa = START, .count = 1}, true, REPLAY_GAP, 2},
		{"lost", {"image", "x"}, {.kind = TRACE_LOST, .count = 5}, true, REPLAY_GAP, 2},
		{"armed", {"image", "x"}, {.kind = TRACE_ARMED, .gpa = 0x9000, .count = 1}, true, REPLAY_GAP, 2},
		{"mapped", {"image", "x"}, {.kind = TRACE_MAPPED, .gpa = START, .count = 1}, true, REPLAY_GAP, 2},
		{"written", {"image", "x"}, {.kind = TRACE_WRITTEN, .gpa = START, .count = 1}, true, REPLAY_GAP, 2},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool marks = rows[i].marker.kind != TRACE_KINDS;
		struct error e = {0};
		struct replay *r;

		check_row = rows[i].name;
		write_trace(recorded, RECORDED, &rows[i].head, 1, marks ? &rows[i].marker : NULL, 2);
		r = replay_open(path, &e);
		CHECK_EQ(r != NULL, rows[i].opens);
		if (!r) {
			CHECK_EQ(e.status, STATUS_INPUT);
			continue;
		}
		stopped = false;
		make_all(r, recorded, RECORDED);
		CHECK_EQ(replay_end(r), rows[i].end);
		CHECK_EQ(replay_count(r), rows[i].count);
		replay_close(r);
	}
}

/* Which stores are traced alone, the head says; a recording that was limited ends, and that is no difference. */
static void what_the_head_says(void)
{
	static const struct trace_field head[] = {{"traced.0", "gpa:0x5000+0x2000:w"}, {"for", "6"}};
	struct step made[RECORDED + 1];
	struct replay_range range;
	struct error e = {0};
	struct replay *r;

	write_trace(recorded, RECORDED, head, 2, NULL, 0);
	r = replay_open(path, &e);
	CHECK_EQ(replay_ranges(r, &range, 1), 1);
	CHECK(range.stores_only);
	memcpy(made, recorded, sizeof(recorded));
	made[RECORDED] = recorded[0];
	stopped = false;
	make_all(r, made, RECORDED + 1);
	CHECK(stopped);
	CHECK_EQ(replay_end(r), REPLAY_CUT);
	replay_close(r);
	unlink(path);
	CHECK(replay_open(path, &e) == NULL);
	CHECK_EQ(e.status, STATUS_INPUT);
}

CHECK_MAIN(CHECK_TEST(the_same), CHECK_TEST(what_did_not_happen), CHECK_TEST(differences), CHECK_TEST(what_is_missing),
	   CHECK_TEST(what_the_head_says))
