/* report_test.c: both forms hold every item; the JSON is JSON whatever the words are. */
#include "vmm/doctor/report.h"

#include "tests/check.h"

#include <stdlib.h>

static char *report(const struct doctor_findings *f,
		    void (*print)(const struct doctor_findings *, const char *, FILE *))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	print(f, "6.1 \"odd\"", out);
	fclose(out);
	return text;
}

static struct doctor_findings findings_of(const char *detail)
{
	struct doctor_findings f = {.kvm_text = "kvm_amd, npt=1", .nfollows = 2, .follows = {"one", "two"}};

	for (unsigned i = 0; i < DOCTOR_ITEMS; i++) {
		f.items[i].result = i % (DOCTOR_HANGS + 1);
		snprintf(f.items[i].detail, sizeof(f.items[i].detail), "%s", detail);
	}
	f.items[DOCTOR_FAULT_COST_3].ns = 12345;
	return f;
}

/* Past a JSON string that begins at p, or NULL. */
static const char *skip_string(const char *p)
{
	for (p++; *p != '"'; p++) {
		if ((unsigned char)*p < 0x20)
			return NULL;
		if (*p == '\\' && !strchr("\"\\u", *++p))
			return NULL;
	}
	return p + 1;
}

/* Brackets nest and close, strings are whole, nothing follows the object. */
static bool is_one_object(const char *p)
{
	char open[16];
	unsigned depth = 0;

	do {
		if (*p == '"') {
			p = skip_string(p);
			if (!p)
				return false;
			continue;
		}
		if ((*p == '{' || *p == '[') && depth < sizeof(open))
			open[depth++] = *p;
		else if ((*p == '}' || *p == ']') && (depth == 0 || open[--depth] != (*p == '}' ? '{' : '[')))
			return false;
		else if (!strchr("{}[],: \n0123456789", *p))
			return false;
		p++;
	} while (depth && *p);
	return depth == 0 && strcmp(p, "\n") == 0;
}

static void test_every_item(void)
{
	struct doctor_findings f = findings_of("words");
	char *text = report(&f, report_text), *json = report(&f, report_json), member[64];

	for (unsigned i = 0; i < DOCTOR_ITEMS; i++) {
		const char *name = doctor_name((enum doctor_id)i);

		check_row = name ? name : "no name";
		CHECK(name && strstr(text, name));
		snprintf(member, sizeof(member), "{\"name\": \"%s\", \"result\": \"%s\"", name,
			 doctor_result_name(f.items[i].result));
		CHECK(strstr(json, member));
		for (unsigned j = 0; j < i; j++)
			CHECK(strcmp(name, doctor_name((enum doctor_id)j)) != 0);
	}
	CHECK(strstr(json, "\"ns\": 12345"));
	CHECK(strstr(json, "\"fit\": \"no\""));
	CHECK(strstr(text, "  - two\n"));
	free(text);
	free(json);
}

static void test_json_of_any_words(void)
{
	static const char *const words[] = {"",     "plain", "a \"quoted\" word", "back\\slash", "line\nbreak\ttab",
					    "\\\"", "}]",    "\x1b[0m",           "\xc3\xa9"};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct doctor_findings f = findings_of(words[i]);
		char *json = report(&f, report_json);

		check_row = words[i];
		CHECK(is_one_object(json));
		free(json);
	}
}

CHECK_MAIN(CHECK_TEST(test_every_item), CHECK_TEST(test_json_of_any_words))
