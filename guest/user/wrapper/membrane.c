/*
 * membrane: a wrapper for a capability of any type. What is fetched through it is wrapped too, or authority would leak
 * past it: each capability that comes out becomes an entry to the membrane, or a virtual page of it, and what such an
 * entry gets goes to what it stands for. What goes in and is the membrane's own is unwrapped; anything else goes to the
 * kernel's objects as it is, and is wrapped the other way round for a process. A message goes on with a reply
 * of the membrane's own, so the answer comes back through it.
 *
 *	null, number, discrim	go through as they are: they lead nowhere
 *	page			a virtual page: accesses are forwarded, orders sent on
 *	all others		an entry: orders sent on
 *	reply			an entry of one use
 */
#include "guest/user/wrapper/membrane.h"

#include "guest/user/lib/child.h"
#include "guest/user/lib/start.h"

#define SLOT_REPLY 11
#define SLOT_CAME 12 /* four capabilities of the message */
#define SLOT_BACK 16 /* four of the answer */
#define SLOT_MADE 20 /* four to be sent on, wrapped */
#define SLOT_LOOK 24 /* for a moment */
#define SLOT_MAP 25 /* the space being made */
#define SLOT_ROWS 26 /* and up: what is wrapped; the badge is the row's number and 1 */
#define ROWS (INVOKE_SLOTS - SLOT_ROWS)

enum way { OUT, IN }; /* of a capability: to the client, to the target */

struct row {
	uint8_t type; /* TYPE_*; TYPE_NULL: free */
	enum way way;
};

static struct row row[ROWS];
static uint64_t messages, accesses;
static uint8_t bytes[INVOKE_STRING_MAX];

static uint8_t row_slot(unsigned i)
{
	return (uint8_t)(SLOT_ROWS + i);
}

static uint8_t type_at(uint8_t slot, uint64_t *restrictions)
{
	struct message m = {.order = DISCRIM_TYPE, .caps = slot};

	if (message_call(START_SLOT_DISCRIM, &m) != RESULT_OK)
		return TYPE_NULL;
	*restrictions = m.word[1];
	return (uint8_t)m.word[0];
}

static bool same(uint8_t a, uint8_t b)
{
	struct message m = {.order = DISCRIM_SAME, .caps = MESSAGE_CAPS(a, b)};

	return message_call(START_SLOT_DISCRIM, &m) == RESULT_OK && m.word[0];
}

static bool copy_slot(uint8_t from, uint8_t to)
{
	return message_ask(START_SLOT_PROCESS, PROCESS_SET_SLOT, to, 0, from, 0) == RESULT_OK;
}

/* The entry that stands for a row. */
static bool make_wrapper(unsigned i, uint64_t restrictions, uint8_t into)
{
	uint64_t order = row[i].type == TYPE_PAGE ? ENDPOINT_VIRTUAL_PAGE : ENDPOINT_ENTRY;

	return message_ask(CHILD_SLOT_ENDPOINT, order, i + 1, restrictions, 0, into) == RESULT_OK;
}

/* The row of a wrapper of the membrane's own that was handed out this way; ROWS: it is somebody else's. */
static unsigned own(uint8_t slot, uint64_t restrictions, enum way handed_out)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (row[i].type != TYPE_NULL && row[i].way == handed_out && make_wrapper(i, restrictions, SLOT_LOOK) &&
		    same(slot, SLOT_LOOK))
			return i;
	return ROWS;
}

/* The row for what is to be wrapped: the same for the same. ROWS: there is none left. */
static unsigned row_for(uint8_t slot, uint8_t type, enum way way)
{
	unsigned empty = ROWS;

	for (unsigned i = 0; i < ROWS; i++) {
		if (row[i].type == TYPE_NULL)
			empty = empty == ROWS ? i : empty;
		else if (row[i].way == way && same(slot, row_slot(i)))
			return i;
	}
	if (empty == ROWS || !copy_slot(slot, row_slot(empty)))
		return ROWS;
	row[empty] = (struct row){.type = type, .way = way};
	return empty;
}

static bool leads_nowhere(uint8_t type)
{
	return type == TYPE_NULL || type == TYPE_NUMBER || type == TYPE_DISCRIM;
}

/* What is to be sent in place of what stands in `slot`: a slot; 0 is null. `made` is one that can be used for it. */
static uint8_t cross(uint8_t slot, uint8_t made, enum way way, bool wrap)
{
	uint64_t restrictions = 0;
	uint8_t type = type_at(slot, &restrictions);
	unsigned i;

	if (leads_nowhere(type))
		return type == TYPE_NULL ? 0 : slot;
	i = own(slot, restrictions, way == IN ? OUT : IN);
	if (i < ROWS)
		return row_slot(i);
	if (!wrap)
		return slot;
	i = row_for(slot, type, way);
	return i < ROWS && make_wrapper(i, type == TYPE_PAGE ? restrictions : 0, made) ? made : 0;
}

static uint64_t cross_all(uint64_t came, uint8_t first, enum way way, bool wrap)
{
	uint64_t caps = 0;

	for (uint8_t i = 0; i < INVOKE_CAPS; i++)
		if (came >> i & 1)
			caps |= (uint64_t)cross((uint8_t)(first + i), (uint8_t)(SLOT_MADE + i), way, wrap) << 8 * i;
	return caps;
}

static uint64_t four(uint8_t first)
{
	return MESSAGE_CAPS(first, first + 1) | MESSAGE_CAPS(first + 2, first + 3) << 16;
}

/* The message goes on, and the answer comes back in its place. */
static void pass_on(unsigned i, struct message *m)
{
	bool user = row[i].type == TYPE_ENTRY || row[i].type == TYPE_REPLY;
	uint64_t restrictions, kind = type_at(SLOT_REPLY, &restrictions) == TYPE_REPLY ? INVOKE_CALL : INVOKE_SEND;

	m->caps = cross_all(m->caps, SLOT_CAME, row[i].way == OUT ? IN : OUT, user);
	m->string = bytes;
	m->receive = four(SLOT_BACK);
	if (row[i].type == TYPE_REPLY) {
		kind = INVOKE_SEND;
		row[i].type = TYPE_NULL;
	}
	if (invoke(kind, row_slot(i), m) != INVOKE_OK || kind == INVOKE_SEND) {
		*m = (struct message){.order = kind == INVOKE_SEND ? RESULT_OK : RESULT_ARGUMENT};
		return;
	}
	m->caps = cross_all(m->caps, SLOT_BACK, row[i].way, true);
}

/* A space like that one, all of whose pages are wrapped, in SLOT_MAP. How large a space's slots are cannot be asked. */
static uint64_t make_map(uint8_t from, uint64_t exponent)
{
	uint64_t result = message_ask(START_SLOT_BANK, BANK_ALLOC, TYPE_SPACE, exponent, 0, SLOT_MAP);

	for (uint64_t i = 0; i < 16 && result == RESULT_OK; i++) {
		uint64_t restrictions;
		uint8_t type, made;

		result = message_ask(from, SPACE_GET, i, 0, 0, SLOT_BACK);
		type = type_at(SLOT_BACK, &restrictions);
		if (result != RESULT_OK || type == TYPE_NULL)
			continue;
		if (type != TYPE_PAGE)
			return RESULT_TYPE;
		made = cross(SLOT_BACK, SLOT_MADE, OUT, true);
		result = made ? message_ask(SLOT_MAP, SPACE_SET, i, 0, made, 0) : RESULT_MEMORY;
	}
	if (result == RESULT_OK)
		result = message_ask(SLOT_MAP, ORDER_REDUCE, RESTRICT_OPAQUE, 0, 0, SLOT_MAP);
	return result;
}

static void order(unsigned i, struct message *m)
{
	messages++;
	if (row[i].type == TYPE_SPACE && m->order == MEMBRANE_MAP) {
		uint64_t result = make_map(row_slot(i), m->word[0]);

		*m = (struct message){.order = result, .caps = result == RESULT_OK ? SLOT_MAP : 0};
		return;
	}
	pass_on(i, m);
}

static void answer(struct message *m)
{
	uint64_t i = m->badge - 1;

	if (m->badge == MEMBRANE_CONTROL) {
		*m = (struct message){.order = RESULT_OK, .word = {messages, accesses}};
	} else if (i >= ROWS || row[i].type == TYPE_NULL) {
		*m = (struct message){.order = RESULT_NULL};
	} else if (m->order >= ACCESS_ADMIT && m->order <= ACCESS_STORE) {
		accesses++;
		*m = (struct message){.order = ANSWER_FORWARD, .caps = row_slot((unsigned)i)};
	} else if (m->order == ACCESS_STEPPED || m->order == ACCESS_GONE) {
		*m = (struct message){.order = ANSWER_ACCEPT};
	} else {
		order((unsigned)i, m);
	}
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct message m = {.order = RESULT_OK};
	uint64_t restrictions, to = 0;

	(void)a, (void)b, (void)c, (void)d;
	row_for(CHILD_SLOT_TARGET, type_at(CHILD_SLOT_TARGET, &restrictions), OUT);
	for (;;) {
		m.buffer = bytes;
		m.room = sizeof(bytes);
		m.receive = four(SLOT_CAME) | MESSAGE_REPLY(SLOT_REPLY);
		invoke(INVOKE_RETURN, to, &m);
		answer(&m);
		to = SLOT_REPLY;
	}
}
