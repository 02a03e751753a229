#include "vmm/control/client.h"

#include "vmm/control/request.h"
#include "vmm/control/socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPLY_MAX (16u << 20) /* longer than any that is sent */

static const char ended[] = "the guest has ended", silent[] = "it does not answer";

static int send_all(int fd, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t n = send(fd, text, size, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		size -= (size_t)n;
	}
	return 0;
}

static int send_request(int fd, const char *path, const json_t *request, struct error *e)
{
	char *text = json_dumps(request, JSON_COMPACT);
	int err;

	if (!text)
		return error_set(e, STATUS_HOST, "no memory");
	if (strlen(text) >= REQUEST_LINE) {
		free(text);
		return error_set(e, STATUS_USAGE, "the command is longer than %d bytes", REQUEST_LINE - 1);
	}
	err = send_all(fd, text, strlen(text)) < 0 || send_all(fd, "\n", 1) < 0 ? errno : 0;
	free(text);
	return err ? error_set(e, STATUS_HOST, "%s: %s", path, err == EPIPE ? ended : strerror(err)) : 0;
}

/* Twice the room. */
static bool grow(char **text, size_t *room)
{
	size_t more = *room ? 2 * *room : REQUEST_LINE;
	char *larger = more <= REPLY_MAX ? realloc(*text, more) : NULL;

	if (!larger)
		return false;
	*text = larger;
	*room = more;
	return true;
}

/* The reply's line, its length in *size; NULL with *e filled. */
static char *receive_line(int fd, const char *path, size_t *size, struct error *e)
{
	size_t have = 0, room = 0;
	char *text = NULL;

	for (;;) {
		ssize_t n;

		if (have == room && !grow(&text, &room)) {
			error_set(e, STATUS_HOST, "%s: the reply is too long", path);
			break;
		}
		n = recv(fd, text + have, room - have, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			error_set(e, STATUS_HOST, "%s: no reply: %s", path,
				  n == 0 || errno == ECONNRESET ? ended
				  : errno == EAGAIN             ? silent
								: strerror(errno));
			break;
		}
		have += (size_t)n;
		if (text[have - 1] == '\n') {
			*size = have;
			return text;
		}
	}
	free(text);
	return NULL;
}

static json_t *converse(int fd, const char *path, const json_t *request, struct error *e)
{
	json_t *reply = NULL;
	size_t size = 0;
	char *text;

	if (send_request(fd, path, request, e) < 0)
		return NULL;
	text = receive_line(fd, path, &size, e);
	if (!text)
		return NULL;
	reply = json_loadb(text, size, 0, NULL);
	free(text);
	if (reply && json_is_object(reply))
		return reply;
	json_decref(reply);
	error_set(e, STATUS_HOST, "%s: the reply is no JSON object", path);
	return NULL;
}

json_t *client_ask(const char *path, const json_t *request, struct error *e)
{
	int fd = socket_connect(path, e);
	json_t *reply;

	if (fd < 0)
		return NULL;
	reply = converse(fd, path, request, e);
	close(fd);
	return reply;
}
