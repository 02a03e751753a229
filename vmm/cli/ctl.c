/* lodestore ctl: a command to a guest that runs. */
#include "vmm/cli/flags.h"
#include "vmm/cli/verbs.h"
#include "vmm/control/client.h"
#include "vmm/control/request.h"
#include "vmm/control/show.h"

#include <stdio.h>
#include <stdlib.h>

static void print_help(void)
{
	puts("usage: lodestore ctl [--json] SOCKET COMMAND [ARGUMENTS]\n"
	     "\n"
	     "Give a command to the guest that 'lodestore run --control SOCKET' (or trace) runs.\n"
	     "\n"
	     "  --json                    print the reply as it comes: one JSON object\n"
	     "\n"
	     "Commands:");
	request_help(stdout);
	puts("\n"
	     "RANGE and KEEPER are as in 'lodestore run --virtual'. A virtual address is translated by the\n"
	     "tables of VCPU (default: 0).\n"
	     "The status is 0 if the command was carried out, 1 if it was refused, 2 for a wrong command\n"
	     "line, 3 if nobody listens at SOCKET, 4 if no reply came.");
}

/* The status. */
static int print_reply(const json_t *reply, bool json, const char *path)
{
	struct error e = {.status = STATUS_GUEST};
	char why[400];

	show_error(reply, why, sizeof(why));
	if (json) {
		json_dumpf(reply, stdout, JSON_COMPACT);
		putchar('\n');
		return why[0] ? STATUS_GUEST : STATUS_OK;
	}
	if (show_reply(reply, stdout))
		return STATUS_OK;
	error_set(&e, STATUS_GUEST, "%.100s: %s", path, why);
	return verb_fail(&e);
}

static int converse(const char *path, int nwords, char *const *words, bool json)
{
	struct error e = {.status = STATUS_OK};
	json_t *request = request_of_words(nwords, words, &e), *reply = NULL;
	int status;

	if (request)
		reply = client_ask(path, request, &e);
	status = reply ? print_reply(reply, json, path) : verb_fail(&e);
	json_decref(reply);
	json_decref(request);
	return status;
}

int verb_ctl(int argc, char **argv)
{
	struct error e = {.status = STATUS_OK};
	bool help = false, json = false;
	const struct flag flags[] = {{.name = "json", .set = &json}, {.name = NULL}};
	int first = flags_read(argc, argv, flags, &help, &e);

	if (first < 0)
		return verb_fail(&e);
	if (help) {
		print_help();
		return STATUS_OK;
	}
	if (argc - first < 2) {
		error_set(&e, STATUS_USAGE, "ctl takes a SOCKET and a COMMAND; see 'lodestore ctl --help'");
		return verb_fail(&e);
	}
	return converse(argv[first], argc - first - 1, argv + first + 1, json);
}
