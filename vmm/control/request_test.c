#include "vmm/control/request.h"

#include "tests/check.h"

#include <stdlib.h>

static const struct {
	const char *name, *line, *error; /* error NULL: it is one */
	enum command command;
	const char *range, *keeper, *text;
	int vcpu; /* -1: none */
} rows[] = {
	{"status", "{\"command\":\"status\"}", NULL, COMMAND_STATUS, NULL, NULL, NULL, -1},
	{"blanks and an id", " { \"id\" : 7, \"command\" : \"pause\" } ", NULL, COMMAND_PAUSE, NULL, NULL, NULL, -1},
	{"registers of one", "{\"command\":\"registers\",\"vcpu\":3}", NULL, COMMAND_REGISTERS, NULL, NULL, NULL, 3},
	{"arm", "{\"command\":\"arm\",\"range\":\"gpa:0+1\",\"keeper\":\"zero\"}", NULL, COMMAND_ARM, "gpa:0+1", "zero",
	 NULL, -1},
	{"disarm", "{\"command\":\"disarm\",\"range\":\"gpa:0+1\"}", NULL, COMMAND_DISARM, "gpa:0+1", NULL, NULL, -1},
	{"mark", "{\"command\":\"mark\",\"text\":\"half \\u00e4\"}", NULL, COMMAND_MARK, NULL, NULL, "half \xc3\xa4",
	 -1},
	{.name = "nothing", .line = "", .error = "empty"},
	{.name = "garbage", .line = "pause", .error = "not JSON, at byte"},
	{.name = "cut", .line = "{\"command\":\"pause\"", .error = "not JSON, at byte 18"},
	{.name = "two", .line = "{\"command\":\"pause\"}{}", .error = "end of file expected"},
	{.name = "no object", .line = "[1]", .error = "expected a JSON object"},
	{.name = "no command", .line = "{}", .error = "\"command\" is missing"},
	{.name = "command of a wrong type", .line = "{\"command\":{}}", .error = "\"command\" is missing"},
	{.name = "unknown command",
	 .line = "{\"command\":\"stop\"}",
	 .error = "no command \"stop\"; expected one of status"},
	{.name = "twice", .line = "{\"command\":\"pause\",\"command\":\"quit\"}", .error = "duplicate object key"},
	{.name = "unknown member",
	 .line = "{\"command\":\"pause\",\"cpu\":1}",
	 .error = "\"cpu\" is nothing that pause takes"},
	{.name = "missing member", .line = "{\"command\":\"arm\",\"range\":\"x\"}", .error = "arm needs \"keeper\""},
	{.name = "empty text",
	 .line = "{\"command\":\"mark\",\"text\":\"\"}",
	 .error = "\"text\" is not a string, or is empty"},
	{.name = "number for text", .line = "{\"command\":\"mark\",\"text\":1}", .error = "\"text\" is not a string"},
	{.name = "escape sequence",
	 .line = "{\"command\":\"mark\",\"text\":\"\\u001b[2J\"}",
	 .error = "control characters"},
	{.name = "zero in text", .line = "{\"command\":\"mark\",\"text\":\"a\\u0000b\"}", .error = "not JSON"},
	{.name = "no UTF-8", .line = "{\"command\":\"mark\",\"text\":\"\xff\"}", .error = "not JSON"},
	{.name = "negative vCPU",
	 .line = "{\"command\":\"registers\",\"vcpu\":-1}",
	 .error = "not the number of a vCPU"},
	{.name = "huge vCPU",
	 .line = "{\"command\":\"registers\",\"vcpu\":4294967296}",
	 .error = "not the number of a vCPU"},
	{.name = "half a vCPU",
	 .line = "{\"command\":\"registers\",\"vcpu\":0.5}",
	 .error = "not the number of a vCPU"},
	{.name = "huge number", .line = "{\"command\":\"registers\",\"vcpu\":1e999}", .error = "not JSON"},
	{.name = "id of a wrong type", .line = "{\"command\":\"pause\",\"id\":{}}", .error = "\"id\" is neither"},
};

static void same(const char *found, const char *expected)
{
	CHECK_STR(found ? found : "(none)", expected ? expected : "(none)");
}

static void lines(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct request r = {.command = COMMANDS, .vcpu = 77};
		struct error e = {.text = ""};
		json_t *object = request_read(rows[i].line, strlen(rows[i].line), &e);
		int err = object ? request_parse(object, &r, &e) : -1;

		check_row = rows[i].name;
		CHECK_EQ(err, rows[i].error ? -1 : 0);
		CHECK_AT(!rows[i].error || strstr(e.text, rows[i].error), "\"%s\"", e.text);
		if (err == 0) {
			CHECK_EQ(r.command, rows[i].command);
			same(r.range, rows[i].range);
			same(r.keeper, rows[i].keeper);
			same(r.text, rows[i].text);
			CHECK_EQ(r.has_vcpu ? (int)r.vcpu : -1, rows[i].vcpu);
		} else {
			CHECK_EQ(r.command, COMMANDS); /* untouched */
		}
		json_decref(object);
	}
}

/* As deep as a line can be: refused, and the stack holds it. */
static void deep_nesting(void)
{
	static char line[REQUEST_LINE];
	struct error e = {.text = ""};

	memset(line, '[', sizeof(line));
	CHECK(!request_read(line, sizeof(line), &e));
	CHECK(strstr(e.text, "not JSON"));
	memset(line, '{', sizeof(line));
	CHECK(!request_read(line, sizeof(line), &e));
}

static void long_text(void)
{
	char line[1200], text[REQUEST_TEXT + 1];
	struct error e = {.text = ""};
	struct request r;

	for (unsigned more = 0; more < 2; more++) {
		json_t *object;

		memset(text, 'a', sizeof(text));
		text[REQUEST_TEXT - 1 + more] = '\0';
		snprintf(line, sizeof(line), "{\"command\":\"mark\",\"text\":\"%s\"}", text);
		object = request_read(line, strlen(line), &e);
		CHECK_EQ(request_parse(object, &r, &e), more ? -1 : 0);
		json_decref(object);
	}
	CHECK(strstr(e.text, "longer than 506 bytes"));
}

static const struct {
	const char *name, *words[5], *json, *error;
} word_rows[] = {
	{"pause", {"pause"}, "{\"command\": \"pause\"}", NULL},
	{"arm",
	 {"arm", "gpa:0+1=log,op=w:memory"},
	 "{\"command\": \"arm\", \"range\": \"gpa:0+1\", \"keeper\": \"log,op=w:memory\"}",
	 NULL},
	{"arm by a vCPU",
	 {"arm", "va:0+1=zero", "2"},
	 "{\"command\": \"arm\", \"range\": \"va:0+1\", \"keeper\": \"zero\", \"vcpu\": 2}",
	 NULL},
	{"registers", {"registers", "0x1"}, "{\"command\": \"registers\", \"vcpu\": 1}", NULL},
	{"mark", {"mark", "a = b"}, "{\"command\": \"mark\", \"text\": \"a = b\"}", NULL},
	{"none", {NULL}, NULL, "there is no command"},
	{"unknown", {"halt"}, NULL, "no command \"halt\""},
	{"too much", {"pause", "now"}, NULL, "'now' is too much; expected pause"},
	{"too little", {"disarm"}, NULL, "disarm needs \"range\""},
	{"arm without a keeper", {"arm", "gpa:0+1"}, NULL, "expected RANGE=KEEPER"},
	{"arm with an empty one", {"arm", "gpa:0+1="}, NULL, "\"keeper\" is not a string, or is empty"},
	{"no number", {"registers", "x"}, NULL, "not the number of a vCPU"},
	{"no UTF-8", {"mark", "\xff"}, NULL, "not UTF-8"},
};

static void words(void)
{
	for (size_t i = 0; i < sizeof(word_rows) / sizeof(word_rows[0]); i++) {
		struct error e = {.text = ""};
		char *copies[5] = {NULL}, *text;
		json_t *object;
		int n = 0;

		check_row = word_rows[i].name;
		for (; word_rows[i].words[n]; n++)
			copies[n] = strdup(word_rows[i].words[n]);
		object = request_of_words(n, copies, &e);
		text = object ? json_dumps(object, 0) : NULL;
		same(text, word_rows[i].json);
		CHECK_AT(!word_rows[i].error || strstr(e.text, word_rows[i].error), "\"%s\"", e.text);
		free(text);
		json_decref(object);
		while (n > 0)
			free(copies[--n]);
	}
}

CHECK_MAIN(CHECK_TEST(lines), CHECK_TEST(deep_nesting), CHECK_TEST(long_text), CHECK_TEST(words))
