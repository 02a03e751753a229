/*
 * readonly: loads are asked of what it wraps; a store is refused. The wrapped capability may allow more.
 */
#include "guest/user/lib/keeper.h"
#include "guest/user/lib/start.h"

static uint64_t load(struct keeper_request *r)
{
	r->cap = CHILD_SLOT_TARGET;
	return r->id ? ANSWER_FORWARD : keeper_read(CHILD_SLOT_TARGET, r->offset, r->size, r->before);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	static const struct keeper readonly = {.load = load};

	(void)a, (void)b, (void)c, (void)d;
	keeper_serve(&readonly);
}
