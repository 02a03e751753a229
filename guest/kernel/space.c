/* space.c: SPACE_*. How a space is walked is in walk.c. */
#include "guest/kernel/space.h"

#include "guest/kernel/access.h"
#include "guest/kernel/bytes.h"
#include "guest/kernel/message.h"
#include "guest/kernel/types.h"

struct space *space_of(struct object *object)
{
	return CONTAINER(object, struct space, object);
}

static bool make(struct object *object, uint64_t exponent)
{
	struct space *space = space_of(object);

	if (exponent > SPACE_EXPONENT_MAX)
		return false;
	space->exponent = (uint8_t)exponent;
	space->keeper = capability_null();
	bytes_zero(space->slot, sizeof(space->slot));
	return true;
}

static void destroy(struct object *object)
{
	(void)object;
}

static enum outcome set(struct invocation *inv, struct space *space, uint64_t index)
{
	const struct capability *cap = &inv->in->cap[0];
	struct capability before = capability_now(&space->slot[index]);

	if (!capability_may_map(cap))
		return message_result(inv, RESULT_TYPE);
	space->slot[index] = *cap;
	if (before.type != TYPE_NULL) /* where nothing was, nothing was mapped */
		access_sweep(FAULT_NONE);
	return message_result(inv, RESULT_OK);
}

static enum outcome set_keeper(struct invocation *inv, struct space *space)
{
	const struct capability *cap = &inv->in->cap[0];

	if (!capability_may_keep(cap))
		return message_result(inv, RESULT_TYPE);
	space->keeper = *cap;
	return message_result(inv, RESULT_OK);
}

static enum outcome invoke(struct invocation *inv)
{
	struct space *space = space_of(inv->cap.object);
	const struct message *in = inv->in;
	uint8_t restrictions = inv->cap.restrictions;

	if (restrictions & RESTRICT_OPAQUE)
		return message_result(inv, RESULT_RIGHTS);
	if (in->order != SPACE_GET && (restrictions & RESTRICT_NO_STORE))
		return message_result(inv, RESULT_RIGHTS);
	if ((in->order == SPACE_GET || in->order == SPACE_SET) && in->word[0] >= SPACE_SLOTS)
		return message_result(inv, RESULT_ARGUMENT);
	switch (in->order) {
	case SPACE_GET:
		inv->out->cap[0] = capability_fetch(&space->slot[in->word[0]], restrictions);
		return message_result(inv, RESULT_OK);
	case SPACE_SET:
		return set(inv, space, in->word[0]);
	case SPACE_SET_KEEPER:
		return set_keeper(inv, space);
	default:
		bytes_zero(space->slot, sizeof(space->slot));
		access_sweep(FAULT_NONE);
		return message_result(inv, RESULT_OK);
	}
}

const struct type space_type = {SPACE_GET, SPACE_ERASE, sizeof(struct space), 8, make, destroy, invoke};
