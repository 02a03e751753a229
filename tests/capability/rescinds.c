/*
 * A virtual page's capability is rescinded, its forwarder's target swapped, its endpoint destroyed, at each point of an
 * access. The access has one outcome; what its keeper says later goes to nobody; nothing is stored. (In a step:
 * `steps`.)
 *
 * modules: client puppet ram
 * line: rescinded
 * line: a load asked: fault 5; late answer: 1; told gone: 0
 * line: a store asked: fault 5; late answer: 1; told gone: 0
 * line: between load and store: fault 5; late answer: 1; told gone: 1
 * line: the first page admitted: fault 5; late answer: 1; told gone: 1
 * line: both admitted, the first loaded: fault 5; late answer: 1; told gone: 2
 * line: all loaded, the first stored: fault 5; late answer: 1; told gone: 2
 * line: another target
 * line: a load asked: 0x0; late answer: 1; told gone: 0
 * line: a store asked: 0x0; late answer: 1; told gone: 0
 * line: between load and store: 0x99; late answer: 1; told gone: 1
 * line: the forwarder destroyed
 * line: a load asked: fault 5; late answer: 1; told gone: 0
 * line: a store asked: fault 5; late answer: 1; told gone: 0
 * line: between load and store: fault 5; late answer: 1; told gone: 1
 * line: the first page admitted: fault 5; late answer: 1; told gone: 1
 * line: both admitted, the first loaded: fault 5; late answer: 1; told gone: 2
 * line: all loaded, the first stored: fault 5; late answer: 1; told gone: 2
 * line: idle: fault 1
 * line: one asked, another waiting: 1 held, 2 faults, late answer: 1, then 0 held
 */
#include "tests/capability/pulled.h"

enum end { RESCINDED, SWAPPED, DESTROYED };

struct point {
	const char *name;
	uint64_t command, offset;
	unsigned answers; /* before the end comes */
};

/* At 0xffc two pages are touched: both are asked to admit, then loaded. */
static const struct point point[] = {
	{"a load asked", CLIENT_LOAD, 0x10, 0},
	{"a store asked", CLIENT_STORE, 0x10, 0},
	{"between load and store", CLIENT_ADD, 0x10, 1},
	{"the first page admitted", CLIENT_ADD, 0xffc, 1},
	{"both admitted, the first loaded", CLIENT_ADD, 0xffc, 3},
	{"all loaded, the first stored", CLIENT_ADD, 0xffc, 5},
};

#define ONE_PAGE 3u
#define POINTS (sizeof(point) / sizeof(point[0]))

struct scene {
	struct child client;
	struct pulled puppet;
	struct revocable r;
	uint8_t space, first, second, other;
};

/* The client's object: the first page through a forwarder, the second not. */
static void put(struct scene *s)
{
	s->r = revocable_make(s->first);
	message_ask(s->space, SPACE_SET, 0, 0, s->r.facet, 0);
}

/* The value of a load is a byte repeated; its size is what the access is of. */
static void answer_one(const struct scene *s, const struct point *p)
{
	uint64_t size;

	pulled_wait(&s->puppet, 1);
	size = pulled_state(&s->puppet).last != ACCESS_LOAD ? 0 : p->offset == 0xffc ? 4 : 8;
	pulled_answer(&s->puppet, 0, ANSWER_DONE, 0, size);
}

static void come_to_an_end(struct scene *s, enum end end)
{
	switch (end) {
	case RESCINDED:
		message_ask(s->r.control, FORWARDER_RESCIND, 0, 0, 0, 0);
		break;
	case SWAPPED:
		message_ask(s->r.control, FORWARDER_SET_TARGET, 0, 0, s->other, 0);
		break;
	case DESTROYED:
		message_ask(START_SLOT_BANK, BANK_FREE, 0, 0, s->r.control, 0);
		break;
	}
}

static void at(struct scene *s, const struct point *p, enum end end)
{
	struct client_result r;
	uint64_t late, gone = pulled_state(&s->puppet).gone;

	put(s);
	client_tell(p->command, p->offset, 0x99);
	for (unsigned i = 0; i < p->answers; i++)
		answer_one(s, p);
	pulled_wait(&s->puppet, 1);
	come_to_an_end(s, end);
	r = client_wait(&s->client);
	late = pulled_answer(&s->puppet, 0, ANSWER_DONE, 0x77, 8);
	print("%s: ", p->name);
	if (r.fault)
		print("fault %lu", r.fault);
	else
		print("0x%lx", r.value);
	print("; late answer: %lu; told gone: %lu\n", late, pulled_state(&s->puppet).gone - gone);
	revocable_end(&s->r);
}

static void idle(struct scene *s)
{
	struct point first = {"", CLIENT_LOAD, 0x10, 0};

	put(s);
	client_tell(CLIENT_LOAD, 0x10, 0);
	answer_one(s, &first);
	client_wait(&s->client);
	message_ask(s->r.control, FORWARDER_RESCIND, 0, 0, 0, 0);
	print("idle: fault %lu\n", client_do(&s->client, CLIENT_LOAD, 0x10, 0).fault);
	revocable_end(&s->r);
}

/* Two clients: one is asked for, the other waits until it is through. */
static void queued(struct scene *s)
{
	struct child second;
	struct message m = {.order = RESULT_OK};
	uint64_t faults = 0, late;

	put(s);
	client_tell(CLIENT_ADD, 0x10, 0);
	pulled_wait(&s->puppet, 1);
	second = test_client();
	child_map(&second, s->space);
	client_tell(CLIENT_ADD, 0x10, 0);
	test_sleep(3);
	print("one asked, another waiting: %lu held", pulled_state(&s->puppet).held);
	message_ask(s->r.control, FORWARDER_RESCIND, 0, 0, 0, 0);
	for (unsigned i = 0; i < 2; i++) {
		m = (struct message){.order = RESULT_OK};
		invoke(INVOKE_RETURN, 0, &m);
		faults += m.order == PROCESS_FAULT && m.word[0] != FAULT_NONE;
	}
	late = pulled_answer(&s->puppet, 0, ANSWER_DONE, 0x77, 8);
	print(", %lu faults, late answer: %lu, then %lu held\n", faults, late, pulled_state(&s->puppet).held);
	revocable_end(&s->r);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	static const char *const name[] = {"rescinded", "another target", "the forwarder destroyed"};
	struct scene s = {.puppet = pulled_make(), .space = child_alloc(TYPE_SPACE, 0)};
	struct child ram = test_start("ram", 0, 0);

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	s.other = child_virtual_page(&ram, 0, 0);
	s.first = child_virtual_page(&s.puppet.child, 1, 0);
	s.second = child_virtual_page(&s.puppet.child, 2, 0);
	message_ask(s.space, SPACE_SET, 1, 0, s.second, 0);
	s.client = test_client();
	child_map(&s.client, s.space);
	for (enum end end = RESCINDED; end <= DESTROYED; end++) {
		print("%s\n", name[end]);
		/* Of two pages only one would get another target, and the puppet be asked for the other. */
		for (unsigned i = 0; i < (end == SWAPPED ? ONE_PAGE : POINTS); i++)
			at(&s, &point[i], end);
	}
	idle(&s);
	queued(&s);
	test_end(0);
}
