/* view.c: locks, leases and window frames of virtual pages. */
#include "guest/kernel/view.h"

#include "guest/kernel/access.h"
#include "guest/kernel/endpoint.h"
#include "guest/kernel/kernel.h"
#include "guest/kernel/machine.h"
#include "guest/kernel/process.h"
#include "guest/kernel/walk.h"

void view_init(struct view *view)
{
	*view = (struct view){.endpoint = NULL};
	link_init(&view->held);
	link_init(&view->waiting);
	link_init(&view->notice.link);
}

bool view_is_of(const struct view *view, const struct capability *cap)
{
	return view->endpoint && &view->endpoint->object == cap->object && view->badge == cap->badge;
}

static bool idle(const struct view *view)
{
	return !view->owner && !view->closing && link_alone(&view->waiting);
}

static bool spared(const struct view *view)
{
	return idle(view) && !view->pins;
}

static void drop(struct view *view)
{
	view_lease_end(view);
	if (view->frame)
		machine_window_give_back(view->frame);
	view_init(view);
}

static struct view *find(const struct capability *cap)
{
	for (unsigned i = 0; i < kernel.nviews; i++)
		if (view_is_of(&kernel.view[i], cap))
			return &kernel.view[i];
	return NULL;
}

/* A free one, or one that nobody uses just now: the frames' turn goes round with the numbers. */
static struct view *spare(void)
{
	for (unsigned i = 0; i < kernel.nviews; i++)
		if (!kernel.view[i].endpoint)
			return &kernel.view[i];
	if (kernel.nviews < VIEWS)
		return &kernel.view[kernel.nviews++];
	for (unsigned i = 0; i < VIEWS; i++) {
		struct view *view = &kernel.view[(kernel.last_object + i) % VIEWS];

		if (spared(view)) {
			drop(view);
			return view;
		}
	}
	return NULL;
}

struct view *view_of(const struct capability *virtual_page)
{
	struct view *view = find(virtual_page);

	if (view)
		return view;
	view = spare();
	if (!view)
		return NULL;
	view->endpoint = endpoint_of(virtual_page->object);
	view->badge = virtual_page->badge;
	view->object = ++kernel.last_object * VIEWS + (uint64_t)(view - kernel.view);
	return view;
}

struct view *view_of_object(uint64_t object)
{
	struct view *view = &kernel.view[object % VIEWS];

	return view->endpoint && view->object == object ? view : NULL;
}

/* The window may be smaller than VIEWS: an idle view gives its frame away. */
uint64_t view_frame(struct view *view)
{
	if (!view->frame)
		view->frame = machine_window_take(view->object);
	for (unsigned i = 0; !view->frame && i < VIEWS; i++) {
		struct view *other = &kernel.view[(kernel.last_object + i) % VIEWS];

		if (other == view || !other->frame || !spared(other))
			continue;
		machine_window_give_back(other->frame);
		other->frame = 0;
		view->frame = machine_window_take(view->object);
	}
	return view->frame;
}

void view_look(struct walk *w, bool write, bool execute)
{
	struct view *view = w->status == WALK_VIRTUAL ? find(&w->leaf) : NULL;
	struct capability page = view ? view_leased(view) : capability_null();

	if (page.type != TYPE_PAGE || (w->leaf.restrictions & RESTRICT_NO_CALL))
		return;
	/* What only the lease forbids is the keeper's to answer. */
	if ((write && (page.restrictions & RESTRICT_NO_STORE)) ||
	    (execute && (page.restrictions & RESTRICT_NO_EXECUTE)))
		return;
	w->status = WALK_PAGE;
	w->leaf = capability_reduce(page, w->leaf.restrictions);
}

/* --- the lock ---------------------------------------------------------------------------- */

static bool deadlock(const struct view *view, const struct process *p)
{
	const struct process *owner = view->owner;

	while (owner && owner != p)
		owner = owner->wait == WAIT_LOCK ? owner->wanted->owner : NULL;
	return owner == p;
}

static void own(struct view *view, struct process *p)
{
	view->owner = p;
	link_append(&p->access.held, &view->held);
	view_lease_end(view); /* nobody goes past the one who has the lock */
}

enum lock view_lock(struct view *view, struct process *p, void (*then)(struct process *))
{
	if (view->owner == p)
		return LOCK_HELD;
	if (idle(view)) {
		own(view, p);
		return LOCK_HELD;
	}
	if (deadlock(view, p))
		return LOCK_DEADLOCK;
	p->wanted = view;
	process_wait(p, WAIT_LOCK, &view->waiting, then);
	return LOCK_WAITS;
}

void view_unlock(struct view *view)
{
	view->owner = NULL;
	view->told = false;
	link_remove(&view->held);
	if (!view->closing && !link_alone(&view->waiting)) {
		struct process *p = CONTAINER(view->waiting.next, struct process, link);

		own(view, p);
		process_ready(p, p->then);
	}
}

void view_tell(struct view *view, uint64_t order, const uint64_t word[4])
{
	view->closing = true;
	view_unlock(view);
	view->notice.from = NULL;
	view->notice.badge = view->badge;
	view->notice.call = false;
	view->notice.message = (struct message){.order = order, .word = {word[0], word[1], word[2], word[3]}};
	letter_send(&view->notice, view->endpoint);
}

void view_told(struct letter *notice)
{
	struct view *view = CONTAINER(notice, struct view, notice);

	view->closing = false;
	view_unlock(view);
}

/* --- leases -------------------------------------------------------------------------------- */

struct capability view_leased(struct view *view)
{
	struct capability page = view->lease;
	struct forwarder *blocked;

	if (capability_resolve(&page, &blocked) != RESOLVE_OK)
		return capability_null();
	return capability_reduce(page, view->lease_restrictions);
}

/* Of two ends, of which 0 is none. */
static uint64_t first_end(uint64_t a, uint64_t b)
{
	return a && (!b || a < b) ? a : b;
}

void view_lease(struct view *view, const struct capability *page, uint8_t restrictions, uint64_t ticks)
{
	uint64_t now = machine_ticks();

	view_lease_end(view);
	view->lease = *page;
	view->lease_restrictions = restrictions;
	view->lease_end = ticks == 0 ? 0 : ticks > UINT64_MAX - now ? UINT64_MAX : now + ticks;
	kernel.lease_end = first_end(kernel.lease_end, view->lease_end);
	machine_forget_mappings(); /* of the window's frame */
}

void view_lease_end(struct view *view)
{
	view->lease_end = 0;
	if (view->lease.type == TYPE_NULL)
		return;
	view->lease = capability_null();
	machine_forget_mappings();
}

void view_tick(void)
{
	uint64_t now = machine_ticks();

	if (!kernel.lease_end || kernel.lease_end > now)
		return;
	kernel.lease_end = 0;
	for (unsigned i = 0; i < kernel.nviews; i++) {
		struct view *view = &kernel.view[i];

		if (view->lease_end && view->lease_end <= now)
			view_lease_end(view);
		kernel.lease_end = first_end(kernel.lease_end, view->lease_end);
	}
}

void view_endpoint_gone(struct endpoint *endpoint)
{
	for (unsigned i = 0; i < kernel.nviews; i++) {
		struct view *view = &kernel.view[i];

		if (view->endpoint != endpoint)
			continue;
		view_lease_end(view);
		link_remove(&view->notice.link); /* nobody is left to hear it */
		view->closing = false;
		view->told = false;
		while (!link_alone(&view->waiting))
			access_gone(CONTAINER(view->waiting.next, struct process, link));
		if (view->owner)
			access_gone(view->owner);
		drop(view);
	}
}
