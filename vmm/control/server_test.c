#include "vmm/control/server.h"

#include "tests/check.h"
#include "vmm/control/client.h"
#include "vmm/control/request.h"
#include "vmm/control/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BIG (4u << 20) /* more than a socket holds */

static char folder[] = "/tmp/server_test.XXXXXX", path[64];
static struct server *server;
static atomic_uint nudges;

/* "big": a long answer; "close": none; else the line itself. */
static char *answer(void *self, const char *line, size_t size)
{
	char *text = NULL;

	(void)self;
	if (size == 5 && memcmp(line, "close", 5) == 0)
		return NULL;
	if (size == 3 && memcmp(line, "big", 3) == 0) {
		text = malloc(BIG + 2);
		memset(text, 'x', BIG);
		strcpy(text + BIG, "\n");
		return text;
	}
	return asprintf(&text, "<%.*s>\n", (int)size, line) < 0 ? NULL : text;
}

static void nudged(void *self)
{
	(void)self;
	atomic_fetch_add(&nudges, 1);
}

static const struct server_host host = {NULL, answer, nudged};

static void begin(void)
{
	struct error e = {.text = ""};

	server = server_new(path, &host, &e);
	CHECK_STR(e.text, "");
	if (!server || server_start(server, &e) < 0)
		abort();
}

static void finish(void)
{
	server_free(server);
	CHECK_EQ(access(path, F_OK), -1);
}

static int join(void)
{
	struct error e;
	int fd = socket_connect(path, &e);

	if (fd < 0)
		abort();
	return fd;
}

static void say(int fd, const char *text)
{
	CHECK_EQ(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* A line, or what came before the end. */
static const char *hear(int fd)
{
	static char line[REQUEST_LINE + 64];
	size_t used = 0;

	while (used < sizeof(line) - 1 && recv(fd, line + used, 1, 0) == 1 && line[used++] != '\n')
		;
	line[used] = '\0';
	return line;
}

static void expect(int fd, const char *line)
{
	CHECK_STR(hear(fd), line);
}

static unsigned mode_of(const char *name)
{
	struct stat about = {.st_mode = 0};

	return lstat(name, &about) < 0 ? 0 : about.st_mode & 07777;
}

/* Whatever the umask is, and without changing it. */
static void only_its_owner(void)
{
	mode_t before = umask(0);

	begin();
	CHECK_EQ(mode_of(path), 0600);
	CHECK_EQ(umask(before), 0);
	finish();
}

static void what_is_there(void)
{
	struct socket_place place, other;
	struct error e;
	int fd;

	CHECK_EQ(socket_listen(path, &place, &e), 0);
	CHECK_EQ(socket_listen(path, &other, &e), -1); /* somebody listens */
	CHECK(strstr(e.text, "it exists"));
	CHECK_EQ(e.status, STATUS_INPUT);
	close(place.fd); /* it has died and left it */
	CHECK_EQ(socket_listen(path, &other, &e), 0);
	place.fd = dup(other.fd);
	socket_remove(&place); /* it is not that one's any more */
	CHECK_EQ(mode_of(path), 0600);
	socket_remove(&other);
	CHECK_EQ(mode_of(path), 0);
	fd = open(path, O_CREAT | O_WRONLY, 0644);
	CHECK_EQ(socket_listen(path, &place, &e), -1); /* a file */
	CHECK_EQ(mode_of(path), 0644);
	close(fd);
	unlink(path);
	CHECK_EQ(socket_listen("", &place, &e), -1);
	CHECK_EQ(socket_listen("/nowhere/at/all", &place, &e), -1);
	CHECK(strstr(e.text, "No such file"));
	CHECK_EQ(socket_listen(
			 "/tmp/ooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooo"
			 "ooooooooooooooooooooooooooooooooooooooo",
			 &place, &e),
		 -1);
	CHECK(strstr(e.text, "longer than 107 bytes"));
}

static void lines_and_answers(void)
{
	int fd, other;

	begin();
	fd = join();
	other = join();
	say(fd, "one\ntwo\n\nthr");
	expect(fd, "<one>\n");
	expect(fd, "<two>\n");
	expect(fd, "<>\n");
	say(other, "other\n");
	expect(other, "<other>\n");
	say(fd, "ee\n");
	expect(fd, "<three>\n");
	say(fd, "last\n");
	shutdown(fd, SHUT_WR);
	expect(fd, "<last>\n");
	expect(fd, "");
	say(other, "close\n");
	expect(other, "");
	close(fd);
	close(other);
	finish();
}

static void lines_that_are_none(void)
{
	char line[REQUEST_LINE];
	int fd;

	begin();
	memset(line, 'a', sizeof(line));
	fd = join();
	CHECK_EQ(send(fd, line, sizeof(line) - 1, 0), sizeof(line) - 1);
	say(fd, "\n"); /* just short enough */
	CHECK_EQ(strlen(hear(fd)), sizeof(line) + 2);
	CHECK_EQ(send(fd, line, sizeof(line), 0), sizeof(line));
	expect(fd, "{\"ok\":false,\"error\":\"the line is longer than 4096 bytes\"}\n");
	expect(fd, "");
	close(fd);
	fd = join();
	say(fd, "half");
	shutdown(fd, SHUT_WR);
	expect(fd, "{\"ok\":false,\"error\":\"the line does not end\"}\n");
	expect(fd, "");
	close(fd);
	fd = join();
	CHECK_EQ(send(fd, "a\0b\n", 4, 0), 4);
	expect(fd, "<a>\n"); /* what the line is, the host says */
	close(fd);
	finish();
}

/* Who does not read keeps nobody else waiting, and gets all when it does. */
static void who_does_not_read(void)
{
	static char chunk[1 << 16];
	size_t have = 0;
	ssize_t n;
	int slow, fd;

	begin();
	slow = join();
	say(slow, "big\nafter\n");
	fd = join();
	for (unsigned i = 0; i < 100; i++) {
		say(fd, "x\n");
		expect(fd, "<x>\n");
	}
	while (have < BIG + 1 && (n = recv(slow, chunk, have + sizeof(chunk) <= BIG + 1 ? sizeof(chunk) : 1, 0)) > 0)
		have += (size_t)n;
	CHECK_EQ(have, BIG + 1);
	expect(slow, "<after>\n");
	say(slow, "big\n"); /* and goes in the middle of it */
	close(slow);
	say(fd, "y\n");
	expect(fd, "<y>\n");
	slow = join();
	say(slow, "big\n"); /* or is there to the end */
	close(fd);
	finish();
	close(slow);
}

static void many_clients(void)
{
	int fds[SERVER_CLIENTS], one_more;

	begin();
	for (unsigned i = 0; i < SERVER_CLIENTS; i++) {
		fds[i] = join();
		say(fds[i], "hello\n");
		expect(fds[i], "<hello>\n");
	}
	one_more = join();
	expect(one_more, "{\"ok\":false,\"error\":\"too many are connected\"}\n");
	expect(one_more, "");
	close(one_more);
	say(fds[3], "still\n");
	expect(fds[3], "<still>\n");
	close(fds[3]);
	for (unsigned i = 0; i < 100; i++) { /* until it is noticed */
		one_more = join();
		(void)send(one_more, "hello\n", 6, MSG_NOSIGNAL);
		if (strcmp(hear(one_more), "<hello>\n") == 0)
			break;
		close(one_more);
		CHECK(i < 99);
	}
	close(one_more);
	for (unsigned i = 0; i < SERVER_CLIENTS; i++)
		if (i != 3)
			close(fds[i]);
	finish();
}

static void nudges_come(void)
{
	struct error e;

	server = server_new(NULL, &host, &e); /* without a socket too */
	CHECK(server && server_start(server, &e) == 0);
	server_nudge(server);
	for (unsigned i = 0; i < 2000 && !atomic_load(&nudges); i++)
		usleep(1000);
	CHECK_EQ(atomic_load(&nudges), 1);
	server_stop(server);
	server_stop(server);
	server_free(server);
}

/* --- the client, before servers of all kinds --------------------------------------------------------- */

static const struct {
	const char *name, *says, *error; /* error NULL: it is a reply */
} replies[] = {
	{"a reply", "{\"ok\":true}\n", NULL},
	{"nothing", "", "the guest has ended"},
	{"half a line", "{\"ok\":true}", "the guest has ended"},
	{"garbage", "\xff\n", "no JSON object"},
	{"no object", "[]\n", "no JSON object"},
	{"two lines", "{}\n{}\n", "no JSON object"},
};

static void *fake_server(void *self)
{
	const struct socket_place *place = self;

	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		int fd = accept(place->fd, NULL, NULL);

		(void)hear(fd);
		say(fd, replies[i].says);
		close(fd);
	}
	return NULL;
}

static void client(void)
{
	json_t *request = json_pack("{s:s}", "command", "status");
	struct socket_place place;
	struct error e;
	pthread_t thread;

	CHECK_EQ(socket_listen(path, &place, &e), 0);
	fcntl(place.fd, F_SETFL, 0);
	pthread_create(&thread, NULL, fake_server, &place);
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		json_t *reply;

		e.text[0] = '\0';
		check_row = replies[i].name;
		reply = client_ask(path, request, &e);
		CHECK_EQ(reply != NULL, replies[i].error == NULL);
		CHECK_AT(!replies[i].error || strstr(e.text, replies[i].error), "\"%s\"", e.text);
		json_decref(reply);
	}
	pthread_join(thread, NULL);
	socket_remove(&place);
	check_row = "nobody";
	CHECK(!client_ask(path, request, &e));
	CHECK_EQ(e.status, STATUS_INPUT);
	json_decref(request);
}

int main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(only_its_owner),    CHECK_TEST(what_is_there),
		CHECK_TEST(lines_and_answers), CHECK_TEST(lines_that_are_none),
		CHECK_TEST(who_does_not_read), CHECK_TEST(many_clients),
		CHECK_TEST(nudges_come),       CHECK_TEST(client),
	};
	int status;

	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/s", folder);
	status = check_run(tests, sizeof(tests) / sizeof(tests[0]));
	rmdir(folder);
	return status;
}
