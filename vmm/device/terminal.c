#include "vmm/device/terminal.h"
#include "vmm/background.h"

#include "vmm/device/output.h"
#include "vmm/device/rawmode.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ESCAPE 0x01 /* Ctrl-A */
#define READ_MAX 256
#define PATIENCE_MS 1000 /* for output, once the guest is to end */
#define SLICE_MS 100

enum keys {
	KEYS_PLAIN, /* the guest's */
	KEYS_ESCAPED, /* Ctrl-A was the last key */
	KEYS_HOSTS, /* a command of the host's wants them all */
};

struct terminal {
	struct terminal_host host;
	int input, wake;
	struct output output;
	bool tty, started, raw;
	enum keys keys;
	atomic_bool stopping;
	atomic_bool mute; /* nobody reads the output any more */
	atomic_bool full; /* somebody waits for room for more of it */
	pthread_t thread;
	struct sigaction pipe_action; /* SIGPIPE's before */
};

/* Reading, or setting the mode of, a terminal of which another process group has the foreground would stop us. */
static bool is_another_groups(int input)
{
	pid_t group = tcgetpgrp(input);

	return group >= 0 && group != getpgrp();
}

struct terminal *terminal_new(int input, int output, const struct terminal_host *host)
{
	struct terminal *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->host = *host;
	t->input = input >= 0 && is_another_groups(input) ? -1 : input;
	output_init(&t->output, output);
	t->tty = t->input >= 0 && isatty(t->input);
	t->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->wake < 0) {
		free(t);
		return NULL;
	}
	return t;
}

bool terminal_is_tty(const struct terminal *t)
{
	return t->tty;
}

void terminal_wake(struct terminal *t)
{
	uint64_t one = 1;

	while (write(t->wake, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

void terminal_mute(struct terminal *t)
{
	atomic_store(&t->mute, true);
}

/* A key that is the host's. True if it is none of its commands. */
static bool is_unknown(struct terminal *t, uint8_t key)
{
	enum escape what = t->host.escape ? t->host.escape(t->host.self, key) : ESCAPE_UNKNOWN;

	t->keys = what == ESCAPE_MORE ? KEYS_HOSTS : KEYS_PLAIN;
	return what == ESCAPE_UNKNOWN;
}

/* A key after Ctrl-A; what of both is for the guest goes to out. Returns how much. */
static size_t escaped_key(struct terminal *t, uint8_t key, uint8_t *out)
{
	t->keys = KEYS_PLAIN;
	out[0] = ESCAPE;
	out[1] = key;
	if (key == ESCAPE)
		return 1;
	if (key == 'x') {
		terminal_mute(t); /* the guest must not wait for its output any more */
		t->host.quit(t->host.self);
		return 0;
	}
	return is_unknown(t, key) ? 2 : 0;
}

/* Keys of a terminal: the escapes taken out, the rest passed on. */
static void pass_keys(struct terminal *t, const uint8_t *keys, size_t count)
{
	uint8_t out[2 * READ_MAX];
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		if (t->keys == KEYS_ESCAPED)
			used += escaped_key(t, keys[i], out + used);
		else if (t->keys == KEYS_HOSTS)
			(void)is_unknown(t, keys[i]);
		else if (keys[i] == ESCAPE)
			t->keys = KEYS_ESCAPED;
		else
			out[used++] = keys[i];
	}
	if (used)
		t->host.input(t->host.self, out, used);
}

/* False when the input has ended. */
static bool read_input(struct terminal *t)
{
	uint8_t bytes[READ_MAX];
	size_t room = t->tty ? READ_MAX : t->host.room(t->host.self);
	ssize_t count = read(t->input, bytes, room < READ_MAX ? room : READ_MAX);

	if (count < 0)
		return errno == EINTR || errno == EAGAIN;
	if (count > 0 && t->tty)
		pass_keys(t, bytes, (size_t)count);
	else if (count > 0)
		t->host.input(t->host.self, bytes, (size_t)count);
	return count > 0;
}

static void *terminal_thread(void *self)
{
	struct terminal *t = self;
	bool open = t->input >= 0;
	uint64_t ignored;

	while (!atomic_load(&t->stopping)) {
		bool want = open && (t->tty || t->host.room(t->host.self) > 0);
		struct pollfd fds[] = {{.fd = t->wake, .events = POLLIN},
				       {.fd = want ? t->input : -1, .events = POLLIN},
				       {.fd = atomic_load(&t->full) ? t->output.fd : -1, .events = POLLOUT}};

		if (poll(fds, 3, -1) < 0)
			continue;
		if (fds[0].revents && read(t->wake, &ignored, sizeof(ignored)) < 0)
			continue;
		if (fds[1].revents)
			open = read_input(t);
		if (fds[2].revents && atomic_exchange(&t->full, false))
			t->host.writable(t->host.self);
	}
	return NULL;
}

/* Output to a pipe that closes is an errno, not the end of the process. */
static void ignore_sigpipe(struct terminal *t)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGPIPE, &ignore, &t->pipe_action);
}

int terminal_start(struct terminal *t, struct error *e)
{
	int err;

	if (t->started)
		return 0;
	atomic_store(&t->stopping, false);
	err = t->tty ? rawmode_enter(t->input) : 0;
	if (err < 0)
		return error_set(e, STATUS_HOST, "terminal: raw mode: %s", strerror(-err));
	t->raw = t->tty;
	err = background_start(&t->thread, 0, terminal_thread, t);
	if (err) {
		if (t->raw)
			rawmode_leave();
		t->raw = false;
		return error_set(e, STATUS_HOST, "terminal: thread: %s", strerror(err));
	}
	ignore_sigpipe(t);
	t->started = true;
	return 0;
}

/* Wait a slice until output can be written. False to give up. */
static bool wait_slice(const struct terminal *t, int *patience_ms)
{
	bool stopping = atomic_load(&t->stopping);
	int ready = output_wait(&t->output, stopping ? 0 : SLICE_MS);

	if (*patience_ms > PATIENCE_MS && t->host.ends && t->host.ends(t->host.self))
		*patience_ms = PATIENCE_MS;
	if (ready == 0 && *patience_ms <= PATIENCE_MS)
		*patience_ms -= SLICE_MS;
	return ready > 0 || (!stopping && *patience_ms > 0);
}

void terminal_write(struct terminal *t, uint8_t byte)
{
	int patience_ms = INT_MAX;
	ssize_t done = 0;

	do {
		if (atomic_load(&t->mute))
			return;
		done = output_try(&t->output, &byte, 1);
	} while (done == 0 && wait_slice(t, &patience_ms));
	if (done < 0)
		atomic_store(&t->mute, true);
}

size_t terminal_offer(struct terminal *t, const uint8_t *bytes, size_t count)
{
	size_t done = 0;

	while (done < count && !atomic_load(&t->mute)) {
		ssize_t now = output_try(&t->output, bytes + done, count - done);

		if (now < 0)
			atomic_store(&t->mute, true);
		if (now == 0) {
			atomic_store(&t->full, t->host.writable != NULL);
			terminal_wake(t);
			return done;
		}
		done += now > 0 ? (size_t)now : 0;
	}
	return count;
}

void terminal_stop(struct terminal *t)
{
	if (!t->started)
		return;
	t->started = false;
	atomic_store(&t->stopping, true);
	terminal_wake(t);
	pthread_join(t->thread, NULL);
	if (t->raw)
		rawmode_leave();
	t->raw = false;
	sigaction(SIGPIPE, &t->pipe_action, NULL);
}

void terminal_free(struct terminal *t)
{
	if (!t)
		return;
	terminal_stop(t);
	close(t->wake);
	free(t);
}
