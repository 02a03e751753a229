/*
 * decode_rare.c: what a frame says once: sites, contexts, names; and records in full.
 */
#include "vmm/trace/file/decode_state.h"

/* The id of a name in *id, 0: none. */
static const char *take_name(struct trace_decoder *d, uint16_t *id)
{
	uint64_t size = bytes_take_varint(&d->in[ROWS]);
	const uint8_t *at;

	*id = 0;
	if (!size)
		return NULL;
	at = bytes_take(&d->in[ROWS], size - 1);
	if (!at)
		return CUT_SHORT;
	if (size - 1 > NAMES_SIZE)
		return "a keeper's name longer than there is";
	*id = (uint16_t)names_id(&d->names, (const char *)at, size - 1);
	return *id ? NULL : "more keepers than there can be";
}

/* --- records in full ---------------------------------------------------------------------- */

static const char *take_fixed(struct bytes_in *in, struct trace_record *r)
{
	const uint8_t *fixed = bytes_take(in, 10);

	if (!fixed)
		return CUT_SHORT;
	if (fixed[0] >= TRACE_KINDS)
		return "a record of an unknown kind";
	r->kind = (enum trace_kind)fixed[0];
	r->flags = fixed[1];
	r->size = fixed[2];
	r->part = fixed[3];
	r->parts = fixed[4];
	r->bits = fixed[5];
	r->verdict = fixed[6];
	r->code_size = fixed[7];
	r->vcpu = fixed[8];
	r->cpl = fixed[9];
	return r->size > TRACE_VALUE_MAX || r->code_size > TRACE_CODE_MAX ? "a size that cannot be" : NULL;
}

static const char *take_marker(struct bytes_in *in, struct trace_record *r, uint64_t text, uint64_t bytes)
{
	const uint8_t *at = text ? bytes_take(in, text) : NULL;

	if (at && (at[text - 1] || memchr(at, 0, text - 1)))
		return "a text that is none";
	r->text = (const char *)at;
	r->bytes = bytes ? bytes_take(in, bytes) : NULL;
	r->nbytes = (uint32_t)bytes;
	return in->bad ? CUT_SHORT : NULL;
}

const char *decode_plain(struct trace_decoder *d, struct trace_record *r)
{
	struct bytes_in *in = &d->in[ROWS];
	const char *why = take_fixed(in, r);
	uint64_t repetition, text, bytes;
	uint16_t keeper;

	if (why)
		return why;
	r->rip = bytes_take_varint(in);
	r->linear = bytes_take_varint(in);
	r->gpa = bytes_take_varint(in);
	r->cr3 = bytes_take_varint(in);
	r->badge = bytes_take_varint(in);
	r->count = bytes_take_varint(in);
	repetition = bytes_take_varint(in);
	text = bytes_take_varint(in);
	bytes = bytes_take_varint(in);
	if (repetition > UINT32_MAX || text > TRACE_BYTES_MAX || bytes > TRACE_BYTES_MAX)
		return "a repetition, text or initial bytes longer than there is";
	r->repetition = (uint32_t)repetition;
	decode_bytes(in, r->code, r->code_size);
	why = take_name(d, &keeper);
	r->keeper = d->names.all[keeper];
	if (why)
		return why;
	if (r->flags & TRACE_BEFORE)
		decode_bytes(in, r->before, r->size);
	if (r->flags & TRACE_AFTER)
		decode_bytes(in, r->after, r->size);
	return take_marker(in, r, text, bytes);
}

/* --- sites ---------------------------------------------------------------------------------- */

static const char *take_instruction(struct bytes_in *in, struct site *s, const struct site *last)
{
	uint8_t known = bytes_take8(in);

	if (known > 1 || (known && !last))
		return "the instruction of a site before the first";
	if (known) {
		s->rip = last->rip;
		s->bits = last->bits;
		s->code_size = last->code_size;
		memcpy(s->code, last->code, sizeof(s->code));
		return NULL;
	}
	s->bits = bytes_take8(in);
	s->rip = (last ? last->rip : 0) + bytes_unzigzag(bytes_take_varint(in));
	s->code_size = bytes_take8(in);
	if (s->code_size > TRACE_CODE_MAX)
		return "an instruction longer than there is";
	decode_bytes(in, s->code, s->code_size);
	return NULL;
}

const char *decode_site(struct trace_decoder *d)
{
	struct predict *p = &d->predict;
	struct bytes_in *in = &d->in[ROWS];
	struct site *s = &p->all[p->sites];
	const uint8_t *fixed = bytes_take(in, 8);
	const char *why;

	if (!fixed)
		return CUT_SHORT;
	if (p->sites == PREDICT_SITES)
		return "more sites than there can be";
	memset(s, 0, sizeof(*s));
	s->kind = fixed[0];
	s->flags = fixed[1];
	s->size = fixed[2];
	s->part = fixed[3];
	s->parts = fixed[4];
	s->verdict = fixed[5];
	s->vcpu = fixed[6];
	s->cpl = fixed[7];
	if (s->kind > TRACE_FETCH || !s->size || s->size > TRACE_VALUE_MAX || s->flags & TRACE_IN_RUN)
		return "a site of no access";
	why = take_name(d, &s->keeper);
	if (!why)
		why = take_instruction(in, s, p->site);
	if (why)
		return why;
	predict_new_site(p, s);
	p->sites++;
	return NULL;
}

const char *decode_context(struct trace_decoder *d)
{
	struct predict *p = &d->predict;
	struct bytes_in *in = &d->in[ROWS];
	uint64_t id = bytes_take_varint(in);

	if (id > p->contexts)
		return "a context that was not defined";
	if (!id && p->contexts == PREDICT_CONTEXTS)
		return "more contexts than there can be";
	if (!id) {
		p->context[p->contexts].cr3 = bytes_take_varint(in);
		p->context[p->contexts].badge = bytes_take_varint(in);
		id = ++p->contexts;
	}
	p->site->context = (uint32_t)id - 1;
	return NULL;
}
