#include "vmm/device/virtio/console.h"

#include "tests/virtio_rig.h"

#define RECEIVE 0
#define TRANSMIT 1

/* A terminal: what was typed, and what it shows, as far as it has room. */
static struct {
	const char *typed;
	size_t room, count;
	char shown[1 << 17];
} terminal;

static struct virtio_rig rig;

static size_t take(void *self, uint8_t *bytes, size_t room)
{
	size_t count = strlen(terminal.typed);

	(void)self;
	if (count > room)
		count = room;
	memcpy(bytes, terminal.typed, count);
	terminal.typed += count;
	return count;
}

static size_t offer(void *self, const uint8_t *bytes, size_t count)
{
	(void)self;
	if (count > terminal.room)
		count = terminal.room;
	memcpy(terminal.shown + terminal.count, bytes, count);
	terminal.count += count;
	terminal.room -= count;
	return count;
}

static void begin(const char *typed, size_t room)
{
	memset(&terminal, 0, sizeof(terminal));
	terminal.typed = typed;
	terminal.room = room;
	virtio_rig_init(&rig);
	rig.v = console_new(&(struct console_host){.take = take, .offer = offer}, &rig.host, 3);
	rig_start(&rig);
}

static void what_is_written_is_shown(void)
{
	begin("", 100);
	memcpy(rig_at(&rig, RIG_BUFFERS), "hello, ", 7);
	memcpy(rig_at(&rig, RIG_BUFFERS + 64), "world\n", 6);
	rig_descriptor(&rig, TRANSMIT, 0, RIG_BUFFERS, 7, RIG_NEXT, 1);
	rig_descriptor(&rig, TRANSMIT, 1, RIG_BUFFERS + 64, 6, 0, 0);
	rig_offer(&rig, TRANSMIT, 0);
	CHECK_STR(terminal.shown, "hello, world\n");
	CHECK_EQ(rig_used(&rig, TRANSMIT), 1);
	CHECK(rig.level);
	virtio_rig_free(&rig);
}

static void a_full_terminal_holds_the_chain_back(void)
{
	begin("", 3);
	memcpy(rig_at(&rig, RIG_BUFFERS), "abcdefgh", 8);
	rig_descriptor(&rig, TRANSMIT, 0, RIG_BUFFERS, 8, 0, 0);
	rig_offer(&rig, TRANSMIT, 0);
	CHECK_STR(terminal.shown, "abc");
	CHECK_EQ(rig_used(&rig, TRANSMIT), 0);
	CHECK(!rig.level);
	terminal.room = 2;
	virtio_look(rig.v);
	CHECK_STR(terminal.shown, "abcde");
	terminal.room = 100;
	virtio_look(rig.v);
	CHECK_STR(terminal.shown, "abcdefgh");
	CHECK_EQ(rig_used(&rig, TRANSMIT), 1);
	virtio_rig_free(&rig);
}

static void what_was_half_shown_is_forgotten_at_a_reset(void)
{
	begin("", 3);
	memcpy(rig_at(&rig, RIG_BUFFERS), "abcdefgh", 8);
	rig_descriptor(&rig, TRANSMIT, 0, RIG_BUFFERS, 8, 0, 0);
	rig_offer(&rig, TRANSMIT, 0);
	rig_start(&rig);
	terminal.room = 100;
	memcpy(rig_at(&rig, RIG_BUFFERS), "ABCDEFGH", 8);
	rig_descriptor(&rig, TRANSMIT, 0, RIG_BUFFERS, 8, 0, 0);
	rig_offer(&rig, TRANSMIT, 0);
	CHECK_STR(terminal.shown, "abcABCDEFGH");
	virtio_rig_free(&rig);
}

/* A chain of the same 64 KiB over and over: others get their turn between. */
static void an_enormous_chain_goes_out_in_portions(void)
{
	begin("", sizeof(terminal.shown));
	rig_descriptor(&rig, TRANSMIT, 0, RIG_BUFFERS, 0x10000, RIG_NEXT, 1);
	rig_descriptor(&rig, TRANSMIT, 1, RIG_BUFFERS, 0x8000, 0, 0);
	rig_offer(&rig, TRANSMIT, 0);
	CHECK_EQ(terminal.count, 0x10000);
	CHECK_EQ(rig.laters, 1);
	CHECK_EQ(rig_used(&rig, TRANSMIT), 0);
	virtio_look(rig.v);
	CHECK_EQ(terminal.count, 0x18000);
	CHECK_EQ(rig_used(&rig, TRANSMIT), 1);
	virtio_rig_free(&rig);
}

static void what_is_typed_is_received(void)
{
	begin("", 0);
	rig_descriptor(&rig, RECEIVE, 0, RIG_BUFFERS, 4, RIG_WRITE, 0);
	rig_descriptor(&rig, RECEIVE, 1, RIG_BUFFERS + 64, 64, RIG_WRITE, 0);
	rig_offer(&rig, RECEIVE, 0);
	rig_offer(&rig, RECEIVE, 1);
	CHECK_EQ(rig_used(&rig, RECEIVE), 0);
	terminal.typed = "command";
	virtio_look(rig.v);
	CHECK_EQ(rig_used(&rig, RECEIVE), 2);
	CHECK_EQ(rig_entry(&rig, RECEIVE, 0).written, 4);
	CHECK_EQ(rig_entry(&rig, RECEIVE, 1).written, 3);
	CHECK(memcmp(rig_at(&rig, RIG_BUFFERS), "comm", 4) == 0);
	CHECK(memcmp(rig_at(&rig, RIG_BUFFERS + 64), "and", 3) == 0);
	CHECK(rig.level);
	virtio_rig_free(&rig);
}

static void what_was_typed_before_waits_for_the_driver(void)
{
	begin("early", 0);
	CHECK_STR(terminal.typed, "early");
	rig_descriptor(&rig, RECEIVE, 0, RIG_BUFFERS, 64, RIG_WRITE, 0);
	rig_offer(&rig, RECEIVE, 0);
	CHECK_EQ(rig_entry(&rig, RECEIVE, 0).written, 5);
	virtio_rig_free(&rig);
}

CHECK_MAIN(CHECK_TEST(what_is_written_is_shown), CHECK_TEST(a_full_terminal_holds_the_chain_back),
	   CHECK_TEST(what_was_half_shown_is_forgotten_at_a_reset), CHECK_TEST(an_enormous_chain_goes_out_in_portions),
	   CHECK_TEST(what_is_typed_is_received), CHECK_TEST(what_was_typed_before_waits_for_the_driver))
