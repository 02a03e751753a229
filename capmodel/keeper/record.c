#include "capmodel/keeper/record.h"

#include "capmodel/keeper/wrapper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct record {
	struct wrapper wrapper;
	char answerer[32]; /* the name of the innermost keeper */
};

static void tell(const struct transaction *t, const struct access *a, const char *keeper, enum verdict v)
{
	if (t->witness && t->witness->record)
		t->witness->record(t, a, keeper, (uint8_t)v);
}

static enum verdict record_admit(struct keeper *k, const struct transaction *t, const struct access *a,
				 struct answer *answer)
{
	struct record *r = (struct record *)k;
	enum verdict v = wrapper_admit(k, t, a, answer);

	if (v == VERDICT_DENY || v == VERDICT_MAP)
		tell(t, a, r->answerer, v);
	return v;
}

static void record_complete(struct keeper *k, const struct transaction *t, const struct access *a)
{
	struct record *r = (struct record *)k;

	wrapper_complete(k, t, a);
	tell(t, a, wrapper_answerer(&r->wrapper, t, a), VERDICT_DONE);
}

static const struct keeper_ops record_ops = {
	.name = "record",
	.admit = record_admit,
	.load = wrapper_load,
	.store = wrapper_store,
	.complete = record_complete,
	.stepped = wrapper_stepped,
	.peek = wrapper_peek,
	.free = wrapper_free,
};

/* The name of the last item: "memory" of "log:memory,map=3". */
static void innermost(const char *spec, char name[32])
{
	const char *last = strrchr(spec, ':');
	size_t length;

	last = last ? last + 1 : spec;
	length = strcspn(last, ",");
	snprintf(name, 32, "%.*s", (int)(length < 31 ? length : 31), last);
}

struct keeper *record_wrap(struct keeper *inner)
{
	struct record *r = malloc(sizeof(*r));
	struct keeper_args args = {.inner = inner};

	if (!r)
		return NULL;
	innermost(inner->spec, r->answerer);
	args.answerer = r->answerer;
	wrapper_init(&r->wrapper, &record_ops, &args);
	snprintf(r->wrapper.keeper.spec, sizeof(r->wrapper.keeper.spec), "record:%.*s",
		 (int)(sizeof(r->wrapper.keeper.spec) - sizeof("record:")), inner->spec);
	return &r->wrapper.keeper;
}
