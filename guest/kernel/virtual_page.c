/*
 * virtual_page.c: an entry that poses as a page, when it is invoked. What a page would
 * refuse is refused here in the same words; the rest goes to the keeper as a message, and
 * of its answer the client gets what a page's answer would have.
 */
#include "guest/kernel/virtual_page.h"
#include "guest/kernel/access.h"
#include "guest/kernel/bytes.h"
#include "guest/kernel/endpoint.h"
#include "guest/kernel/page.h"
#include "guest/kernel/process.h"
#include "guest/kernel/types.h"

static enum outcome send(struct invocation *inv, const struct capability *page, const struct message *message,
			 enum purpose purpose)
{
	struct process *p = inv->by;

	if (page->restrictions & RESTRICT_NO_CALL)
		return message_result(inv, RESULT_RIGHTS);
	if (inv->call && !access_order(p, page))
		return OUTCOME_WAITS;
	p->letter.message = *message;
	p->letter.badge = page->badge;
	p->letter.call = inv->call;
	p->reply.purpose = purpose;
	letter_send(&p->letter, endpoint_of(page->object));
	return OUTCOME_WAITS;
}

enum outcome virtual_page_copy(struct invocation *inv, const struct capability *from)
{
	struct message read = {.order = PAGE_READ, .word = {0, PAGE_SIZE}};

	if (!inv->call)
		return message_result(inv, RESULT_STATE);
	return send(inv, from, &read, FOR_COPY);
}

static enum outcome invoke(struct invocation *inv)
{
	struct message message = {.order = inv->in->order, .word = {inv->in->word[0], inv->in->word[1]}};
	uint64_t result = page_check(inv->in, inv->cap.restrictions);
	struct capability from;

	if (result != RESULT_OK)
		return message_result(inv, result);
	if (message.order == PAGE_WRITE) {
		message.string = inv->in->string;
		message.length = inv->in->length;
	}
	if (message.order == PAGE_COPY_FROM) {
		enum outcome outcome = page_source(inv, &from);

		if (outcome == OUTCOME_WAITS || inv->out->order != RESULT_OK)
			return outcome;
		/* The client lends its page to be read, no more. */
		message.cap[0] = capability_reduce(inv->in->cap[0], RESTRICT_NO_STORE);
	}
	return send(inv, &inv->cap, &message, FOR_ORDER);
}

/* PAGE_COPY_FROM: the page invoked may have gone meanwhile. */
static uint64_t copy(struct process *p, const void *bytes)
{
	struct capability to = p->slot[p->registers.rdi];

	if (capability_resolve(&to, NULL) != RESOLVE_OK || to.type != TYPE_PAGE)
		return RESULT_NULL;
	if (to.restrictions & RESTRICT_NO_STORE)
		return RESULT_RIGHTS;
	bytes_copy(page_bytes(to.object), bytes, PAGE_SIZE);
	return RESULT_OK;
}

/* The keeper's answer to an order: a result, and of PAGE_READ exactly the bytes asked for. */
void virtual_page_answer(struct process *p, const struct message *answer)
{
	const struct message *asked = &p->letter.message;
	struct message out = {.order = answer->order};
	bool read = asked->order == PAGE_READ && answer->order == RESULT_OK;

	if (read && answer->length != asked->word[1])
		out.order = RESULT_STATE;
	else if (read && p->reply.purpose == FOR_ORDER) {
		out.string = answer->string;
		out.length = answer->length;
	}
	access_abandon(p);
	if (p->reply.purpose == FOR_COPY && out.order == RESULT_OK)
		out.order = copy(p, answer->string);
	message_deliver(p, &out, 0, NULL);
}

const struct type virtual_page_type = {PAGE_READ, PAGE_COPY_FROM, .invoke = invoke};
