/* invoke.c: kernel_invoke(): registers -> string -> message -> capability -> answer. */
#include "guest/kernel/invoke.h"

#include "guest/kernel/endpoint.h"
#include "guest/kernel/forwarder.h"
#include "guest/kernel/process.h"
#include "guest/kernel/types.h"

static uint64_t check(const struct process *p)
{
	const struct process_registers *r = &p->registers;

	if (r->rax != INVOKE_CALL && r->rax != INVOKE_RETURN && r->rax != INVOKE_SEND)
		return INVOKE_EKIND;
	if (r->rdi >= INVOKE_SLOTS || r->r12 >> 32 || r->r15 >> 40)
		return INVOKE_ESLOT;
	for (unsigned i = 0; i < INVOKE_CAPS; i++)
		if ((uint8_t)(r->r12 >> 8 * i) >= INVOKE_SLOTS || (uint8_t)(r->r15 >> 8 * i) >= INVOKE_SLOTS)
			return INVOKE_ESLOT;
	if (r->r15 >> 32 >= INVOKE_SLOTS)
		return INVOKE_ESLOT;
	if (r->r14 > INVOKE_STRING_MAX || r->r13 > UINT64_MAX - r->r14)
		return INVOKE_ESTRING;
	if (r->rax == INVOKE_RETURN && capability_now(&p->endpoint).type != TYPE_ENDPOINT)
		return INVOKE_EENDPOINT;
	return INVOKE_OK;
}

void kernel_invoke(struct process *p)
{
	struct process_registers *r = &p->registers;
	uint64_t wrong = check(p);

	if (wrong != INVOKE_OK) {
		r->rax = wrong;
		return;
	}
	access_abandon(p); /* whatever its last instruction was in the middle of, it is past that */
	p->kind = (uint8_t)r->rax;
	p->transfer = (struct transfer){.way = TRANSFER_IN, .address = r->r13, .length = (uint32_t)r->r14};
	transfer_run(p);
}

static void gather(struct process *p, struct message *message)
{
	const struct process_registers *r = &p->registers;

	*message = (struct message){.order = r->rsi,
				    .word = {r->rdx, r->r10, r->r8, r->r9},
				    .string = p->string,
				    .length = (uint32_t)r->r14};
	for (unsigned i = 0; r->r12 >> 8 * i; i++) /* check(): at most INVOKE_CAPS */
		message->cap[i] = capability_now(&p->slot[(uint8_t)(r->r12 >> 8 * i) % INVOKE_SLOTS]);
}

void invoke_sent(struct process *p)
{
	p->registers.rax = INVOKE_OK;
	if (p->kind == INVOKE_RETURN)
		endpoint_receive(p);
	else
		process_ready(p, NULL);
}

/* What every capability that the kernel answers for understands. False: it is the type's. */
static bool common(struct invocation *inv)
{
	uint64_t restrictions = inv->in->word[0];

	if (inv->in->order == ORDER_TYPE) {
		inv->out->word[0] = capability_is_virtual_page(&inv->cap) ? TYPE_PAGE : inv->cap.type;
		inv->out->word[1] = inv->cap.restrictions;
	} else if (inv->in->order == ORDER_REDUCE) {
		inv->out->order = restrictions & ~(uint64_t)RESTRICT_ALL ? RESULT_ARGUMENT : RESULT_OK;
		if (inv->out->order == RESULT_OK)
			inv->out->cap[0] = capability_reduce(inv->cap, (uint8_t)restrictions);
	} else {
		return false;
	}
	return true;
}

/* By the type of the capability, which is live and no forwarder. */
static enum outcome dispatch(struct invocation *inv)
{
	struct process *p = inv->by;
	const struct type *type = type_of(inv->cap.type);

	if (inv->cap.type == TYPE_NULL)
		return message_result(inv, RESULT_NULL);
	if (!capability_is_virtual_page(&inv->cap) && inv->cap.type != TYPE_PAGE)
		access_abandon(p); /* of a virtual page that stood here when it began to wait */
	if (inv->cap.type == TYPE_ENTRY && !capability_is_virtual_page(&inv->cap)) {
		p->letter.badge = inv->cap.badge;
		p->letter.call = inv->call;
		p->reply.purpose = FOR_CALL;
		letter_send(&p->letter, endpoint_of(inv->cap.object));
		return OUTCOME_WAITS;
	}
	if (inv->cap.type == TYPE_REPLY) {
		p->reply.purpose = FOR_CALL;
		if (inv->call)
			process_wait(p, WAIT_REPLY, NULL, NULL);
		reply_answer(reply_of(inv->cap.object), inv->in, inv->call ? p : NULL);
		if (!inv->call)
			invoke_sent(p);
		return OUTCOME_WAITS;
	}
	if (common(inv))
		return OUTCOME_ANSWER;
	if (inv->in->order < type->first || inv->in->order > type->last)
		return message_result(inv, RESULT_ORDER);
	return type->invoke(inv);
}

void invoke_dispatch(struct process *p)
{
	struct message out = {.order = RESULT_OK};
	struct invocation inv = {.by = p,
				 .cap = capability_now(&p->slot[p->registers.rdi % INVOKE_SLOTS]),
				 .in = &p->letter.message,
				 .out = &out,
				 .call = p->kind == INVOKE_CALL};
	uint64_t version = p->object.version;
	struct forwarder *blocked;
	enum outcome outcome = OUTCOME_ANSWER;

	gather(p, &p->letter.message);
	/* A forwarder is restricted itself: who asks for less must not get what is behind it. */
	if (inv.cap.type != TYPE_FORWARDER || p->letter.message.order != ORDER_REDUCE || !common(&inv)) {
		switch (capability_resolve(&inv.cap, &blocked)) {
		case RESOLVE_BLOCKED:
			forwarder_wait(blocked, p, invoke_dispatch);
			return;
		case RESOLVE_LOOP:
			out.order = RESULT_LOOP;
			break;
		case RESOLVE_OK:
			outcome = dispatch(&inv);
			break;
		}
	}
	if (outcome == OUTCOME_WAITS || p->object.version != version)
		return;
	access_abandon(p);
	if (inv.call)
		message_deliver(p, &out, 0, NULL);
	else
		invoke_sent(p);
}
