/*
 * counter: registers of eight bytes, like a device's.
 *
 *	0x0 COUNT	a load gives how many loads of it there were before; a store sets it
 *	0x8 LAST	the last value stored anywhere; a store changes nothing else
 *	0x10 NAME	"counter", cannot be stored to
 *
 * Anything else, another size, or a register's middle: the client gets FAULT_ACCESS.
 */
#include "guest/user/lib/keeper.h"
#include "guest/user/lib/start.h"

#include <string.h>

#define COUNT 0x0
#define LAST 0x8
#define NAME 0x10

static uint64_t count, last;

static bool whole(const struct keeper_request *r)
{
	return r->size == 8 && r->offset % 8 == 0;
}

static uint64_t load(struct keeper_request *r)
{
	static const uint8_t name[8] = "counter";

	if (!whole(r) || r->offset > NAME)
		return keeper_fault(r, FAULT_ACCESS, r->offset);
	if (r->offset == COUNT)
		memcpy(r->before, &count, 8), count++;
	else
		memcpy(r->before, r->offset == LAST ? (const void *)&last : name, 8);
	return ANSWER_DONE;
}

static uint64_t store(struct keeper_request *r)
{
	if (!whole(r) || r->offset >= NAME)
		return keeper_fault(r, FAULT_ACCESS, r->offset);
	memcpy(&last, r->after, 8);
	if (r->offset == COUNT)
		count = last;
	return ANSWER_DONE;
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	static const struct keeper counter = {.load = load, .store = store};

	(void)a, (void)b, (void)c, (void)d;
	keeper_serve(&counter);
}
