#include "vmm/control/console.h"

#include "vmm/control/show.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CTRL_C 0x03
#define BACKSPACE 0x08
#define CTRL_U 0x15
#define ESC 0x1b
#define DELETE 0x7f
#define PATIENCE_MS 1000

void console_init(struct console *c, struct monitor *monitor, int output)
{
	*c = (struct console){.monitor = monitor, .output = output};
}

/* Byte by byte: a terminal that is ready may block in the middle of more. */
static void tell_bytes(const struct console *c, const char *text, size_t size)
{
	struct pollfd fd = {.fd = c->output, .events = POLLOUT};

	while (size > 0) {
		ssize_t n;

		if (poll(&fd, 1, PATIENCE_MS) <= 0)
			return;
		n = write(c->output, text, 1);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return;
		text += n > 0;
		size -= n > 0;
	}
}

static void tell(const struct console *c, const char *text)
{
	tell_bytes(c, text, strlen(text));
}

static void tell_reply(const struct console *c, const json_t *reply)
{
	char *text = NULL, error[512];
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	if (!show_reply(reply, out)) {
		show_error(reply, error, sizeof(error));
		fprintf(out, "lodestore: %s\n", error);
	}
	fclose(out);
	tell(c, text);
	free(text);
}

/* Carry out a command given as words. Returns its reply's state. */
static void carry_out(const struct console *c, int nwords, char *const *words)
{
	struct error e;
	struct request request;
	json_t *object = request_of_words(nwords, words, &e), *reply;

	if (object && request_parse(object, &request, &e) == 0)
		reply = monitor_do(c->monitor, &request);
	else
		reply = monitor_refuse(&e);
	tell_reply(c, reply);
	json_decref(reply);
	json_decref(object);
}

static void carry_out_word(const struct console *c, enum command command)
{
	char word[16];

	snprintf(word, sizeof(word), "%s", command_name(command));
	tell(c, "\n");
	carry_out(c, 1, (char *[]){word, NULL});
}

/* p: what it is now, the other way round. */
static void pause_or_resume(const struct console *c)
{
	const struct request ask = {.command = COMMAND_STATUS};
	json_t *reply = monitor_do(c->monitor, &ask);
	const char *state = json_string_value(json_object_get(reply, "state"));
	bool paused = state && strcmp(state, "paused") == 0;

	json_decref(reply);
	carry_out_word(c, paused ? COMMAND_RESUME : COMMAND_PAUSE);
}

/* --- a line ------------------------------------------------------------------------------------- */

static enum escape ask_line(struct console *c, enum command command)
{
	c->asked = command;
	c->typing = true;
	c->length = 0;
	tell(c, command == COMMAND_ARM ? "\narm RANGE=KEEPER: " : "\ndisarm RANGE: ");
	return ESCAPE_MORE;
}

static void rub_out(struct console *c)
{
	if (c->length == 0)
		return;
	c->length--;
	tell(c, "\b \b");
}

static enum escape end_line(struct console *c, bool wanted)
{
	char word[16];

	c->typing = false;
	c->line[c->length] = '\0';
	tell(c, "\n");
	if (!wanted || c->length == 0)
		return ESCAPE_DONE;
	snprintf(word, sizeof(word), "%s", command_name(c->asked));
	carry_out(c, 2, (char *[]){word, c->line, NULL});
	return ESCAPE_DONE;
}

static enum escape type(struct console *c, uint8_t key)
{
	switch (key) {
	case '\r':
	case '\n':
		return end_line(c, true);
	case ESC:
	case CTRL_C:
		return end_line(c, false);
	case BACKSPACE:
	case DELETE:
		rub_out(c);
		return ESCAPE_MORE;
	case CTRL_U:
		while (c->length > 0)
			rub_out(c);
		return ESCAPE_MORE;
	default:
		break;
	}
	if (key >= ' ' && key < DELETE && c->length + 1 < sizeof(c->line)) {
		c->line[c->length++] = (char)key;
		tell_bytes(c, (const char *)&key, 1);
	}
	return ESCAPE_MORE;
}

enum escape console_key(struct console *c, uint8_t key)
{
	if (c->typing)
		return type(c, key);
	switch (key) {
	case 'p':
		pause_or_resume(c);
		return ESCAPE_DONE;
	case 'r':
		carry_out_word(c, COMMAND_REGISTERS);
		return ESCAPE_DONE;
	case 'l':
		carry_out_word(c, COMMAND_LIST);
		return ESCAPE_DONE;
	case 'a':
		return ask_line(c, COMMAND_ARM);
	case 'd':
		return ask_line(c, COMMAND_DISARM);
	case 'h':
		tell(c, "\nCtrl-A h help, p pause or resume, r registers, l list what is kept,\n"
			"       a arm a range, d disarm one, x quit; Ctrl-A Ctrl-A is one Ctrl-A\n");
		return ESCAPE_DONE;
	default:
		return ESCAPE_UNKNOWN;
	}
}
