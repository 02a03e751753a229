/* A record as a line, as fields, as JSON. */
#include "vmm/trace/read/show.h"

#include "capmodel/keeper.h"
#include "tests/check.h"

#include <stdlib.h>

static const struct trace_record load = {
	.sequence = 41,
	.tsc = 1500,
	.kind = TRACE_LOAD,
	.flags = TRACE_BEFORE,
	.size = 8,
	.parts = 1,
	.vcpu = 1,
	.cpl = 3,
	.bits = 64,
	.code_size = 3,
	.code = {0x48, 0x8b, 0x03},
	.rip = 0x401012,
	.linear = 0x601008,
	.gpa = 0x5008,
	.cr3 = 0x9000,
	.badge = 7,
	.before = {0x34, 0x12},
	.keeper = "memory",
};

static const struct trace_record add = {
	.sequence = 42,
	.tsc = 1000,
	.kind = TRACE_RMW,
	.flags = TRACE_BEFORE | TRACE_AFTER | TRACE_LOCKED | TRACE_PHYSICAL,
	.size = 4,
	.part = 1,
	.parts = 2,
	.bits = 64,
	.code_size = 3,
	.code = {0xf0, 0x01, 0x03},
	.repetition = 5,
	.gpa = 0x5ffe,
	.before = {1},
	.after = {2},
	.verdict = VERDICT_STEP,
};

static const struct trace_record mark = {
	.sequence = 43, .tsc = 3000, .kind = TRACE_MARK, .count = 9, .text = "now\033[2J \"x\"\n"};
static const struct trace_record armed = {.sequence = 0, .tsc = 1000, .kind = TRACE_ARMED, .gpa = 0x5000, .count = 64};

static char *shown(const struct show *s, const struct trace_record *r)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	show_record(s, r, out);
	fclose(out);
	return text;
}

static void forms(void)
{
	static const struct {
		const char *name;
		enum show_form form;
		const char *fields;
		double hz;
		const struct trace_record *record;
		const char *expected;
	} rows[] = {
		{"a load", SHOW_LINE, NULL, 0, &load,
		 "41 500 vcpu1 rip=0x401012 <main+0x12> gpa=0x5008 <table+0x8> r8 | mov rax,[rbx] | memory done | "
		 "mem=0x1234\n"},
		{"a modification", SHOW_LINE, NULL, 1000, &add,
		 "42 0.000000000 vcpu0 rip=0x0 gpa=0x5ffe rw4 lock part 2/2 rep 5 | lock add [rbx],eax | (nobody) step "
		 "| "
		 "mem=0x1->0x2\n"},
		{"a mark from a stranger", SHOW_LINE, NULL, 1000, &mark,
		 "43 2.000000000 -- mark 9 now\\x1b[2J \"x\"\\x0a\n"},
		{"armed", SHOW_LINE, NULL, 0, &armed, "0 0 -- armed gpa=0x5000 64\n"},
		{"fields", SHOW_FIELDS, "seq,rip,old,new,text,function", 0, &load,
		 "41\t0x401012\t0x1234\t-\t-\tmain+0x12\n"},
		{"fields of a marker", SHOW_FIELDS, "seq,rip,count,kind", 0, &mark, "43\t-\t9\tmark\n"},
		{"JSON of some fields", SHOW_JSON, "seq,rip,insn,new", 0, &load,
		 "{\"seq\": 41, \"rip\": \"0x401012\", \"insn\": \"mov rax,[rbx]\"}\n"},
		{"JSON of what it has not", SHOW_JSON, "new", 0, &load, "{}\n"},
		{"JSON of a stranger's text", SHOW_JSON, "text", 0, &mark,
		 "{\"text\": \"now\\\\x1b[2J \\\"x\\\"\\\\x0a\"}\n"},
		{"all of it", SHOW_JSON, NULL, 0, &load,
		 "{\"seq\": 41, \"time\": 500, \"tsc\": 1500, \"kind\": \"load\", \"vcpu\": 1, \"cpl\": 3, \"cr3\": "
		 "\"0x9000\", \"badge\": 7, \"rip\": \"0x401012\", \"function\": \"main+0x12\", \"linear\": "
		 "\"0x601008\", \"gpa\": \"0x5008\", \"object\": \"table+0x8\", \"size\": 8, \"part\": 0, \"parts\": "
		 "1, "
		 "\"rep\": 0, \"code\": \"488b03\", \"bits\": 64, \"insn\": \"mov rax,[rbx]\", \"keeper\": \"memory\", "
		 "\"verdict\": \"done\", \"old\": \"0x1234\"}\n"},
	};
	static const char map[] = "401000 T main\n601000 D table\n";
	char path[] = "/tmp/show_test.XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");
	struct places *places = places_new();
	struct decoder *decoder = decoder_new();
	struct error e;

	fputs(map, file);
	fclose(file);
	CHECK_EQ(places_add(places, path, &e), 0);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct show s = {
			.form = rows[i].form, .decoder = decoder, .places = places, .start = 1000, .hz = rows[i].hz};
		char *text;

		check_row = rows[i].name;
		if (rows[i].fields)
			CHECK_EQ(show_choose(&s, rows[i].fields, &e), 0);
		text = shown(&s, rows[i].record);
		CHECK_STR(text, rows[i].expected);
		free(text);
	}
	places_free(places);
	decoder_free(decoder);
	remove(path);
}

static void wrong_fields(void)
{
	static const struct {
		const char *names, *text;
	} rows[] = {
		{"frob", "-F: no field 'frob'"},
		{"seq,", "-F: no field ''"},
		{"", "-F: no field ''"},
		{"seq,se", "-F: no field 'se'"},
		{"seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,"
		 "seq,"
		 "seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq,seq",
		 "-F: more than 40 fields"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct show s = {.nfields = 0};
		struct error e;

		check_row = rows[i].names;
		CHECK_EQ(show_choose(&s, rows[i].names, &e), -1);
		CHECK_EQ(e.status, STATUS_USAGE);
		CHECK(strncmp(e.text, rows[i].text, strlen(rows[i].text)) == 0);
		CHECK_EQ(s.nfields, 0);
	}
}

static void a_record_full_of_garbage(void)
{
	struct decoder *decoder = decoder_new();
	struct show s = {.decoder = decoder};

	for (unsigned fill = 0; fill < 256; fill++) {
		struct trace_record r;

		memset(&r, (int)fill, sizeof(r));
		r.kind = (enum trace_kind)(fill % TRACE_KINDS);
		r.size = (uint8_t)(fill % (TRACE_VALUE_MAX + 1));
		r.keeper = r.text = NULL;
		r.bytes = NULL;
		for (unsigned form = SHOW_LINE; form <= SHOW_JSON; form++) {
			char *text;

			s.form = (enum show_form)form;
			text = shown(&s, &r);
			CHECK(strchr(text, '\n') == text + strlen(text) - 1);
			free(text);
		}
	}
	decoder_free(decoder);
}

CHECK_MAIN(CHECK_TEST(forms), CHECK_TEST(wrong_fields), CHECK_TEST(a_record_full_of_garbage))
