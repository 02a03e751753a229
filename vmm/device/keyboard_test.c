#include "vmm/device/keyboard.h"

#include "tests/check.h"

/* The machine: the line, how often it rose, and resets. */
struct host {
	bool level;
	unsigned edges, resets;
};

static void host_irq(void *self, unsigned line, bool level)
{
	struct host *h = self;

	CHECK_EQ(line, 1);
	h->edges += level && !h->level;
	h->level = level;
}

static void host_request(void *self, enum platform_request what, uint32_t value)
{
	(void)value;
	((struct host *)self)->resets += what == PLATFORM_RESET;
}

struct rig {
	struct host host;
	struct reset reset;
	struct keyboard k;
};

static void rig_init(struct rig *r)
{
	const struct platform_host host = {.self = &r->host, .irq = host_irq, .request = host_request};

	r->host = (struct host){0};
	reset_init(&r->reset, &host);
	keyboard_init(&r->k, &host, &r->reset);
}

static bool full(struct rig *r)
{
	return keyboard_control_in(&r->k, 0, 1) & 1;
}

/* What the guest reads until there is no more, as hexadecimal text. */
static const char *drain(struct rig *r, char text[64])
{
	size_t used = 0;

	text[0] = 0;
	while (full(r) && used < 60)
		used += (size_t)snprintf(text + used, 64 - used, "%s%02x", used ? " " : "",
					 (unsigned)keyboard_in(&r->k, 0, 1));
	return text;
}

/* As long as a key is held. */
static void hold(struct rig *r)
{
	for (unsigned i = 0; i < KEYBOARD_HOLD; i++)
		keyboard_tick(&r->k);
}

static void a_key_is_held_until_the_next(void)
{
	static const uint8_t a[] = {0x1e, 0x9e}, left[] = {0xe0, 0x4b, 0xe0, 0xcb};
	char text[64];
	struct rig r;

	rig_init(&r);
	keyboard_press(&r.k, a, 2);
	keyboard_press(&r.k, a, 2); /* the same: it repeats */
	CHECK_STR(drain(&r, text), "1e 1e");
	keyboard_press(&r.k, left, 4);
	CHECK_STR(drain(&r, text), "9e e0 4b");
	for (unsigned i = 0; i < KEYBOARD_HOLD - 1; i++)
		keyboard_tick(&r.k);
	CHECK_STR(drain(&r, text), "");
	keyboard_tick(&r.k);
	CHECK_STR(drain(&r, text), "e0 cb");
	hold(&r);
	CHECK_STR(drain(&r, text), "");
	keyboard_press(&r.k, a, 2);
	keyboard_press(&r.k, left, 4);
	hold(&r);
	hold(&r); /* nobody has looked yet */
	CHECK_STR(drain(&r, text), "1e 9e e0 4b");
	hold(&r);
	CHECK_STR(drain(&r, text), "e0 cb");
}

static void keys_come_one_by_one_with_interrupts(void)
{
	static const uint8_t a[] = {0x1e, 0x9e};
	struct rig r;

	rig_init(&r);
	CHECK(!full(&r) && keyboard_is_empty(&r.k));
	keyboard_press(&r.k, a, 2);
	CHECK(full(&r) && r.host.level && !keyboard_is_empty(&r.k));
	CHECK_EQ(r.host.edges, 1);
	CHECK_EQ(keyboard_in(&r.k, 0, 1), 0x1e);
	CHECK(!full(&r) && !r.host.level); /* it is held */
	hold(&r);
	CHECK(full(&r) && r.host.level);
	CHECK_EQ(r.host.edges, 2);
	CHECK_EQ(keyboard_in(&r.k, 0, 1), 0x9e);
	CHECK(!full(&r) && !r.host.level && keyboard_is_empty(&r.k));
	CHECK_EQ(keyboard_in(&r.k, 0, 1), 0x9e); /* the last one stays readable */
}

static void commands_are_answered(void)
{
	static const struct {
		const char *name;
		int control, data, data2; /* written in this order; -1: none */
		const char *answer;
	} rows[] = {
		{"controller test", 0xaa, -1, -1, "55"},
		{"keyboard's line test", 0xab, -1, -1, "00"},
		{"configuration", 0x20, -1, -1, "65"},
		{"output port", 0xd0, -1, -1, "03"},
		{"a byte as if typed", 0xd2, 0x42, -1, "42"},
		{"keyboard reset", -1, 0xff, -1, "fa aa"},
		{"identify", -1, 0xf2, -1, "fa ab 41"},
		{"enable", -1, 0xf4, -1, "fa"},
		{"LEDs", -1, 0xed, 0x07, "fa fa"},
		{"rate", -1, 0xf3, 0x00, "fa fa"},
		{"which set", -1, 0xf0, 0x00, "fa fa 41"},
		{"echo", -1, 0xee, -1, "ee"},
		{"unknown", -1, 0x00, -1, "fe"},
		{"a mouse is not there", 0xa8, -1, -1, ""},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[64];
		struct rig r;

		check_row = rows[i].name;
		rig_init(&r);
		if (rows[i].control >= 0)
			keyboard_control_out(&r.k, 0, 1, (uint32_t)rows[i].control);
		if (rows[i].data >= 0)
			keyboard_out(&r.k, 0, 1, (uint32_t)rows[i].data);
		if (rows[i].data2 >= 0)
			keyboard_out(&r.k, 0, 1, (uint32_t)rows[i].data2);
		CHECK_STR(drain(&r, text), rows[i].answer);
		CHECK_EQ(r.host.resets, 0);
	}
}

static void a_keyboard_that_is_off_keeps_its_keys(void)
{
	static const uint8_t a[] = {0x1e, 0x9e};
	char text[64];
	struct rig r;

	rig_init(&r);
	keyboard_control_out(&r.k, 0, 1, 0xad);
	keyboard_press(&r.k, a, 2);
	CHECK_STR(drain(&r, text), "");
	keyboard_control_out(&r.k, 0, 1, 0x20); /* answers come all the same */
	CHECK_STR(drain(&r, text), "75");
	keyboard_control_out(&r.k, 0, 1, 0xae);
	CHECK_STR(drain(&r, text), "1e");
}

static void interrupts_can_be_turned_off(void)
{
	static const uint8_t a[] = {0x1e, 0x9e};
	struct rig r;

	rig_init(&r);
	keyboard_control_out(&r.k, 0, 1, 0x60);
	keyboard_out(&r.k, 0, 1, 0x64);
	keyboard_press(&r.k, a, 2);
	CHECK(full(&r) && !r.host.level);
	CHECK_EQ(r.host.edges, 0);
	keyboard_control_out(&r.k, 0, 1, 0x60);
	keyboard_out(&r.k, 0, 1, 0x65);
	CHECK(r.host.level);
}

static void resets_are_the_resets(void)
{
	struct rig r;

	rig_init(&r);
	keyboard_control_out(&r.k, 0, 1, 0xd1);
	keyboard_out(&r.k, 0, 1, 0xdf); /* A20 */
	CHECK_EQ(r.host.resets, 0);
	keyboard_control_out(&r.k, 0, 1, 0xd1);
	keyboard_out(&r.k, 0, 1, 0xde);
	CHECK_EQ(r.host.resets, 1);
	keyboard_control_out(&r.k, 0, 1, 0xfe);
	CHECK_EQ(r.host.resets, 2);
}

static void a_full_queue_drops_whole_keys(void)
{
	static const uint8_t a[] = {0x1e, 0x9e}, shifted[] = {0x2a, 0x1e, 0x9e, 0xaa};
	static const uint8_t cycle[] = {0x2a, 0x1e, 0x9e, 0xaa, 0x1e, 0x9e};
	unsigned read = 0;
	struct rig r;

	rig_init(&r);
	for (unsigned i = 0; i < 1000; i++)
		keyboard_press(&r.k, i % 2 ? a : shifted, i % 2 ? 2 : 4);
	CHECK(!keyboard_has_room(&r.k));
	while (full(&r) && read < 2000) {
		CHECK_EQ(keyboard_in(&r.k, 0, 1), cycle[read % 6]);
		read++;
	}
	CHECK(read > 200 && read < 300);
	for (unsigned i = 0; i < 1000; i++) /* and answers that nobody reads */
		keyboard_control_out(&r.k, 0, 1, 0x20);
	CHECK(full(&r));
}

CHECK_MAIN(CHECK_TEST(a_key_is_held_until_the_next), CHECK_TEST(keys_come_one_by_one_with_interrupts),
	   CHECK_TEST(commands_are_answered), CHECK_TEST(a_keyboard_that_is_off_keeps_its_keys),
	   CHECK_TEST(interrupts_can_be_turned_off), CHECK_TEST(resets_are_the_resets),
	   CHECK_TEST(a_full_queue_drops_whole_keys))
