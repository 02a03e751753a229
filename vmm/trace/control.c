#include "vmm/trace/control.h"
#include "vmm/background.h"
#include "vmm/clock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define TAKE_LIMIT_MS 5000 /* for the vCPU's thread to come by */

struct client {
	int fd; /* -1: none */
	size_t have;
	char line[CONTROL_LINE];
	uint64_t since_ns; /* when it said something last */
};

struct control {
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	int listener, wake; /* wake: an eventfd that ends the thread */
	pthread_t thread;
	void (*kick)(void);
	struct client clients[CONTROL_CLIENTS];
	pthread_mutex_t lock;
	pthread_cond_t taken;
	bool waiting; /* text is for the vCPU's thread */
	bool ending;
	char text[CONTROL_TEXT];
};

/* --- what is handed over ------------------------------------------------------------------- */

bool control_take(struct control *c, char text[CONTROL_TEXT])
{
	bool waiting;

	pthread_mutex_lock(&c->lock);
	waiting = c->waiting;
	if (waiting) {
		memcpy(text, c->text, CONTROL_TEXT);
		c->waiting = false;
		pthread_cond_signal(&c->taken);
	}
	pthread_mutex_unlock(&c->lock);
	return waiting;
}

/* Wait until the vCPU's thread has it. False: it does not come, or the run is over. */
static bool hand_over(struct control *c, const char *text)
{
	struct timespec limit;
	bool taken;
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += TAKE_LIMIT_MS / 1000;
	pthread_mutex_lock(&c->lock);
	snprintf(c->text, sizeof(c->text), "%s", text);
	c->waiting = true;
	c->kick();
	while (c->waiting && !c->ending && err != ETIMEDOUT)
		err = pthread_cond_timedwait(&c->taken, &c->lock, &limit);
	taken = !c->waiting;
	c->waiting = false;
	pthread_mutex_unlock(&c->lock);
	return taken;
}

/* --- clients ----------------------------------------------------------------------------------- */

static void drop(struct client *client)
{
	close(client->fd);
	client->fd = -1;
}

static void answer(struct client *client, const char *text)
{
	if (send(client->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		drop(client);
}

/* A line that could break the view of a trace is refused, not cleaned. */
static bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static void carry_out(struct control *c, struct client *client, const char *line)
{
	if (strncmp(line, "mark ", 5) != 0)
		answer(client, "error: expected mark TEXT\n");
	else if (!line[5] || !is_printable(line + 5))
		answer(client, "error: the text of a mark is empty, or has control characters\n");
	else
		answer(client, hand_over(c, line + 5) ? "ok\n" : "error: the guest does not come to it\n");
}

/* All whole lines of what was sent. */
static void take_lines(struct control *c, struct client *client)
{
	char *end;

	while (client->fd >= 0 && (end = memchr(client->line, '\n', client->have))) {
		size_t length = (size_t)(end - client->line) + 1;

		*end = '\0';
		if (strlen(client->line) != length - 1)
			answer(client, "error: a line with a zero byte\n");
		else
			carry_out(c, client, client->line);
		client->have -= length;
		memmove(client->line, client->line + length, client->have);
	}
	if (client->fd >= 0 && client->have == sizeof(client->line)) {
		answer(client, "error: the line is too long\n");
		if (client->fd >= 0)
			drop(client);
	}
}

static void receive(struct control *c, struct client *client)
{
	ssize_t n = recv(client->fd, client->line + client->have, sizeof(client->line) - client->have, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(client);
		return;
	}
	client->have += (size_t)n;
	client->since_ns = now_ns();
	take_lines(c, client);
}

static void welcome(struct control *c)
{
	int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		if (c->clients[i].fd < 0) {
			c->clients[i] = (struct client){.fd = fd, .since_ns = now_ns()};
			return;
		}
	(void)send(fd, "error: too many at once\n", 24, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static void *serve(void *self)
{
	struct control *c = self;

	for (;;) {
		struct pollfd fds[CONTROL_CLIENTS + 2] = {{.fd = c->wake, .events = POLLIN},
							  {.fd = c->listener, .events = POLLIN}};

		for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
			fds[i + 2] = (struct pollfd){.fd = c->clients[i].fd, .events = POLLIN};
		if (poll(fds, CONTROL_CLIENTS + 2, 1000) < 0 && errno != EINTR)
			return NULL;
		if (fds[0].revents)
			return NULL;
		for (unsigned i = 0; i < CONTROL_CLIENTS; i++) {
			struct client *client = &c->clients[i];

			if (client->fd >= 0 && fds[i + 2].revents)
				receive(c, client);
			else if (client->fd >= 0 && now_ns() - client->since_ns > CONTROL_SILENCE_MS * 1000000ull)
				drop(client);
		}
		if (fds[1].revents)
			welcome(c);
	}
}

/* --- opening ------------------------------------------------------------------------------------- */

static int socket_at(const char *path, struct sockaddr_un *address, struct error *e)
{
	int fd;

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (!*path || strlen(path) >= sizeof(address->sun_path))
		return error_set(e, STATUS_USAGE, "the socket \"%.120s\": its path is empty or longer than %zu bytes",
				 path, sizeof(address->sun_path) - 1);
	strcpy(address->sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd >= 0 ? fd : error_set(e, STATUS_HOST, "the socket \"%s\": %s", path, strerror(errno));
}

/* A socket that nobody listens at any more is taken away; anything else that exists is not. */
static bool is_dead(const struct sockaddr_un *address)
{
	struct stat about;
	struct error e;
	struct sockaddr_un again;
	int fd;
	bool dead;

	if (lstat(address->sun_path, &about) < 0 || !S_ISSOCK(about.st_mode))
		return false;
	fd = socket_at(address->sun_path, &again, &e);
	if (fd < 0)
		return false;
	dead = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 && errno == ECONNREFUSED;
	close(fd);
	return dead;
}

static int listen_at(struct control *c, const char *path, struct error *e)
{
	struct sockaddr_un address;
	mode_t mask;
	int err;

	c->listener = socket_at(path, &address, e);
	if (c->listener < 0)
		return -1;
	if (is_dead(&address))
		unlink(path);
	mask = umask(077);
	err = bind(c->listener, (const struct sockaddr *)&address, sizeof(address)) < 0 ? errno : 0;
	umask(mask);
	if (err)
		return error_set(e, STATUS_INPUT, "the socket \"%s\": %s", path,
				 err == EADDRINUSE ? "it exists" : strerror(err));
	snprintf(c->path, sizeof(c->path), "%s", path);
	if (listen(c->listener, CONTROL_CLIENTS) < 0)
		return error_set(e, STATUS_HOST, "the socket \"%s\": %s", path, strerror(errno));
	return 0;
}

static void release(struct control *c)
{
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		if (c->clients[i].fd >= 0)
			drop(&c->clients[i]);
	if (c->listener >= 0)
		close(c->listener);
	if (c->wake >= 0)
		close(c->wake);
	if (c->path[0])
		unlink(c->path);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->taken);
	free(c);
}

struct control *control_open(const char *path, void (*kick)(void), struct error *e)
{
	struct control *c = calloc(1, sizeof(*c));

	if (!c) {
		error_set(e, STATUS_HOST, "out of memory");
		return NULL;
	}
	c->kick = kick;
	c->listener = -1;
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		c->clients[i].fd = -1;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->taken, NULL);
	c->wake = eventfd(0, EFD_CLOEXEC);
	if (c->wake < 0)
		error_set(e, STATUS_HOST, "the socket \"%s\": %s", path, strerror(errno));
	else if (listen_at(c, path, e) == 0) {
		int err = background_start(&c->thread, 0, serve, c);

		if (err == 0)
			return c;
		error_set(e, STATUS_HOST, "the socket \"%s\": %s", path, strerror(err));
	}
	release(c);
	return NULL;
}

void control_close(struct control *c)
{
	uint64_t one = 1;

	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	c->ending = true;
	pthread_cond_signal(&c->taken);
	pthread_mutex_unlock(&c->lock);
	if (write(c->wake, &one, sizeof(one)) == sizeof(one))
		pthread_join(c->thread, NULL);
	release(c);
}

/* --- the other side ---------------------------------------------------------------------------------- */

static int converse(int fd, const char *path, const char *line, struct error *e)
{
	struct timeval limit = {.tv_sec = CONTROL_SILENCE_MS / 1000};
	char text[CONTROL_LINE + 1];
	size_t length = (size_t)snprintf(text, sizeof(text), "%s\n", line), have = 0;
	ssize_t n = 1;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (send(fd, text, length, MSG_NOSIGNAL) != (ssize_t)length)
		return error_set(e, STATUS_HOST, "%s: %s", path, strerror(errno));
	while (have < sizeof(text) - 1 && !memchr(text, '\n', have) &&
	       (n = recv(fd, text + have, sizeof(text) - 1 - have, 0)) > 0)
		have += (size_t)n;
	text[have] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (strcmp(text, "ok") == 0)
		return 0;
	return error_set(e, STATUS_HOST, "%s: %s", path, text[0] ? text : n == 0 ? "the trace has ended" : "no answer");
}

int control_send(const char *path, const char *line, struct error *e)
{
	struct sockaddr_un address;
	int fd, err;

	if (strlen(line) >= CONTROL_LINE)
		return error_set(e, STATUS_USAGE, "the text is longer than %d bytes", CONTROL_TEXT - 1);
	fd = socket_at(path, &address, e);
	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		err = error_set(e, STATUS_INPUT, "%s: %s", path, strerror(errno));
	else
		err = converse(fd, path, line, e);
	close(fd);
	return err;
}
