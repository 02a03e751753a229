/* display_test.c: the screen and the keyboard as platform.h puts them together. */
#include "vmm/device/display.h"

#include "tests/check.h"
#include "vmm/device/platform.h"
#include "vmm/device/reset.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

static uint8_t text[VGA_TEXT_SIZE];

static void nobody_irq(void *self, unsigned line, bool level)
{
	(void)self, (void)line, (void)level;
}

static void nobody_request(void *self, enum platform_request what, uint32_t value)
{
	(void)value;
	*(enum platform_request *)self = what;
}

static struct platform *start(struct bus *bus, int input, int output, int screen, enum platform_request *what)
{
	const struct platform_options options = {
		.memory_size = 128 << 20, .input = input, .output = output, .text = text, .screen = screen};
	const struct platform_host host = {.self = what, .irq = nobody_irq, .request = nobody_request};
	struct platform *p;
	struct error e = {0};

	for (unsigned i = 0; i < VGA_TEXT_SIZE; i += 2) {
		text[i] = ' ';
		text[i + 1] = 7;
	}
	bus_init(bus);
	p = platform_new(&options, &host, bus, &e);
	if (!p || platform_start(p, &e) < 0)
		abort();
	return p;
}

static void write_text(unsigned cell, const char *words)
{
	for (; *words; words++, cell++)
		text[2 * cell] = (uint8_t)*words;
}

/* What comes from fd, until it holds wanted or two seconds have passed. */
static bool shows(int fd, const char *wanted)
{
	static char seen[1 << 16];
	size_t used = 0;

	for (unsigned i = 0; i < 200 && used < sizeof(seen) - 1; i++) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (poll(&ready, 1, 10) <= 0)
			continue;
		n = read(fd, seen + used, sizeof(seen) - 1 - used);
		if (n <= 0)
			break;
		used += (size_t)n;
		seen[used] = 0;
		if (strstr(seen, wanted))
			return true;
	}
	return false;
}

/* A scan code; 0 if none comes for two seconds. */
static uint8_t scan_code(struct bus *bus)
{
	for (unsigned i = 0; i < 2000; i++) {
		if (bus_in(bus, KEYBOARD_COMMAND_PORT, 1) & 1)
			return (uint8_t)bus_in(bus, KEYBOARD_DATA_PORT, 1);
		usleep(1000);
	}
	return 0;
}

static void a_terminal_is_screen_and_keyboard(void)
{
	struct termios before, during, after;
	enum platform_request what = PLATFORM_RESET;
	struct platform *p;
	struct bus bus;
	int master, slave;

	if (openpty(&master, &slave, NULL, NULL, NULL) < 0) {
		SKIP("no pseudo terminals here");
		return;
	}
	tcgetattr(slave, &before);
	p = start(&bus, slave, slave, slave, &what);
	tcgetattr(slave, &during);
	CHECK(before.c_lflag & ICANON && !(during.c_lflag & ICANON));
	CHECK(shows(master, "\033[2J"));
	write_text(3 * 80 + 4, "Hello");
	CHECK(shows(master, "\033[4;5H\033[37;40mHello"));
	bus_out(&bus, 0x3d4, 2, 0x010c); /* the text begins at character 0x100: a word is two bytes */
	write_text(0x100, "elsewhere");
	CHECK(shows(master, "\033[1;1H\033[37;40melsewhere"));
	bus_out(&bus, 0x3f8, 1, '!'); /* the serial line is silent */
	CHECK_EQ(write(master, "a\033[D", 4), 4);
	CHECK_EQ(scan_code(&bus), 0x1e);
	CHECK_EQ(scan_code(&bus), 0x9e);
	CHECK_EQ(scan_code(&bus), 0xe0);
	CHECK_EQ(scan_code(&bus), 0x4b);
	CHECK_EQ(scan_code(&bus), 0xe0);
	CHECK_EQ(scan_code(&bus), 0xcb);
	CHECK_EQ(bus_in(&bus, 0x3fd, 1), 0x60); /* and gets none of it */
	CHECK_EQ(write(master, "\001x", 2), 2);
	for (unsigned i = 0; i < 2000 && what != PLATFORM_QUIT; i++)
		usleep(1000);
	CHECK_EQ(what, PLATFORM_QUIT);
	write_text(0x100, "the last ");
	platform_stop(p);
	CHECK(shows(master, "the last \033[0m"));
	tcgetattr(slave, &after);
	CHECK_EQ(after.c_lflag, before.c_lflag);
	platform_free(p);
	close(master);
	close(slave);
}

static void other_outputs_get_lines_at_the_end(void)
{
	enum platform_request what = PLATFORM_RESET;
	struct platform *p;
	char lines[100] = "";
	struct bus bus;
	int ends[2];

	if (pipe(ends) < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0)
		abort();
	p = start(&bus, -1, -1, ends[1], &what);
	write_text(80, "second line");
	usleep(150000);
	CHECK(read(ends[0], lines, sizeof(lines) - 1) < 0); /* nothing before the end */
	platform_stop(p);
	CHECK_EQ(read(ends[0], lines, sizeof(lines) - 1), 25 + 11);
	CHECK(strncmp(lines, "\nsecond line\n\n", 14) == 0);
	platform_stop(p);
	platform_free(p);
	CHECK(read(ends[0], lines, sizeof(lines) - 1) < 0); /* and once only */
	close(ends[0]);
	close(ends[1]);
}

/* An output that nobody reads does not hold the end for long. */
static void a_reader_that_sleeps_is_left(void)
{
	enum platform_request what = PLATFORM_RESET;
	static char fill[1 << 16];
	struct platform *p;
	struct bus bus;
	int ends[2];

	if (pipe(ends) < 0 || fcntl(ends[1], F_SETFL, O_NONBLOCK) < 0)
		abort();
	while (write(ends[1], fill, sizeof(fill)) > 0)
		;
	p = start(&bus, -1, -1, ends[1], &what);
	platform_free(p); /* it comes back */
	close(ends[0]);
	close(ends[1]);
}

CHECK_MAIN(CHECK_TEST(a_terminal_is_screen_and_keyboard), CHECK_TEST(other_outputs_get_lines_at_the_end),
	   CHECK_TEST(a_reader_that_sleeps_is_left))
