/* Which records pass which conditions; and what a condition may not be. */
#include "vmm/trace/filter.h"

#include "tests/check.h"
#include "vmm/trace/expression.h"

#include <stdlib.h>

static const struct trace_record load = {
	.kind = TRACE_LOAD,
	.flags = TRACE_BEFORE,
	.size = 4,
	.vcpu = 1,
	.cpl = 3,
	.rip = 0x401000,
	.linear = 0x7ffe,
	.gpa = 0x2ffe,
	.cr3 = 0x9000,
	.badge = 7,
	.before = {5},
};

/* What the rows change of it. */
static struct trace_record of_kind(enum trace_kind kind)
{
	struct trace_record r = load;

	r.kind = kind;
	if (kind == TRACE_STORE || kind == TRACE_RMW) {
		r.flags |= TRACE_AFTER;
		r.after[1] = 1; /* 256 */
	}
	return r;
}

/* 1, 0, or -1 where the condition is refused. */
static int passes(const char *name, const char *value, const struct trace_record *r, struct error *e)
{
	struct trace_filter *f = trace_filter_new();
	int answer = -1;

	if (trace_filter_add(f, name, value, e) == 0)
		answer = trace_filter_passes(f, r);
	trace_filter_free(f);
	return answer;
}

static void conditions(void)
{
	static const struct {
		const char *name, *value;
		enum trace_kind kind;
		bool passes;
	} rows[] = {
		{"t", "r", TRACE_LOAD, true},
		{"t", "r", TRACE_STORE, false},
		{"t", "r", TRACE_RMW, true},
		{"t", "w", TRACE_RMW, true},
		{"t", "w", TRACE_LOAD, false},
		{"t", "rw", TRACE_STORE, true},
		{"t", "rw", TRACE_FETCH, false},
		{"t", "x", TRACE_FETCH, true},
		{"t", "rx", TRACE_FETCH, true},
		{"t", "r", TRACE_MARK, true},
		{"cpl", "3", TRACE_LOAD, true},
		{"cpl", "0", TRACE_LOAD, false},
		{"cpl", "0,3", TRACE_LOAD, true},
		{"cpl", "0", TRACE_LOST, true},
		{"cr3", "0x9000", TRACE_LOAD, true},
		{"cr3", "0x1000,36K", TRACE_LOAD, true},
		{"cr3", "0x9001", TRACE_LOAD, false},
		{"rip", "0x401000", TRACE_LOAD, true},
		{"rip", "0x401000+1", TRACE_LOAD, true},
		{"rip", "0x400000..0x401000", TRACE_LOAD, false},
		{"rip", "0x400000..0x401001", TRACE_LOAD, true},
		{"rip", "0..1,0x401000+4K", TRACE_LOAD, true},
		{"linear", "0x8001", TRACE_LOAD, true},
		{"linear", "0x8002", TRACE_LOAD, false},
		{"gpa", "0x3000+0x1000", TRACE_LOAD, true},
		{"gpa", "0x2000..0x2ffe", TRACE_LOAD, false},
		{"gpa", "0x2000..0x2fff", TRACE_LOAD, true},
		{"gpa", "0+0xffffffffffffffff", TRACE_LOAD, true},
		{"size", "4", TRACE_LOAD, true},
		{"size", "1,2,8", TRACE_LOAD, false},
		{"vcpu", "1", TRACE_LOAD, true},
		{"vcpu", "0", TRACE_LOAD, false},
		{"badge", "7", TRACE_LOAD, true},
		{"badge", "0", TRACE_LOAD, false},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct trace_record r = of_kind(rows[i].kind);
		struct error e = {0};

		check_row = rows[i].value;
		CHECK_EQ(passes(rows[i].name, rows[i].value, &r, &e), rows[i].passes);
		CHECK_STR(e.text, "");
	}
}

static void expressions(void)
{
	static const struct {
		const char *text;
		bool of_load, of_store; /* old 5; the store's new value 256 */
	} rows[] = {
		{"old!=new", false, true},
		{"old != new && new == 0x100", false, true},
		{"new==5", true, false},
		{"old==new||size==4", true, true},
		{"gpa>>12==2", true, true},
		{"gpa>>12==3", false, false},
		{"rip<0x401000", false, false},
		{"rip<=0x401000", true, true},
		{"cpl", true, true},
		{"!cpl", false, false},
		{"linear==0x7ffe", true, true},
		{"2+3*4==14", true, true},
		{"(2+3)*4==20", true, true},
		{"10-4-3==3", true, true},
		{"100/10/5==2", true, true},
		{"7%4==3", true, true},
		{"1|2^3&1", true, true},
		{"(1|2^3&1)==3", true, true},
		{"~0==0-1", true, true},
		{"-1>0", true, true},
		{"1<<4>>2==4", true, true},
		{"1<<64", false, false},
		{"1 << 64 == 0", true, true},
		{"!!!0", true, true},
		{"0&&1||1", true, true},
		{"1||0&&0", true, true},
		{"size/0==1", true, true},
		{"0&&size/0", false, false},
		{"3>2>1", false, false},
		{"1==1>=0", true, true},
	};
	struct trace_record s = of_kind(TRACE_STORE);

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error e = {0};

		check_row = rows[i].text;
		CHECK_EQ(passes("when", rows[i].text, &load, &e), rows[i].of_load);
		CHECK_EQ(passes("when", rows[i].text, &s, &e), rows[i].of_store);
		CHECK_STR(e.text, "");
	}
}

static void what_is_not_known_passes(void)
{
	static const struct {
		const char *text;
		bool passes;
	} rows[] = {
		{"old==1", true},
		{"!(old==1)", true},
		{"old==1 && size==8", false},
		{"old==1 && size==4", true},
		{"old==1 || size==8", true},
		{"new==256", true},
		{"new==0", false},
		{"linear==0", true},
		{"old+1", true},
	};
	struct trace_record r = of_kind(TRACE_STORE);
	struct error e;

	r.flags = TRACE_AFTER | TRACE_PHYSICAL;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row = rows[i].text;
		CHECK_EQ(passes("when", rows[i].text, &r, &e), rows[i].passes);
	}
	CHECK_EQ(passes("linear", "0", &r, &e), 0);
	r = load;
	r.flags = 0;
	CHECK_EQ(passes("when", "old!=new", &r, &e), 1);
	CHECK_EQ(passes("when", "new==9", &r, &e), 1);
}

static void refusals(void)
{
	static const struct {
		const char *name, *value, *text;
	} rows[] = {
		{"frob", "1", "no condition is called 'frob'"},
		{"t", "", "it is empty: r, w, rw or x"},
		{"t", "rq", "\'rq', column 2: 'q' is not r, w or x"},
		{"cpl", "4", "\'4', column 1: '4' is not 0 to 3"},
		{"cpl", "0,x", "\'0,x', column 3: 'x' is not a number"},
		{"cpl", "", "\'', column 1: '' is empty"},
		{"size", "0", "\'0', column 1: '0' is not 1 to 64"},
		{"size", "65", "\'65', column 1: '65' is not 1 to 64"},
		{"gpa", "1+0", "\'1+0', column 1: '1+0' is empty"},
		{"gpa", "2..2", "\'2..2', column 1: '2..2' ends before it starts, or is empty"},
		{"gpa", "2+0xffffffffffffffff",
		 "\'2+0xffffffffffffffff', column 1: '2+0xffffffffffffffff' goes "
		 "beyond the last address"},
		{"rip", "1..zz", "\'1..zz', column 4: 'zz' is not a number"},
		{"when", "", "column 1 of '': the expression ends here"},
		{"when", "old ==", "column 7 of 'old ==': the expression ends here"},
		{"when", "old = 1", "column 5 of 'old = 1': expected an operator"},
		{"when", "(old==1", "column 1 of '(old==1': this '(' is never closed"},
		{"when", "(old 1)", "column 6 of '(old 1)': expected an operator or ')'"},
		{"when", "old)", "column 4 of 'old)': no '(' is open"},
		{"when", "1 && frob", "column 6 of '1 && frob': not one of old, new, size, gpa, linear, rip, cpl"},
		{"when", "0x1z", "column 1 of '0x1z': '0x1z' is not a number"},
		{"when", "1 ** 2", "column 4 of '1 ** 2': expected a name, a number or '('"},
		{"when", "99999999999999999999",
		 "column 1 of '99999999999999999999': '99999999999999999999' does "
		 "not fit 64 bits"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error e = {0};

		check_row = rows[i].value;
		CHECK_EQ(passes(rows[i].name, rows[i].value, &load, &e), -1);
		CHECK_EQ(e.status, STATUS_USAGE);
		CHECK_STR(e.text, rows[i].text);
	}
}

/* head times n, then middle, then tail times n. */
static char *repeated(const char *head, const char *middle, const char *tail, size_t n)
{
	size_t h = strlen(head), t = strlen(tail), m = strlen(middle);
	char *text = malloc((h + t) * n + m + 1);

	for (size_t i = 0; i < n; i++) {
		memcpy(text + i * h, head, h);
		memcpy(text + n * h + m + i * t, tail, t);
	}
	memcpy(text + n * h, middle, m);
	text[(h + t) * n + m] = '\0';
	return text;
}

static void hostile_expressions_are_bounded(void)
{
	static const struct {
		const char *head, *middle, *tail;
		size_t fits; /* so often is accepted */
		const char *text; /* and a million times refused */
	} rows[] = {
		{"(", "1", ")", 63, "nested too deeply"},
		{"!", "1", "", 62, "nested too deeply"},
		{"-(", "1", ")", 31, "nested too deeply"},
		{"1+", "1", "", 127, "too long"},
		{"", "1", "", 1000000, NULL},
		{"1+(", "1", ")", 63, "nested too deeply"},
		{" ", "1", " ", 1000000, NULL},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = repeated(rows[i].head, rows[i].middle, rows[i].tail, rows[i].fits);
		struct error e = {0};

		check_row = rows[i].head;
		CHECK_EQ(passes("when", text, &load, &e), 1);
		CHECK_STR(e.text, "");
		free(text);
		text = repeated(rows[i].head, rows[i].middle, rows[i].tail, 1000000);
		if (rows[i].text) {
			CHECK_EQ(passes("when", text, &load, &e), -1);
			CHECK(strstr(e.text, rows[i].text) != NULL);
			CHECK(strstr(e.text, "column ") != NULL);
		}
		free(text);
	}
}

static void values_that_wait_are_bounded(void)
{
	/* Each level of precedence lets one more value wait: 1 || 1 && 1 | ... */
	static const char level[] = "0||1&&0|0^1&1==1<2<<0+1*(";
	char *text = repeated(level, "1", ")", 20);
	struct error e = {0};

	CHECK_EQ(passes("when", text, &load, &e), -1);
	CHECK(strstr(e.text, "waits for its operator") != NULL);
	free(text);
}

static void all_conditions_must_hold(void)
{
	struct trace_filter *f = trace_filter_new();
	struct error e;

	CHECK(trace_filter_passes(f, &load));
	CHECK_EQ(trace_filter_add(f, "t", "r", &e), 0);
	CHECK_EQ(trace_filter_add(f, "cpl", "3", &e), 0);
	CHECK(trace_filter_passes(f, &load));
	CHECK_EQ(trace_filter_add(f, "size", "65", &e), -1);
	CHECK(trace_filter_passes(f, &load));
	CHECK_EQ(trace_filter_add(f, "vcpu", "0", &e), 0);
	CHECK(!trace_filter_passes(f, &load));
	trace_filter_free(f);
	trace_filter_free(NULL);
}

static void a_failed_compilation_leaves_the_expression(void)
{
	static struct expression x, same;
	struct error e;

	CHECK_EQ(expression_compile("size==4", &x, &e), 0);
	same = x;
	CHECK_EQ(expression_compile("size==", &x, &e), -1);
	CHECK(memcmp(&x, &same, sizeof(x)) == 0);
}

CHECK_MAIN(CHECK_TEST(conditions), CHECK_TEST(expressions), CHECK_TEST(what_is_not_known_passes), CHECK_TEST(refusals),
	   CHECK_TEST(hostile_expressions_are_bounded), CHECK_TEST(values_that_wait_are_bounded),
	   CHECK_TEST(all_conditions_must_hold), CHECK_TEST(a_failed_compilation_leaves_the_expression))
