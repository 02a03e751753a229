/* wrapped.h: the side of who puts a membrane before something. */
#ifndef TESTS_CAPABILITY_WRAPPED_H
#define TESTS_CAPABILITY_WRAPPED_H

#include "guest/user/wrapper/membrane.h"
#include "tests/capability/test.h"

struct wrapped {
	struct child membrane; /* only its endpoint is still in a slot */
	uint8_t handed_out; /* to be used in the target's place */
	uint8_t control;
};

/* A membrane before `target`; page: what it hands out poses as one. */
static inline struct wrapped wrapped_make(uint8_t target, bool page)
{
	struct wrapped w;

	if (!child_make("membrane", &w.membrane)) {
		print("cannot make a membrane\n");
		test_end(1);
	}
	child_give(&w.membrane, START_SLOT_DISCRIM, START_SLOT_DISCRIM);
	child_give(&w.membrane, CHILD_SLOT_TARGET, target);
	child_start(&w.membrane, 0, 0);
	w.handed_out =
		page ? child_virtual_page(&w.membrane, MEMBRANE_FIRST, 0) : child_entry(&w.membrane, MEMBRANE_FIRST);
	w.control = child_entry(&w.membrane, MEMBRANE_CONTROL);
	child_slot_free(w.membrane.process);
	child_slot_free(w.membrane.space);
	child_slot_free(w.membrane.page);
	return w;
}

struct wrapped_count {
	uint64_t messages, accesses;
};

static inline struct wrapped_count wrapped_count(const struct wrapped *w)
{
	struct message m = {.order = MEMBRANE_COUNT};

	message_call(w->control, &m);
	return (struct wrapped_count){m.word[0], m.word[1]};
}

/* It and all that came through it is null from now on. */
static inline void wrapped_end(const struct wrapped *w)
{
	message_ask(START_SLOT_BANK, BANK_FREE, 0, 0, w->membrane.endpoint, 0);
}

/* It goes on, and the caller has no capability of it. */
static inline void wrapped_forget(const struct wrapped *w)
{
	child_slot_free(w->membrane.endpoint);
	child_slot_free(w->handed_out);
	child_slot_free(w->control);
}

#endif
