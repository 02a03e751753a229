/* object.c: the table of types, and objects of any type. */
#include "guest/kernel/object.h"

#include "guest/kernel/bank.h"
#include "guest/kernel/kernel.h"
#include "guest/kernel/machine.h"
#include "guest/kernel/types.h"

static const struct type no_orders;

static const struct type *const types[TYPES] = {
	[TYPE_NULL] = &no_orders,         [TYPE_NUMBER] = &number_type,       [TYPE_PAGE] = &page_type,
	[TYPE_SPACE] = &space_type,       [TYPE_NODE] = &node_type,           [TYPE_PROCESS] = &process_type,
	[TYPE_ENDPOINT] = &endpoint_type, [TYPE_ENTRY] = &virtual_page_type, /* a plain entry is a message's way, not an
										object */
	[TYPE_REPLY] = &no_orders,        [TYPE_FORWARDER] = &forwarder_type, [TYPE_NOTIFICATION] = &notification_type,
	[TYPE_CHANNEL] = &channel_type,   [TYPE_BANK] = &bank_type,           [TYPE_DISCRIM] = &discrim_type,
	[TYPE_CONSOLE] = &console_type,   [TYPE_CLOCK] = &clock_type,
};

const struct type *type_of(uint8_t type)
{
	return type < TYPES ? types[type] : NULL;
}

void pool_init(struct pool *pool, uint8_t type, uint64_t physical, uint32_t count)
{
	size_t size = types[type]->size;

	*pool = (struct pool){.first = physical, .count = count, .nfree = count};
	link_init(&pool->free);
	for (uint32_t i = 0; i < count; i++) {
		struct object *object = machine_memory(physical + i * size);

		*object = (struct object){.version = 1, .type = type};
		link_init(&object->link);
		link_append(&pool->free, &object->link);
	}
}

struct object *object_new(uint8_t type, struct bank *bank, uint64_t argument)
{
	struct pool *pool = &kernel.pool[type];
	struct object *object;

	if (link_alone(&pool->free))
		return NULL;
	object = CONTAINER(pool->free.next, struct object, link);
	object->bank = bank; /* make() may ask the same bank for more */
	link_remove(&object->link);
	if (!types[type]->make(object, argument)) {
		object->bank = NULL;
		link_prepend(&pool->free, &object->link);
		return NULL;
	}
	pool->nfree--;
	bank_add(bank, object);
	return object;
}

void object_destroy(struct object *object)
{
	struct pool *pool = &kernel.pool[object->type];

	object->version++;
	if (types[object->type]->destroy)
		types[object->type]->destroy(object);
	bank_remove(object);
	object->bank = NULL;
	pool->nfree++;
	link_append(&pool->free, &object->link);
}
