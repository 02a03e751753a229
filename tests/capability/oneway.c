/*
 * A one-way channel that is negotiated elsewhere than it is used: docs/unidirectional.md.
 *
 * modules: client membrane broker talker
 * line: 1. wrapped where it is negotiated
 * line: connected: 0
 * line: said 3, heard 3, the last 0x102
 * line: the wrapper saw 9 accesses
 * line: the wrapper gone: fault 1; heard 3
 * line: 2. wrapped where it is used, negotiated elsewhere
 * line: connected: 0
 * line: said 3, heard 3, the last 0x202
 * line: the wrapper saw 0 accesses, and 3 messages without a word in them
 * line: the wrapper gone: fault 0; heard 4
 * line: 3. negotiated elsewhere; then the ring's page made a virtual one
 * line: connected: 0
 * line: said 3, heard 3, the last 0x302
 * line: said 3, heard 6, the last 0x305
 * line: the wrapper saw 9 accesses
 * line: the wrapper gone: fault 1; heard 6
 */
#include "tests/capability/talker.h"
#include "tests/capability/wrapped.h"

struct talk {
	struct child broker, talker;
	uint8_t entry, heard; /* of the broker; the reader's end */
};

/* The reader is this process: it has its end from the broker, unwrapped. */
static uint64_t heard(const struct talk *t, uint64_t *last)
{
	struct ring ring = {0};
	struct message m = {.order = PAGE_READ, .word = {0, sizeof(ring)}, .buffer = &ring, .room = sizeof(ring)};

	message_call(t->heard, &m);
	*last = ring.said ? ring.word[(ring.said - 1) % RING_WORDS] : 0;
	return ring.said;
}

static struct client_result tell(const struct talk *t, uint64_t command, uint64_t word)
{
	client_tell(command, word, 0);
	return client_wait(&t->talker);
}

static void say(const struct talk *t, uint64_t from)
{
	uint64_t words, last;

	for (uint64_t i = 0; i < 3; i++)
		tell(t, TALKER_SAY, from + i);
	words = heard(t, &last);
	print("said 3, heard %lu, the last 0x%lx\n", words, last);
}

static struct talk begin(void)
{
	struct talk t = {.broker = test_start("broker", 0, 0), .heard = child_slot()};

	t.entry = child_entry(&t.broker, 0);
	child_forget(&t.broker);
	message_ask(t.entry, BROKER_READER, 0, 0, 0, t.heard);
	return t;
}

/* It gets the ring from `broker`, which may be wrapped. */
static void connect(struct talk *t, uint8_t broker)
{
	if (!child_make("talker", &t->talker))
		test_end(1);
	child_give(&t->talker, CHILD_SLOT_PARENT, client_entry());
	child_give(&t->talker, CHILD_SLOT_TARGET, broker);
	message_ask(t->talker.process, PROCESS_SET_KEEPER, 0, 0, client_keeper(), 0);
	child_start(&t->talker, 0, 0);
	client_wait(&t->talker);
	print("connected: %lu\n", tell(t, TALKER_CONNECT, 0).value);
}

static void end(const struct talk *t, const struct wrapped *w, uint64_t word)
{
	uint64_t last, fault;

	wrapped_end(w);
	fault = tell(t, TALKER_SAY, word).fault;
	print("the wrapper gone: fault %lu; heard %lu\n", fault, heard(t, &last));
	child_forget(&t->talker);
	child_slot_free(t->heard);
	child_slot_free(t->entry);
	wrapped_forget(w);
}

static void at_negotiation(void)
{
	struct talk t = begin();
	struct wrapped w = wrapped_make(t.entry, false);

	print("1. wrapped where it is negotiated\n");
	connect(&t, w.handed_out);
	say(&t, 0x100);
	print("the wrapper saw %lu accesses\n", wrapped_count(&w).accesses);
	end(&t, &w, 0x103);
}

/* What the talker is given to use the channel with is wrapped; its ring it has from the broker itself. */
static void at_use(void)
{
	struct talk t = begin();
	uint8_t channel = child_slot();
	struct wrapped w;

	message_ask(t.entry, BROKER_CHANNEL, 0, 0, 0, channel);
	w = wrapped_make(channel, false);
	print("2. wrapped where it is used, negotiated elsewhere\n");
	connect(&t, t.entry);
	child_give(&t.talker, TALKER_SLOT_CHANNEL, w.handed_out);
	say(&t, 0x200);
	print("the wrapper saw %lu accesses, and %lu messages without a word in them\n", wrapped_count(&w).accesses,
	      wrapped_count(&w).messages);
	end(&t, &w, 0x203);
	child_slot_free(channel);
}

/* The talker's maker, who holds its space and its slots, puts a wrapper before the page that it finds there. */
static void after_the_fact(void)
{
	struct talk t = begin();
	uint8_t ring = child_slot(), space = child_slot();
	struct wrapped w;

	print("3. negotiated elsewhere; then the ring's page made a virtual one\n");
	connect(&t, t.entry);
	say(&t, 0x300);
	message_ask(t.talker.space, SPACE_GET, TALKER_RING_SLOT, 0, 0, space);
	message_ask(space, SPACE_GET, 0, 0, 0, ring);
	w = wrapped_make(ring, true);
	message_ask(space, SPACE_SET, 0, 0, w.handed_out, 0);
	child_give(&t.talker, TALKER_SLOT_RING, w.handed_out);
	say(&t, 0x303);
	print("the wrapper saw %lu accesses\n", wrapped_count(&w).accesses);
	end(&t, &w, 0x306);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	at_negotiation();
	at_use();
	after_the_fact();
	test_end(0);
}
