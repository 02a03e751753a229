/*
 * channel.c: CHANNEL_*: a one-way ring in a page. Each end is connected once, where it is negotiated;
 * from then on the two load and store, and ask the kernel only to sleep and to wake.
 */
#include "guest/kernel/message.h"
#include "guest/kernel/process.h"
#include "guest/kernel/types.h"

struct channel {
	struct object object;
	struct capability page; /* of the same bank, and counted there */
	bool writer, reader; /* connected */
	bool signalled; /* since the last wait ended */
	struct link waiting; /* processes; only while not signalled */
};

static bool make(struct object *object, uint64_t argument)
{
	struct channel *c = CONTAINER(object, struct channel, object);
	struct object *page = object_new(TYPE_PAGE, object->bank, 0);

	(void)argument;
	if (!page)
		return false;
	c->page = capability_of(TYPE_PAGE, page);
	c->writer = c->reader = c->signalled = false;
	link_init(&c->waiting);
	return true;
}

static void destroy(struct object *object)
{
	struct channel *c = CONTAINER(object, struct channel, object);
	struct message null = {.order = RESULT_NULL};

	if (capability_now(&c->page).type == TYPE_PAGE)
		object_destroy(c->page.object);
	while (message_to_first(&c->waiting, &null))
		;
}

static enum outcome connect(struct invocation *inv, struct channel *c, bool *end, uint8_t restrictions)
{
	struct capability page = capability_now(&c->page);

	if (*end)
		return message_result(inv, RESULT_STATE);
	if (page.type == TYPE_NULL)
		return message_result(inv, RESULT_NULL);
	*end = true;
	inv->out->cap[0] = capability_reduce(page, restrictions);
	return message_result(inv, RESULT_OK);
}

static enum outcome signal(struct invocation *inv, struct channel *c)
{
	struct message woken = {.order = RESULT_OK};

	if (!message_to_first(&c->waiting, &woken))
		c->signalled = true;
	return message_result(inv, RESULT_OK);
}

static enum outcome wait(struct invocation *inv, struct channel *c)
{
	if (c->signalled) {
		c->signalled = false;
		return message_result(inv, RESULT_OK);
	}
	if (!inv->call)
		return message_result(inv, RESULT_STATE);
	process_wait(inv->by, WAIT_CHANNEL, &c->waiting, NULL);
	return OUTCOME_WAITS;
}

/* A restricted capability is one end: read-only the reader's, opaque the writer's. */
static enum outcome invoke(struct invocation *inv)
{
	struct channel *c = CONTAINER(inv->cap.object, struct channel, object);
	uint64_t order = inv->in->order;
	bool writers = order == CHANNEL_CONNECT_WRITER || order == CHANNEL_SIGNAL;

	if (inv->cap.restrictions & (writers ? RESTRICT_READ_ONLY : RESTRICT_OPAQUE))
		return message_result(inv, RESULT_RIGHTS);
	switch (order) {
	case CHANNEL_CONNECT_WRITER:
		return connect(inv, c, &c->writer, 0);
	case CHANNEL_CONNECT_READER:
		return connect(inv, c, &c->reader, RESTRICT_READ_ONLY);
	case CHANNEL_WAIT:
		return wait(inv, c);
	default:
		return signal(inv, c);
	}
}

const struct type channel_type = {
	CHANNEL_CONNECT_WRITER, CHANNEL_SIGNAL, sizeof(struct channel), 1, make, destroy, invoke};
