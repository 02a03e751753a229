#include "vmm/control/request.h"

#include "vmm/number.h"

#include <limits.h>
#include <string.h>

enum {
	NEEDS_RANGE = 1,
	NEEDS_KEEPER = 2,
	NEEDS_TEXT = 4,
	MAY_HAVE_VCPU = 8,
};

struct row {
	const char *name;
	unsigned members;
	const char *words, *meaning;
};

static const struct row rows[COMMANDS] = {
	[COMMAND_STATUS] = {"status", 0, "", "running or paused, how many vCPUs, for how long"},
	[COMMAND_PAUSE] = {"pause", 0, "", "stop all vCPUs"},
	[COMMAND_RESUME] = {"resume", 0, "", "let them go on"},
	[COMMAND_REGISTERS] = {"registers", MAY_HAVE_VCPU, " [VCPU]", "the registers of all vCPUs, or of one"},
	[COMMAND_LIST] = {"list", 0, "", "the ranges that are kept: by whom, how many loads and stores"},
	[COMMAND_ARM] = {"arm", NEEDS_RANGE | NEEDS_KEEPER | MAY_HAVE_VCPU, " RANGE=KEEPER [VCPU]",
			 "let KEEPER answer each load and store of RANGE from now on"},
	[COMMAND_DISARM] = {"disarm", NEEDS_RANGE, " RANGE", "let it be memory again"},
	[COMMAND_MARK] = {"mark", NEEDS_TEXT, " TEXT", "put a mark into the trace that is made"},
	[COMMAND_QUIT] = {"quit", 0, "", "end the guest, with status 0"},
};

const char *command_name(enum command command)
{
	return rows[command].name;
}

void request_help(FILE *out)
{
	for (unsigned i = 0; i < COMMANDS; i++) {
		char label[64];

		snprintf(label, sizeof(label), "%s%s", rows[i].name, rows[i].words);
		fprintf(out, "  %-25s %s\n", label, rows[i].meaning);
	}
}

/* --- reading a line ----------------------------------------------------------------------- */

json_t *request_read(const char *line, size_t size, struct error *e)
{
	json_error_t why;
	json_t *object;

	if (size == 0) {
		error_set(e, STATUS_USAGE, "the line is empty; expected a JSON object");
		return NULL;
	}
	object = json_loadb(line, size, JSON_REJECT_DUPLICATES, &why);
	if (!object) {
		error_set(e, STATUS_USAGE, "not JSON, at byte %d of the line: %.160s", why.position, why.text);
		return NULL;
	}
	if (json_is_object(object))
		return object;
	json_decref(object);
	error_set(e, STATUS_USAGE, "expected a JSON object, as {\"command\": \"status\"}");
	return NULL;
}

static int list_commands(struct error *e, const char *wrong)
{
	char names[160];
	size_t used = 0;

	for (unsigned i = 0; i < COMMANDS && used < sizeof(names); i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "", rows[i].name);
	return error_set(e, STATUS_USAGE, "%s; expected one of %s", wrong, names);
}

static int find_command(const char *name, enum command *out, struct error *e)
{
	char wrong[128];

	for (unsigned i = 0; i < COMMANDS; i++)
		if (strcmp(name, rows[i].name) == 0) {
			*out = (enum command)i;
			return 0;
		}
	snprintf(wrong, sizeof(wrong), "there is no command \"%.40s\"", name);
	return list_commands(e, wrong);
}

/* One line of printable text: it comes back in lists, traces and on terminals. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static int take_string(const char *name, const json_t *value, const char **out, struct error *e)
{
	const char *text = json_string_value(value);

	if (!text || !*text)
		return error_set(e, STATUS_USAGE, "\"%s\" is not a string, or is empty", name);
	if (strlen(text) >= REQUEST_TEXT)
		return error_set(e, STATUS_USAGE, "\"%s\" is longer than %d bytes", name, REQUEST_TEXT - 1);
	if (!is_plain(text))
		return error_set(e, STATUS_USAGE, "\"%s\" has control characters", name);
	*out = text;
	return 0;
}

static int take_vcpu(const json_t *value, struct request *r, struct error *e)
{
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < 0 || number > INT_MAX)
		return error_set(e, STATUS_USAGE, "\"vcpu\" is not the number of a vCPU");
	r->has_vcpu = true;
	r->vcpu = (unsigned)number;
	return 0;
}

static int take_member(const char *name, const json_t *value, struct request *r, struct error *e)
{
	unsigned members = rows[r->command].members;

	if (strcmp(name, "command") == 0)
		return 0;
	if (strcmp(name, "id") == 0)
		return json_is_string(value) || json_is_integer(value)
			       ? 0
			       : error_set(e, STATUS_USAGE, "\"id\" is neither a string nor an integer");
	if (strcmp(name, "range") == 0 && (members & NEEDS_RANGE))
		return take_string(name, value, &r->range, e);
	if (strcmp(name, "keeper") == 0 && (members & NEEDS_KEEPER))
		return take_string(name, value, &r->keeper, e);
	if (strcmp(name, "text") == 0 && (members & NEEDS_TEXT))
		return take_string(name, value, &r->text, e);
	if (strcmp(name, "vcpu") == 0 && (members & MAY_HAVE_VCPU))
		return take_vcpu(value, r, e);
	return error_set(e, STATUS_USAGE, "\"%.40s\" is nothing that %s takes", name, rows[r->command].name);
}

static int check_whole(const struct request *r, struct error *e)
{
	const struct row *row = &rows[r->command];
	const char *missing = (row->members & NEEDS_RANGE) && !r->range     ? "range"
			      : (row->members & NEEDS_KEEPER) && !r->keeper ? "keeper"
			      : (row->members & NEEDS_TEXT) && !r->text     ? "text"
									    : NULL;

	return missing ? error_set(e, STATUS_USAGE, "%s needs \"%s\"", row->name, missing) : 0;
}

int request_parse(const json_t *object, struct request *out, struct error *e)
{
	const char *name = json_string_value(json_object_get(object, "command"));
	json_t *shared = (json_t *)(uintptr_t)object; /* jansson's iterator takes no const */
	struct request r = {.vcpu = 0};
	json_t *value;
	const char *key;

	if (!name)
		return list_commands(e, "\"command\" is missing, or not a string");
	if (find_command(name, &r.command, e) < 0)
		return -1;
	json_object_foreach(shared, key, value)
	{
		if (take_member(key, value, &r, e) < 0)
			return -1;
	}
	if (check_whole(&r, e) < 0)
		return -1;
	*out = r;
	return 0;
}

/* --- words ------------------------------------------------------------------------------------ */

static int set_text(json_t *object, const char *name, const char *text, size_t size, struct error *e)
{
	if (json_object_set_new(object, name, json_stringn(text, size)) == 0)
		return 0;
	return error_set(e, STATUS_USAGE, "the %s is not UTF-8: '%.80s'", name, text);
}

/* RANGE=KEEPER, RANGE or TEXT. */
static int set_main_word(json_t *object, unsigned members, const char *word, struct error *e)
{
	const char *equals = strchr(word, '=');

	if (members & NEEDS_TEXT)
		return set_text(object, "text", word, strlen(word), e);
	if (!(members & NEEDS_KEEPER))
		return set_text(object, "range", word, strlen(word), e);
	if (!equals)
		return error_set(e, STATUS_USAGE, "expected RANGE=KEEPER, found '%.160s'", word);
	if (set_text(object, "range", word, (size_t)(equals - word), e) < 0)
		return -1;
	return set_text(object, "keeper", equals + 1, strlen(equals + 1), e);
}

static int set_vcpu_word(json_t *object, const char *word, struct error *e)
{
	uint64_t number;
	const char *why = number_parse(word, strlen(word), &number);

	if (why || number > INT_MAX)
		return error_set(e, STATUS_USAGE, "'%.80s' is not the number of a vCPU", word);
	return json_object_set_new(object, "vcpu", json_integer((json_int_t)number)) == 0
		       ? 0
		       : error_set(e, STATUS_HOST, "no memory");
}

static int set_words(json_t *object, int nwords, char *const *words, struct error *e)
{
	enum command command = COMMAND_STATUS;
	const struct row *row;
	int next = 1;

	if (nwords == 0)
		return list_commands(e, "there is no command");
	if (find_command(words[0], &command, e) < 0 || set_text(object, "command", words[0], strlen(words[0]), e) < 0)
		return -1;
	row = &rows[command];
	if (next < nwords && (row->members & (NEEDS_RANGE | NEEDS_TEXT)) &&
	    set_main_word(object, row->members, words[next++], e) < 0)
		return -1;
	if (next < nwords && (row->members & MAY_HAVE_VCPU) && set_vcpu_word(object, words[next++], e) < 0)
		return -1;
	if (next < nwords)
		return error_set(e, STATUS_USAGE, "'%.80s' is too much; expected %s%s", words[next], row->name,
				 row->words);
	return 0;
}

json_t *request_of_words(int nwords, char *const *words, struct error *e)
{
	json_t *object = json_object();
	struct request request;

	if (!object) {
		error_set(e, STATUS_HOST, "no memory");
		return NULL;
	}
	if (set_words(object, nwords, words, e) == 0 && request_parse(object, &request, e) == 0)
		return object;
	json_decref(object);
	return NULL;
}
