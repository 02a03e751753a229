/* notification.c: NOTIFICATION_*: 64 bits that gather until somebody takes them. */
#include "guest/kernel/message.h"
#include "guest/kernel/process.h"
#include "guest/kernel/types.h"

struct notification {
	struct object object;
	uint64_t bits;
	struct link waiting; /* processes; only while bits is 0 */
};

static bool make(struct object *object, uint64_t argument)
{
	struct notification *n = CONTAINER(object, struct notification, object);

	(void)argument;
	n->bits = 0;
	link_init(&n->waiting);
	return true;
}

static void destroy(struct object *object)
{
	struct notification *n = CONTAINER(object, struct notification, object);
	struct message null = {.order = RESULT_NULL};

	while (message_to_first(&n->waiting, &null))
		;
}

static void signal(struct notification *n, uint64_t bits)
{
	struct message answer;

	n->bits |= bits;
	answer = (struct message){.word = {n->bits}};
	if (n->bits && message_to_first(&n->waiting, &answer))
		n->bits = 0;
}

static enum outcome take(struct invocation *inv, struct notification *n)
{
	inv->out->word[0] = n->bits;
	n->bits = 0;
	return message_result(inv, RESULT_OK);
}

static enum outcome invoke(struct invocation *inv)
{
	struct notification *n = CONTAINER(inv->cap.object, struct notification, object);
	uint64_t order = inv->in->order;

	if (inv->cap.restrictions & (order == NOTIFICATION_SIGNAL ? RESTRICT_READ_ONLY : RESTRICT_OPAQUE))
		return message_result(inv, RESULT_RIGHTS);
	if (order == NOTIFICATION_SIGNAL) {
		signal(n, inv->in->word[0]);
		return message_result(inv, RESULT_OK);
	}
	if (order == NOTIFICATION_POLL || n->bits)
		return take(inv, n);
	if (!inv->call)
		return message_result(inv, RESULT_STATE);
	process_wait(inv->by, WAIT_NOTIFICATION, &n->waiting, NULL);
	return OUTCOME_WAITS;
}

const struct type notification_type = {
	NOTIFICATION_SIGNAL, NOTIFICATION_POLL, sizeof(struct notification), 1, make, destroy, invoke};
