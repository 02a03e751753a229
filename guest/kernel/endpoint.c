/* endpoint.c: ENDPOINT_*, and waiting for a message. */
#include "guest/kernel/endpoint.h"

#include "guest/kernel/invoke.h"
#include "guest/kernel/kernel.h"
#include "guest/kernel/process.h"
#include "guest/kernel/types.h"

struct endpoint *endpoint_of(struct object *object)
{
	return CONTAINER(object, struct endpoint, object);
}

static bool make(struct object *object, uint64_t argument)
{
	struct endpoint *e = endpoint_of(object);

	(void)argument;
	link_init(&e->letters);
	link_init(&e->receivers);
	return true;
}

static void no_endpoint(struct process *p)
{
	p->registers.rax = INVOKE_EENDPOINT;
	process_ready(p, NULL);
}

/* Who sent and was not heard gets what a null capability answers; who waits to hear waits in vain. */
static void destroy(struct object *object)
{
	struct endpoint *e = endpoint_of(object);

	view_endpoint_gone(e);
	while (!link_alone(&e->letters)) {
		struct letter *letter = CONTAINER(e->letters.next, struct letter, link);

		link_remove(&letter->link);
		if (letter->from && letter->call)
			reply_orphan(&letter->from->reply);
		else if (letter->from)
			invoke_sent(letter->from);
	}
	while (!link_alone(&e->receivers))
		no_endpoint(CONTAINER(e->receivers.next, struct process, link));
}

void endpoint_receive(struct process *p)
{
	struct capability cap = capability_now(&p->endpoint);

	if (cap.type != TYPE_ENDPOINT) {
		no_endpoint(p);
		return;
	}
	process_wait(p, WAIT_MESSAGE, &endpoint_of(cap.object)->receivers, NULL);
	letter_take(endpoint_of(cap.object), p);
}

static enum outcome invoke(struct invocation *inv)
{
	struct capability *made = &inv->out->cap[0];

	if (inv->cap.restrictions & RESTRICT_READ_ONLY)
		return message_result(inv, RESULT_RIGHTS);
	if (inv->in->order == ENDPOINT_VIRTUAL_PAGE && inv->in->word[1] & ~(uint64_t)RESTRICT_ALL)
		return message_result(inv, RESULT_ARGUMENT);
	*made = capability_of(TYPE_ENTRY, inv->cap.object);
	made->badge = inv->in->word[0];
	if (inv->in->order == ENDPOINT_VIRTUAL_PAGE) {
		made->flags = CAPABILITY_VIRTUAL;
		made->restrictions = (uint8_t)inv->in->word[1];
	}
	return message_result(inv, RESULT_OK);
}

const struct type endpoint_type = {ENDPOINT_ENTRY, ENDPOINT_VIRTUAL_PAGE, sizeof(struct endpoint), 1, make, destroy,
				   invoke};
