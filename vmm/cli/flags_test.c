#include "vmm/cli/flags.h"

#include "tests/check.h"
#include "vmm/cli/verbs.h"

#include <unistd.h>

static const struct {
	const char *name;
	const char *argv[5];
	int operands; /* index of the first, or -1 */
	bool json, help;
	const char *mode, *why;
} rows[] = {
	{"nothing", {"v"}, 1, false, false, "64", ""},
	{"a flag", {"v", "--json"}, 2, true, false, "64", ""},
	{"a value", {"v", "--mode", "16", "90"}, 3, false, false, "16", ""},
	{"a value joined", {"v", "--mode=32"}, 2, false, false, "32", ""},
	{"operands first", {"v", "90", "--json"}, 2, true, false, "64", ""},
	{"operands after --", {"v", "--", "--json"}, 2, false, false, "64", ""},
	{"help", {"v", "--help"}, 2, false, true, "64", ""},
	{"short help", {"v", "-h"}, 2, false, true, "64", ""},
	{"no value", {"v", "--mode"}, -1, false, false, "64", "--mode needs a value"},
	{"unknown", {"v", "--frob"}, -1, false, false, "64", "unknown option '--frob'; see 'lodestore v --help'"},
	{"unknown short", {"v", "-j"}, -1, false, false, "64", "unknown option '-j'; see 'lodestore v --help'"},
	{"value for a flag", {"v", "--json=1"}, -1, false, false, "64", "--json takes no value"},
};

static void flag_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool json = false, help = false;
		const char *mode = "64";
		const struct flag flags[] = {{"json", &json, NULL}, {"mode", NULL, &mode}, {NULL, NULL, NULL}};
		char words[5][16] = {"", "", "", "", ""};
		char *argv[6] = {NULL};
		struct error e = {0};
		int argc = 0;

		for (; argc < 5 && rows[i].argv[argc]; argc++) {
			snprintf(words[argc], sizeof(words[argc]), "%s", rows[i].argv[argc]);
			argv[argc] = words[argc];
		}
		check_row = rows[i].name;
		CHECK_EQ(flags_read(argc, argv, flags, &help, &e), rows[i].operands);
		CHECK_EQ(json, rows[i].json);
		CHECK_EQ(help, rows[i].help);
		CHECK_STR(mode, rows[i].mode);
		CHECK_STR(e.text, rows[i].why);
	}
}

/* Runs the verb with one word; its status, and on *out what it printed. Nothing reaches the test's own output. */
static int say(const struct verb *verb, const char *word, char *out, size_t size)
{
	char name[16], argument[16];
	char *argv[] = {name, argument, NULL};
	FILE *file = tmpfile();
	int outside, status;
	size_t count;

	snprintf(name, sizeof(name), "%s", verb->name);
	snprintf(argument, sizeof(argument), "%s", word);
	fflush(stdout);
	outside = dup(STDOUT_FILENO);
	dup2(fileno(file), STDOUT_FILENO);
	status = verb->run(2, argv);
	fflush(stdout);
	dup2(outside, STDOUT_FILENO);
	close(outside);
	rewind(file);
	count = fread(out, 1, size - 1, file);
	out[count] = '\0';
	fclose(file);
	return status;
}

static void every_verb_has_help(void)
{
	for (const struct verb *v = verb_table(); v->name; v++) {
		char out[8192], usage[64];

		check_row = v->name;
		CHECK_EQ(say(v, "--help", out, sizeof(out)), STATUS_OK);
		snprintf(usage, sizeof(usage), "usage: lodestore %s ", v->name);
		CHECK(strncmp(out, usage, strlen(usage)) == 0);
		CHECK_EQ(say(v, "--frob", out, sizeof(out)), STATUS_USAGE);
		CHECK_STR(out, ""); /* an error is not on standard output */
	}
}

CHECK_MAIN(CHECK_TEST(flag_rows), CHECK_TEST(every_verb_has_help))
