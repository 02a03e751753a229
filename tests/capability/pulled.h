/* pulled.h: the side of who tells a puppet. */
#ifndef TESTS_CAPABILITY_PULLED_H
#define TESTS_CAPABILITY_PULLED_H

#include "tests/capability/puppet.h"
#include "tests/capability/test.h"

struct pulled {
	struct child child;
	uint8_t control;
};

struct pulled_state {
	uint64_t held, last, gone;
};

static inline struct pulled pulled_make(void)
{
	struct pulled p = {.child = test_start("puppet", 0, 0)};

	p.control = child_entry(&p.child, PUPPET_CONTROL);
	return p;
}

static inline struct pulled_state pulled_state(const struct pulled *p)
{
	struct message m = {.order = PUPPET_STATE};

	message_call(p->control, &m);
	return (struct pulled_state){m.word[0], m.word[1], m.word[2]};
}

/* Until it holds so many questions. */
static inline void pulled_wait(const struct pulled *p, uint64_t held)
{
	while (pulled_state(p).held < held)
		test_sleep(1);
}

/* To the oldest it holds, or the one before; what invoking the reply gave. */
static inline uint64_t pulled_answer(const struct pulled *p, uint64_t which, uint64_t order, uint64_t value,
				     uint64_t size)
{
	struct message m = {.order = PUPPET_ANSWER, .word = {which, order, value, size}};

	message_call(p->control, &m);
	return m.word[0];
}

/* A forwarder before a page: what is handed out, and what it is rescinded with. */
struct revocable {
	uint8_t control, facet;
};

static inline struct revocable revocable_make(uint8_t page)
{
	struct revocable r = {child_alloc(TYPE_FORWARDER, 0), child_slot()};

	message_ask(r.control, FORWARDER_SET_TARGET, 0, 0, page, 0);
	message_ask(r.control, FORWARDER_GET, 0, 0, 0, r.facet);
	return r;
}

/* It is destroyed, and the slots are free. */
static inline void revocable_end(const struct revocable *r)
{
	message_ask(START_SLOT_BANK, BANK_FREE, 0, 0, r->control, 0);
	child_slot_free(r->control);
	child_slot_free(r->facet);
}

#endif
