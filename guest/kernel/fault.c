/* fault.c: page faults and exceptions, and the keepers they go to. */
#include "guest/kernel/fault.h"

#include "guest/kernel/endpoint.h"
#include "guest/kernel/forwarder.h"
#include "guest/kernel/page.h"
#include "guest/kernel/process.h"
#include "guest/kernel/view.h"
#include "guest/kernel/walk.h"

void fault_stop(struct process *p, uint64_t fault, uint64_t code)
{
	p->registers.fault = fault;
	p->registers.fault_code = code;
	process_ready(p, NULL);
	process_stop(p);
	reply_orphan_all(p);
}

/* The process as its keeper gets it: it may be resumed. */
static void call(struct process *p, const struct capability *entry, uint64_t order, const struct capability *cap,
		 enum purpose purpose)
{
	p->letter.message = (struct message){
		.order = order,
		.word = {p->registers.fault, p->registers.fault_address, p->registers.fault_code, p->registers.rip},
		.cap = {*cap}};
	process_send(p, endpoint_of(entry->object), entry->badge, true, purpose);
}

static void call_process_keeper(struct process *p)
{
	struct capability keeper = p->keeper, self = capability_of(TYPE_PROCESS, &p->object);
	struct forwarder *blocked;
	enum resolve found = capability_resolve(&keeper, &blocked);

	if (found == RESOLVE_BLOCKED) {
		forwarder_wait(blocked, p, call_process_keeper);
		return;
	}
	if (found != RESOLVE_OK || keeper.type != TYPE_ENTRY || capability_is_virtual_page(&keeper)) {
		fault_stop(p, p->registers.fault, p->registers.fault_code);
		return;
	}
	self = capability_reduce(self, RESTRICT_OPAQUE);
	call(p, &keeper, PROCESS_FAULT, &self, FOR_PROCESS_FAULT);
}

static void note(struct process *p, uint64_t fault, uint64_t address, uint64_t code)
{
	p->registers.fault = fault;
	p->registers.fault_address = address;
	p->registers.fault_code = code;
}

/* Its keeper is called when its turn comes: faults that follow from one another don't nest. */
void fault_process(struct process *p, uint64_t fault, uint64_t address, uint64_t code)
{
	step_faulted(p);
	access_abandon(p);
	p->transfer.way = TRANSFER_NONE;
	note(p, fault == FAULT_NONE ? FAULT_MALFORMED_ANSWER : fault, address, code);
	process_ready(p, call_process_keeper);
}

void fault_refused(struct process *p, uint64_t fault, uint64_t code)
{
	if (p->transfer.way != TRANSFER_NONE)
		transfer_fail(p);
	else
		fault_process(p, fault, p->registers.fault_address, code);
}

void fault_memory(struct process *p, const struct walk *w, uint64_t fault, uint64_t address, uint64_t code)
{
	bool store = code & FAULT_CODE_WRITE;
	struct capability keeper = store ? w->store_keeper : w->keeper;
	struct capability space = store ? w->store_keeper_space : w->keeper_space;
	struct forwarder *blocked;

	step_faulted(p);
	access_abandon(p);
	switch (capability_resolve(&keeper, &blocked)) {
	case RESOLVE_BLOCKED:
		forwarder_wait(blocked, p, transfer_rest(p));
		return;
	case RESOLVE_LOOP:
		keeper = capability_null();
		break;
	case RESOLVE_OK:
		break;
	}
	note(p, fault, address, code);
	if (keeper.type != TYPE_ENTRY)
		fault_refused(p, fault, code);
	else
		call(p, &keeper, SPACE_FAULT, &space, FOR_SPACE_FAULT);
}

void fault_walk(struct process *p, const struct walk *w, uint64_t address, bool write, bool execute)
{
	uint64_t code = (write ? FAULT_CODE_WRITE : 0) | (execute ? FAULT_CODE_EXECUTE : 0);

	switch (w->status) {
	case WALK_PAGE:
	case WALK_VIRTUAL:
		fault_memory(p, w, walk_forbids(w, write, execute), address, code);
		return;
	case WALK_INVALID:
		fault_memory(p, w, FAULT_INVALID_ADDRESS, address, code);
		return;
	case WALK_MALFORMED:
		fault_memory(p, w, FAULT_MALFORMED_SPACE, address, code);
		return;
	case WALK_BLOCKED:
		access_abandon(p);
		forwarder_wait(w->blocked, p, transfer_rest(p));
		return;
	}
}

bool kernel_page_fault(struct process *p, uint64_t address, bool write, bool execute, struct mapping *mapping)
{
	struct walk w;
	uint64_t frame;

	frame = access_completes(p, address);
	if (frame) {
		*mapping = (struct mapping){.physical = frame, .write = true, .execute = true};
		return true;
	}
	walk(&p->space, address, WALK_TO_USE, &w);
	view_look(&w, write, execute);
	if (w.status > WALK_VIRTUAL || walk_forbids(&w, write, execute) != FAULT_NONE) {
		fault_walk(p, &w, address, write, execute);
		return false;
	}
	if (w.status == WALK_PAGE) {
		frame = page_of(w.leaf.object)->physical;
	} else {
		struct view *view = view_of(&w.leaf);

		frame = view ? view_frame(view) : 0;
		if (!frame) /* all are in use just now: it comes again in its next turn */
			return false;
	}
	mapping->physical = frame;
	mapping->write = walk_forbids(&w, true, false) == FAULT_NONE;
	mapping->execute = walk_forbids(&w, false, true) == FAULT_NONE;
	return true;
}

void kernel_exception(struct process *p, uint8_t vector, uint64_t code)
{
	fault_process(p, FAULT_EXCEPTION, code, vector);
}

bool kernel_wants_step(const struct process *p)
{
	return p->step;
}

void kernel_stepped(struct process *p)
{
	p->step = false;
	note(p, FAULT_EXCEPTION, p->registers.rip, 1);
	process_stop(p); /* it may wait for the answer of a call: it still does */
}
