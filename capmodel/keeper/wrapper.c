/* wrapper.c: passing an access through, and keeping track of forwards. */
#include "capmodel/keeper/wrapper.h"

#include <stdlib.h>

void wrapper_init(struct wrapper *w, const struct keeper_ops *ops, const struct keeper_args *args)
{
	*w = (struct wrapper){.inner = args->inner, .answerer = args->answerer};
	keeper_init(&w->keeper, ops);
}

static struct capability inner_of(const struct wrapper *w)
{
	return cap_entry(w->inner, RIGHTS_ALL, 0);
}

static bool same_access(const struct forwarded *f, const struct access *a)
{
	return f->op == a->op && f->size == a->size && f->offset == a->offset;
}

static const struct forwarded *find_forwarded(const struct wrapper *w, const struct transaction *t,
					      const struct access *a)
{
	if (w->transaction != t->id)
		return NULL;
	for (unsigned i = 0; i < w->nforwarded; i++)
		if (same_access(&w->forwarded[i], a))
			return &w->forwarded[i];
	return NULL;
}

struct capability wrapper_who(const struct wrapper *w, const struct transaction *t, const struct access *a)
{
	const struct forwarded *f = w->nforwarded ? find_forwarded(w, t, a) : NULL;

	return f ? f->who : inner_of(w);
}

const char *wrapper_answerer(const struct wrapper *w, const struct transaction *t, const struct access *a)
{
	const struct forwarded *f = w->nforwarded ? find_forwarded(w, t, a) : NULL;

	if (!f)
		return w->answerer;
	return f->who.type == CAP_ENTRY ? f->who.object.keeper->ops->name : "page";
}

/* Notes that who answers a. What was noted for an earlier transaction, done or given up, is void. */
static bool note_forwarded(struct wrapper *w, const struct transaction *t, const struct access *a,
			   struct capability who)
{
	unsigned i = 0;

	if (w->transaction != t->id) {
		w->transaction = t->id;
		w->nforwarded = 0;
	}
	while (i < w->nforwarded && !same_access(&w->forwarded[i], a))
		i++;
	if (i == WRAPPER_FORWARDED)
		return false;
	w->forwarded[i] = (struct forwarded){.op = a->op, .size = a->size, .offset = a->offset, .who = who};
	if (i == w->nforwarded)
		w->nforwarded++;
	return true;
}

enum verdict wrapper_admit(struct keeper *k, const struct transaction *t, const struct access *a, struct answer *answer)
{
	struct wrapper *w = (struct wrapper *)k;
	struct capability who = cap_null;
	enum verdict v = ask_admit(inner_of(w), t, a, answer, &who);
	bool forwarded = who.type != CAP_ENTRY || who.object.keeper != w->inner;

	if (v != VERDICT_DONE && v != VERDICT_STEP)
		return v;
	/* also when an earlier, equal access of this transaction was forwarded and this one is not */
	if ((forwarded || find_forwarded(w, t, a)) && !note_forwarded(w, t, a, who))
		return keeper_refuse_beyond(answer);
	return v;
}

void wrapper_load(struct keeper *k, const struct transaction *t, struct access *a)
{
	ask_load(wrapper_who((struct wrapper *)k, t, a), t, a);
}

void wrapper_store(struct keeper *k, const struct transaction *t, const struct access *a)
{
	struct access inner = *a; /* before was filled, where it can be, by the ask_store that called this */

	ask_store(wrapper_who((struct wrapper *)k, t, a), t, &inner);
}

void wrapper_complete(struct keeper *k, const struct transaction *t, const struct access *a)
{
	ask_complete(wrapper_who((struct wrapper *)k, t, a), t, a);
}

/* The inner keeper is told of its own together, whoever was forwarded to of each by itself. */
enum stepped wrapper_stepped(struct keeper *k, const struct transaction *t, const struct access *const *accesses,
			     unsigned n)
{
	const struct wrapper *w = (struct wrapper *)k;
	const struct access *own[STEPPED_MAX];
	unsigned nown = 0;

	for (unsigned i = 0; i < n; i++) {
		struct capability who = wrapper_who(w, t, accesses[i]);

		if (who.type == CAP_ENTRY && who.object.keeper == w->inner)
			own[nown++] = accesses[i];
		else if (ask_stepped(who, t, &accesses[i], 1) == STEPPED_UNDO)
			return STEPPED_UNDO;
	}
	return ask_stepped(inner_of(w), t, own, nown);
}

bool wrapper_peek(struct keeper *k, uint64_t offset, uint8_t size, uint8_t *out)
{
	return ask_peek(inner_of((struct wrapper *)k), offset, size, out);
}

void wrapper_free(struct keeper *k)
{
	struct wrapper *w = (struct wrapper *)k;

	keeper_free(w->inner);
	free(w);
}
