/* Where two lists of accesses part. */
#include "vmm/trace/read/diff.h"

#include "tests/check.h"

#include <stdlib.h>

static const struct trace_record load = {
	.sequence = 3,
	.tsc = 77,
	.kind = TRACE_LOAD,
	.flags = TRACE_BEFORE,
	.size = 8,
	.parts = 1,
	.code_size = 3,
	.code = {0x48, 0x8b, 0x03},
	.rip = 0x1000,
	.linear = 0x5000,
	.gpa = 0x7000,
	.before = {1},
};

static void two_accesses(void)
{
	struct row {
		const char *expected;
		struct trace_record b;
	} rows[12];
	unsigned n = 0;

#define ROW(text, change)                                                                                              \
	rows[n].expected = (text);                                                                                     \
	rows[n].b = load;                                                                                              \
	rows[n].b.change;                                                                                              \
	n++
	ROW("", tsc = 99);
	ROW("", sequence = 9);
	ROW("", repetition = 9);
	ROW("kind load and fetch", kind = TRACE_FETCH);
	ROW("rip 0x1000 and 0x1001", rip = 0x1001);
	ROW("gpa 0x7000 and 0x0", gpa = 0);
	ROW("linear 0x5000 and 0x0", linear = 0);
	ROW("", flags = TRACE_BEFORE | TRACE_PHYSICAL);
	ROW("flags 0x0 and 0x1", flags = TRACE_BEFORE | TRACE_LOCKED);
	ROW("old 0x1 and 0x201", before[1] = 2);
	ROW("", flags = 0); /* an unknown value is no difference */
	ROW("code", code[2] = 0x13);
#undef ROW
	for (unsigned i = 0; i < n; i++) {
		char text[TRACE_DIFF_TEXT];

		check_row = rows[i].expected;
		trace_diff_compare(&load, &rows[i].b, text);
		CHECK_STR(text, rows[i].expected);
	}
}

static char *printed(const struct trace_diff *d, bool *equal)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	*equal = trace_diff_print(d, 10, out);
	fclose(out);
	return text;
}

static void whole_traces(void)
{
	struct trace_diff *d = trace_diff_new(NULL);
	const struct trace_record *first[2];
	struct trace_record other = load, store = load;
	bool equal;
	char *text;

	trace_diff_put(d, &load, &load);
	text = printed(d, &equal);
	CHECK(equal);
	CHECK_STR(text, "equal: 1 accesses\n");
	free(text);
	other.before[0] = 9;
	store.kind = TRACE_STORE;
	store.rip = 0x2000;
	trace_diff_put(d, &load, &other);
	trace_diff_put(d, &load, &store);
	trace_diff_put(d, NULL, &store);
	CHECK_EQ(trace_diff_first(d, &first[0], &first[1]), 1);
	CHECK(first[0] && first[0]->before[0] == 1 && first[1] && first[1]->before[0] == 9);
	text = printed(d, &equal);
	CHECK(!equal);
	CHECK_STR(text, "equal up to access 1, where they differ: old 0x1 and 0x9\n"
			"\n           A           B\n           3           4  accesses\n"
			"           3           2  load\n           0           2  store\n"
			"\nInstructions that did not do it as often\n           A           B\n"
			"           0           2  0x2000\n           3           2  0x1000\n"
			"\nAddresses (gpa) not touched as often\n           A           B\n"
			"           3           4  0x7000\n");
	free(text);
	trace_diff_free(d);
}

static void one_ends_first(void)
{
	struct trace_diff *d = trace_diff_new(NULL);
	const struct trace_record *a, *b;
	bool equal;
	char *text;

	trace_diff_put(d, &load, NULL);
	CHECK_EQ(trace_diff_first(d, &a, &b), 0);
	CHECK(a != NULL && b == NULL);
	text = printed(d, &equal);
	CHECK(!equal && strstr(text, "equal up to access 0, where B ends\n") != NULL);
	free(text);
	trace_diff_free(d);
}

CHECK_MAIN(CHECK_TEST(two_accesses), CHECK_TEST(whole_traces), CHECK_TEST(one_ends_first))
