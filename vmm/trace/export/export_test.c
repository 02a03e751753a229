#include "capmodel/keeper.h"
#include "tests/check.h"
#include "vmm/trace/export/export.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUT_MAX 65536

static char folder[] = "/tmp/lodestore-export-XXXXXX";
static char path[64];

/* What happened: a load, a locked add, a call through memory onto a traced stack, and what did not happen. */
static const struct trace_record records[] = {
	{.sequence = 0, .tsc = 1000, .kind = TRACE_ARMED, .gpa = 0x5000, .count = 4096},
	{.sequence = 1,
	 .tsc = 2000,
	 .kind = TRACE_LOAD,
	 .flags = TRACE_BEFORE | TRACE_AFTER,
	 .size = 8,
	 .parts = 1,
	 .cpl = 3,
	 .bits = 64,
	 .code_size = 3,
	 .code = {0x48, 0x8b, 0x03},
	 .rip = 0x401000,
	 .linear = 0x7000,
	 .gpa = 0x5000,
	 .cr3 = 0x1000,
	 .before = {1, 2},
	 .after = {1, 2},
	 .keeper = "watch,new=0:\"memory"},
	{.sequence = 2,
	 .tsc = 3000,
	 .kind = TRACE_RMW,
	 .flags = TRACE_BEFORE | TRACE_AFTER | TRACE_LOCKED | TRACE_IN_RUN,
	 .size = 4,
	 .parts = 1,
	 .cpl = 3,
	 .bits = 64,
	 .code_size = 4,
	 .code = {0xf0, 0x83, 0x03, 0x01},
	 .rip = 0x401003,
	 .linear = 0x7008,
	 .gpa = 0x5008,
	 .before = {0xff},
	 .after = {0, 1},
	 .keeper = "memory"},
	{.sequence = 3,
	 .tsc = 4000,
	 .kind = TRACE_LOAD,
	 .flags = TRACE_BEFORE,
	 .size = 8,
	 .part = 0,
	 .parts = 2,
	 .cpl = 3,
	 .bits = 64,
	 .code_size = 2,
	 .code = {0xff, 0x13},
	 .rip = 0x401007,
	 .linear = 0x7010,
	 .gpa = 0x5010,
	 .keeper = "memory"},
	{.sequence = 4,
	 .tsc = 4000,
	 .kind = TRACE_STORE,
	 .flags = TRACE_AFTER | TRACE_IMPLICIT,
	 .size = 8,
	 .part = 1,
	 .parts = 2,
	 .cpl = 3,
	 .bits = 64,
	 .code_size = 2,
	 .code = {0xff, 0x13},
	 .rip = 0x401007,
	 .linear = 0x7ff8,
	 .gpa = 0x5ff8,
	 .after = {9, 0x10, 0x40},
	 .keeper = "memory"},
	{.sequence = 5,
	 .tsc = 5000,
	 .kind = TRACE_STORE,
	 .flags = TRACE_AFTER,
	 .size = 1,
	 .parts = 1,
	 .cpl = 3,
	 .bits = 64,
	 .verdict = VERDICT_DENY,
	 .code_size = 2,
	 .code = {0x88, 0x03},
	 .rip = 0x401009,
	 .linear = 0x7000,
	 .gpa = 0x5000,
	 .keeper = "deny"},
	{.sequence = 6,
	 .tsc = 6000,
	 .kind = TRACE_STORE,
	 .flags = TRACE_AFTER | TRACE_PHYSICAL | TRACE_STEPPED,
	 .size = 16,
	 .parts = 1,
	 .bits = 64,
	 .gpa = 0x5020,
	 .rip = 0xffffffff80001000,
	 .after = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}},
	{.sequence = 7, .tsc = 7000, .kind = TRACE_MARK, .count = 42, .text = "here, \"now\"\n\\ \xc3\xa9\xff"},
};

#define RECORDS (sizeof(records) / sizeof(records[0]))

/* Read the result: its size; and remove it. */
static size_t take(char out[OUT_MAX])
{
	FILE *file = fopen(path, "re");
	size_t size = file ? fread(out, 1, OUT_MAX - 1, file) : 0;

	CHECK(file != NULL);
	if (file)
		fclose(file);
	out[size] = '\0';
	unlink(path);
	return size;
}

static int put_all(struct export *x, struct error *e)
{
	for (unsigned i = 0; i < RECORDS; i++)
		if (export_put(x, &records[i], e) < 0)
			return -1;
	return 0;
}

static const char *function(const void *self, uint64_t rip)
{
	return rip >= 0x401000 && rip < 0x401007 ? self : NULL;
}

static bool object(const void *self, uint64_t linear, char text[PLACE_TEXT])
{
	(void)self;
	snprintf(text, PLACE_TEXT, "%s", linear == 0x7000 ? "list.\"head\"" : "");
	return linear == 0x7000;
}

static void convert(const char *format, bool full, bool physical)
{
	struct export_options o = {.format = format,
				   .output = path,
				   .full = full,
				   .physical = physical,
				   .function = function,
				   .object = object,
				   .self = "copy"};
	struct error e = {0};
	struct export *x = export_open(&o, &e);

	check_row = format;
	CHECK_AT(x, "%s", e.text);
	if (!x)
		return;
	CHECK_AT(put_all(x, &e) == 0, "%s", e.text);
	CHECK(access(path, F_OK) < 0); /* not before it is whole */
	CHECK_AT(export_finish(x, &e) == 0, "%s", e.text);
}

static void text_formats(void)
{
	static const struct {
		const char *format;
		bool physical;
		const char *text;
	} rows[] = {
		{"lackey", false,
		 "I  00401000,3\n L 00007000,8\nI  00401003,4\n M 00007008,4\nI  00401007,2\n L 00007010,8\n"
		 " S 00007ff8,8\n S 00005020,16\n"},
		{"lackey", true,
		 "I  00401000,3\n L 00005000,8\nI  00401003,4\n M 00005008,4\nI  00401007,2\n L 00005010,8\n"
		 " S 00005ff8,8\n S 00005020,16\n"},
		{"din", false,
		 "2 401000 3\n0 7000 8\n2 401003 4\n0 7008 4\n1 7008 4\n2 401007 2\n0 7010 8\n1 7ff8 8\n1 5020 10\n"},
		{"xdin", false,
		 "i 401000 3\nr 7000 8\ni 401003 4\nr 7008 4\nw 7008 4\ni 401007 2\nr 7010 8\nw 7ff8 8\nw 5020 10\n"},
		{"csv", false,
		 "sequence,tsc,vcpu,kind,size,part,parts,repetition,rip,linear,gpa,old,new,code,bits,cpl,cr3,badge,"
		 "keeper,verdict,flags,count,text,function,object\r\n"
		 "0,1000,0,armed,,,,,,,0x5000,,,,,,,,,,,4096,,,\r\n"
		 "1,2000,0,load,8,0,1,0,0x401000,0x7000,0x5000,0x0000000000000201,0x0000000000000201,488b03,64,3,"
		 "0x1000,0x0,\"watch,new=0:\"\"memory\",done,,,,\"copy\",\"list.\"\"head\"\"\"\r\n"
		 "2,3000,0,rmw,4,0,1,0,0x401003,0x7008,0x5008,0x000000ff,0x00000100,f0830301,64,3,0x0,0x0,\"memory\","
		 "done,locked|in-run,,,\"copy\",\r\n"
		 "3,4000,0,load,8,0,2,0,0x401007,0x7010,0x5010,0x0000000000000000,,ff13,64,3,0x0,0x0,\"memory\",done,,,"
		 ",,\r\n"
		 "4,4000,0,store,8,1,2,0,0x401007,0x7ff8,0x5ff8,,0x0000000000401009,ff13,64,3,0x0,0x0,\"memory\",done,"
		 "implicit,,,,\r\n"
		 "5,5000,0,store,1,0,1,0,0x401009,0x7000,0x5000,,0x00,8803,64,3,0x0,0x0,\"deny\",deny,,,,,\"list."
		 "\"\"head\"\"\"\r\n"
		 "6,6000,0,store,16,0,1,0,0xffffffff80001000,,0x5020,,0x100f0e0d0c0b0a090807060504030201,,64,0,0x0,0x0,"
		 ",done,stepped,,,,\r\n"
		 "7,7000,0,mark,,,,,,,,,,,,,,,,,,42,\"here, \"\"now\"\"?\\ \xc3\xa9?\",,\r\n"},
		{"chrome", false,
		 "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"writer\":\"lodestore\"},\"traceEvents\":[\n"
		 "{\"ph\":\"M\",\"pid\":1,\"tid\":0,\"ts\":0.000,\"cat\":\"__metadata\",\"name\":\"process_name\","
		 "\"args\":{\"name\":"
		 "\"virtual CPUs\"}},\n"
		 "{\"ph\":\"M\",\"pid\":2,\"tid\":0,\"ts\":0.000,\"cat\":\"__metadata\",\"name\":\"process_name\","
		 "\"args\":{\"name\":"
		 "\"pages\"}},\n"
		 "{\"ph\":\"M\",\"pid\":1,\"tid\":1,\"ts\":0.000,\"cat\":\"__metadata\",\"name\":\"thread_name\","
		 "\"args\":{\"name\":\"vCPU 0\"}},\n"
		 "{\"ph\":\"i\",\"pid\":1,\"tid\":1,\"ts\":0.000,\"s\":\"g\",\"name\":\"armed\",\"cat\":\"marker\","
		 "\"args\":{\"sequence\":0,\"gpa\":\"0x5000\",\"count\":\"4096\",\"text\":null}},\n"
		 "{\"ph\":\"M\",\"pid\":2,\"tid\":6,\"ts\":0.000,\"cat\":\"__metadata\",\"name\":\"thread_name\","
		 "\"args\":{\"name\":"
		 "\"0x5000+0x1000\"}},\n"
		 "{\"ph\":\"i\",\"pid\":1,\"tid\":1,\"ts\":6.000,\"s\":\"g\",\"name\":\"mark\",\"cat\":\"marker\","
		 "\"args\":{\"sequence\":7,\"gpa\":\"0x0\",\"count\":\"42\",\"text\":\"here, \\\"now\\\"?\\\\ "
		 "\xc3\xa9?\"}},\n"
		 "{\"ph\":\"X\",\"pid\":2,\"tid\":6,\"ts\":1.000,\"dur\":4.000,\"cat\":\"burst\",\"name\":\"page "
		 "0x5000\",\"args\":{\"first\":1,\"bytes\":44,\"load\":2,\"store\":2,\"rmw\":1,\"fetch\":0}},\n"
		 "{\"ph\":\"C\",\"pid\":1,\"tid\":0,\"ts\":0.000,\"cat\":\"accesses\",\"name\":\"accesses\",\"args\":{"
		 "\"load\":2,"
		 "\"store\":2,\"rmw\":1,\"fetch\":0}},\n"
		 "{\"ph\":\"C\",\"pid\":1,\"tid\":0,\"ts\":1000.000,\"cat\":\"accesses\",\"name\":\"accesses\","
		 "\"args\":{\"load\":0,"
		 "\"store\":0,\"rmw\":0,\"fetch\":0}}\n]}\n"},
	};
	char out[OUT_MAX];

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		convert(rows[i].format, false, rows[i].physical);
		take(out);
		CHECK_STR(out, rows[i].text);
	}
}

static uint64_t number(const char *at, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, at, size);
	return value;
}

static void champsim_has_its_structure(void)
{
	static const struct {
		uint64_t ip;
		uint8_t branch, writes[2], reads[4];
		uint64_t stores[2], loads[4];
	} rows[] = {
		{0x401000, 0, {0, 0}, {0, 0, 0, 0}, {0, 0}, {0x7000, 0, 0, 0}},
		{0x401003, 0, {0, 0}, {0, 0, 0, 0}, {0x7008, 0}, {0x7008, 0, 0, 0}},
		{0x401007, 1, {26, 6}, {26, 6, 1, 0}, {0x7ff8, 0}, {0x7010, 0, 0, 0}}, /* call [rbx] */
		{0xffffffff80001000, 0, {0, 0}, {0, 0, 0, 0}, {0x5020, 0}, {0, 0, 0, 0}},
	};
	char out[OUT_MAX];

	convert("champsim", false, false);
	CHECK_EQ(take(out), 64 * 4);
	for (unsigned i = 0; i < 4; i++) {
		const char *at = out + 64 * i;

		CHECK_EQ(number(at, 8), rows[i].ip);
		CHECK_EQ(at[8], rows[i].branch);
		CHECK_EQ(at[9], rows[i].branch);
		CHECK(memcmp(at + 10, rows[i].writes, 2) == 0);
		CHECK(memcmp(at + 12, rows[i].reads, 4) == 0);
		CHECK(memcmp(at + 16, rows[i].stores, 16) == 0);
		CHECK(memcmp(at + 32, rows[i].loads, 32) == 0);
	}
}

/* More loads than an entry has place for: another of the same instruction. And one CPU only. */
static void champsim_has_no_place(void)
{
	struct export_options o = {.format = "champsim", .output = path};
	struct trace_record r = {.kind = TRACE_LOAD, .size = 4, .parts = 6, .code_size = 1, .bits = 64, .rip = 0x10};
	struct error e = {0};
	struct export *x = export_open(&o, &e);
	char out[OUT_MAX];

	for (r.part = 0; r.part < 6; r.part++) {
		r.linear = 0x100u + r.part;
		CHECK(export_put(x, &r, &e) == 0);
	}
	CHECK(export_finish(x, &e) == 0);
	CHECK_EQ(take(out), 128);
	CHECK_EQ(number(out + 56, 8), 0x103);
	CHECK_EQ(number(out + 64, 8), 0x10);
	CHECK_EQ(number(out + 96, 8), 0x104);
	CHECK_EQ(number(out + 104, 8), 0x105);
	CHECK_EQ(number(out + 112, 8), 0);

	x = export_open(&o, &e);
	CHECK(export_put(x, &r, &e) == 0);
	r.vcpu = 1;
	CHECK(export_put(x, &r, &e) < 0);
	CHECK_EQ(e.status, STATUS_USAGE);
	export_drop(x);
	CHECK(access(path, F_OK) < 0);
}

static void drmemtrace_has_its_entries(void)
{
	static const struct {
		unsigned type, size;
		uint64_t value;
	} rows[] = {
		{25, 0, 5}, /* header */
		{28, 12, 5}, /* marker: version */
		{28, 9, 0x403c0}, /* marker: file type */
		{22, 4, 1}, /* thread */
		{24, 4, 1}, /* process */
		{28, 10, 64}, /* marker: cache line */
		{28, 18, 4096}, /* marker: page */
		{28, 2, 2}, /* marker: time */
		{28, 3, 0}, /* marker: CPU */
		{47, 3, 0x038b48}, /* encoding */
		{10, 3, 0x401000}, /* instruction */
		{0, 8, 0x7000},    {47, 4, 0x010383f0}, {10, 4, 0x401003}, {0, 4, 0x7008},
		{1, 4, 0x7008},    {47, 2, 0x13ff},     {15, 2, 0x401007}, /* an indirect call */
		{0, 8, 0x7010},    {1, 8, 0x7ff8},      {1, 16, 0x5020}, /* of an event's delivery: no instruction */
		{28, 101, 42}, /* the guest's mark */
		{23, 4, 1}, /* thread exit */
		{26, 0, 0}, /* footer */
	};
	const size_t n = sizeof(rows) / sizeof(rows[0]);
	char out[OUT_MAX];

	convert("drmemtrace", false, false);
	CHECK_EQ(take(out), 12 * n);
	for (unsigned i = 0; i < n; i++) {
		CHECK_EQ(number(out + 12 * i, 2), rows[i].type);
		CHECK_EQ(number(out + 12 * i + 2, 2), rows[i].size);
		CHECK_EQ(number(out + 12 * i + 4, 8), rows[i].value);
	}
}

static void chrome_tells_each_access(void)
{
	char out[OUT_MAX];

	convert("chrome", true, false);
	take(out);
	CHECK(strstr(out,
		     "{\"ph\":\"i\",\"pid\":1,\"tid\":1,\"ts\":2.000,\"s\":\"t\",\"name\":\"rmw 0x7008\",\"cat\":"
		     "\"rmw\",\"args\":{\"sequence\":2,\"rip\":\"0x401003\",\"gpa\":\"0x5008\",\"linear\":\"0x7008\","
		     "\"size\":4,\"function\":\"copy\",\"old\":\"0x000000ff\",\"new\":\"0x00000100\",\"keeper\":"
		     "\"memory\"}}"));
	CHECK(strstr(out, "\"name\":\"load list.\\\"head\\\"\",\"cat\":\"load\""));
	CHECK(!strstr(out, "\"ph\":\"X\""));
	CHECK(!strstr(out, "\"ph\":\"C\""));
	CHECK(strstr(out, "\"keeper\":null"));
}

/* Bursts: pages that take each other's place in the table, a pause, and time that runs backwards. */
static void chrome_ends_bursts(void)
{
	static const struct {
		uint64_t tsc, page; /* without a head a cycle is a nanosecond */
	} rows[] = {{0, 1}, {5000, 1}, {6000, 2}, {7000, 0x400}, {7000000, 2}, {6000000, 2}, {1, 2}};
	struct export_options o = {.format = "chrome", .output = path};
	struct trace_record r = {.kind = TRACE_STORE, .size = 1, .parts = 1};
	struct error e = {0};
	struct export *x = export_open(&o, &e);
	unsigned bursts = 0;
	char out[OUT_MAX];

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r.tsc = rows[i].tsc;
		r.gpa = rows[i].page << 12;
		CHECK(export_put(x, &r, &e) == 0);
	}
	CHECK(export_finish(x, &e) == 0);
	take(out);
	for (const char *at = out; (at = strstr(at, "\"ph\":\"X\"")); at++)
		bursts++;
	CHECK_EQ(bursts, 6);
	CHECK(strstr(out, "\"ts\":0.000,\"dur\":5.000,\"cat\":\"burst\",\"name\":\"page 0x1000\""));
	CHECK(!strstr(out, "\"dur\":1844")); /* nothing lasts for ever */
}

/* However many accesses there are, the picture stays one that viewers can hold; and none is left out. */
static void chrome_gets_coarser(void)
{
	struct export_options o = {.format = "chrome", .output = path};
	struct trace_record r = {.kind = TRACE_STORE, .size = 1, .parts = 1};
	struct error e = {0};
	struct export *x = export_open(&o, &e);
	unsigned long long bytes, all = 0;
	unsigned lines = 0;
	char line[512];
	FILE *file;

	for (unsigned i = 0; i < 400000; i++) {
		r.tsc += 200000; /* longer than a burst's end at first */
		r.gpa = (uint64_t)i * 2654435761u % 4096 << 12;
		CHECK(export_put(x, &r, &e) == 0);
	}
	CHECK(export_finish(x, &e) == 0);
	file = fopen(path, "re");
	while (fgets(line, sizeof(line), file)) {
		const char *at = strstr(line, "\"bytes\":");

		lines++;
		if (at && sscanf(at, "\"bytes\":%llu", &bytes) == 1)
			all += bytes;
	}
	fclose(file);
	unlink(path);
	CHECK_AT(lines > 1000 && lines < 100000, "%u", lines);
	CHECK_EQ(all, 400000);
}

static int text_of(void *self, int n, char **values, char **names)
{
	char *text = self;

	(void)names;
	for (int i = 0; i < n; i++)
		sprintf(text + strlen(text), "%s%s", i ? "|" : "", values[i] ? values[i] : "NULL");
	strcat(text, "\n");
	return 0;
}

static void sqlite_answers_questions(void)
{
	static const struct {
		const char *sql, *rows;
	} rows[] = {
		{"SELECT count(*) FROM accesses", "6\n"},
		{"SELECT sequence, kind, size, rip, linear, gpa, old, new, text, keeper, verdict, flags FROM readable"
		 " WHERE sequence IN (1,2,6)",
		 "1|load|8|0x401000|0x7000|0x5000|0x201|0x201|mov rax,[rbx]|watch,new=0:\"memory|done|\n"
		 "2|rmw|4|0x401003|0x7008|0x5008|0xff|0x100|lock add [rbx],1|memory|done|locked|in-run\n"
		 "6|store|16|0xffffffff80001000|NULL|0x5020|NULL|0102030405060708090A0B0C0D0E0F10|NULL|NULL|done|"
		 "stepped\n"},
		{"SELECT kind, gpa, count, text FROM markers",
		 "armed|20480|4096|NULL\nmark|0|42|here, \"now\"?\\ \xc3\xa9?\n"},
		{"SELECT * FROM by_page", "0x5000|6|2|3|1|0|45\n"},
		{"SELECT * FROM by_size", "1|1|0|1|0|0|1\n4|1|0|0|1|0|4\n8|3|2|1|0|0|24\n16|1|0|1|0|0|16\n"},
		{"SELECT function, accesses FROM by_function", "?|4\ncopy|2\n"},
		{"SELECT object, accesses, loads, stores FROM by_object", "?|4|1|2\nlist.\"head\"|2|1|1\n"},
		{"SELECT sequence, object FROM readable WHERE object IS NOT NULL",
		 "1|list.\"head\"\n5|list.\"head\"\n"},
		{"SELECT count(*) FROM instructions", "5\n"},
		{"SELECT count(*) FROM keepers", "3\n"},
		{"SELECT count(*) FROM sqlite_master WHERE type='index' AND name LIKE 'accesses_%'", "3\n"},
		{"PRAGMA integrity_check", "ok\n"},
	};
	sqlite3 *db = NULL;

	convert("sqlite", false, false);
	CHECK(sqlite3_open(path, &db) == SQLITE_OK);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[4096] = "", *error = NULL;

		check_row = rows[i].sql;
		CHECK_AT(sqlite3_exec(db, rows[i].sql, text_of, text, &error) == SQLITE_OK, "%s", error ? error : "?");
		CHECK_STR(text, rows[i].rows);
	}
	sqlite3_close(db);
	unlink(path);
}

static void what_cannot_be(void)
{
	static const struct {
		const char *name, *format, *output;
		bool exists, force;
		enum exit_status status;
		const char *text;
	} rows[] = {
		{"no such format", "frob", path, false, false, STATUS_USAGE, "no format 'frob': lackey, din"},
		{"it exists", "csv", path, true, false, STATUS_INPUT, "--force"},
		{"no folder", "csv", "/nowhere/x", false, false, STATUS_INPUT, "/nowhere/x: No such file"},
		{"a folder", "csv", "/tmp", false, true, STATUS_INPUT, "/tmp: Is a directory"},
		{"a database on standard output", "sqlite", "-", false, false, STATUS_USAGE, "-o FILE"},
		{"a database on a device", "sqlite", "/dev/null", false, true, STATUS_USAGE, "'/dev/null' is none"},
		{"a database that exists", "sqlite", path, true, false, STATUS_INPUT, "--force"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct export_options o = {.format = rows[i].format, .output = rows[i].output, .force = rows[i].force};
		struct error e = {0};

		check_row = rows[i].name;
		if (rows[i].exists)
			fclose(fopen(path, "we"));
		CHECK(export_open(&o, &e) == NULL);
		CHECK_EQ(e.status, rows[i].status);
		CHECK_AT(strstr(e.text, rows[i].text), "%s", e.text);
		CHECK_EQ(access(path, F_OK) == 0, rows[i].exists);
		unlink(path);
	}
	CHECK(rmdir(folder) == 0 && mkdir(folder, 0700) == 0); /* nothing is left beside it */
}

/* A disk that is full is said, at the latest at the end. */
static void full_disk(void)
{
	struct export_options o = {.format = "csv", .output = "/dev/full"};
	struct error e = {0};
	struct export *x = export_open(&o, &e);
	int err = 0;

	CHECK(x != NULL);
	for (unsigned i = 0; i < 1000 && err == 0; i++)
		err = export_put(x, &records[1], &e);
	CHECK(err < 0);
	CHECK_EQ(e.status, STATUS_HOST);
	CHECK_AT(strstr(e.text, "/dev/full: No space left"), "%s", e.text);
	export_drop(x);
	x = export_open(&o, &e);
	CHECK(export_finish(x, &e) < 0);
	CHECK_AT(strstr(e.text, "/dev/full: No space left"), "%s", e.text);
}

/* --force replaces it at the end only; without, a file that came meanwhile stays. */
static void force_replaces(void)
{
	struct export_options o = {.format = "csv", .output = path, .force = true};
	struct error e = {0};
	struct export *x;
	char out[OUT_MAX];
	FILE *file = fopen(path, "we");

	fputs("old", file);
	fclose(file);
	x = export_open(&o, &e);
	file = fopen(path, "re");
	CHECK(fread(out, 1, 3, file) == 3 && memcmp(out, "old", 3) == 0);
	fclose(file);
	CHECK(export_finish(x, &e) == 0);
	take(out);
	CHECK(strncmp(out, "sequence,", 9) == 0);

	o.force = false;
	x = export_open(&o, &e);
	fclose(fopen(path, "we"));
	CHECK(export_finish(x, &e) < 0);
	CHECK_EQ(e.status, STATUS_INPUT);
	CHECK_EQ(take(out), 0);
	CHECK(rmdir(folder) == 0 && mkdir(folder, 0700) == 0);
}

static void start(void)
{
	CHECK(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/result", folder);
}

static void end(void)
{
	CHECK(rmdir(folder) == 0);
}

CHECK_MAIN(CHECK_TEST(start), CHECK_TEST(text_formats), CHECK_TEST(champsim_has_its_structure),
	   CHECK_TEST(champsim_has_no_place), CHECK_TEST(drmemtrace_has_its_entries),
	   CHECK_TEST(chrome_tells_each_access), CHECK_TEST(chrome_ends_bursts), CHECK_TEST(chrome_gets_coarser),
	   CHECK_TEST(sqlite_answers_questions), CHECK_TEST(what_cannot_be), CHECK_TEST(full_disk),
	   CHECK_TEST(force_replaces), CHECK_TEST(end))
