/* step.c: one instruction on a page of the keeper's, and what becomes of it. */
#include "guest/kernel/step.h"

#include "guest/kernel/bytes.h"
#include "guest/kernel/page.h"
#include "guest/kernel/process.h"
#include "guest/kernel/view.h"

static struct guest_part *part(struct process *p)
{
	return &p->access.record.part_of[p->access.record.part];
}

/* The kernel's own piece of a string: it is copied here and now. */
static void carry_out(struct process *p)
{
	struct guest_part *of = part(p);
	uint8_t *bytes = page_bytes(p->access.step.page.object) + of->offset;

	bytes_copy(of->before, bytes, of->size);
	if (of->op == GUEST_OP_STORE)
		bytes_copy(bytes, of->after, of->size);
	else
		bytes_copy(of->after, bytes, of->size);
	step_done(p);
}

bool step_begin(struct process *p, const struct capability *cap)
{
	struct step *step = &p->access.step;
	struct capability page = *cap;

	if (capability_resolve(&page, NULL) != RESOLVE_OK || page.type != TYPE_PAGE ||
	    (page.restrictions & (RESTRICT_READ_ONLY | RESTRICT_WEAK)))
		return false;
	*step = (struct step){.page = page, .object = part(p)->object, .before = p->registers};
	p->access.asked->told = true;
	if (p->access.kind == ACCESS_TRANSFER) {
		carry_out(p);
		return true;
	}
	bytes_copy(p->string, page_bytes(page.object), PAGE_SIZE);
	machine_vector_save(p);
	bytes_copy(p->vector_before, p->vector, sizeof(p->vector));
	p->access.record.state = GUEST_ACCESS_ANSWERED;
	p->access.record.verdict = GUEST_VERDICT_STEP;
	p->access.record.page = page_of(page.object)->physical;
	process_ready_next(p, NULL);
	return true;
}

void step_done(struct process *p)
{
	p->access.record.state = GUEST_ACCESS_EMPTY;
	p->access.step.done = true;
	p->access.step.part = 0;
	step_tell(p);
}

bool step_tell(struct process *p)
{
	struct step *step = &p->access.step;
	struct guest_access *r = &p->access.record;

	while (step->part < r->parts && r->part_of[step->part].object != step->object)
		step->part++;
	if (step->part == r->parts)
		return false;
	r->part = step->part++;
	access_ask(p, p->access.asked, ACCESS_STEPPED, 0);
	return true;
}

void step_end(struct process *p)
{
	p->access.step.page = capability_null();
	p->access.step.done = false;
}

void step_undo(struct process *p)
{
	struct step *step = &p->access.step;
	struct capability page = capability_now(&step->page);
	bool done = step->done;

	step_end(p);
	if (!done)
		return;
	if (p->access.kind == ACCESS_TRANSFER) {
		if (page.type == TYPE_PAGE)
			bytes_copy(page_bytes(page.object) + part(p)->offset, part(p)->before, part(p)->size);
		return;
	}
	if (page.type == TYPE_PAGE)
		bytes_copy(page_bytes(page.object), p->string, PAGE_SIZE);
	p->registers = step->before;
	machine_vector_save(p);
	bytes_copy(p->vector, p->vector_before, sizeof(p->vector));
}

void step_faulted(struct process *p)
{
	struct step *step = &p->access.step;
	uint64_t word[4] = {p->access.id, part(p)->offset, ACCESS_INFO_FAULTED, 0};

	if (p->access.kind != ACCESS_INSTRUCTION || step->page.type == TYPE_NULL || step->done)
		return;
	step_end(p);
	view_tell(p->access.asked, ACCESS_STEPPED, word);
}
