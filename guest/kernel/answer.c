/* answer.c: what keepers answer, and how an access ends. */
#include "guest/kernel/access.h"

#include "guest/kernel/bytes.h"
#include "guest/kernel/fault.h"
#include "guest/kernel/kernel.h"
#include "guest/kernel/page.h"
#include "guest/kernel/process.h"

static void malformed(struct process *p)
{
	access_fault(p, FAULT_MALFORMED_ANSWER, 0);
}

/* All locks; a keeper that was told of something unfinished hears the rest. */
static void unlock_all(struct process *p, bool tell)
{
	while (!link_alone(&p->access.held)) {
		struct view *view = CONTAINER(p->access.held.next, struct view, held);
		uint64_t word[4] = {p->access.id};

		if (tell && view->told)
			view_tell(view, ACCESS_GONE, word);
		else
			view_unlock(view);
	}
}

static void over(struct process *p, bool tell)
{
	p->access.kind = ACCESS_NONE;
	link_remove(&p->access.link);
	link_remove(&p->letter.link);
	reply_die(&p->reply);
	unlock_all(p, tell);
}

/* All that it was asked for is answered: until the monitor has used that, the views stay. */
static void pin(struct process *p, int by)
{
	for (unsigned i = 0; i < p->access.record.parts; i++) {
		struct view *view = view_of_object(p->access.record.part_of[i].object);

		if (view)
			view->pins += (unsigned)by;
	}
}

void access_used(struct process *p)
{
	if (p->access.pinned)
		pin(p, -1);
	p->access.pinned = false;
	p->access.record.state = GUEST_ACCESS_EMPTY;
	p->access.given = false;
}

void access_abandon(struct process *p)
{
	if (p->access.kind == ACCESS_NONE)
		return;
	step_undo(p);
	access_used(p);
	over(p, true);
}

void access_again(struct process *p)
{
	access_abandon(p);
	process_ready(p, p->transfer.way != TRANSFER_NONE ? transfer_run : NULL);
}

void access_fault(struct process *p, uint64_t fault, uint64_t code)
{
	uint64_t address = process_part(p)->address;

	access_abandon(p);
	if (p->transfer.way != TRANSFER_NONE)
		transfer_fail(p);
	else
		fault_process(p, fault, address, code);
}

void access_gone(struct process *p)
{
	struct message null = {.order = RESULT_NULL};

	if (p->access.kind != ACCESS_ORDER) {
		access_fault(p, FAULT_GONE, 0);
		return;
	}
	access_abandon(p);
	message_deliver(p, &null, 0, NULL);
}

/* --- DONE ------------------------------------------------------------------------------- */

static void transfer_done(struct process *p)
{
	const struct guest_part *of = process_part(p);

	if (p->transfer.way == TRANSFER_IN)
		bytes_copy(p->string + p->transfer.done, of->before, of->size);
	transfer_advance(p, of->size);
	over(p, false);
	process_ready_next(p, transfer_run);
}

void access_give(struct process *p, uint8_t verdict)
{
	struct access *a = &p->access;

	a->forward = capability_null();
	a->forwards = 0;
	a->record.state = GUEST_ACCESS_ANSWERED;
	a->record.verdict = verdict;
	if (a->step.npages)
		step_save(p);
	process_ready_next(p, NULL);
}

void access_done(struct process *p)
{
	struct access *a = &p->access;

	if (a->kind == ACCESS_TRANSFER) {
		transfer_done(p);
		return;
	}
	if (a->record.flags & GUEST_ACCESS_HOLD)
		a->asked->told = true;
	else
		over(p, false);
	if (a->kind == ACCESS_NONE) {
		a->pinned = true;
		pin(p, 1);
	}
	access_give(p, GUEST_VERDICT_DONE);
}

static void done(struct process *p, const struct message *answer)
{
	uint32_t size = p->access.record.phase == GUEST_PHASE_LOAD ? process_part(p)->size : 0;

	if (answer->length != size) {
		malformed(p);
		return;
	}
	bytes_copy(process_part(p)->before, answer->string, size);
	access_done(p);
}

/* --- in another way ------------------------------------------------------------------------- */

static void map(struct process *p, const struct message *answer)
{
	struct capability page = answer->cap[0];
	struct view *view = view_of_object(process_part(p)->object);

	if (capability_resolve(&page, NULL) != RESOLVE_OK || page.type != TYPE_PAGE ||
	    (answer->word[0] & ~(uint64_t)RESTRICT_ALL)) {
		malformed(p);
		return;
	}
	/* The capability itself is kept, not what is behind it: it can be rescinded. */
	view_lease(view, &answer->cap[0], (uint8_t)answer->word[0], answer->word[1]);
	access_again(p);
}

/* The kernel does to the page what its keeper would have been asked. */
static void forward_to_page(struct process *p, const struct capability *page)
{
	struct guest_part *of = process_part(p);
	uint8_t *bytes = page_bytes(page->object) + of->offset;

	if (access_stores(of) && (page->restrictions & RESTRICT_NO_STORE)) {
		access_fault(p, FAULT_ACCESS, 0);
		return;
	}
	if (p->access.record.phase == GUEST_PHASE_LOAD)
		bytes_copy(of->before, bytes, of->size);
	if (p->access.record.phase == GUEST_PHASE_STORE)
		bytes_copy(bytes, of->after, of->size);
	access_done(p);
}

static void forward(struct process *p, const struct message *answer)
{
	struct capability to = answer->cap[0];
	bool store = access_stores(process_part(p));

	if (capability_resolve(&to, NULL) != RESOLVE_OK || ++p->access.forwards > CAPABILITY_DEPTH) {
		malformed(p);
	} else if (to.type == TYPE_NULL) { /* as what was destroyed or rescinded is */
		access_fault(p, FAULT_GONE, 0);
	} else if (to.type == TYPE_PAGE) {
		forward_to_page(p, &to);
	} else if (!capability_is_virtual_page(&to)) {
		malformed(p);
	} else if ((store && (to.restrictions & RESTRICT_NO_STORE)) || (to.restrictions & RESTRICT_NO_CALL)) {
		access_fault(p, FAULT_ACCESS, 0);
	} else {
		p->access.forward = answer->cap[0];
		process_ready_next(p, access_continue);
	}
}

static void fault(struct process *p, const struct message *answer)
{
	uint64_t code = answer->word[0];

	if (code == FAULT_NONE || (code > FAULT_EXCEPTION && code < FAULT_USER))
		malformed(p);
	else
		access_fault(p, code, answer->word[1]);
}

static void stepped(struct process *p, const struct message *answer)
{
	if (answer->order == ANSWER_UNDO) {
		step_undo(p);
		p->access.asked->told = false;
		access_again(p);
	} else if (answer->order == ANSWER_ACCEPT && answer->length == 0) {
		if (step_tell(p))
			return;
		step_end(p);
		if (p->access.kind == ACCESS_TRANSFER) {
			access_done(p);
			return;
		}
		access_used(p);
		over(p, false);
		process_ready_next(p, NULL);
	} else if (answer->order == ANSWER_FAULT || answer->order == REPLY_FAULT) {
		fault(p, answer);
	} else {
		malformed(p);
	}
}

void access_answer(struct process *p, const struct message *answer)
{
	if (p->access.step.done) {
		stepped(p, answer);
		return;
	}
	switch (answer->order) {
	case ANSWER_DONE:
		done(p, answer);
		return;
	case ANSWER_RETRY:
		access_again(p);
		return;
	case ANSWER_MAP:
		map(p, answer);
		return;
	case ANSWER_STEP:
		if (!step_begin(p, &answer->cap[0]))
			malformed(p);
		return;
	case ANSWER_FORWARD:
		forward(p, answer);
		return;
	case ANSWER_FAULT:
	case REPLY_FAULT:
		fault(p, answer);
		return;
	default:
		malformed(p);
	}
}
