/*
 * step_pages.c: the pages of a private step. A page is opened once, and filled by
 * looking (peek); what the instruction really touches is loaded from its keeper over
 * that (step_parts.c), so that keepers are told of these accesses and of no others.
 */
#include "vmm/access/step_state.h"

#include <string.h>

static gpa_t page_start(gpa_t gpa)
{
	return (gpa_t){gpa.v & ~PAGE_MASK};
}

struct step_page *step_page_of(struct step *s, gpa_t gpa)
{
	for (unsigned i = 0; i < s->npages; i++)
		if (s->pages[i].gpa.v == page_start(gpa).v)
			return &s->pages[i];
	return NULL;
}

void step_note(struct step *s, gpa_t gpa)
{
	if (!step_notes(s, gpa) && s->nused < STEP_USED_MAX)
		s->used[s->nused++] = page_start(gpa);
}

bool step_notes(const struct step *s, gpa_t gpa)
{
	for (unsigned i = 0; i < s->nused; i++)
		if (s->used[i].v == page_start(gpa).v)
			return true;
	return false;
}

/* --- runs of bytes of one page that one capability serves ------------------------ */

bool step_extent_at(const struct step *s, const struct step_page *page, unsigned at, struct step_extent *e)
{
	gpa_t gpa = {page->gpa.v + at};
	uint64_t left;

	if (at >= PAGE_SIZE)
		return false;
	space_find(s->env->space, gpa, &e->slot);
	left = e->slot.size - (gpa.v - e->slot.start.v);
	e->at = at;
	e->size = left < PAGE_SIZE - at ? (unsigned)left : (unsigned)PAGE_SIZE - at;
	e->kept = e->slot.cap.type != CAP_PAGE;
	return true;
}

void step_give(struct step_page *page, unsigned at, unsigned size)
{
	for (unsigned i = at; i < at + size; i++)
		page->given[i / 8] |= (uint8_t)(1u << i % 8);
}

bool step_is_given(const struct step_page *page, unsigned at, unsigned size)
{
	for (unsigned i = at; i < at + size; i++)
		if (!(page->given[i / 8] >> i % 8 & 1))
			return false;
	return true;
}

/* --- opening and filling ------------------------------------------------------------ */

static void look(struct step_page *page, const struct step_extent *e)
{
	struct capability who = cap_resolve(e->slot.cap);
	uint64_t offset = e->slot.offset + (page->gpa.v + e->at - e->slot.start.v);

	for (unsigned at = 0; at < e->size; at += ACCESS_SIZE_MAX) {
		unsigned size = e->size - at < ACCESS_SIZE_MAX ? e->size - at : ACCESS_SIZE_MAX;

		if (!ask_peek(who, offset + at, (uint8_t)size, page->bytes + e->at + at))
			page->blind = true;
	}
}

static void fill(struct step *s, struct step_page *page)
{
	struct step_extent e;

	for (unsigned at = 0; step_extent_at(s, page, at, &e); at = e.at + e.size) {
		if (!e.kept || e.slot.stores_only)
			step_give(page, e.at, e.size); /* the guest may read it as it is */
		else if (e.slot.cap.type == CAP_NULL)
			memset(page->bytes + e.at, 0xff, e.size);
		else
			look(page, &e);
	}
}

/* Before the instruction runs: a keeper of the page may want it undone. */
static enum outcome photo_vector(struct step *s, const struct step_page *page)
{
	struct step_extent e;
	int err = 0;

	for (unsigned at = 0; !s->photo.has_vector && err == 0 && step_extent_at(s, page, at, &e); at = e.at + e.size) {
		struct capability who = cap_resolve(e.slot.cap);

		if (who.type == CAP_ENTRY && who.object.keeper->ops->stepped)
			err = commit_photo_vector(s->vcpu, &s->photo);
	}
	if (err < 0)
		return plan_stop(s->plan, "private step: KVM_GET_XSAVE: %s", strerror(-err));
	return OUTCOME_NEXT;
}

enum outcome step_open(struct step *s, gpa_t gpa, struct step_page **out)
{
	struct step_page *page = &s->pages[s->npages];
	enum outcome end;

	if (s->npages == STEP_PAGES_MAX)
		return plan_stop(s->plan, "private step: one instruction touches more than %u virtual pages",
				 STEP_PAGES_MAX);
	page->gpa = page_start(gpa);
	page->bytes = ram_bytes(s->env->ram, page->gpa, PAGE_SIZE);
	if (!page->bytes)
		return plan_stop(s->plan, "private step: gpa 0x%llx is not memory", (unsigned long long)gpa.v);
	page->mode = trap_get(s->env->trap, gpa);
	page->blind = false;
	memset(page->given, 0, sizeof(page->given));
	memcpy(page->under, page->bytes, PAGE_SIZE);
	if (trap_set(s->env->trap, gpa, TRAP_NONE) < 0)
		return plan_stop(s->plan, "private step: gpa 0x%llx cannot be opened", (unsigned long long)gpa.v);
	s->npages++;
	if ((end = photo_vector(s, page)) != OUTCOME_NEXT)
		return end;
	fill(s, page);
	memcpy(page->filled, page->bytes, PAGE_SIZE);
	*out = page;
	return OUTCOME_NEXT;
}

/* --- afterwards ----------------------------------------------------------------------------- */

void step_undo(struct step *s)
{
	for (unsigned i = 0; i < s->npages; i++) {
		struct step_page *page = &s->pages[i];
		struct step_extent e;

		for (unsigned at = 0; step_extent_at(s, page, at, &e); at = e.at + e.size)
			if (e.kept)
				memcpy(page->bytes + e.at, page->under + e.at, e.size);
	}
}

void step_save(struct step *s, gpa_t gpa, unsigned size)
{
	struct step_saved *saved = &s->saved[s->nsaved];

	if (s->nsaved == STEP_SAVED_MAX || size > ACCESS_SIZE_MAX)
		return;
	saved->bytes = ram_bytes(s->env->ram, gpa, size);
	saved->size = (uint8_t)size;
	if (!saved->bytes)
		return;
	memcpy(saved->was, saved->bytes, size);
	s->nsaved++;
}

enum outcome step_undo_all(struct step *s)
{
	int err;

	if (s->served)
		return plan_stop(s->plan, "a keeper undoes \"%s\", whose access to a port or device has happened",
				 s->plan->stepped);
	for (unsigned i = 0; i < s->npages; i++)
		memcpy(s->pages[i].bytes, s->pages[i].under, PAGE_SIZE);
	while (s->nsaved > 0) {
		const struct step_saved *saved = &s->saved[--s->nsaved];

		memcpy(saved->bytes, saved->was, saved->size);
	}
	err = commit_undo(s->vcpu, &s->photo);
	if (err < 0)
		return plan_stop(s->plan, "a keeper undoes \"%s\", but KVM_SET_XSAVE: %s", s->plan->stepped,
				 strerror(-err));
	return OUTCOME_RETRY;
}

int step_close(struct step *s)
{
	int err = 0;

	for (unsigned i = s->npages; i > 0; i--) {
		int closed = trap_set(s->env->trap, s->pages[i - 1].gpa, s->pages[i - 1].mode);

		err = closed < 0 ? closed : err;
	}
	s->npages = 0;
	return err;
}
