/* verify_value.c: is each byte what was left there? */
#include "vmm/trace/read/verify_state.h"

#include "capmodel/keeper.h"

#include <string.h>

/* Others answer as they like; these answer with what was stored. */
static bool is_memory(const struct trace_record *r)
{
	return r->keeper && strcmp(r->keeper, "memory") == 0;
}

static bool has_happened(const struct trace_record *r)
{
	return r->verdict != VERDICT_DENY && r->verdict != VERDICT_MAP;
}

/* Held back: only the foot says whether every store was recorded. */
static void mismatch(struct verify *v, const struct trace_record *r, unsigned at, const struct shadow_byte *byte)
{
	uint64_t n = v->violations[VERIFY_VALUE]++;

	if (n >= VERIFY_SHOWN)
		return;
	v->value_seq[n] = r->sequence;
	snprintf(v->value_text[n], sizeof(v->value_text[n]),
		 "%s at gpa 0x%llx finds 0x%02x, where record %llu left 0x%02x", trace_kind_name(r->kind),
		 (unsigned long long)r->gpa + at, r->before[at], (unsigned long long)byte->sequence, byte->value);
}

/* Is what it found what was left? Its first byte that is not is told. */
static bool compare(struct verify *v, const struct trace_record *r)
{
	bool compared = false;

	for (unsigned i = 0; i < r->size; i++) {
		struct shadow_byte byte;

		if (!shadow_get(v->shadow, r->gpa + i, &byte))
			continue;
		compared = true;
		if (byte.value != r->before[i]) {
			mismatch(v, r, i, &byte);
			break;
		}
	}
	return compared;
}

static void chain(struct verify *v, const struct trace_record *r)
{
	bool reads = r->kind == TRACE_LOAD || r->kind == TRACE_FETCH;
	bool compared = (r->flags & TRACE_BEFORE) && compare(v, r);

	if (compared)
		v->chained++;
	else
		v->unchained++;
	if (reads && (r->flags & TRACE_BEFORE) && !(r->flags & TRACE_STEPPED))
		shadow_set(v->shadow, r->gpa, r->before, r->size, r->sequence);
	else if (!reads && (r->flags & TRACE_AFTER))
		shadow_set(v->shadow, r->gpa, r->after, r->size, r->sequence);
	else if (!reads)
		shadow_forget(v->shadow, r->gpa, r->size);
}

void verify_value(struct verify *v, const struct trace_record *r)
{
	switch (r->kind) {
	case TRACE_LOAD:
	case TRACE_STORE:
	case TRACE_RMW:
	case TRACE_FETCH:
		if (!has_happened(r))
			return;
		if (is_memory(r))
			chain(v, r);
		else
			v->unchained++;
		return;
	case TRACE_ARMED:
		shadow_arm(v->shadow, r->gpa, r->count, r->bytes, r->bytes ? r->nbytes : 0, r->sequence);
		return;
	case TRACE_DISARMED:
	case TRACE_MAPPED:
		shadow_disarm(v->shadow, r->gpa, r->count);
		return;
	case TRACE_WRITTEN:
		if (r->bytes)
			shadow_set(v->shadow, r->gpa, r->bytes, r->nbytes, r->sequence);
		else
			shadow_forget(v->shadow, r->gpa, r->count);
		return;
	case TRACE_RESET:
	case TRACE_LOST:
		shadow_forget_all(v->shadow);
		return;
	case TRACE_MARK:
	case TRACE_KINDS:
		return;
	}
}
