/* lodestore mark: a line of text into a trace that is being made. */
#include "vmm/cli/flags.h"
#include "vmm/cli/verbs.h"
#include "vmm/control/client.h"
#include "vmm/control/request.h"
#include "vmm/control/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help_text[] = "usage: lodestore mark [--to SOCKET] TEXT\n"
				"\n"
				"Put TEXT as a mark into the trace that 'lodestore trace --control SOCKET' is making.\n"
				"Without --to, SOCKET is what the environment variable LODESTORE_CONTROL says.";

static int ask(const char *to, const json_t *request, struct error *e)
{
	json_t *reply = client_ask(to, request, e);
	char why[300];

	if (!reply)
		return -1;
	show_error(reply, why, sizeof(why));
	json_decref(reply);
	return why[0] ? error_set(e, STATUS_GUEST, "%s: %s", to, why) : 0;
}

static int send_mark(const char *to, char *text, struct error *e)
{
	char command[] = "mark", *words[] = {command, text, NULL};
	json_t *request;
	int err;

	if (!to || !*to)
		return error_set(e, STATUS_USAGE, "no socket to send the mark to: --to SOCKET");
	if (!*text)
		return error_set(e, STATUS_USAGE, "the text of a mark is empty");
	if (strchr(text, '\n'))
		return error_set(e, STATUS_USAGE, "the text of a mark is one line");
	request = request_of_words(2, words, e);
	if (!request)
		return -1;
	err = ask(to, request, e);
	json_decref(request);
	return err;
}

int verb_mark(int argc, char **argv)
{
	struct error e = {.status = STATUS_OK};
	const char *to = getenv("LODESTORE_CONTROL");
	const struct flag flags[] = {{.name = "to", .value = &to}, {.name = NULL}};
	bool help = false;
	int first = flags_read(argc, argv, flags, &help, &e);

	if (first < 0)
		return verb_fail(&e);
	if (help) {
		puts(help_text);
		return 0;
	}
	if (argc - first != 1) {
		error_set(&e, STATUS_USAGE, "mark takes one TEXT; see 'lodestore mark --help'");
		return verb_fail(&e);
	}
	return send_mark(to, argv[first], &e) < 0 ? verb_fail(&e) : 0;
}
