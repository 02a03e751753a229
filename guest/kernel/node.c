/* node.c: NODE_*: 16 slots of any capability. */
#include "guest/kernel/node.h"
#include "guest/kernel/bytes.h"
#include "guest/kernel/message.h"
#include "guest/kernel/types.h"

struct node *node_of(struct object *object)
{
	return CONTAINER(object, struct node, object);
}

static bool make(struct object *object, uint64_t argument)
{
	(void)argument;
	bytes_zero(node_of(object)->slot, sizeof(node_of(object)->slot));
	return true;
}

static enum outcome invoke(struct invocation *inv)
{
	struct node *node = node_of(inv->cap.object);
	const struct message *in = inv->in;
	uint8_t restrictions = inv->cap.restrictions;

	if (restrictions & RESTRICT_OPAQUE)
		return message_result(inv, RESULT_RIGHTS);
	if (in->order != NODE_GET && (restrictions & RESTRICT_NO_STORE))
		return message_result(inv, RESULT_RIGHTS);
	if (in->order == NODE_ERASE) {
		make(&node->object, 0);
		return message_result(inv, RESULT_OK);
	}
	if (in->word[0] >= NODE_SLOTS)
		return message_result(inv, RESULT_ARGUMENT);
	if (in->order == NODE_GET)
		inv->out->cap[0] = capability_fetch(&node->slot[in->word[0]], restrictions);
	else
		node->slot[in->word[0]] = in->cap[0];
	return message_result(inv, RESULT_OK);
}

const struct type node_type = {NODE_GET, NODE_ERASE, sizeof(struct node), 6, make, NULL, invoke};
