#include "vmm/control/server.h"

#include "vmm/background.h"
#include "vmm/clock.h"
#include "vmm/control/request.h"
#include "vmm/control/socket.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 100 /* where the host has no file descriptors left */

struct client {
	int fd; /* -1: none */
	size_t have;
	char line[REQUEST_LINE];
	char *out; /* a reply that is not all sent, or NULL */
	size_t out_at, out_size;
	bool closing; /* when that is sent */
	uint64_t since_ns; /* when it last sent or took something */
};

struct server {
	struct server_host host;
	struct socket_place place;
	bool listens, runs;
	int wake; /* an eventfd */
	atomic_bool ending;
	uint64_t deaf_until_ns;
	pthread_t thread;
	struct client clients[SERVER_CLIENTS];
};

/* --- one client ----------------------------------------------------------------------------- */

static void drop(struct client *c)
{
	close(c->fd);
	free(c->out);
	c->out = NULL;
	c->fd = -1;
}

static void flush_out(struct client *c)
{
	ssize_t n = send(c->fd, c->out + c->out_at, c->out_size - c->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		drop(c);
		return;
	}
	if (n <= 0)
		return;
	c->since_ns = now_ns();
	c->out_at += (size_t)n;
	if (c->out_at < c->out_size)
		return;
	free(c->out);
	c->out = NULL;
	if (c->closing)
		drop(c);
}

/* text is the client's from now on. */
static void reply(struct client *c, char *text)
{
	if (!text) {
		drop(c);
		return;
	}
	c->out = text;
	c->out_at = 0;
	c->out_size = strlen(text);
	flush_out(c);
}

static void refuse(struct client *c, const char *why)
{
	char *text = NULL;

	c->closing = true;
	if (asprintf(&text, "{\"ok\":false,\"error\":\"%s\"}\n", why) < 0)
		text = NULL;
	reply(c, text);
}

static bool has_line(const struct client *c)
{
	return memchr(c->line, '\n', c->have) != NULL;
}

static void take_line(struct server *s, struct client *c)
{
	size_t length = (size_t)((char *)memchr(c->line, '\n', c->have) - c->line) + 1;
	char *text = s->host.answer(s->host.self, c->line, length - 1);

	c->have -= length;
	memmove(c->line, c->line + length, c->have);
	reply(c, text);
}

static void receive(struct client *c)
{
	ssize_t n = recv(c->fd, c->line + c->have, sizeof(c->line) - c->have, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == 0 && c->have > 0) {
		refuse(c, "the line does not end");
		return;
	}
	if (n <= 0) {
		drop(c);
		return;
	}
	c->have += (size_t)n;
	c->since_ns = now_ns();
	if (c->have == sizeof(c->line) && !has_line(c))
		refuse(c, "the line is longer than 4096 bytes");
}

_Static_assert(REQUEST_LINE == 4096, "as the error says");

/* A reply first, then a line that is there, then more lines: one at a time, so that all clients have their turn. */
static void attend(struct server *s, struct client *c, short events)
{
	if (c->out) {
		if (events)
			flush_out(c);
	} else if (has_line(c)) {
		take_line(s, c);
	} else if (events) {
		receive(c);
	}
}

/* --- all of them ---------------------------------------------------------------------------------- */

/* A free place, or that of the one who has been silent for longest. NULL: none. */
static struct client *place_for(struct server *s)
{
	struct client *oldest = &s->clients[0];

	for (unsigned i = 0; i < SERVER_CLIENTS; i++) {
		if (s->clients[i].fd < 0)
			return &s->clients[i];
		if (s->clients[i].since_ns < oldest->since_ns)
			oldest = &s->clients[i];
	}
	if (now_ns() - oldest->since_ns < SERVER_SILENCE_MS * 1000000ull)
		return NULL;
	drop(oldest);
	return oldest;
}

static void welcome(struct server *s)
{
	static const char full[] = "{\"ok\":false,\"error\":\"too many are connected\"}\n";
	int fd = accept4(s->place.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *c;

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			s->deaf_until_ns = now_ns() + PATIENCE_MS * 1000000ull;
		return;
	}
	c = place_for(s);
	if (c) {
		*c = (struct client){.fd = fd, .since_ns = now_ns()};
		return;
	}
	(void)send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

/* What to wait for, and how long. */
static int prepare(const struct server *s, struct pollfd *fds)
{
	bool deaf = now_ns() < s->deaf_until_ns;
	int timeout = deaf ? PATIENCE_MS : -1;

	fds[0] = (struct pollfd){.fd = s->wake, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = s->listens && !deaf ? s->place.fd : -1, .events = POLLIN};
	for (unsigned i = 0; i < SERVER_CLIENTS; i++) {
		const struct client *c = &s->clients[i];

		fds[i + 2] = (struct pollfd){.fd = c->fd, .events = c->out ? POLLOUT : POLLIN};
		if (c->fd >= 0 && !c->out && has_line(c))
			timeout = 0;
	}
	return timeout;
}

static void *serve(void *self)
{
	struct server *s = self;

	while (!atomic_load(&s->ending)) {
		struct pollfd fds[SERVER_CLIENTS + 2];
		int timeout = prepare(s, fds);
		uint64_t ignored;

		if (poll(fds, SERVER_CLIENTS + 2, timeout) < 0)
			continue;
		if (fds[0].revents && read(s->wake, &ignored, sizeof(ignored)) > 0 && !atomic_load(&s->ending))
			s->host.nudged(s->host.self);
		for (unsigned i = 0; i < SERVER_CLIENTS; i++)
			if (s->clients[i].fd >= 0)
				attend(s, &s->clients[i], fds[i + 2].revents);
		if (fds[1].revents)
			welcome(s);
	}
	return NULL;
}

/* --- beginning and end --------------------------------------------------------------------------- */

struct server *server_new(const char *path, const struct server_host *host, struct error *e)
{
	struct server *s = calloc(1, sizeof(*s));

	if (!s) {
		error_set(e, STATUS_HOST, "out of memory");
		return NULL;
	}
	s->host = *host;
	for (unsigned i = 0; i < SERVER_CLIENTS; i++)
		s->clients[i].fd = -1;
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->wake < 0)
		error_set(e, STATUS_HOST, "the control socket: %s", strerror(errno));
	else if (!path || socket_listen(path, &s->place, e) == 0) {
		s->listens = path != NULL;
		return s;
	}
	server_free(s);
	return NULL;
}

int server_start(struct server *s, struct error *e)
{
	int err = background_start(&s->thread, 0, serve, s);

	if (err)
		return error_set(e, STATUS_HOST, "the control socket: no thread: %s", strerror(err));
	s->runs = true;
	return 0;
}

void server_nudge(const struct server *s)
{
	const uint64_t one = 1;
	int before = errno;

	while (write(s->wake, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	errno = before;
}

void server_stop(struct server *s)
{
	atomic_store(&s->ending, true);
	server_nudge(s);
	if (s->runs)
		pthread_join(s->thread, NULL);
	s->runs = false;
	for (unsigned i = 0; i < SERVER_CLIENTS; i++)
		if (s->clients[i].fd >= 0)
			drop(&s->clients[i]);
	if (s->listens)
		socket_remove(&s->place);
	s->listens = false;
}

void server_free(struct server *s)
{
	if (!s)
		return;
	server_stop(s);
	if (s->wake >= 0)
		close(s->wake);
	free(s);
}
