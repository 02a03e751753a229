/*
 * stepper: "single step the process that trapped and invoke me again, meanwhile don't give anybody else access to this
 * page". Each access is a step on its page, shown before and after. Steps can be undone, as a debugger does.
 *
 * Arguments: how many of the first steps are undone; 1 to show nothing.
 */
#include "guest/user/keeper/stepper.h"

#include "guest/user/lib/keeper.h"
#include "guest/user/lib/print.h"
#include "guest/user/lib/start.h"

#include <string.h>

static uint64_t undos; /* still to come */
static bool quiet;

static uint64_t step(struct keeper_request *r)
{
	r->cap = CHILD_SLOT_PAGE;
	return ANSWER_STEP;
}

static uint64_t load(struct keeper_request *r)
{
	return r->id ? step(r) : keeper_read(CHILD_SLOT_PAGE, r->offset, r->size, r->before);
}

static uint64_t store(struct keeper_request *r)
{
	return r->id ? step(r) : keeper_write(CHILD_SLOT_PAGE, r->offset, r->size, r->after);
}

static uint64_t number(const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, bytes, size < sizeof(value) ? size : sizeof(value));
	return value;
}

static uint64_t stepped(struct keeper_request *r)
{
	bool undo = undos > 0;

	if (r->info & ACCESS_INFO_FAULTED) {
		if (!quiet)
			print("  stepper: 0x%x size %u: the instruction faulted\n", r->offset, r->size);
		return ANSWER_ACCEPT;
	}
	if (!quiet)
		print("  stepper: 0x%x size %u: before 0x%lx, after 0x%lx%s\n", r->offset, r->size,
		      number(r->before, r->size), number(r->after, r->size), undo ? ", undone" : "");
	if (!undo)
		return ANSWER_ACCEPT;
	undos--;
	return ANSWER_UNDO;
}

static uint64_t order(struct keeper_request *r, uint64_t order)
{
	if (order != STEPPER_UNDO)
		return RESULT_ORDER;
	undos = r->word[0];
	return RESULT_OK;
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	static const struct keeper stepper = {
		.admit = step, .load = load, .store = store, .stepped = stepped, .order = order};

	(void)c, (void)d;
	undos = a;
	quiet = b;
	keeper_serve(&stepper);
}
