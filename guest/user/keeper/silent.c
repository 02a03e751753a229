/*
 * silent: never answers. Who asks waits, and can be killed or taken its capability away.
 */
#include "guest/user/keeper/silent.h"

#include "guest/user/lib/keeper.h"
#include "guest/user/lib/start.h"

static uint64_t asked;

static uint64_t nothing(struct keeper_request *r)
{
	(void)r;
	asked++;
	return KEEPER_SILENT;
}

static uint64_t order(struct keeper_request *r, uint64_t order)
{
	r->word[0] = asked;
	return order == SILENT_ASKED ? RESULT_OK : RESULT_ORDER;
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	static const struct keeper silent = {.admit = nothing, .load = nothing, .store = nothing, .order = order};

	(void)a, (void)b, (void)c, (void)d;
	keeper_serve(&silent);
}
