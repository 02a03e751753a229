/* process.c: PROCESS_*, and what a process waits for. */
#include "guest/kernel/process.h"

#include "guest/kernel/bytes.h"
#include "guest/kernel/kernel.h"
#include "guest/kernel/types.h"

struct process *process_of(struct object *object)
{
	return CONTAINER(object, struct process, object);
}

static bool make(struct object *object, uint64_t argument)
{
	struct process *p = process_of(object);

	(void)argument;
	p->registers = (struct process_registers){.rflags = 0};
	bytes_zero(p->slot, sizeof(p->slot));
	p->space = p->keeper = p->endpoint = capability_null();
	p->wait = WAIT_NOTHING;
	p->stopped = true;
	p->step = false;
	p->then = NULL;
	p->transfer.way = TRANSFER_NONE;
	p->letter = (struct letter){.from = p};
	link_init(&p->letter.link);
	link_init(&p->link);
	link_init(&p->owes);
	reply_init(&p->reply);
	access_init(&p->access);
	machine_vector_reset(p->vector);
	return true;
}

static void destroy(struct object *object)
{
	struct process *p = process_of(object);

	process_stop(p);
	process_cancel(p);
	reply_orphan_all(p);
	if (kernel.current == p)
		kernel.current = NULL;
	machine_forget_process(p);
}

void process_wait(struct process *p, enum wait wait, struct link *ring, void (*then)(struct process *))
{
	p->wait = wait;
	p->then = then;
	link_remove(&p->link);
	if (ring)
		link_append(ring, &p->link);
}

/* False: it is in its place already, or stopped. */
static bool wake(struct process *p, void (*then)(struct process *))
{
	bool waited = p->wait != WAIT_NOTHING || link_alone(&p->link);

	p->wait = WAIT_NOTHING;
	p->then = then;
	if (waited)
		link_remove(&p->link);
	return waited && !p->stopped;
}

void process_ready(struct process *p, void (*then)(struct process *))
{
	if (wake(p, then))
		link_append(&kernel.ready, &p->link);
}

void process_ready_next(struct process *p, void (*then)(struct process *))
{
	if (wake(p, then))
		link_prepend(&kernel.ready, &p->link);
}

void process_cancel(struct process *p)
{
	access_abandon(p);
	access_used(p);
	reply_die(&p->reply);
	link_remove(&p->letter.link);
	p->transfer.way = TRANSFER_NONE;
	process_ready(p, NULL);
}

void process_stop(struct process *p)
{
	p->stopped = true;
	if (p->access.kind == ACCESS_INSTRUCTION || p->access.kind == ACCESS_TRANSFER)
		access_again(p); /* nobody is kept from a page by who does not run */
	if (p->wait == WAIT_NOTHING)
		link_remove(&p->link);
}

static void resume(struct process *p)
{
	if (p->wait == WAIT_REPLY && p->reply.purpose == FOR_PROCESS_FAULT)
		process_cancel(p);
	p->registers.fault = FAULT_NONE;
	if (!p->stopped)
		return;
	p->stopped = false;
	if (p->wait == WAIT_NOTHING)
		link_append(&kernel.ready, &p->link);
}

/* Whether its registers stand still: it is stopped, or its keeper is looking at its fault. */
static bool stands(const struct process *p)
{
	return p->stopped || (p->wait == WAIT_REPLY && p->reply.purpose == FOR_PROCESS_FAULT);
}

/* They may hold anything: the machine looks at them before the process runs. */
static enum outcome set_registers(struct invocation *inv, struct process *p)
{
	struct process_registers r;

	if (!stands(p))
		return message_result(inv, RESULT_STATE);
	if (inv->in->length != sizeof(r))
		return message_result(inv, RESULT_ARGUMENT);
	bytes_copy(&r, inv->in->string, sizeof(r));
	r.fault = p->registers.fault;
	r.fault_address = p->registers.fault_address;
	r.fault_code = p->registers.fault_code;
	if (p->stopped)
		process_cancel(p);
	else
		access_abandon(p);
	access_used(p);
	p->registers = r;
	return message_result(inv, RESULT_OK);
}

static enum outcome get_registers(struct invocation *inv, const struct process *p)
{
	if (!stands(p))
		return message_result(inv, RESULT_STATE);
	inv->out->string = &p->registers;
	inv->out->length = sizeof(p->registers);
	return message_result(inv, RESULT_OK);
}

static enum outcome slot(struct invocation *inv, struct process *p)
{
	uint64_t index = inv->in->word[0];

	if (index >= INVOKE_SLOTS || (index == 0 && inv->in->order == PROCESS_SET_SLOT))
		return message_result(inv, RESULT_ARGUMENT);
	if (inv->in->order == PROCESS_GET_SLOT) {
		inv->out->cap[0] = capability_now(&p->slot[index]);
	} else {
		p->slot[index] = inv->in->cap[0];
		reply_pass(&inv->in->cap[0], p);
	}
	return message_result(inv, RESULT_OK);
}

static enum outcome set_space(struct invocation *inv, struct process *p)
{
	const struct capability *cap = &inv->in->cap[0];

	if (!capability_may_map(cap))
		return message_result(inv, RESULT_TYPE);
	p->space = *cap;
	access_sweep(FAULT_NONE);
	return message_result(inv, RESULT_OK);
}

static enum outcome set_keeper(struct invocation *inv, struct process *p)
{
	if (!capability_may_keep(&inv->in->cap[0]))
		return message_result(inv, RESULT_TYPE);
	p->keeper = inv->in->cap[0];
	return message_result(inv, RESULT_OK);
}

static enum outcome set_endpoint(struct invocation *inv, struct process *p)
{
	uint8_t type = inv->in->cap[0].type;

	if (type != TYPE_ENDPOINT && type != TYPE_NULL)
		return message_result(inv, RESULT_TYPE);
	p->endpoint = inv->in->cap[0];
	return message_result(inv, RESULT_OK);
}

static enum outcome control(struct invocation *inv, struct process *p)
{
	switch (inv->in->order) {
	case PROCESS_STOP:
		process_stop(p);
		break;
	case PROCESS_STEP:
		if (!stands(p))
			return message_result(inv, RESULT_STATE);
		p->step = true;
		resume(p);
		break;
	default:
		resume(p);
	}
	return message_result(inv, RESULT_OK);
}

static bool only_looks(uint64_t order)
{
	return order == PROCESS_GET_REGISTERS || order == PROCESS_GET_SLOT || order == PROCESS_GET_SPACE;
}

static enum outcome invoke(struct invocation *inv)
{
	struct process *p = process_of(inv->cap.object);
	uint64_t order = inv->in->order;

	if ((inv->cap.restrictions & RESTRICT_OPAQUE) && order != PROCESS_RESUME)
		return message_result(inv, RESULT_RIGHTS);
	if ((inv->cap.restrictions & RESTRICT_READ_ONLY) && !only_looks(order))
		return message_result(inv, RESULT_RIGHTS);
	switch (order) {
	case PROCESS_GET_REGISTERS:
		return get_registers(inv, p);
	case PROCESS_SET_REGISTERS:
		return set_registers(inv, p);
	case PROCESS_GET_SLOT:
	case PROCESS_SET_SLOT:
		return slot(inv, p);
	case PROCESS_SET_SPACE:
		return set_space(inv, p);
	case PROCESS_SET_KEEPER:
		return set_keeper(inv, p);
	case PROCESS_SET_ENDPOINT:
		return set_endpoint(inv, p);
	case PROCESS_GET_SPACE:
		inv->out->cap[0] = capability_now(&p->space);
		return message_result(inv, RESULT_OK);
	default:
		return control(inv, p);
	}
}

struct process_registers *kernel_registers(struct process *p)
{
	return &p->registers;
}

uint8_t *kernel_vector_area(struct process *p)
{
	return p->vector;
}

const struct type process_type = {PROCESS_RESUME, PROCESS_GET_SPACE, sizeof(struct process), 52, make, destroy, invoke};
