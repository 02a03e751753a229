/*
 * cow: copy on write, with undo. Loads come from the page it wraps until the first store; then from its own copy. The
 * last UNDO_MAX stores can be taken back, newest first, by an order to an entry of it.
 */
#include "guest/user/keeper/cow.h"

#include "guest/user/lib/keeper.h"
#include "guest/user/lib/start.h"

#include <string.h>

#define UNDO_MAX 64u

struct change {
	unsigned offset, size;
	uint8_t before[64];
};

static bool copied;
static struct change change[UNDO_MAX]; /* a ring */
static unsigned next, undoable; /* where the next one goes; how many before it can be taken back */

static uint8_t *bytes_at(unsigned offset)
{
	return (uint8_t *)CHILD_OBJECT + offset;
}

static uint64_t load(struct keeper_request *r)
{
	if (!copied)
		return keeper_read(CHILD_SLOT_TARGET, r->offset, r->size, r->before) == RESULT_OK
			       ? ANSWER_DONE
			       : keeper_fault(r, FAULT_GONE, 0);
	memcpy(r->before, bytes_at(r->offset), r->size);
	return ANSWER_DONE;
}

static uint64_t store(struct keeper_request *r)
{
	struct change *c = &change[next];

	if (!copied && keeper_read(CHILD_SLOT_TARGET, 0, KEEPER_PAGE_SIZE, bytes_at(0)) != RESULT_OK)
		return keeper_fault(r, FAULT_GONE, 0);
	copied = true;
	c->offset = r->offset;
	c->size = r->size;
	memcpy(c->before, bytes_at(r->offset), r->size);
	memcpy(bytes_at(r->offset), r->after, r->size);
	next = (next + 1) % UNDO_MAX;
	undoable += undoable < UNDO_MAX;
	return ANSWER_DONE;
}

static uint64_t order(struct keeper_request *r, uint64_t order)
{
	const struct change *c;

	if (order != COW_UNDO)
		return RESULT_ORDER;
	if (!undoable)
		return RESULT_STATE;
	next = (next + UNDO_MAX - 1) % UNDO_MAX;
	c = &change[next];
	memcpy(bytes_at(c->offset), c->before, c->size);
	r->word[0] = --undoable;
	return RESULT_OK;
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	static const struct keeper cow = {.load = load, .store = store, .order = order};

	(void)a, (void)b, (void)c, (void)d;
	keeper_serve(&cow);
}
