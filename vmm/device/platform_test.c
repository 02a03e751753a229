#include "vmm/device/platform.h"

#include "tests/check.h"

#include <fcntl.h>
#include <pthread.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COM1 0x3f8

/* The machine: what the devices told it. */
struct machine {
	pthread_mutex_t lock;
	bool level;
	unsigned line, edges, requests;
	enum platform_request what;
	uint32_t value;
	unsigned ready; /* calls */
};

static void machine_irq(void *self, unsigned line, bool level)
{
	struct machine *m = self;

	pthread_mutex_lock(&m->lock);
	m->edges += level && !m->level;
	m->level = level;
	m->line = line;
	pthread_mutex_unlock(&m->lock);
}

static void machine_request(void *self, enum platform_request what, uint32_t value)
{
	struct machine *m = self;

	pthread_mutex_lock(&m->lock);
	m->requests++;
	m->what = what;
	m->value = value;
	pthread_mutex_unlock(&m->lock);
}

static bool requested(struct machine *m)
{
	unsigned requests = 0;

	for (unsigned i = 0; i < 2000 && !requests; i++) {
		usleep(1000);
		pthread_mutex_lock(&m->lock);
		requests = m->requests;
		pthread_mutex_unlock(&m->lock);
	}
	return requests;
}

static struct platform *start(struct machine *m, struct bus *bus, int input, int output)
{
	struct platform_options options = {.memory_size = 128 << 20, .input = input, .output = output};
	struct platform_host host = {.self = m, .irq = machine_irq, .request = machine_request};
	struct error e = {0};
	struct platform *p;

	*m = (struct machine){.lock = PTHREAD_MUTEX_INITIALIZER};
	bus_init(bus);
	p = platform_new(&options, &host, bus, &e);
	if (!p || platform_start(p, &e) < 0)
		abort();
	return p;
}

static const struct {
	const char *name;
	uint16_t port;
	unsigned size;
	uint32_t value;
	enum platform_request what;
	uint32_t asked; /* value of the request */
} request_rows[] = {
	{"reset by 0x64", 0x64, 1, 0xfe, PLATFORM_RESET, 0},
	{"reset by 0xcf9", 0xcf9, 1, 0x06, PLATFORM_RESET, 0},
	{"power-off by ACPI", ACPI_PM1A_CONTROL_PORT, 2, ACPI_SLEEP_S5 << 10 | 1 << 13, PLATFORM_POWER_OFF, 0},
	{"debug exit 1 byte", 0xf4, 1, 0x7f, PLATFORM_DEBUG_EXIT, 0x7f},
	{"debug exit 2 bytes", 0xf4, 2, 0x1234, PLATFORM_DEBUG_EXIT, 0x1234},
	{"debug exit 4 bytes", 0xf4, 4, 0x12345678, PLATFORM_DEBUG_EXIT, 0x12345678},
};

static void requests(void)
{
	for (size_t i = 0; i < sizeof(request_rows) / sizeof(request_rows[0]); i++) {
		struct machine m;
		struct bus bus;
		struct platform *p = start(&m, &bus, -1, -1);

		check_row = request_rows[i].name;
		bus_out(&bus, 0xcf8, 4, 0x06060606); /* PCI's address port is another one */
		bus_out(&bus, 0xf5, 1, 1);
		CHECK_EQ(m.requests, 0);
		CHECK_EQ(bus.unknown, 2);
		bus_out(&bus, request_rows[i].port, request_rows[i].size, request_rows[i].value);
		CHECK_EQ(m.requests, 1);
		CHECK_EQ(m.what, request_rows[i].what);
		CHECK_EQ(m.value, request_rows[i].asked);
		CHECK_EQ(bus.unknown, 2);
		platform_free(p);
	}
}

static const struct {
	const char *name;
	uint16_t port;
	unsigned size;
	uint32_t value;
} in_rows[] = {
	{"line status", COM1 + 5, 1, 0x60},
	{"line and modem status", COM1 + 5, 2, 0xb060},
	{"past the last register", COM1 + 7, 2, 0xff00},
	{"all of the upper half", COM1 + 4, 4, 0x00b06000},
	{"keyboard: nothing there", 0x64, 1, 0},
	{"CMOS index", 0x70, 1, 0xff},
	{"ACPI control", ACPI_PM1A_CONTROL_PORT, 2, 1},
	{"ACPI events", ACPI_PM1A_EVENT_PORT, 4, 0},
	{"0x61 is KVM's", 0x61, 1, 0xff},
};

static void reads(void)
{
	for (size_t i = 0; i < sizeof(in_rows) / sizeof(in_rows[0]); i++) {
		struct machine m;
		struct bus bus;
		struct platform *p = start(&m, &bus, -1, -1);

		check_row = in_rows[i].name;
		CHECK_EQ(bus_in(&bus, in_rows[i].port, in_rows[i].size), in_rows[i].value);
		platform_free(p);
	}
}

static void output(void)
{
	struct machine m;
	struct bus bus;
	struct platform *p;
	char text[8] = "";
	int ends[2];

	if (pipe(ends) < 0)
		abort();
	p = start(&m, &bus, -1, ends[1]);
	bus_out(&bus, COM1, 1, 'o');
	bus_out(&bus, COM1, 2, 0x0000 | 'k'); /* a word: data, then IER */
	bus_out(&bus, COM1 + 7, 4, 0x41414141); /* scratch, and three ports of nobody's */
	CHECK_EQ(read(ends[0], text, sizeof(text)), 2);
	CHECK_STR(text, "ok");
	CHECK_EQ(bus_in(&bus, COM1 + 7, 1), 0x41);
	platform_free(p);
	close(ends[0]);
	close(ends[1]);
}

/* A guest reads by interrupts until want bytes are there or nothing comes. */
static size_t read_line(struct machine *m, struct bus *bus, uint8_t *out, size_t want)
{
	size_t count = 0;

	for (unsigned idle = 0; idle < 2000 && count < want;) {
		bool level;

		pthread_mutex_lock(&m->lock);
		level = m->level;
		pthread_mutex_unlock(&m->lock);
		if (!level) {
			idle++;
			usleep(1000);
		}
		while (level && count < want && (bus_in(bus, COM1 + 5, 1) & 1))
			out[count++] = (uint8_t)bus_in(bus, COM1, 1);
	}
	return count;
}

/* More than the ring and the FIFO hold, all of it, in order, by interrupts. */
static void input_by_interrupt(void)
{
	uint8_t sent[20000], got[20000];
	struct machine m;
	struct bus bus;
	struct platform *p;
	int ends[2];

	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (uint8_t)(i % 253);
	if (pipe(ends) < 0)
		abort();
	p = start(&m, &bus, ends[0], -1);
	bus_out(&bus, COM1 + 2, 1, 0x01); /* first: switching the FIFO on empties it */
	CHECK_EQ(write(ends[1], sent, sizeof(sent)), sizeof(sent));
	close(ends[1]);
	usleep(20000); /* the ring fills, the guest sleeps */
	CHECK_EQ(m.edges, 0);
	bus_out(&bus, COM1 + 1, 1, 0x05); /* data and overrun */
	bus_out(&bus, COM1 + 4, 1, 0x0b);
	CHECK_EQ(m.level, true);
	CHECK_EQ(m.line, 4);
	CHECK_EQ(read_line(&m, &bus, got, sizeof(got)), sizeof(got));
	CHECK(memcmp(sent, got, sizeof(sent)) == 0);
	CHECK_EQ(bus_in(&bus, COM1 + 5, 1), 0x60); /* no overrun ever, nothing left */
	CHECK_EQ(m.level, false);
	CHECK_EQ(m.requests, 0); /* Ctrl-C in a pipe is a byte */
	platform_free(p);
	close(ends[0]);
}

/* What the guest reads by polling; 0 if nothing comes for two seconds. */
static uint8_t wait_for_key(struct bus *bus)
{
	for (unsigned i = 0; i < 2000; i++) {
		if (bus_in(bus, COM1 + 5, 1) & 1)
			return (uint8_t)bus_in(bus, COM1, 1);
		usleep(1000);
	}
	return 0;
}

/* The terminal has taken all that was typed; on a busy machine that may last. */
static void wait_until_taken(int slave)
{
	int left = 1;

	for (unsigned i = 0; i < 5000 && ioctl(slave, FIONREAD, &left) == 0 && left > 0; i++)
		usleep(1000);
	CHECK_EQ(left, 0);
	usleep(20000); /* taken, and soon looked at */
}

static void quit_keys(void)
{
	static const struct {
		const char *name, *keys[3];
		bool guest_reads, quits;
	} rows[] = {
		{"Ctrl-A x", {"\x01x"}, false, true},
		{"one Ctrl-C", {"\x03"}, false, false},
		{"Ctrl-C twice, guest hangs", {"\x03", "\x03"}, false, true},
		{"Ctrl-C twice in one go", {"\x03\x03"}, false, true},
		{"Ctrl-C twice with keys between", {"\x03", "abc", "\x03"}, false, true},
		{"Ctrl-C twice, guest reads", {"\x03", "\x03"}, true, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct machine m;
		struct bus bus;
		struct platform *p;
		int master, slave; /* of this row alone: what is typed may come through late */

		if (openpty(&master, &slave, NULL, NULL, NULL) < 0) {
			SKIP("no pseudo terminals here");
			return;
		}
		p = start(&m, &bus, slave, slave);
		check_row = rows[i].name;
		bus_out(&bus, COM1 + 2, 1, 0x01);
		for (unsigned k = 0; k < 3 && rows[i].keys[k]; k++) {
			const char *keys = rows[i].keys[k];

			CHECK_EQ(write(master, keys, strlen(keys)), strlen(keys));
			if (rows[i].guest_reads)
				CHECK_EQ(wait_for_key(&bus), (uint8_t)keys[0]);
			else
				wait_until_taken(slave);
		}
		if (rows[i].quits)
			CHECK(requested(&m));
		CHECK_EQ(m.requests, rows[i].quits);
		CHECK_EQ(m.what, rows[i].quits ? PLATFORM_QUIT : 0);
		platform_free(p);
		close(master);
		close(slave);
	}
}

static void ports_taken(void)
{
	struct platform_options options = {.memory_size = 128 << 20, .input = -1, .output = -1};
	struct machine m = {.lock = PTHREAD_MUTEX_INITIALIZER};
	struct platform_host host = {.self = &m, .irq = machine_irq, .request = machine_request};
	struct error e = {0};
	struct bus bus;

	bus_init(&bus);
	CHECK_EQ(bus_add(&bus, &(struct port_device){.name = "other", .base = 0x71, .count = 1}), 0);
	CHECK(platform_new(&options, &host, &bus, &e) == NULL);
	CHECK_STR(e.text, "device cmos at port 0x70: File exists");
	CHECK_EQ(e.status, STATUS_HOST);
}

static void machine_ready(void *self)
{
	struct machine *m = self;

	pthread_mutex_lock(&m->lock);
	m->ready++;
	pthread_mutex_unlock(&m->lock);
}

/* With another console the keys are its, and not the serial line's. */
static void keys_for_another_console(void)
{
	struct platform_options options = {.memory_size = 128 << 20, .output = -1, .console = true};
	struct machine m = {.lock = PTHREAD_MUTEX_INITIALIZER};
	struct platform_host host = {
		.self = &m, .irq = machine_irq, .request = machine_request, .ready = machine_ready};
	struct error e;
	struct bus bus;
	struct platform *p;
	uint8_t got[16];
	unsigned ready = 0;
	int ends[2];

	if (pipe(ends) < 0)
		abort();
	options.input = ends[0];
	bus_init(&bus);
	p = platform_new(&options, &host, &bus, &e);
	if (!p || platform_start(p, &e) < 0)
		abort();
	CHECK_EQ(platform_take(p, got, sizeof(got)), 0);
	CHECK_EQ(write(ends[1], "typed", 5), 5);
	for (unsigned i = 0; i < 2000 && !ready; i++) {
		usleep(1000);
		pthread_mutex_lock(&m.lock);
		ready = m.ready;
		pthread_mutex_unlock(&m.lock);
	}
	CHECK_EQ(ready, 1);
	CHECK_EQ(bus_in(&bus, 0x3fd, 1) & 1, 0); /* no data ready */
	CHECK_EQ(platform_take(p, got, 3), 3);
	CHECK(memcmp(got, "typ", 3) == 0);
	CHECK_EQ(platform_take(p, got, sizeof(got)), 2);
	CHECK(memcmp(got, "ed", 2) == 0);
	platform_free(p);
	close(ends[0]);
	close(ends[1]);
}

CHECK_MAIN(CHECK_TEST(requests), CHECK_TEST(reads), CHECK_TEST(output), CHECK_TEST(input_by_interrupt),
	   CHECK_TEST(quit_keys), CHECK_TEST(keys_for_another_console), CHECK_TEST(ports_taken))
