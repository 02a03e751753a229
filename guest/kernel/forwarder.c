/* forwarder.c: FORWARDER_*, on the control capability. Following is in capability.c. */
#include "guest/kernel/forwarder.h"

#include "guest/kernel/access.h"
#include "guest/kernel/process.h"
#include "guest/kernel/types.h"

struct forwarder *forwarder_of_facet(struct object *facet)
{
	return CONTAINER(facet, struct forwarder, facet);
}

static bool make(struct object *object, uint64_t argument)
{
	struct forwarder *f = CONTAINER(object, struct forwarder, object);

	(void)argument;
	f->facet.type = TYPE_FORWARDER;
	f->facet.version++;
	f->target = capability_null();
	f->blocked = false;
	link_init(&f->waiting);
	return true;
}

void forwarder_wait(struct forwarder *f, struct process *p, void (*then)(struct process *))
{
	process_wait(p, WAIT_FORWARDER, &f->waiting, then);
}

/* Those who wait come again, to whatever is there now. */
static void let_go(struct forwarder *f)
{
	while (!link_alone(&f->waiting)) {
		struct process *p = CONTAINER(f->waiting.next, struct process, link);

		process_ready(p, p->then);
	}
}

static void rescind(struct forwarder *f)
{
	f->facet.version++;
	let_go(f);
}

static void destroy(struct object *object)
{
	rescind(CONTAINER(object, struct forwarder, object));
}

static void block(struct forwarder *f, bool blocked)
{
	f->blocked = blocked;
	if (blocked)
		access_sweep(FAULT_NONE);
	else
		let_go(f);
}

static enum outcome invoke(struct invocation *inv)
{
	struct forwarder *f = CONTAINER(inv->cap.object, struct forwarder, object);
	const struct message *in = inv->in;

	if (inv->cap.restrictions & RESTRICT_READ_ONLY && in->order != FORWARDER_GET)
		return message_result(inv, RESULT_RIGHTS);
	switch (in->order) {
	case FORWARDER_SET_TARGET:
		f->target = in->cap[0];
		access_sweep(FAULT_NONE);
		break;
	case FORWARDER_BLOCK:
		if (in->word[0] > 1)
			return message_result(inv, RESULT_ARGUMENT);
		block(f, in->word[0] == 1);
		break;
	case FORWARDER_RESCIND:
		rescind(f);
		access_sweep(FAULT_GONE);
		break;
	default:
		inv->out->cap[0] = capability_of(TYPE_FORWARDER, &f->facet);
		inv->out->cap[0].badge = in->word[0];
	}
	return message_result(inv, RESULT_OK);
}

const struct type forwarder_type = {
	FORWARDER_SET_TARGET, FORWARDER_GET, sizeof(struct forwarder), 2, make, destroy, invoke};
