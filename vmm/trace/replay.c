#include "vmm/trace/replay.h"

#include "capmodel/bytes.h"
#include "vmm/trace/export/format.h"
#include "vmm/trace/replay_source.h"

#include <stdlib.h>
#include <string.h>

/* What the guest did, where it differs. */
struct made {
	enum access_op op;
	uint8_t size;
	uint64_t gpa, rip;
	bool has_value;
	uint8_t value[ACCESS_SIZE_MAX];
};

struct replay {
	struct replay_source source;
	const char *path;
	uint64_t transaction; /* of the group */
	bool begun; /* there was one */
	bool differs; /* it does; when it is complete, the replay ends */
	uint64_t count;
	bool ended; /* how: */
	enum replay_end end;
	const char *what; /* differs */
	bool has_then, has_now;
	struct trace_record then;
	struct made now;
};

struct replayed {
	struct keeper keeper;
	struct replay *replay;
	uint64_t start, size;
	uint8_t *bytes;
};

/* --- what differs ------------------------------------------------------------------------ */

/* *a is not what comes next: then is, or nothing. It counts when the access is complete. stores: after is known. */
static void differs(struct replay *r, const struct transaction *t, const struct access *a, uint64_t gpa,
		    const struct trace_record *then, const char *what, bool stores)
{
	if (r->differs)
		return;
	r->differs = true;
	r->what = what;
	r->has_then = then != NULL;
	if (then)
		r->then = *then;
	r->has_now = true;
	r->now = (struct made){.op = a->op, .size = a->size, .gpa = gpa, .rip = t->rip};
	r->now.has_value = stores;
	if (stores)
		memcpy(r->now.value, a->after, a->size);
}

static const char *difference(const struct trace_record *then, const struct transaction *t, const struct access *a,
			      uint64_t gpa)
{
	if (then->rip != t->rip)
		return "another instruction";
	if (then->gpa != gpa)
		return "another address";
	if (then->size != a->size)
		return "another size";
	return "another direction";
}

/* The record of this access, which is taken; or NULL: there is none. */
static const struct trace_record *take(struct replay *r, const struct transaction *t, const struct access *a,
				       uint64_t gpa)
{
	struct replay_source *s = &r->source;
	const struct trace_record *first;
	int found;

	if (r->ended)
		return NULL;
	if (!r->begun || r->transaction != t->id) {
		replay_source_turn(s);
		r->differs = false;
	}
	r->begun = true;
	r->transaction = t->id;
	first = replay_source_first(s);
	found = replay_source_find(s, USE_FREE, a->op, gpa, a->size);
	if (found < 0 || s->group[found].rip != t->rip) {
		differs(r, t, a, gpa, first, first ? difference(first, t, a, gpa) : "", a->op == ACCESS_STORE);
		return NULL;
	}
	s->uses[found] = USE_TAKEN;
	return &s->group[found];
}

/* --- the keeper ---------------------------------------------------------------------------- */

static enum verdict replayed_admit(struct keeper *k, const struct transaction *t, const struct access *a,
				   struct answer *answer)
{
	const struct replayed *p = (struct replayed *)k;

	(void)t;
	if (a->offset <= p->size && a->size <= p->size - a->offset)
		return VERDICT_DONE;
	answer->fault = (struct fault){.vector = 13, .has_error = true};
	return VERDICT_DENY;
}

static void replayed_load(struct keeper *k, const struct transaction *t, struct access *a)
{
	struct replayed *p = (struct replayed *)k;
	const struct trace_record *then = take(p->replay, t, a, p->start + a->offset);

	if (then && (then->flags & TRACE_BEFORE))
		bytes_store(p->bytes + a->offset, then->before, a->size);
	bytes_load(a->before, p->bytes + a->offset, a->size);
}

/* The record of a read-modify-write was taken at its load. */
static const struct trace_record *taken(const struct replay *r, const struct access *a, uint64_t gpa)
{
	int found = replay_source_find(&r->source, USE_TAKEN, a->op, gpa, a->size);

	return r->ended || found < 0 ? NULL : &r->source.group[found];
}

static void replayed_store(struct keeper *k, const struct transaction *t, const struct access *a)
{
	struct replayed *p = (struct replayed *)k;
	uint64_t gpa = p->start + a->offset;
	const struct trace_record *then = a->op == ACCESS_RMW ? taken(p->replay, a, gpa) : take(p->replay, t, a, gpa);

	if (then && (then->flags & TRACE_AFTER) && memcmp(then->after, a->after, a->size) != 0)
		differs(p->replay, t, a, gpa, then, "another value stored", true);
	bytes_store(p->bytes + a->offset, a->after, a->size);
}

static void replayed_complete(struct keeper *k, const struct transaction *t, const struct access *a)
{
	const struct replayed *p = (struct replayed *)k;
	struct replay *r = p->replay;
	int found;

	if (r->ended || t->id != r->transaction)
		return;
	if (r->differs) {
		r->ended = true;
		r->end = r->has_then ? REPLAY_DIFFERS : r->source.why;
		if (t->witness && t->witness->stop)
			t->witness->stop(t, "the replay ends here");
		return;
	}
	found = replay_source_find(&r->source, USE_TAKEN, a->op, p->start + a->offset, a->size);
	if (found < 0)
		return;
	r->source.uses[found] = USE_DONE;
	r->count++;
}

static bool replayed_peek(struct keeper *k, uint64_t offset, uint8_t size, uint8_t *out)
{
	const struct replayed *p = (struct replayed *)k;

	if (offset > p->size || size > p->size - offset)
		return false;
	bytes_load(out, p->bytes + offset, size);
	return true;
}

static void replayed_free(struct keeper *k)
{
	free(k);
}

static const struct keeper_ops replayed_ops = {
	.name = "replay",
	.admit = replayed_admit,
	.load = replayed_load,
	.store = replayed_store,
	.complete = replayed_complete,
	.peek = replayed_peek,
	.free = replayed_free,
};

struct keeper *replay_keeper(struct replay *r, uint64_t start, uint8_t *bytes, uint64_t size)
{
	struct replayed *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	keeper_init(&p->keeper, &replayed_ops);
	strcpy(p->keeper.spec, "replay");
	p->replay = r;
	p->start = start;
	p->bytes = bytes;
	p->size = size;
	return &p->keeper;
}

/* --- the whole ------------------------------------------------------------------------------ */

struct replay *replay_open(const char *path, struct error *e)
{
	struct replay *r = calloc(1, sizeof(*r));

	if (!r) {
		error_set(e, STATUS_HOST, "out of memory");
		return NULL;
	}
	r->path = path;
	if (replay_source_open(&r->source, path, e) == 0)
		return r;
	free(r);
	return NULL;
}

void replay_close(struct replay *r)
{
	if (!r)
		return;
	replay_source_close(&r->source);
	free(r);
}

unsigned replay_ranges(const struct replay *r, struct replay_range *out, unsigned max)
{
	for (unsigned i = 0; i < r->source.nranges && i < max; i++)
		out[i] = r->source.ranges[i];
	return r->source.nranges;
}

uint64_t replay_count(const struct replay *r)
{
	return r->count;
}

enum replay_end replay_end(struct replay *r)
{
	const struct trace_record *first;

	if (r->ended)
		return r->end;
	r->ended = true;
	replay_source_turn(&r->source);
	first = replay_source_first(&r->source);
	r->has_now = false;
	r->has_then = first != NULL;
	if (first)
		r->then = *first;
	r->end = first ? REPLAY_SHORT : REPLAY_SAME;
	if (!first && (r->source.why == REPLAY_BAD || r->source.why == REPLAY_GAP))
		r->end = r->source.why;
	return r->end;
}

static void put_then(const struct trace_record *then, FILE *out)
{
	char value[EXPORT_VALUE_TEXT] = "";

	if (then->flags & TRACE_AFTER)
		export_value_text(then->after, then->size, value);
	fprintf(out, "\tthe trace, sequence %llu: rip 0x%llx, %s of %u at gpa 0x%llx%s%s\n",
		(unsigned long long)then->sequence, (unsigned long long)then->rip, trace_kind_name(then->kind),
		then->size, (unsigned long long)then->gpa, value[0] ? ", stored " : "", value);
}

static void put_now(const struct made *now, FILE *out)
{
	static const char *const names[] = {[ACCESS_LOAD] = "load", [ACCESS_STORE] = "store", [ACCESS_RMW] = "rmw"};
	char value[EXPORT_VALUE_TEXT] = "";

	if (now->has_value)
		export_value_text(now->value, now->size, value);
	fprintf(out, "\tthe guest: rip 0x%llx, %s of %u at gpa 0x%llx%s%s\n", (unsigned long long)now->rip,
		names[now->op], now->size, (unsigned long long)now->gpa, value[0] ? ", stored " : "", value);
}

static void put_end(const struct replay *r, FILE *out)
{
	unsigned long long count = r->count;

	switch (r->end) {
	case REPLAY_SAME:
		fprintf(out, "%llu accesses as in %s, to its end\n", count, r->path);
		return;
	case REPLAY_DIFFERS:
		fprintf(out, "after %llu accesses as in %s: %s\n", count, r->path, r->what);
		return;
	case REPLAY_SHORT:
		fprintf(out, "%llu accesses as in %s; the guest ended before it\n", count, r->path);
		return;
	case REPLAY_MORE:
		fprintf(out, "%llu accesses as in %s, to its end; the guest goes on\n", count, r->path);
		return;
	case REPLAY_CUT:
		fprintf(out, "%llu accesses as in %s, to where its recording was ended\n", count, r->path);
		return;
	case REPLAY_GAP:
	case REPLAY_BAD:
		break;
	}
	fprintf(out, "%llu accesses as in %s; then: %s\n", count, r->path, r->source.error.text);
}

void replay_report(const struct replay *r, FILE *out)
{
	fputs("lodestore: ", out);
	put_end(r, out);
	if (r->has_then)
		put_then(&r->then, out);
	if (r->has_now)
		put_now(&r->now, out);
}
