#include "vmm/device/terminal.h"

#include "tests/check.h"
#include "vmm/device/rawmode.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* A guest that takes what there is room for. */
struct guest {
	pthread_mutex_t lock;
	size_t room, count;
	unsigned quits;
	bool in_line;
	uint8_t got[1 << 16];
};

static size_t guest_room(void *self)
{
	struct guest *g = self;
	size_t room;

	pthread_mutex_lock(&g->lock);
	room = g->room;
	pthread_mutex_unlock(&g->lock);
	return room;
}

static void guest_input(void *self, const uint8_t *bytes, size_t count)
{
	struct guest *g = self;

	pthread_mutex_lock(&g->lock);
	for (size_t i = 0; i < count && g->room; i++, g->room--)
		g->got[g->count++] = bytes[i];
	pthread_mutex_unlock(&g->lock);
}

static void guest_quit(void *self)
{
	struct guest *g = self;

	pthread_mutex_lock(&g->lock);
	g->quits++;
	pthread_mutex_unlock(&g->lock);
}

/* k is a command, l one that takes all to a return. */
static enum escape guest_escape(void *self, uint8_t key)
{
	struct guest *g = self;

	if (key == 'l')
		g->in_line = true;
	if (g->in_line && key == '\r') {
		g->in_line = false;
		return ESCAPE_DONE;
	}
	if (g->in_line)
		return ESCAPE_MORE;
	return key == 'k' ? ESCAPE_DONE : ESCAPE_UNKNOWN;
}

static struct guest guest_new(size_t room)
{
	return (struct guest){.lock = PTHREAD_MUTEX_INITIALIZER, .room = room};
}

/* Wait up to two seconds until the guest got so many bytes and quits. */
static void guest_wait(struct guest *g, size_t count, unsigned quits)
{
	bool there = false;

	for (unsigned i = 0; i < 2000 && !there; i++) {
		usleep(1000);
		pthread_mutex_lock(&g->lock);
		there = g->count >= count && g->quits >= quits;
		pthread_mutex_unlock(&g->lock);
	}
}

static struct terminal *start(struct guest *g, int input, int output)
{
	struct error e = {0};
	struct terminal *t = terminal_new(input, output,
					  &(struct terminal_host){.self = g,
								  .room = guest_room,
								  .input = guest_input,
								  .quit = guest_quit,
								  .escape = guest_escape});

	if (!t || terminal_start(t, &e) < 0)
		abort();
	return t;
}

/* A pair of pseudo terminal ends; false where there are none. */
static bool pty_open(int *master, int *slave)
{
	if (openpty(master, slave, NULL, NULL, NULL) == 0)
		return true;
	SKIP("no pseudo terminals here");
	return false;
}

static struct termios attributes(int fd)
{
	struct termios a;

	memset(&a, 0, sizeof(a));
	if (tcgetattr(fd, &a) < 0)
		abort();
	return a;
}

static bool is_raw(int fd)
{
	return !(attributes(fd).c_lflag & (ICANON | ECHO | ISIG));
}

static bool same(struct termios a, struct termios b)
{
	return a.c_iflag == b.c_iflag && a.c_oflag == b.c_oflag && a.c_cflag == b.c_cflag && a.c_lflag == b.c_lflag &&
	       memcmp(a.c_cc, b.c_cc, sizeof(a.c_cc)) == 0;
}

static void raw_mode_comes_and_goes(void)
{
	int master, slave;
	struct guest g = guest_new(100);
	struct termios before;
	struct terminal *t;

	if (!pty_open(&master, &slave))
		return;
	before = attributes(slave);
	CHECK(!is_raw(slave));
	t = start(&g, slave, slave);
	CHECK(terminal_is_tty(t));
	CHECK(is_raw(slave));
	CHECK_EQ(attributes(slave).c_oflag, before.c_oflag);
	CHECK_EQ(rawmode_enter(slave), -EBUSY);
	terminal_stop(t);
	CHECK(same(attributes(slave), before));
	terminal_stop(t);
	terminal_free(t);
	t = start(&g, slave, slave);
	CHECK(is_raw(slave));
	terminal_free(t); /* without a stop */
	CHECK(same(attributes(slave), before));
	close(master);
	close(slave);
}

static const struct {
	const char *name, *keys, *got;
	unsigned quits;
} key_rows[] = {
	{"plain", "ls\r", "ls\r", 0},
	{"control keys", "\x03\x1a\x04\x1c\x11\x13\x7f", "\x03\x1a\x04\x1c\x11\x13\x7f", 0},
	{"quit", "ab\x01x", "ab", 1},
	{"quit, and more", "\x01xyz", "yz", 1},
	{"Ctrl-A twice", "\x01\x01x", "\x01x", 0},
	{"Ctrl-A and a command",
	 "\x01"
	 "kbc",
	 "bc", 0},
	{"Ctrl-A and a command that wants more",
	 "u\x01"
	 "lab\x01x\rv",
	 "uv", 0},
	{"two commands",
	 "\x01"
	 "k\x01kx",
	 "x", 0},
	{"Ctrl-A other",
	 "\x01"
	 "cx",
	 "\x01"
	 "cx",
	 0},
	{"three Ctrl-A and x", "\x01\x01\x01x", "\x01", 1},
	{"x alone", "x", "x", 0},
	{"capital", "\x01Xq", "\x01Xq", 0},
};

static void escapes(void)
{
	int master, slave;

	if (!pty_open(&master, &slave))
		return;
	for (size_t i = 0; i < sizeof(key_rows) / sizeof(key_rows[0]); i++) {
		const char *keys = key_rows[i].keys;

		for (unsigned one_by_one = 0; one_by_one < 2; one_by_one++) {
			struct guest g = guest_new(100);
			struct terminal *t = start(&g, slave, slave);

			check_row = key_rows[i].name;
			for (const char *k = keys; *k; k += one_by_one ? 1 : strlen(k)) {
				CHECK(write(master, k, one_by_one ? 1 : strlen(k)) > 0);
				if (one_by_one)
					usleep(2000);
			}
			guest_wait(&g, strlen(key_rows[i].got), key_rows[i].quits);
			terminal_free(t);
			CHECK_EQ(g.quits, key_rows[i].quits);
			g.got[g.count] = '\0';
			CHECK_STR((const char *)g.got, key_rows[i].got);
		}
	}
	close(master);
	close(slave);
}

/* A full line must not keep the escape away. */
static void quit_without_room(void)
{
	int master, slave;
	struct guest g = guest_new(3);
	struct terminal *t;

	if (!pty_open(&master, &slave))
		return;
	t = start(&g, slave, slave);
	CHECK_EQ(write(master, "abcdef\x01x", 8), 8);
	guest_wait(&g, 3, 1);
	terminal_free(t);
	CHECK_EQ(g.quits, 1);
	CHECK_EQ(g.count, 3);
	close(master);
	close(slave);
}

enum way_out { BY_SIGNAL, BY_EXIT, BY_ABORT, BY_FAULT };

static const struct {
	const char *name;
	enum way_out way;
	int signal; /* that ends the process */
} way_rows[] = {
	{"SIGINT", BY_SIGNAL, SIGINT},   {"SIGTERM", BY_SIGNAL, SIGTERM},
	{"SIGHUP", BY_SIGNAL, SIGHUP},   {"SIGQUIT", BY_SIGNAL, SIGQUIT},
	{"SIGSEGV", BY_SIGNAL, SIGSEGV}, {"SIGALRM", BY_SIGNAL, SIGALRM},
	{"SIGUSR1", BY_SIGNAL, SIGUSR1}, {"exit", BY_EXIT, 0},
	{"abort", BY_ABORT, SIGABRT},    {"a fault", BY_FAULT, SIGSEGV},
};

static void leave(enum way_out way)
{
	volatile int *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	switch (way) {
	case BY_SIGNAL:
		for (;;)
			pause();
	case BY_EXIT:
		exit(0);
	case BY_ABORT:
		abort();
	case BY_FAULT:
		*nowhere = 1;
	}
}

static void child(int slave, int ready, enum way_out way)
{
	struct guest g = guest_new(100);

	for (size_t i = 0; i < sizeof(way_rows) / sizeof(way_rows[0]); i++) {
		if (way_rows[i].signal)
			signal(way_rows[i].signal, SIG_DFL); /* a sanitizer may have handlers */
	}
	start(&g, slave, slave);
	if (write(ready, is_raw(slave) ? "r" : "-", 1) != 1)
		_exit(99);
	leave(way);
}

static void restored_on_every_way_out(void)
{
	int master, slave;
	struct termios before;

	if (!pty_open(&master, &slave))
		return;
	before = attributes(slave);
	for (size_t i = 0; i < sizeof(way_rows) / sizeof(way_rows[0]); i++) {
		int ready[2], status = 0;
		char mode = '?';
		pid_t pid;

		check_row = way_rows[i].name;
		if (pipe(ready) < 0)
			abort();
		fflush(stdout);
		pid = fork();
		if (pid == 0)
			child(slave, ready[1], way_rows[i].way);
		CHECK_EQ(read(ready[0], &mode, 1), 1);
		CHECK_EQ(mode, 'r');
		if (way_rows[i].way == BY_SIGNAL)
			kill(pid, way_rows[i].signal);
		waitpid(pid, &status, 0);
		CHECK_EQ(WIFSIGNALED(status) ? WTERMSIG(status) : 0, way_rows[i].signal);
		CHECK(same(attributes(slave), before));
		tcsetattr(slave, TCSANOW, &before);
		close(ready[0]);
		close(ready[1]);
	}
	close(master);
	close(slave);
}

static volatile sig_atomic_t own_handler_ran;

static void own_handler(int number)
{
	own_handler_ran = number;
}

static void handlers_of_others_are_left(void)
{
	int master, slave;
	struct guest g = guest_new(1);
	struct terminal *t;
	struct sigaction now;

	if (!pty_open(&master, &slave))
		return;
	signal(SIGTERM, own_handler);
	signal(SIGHUP, SIG_IGN);
	t = start(&g, slave, slave);
	raise(SIGTERM);
	raise(SIGHUP);
	CHECK_EQ(own_handler_ran, SIGTERM);
	CHECK(is_raw(slave)); /* its owner decides what follows */
	terminal_free(t);
	sigaction(SIGTERM, NULL, &now);
	CHECK(now.sa_handler == own_handler);
	sigaction(SIGHUP, NULL, &now);
	CHECK(now.sa_handler == SIG_IGN);
	sigaction(SIGINT, NULL, &now);
	CHECK(now.sa_handler == SIG_DFL); /* ours is gone */
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	close(master);
	close(slave);
}

static volatile sig_atomic_t faults_left;

/* The owner of a fault: it deals with some of them, then gives up. */
static void fault_owner(int number, siginfo_t *fault, void *context)
{
	(void)fault, (void)context;
	if (faults_left-- > 0)
		return;
	signal(number, SIG_DFL);
	raise(number);
}

static void faulty_child(int slave)
{
	struct sigaction owner = {.sa_sigaction = fault_owner, .sa_flags = SA_SIGINFO};
	struct guest g = guest_new(1);

	faults_left = 2;
	sigaction(SIGFPE, &owner, NULL);
	start(&g, slave, slave);
	raise(SIGFPE);
	raise(SIGFPE);
	if (!is_raw(slave))
		_exit(1); /* those were not the end */
	raise(SIGFPE);
	_exit(2);
}

static void faults_are_passed_on(void)
{
	int master, slave, status = 0;
	struct termios before;
	struct sigaction owner = {.sa_sigaction = fault_owner, .sa_flags = SA_SIGINFO}, now;
	struct guest g = guest_new(1);
	struct terminal *t;
	pid_t pid;

	if (!pty_open(&master, &slave))
		return;
	before = attributes(slave);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		faulty_child(slave);
	waitpid(pid, &status, 0);
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGFPE);
	CHECK(same(attributes(slave), before));
	sigaction(SIGFPE, &owner, NULL);
	t = start(&g, slave, slave);
	terminal_free(t);
	sigaction(SIGFPE, NULL, &now);
	CHECK(now.sa_sigaction == fault_owner); /* given back */
	signal(SIGFPE, SIG_DFL);
	close(master);
	close(slave);
}

/* A pipe is passed on as it is, no faster than there is room, to its last byte. */
static void pipe_with_back_pressure(void)
{
	struct guest g = guest_new(0);
	uint8_t sent[5000];
	struct terminal *t;
	int ends[2];

	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (uint8_t)(i % 251); /* Ctrl-A and x among them */
	if (pipe(ends) < 0)
		abort();
	CHECK_EQ(write(ends[1], sent, sizeof(sent)), sizeof(sent));
	close(ends[1]);
	t = start(&g, ends[0], -1);
	CHECK(!terminal_is_tty(t));
	usleep(10000);
	CHECK_EQ(g.count, 0);
	for (size_t want = 0; want < sizeof(sent);) {
		pthread_mutex_lock(&g.lock);
		g.room = 7;
		want = g.count + 7 < sizeof(sent) ? g.count + 7 : sizeof(sent);
		pthread_mutex_unlock(&g.lock);
		terminal_wake(t);
		guest_wait(&g, want, 0);
		if (g.count != want)
			break;
	}
	CHECK_EQ(g.count, sizeof(sent));
	CHECK(memcmp(g.got, sent, sizeof(sent)) == 0);
	CHECK_EQ(g.quits, 0);
	terminal_free(t);
	close(ends[0]);
}

static void no_input(void)
{
	struct guest g = guest_new(10);
	int null = open("/dev/null", O_RDONLY);
	struct terminal *t = start(&g, null, -1);

	terminal_free(t);
	t = start(&g, -1, -1);
	terminal_wake(t);
	terminal_free(t);
	CHECK_EQ(g.count, 0);
	close(null);
}

static void output_that_breaks(void)
{
	struct guest g = guest_new(1);
	struct terminal *t;
	int ends[2];

	if (pipe(ends) < 0)
		abort();
	t = start(&g, -1, ends[1]);
	close(ends[0]);
	terminal_write(t, 'a'); /* neither a signal nor a hang */
	terminal_write(t, 'b');
	terminal_free(t);
	close(ends[1]);
}

static void *drain_later(void *self)
{
	const int *fd = self;
	uint8_t bytes[4096];

	usleep(50000);
	CHECK(read(*fd, bytes, sizeof(bytes)) > 0);
	return NULL;
}

/* A full pipe, non-blocking: the writer waits and loses nothing. */
static void output_that_is_slow(void)
{
	struct guest g = guest_new(1);
	size_t filled = 0, read_back = 0;
	uint8_t bytes[4096], last = 0;
	struct terminal *t;
	pthread_t thread;
	ssize_t count;
	int ends[2];

	if (pipe2(ends, O_NONBLOCK) < 0)
		abort();
	while (write(ends[1], "f", 1) == 1)
		filled++;
	t = start(&g, -1, ends[1]);
	pthread_create(&thread, NULL, drain_later, &ends[0]);
	terminal_write(t, 'z');
	pthread_join(thread, NULL);
	while ((count = read(ends[0], bytes, sizeof(bytes))) > 0) {
		read_back += (size_t)count;
		last = bytes[count - 1];
	}
	CHECK_EQ(last, 'z');
	CHECK_EQ(read_back, filled + 1 - sizeof(bytes));
	terminal_free(t);
	close(ends[0]);
	close(ends[1]);
}

static void *write_forever(void *self)
{
	terminal_write(self, 'a');
	return NULL;
}

/* Nobody reads: terminal_stop() lets the writer go. The pipe is a blocking one. */
static void output_that_nobody_reads(void)
{
	struct guest g = guest_new(1);
	struct terminal *t;
	pthread_t thread;
	int ends[2];

	if (pipe(ends) < 0)
		abort();
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	while (write(ends[1], "f", 1) == 1)
		;
	fcntl(ends[1], F_SETFL, 0);
	t = start(&g, -1, ends[1]);
	pthread_create(&thread, NULL, write_forever, t);
	usleep(20000);
	terminal_stop(t);
	pthread_join(thread, NULL); /* or the test hangs */
	terminal_free(t);
	close(ends[0]);
	close(ends[1]);
}

static void count_writable(void *self)
{
	atomic_fetch_add((atomic_uint *)self, 1);
}

/* Nobody waits: what the pipe does not take comes later, when it is said to go on. */
static void offered_output(void)
{
	static const uint8_t bytes[PIPE_BUF];
	atomic_uint writable = 0;
	int ends[2];
	size_t total = 0, taken;
	uint8_t got[PIPE_BUF];
	struct error e;
	struct terminal *t;

	if (pipe(ends) < 0)
		abort();
	t = terminal_new(-1, ends[1], &(struct terminal_host){.self = &writable, .writable = count_writable});
	if (!t || terminal_start(t, &e) < 0)
		abort();
	while ((taken = terminal_offer(t, bytes, sizeof(bytes))) == sizeof(bytes))
		total += taken;
	total += taken;
	CHECK(total >= PIPE_BUF);
	usleep(20000);
	CHECK_EQ(writable, 0);
	for (unsigned i = 0; i < 2000 && writable == 0; i++) {
		if (i < 2 && read(ends[0], got, sizeof(got)) < 0)
			abort();
		usleep(1000);
	}
	CHECK_EQ(writable, 1);
	CHECK(terminal_offer(t, bytes, PIPE_BUF) > 0);
	close(ends[0]);
	CHECK_EQ(terminal_offer(t, bytes, 10), 10); /* nobody reads any more */
	terminal_free(t);
	close(ends[1]);
}

static bool it_ends(void *self)
{
	return atomic_load((atomic_bool *)self);
}

/* A vCPU that waits for a reader who does not come is waited for by all: it gives up when the guest is to end. */
static void output_when_the_guest_ends(void)
{
	static const uint8_t bytes[PIPE_BUF];
	atomic_bool ends_now = true;
	struct terminal *t;
	struct error e;
	int ends[2];

	if (pipe(ends) < 0)
		abort();
	t = terminal_new(-1, ends[1], &(struct terminal_host){.self = &ends_now, .ends = it_ends});
	if (!t || terminal_start(t, &e) < 0)
		abort();
	while (terminal_offer(t, bytes, sizeof(bytes)) == sizeof(bytes))
		;
	terminal_write(t, 'a'); /* no hang */
	terminal_free(t);
	close(ends[0]);
	close(ends[1]);
}

/* In a session of its own, whose terminal it is: a process of another group than the one in the foreground. */
static int run_in_background(int slave)
{
	int status;
	pid_t pid;

	if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
		return 10;
	pid = fork();
	if (pid == 0) {
		struct guest g = guest_new(10);
		struct terminal *t;

		setpgid(0, 0);
		t = start(&g, slave, -1);
		status = terminal_is_tty(t);
		terminal_free(t);
		_exit(status);
	}
	if (pid < 0 || waitpid(pid, &status, WUNTRACED) != pid)
		return 11;
	if (WIFSTOPPED(status))
		kill(pid, SIGKILL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 12;
}

static void a_terminal_of_another_group_is_left(void)
{
	int master, slave, status;
	pid_t pid;

	if (openpty(&master, &slave, NULL, NULL, NULL) < 0) {
		SKIP("no pseudo terminals here");
		return;
	}
	pid = fork();
	if (pid == 0)
		_exit(run_in_background(slave));
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : 13, 0);
	close(master);
	close(slave);
}

CHECK_MAIN(CHECK_TEST(raw_mode_comes_and_goes), CHECK_TEST(escapes), CHECK_TEST(quit_without_room),
	   CHECK_TEST(restored_on_every_way_out), CHECK_TEST(handlers_of_others_are_left),
	   CHECK_TEST(faults_are_passed_on), CHECK_TEST(pipe_with_back_pressure), CHECK_TEST(no_input),
	   CHECK_TEST(output_that_breaks), CHECK_TEST(output_that_is_slow), CHECK_TEST(output_that_nobody_reads),
	   CHECK_TEST(offered_output), CHECK_TEST(output_when_the_guest_ends),
	   CHECK_TEST(a_terminal_of_another_group_is_left))
