/* access.c: from the monitor's question to the keeper's. What comes back is in answer.c. */
#include "guest/kernel/access.h"

#include "guest/kernel/bytes.h"
#include "guest/kernel/endpoint.h"
#include "guest/kernel/fault.h"
#include "guest/kernel/invoke.h"
#include "guest/kernel/kernel.h"
#include "guest/kernel/machine.h"
#include "guest/kernel/process.h"
#include "guest/kernel/walk.h"

void access_init(struct access *access)
{
	access->kind = ACCESS_NONE;
	access->record.state = GUEST_ACCESS_EMPTY;
	access->given = access->pinned = false;
	access->forward = capability_null();
	access->step.npages = 0;
	link_init(&access->link);
	link_init(&access->held);
}

static void begin(struct process *p, enum access_kind kind)
{
	access_abandon(p);
	p->access.kind = kind;
	p->access.id = ++kernel.last_access;
	p->access.forward = capability_null();
	p->access.forwards = 0;
	link_append(&kernel.accesses, &p->access.link);
}

/* The view of a part, which the process may still use so; NULL: it waits or faults, or tries again. */
static struct view *look(struct process *p, const struct guest_part *of, uint8_t *restrictions)
{
	struct view *view = view_of_object(of->object);
	bool write = access_stores(of), execute = of->op == GUEST_OP_FETCH;
	struct walk w;

	walk(&p->space, of->address, WALK_TO_USE, &w);
	if (w.status == WALK_BLOCKED) {
		fault_walk(p, &w, of->address, write, execute);
		return NULL;
	}
	if (!view || w.status != WALK_VIRTUAL || !view_is_of(view, &w.leaf)) {
		machine_forget_mappings(); /* something else is there now; this frame was left for access_completes() */
		access_again(p);
		return NULL;
	}
	if (walk_forbids(&w, write, execute) != FAULT_NONE) {
		fault_walk(p, &w, of->address, write, execute);
		return NULL;
	}
	*restrictions = w.leaf.restrictions;
	return view;
}

/* Its lock. False: the process waits and comes again, or is through. */
static bool lock(struct process *p, struct view *view)
{
	switch (view_lock(view, p, access_continue)) {
	case LOCK_HELD:
		return true;
	case LOCK_WAITS:
		return false;
	case LOCK_DEADLOCK:
		access_again(p);
		return false;
	}
	return false;
}

/* The first, in their order, that the process does not hold; NULL: it holds all. */
static struct view *first_of(struct view *const *views, unsigned n, const struct process *p)
{
	struct view *first = NULL;

	for (unsigned i = 0; i < n; i++)
		if (views[i]->owner != p && (!first || views[i] < first))
			first = views[i];
	return first;
}

/*
 * All views of the instruction's parts, in the order of the views, so that two processes
 * never hold what the other wants. Gives the one of the part at hand; NULL: it waits, or is through.
 */
static struct view *lock_all(struct process *p, uint8_t *restrictions)
{
	const struct guest_access *r = &p->access.record;
	struct view *views[GUEST_PARTS_MAX], *next;

	for (unsigned i = 0; i < r->parts; i++) {
		uint8_t found;

		views[i] = look(p, &r->part_of[i], &found);
		if (!views[i])
			return NULL;
		if (i == r->part)
			*restrictions = found;
	}
	while ((next = first_of(views, r->parts, p)))
		if (!lock(p, next))
			return NULL;
	return views[r->part];
}

/* The keeper named another virtual page: its lock is held too. NULL: the process waits, or is through. */
static struct view *forwarded(struct process *p, uint8_t *restrictions)
{
	struct capability forward = p->access.forward;
	struct view *view;

	if (capability_resolve(&forward, NULL) != RESOLVE_OK || !capability_is_virtual_page(&forward)) {
		access_fault(p, FAULT_GONE, 0);
		return NULL;
	}
	view = view_of(&forward);
	if (!view) { /* none is to be had just now */
		access_again(p);
		return NULL;
	}
	*restrictions = forward.restrictions;
	return lock(p, view) ? view : NULL;
}

void access_continue(struct process *p)
{
	uint8_t restrictions = 0;
	struct view *view = lock_all(p, &restrictions);

	if (view && p->access.forward.type != TYPE_NULL)
		view = forwarded(p, &restrictions);
	if (view)
		access_ask(p, view, ACCESS_ADMIT + p->access.record.phase, restrictions);
}

static uint64_t describe(const struct guest_access *r, const struct guest_part *of)
{
	uint64_t word = of->size | (uint64_t)r->part << 8 | (uint64_t)r->parts << 16;

	word |= of->flags & GUEST_PART_LOCKED ? ACCESS_INFO_LOCKED : 0;
	word |= of->flags & GUEST_PART_IMPLICIT ? ACCESS_INFO_IMPLICIT : 0;
	word |= of->op == GUEST_OP_MODIFY ? ACCESS_INFO_MODIFY : 0;
	word |= of->op == GUEST_OP_FETCH ? ACCESS_INFO_FETCH : 0;
	return word;
}

void access_ask(struct process *p, struct view *view, uint64_t order, uint8_t restrictions)
{
	const struct guest_part *of = process_part(p);
	struct message *m = &p->letter.message;

	*m = (struct message){.order = order,
			      .word = {p->access.id, of->offset, describe(&p->access.record, of), restrictions}};
	if (order == ACCESS_STORE || order == ACCESS_STEPPED) {
		bytes_copy(p->access.bytes.before, of->before, sizeof(of->before));
		bytes_copy(p->access.bytes.after, of->after, sizeof(of->after));
		m->string = &p->access.bytes;
		m->length = sizeof(p->access.bytes);
	}
	p->access.asked = view;
	p->letter.badge = view->badge;
	p->letter.call = true;
	p->reply.purpose = FOR_ACCESS;
	letter_send(&p->letter, view->endpoint);
}

/* What the monitor says is looked at once, and copied. */
static bool sound(const struct guest_access *record)
{
	size_t end = offsetof(struct guest_access, part_of) + record->parts * sizeof(struct guest_part);

	if (record->parts == 0 || record->parts > GUEST_PARTS_MAX || record->part >= record->parts ||
	    record->phase > GUEST_PHASE_STORE || record->size != end)
		return false;
	for (unsigned i = 0; i < record->parts; i++) {
		const struct guest_part *of = &record->part_of[i];

		if (of->size == 0 || of->size > GUEST_SIZE_MAX || of->op > GUEST_OP_FETCH ||
		    of->offset > 4096u - of->size)
			return false;
	}
	return true;
}

void kernel_access(struct process *p, struct guest_access *record)
{
	struct access *a = &p->access;
	bool same = a->kind == ACCESS_INSTRUCTION && a->record.id == record->id;

	if (!sound(record) || (record->state != GUEST_ACCESS_ASKED && record->state != GUEST_ACCESS_STEPPED)) {
		access_used(p); /* the monitor refuses, or is wrong */
		fault_process(p, FAULT_NOT_CARRIED_OUT, record->parts ? record->part_of[0].address : 0, 0);
		return;
	}
	if (record->state == GUEST_ACCESS_STEPPED && !(same && a->step.npages && !a->step.done)) {
		access_used(p); /* of a step that has been ended since: it has run, and nobody is to be told */
		access_abandon(p);
		return;
	}
	if (record->state == GUEST_ACCESS_ASKED && !(same && !a->step.done)) {
		step_faulted(p);
		begin(p, ACCESS_INSTRUCTION);
	}
	access_used(p);
	bytes_copy(&a->record, record, record->size);
	if (record->state == GUEST_ACCESS_STEPPED) {
		step_done(p);
		return;
	}
	access_continue(p);
}

void access_transfer(struct process *p, const struct walk *w, uint64_t address, uint8_t size)
{
	struct view *view = view_of(&w->leaf);
	struct guest_access *r = &p->access.record;
	bool out = p->transfer.way == TRANSFER_OUT;

	if (!view) {
		transfer_fail(p);
		return;
	}
	/* Held already: it waited for the lock, and has been woken to look again. */
	if (p->access.kind != ACCESS_TRANSFER)
		begin(p, ACCESS_TRANSFER);
	access_used(p); /* this one is not for the monitor */
	r->parts = 1;
	r->part = 0;
	r->flags = 0;
	r->phase = out ? GUEST_PHASE_STORE : GUEST_PHASE_LOAD;
	r->part_of[0] = (struct guest_part){.object = view->object,
					    .offset = address % 4096u,
					    .address = address,
					    .op = out ? GUEST_OP_STORE : GUEST_OP_LOAD,
					    .size = size};
	if (out)
		bytes_copy(r->part_of[0].after, p->string + p->transfer.done, size);
	access_continue(p);
}

bool access_order(struct process *p, const struct capability *virtual_page)
{
	struct view *view = view_of(virtual_page);

	if (p->access.kind != ACCESS_ORDER)
		begin(p, ACCESS_ORDER);
	for (struct link *l = p->access.held.next, *next; l != &p->access.held; l = next) {
		struct view *held = CONTAINER(l, struct view, held);

		next = l->next;
		if (held != view)
			view_unlock(held);
	}
	/* No view is to be had: the order goes without the lock, of which nobody else holds one either. */
	return !view || view_lock(view, p, invoke_dispatch) == LOCK_HELD;
}

bool access_leads_to(const struct capability *forward)
{
	struct capability to = *forward;

	return to.type == TYPE_NULL || (capability_resolve(&to, NULL) == RESOLVE_OK && capability_is_virtual_page(&to));
}

static bool leads(struct process *p)
{
	struct capability order = p->slot[p->registers.rdi % INVOKE_SLOTS];

	if (p->access.kind == ACCESS_ORDER)
		return capability_resolve(&order, NULL) == RESOLVE_OK && order.type != TYPE_NULL;
	if (!access_leads_to(&p->access.forward) || !step_leads(&p->access.step))
		return false;
	for (unsigned i = 0; i < p->access.record.parts; i++) {
		const struct guest_part *of = &p->access.record.part_of[i];
		struct view *view = view_of_object(of->object);
		struct walk w;

		walk(&p->space, of->address, WALK_TO_LOOK, &w);
		if (!view || w.status != WALK_VIRTUAL || !view_is_of(view, &w.leaf) ||
		    walk_forbids(&w, access_stores(of), of->op == GUEST_OP_FETCH) != FAULT_NONE)
			return false;
	}
	return true;
}

/* From the beginning each time: one that ends may have ended others. */
void access_sweep(uint64_t fault)
{
	struct link *l = kernel.accesses.next;

	machine_forget_mappings();
	while (l != &kernel.accesses) {
		struct process *p = CONTAINER(l, struct process, access.link);

		if (leads(p)) {
			l = l->next;
			continue;
		}
		if (fault == FAULT_NONE && p->access.kind != ACCESS_ORDER)
			access_again(p);
		else
			access_gone(p);
		l = kernel.accesses.next;
	}
}

uint64_t access_completes(const struct process *p, uint64_t address)
{
	const struct guest_access *r = &p->access.record;

	if (!p->access.pinned || r->rip != p->registers.rip)
		return 0;
	for (unsigned i = 0; i < r->parts; i++) {
		struct view *view = view_of_object(r->part_of[i].object);

		if (view && r->part_of[i].address / 4096 == address / 4096)
			return view_frame(view);
	}
	return 0;
}
