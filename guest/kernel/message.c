/* message.c: from a sender's record to a receiver's. */
#include "guest/kernel/message.h"

#include "guest/kernel/bytes.h"
#include "guest/kernel/endpoint.h"
#include "guest/kernel/invoke.h"
#include "guest/kernel/process.h"
#include "guest/kernel/view.h"

enum outcome message_result(struct invocation *invocation, uint64_t result)
{
	invocation->out->order = result;
	return OUTCOME_ANSWER;
}

/* Slot 0 drops it. A reply passed on is owed by who has it now. */
static void put(struct process *to, unsigned slot, const struct capability *cap)
{
	if (slot == 0 || slot >= INVOKE_SLOTS)
		return;
	to->slot[slot] = *cap;
	reply_pass(cap, to);
}

void message_deliver(struct process *to, const struct message *message, uint64_t badge, struct process *caller)
{
	struct process_registers *r = &to->registers;
	uint32_t length = message->length < r->rbp ? message->length : (uint32_t)r->rbp;
	struct capability reply = caller ? reply_capability(&caller->reply, to) : capability_null();
	uint64_t mask = 0;

	for (unsigned i = 0; i < INVOKE_CAPS; i++) {
		struct capability cap = capability_now(&message->cap[i]);

		mask |= (uint64_t)(cap.type != TYPE_NULL) << i;
		put(to, (uint8_t)(r->r15 >> 8 * i), &cap);
	}
	put(to, (uint8_t)(r->r15 >> 32), &reply);
	bytes_copy(to->string, message->string, length);
	r->rax = INVOKE_OK;
	r->rdi = badge;
	r->rsi = message->order;
	r->rdx = message->word[0];
	r->r10 = message->word[1];
	r->r8 = message->word[2];
	r->r9 = message->word[3];
	r->r12 = mask;
	r->r14 = length;
	to->transfer =
		(struct transfer){.way = length ? TRANSFER_OUT : TRANSFER_NONE, .address = r->rbx, .length = length};
	process_ready_next(to, length ? transfer_run : NULL);
}

bool message_to_first(struct link *waiting, const struct message *message)
{
	if (link_alone(waiting))
		return false;
	message_deliver(CONTAINER(waiting->next, struct process, link), message, 0, NULL);
	return true;
}

static void deliver(struct letter *letter, struct process *receiver)
{
	struct process *from = letter->from;

	link_remove(&letter->link);
	if (from && letter->call)
		process_wait(from, WAIT_REPLY, NULL, NULL);
	message_deliver(receiver, &letter->message, letter->badge, letter->call ? from : NULL);
	if (!from)
		view_told(letter);
	else if (!letter->call)
		invoke_sent(from);
}

void letter_send(struct letter *letter, struct endpoint *endpoint)
{
	link_append(&endpoint->letters, &letter->link);
	if (letter->from)
		process_wait(letter->from, WAIT_SEND, NULL, NULL);
	if (!link_alone(&endpoint->receivers))
		letter_take(endpoint, CONTAINER(endpoint->receivers.next, struct process, link));
}

bool letter_take(struct endpoint *endpoint, struct process *receiver)
{
	if (link_alone(&endpoint->letters))
		return false;
	deliver(CONTAINER(endpoint->letters.next, struct letter, link), receiver);
	return true;
}
