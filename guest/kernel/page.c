/* page.c: PAGE_* of real pages. */
#include "guest/kernel/page.h"

#include "guest/kernel/access.h"
#include "guest/kernel/bytes.h"
#include "guest/kernel/forwarder.h"
#include "guest/kernel/invoke.h"
#include "guest/kernel/machine.h"
#include "guest/kernel/process.h"
#include "guest/kernel/types.h"
#include "guest/kernel/virtual_page.h"

struct page *page_of(struct object *object)
{
	return CONTAINER(object, struct page, object);
}

uint8_t *page_bytes(struct object *object)
{
	return machine_memory(page_of(object)->physical);
}

static bool make(struct object *object, uint64_t argument)
{
	(void)argument;
	bytes_zero(page_bytes(object), PAGE_SIZE);
	return true;
}

uint64_t page_check(const struct message *in, uint8_t restrictions)
{
	uint64_t offset = in->word[0], size = in->order == PAGE_WRITE ? in->length : in->word[1];

	if (in->order != PAGE_READ && (restrictions & RESTRICT_NO_STORE))
		return RESULT_RIGHTS;
	if ((in->order == PAGE_READ || in->order == PAGE_WRITE) && (offset > PAGE_SIZE || size > PAGE_SIZE - offset))
		return RESULT_ARGUMENT;
	return RESULT_OK;
}

enum outcome page_source(struct invocation *inv, struct capability *from)
{
	struct forwarder *blocked;

	*from = inv->in->cap[0];
	switch (capability_resolve(from, &blocked)) {
	case RESOLVE_LOOP:
		return message_result(inv, RESULT_LOOP);
	case RESOLVE_BLOCKED:
		forwarder_wait(blocked, inv->by, invoke_dispatch);
		return OUTCOME_WAITS;
	case RESOLVE_OK:
		break;
	}
	if (from->type == TYPE_NULL)
		return message_result(inv, RESULT_NULL);
	if (from->type != TYPE_PAGE && !capability_is_virtual_page(from))
		return message_result(inv, RESULT_TYPE);
	return message_result(inv, RESULT_OK);
}

/* From a virtual page the bytes come by a message: PAGE_READ of all of it (virtual_page.c). */
static enum outcome copy_from(struct invocation *inv)
{
	struct capability from;
	enum outcome outcome = page_source(inv, &from);

	if (outcome == OUTCOME_WAITS || inv->out->order != RESULT_OK)
		return outcome;
	if (from.type != TYPE_PAGE)
		return virtual_page_copy(inv, &from);
	bytes_copy(page_bytes(inv->cap.object), page_bytes(from.object), PAGE_SIZE);
	return OUTCOME_ANSWER;
}

static enum outcome invoke(struct invocation *inv)
{
	const struct message *in = inv->in;
	uint8_t *bytes = page_bytes(inv->cap.object);
	uint64_t result = page_check(in, inv->cap.restrictions);

	if (result != RESULT_OK)
		return message_result(inv, result);
	switch (in->order) {
	case PAGE_READ:
		inv->out->string = bytes + in->word[0];
		inv->out->length = (uint32_t)in->word[1];
		break;
	case PAGE_WRITE:
		bytes_copy(bytes + in->word[0], in->string, in->length);
		break;
	case PAGE_ERASE:
		bytes_zero(bytes, PAGE_SIZE);
		break;
	default:
		return copy_from(inv);
	}
	return message_result(inv, RESULT_OK);
}

/* Destroying has nothing to do: whatever maps the page is found by the version. */
const struct type page_type = {PAGE_READ, PAGE_COPY_FROM, sizeof(struct page), 0, make, NULL, invoke};
