#include "vmm/trace/control.h"

#include "tests/check.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static char path[64];
static struct control *control;
static char texts[4][CONTROL_TEXT];
static atomic_uint nmarks;
static atomic_bool kicked, ending;

/* The thread notes a mark just after its sender is told. */
static void expect_marks(unsigned count)
{
	for (unsigned i = 0; i < 1000 && atomic_load(&nmarks) < count; i++)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	CHECK_EQ(atomic_load(&nmarks), count);
}

static void kick(void)
{
	atomic_store(&kicked, true);
}

/* In place of the vCPU's thread: it comes by when it is kicked. */
static void *guest(void *none)
{
	const struct timespec pause = {.tv_nsec = 100000};

	while (!atomic_load(&ending)) {
		if (atomic_exchange(&kicked, false) && nmarks < 4 && control_take(control, texts[nmarks]))
			nmarks++;
		nanosleep(&pause, NULL);
	}
	return none;
}

static int raw_client(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = 3};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	CHECK_EQ(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* What the trace answers to these bytes; "" if it closes without a word. */
static const char *converse(const char *bytes, size_t size, char answer[128])
{
	int fd = raw_client();
	ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);

	CHECK(n == (ssize_t)size || errno == EPIPE); /* it may have answered and closed before it was asked */
	n = recv(fd, answer, 127, 0);
	answer[n > 0 ? n : 0] = '\0';
	close(fd);
	return answer;
}

static void marks_come_in_order(void)
{
	struct error e = {.status = STATUS_OK};

	CHECK_EQ(control_send(path, "mark one", &e), 0);
	CHECK_EQ(control_send(path, "mark two words", &e), 0);
	expect_marks(2);
	CHECK_STR(texts[0], "one");
	CHECK_STR(texts[1], "two words");
}

static void bad_lines_are_answered(void)
{
	char answer[128], big[CONTROL_LINE + 10];
	struct error e;

	memset(big, 'x', sizeof(big));
	CHECK_STR(converse("what\n", 5, answer), "error: expected mark TEXT\n");
	CHECK_STR(converse("mark \n", 6, answer), "error: the text of a mark is empty, or has control characters\n");
	CHECK_STR(converse("mark a\033[1m\n", 11, answer),
		  "error: the text of a mark is empty, or has control characters\n");
	CHECK_STR(converse("mark a\0b\n", 9, answer), "error: a line with a zero byte\n");
	CHECK_STR(converse(big, sizeof(big), answer), "error: the line is too long\n");
	CHECK_EQ(control_send(path, "mork", &e), -1);
	CHECK(strstr(e.text, "expected mark TEXT") != NULL);
	expect_marks(0);
}

/* Clients that say nothing take their places, and no more. */
static void silent_clients_do_not_hang_it(void)
{
	int silent[CONTROL_CLIENTS];
	char answer[128];
	struct error e = {.status = STATUS_OK};

	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		silent[i] = raw_client();
	CHECK_EQ(send(silent[0], "mark half a li", 14, MSG_NOSIGNAL), 14);
	CHECK_STR(converse("mark x\n", 7, answer), "error: too many at once\n");
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		close(silent[i]);
	for (unsigned i = 0; i < 100 && control_send(path, "mark again", &e) < 0; i++)
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL); /* until it has seen that they went */
	expect_marks(1);
	CHECK_STR(texts[0], "again");
}

static void what_exists_stays(void)
{
	struct error e;
	FILE *file;

	CHECK(control_open(path, kick, &e) == NULL); /* it is in use */
	CHECK(strstr(e.text, "it exists") != NULL);
	CHECK_EQ(control_send(path, "mark still there", &e), 0);
	strcat(path, "x");
	file = fopen(path, "w");
	CHECK(file != NULL);
	fclose(file);
	CHECK(control_open(path, kick, &e) == NULL);
	CHECK_EQ(access(path, F_OK), 0);
	unlink(path);
	CHECK_EQ(control_send(path, "mark", &e), -1);
	CHECK_EQ(e.status, STATUS_INPUT);
	path[strlen(path) - 1] = '\0';
}

static void with_a_trace(void (*test)(void))
{
	char folder[] = "/tmp/controlXXXXXX";
	struct error e;
	pthread_t thread;

	nmarks = 0;
	atomic_store(&ending, false);
	CHECK(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/socket", folder);
	control = control_open(path, kick, &e);
	CHECK(control != NULL);
	if (!control)
		return;
	CHECK_EQ(pthread_create(&thread, NULL, guest, NULL), 0);
	test();
	atomic_store(&ending, true);
	pthread_join(thread, NULL);
	control_close(control);
	CHECK_EQ(access(path, F_OK), -1);
	CHECK_EQ(rmdir(folder), 0);
}

static void marks(void)
{
	with_a_trace(marks_come_in_order);
}

static void bad_lines(void)
{
	with_a_trace(bad_lines_are_answered);
}

static void silent_clients(void)
{
	with_a_trace(silent_clients_do_not_hang_it);
}

static void what_exists(void)
{
	with_a_trace(what_exists_stays);
}

CHECK_MAIN(CHECK_TEST(marks), CHECK_TEST(bad_lines), CHECK_TEST(silent_clients), CHECK_TEST(what_exists))
