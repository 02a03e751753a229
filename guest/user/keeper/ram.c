/*
 * ram: a page that is no page. It keeps the bytes in a real page of its own and answers from it.
 */
#include "guest/user/lib/keeper.h"
#include "guest/user/lib/start.h"

#include <string.h>

static uint8_t *bytes_at(unsigned offset)
{
	return (uint8_t *)CHILD_OBJECT + offset;
}

static uint64_t load(struct keeper_request *r)
{
	memcpy(r->before, bytes_at(r->offset), r->size);
	return ANSWER_DONE;
}

static uint64_t store(struct keeper_request *r)
{
	memcpy(bytes_at(r->offset), r->after, r->size);
	return ANSWER_DONE;
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	static const struct keeper ram = {.load = load, .store = store};

	(void)a, (void)b, (void)c, (void)d;
	keeper_serve(&ram);
}
