/*
 * A one-way channel: a ring in a page, negotiated once, used without the kernel. Where can a wrapper stand?
 *
 * modules: client logger
 * line: 1. a wrapper where the channel is negotiated sees everything
 * line:   logger: store 0x0 size 8: 0x1111
 * line: load 0x0 = 0x1111
 * line: 2. negotiated elsewhere, the channel goes past it
 * line: connect: 0
 * line: connect: 0
 * line: load 0x0 = 0x2222
 * line: 3. its page made a virtual page afterwards, it sees everything again
 * line:   logger: store 0x0 size 8: 0x3333
 * line: load 0x0 = 0x3333
 * line: and the reader still cannot write
 * line: store 0x0 0x4444: fault 2
 * line: negotiated once: 8
 */
#include "tests/capability/test.h"

/* A logger before what is in the slot: a capability to the page that it stands for. */
static uint8_t logged(uint8_t target)
{
	struct child logger = test_start("logger", target, 0);
	uint8_t page = child_virtual_page(&logger, 0, 0);

	child_forget(&logger);
	return page;
}

static uint8_t connect(uint8_t channel, uint64_t order)
{
	uint8_t page = child_slot();

	message_ask(channel, order, 0, 0, 0, page);
	return page;
}

/* Each end is given what the negotiator chose to give. */
static void wrapped(const struct child *writer, const struct child *reader)
{
	uint8_t channel = child_alloc(TYPE_CHANNEL, 0);

	print("1. a wrapper where the channel is negotiated sees everything\n");
	child_map(writer, logged(connect(channel, CHANNEL_CONNECT_WRITER)));
	child_map(reader, connect(channel, CHANNEL_CONNECT_READER));
}

/* The two ends got the channel from somebody else, and negotiate themselves. */
static void bypassed(const struct child *writer, const struct child *reader, uint8_t channel)
{
	print("2. negotiated elsewhere, the channel goes past it\n");
	child_give(writer, CHILD_SLOT_TARGET, channel);
	child_give(reader, CHILD_SLOT_TARGET, channel);
}

/* What the writer has mapped becomes a virtual page, whose keeper has the page. */
static void closed(const struct child *writer)
{
	uint8_t ring = child_slot();

	print("3. its page made a virtual page afterwards, it sees everything again\n");
	message_ask(writer->space, SPACE_GET, CHILD_OBJECT_SLOT, 0, 0, ring);
	child_map(writer, logged(ring));
}

/* The writer stores, the reader loads; each waits to be told meanwhile. */
struct ends {
	struct child writer, reader;
	uint8_t parked; /* the writer */
};

static struct ends make_ends(void)
{
	struct ends e = {.writer = test_client()};

	e.parked = client_park();
	e.reader = test_client();
	return e;
}

static void pass(struct ends *e, uint64_t value)
{
	uint8_t reader = client_park();

	client_unpark(e->parked);
	client_do(&e->writer, CLIENT_STORE, 0, value);
	e->parked = client_park();
	client_unpark(reader);
	test_load(&e->reader, 0);
}

static void show_connect(const struct child *end, uint64_t order)
{
	print("connect: %lu\n", client_do(end, CLIENT_CONNECT, 0, order).value);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct ends e;
	uint8_t channel, reader;

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	e = make_ends();
	wrapped(&e.writer, &e.reader);
	pass(&e, 0x1111);

	channel = child_alloc(TYPE_CHANNEL, 0);
	bypassed(&e.writer, &e.reader, channel);
	show_connect(&e.reader, CHANNEL_CONNECT_READER);
	reader = client_park();
	client_unpark(e.parked);
	show_connect(&e.writer, CHANNEL_CONNECT_WRITER);
	e.parked = client_park();
	client_unpark(reader);
	pass(&e, 0x2222);

	closed(&e.writer);
	pass(&e, 0x3333);
	print("and the reader still cannot write\n");
	test_store(&e.reader, 0, 0x4444);
	print("negotiated once: %lu\n", message_ask(channel, CHANNEL_CONNECT_WRITER, 0, 0, 0, 0));
	test_end(0);
}
