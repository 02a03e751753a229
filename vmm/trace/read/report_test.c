/* What a handful of records comes to, section by section. */
#include "vmm/trace/read/report.h"

#include "tests/check.h"

#include <stddef.h>
#include <stdlib.h>

struct step {
	enum trace_kind kind;
	uint64_t rip, gpa;
	uint8_t size, vcpu;
	uint64_t cr3;
	uint8_t old, new;
};

/* The whole report as JSON. */
static char *report_of(const struct step *steps, unsigned n, const struct places *places, bool json)
{
	struct report *r = report_new(places);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (unsigned i = 0; i < n; i++) {
		struct trace_record record = {
			.sequence = i,
			.tsc = 100 + i,
			.kind = steps[i].kind,
			.flags = TRACE_BEFORE | (steps[i].kind == TRACE_LOAD ? 0 : TRACE_AFTER),
			.size = steps[i].size,
			.parts = 1,
			.vcpu = steps[i].vcpu,
			.rip = steps[i].rip,
			.gpa = steps[i].gpa,
			.linear = steps[i].gpa + 0x400000,
			.cr3 = steps[i].cr3,
			.before = {steps[i].old},
			.after = {steps[i].new},
			.count = steps[i].kind == TRACE_LOST ? 5 : 4096,
		};

		report_record(r, &record);
	}
	report_print(r, &(struct report_form){.top = 10, .json = json}, out);
	report_free(r);
	fclose(out);
	return text;
}

/* From "key": to the end of its array. */
static void section(const char *json, const char *key, char *out, size_t size)
{
	char name[64];
	const char *at, *end;

	snprintf(name, sizeof(name), "\"%s\": ", key);
	at = strstr(json, name);
	/* an array ends after "[" or "}" */
	end = at ? strchr(at + strlen(name), at[strlen(name)] == '[' ? ']' : ',') : NULL;
	while (end && *end == ']' && end[-1] != '}' && end[-1] != ' ' && end - at > (ptrdiff_t)strlen(name) + 1)
		end = strchr(end + 1, ']');
	snprintf(out, size, "%.*s", at && end ? (int)(end - at - strlen(name)) : 0, at && end ? at + strlen(name) : "");
}

#define A 0x401000
#define B 0x401010
#define C 0x409000

static void sections(void)
{
	static const struct {
		const char *name;
		const char *key, *expected;
		unsigned n;
		struct step steps[4];
	} rows[] = {
		{"stored, then loaded",
		 "pairs",
		 "[{\"times\": 1, \"stored by\": \"0x401000\", \"loaded by\": \"0x401010\"}",
		 2,
		 {{TRACE_STORE, A, 0x1000, 8, 0, 0, 0, 1}, {TRACE_LOAD, B, 0x1004, 4, 0, 0, 0, 0}}},
		{"loaded beside what was stored",
		 "pairs",
		 "[",
		 2,
		 {{TRACE_STORE, A, 0x1000, 4, 0, 0, 0, 1}, {TRACE_LOAD, B, 0x1004, 4, 0, 0, 0, 0}}},
		{"overwritten unread",
		 "dead_stores",
		 "[{\"times\": 1, \"stored by\": \"0x401000\", \"overwritten by\": \"0x401010\"}",
		 2,
		 {{TRACE_STORE, A, 0x1000, 4, 0, 0, 0, 1}, {TRACE_STORE, B, 0x1000, 8, 0, 0, 0, 1}}},
		{"overwritten after a load",
		 "dead_stores",
		 "[",
		 3,
		 {{TRACE_STORE, A, 0x1000, 4, 0, 0, 0, 1},
		  {TRACE_LOAD, B, 0x1002, 1, 0, 0, 0, 0},
		  {TRACE_STORE, B, 0x1000, 8, 0, 0, 0, 1}}},
		{"overwritten in part",
		 "dead_stores",
		 "[",
		 2,
		 {{TRACE_STORE, A, 0x1000, 4, 0, 0, 0, 1}, {TRACE_STORE, B, 0x1000, 2, 0, 0, 0, 1}}},
		{"modified",
		 "dead_stores",
		 "[",
		 2,
		 {{TRACE_STORE, A, 0x1000, 4, 0, 0, 0, 1}, {TRACE_RMW, B, 0x1000, 4, 0, 0, 0, 1}}},
		{"loaded twice",
		 "double_fetches",
		 "[{\"times\": 1, \"changed\": 0, \"code\": \"on\", \"loaded by\": \"0x401000\", \"and again by\": "
		 "\"0x401010\"}",
		 2,
		 {{TRACE_LOAD, A, 0x1000, 4, 0, 0, 0, 0}, {TRACE_LOAD, B, 0x1000, 4, 0, 0, 0, 0}}},
		{"loaded twice, and changed by another",
		 "double_fetches",
		 "[{\"times\": 1, \"changed\": 1, \"code\": \"on\", \"loaded by\": \"0x401000\", \"and again by\": "
		 "\"0x401010\"}",
		 3,
		 {{TRACE_LOAD, A, 0x1000, 4, 0, 0, 0, 0},
		  {TRACE_STORE, C, 0x1000, 4, 1, 0, 0, 1},
		  {TRACE_LOAD, B, 0x1000, 4, 0, 0, 1, 0}}},
		{"loaded twice, and changed by another process on this vCPU",
		 "double_fetches",
		 "[{\"times\": 1, \"changed\": 1, \"code\": \"on\", \"loaded by\": \"0x401000\", \"and again by\": "
		 "\"0x401010\"}",
		 3,
		 {{TRACE_LOAD, A, 0x1000, 4, 0, 0x7000, 0, 0},
		  {TRACE_STORE, C, 0x1000, 4, 0, 0x8000, 0, 1},
		  {TRACE_LOAD, B, 0x1000, 4, 0, 0x7000, 1, 0}}},
		{"loaded again by an earlier instruction",
		 "double_fetches",
		 "[{\"times\": 1, \"changed\": 0, \"code\": \"back\", \"loaded by\": \"0x401010\", \"and again by\": "
		 "\"0x401000\"}",
		 2,
		 {{TRACE_LOAD, B, 0x1000, 4, 0, 0, 0, 0}, {TRACE_LOAD, A, 0x1000, 4, 0, 0, 0, 0}}},
		{"loaded twice, and changed by itself",
		 "double_fetches",
		 "[",
		 3,
		 {{TRACE_LOAD, A, 0x1000, 4, 0, 0, 0, 0},
		  {TRACE_STORE, C, 0x1000, 4, 0, 0, 0, 1},
		  {TRACE_LOAD, B, 0x1000, 4, 0, 0, 1, 0}}},
		{"loaded twice by one instruction",
		 "double_fetches",
		 "[",
		 2,
		 {{TRACE_LOAD, A, 0x1000, 4, 0, 0, 0, 0}, {TRACE_LOAD, A, 0x1000, 4, 0, 0, 0, 0}}},
		{"loaded twice by others",
		 "double_fetches",
		 "[",
		 2,
		 {{TRACE_LOAD, A, 0x1000, 4, 0, 0, 0, 0}, {TRACE_LOAD, C, 0x1000, 4, 0, 0, 0, 0}}},
		{"loaded by two vCPUs",
		 "double_fetches",
		 "[",
		 2,
		 {{TRACE_LOAD, A, 0x1000, 4, 0, 0, 0, 0}, {TRACE_LOAD, B, 0x1000, 4, 1, 0, 0, 0}}},
		{"the same value",
		 "same_value_stores",
		 "[{\"times\": 1, \"instruction\": \"0x401000\"}",
		 2,
		 {{TRACE_STORE, A, 0x1000, 4, 0, 0, 7, 7}, {TRACE_STORE, B, 0x1000, 4, 0, 0, 7, 8}}},
		{"never written",
		 "never_written_loads",
		 "[{\"times\": 1, \"instruction\": \"0x401010\"}",
		 3,
		 {{TRACE_STORE, A, 0x1000, 4, 0, 0, 0, 1},
		  {TRACE_LOAD, A, 0x1000, 4, 0, 0, 0, 0},
		  {TRACE_LOAD, B, 0x1002, 4, 0, 0, 0, 0}}},
		{"shared by vCPUs",
		 "sharing",
		 "[{\"accesses\": 2, \"gpa\": \"0x1000\", \"loading vCPUs\": \"1\", \"storing vCPUs\": \"0\", "
		 "\"loading processes\": "
		 "\"0\", \"storing processes\": \"0\", \"object\": \"\"}",
		 2,
		 {{TRACE_STORE, A, 0x1000, 4, 0, 0, 0, 1}, {TRACE_LOAD, B, 0x1000, 4, 1, 0, 0, 0}}},
		{"shared by processes",
		 "sharing",
		 "[{\"accesses\": 2, \"gpa\": \"0x1000\", \"loading vCPUs\": \"0\", \"storing vCPUs\": \"0\", "
		 "\"loading processes\": "
		 "\"1\", \"storing processes\": \"0\", \"object\": \"\"}",
		 2,
		 {{TRACE_STORE, A, 0x1000, 4, 0, 1, 0, 1}, {TRACE_LOAD, B, 0x1000, 4, 0, 2, 0, 0}}},
		{"shared, but only read",
		 "sharing",
		 "[",
		 2,
		 {{TRACE_LOAD, A, 0x1000, 4, 0, 0, 0, 1}, {TRACE_LOAD, B, 0x1000, 4, 1, 0, 0, 0}}},
		{"sizes",
		 "sizes",
		 "[{\"size\": 64, \"loads\": 0, \"stores\": 1, \"rmws\": 0, \"fetches\": 0}",
		 1,
		 {{TRACE_STORE, A, 0x103f, 64, 0, 0, 0, 1}}},
		{"pages",
		 "pages",
		 "[{\"loads\": 1, \"stores\": 0, \"rmws\": 1, \"fetches\": 0, \"page\": \"0x1000\"}",
		 2,
		 {{TRACE_LOAD, A, 0x1000, 4, 0, 0, 0, 1}, {TRACE_RMW, A, 0x1ff0, 4, 0, 0, 0, 1}}},
		{"lost",
		 "lost_records",
		 "10",
		 2,
		 {{TRACE_LOST, 0, 0, 0, 0, 0, 0, 0}, {TRACE_LOST, 0, 0, 0, 0, 0, 0, 0}}},
		{"processes",
		 "processes",
		 "[{\"process\": 0, \"loads\": 1, \"stores\": 0, \"rmws\": 0, \"fetches\": 0, \"badge\": \"0x0\", "
		 "\"cr3\": \"0x9000\"}",
		 1,
		 {{TRACE_LOAD, A, 0x1000, 4, 0, 0x9000, 0, 1}}},
		{"told again, it is the same memory",
		 "bytes_traced",
		 "4096",
		 4,
		 {{TRACE_ARMED, 0, 0x1000, 0, 0, 0, 0, 0},
		  {TRACE_ARMED, 0, 0x1000, 0, 0, 0, 0, 0},
		  {TRACE_DISARMED, 0, 0x1000, 0, 0, 0, 0, 0},
		  {TRACE_ARMED, 0, 0x1000, 0, 0, 0, 0, 0}}},
		{"seen for a third",
		 "seen",
		 "\"33.3 %\"",
		 4,
		 {{TRACE_ARMED, 0, 0x1000, 0, 0, 0, 0, 0},
		  {TRACE_DISARMED, 0, 0x1000, 0, 0, 0, 0, 0},
		  {TRACE_MARK, 0, 0x1000, 0, 0, 0, 0, 0},
		  {TRACE_ARMED, 0, 0x1000, 0, 0, 0, 0, 0}}},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *json = report_of(rows[i].steps, rows[i].n, NULL, true), got[1024];

		check_row = rows[i].name;
		section(json, rows[i].key, got, sizeof(got));
		CHECK_STR(got, rows[i].expected);
		free(json);
	}
}

static void names_come_from_symbols(void)
{
	static const char map[] =
		"0000000000401000 T first\n0000000000401010 T second\n0000000000401400 D table[2].x\n";
	static const struct step steps[] = {{TRACE_LOAD, A, 0x1404, 4, 0, 0, 0, 0},
					    {TRACE_LOAD, A + 4, 0x1404, 4, 0, 0, 0, 0},
					    {TRACE_LOAD, B, 0x1404, 4, 0, 0, 0, 0}};
	char path[] = "/tmp/report_test.XXXXXX", got[1024], *json;
	struct places *places = places_new();
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");
	struct error e;

	fputs(map, file);
	fclose(file);
	CHECK_EQ(places_add(places, path, &e), 0);
	json = report_of(steps, 3, places, true);
	section(json, "functions", got, sizeof(got));
	CHECK_STR(got, "[{\"loads\": 2, \"stores\": 0, \"rmws\": 0, \"fetches\": 0, \"function\": \"first\"},\n"
		       "  {\"loads\": 1, \"stores\": 0, \"rmws\": 0, \"fetches\": 0, \"function\": \"second\"}");
	section(json, "double_fetches", got, sizeof(got)); /* second is another function, near as it is */
	CHECK_STR(got, "[{\"times\": 1, \"changed\": 0, \"code\": \"on\", \"loaded by\": \"first\", \"and again by\": "
		       "\"first+0x4\"}");
	section(json, "objects", got, sizeof(got));
	CHECK_STR(got, "[{\"loads\": 3, \"stores\": 0, \"rmws\": 0, \"fetches\": 0, \"object\": \"table[].x+0x4\"}");
	free(json);
	json = report_of(steps, 3, places, false);
	CHECK(strstr(json, "Double fetches") != NULL);
	CHECK(strstr(json, "  first+0x4") != NULL);
	free(json);
	places_free(places);
	remove(path);
}

static void full_tables_say_so(void)
{
	struct report *r = report_new(NULL);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (uint64_t i = 0; i < 70000; i++) {
		struct trace_record record = {.sequence = i, .kind = TRACE_LOAD, .size = 8, .gpa = i << 12, .rip = i};

		report_record(r, &record);
	}
	report_print(r, &(struct report_form){.top = 3, .json = true}, out);
	fclose(out);
	CHECK(strstr(text, "\"pages_not_counted\": 4464") != NULL);
	CHECK(strstr(text, "\"pairs_not_counted\"") == NULL);
	CHECK(strstr(text, "\"instructions_not_counted\": 4464") != NULL);
	CHECK(strstr(text, "\"addresses_not_counted\"") == NULL);
	free(text);
	report_free(r);
}

/* What is related by memory is not seen where there is no place for the memory. */
static void full_cells_say_so(void)
{
	struct report *r = report_new(NULL);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (uint64_t i = 0; i < 524288 + 3; i++)
		report_record(r, &(struct trace_record){.kind = TRACE_LOAD, .size = 8, .gpa = i * 8, .rip = A});
	report_print(r, &(struct report_form){.top = 3, .json = true}, out);
	fclose(out);
	CHECK(strstr(text, "\"pairs_not_counted\": 3,") != NULL);
	CHECK(strstr(text, "\"dead_stores_not_counted\": 3,") != NULL);
	CHECK(strstr(text, "\"never_written_loads_not_counted\": 3,") != NULL);
	CHECK(strstr(text, "\"same_value_stores_not_counted\"") == NULL);
	free(text);
	report_free(r);
}

/* The widest entry of a column sets it; what the trace was made with stands first, and harms no terminal. */
static void columns_stand_below_each_other(void)
{
	static const char head[] = "command                      lodestore trace \\x1b[31m\n"
				   "bytes traced                 64\n"
				   "records                      5\n";
	struct report *r = report_new(NULL);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	report_record(r, &(struct trace_record){.kind = TRACE_ARMED, .gpa = 0x1000, .count = 64});
	report_record(r, &(struct trace_record){.kind = TRACE_STORE, .size = 8, .gpa = 0x1000, .rip = A});
	report_record(r,
		      &(struct trace_record){.kind = TRACE_LOAD, .size = 8, .gpa = 0x1000, .rip = 0xffffffff81000000});
	report_record(r, &(struct trace_record){.kind = TRACE_STORE, .size = 8, .gpa = 0x1000, .rip = A});
	report_record(r, &(struct trace_record){.kind = TRACE_LOAD, .size = 8, .gpa = 0x1000, .rip = B});
	report_print(r, &(struct report_form){.top = 3, .command = "lodestore trace \033[31m"}, out);
	fclose(out);
	CHECK(strncmp(text, head, strlen(head)) == 0);
	CHECK(strstr(text, "       times  stored by  loaded by\n"
			   "           1  0x401000   0xffffffff81000000\n"
			   "           1  0x401000   0x401010\n") != NULL);
	free(text);
	report_free(r);
}

CHECK_MAIN(CHECK_TEST(sections), CHECK_TEST(names_come_from_symbols), CHECK_TEST(full_tables_say_so),
	   CHECK_TEST(full_cells_say_so), CHECK_TEST(columns_stand_below_each_other))
