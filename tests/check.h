/*
 * check.h: the whole test framework.
 *
 * A test is a function; CHECK notes a failure and goes on. Each test prints one
 * line "ok NAME", "FAIL NAME" or "SKIP NAME: reason"; tests/run adds them up.
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct check_test {
	const char *name;
	void (*run)(void);
};

static unsigned check_failures;
static const char *check_skip_reason;
static const char *check_row = ""; /* the name of the table row under test */

#define CHECK_AT(ok, ...)                                                                                              \
	((ok) ? (void)0                                                                                                \
	      : (void)(check_failures++, fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, check_row),                \
		       fprintf(stderr, __VA_ARGS__), fputc('\n', stderr)))
#define CHECK(condition) CHECK_AT((condition), "%s", #condition)
#define CHECK_EQ(a, b) check_eq((uint64_t)(a), (uint64_t)(b), #a, #b, __FILE__, __LINE__)
#define CHECK_STR(a, b) check_str((a), (b), #a, __FILE__, __LINE__)
#define SKIP(reason) ((void)(check_skip_reason = (reason)))

static inline void check_eq(uint64_t a, uint64_t b, const char *a_text, const char *b_text, const char *file, int line)
{
	if (a == b)
		return;
	check_failures++;
	fprintf(stderr, "%s:%d: %s: %s is 0x%" PRIx64 ", %s is 0x%" PRIx64 "\n", file, line, check_row, a_text, a,
		b_text, b);
}

static inline void check_str(const char *a, const char *b, const char *a_text, const char *file, int line)
{
	if (strcmp(a, b) == 0)
		return;
	check_failures++;
	fprintf(stderr, "%s:%d: %s: %s is\n\t\"%s\", expected\n\t\"%s\"\n", file, line, check_row, a_text, a, b);
}

/* Runs them in order; the exit status of the test program. */
static inline int check_run(const struct check_test *tests, unsigned count)
{
	unsigned failed = 0;

	for (unsigned i = 0; i < count; i++) {
		check_failures = 0;
		check_skip_reason = NULL;
		check_row = "";
		tests[i].run();
		if (check_failures)
			printf("FAIL %s\n", tests[i].name), failed++;
		else if (check_skip_reason)
			printf("SKIP %s: %s\n", tests[i].name, check_skip_reason);
		else
			printf("ok %s\n", tests[i].name);
		fflush(stdout);
	}
	return failed ? 1 : 0;
}

#define CHECK_MAIN(...)                                                                                                \
	int main(void)                                                                                                 \
	{                                                                                                              \
		static const struct check_test tests[] = {__VA_ARGS__};                                                \
		return check_run(tests, sizeof(tests) / sizeof(tests[0]));                                             \
	}
#define CHECK_TEST(function)                                                                                           \
	{                                                                                                              \
#function, function                                                                                    \
	}

#endif
