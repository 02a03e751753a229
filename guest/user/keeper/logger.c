/*
 * logger: stands before any memory object, a page or another keeper's, and prints each access.
 */
#include "guest/user/lib/keeper.h"
#include "guest/user/lib/print.h"
#include "guest/user/lib/start.h"

#include <string.h>

static const char *kind(uint64_t info)
{
	if (info & ACCESS_INFO_LOCKED)
		return " locked";
	if (info & ACCESS_INFO_MODIFY)
		return " modify";
	return info & ACCESS_INFO_IMPLICIT ? " implicit" : "";
}

/* The first eight bytes of a value. */
static uint64_t number(const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, bytes, size < sizeof(value) ? size : sizeof(value));
	return value;
}

static void show(const char *what, const struct keeper_request *r, const uint8_t *bytes)
{
	print("  logger: %s 0x%x size %u%s: 0x%lx\n", what, r->offset, r->size, kind(r->info), number(bytes, r->size));
}

static uint64_t load(struct keeper_request *r)
{
	if (keeper_read(CHILD_SLOT_TARGET, r->offset, r->size, r->before) != RESULT_OK)
		return keeper_fault(r, FAULT_GONE, 0);
	show("load", r, r->before);
	return ANSWER_DONE;
}

static uint64_t store(struct keeper_request *r)
{
	if (keeper_write(CHILD_SLOT_TARGET, r->offset, r->size, r->after) != RESULT_OK)
		return keeper_fault(r, FAULT_GONE, 0);
	show("store", r, r->after);
	return ANSWER_DONE;
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	static const struct keeper logger = {.load = load, .store = store};

	(void)a, (void)b, (void)c, (void)d;
	keeper_serve(&logger);
}
