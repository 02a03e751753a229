/* bank.c: BANK_*. */
#include "guest/kernel/bank.h"

#include "guest/kernel/access.h"
#include "guest/kernel/kernel.h"
#include "guest/kernel/message.h"
#include "guest/kernel/types.h"

static struct bank *bank_of(struct object *object)
{
	return CONTAINER(object, struct bank, object);
}

void bank_add(struct bank *bank, struct object *object)
{
	link_append(&bank->objects, &object->link);
	for (; bank; bank = bank->object.bank)
		bank->count++;
}

void bank_remove(struct object *object)
{
	link_remove(&object->link);
	for (struct bank *bank = object->bank; bank; bank = bank->object.bank)
		bank->count--;
}

static bool make(struct object *object, uint64_t argument)
{
	struct bank *bank = bank_of(object);

	(void)argument;
	bank->depth = object->bank ? object->bank->depth + 1 : 0;
	link_init(&bank->objects);
	bank->count = 0;
	return bank->depth <= CAPABILITY_DEPTH;
}

/* Sub-banks go the same way; their depth is bounded, and so is this one's. */
static void destroy(struct object *object)
{
	struct bank *bank = bank_of(object);

	while (!link_alone(&bank->objects))
		object_destroy(CONTAINER(bank->objects.next, struct object, link));
}

static enum outcome alloc(struct invocation *inv, struct bank *bank)
{
	uint64_t type = inv->in->word[0];
	struct object *object;

	if (type >= TYPES || !type_of((uint8_t)type)->size)
		return message_result(inv, RESULT_ARGUMENT);
	if (type == TYPE_BANK && bank->depth == CAPABILITY_DEPTH)
		return message_result(inv, RESULT_LOOP);
	object = object_new((uint8_t)type, bank, inv->in->word[1]);
	if (!object)
		return message_result(inv,
				      type == TYPE_SPACE && kernel.pool[type].nfree ? RESULT_ARGUMENT : RESULT_MEMORY);
	inv->out->cap[0] = capability_of((uint8_t)type, object);
	if (type == TYPE_FORWARDER)
		inv->out->cap[0].flags = CAPABILITY_CONTROL;
	return message_result(inv, RESULT_OK);
}

static bool gives(const struct bank *bank, const struct object *object)
{
	const struct bank *owner = object->bank;

	while (owner && owner != bank)
		owner = owner->object.bank;
	return owner != NULL;
}

/* Only an object's own capability: a facet or an entry gives no power over what is behind it. */
static enum outcome give_back(struct invocation *inv, struct bank *bank)
{
	const struct capability *cap = &inv->in->cap[0];

	if (cap->type == TYPE_NULL)
		return message_result(inv, RESULT_NULL);
	if (!cap->object || cap->object->type != cap->type || !type_of(cap->type)->size)
		return message_result(inv, RESULT_TYPE);
	if (cap->type == TYPE_FORWARDER && !(cap->flags & CAPABILITY_CONTROL))
		return message_result(inv, RESULT_TYPE);
	if (!gives(bank, cap->object))
		return message_result(inv, RESULT_ARGUMENT);
	object_destroy(cap->object);
	access_sweep(FAULT_GONE);
	return message_result(inv, RESULT_OK);
}

static enum outcome invoke(struct invocation *inv)
{
	struct bank *bank = bank_of(inv->cap.object);

	if (inv->cap.restrictions & RESTRICT_READ_ONLY && inv->in->order != BANK_COUNT)
		return message_result(inv, RESULT_RIGHTS);
	switch (inv->in->order) {
	case BANK_ALLOC:
		return alloc(inv, bank);
	case BANK_FREE:
		return give_back(inv, bank);
	case BANK_DESTROY:
		if (!bank->object.bank) /* the first one: there is nobody to give it back to */
			return message_result(inv, RESULT_RIGHTS);
		object_destroy(&bank->object);
		access_sweep(FAULT_GONE);
		return message_result(inv, RESULT_OK);
	default:
		inv->out->word[0] = bank->count;
		inv->out->word[1] = kernel.pool[TYPE_PAGE].nfree;
		return message_result(inv, RESULT_OK);
	}
}

const struct type bank_type = {BANK_ALLOC, BANK_COUNT, sizeof(struct bank), 1, make, destroy, invoke};
