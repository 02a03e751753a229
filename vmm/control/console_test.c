#include "vmm/control/console.h"

#include "tests/check.h"
#include "tests/control_fake.h"

#include <unistd.h>

static struct fake fake;
static struct console console;
static int pipes[2];
static char said[1 << 16];

static void begin(void)
{
	struct monitor *m = fake_monitor(&fake);

	if (pipe(pipes) < 0)
		SKIP("no pipe");
	console_init(&console, m, pipes[1]);
}

/* All that was said. */
static void finish(void)
{
	ssize_t n;

	close(pipes[1]);
	n = read(pipes[0], said, sizeof(said) - 1);
	said[n > 0 ? n : 0] = '\0';
	close(pipes[0]);
	CHECK_EQ(fake.held, 0);
	CHECK(!fake.broken);
	monitor_free(console.monitor);
}

/* What the last key comes to. */
static enum escape keys(const char *text)
{
	enum escape what = ESCAPE_DONE;

	for (; *text; text++)
		what = console_key(&console, (uint8_t)*text);
	return what;
}

static void commands(void)
{
	begin();
	CHECK_EQ(keys("h"), ESCAPE_DONE);
	CHECK_EQ(keys("p"), ESCAPE_DONE);
	CHECK_EQ(fake.held, 1);
	CHECK_EQ(keys("p"), ESCAPE_DONE);
	CHECK_EQ(keys("r"), ESCAPE_DONE);
	CHECK_EQ(keys("l"), ESCAPE_DONE);
	CHECK_EQ(keys("z"), ESCAPE_UNKNOWN);
	CHECK_EQ(keys("P"), ESCAPE_UNKNOWN);
	finish();
	CHECK(strstr(said, "Ctrl-A h help"));
	CHECK(strstr(said, "\npaused\n\nrunning\n"));
	CHECK(strstr(said, "vCPU 1, halted: rip=0x1001 in spin+0x2, 64 bits, CPL 0\n"));
	CHECK(strstr(said, "va:0x5000+1=zero (not mapped yet)\n"));
}

static void a_line(void)
{
	begin();
	CHECK_EQ(keys("a"), ESCAPE_MORE);
	CHECK_EQ(keys("gpq\x7f"
		      "a:0+1=zero"),
		 ESCAPE_MORE);
	CHECK(!fake.armed);
	CHECK_EQ(keys("\r"), ESCAPE_DONE);
	CHECK(fake.armed);
	CHECK_STR(fake.range, "gpa:0+1");
	CHECK_EQ(keys("d"), ESCAPE_MORE);
	CHECK_EQ(keys("wrong\x15gpa:0+1\r"), ESCAPE_DONE);
	CHECK(!fake.armed);
	finish();
	CHECK(strstr(said, "arm RANGE=KEEPER: gpq\b \ba:0+1=zero\n"));
	CHECK(strstr(said, "gpa:0+1=zero at gpa 0x2000, 16 bytes: 5 loads, 6 stores (kept)\n"));
}

static void lines_that_come_to_nothing(void)
{
	begin();
	CHECK_EQ(keys("agpa:0+1=zero\x1b"), ESCAPE_DONE);
	CHECK_EQ(keys("agpa:0+1=zero\x03"), ESCAPE_DONE);
	CHECK_EQ(keys("a\r"), ESCAPE_DONE);
	CHECK_EQ(keys("a\x7f\x7f\x15\x01\xff\r"), ESCAPE_DONE);
	CHECK_EQ(keys("agpa:0\r"), ESCAPE_DONE);
	CHECK_EQ(keys("dgpa:0\r"), ESCAPE_DONE);
	CHECK(!fake.armed);
	keys("a");
	for (unsigned i = 0; i < 5000; i++)
		CHECK_EQ(console_key(&console, 'q'), ESCAPE_MORE);
	CHECK_EQ(keys("\r"), ESCAPE_DONE);
	CHECK_EQ(keys("p"), ESCAPE_DONE); /* not a letter of a line */
	CHECK_EQ(keys("p"), ESCAPE_DONE);
	finish();
	CHECK(strstr(said, "lodestore: expected RANGE=KEEPER, found 'gpa:0'\n"));
	CHECK(strstr(said, "lodestore: range \"gpa:0\" is not kept"));
}

CHECK_MAIN(CHECK_TEST(commands), CHECK_TEST(a_line), CHECK_TEST(lines_that_come_to_nothing))
