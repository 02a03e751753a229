/* discrim.c: DISCRIM_*: tells capabilities apart. A client that has it can see what poses as what. */
#include "guest/kernel/message.h"
#include "guest/kernel/types.h"

static uint64_t type(const struct capability *cap)
{
	struct capability behind = *cap;

	if (capability_is_virtual_page(cap))
		return TYPE_PAGE;
	if (cap->type != TYPE_FORWARDER || (cap->flags & CAPABILITY_CONTROL))
		return cap->type;
	if (capability_resolve(&behind, NULL) != RESOLVE_OK)
		return TYPE_FORWARDER;
	return capability_is_virtual_page(&behind) ? TYPE_PAGE : behind.type;
}

/* Nothing can be sent through it: not by what it does, nor by who may be called for it. */
static bool is_discreet(const struct capability *cap)
{
	const uint8_t sense = RESTRICT_READ_ONLY | RESTRICT_WEAK | RESTRICT_NO_CALL;

	switch (cap->type) {
	case TYPE_NULL:
	case TYPE_NUMBER:
	case TYPE_DISCRIM:
	case TYPE_CLOCK:
		return true;
	case TYPE_PAGE:
		return cap->restrictions & RESTRICT_READ_ONLY;
	case TYPE_SPACE:
	case TYPE_NODE:
		return (cap->restrictions & sense) == sense;
	default:
		return false;
	}
}

static enum outcome invoke(struct invocation *inv)
{
	const struct capability *cap = inv->in->cap;
	uint64_t *word = inv->out->word;

	switch (inv->in->order) {
	case DISCRIM_TYPE:
		word[0] = type(cap);
		word[1] = cap->restrictions;
		word[2] = type(cap) != cap->type || (cap->type == TYPE_FORWARDER && !(cap->flags & CAPABILITY_CONTROL));
		break;
	case DISCRIM_SAME:
		word[0] = capability_same(&cap[0], &cap[1]);
		break;
	default:
		word[0] = is_discreet(cap);
	}
	return message_result(inv, RESULT_OK);
}

const struct type discrim_type = {DISCRIM_TYPE, DISCRIM_IS_DISCREET, .invoke = invoke};
