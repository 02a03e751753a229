/*
 * silent: never answers. Who asks waits, and can be killed or taken its capability away.
 */
#include "guest/user/lib/keeper.h"
#include "guest/user/lib/start.h"

static uint64_t nothing(struct keeper_request *r)
{
	(void)r;
	return KEEPER_SILENT;
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	static const struct keeper silent = {.admit = nothing, .load = nothing, .store = nothing};

	(void)a, (void)b, (void)c, (void)d;
	keeper_serve(&silent);
}
