#include "vmm/device/debug_exit.h"
#include "vmm/device/reset.h"

#include "tests/check.h"

struct asked {
	unsigned count;
	enum platform_request what;
	uint32_t value;
};

static void asked_request(void *self, enum platform_request what, uint32_t value)
{
	struct asked *a = self;

	*a = (struct asked){a->count + 1, what, value};
}

static void no_irq(void *self, unsigned line, bool level)
{
	(void)self, (void)line, (void)level;
}

#define NOTHING ((int)-1)

/* One write; what is asked of the machine then. */
static const struct {
	const char *name;
	void (*out)(void *self, uint16_t offset, unsigned size, uint32_t value);
	uint16_t offset;
	unsigned size;
	uint32_t value;
	int what;
} rows[] = {
	{"0x64 pulse reset", keyboard_command_out, 0, 1, 0xfe, PLATFORM_RESET},
	{"0x64 self test", keyboard_command_out, 0, 1, 0xaa, NOTHING},
	{"0x64 pulse nothing", keyboard_command_out, 0, 1, 0xff, NOTHING},
	{"0x60 alone", keyboard_data_out, 0, 1, 0xfe, NOTHING},
	{"0xcf9 6", reset_out, 0, 1, 0x06, PLATFORM_RESET},
	{"0xcf9 0xe", reset_out, 0, 1, 0x0e, PLATFORM_RESET},
	{"0xcf9 2", reset_out, 0, 1, 0x02, NOTHING},
	{"PM1a S5 enabled", pm1_control_out, 0, 2, 5 << 10 | 1 << 13, PLATFORM_POWER_OFF},
	{"PM1a S5 by its high byte", pm1_control_out, 1, 1, 5 << 2 | 1 << 5, PLATFORM_POWER_OFF},
	{"PM1a S5 not enabled", pm1_control_out, 0, 2, 5 << 10, NOTHING},
	{"PM1a S3 enabled", pm1_control_out, 0, 2, 3 << 10 | 1 << 13, NOTHING},
	{"PM1a S0 enabled", pm1_control_out, 0, 2, 1 << 13, NOTHING},
	{"PM1a low byte", pm1_control_out, 0, 1, 0xff, NOTHING},
	{"PM1a event", pm1_event_out, 0, 4, 0xffffffff, NOTHING},
};

static void requests(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct asked asked = {0};
		struct platform_host host = {.self = &asked, .irq = no_irq, .request = asked_request};
		struct reset r;

		check_row = rows[i].name;
		reset_init(&r, &host);
		rows[i].out(&r, rows[i].offset, rows[i].size, rows[i].value);
		CHECK_EQ(asked.count, rows[i].what != NOTHING);
		CHECK_EQ(asked.what, rows[i].what == NOTHING ? 0 : rows[i].what);
	}
}

static void keyboard_output_port(void)
{
	struct asked asked = {0};
	struct platform_host host = {.self = &asked, .irq = no_irq, .request = asked_request};
	struct reset r;

	reset_init(&r, &host);
	keyboard_command_out(&r, 0, 1, 0xd1);
	keyboard_data_out(&r, 0, 1, 0x03);
	CHECK_EQ(asked.count, 0);
	keyboard_data_out(&r, 0, 1, 0x02); /* the command holds for one byte */
	CHECK_EQ(asked.count, 0);
	keyboard_command_out(&r, 0, 1, 0xd1);
	keyboard_data_out(&r, 0, 1, 0x02);
	CHECK_EQ(asked.count, 1);
	CHECK_EQ(asked.what, PLATFORM_RESET);
}

static void what_they_read(void)
{
	struct asked asked = {0};
	struct platform_host host = {.self = &asked, .irq = no_irq, .request = asked_request};
	struct reset r;

	reset_init(&r, &host);
	CHECK_EQ(keyboard_status_in(&r, 0, 1), 0);
	CHECK_EQ(keyboard_data_in(&r, 0, 1), 0);
	CHECK_EQ(pm1_event_in(&r, 0, 2), 0);
	CHECK_EQ(pm1_control_in(&r, 0, 2), 1);
	pm1_control_out(&r, 0, 2, 3 << 10 | 1 << 13);
	CHECK_EQ(pm1_control_in(&r, 0, 2), 3 << 10 | 1); /* SLP_EN reads 0 */
	CHECK_EQ(pm1_control_in(&r, 1, 1), 3 << 2);
	reset_out(&r, 0, 1, 0x02);
	CHECK_EQ(reset_in(&r, 0, 1), 0x02);
	CHECK_EQ(asked.count, 0);
}

/* Status never tells an event; enable reads back, however wide it is written. */
static void pm1_enable_reads_back(void)
{
	static const struct {
		const char *name;
		uint16_t offset;
		unsigned size;
		uint32_t value, before, after; /* the enable register */
	} writes[] = {
		{"global lock", 2, 2, 0x0020, 0, 0x0020},      {"low byte", 2, 1, 0x21, 0x0100, 0x0121},
		{"high byte", 3, 1, 0x07, 0x0020, 0x0720},     {"status alone", 0, 2, 0xffff, 0x0120, 0x0120},
		{"both at once", 0, 4, 0x0520ffff, 0, 0x0520},
	};

	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		struct asked asked = {0};
		struct platform_host host = {.self = &asked, .irq = no_irq, .request = asked_request};
		struct reset r;

		check_row = writes[i].name;
		reset_init(&r, &host);
		pm1_event_out(&r, 2, 2, writes[i].before);
		pm1_event_out(&r, writes[i].offset, writes[i].size, writes[i].value);
		CHECK_EQ(pm1_event_in(&r, 2, 2), writes[i].after);
		CHECK_EQ(pm1_event_in(&r, 2, 1) & 0xff, writes[i].after & 0xff);
		CHECK_EQ(pm1_event_in(&r, 3, 1), writes[i].after >> 8);
		CHECK_EQ(pm1_event_in(&r, 0, 4), writes[i].after << 16);
		CHECK_EQ(pm1_event_in(&r, 0, 2) & 0xffff, 0);
		CHECK_EQ(pm1_control_in(&r, 0, 2), 1);
		CHECK_EQ(asked.count, 0);
	}
}

static void debug_exit_value(void)
{
	struct asked asked = {0};
	struct debug_exit d = {.host = {.self = &asked, .irq = no_irq, .request = asked_request}};

	CHECK_EQ(debug_exit_in(&d, 0, 1), 0);
	CHECK_EQ(asked.count, 0);
	debug_exit_out(&d, 0, 4, 0x12345678);
	CHECK_EQ(asked.count, 1);
	CHECK_EQ(asked.what, PLATFORM_DEBUG_EXIT);
	CHECK_EQ(asked.value, 0x12345678);
}

CHECK_MAIN(CHECK_TEST(requests), CHECK_TEST(keyboard_output_port), CHECK_TEST(what_they_read),
	   CHECK_TEST(pm1_enable_reads_back), CHECK_TEST(debug_exit_value))
