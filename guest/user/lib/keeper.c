#include "guest/user/lib/keeper.h"

#include <string.h>

#define PIECE 64u

uint64_t keeper_read(uint8_t slot, unsigned offset, unsigned size, uint8_t *bytes)
{
	struct message m = {.order = PAGE_READ, .word = {offset, size}, .buffer = bytes, .room = size};

	return message_call(slot, &m);
}

uint64_t keeper_write(uint8_t slot, unsigned offset, unsigned size, const uint8_t *bytes)
{
	struct message m = {.order = PAGE_WRITE, .word = {offset}, .string = bytes, .length = size};

	return message_call(slot, &m);
}

uint64_t keeper_fault(struct keeper_request *r, uint64_t fault, uint64_t code)
{
	r->word[0] = fault;
	r->word[1] = code;
	return ANSWER_FAULT;
}

static uint64_t ask(uint64_t (*operation)(struct keeper_request *), struct keeper_request *r)
{
	return operation ? operation(r) : keeper_fault(r, FAULT_ACCESS, 0);
}

/* One access of the client's. */
static uint64_t answer_access(const struct keeper *keeper, struct keeper_request *r, uint64_t order)
{
	switch (order) {
	case ACCESS_ADMIT:
		return keeper->admit ? keeper->admit(r) : ANSWER_DONE;
	case ACCESS_LOAD:
		return ask(keeper->load, r);
	case ACCESS_STORE:
		return ask(keeper->store, r);
	case ACCESS_STEPPED:
		return keeper->stepped ? keeper->stepped(r) : ANSWER_ACCEPT;
	default: /* ACCESS_GONE: nobody waits for an answer */
		if (keeper->gone)
			keeper->gone(r);
		return KEEPER_SILENT;
	}
}

/* A page's order, as loads or stores of pieces. */
static uint64_t transfer(const struct keeper *keeper, struct keeper_request *r, uint8_t *bytes, unsigned size,
			 bool store)
{
	for (unsigned end = r->offset + size; r->offset < end; r->offset += r->size) {
		r->size = end - r->offset < PIECE ? end - r->offset : PIECE;
		r->info = r->size | 1u << 16;
		if (store)
			memcpy(r->after, bytes, r->size);
		if (ask(store ? keeper->store : keeper->load, r) != ANSWER_DONE)
			return RESULT_RIGHTS;
		if (!store)
			memcpy(bytes, r->before, r->size);
		bytes += r->size;
	}
	return RESULT_OK;
}

static uint64_t answer_order(const struct keeper *keeper, struct keeper_request *r, struct message *m, uint8_t *bytes)
{
	uint64_t size = KEEPER_PAGE_SIZE;

	switch (m->order) {
	case PAGE_READ:
		size = m->word[1];
		break;
	case PAGE_WRITE:
		size = m->length;
		break;
	case PAGE_ERASE:
		memset(bytes, 0, size);
		m->word[0] = 0;
		break;
	case PAGE_COPY_FROM:
		m->word[0] = 0;
		if (keeper_read(KEEPER_SLOT_SENT, 0, KEEPER_PAGE_SIZE, bytes) != RESULT_OK)
			return RESULT_TYPE;
		break;
	default:
		memcpy(r->word, m->word, sizeof(r->word));
		return keeper->order ? keeper->order(r, m->order) : RESULT_ORDER;
	}
	if (m->word[0] > KEEPER_PAGE_SIZE || size > KEEPER_PAGE_SIZE - m->word[0])
		return RESULT_ARGUMENT;
	r->offset = (unsigned)m->word[0];
	return transfer(keeper, r, bytes, (unsigned)size, m->order != PAGE_READ);
}

static bool is_access(uint64_t order)
{
	return order >= ACCESS_ADMIT && order <= ACCESS_GONE;
}

/* From what came to what goes back, in the same message. */
static void answer(const struct keeper *keeper, struct message *m, uint8_t *bytes)
{
	struct keeper_request r = {.badge = m->badge};
	uint64_t asked = m->order, order;

	if (is_access(asked)) {
		r.id = m->word[0];
		r.offset = (unsigned)m->word[1];
		r.info = m->word[2];
		r.size = ACCESS_INFO_SIZE(r.info);
		r.restrictions = m->word[3];
		if (m->length < sizeof(struct keeper_access))
			memset(bytes + m->length, 0, sizeof(struct keeper_access) - m->length);
		memcpy(r.before, bytes, sizeof(r.before));
		memcpy(r.after, bytes + sizeof(r.before), sizeof(r.after));
		order = answer_access(keeper, &r, asked);
	} else {
		order = answer_order(keeper, &r, m, bytes);
	}
	m->length = 0;
	if (asked == ACCESS_LOAD && order == ANSWER_DONE)
		memcpy(bytes, r.before, m->length = r.size);
	else if (asked == PAGE_READ && order == RESULT_OK)
		m->length = m->word[1];
	m->string = bytes;
	m->order = order;
	m->word[0] = r.word[0];
	m->word[1] = r.word[1];
	m->caps = r.cap;
}

void keeper_serve(const struct keeper *keeper)
{
	static uint8_t bytes[KEEPER_PAGE_SIZE];
	struct message m = {.order = 0};
	uint64_t to = 0;

	for (;;) {
		m.buffer = bytes;
		m.room = sizeof(bytes);
		m.receive = KEEPER_SLOT_SENT | MESSAGE_REPLY(KEEPER_SLOT_REPLY);
		invoke(INVOKE_RETURN, to, &m);
		answer(keeper, &m, bytes);
		to = m.order == KEEPER_SILENT ? 0 : KEEPER_SLOT_REPLY;
	}
}
