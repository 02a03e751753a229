/* step.c: one instruction on pages of the keepers', and what becomes of it. */
#include "guest/kernel/step.h"

#include "guest/kernel/bytes.h"
#include "guest/kernel/page.h"
#include "guest/kernel/process.h"
#include "guest/kernel/view.h"

/* What is given back if it is undone; a string's piece needs none. */
static uint8_t *saved(struct process *p, unsigned page)
{
	return page == 0 ? p->string : p->page_before;
}

void step_save(struct process *p)
{
	struct step *step = &p->access.step;

	for (unsigned i = 0; i < step->npages; i++)
		bytes_copy(saved(p, i), page_bytes(step->on[i].bytes.object), PAGE_SIZE);
	step->before = p->registers;
	machine_vector_save(p);
	bytes_copy(p->vector_before, p->vector, sizeof(p->vector));
}

/* The kernel's own piece of a string: it is copied here and now. */
static void carry_out(struct process *p)
{
	struct guest_part *of = process_part(p);
	uint8_t *bytes = page_bytes(p->access.step.on[0].bytes.object) + of->offset;

	bytes_copy(of->before, bytes, of->size);
	if (of->op == GUEST_OP_STORE)
		bytes_copy(bytes, of->after, of->size);
	else
		bytes_copy(of->after, bytes, of->size);
	step_done(p);
}

bool step_begin(struct process *p, const struct capability *cap)
{
	struct access *a = &p->access;
	struct capability page = *cap;

	if (capability_resolve(&page, NULL) != RESOLVE_OK || page.type != TYPE_PAGE ||
	    (page.restrictions & RESTRICT_NO_STORE))
		return false;
	if (a->step.npages == STEP_PAGES) {
		access_fault(p, FAULT_NOT_CARRIED_OUT, 0);
		return true;
	}
	a->step.on[a->step.npages++] = (struct step_page){page, process_part(p)->object, a->asked, a->forward};
	a->asked->told = true;
	if (a->kind == ACCESS_TRANSFER) {
		carry_out(p);
		return true;
	}
	process_part(p)->frame = (uint32_t)(page_of(page.object)->physical / PAGE_SIZE);
	access_give(p, GUEST_VERDICT_STEP);
	return true;
}

void step_done(struct process *p)
{
	p->access.record.state = GUEST_ACCESS_EMPTY;
	p->access.step.done = true;
	p->access.step.part = 0;
	step_tell(p);
}

static const struct step_page *under(const struct step *step, const struct guest_part *of)
{
	for (unsigned i = 0; i < step->npages; i++)
		if (step->on[i].object == of->object)
			return &step->on[i];
	return NULL;
}

bool step_tell(struct process *p)
{
	struct step *step = &p->access.step;
	struct guest_access *r = &p->access.record;

	while (step->part < r->parts) {
		const struct step_page *on = under(step, &r->part_of[step->part++]);

		if (!on)
			continue;
		r->part = step->part - 1;
		access_ask(p, on->keeper, ACCESS_STEPPED, 0);
		return true;
	}
	return false;
}

void step_end(struct process *p)
{
	p->access.step.npages = 0;
	p->access.step.done = false;
}

static void undo_page(struct process *p, unsigned i)
{
	struct capability page = capability_now(&p->access.step.on[i].bytes);
	const struct guest_part *of = process_part(p);

	if (page.type != TYPE_PAGE)
		return;
	if (p->access.kind == ACCESS_TRANSFER)
		bytes_copy(page_bytes(page.object) + of->offset, of->before, of->size);
	else
		bytes_copy(page_bytes(page.object), saved(p, i), PAGE_SIZE);
}

void step_undo(struct process *p)
{
	struct step *step = &p->access.step;

	for (unsigned i = 0; step->done && i < step->npages; i++)
		undo_page(p, i);
	if (step->done && p->access.kind == ACCESS_INSTRUCTION) {
		p->registers = step->before;
		machine_vector_save(p);
		bytes_copy(p->vector, p->vector_before, sizeof(p->vector));
	}
	step_end(p);
}

static const struct guest_part *first_on(const struct guest_access *r, const struct step_page *on)
{
	unsigned i = 0;

	while (i + 1 < r->parts && r->part_of[i].object != on->object)
		i++;
	return &r->part_of[i];
}

void step_faulted(struct process *p)
{
	struct step *step = &p->access.step;
	unsigned npages = step->npages;

	if (p->access.kind != ACCESS_INSTRUCTION || step->done)
		return;
	step_end(p);
	for (unsigned i = 0; i < npages; i++) {
		const struct guest_part *of = first_on(&p->access.record, &step->on[i]);
		uint64_t word[4] = {p->access.id, of->offset, ACCESS_INFO_FAULTED, 0};

		if (step->on[i].keeper->owner == p) /* one keeper may have named both */
			view_tell(step->on[i].keeper, ACCESS_STEPPED, word);
	}
}

bool step_leads(const struct step *step)
{
	for (unsigned i = 0; i < step->npages; i++)
		if (capability_now(&step->on[i].bytes).type == TYPE_NULL || !access_leads_to(&step->on[i].forward))
			return false;
	return true;
}
