/* reply.c: answering who waits. */
#include "guest/kernel/reply.h"

#include "guest/kernel/access.h"
#include "guest/kernel/fault.h"
#include "guest/kernel/message.h"
#include "guest/kernel/process.h"
#include "guest/kernel/virtual_page.h"

struct reply *reply_of(struct object *object)
{
	return CONTAINER(object, struct reply, object);
}

static struct process *waiter(struct reply *reply)
{
	return CONTAINER(reply, struct process, reply);
}

void reply_init(struct reply *reply)
{
	reply->object.type = TYPE_REPLY;
	reply->object.version++;
	link_init(&reply->owed);
}

struct capability reply_capability(struct reply *reply, struct process *owed_by)
{
	link_append(&owed_by->owes, &reply->owed);
	return capability_of(TYPE_REPLY, &reply->object);
}

void reply_pass(const struct capability *cap, struct process *owed_by)
{
	if (cap->type == TYPE_REPLY)
		link_append(&owed_by->owes, &reply_of(cap->object)->owed);
}

void reply_die(struct reply *reply)
{
	reply->object.version++;
	link_remove(&reply->owed);
}

static void answer_fault(struct process *p, const struct message *message)
{
	uint64_t fault = message->order == REPLY_FAULT ? message->word[0] : FAULT_NONE;

	if (fault == FAULT_NONE) { /* any other answer: let it try again */
		p->registers.fault = FAULT_NONE;
		process_ready_next(p, transfer_rest(p));
	} else if (p->reply.purpose == FOR_PROCESS_FAULT)
		fault_stop(p, fault, message->word[1]);
	else
		fault_refused(p, fault, message->word[1]);
}

/* The call is over, and the fault comes behind it. */
static void answer_call_fault(struct process *p, const struct message *message, struct process *caller)
{
	struct message none = {.order = REPLY_FAULT};

	message_deliver(p, &none, 0, caller);
	fault_process(p, message->word[0], 0, message->word[1]);
}

void reply_answer(struct reply *reply, const struct message *message, struct process *caller)
{
	struct process *p = waiter(reply);

	reply->object.version++; /* of one use; while an access is held or stepped it stays owed */
	switch (reply->purpose) {
	case FOR_CALL:
		link_remove(&reply->owed);
		if (message->order == REPLY_FAULT)
			answer_call_fault(p, message, caller);
		else
			message_deliver(p, message, 0, caller);
		return;
	case FOR_ACCESS:
		access_answer(p, message);
		break;
	case FOR_ORDER:
	case FOR_COPY:
		virtual_page_answer(p, message);
		break;
	case FOR_SPACE_FAULT:
	case FOR_PROCESS_FAULT:
		answer_fault(p, message);
		break;
	}
	if (p->access.kind == ACCESS_NONE)
		link_remove(&reply->owed);
	if (caller) { /* the kernel has nothing to say to an answer */
		struct message none = {.order = RESULT_OK};

		message_deliver(caller, &none, 0, NULL);
	}
}

void reply_orphan(struct reply *reply)
{
	struct process *p = waiter(reply);
	struct message null = {.order = RESULT_NULL};

	reply_die(reply);
	if (p->access.kind == ACCESS_INSTRUCTION || p->access.kind == ACCESS_TRANSFER) {
		access_fault(p, FAULT_GONE, 0);
		return;
	}
	switch (reply->purpose) {
	case FOR_CALL:
	case FOR_ORDER:
	case FOR_COPY:
		access_abandon(p);
		message_deliver(p, &null, 0, NULL);
		return;
	case FOR_SPACE_FAULT:
		fault_refused(p, FAULT_GONE, 0);
		return;
	case FOR_PROCESS_FAULT:
		fault_stop(p, p->registers.fault, p->registers.fault_code);
		return;
	case FOR_ACCESS:
		return;
	}
}

void reply_orphan_all(struct process *owed_by)
{
	while (!link_alone(&owed_by->owes))
		reply_orphan(CONTAINER(owed_by->owes.next, struct reply, owed));
}
