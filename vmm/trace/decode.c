#include "vmm/trace/decode.h"

#include "vmm/trace/bytes.h"
#include "vmm/trace/names.h"
#include "vmm/trace/predict.h"

#include <stdlib.h>

#define CUT_SHORT "it ends within a record"

enum stream {
	ROWS,
	TIMES,
	VALUES,
	STREAMS,
};

struct trace_decoder {
	const uint8_t *payload;
	struct bytes_in in[STREAMS];
	bool streams; /* the payload has them */
	uint32_t left;
	uint64_t sequence;
	struct names names;
	struct predict predict;
};

struct trace_decoder *trace_decoder_new(void)
{
	struct trace_decoder *d = calloc(1, sizeof(*d));

	if (d)
		names_init(&d->names);
	return d;
}

void trace_decoder_free(struct trace_decoder *d)
{
	if (!d)
		return;
	names_free(&d->names);
	free(d);
}

void trace_decoder_begin(struct trace_decoder *d, const uint8_t *payload, uint32_t size, uint32_t records,
			 uint64_t sequence, uint64_t tsc)
{
	struct bytes_in in = {.at = payload, .end = payload + size};
	const uint8_t *sizes = bytes_take(&in, 8);

	d->payload = payload;
	d->left = records;
	d->sequence = sequence;
	d->streams = false;
	predict_begin(&d->predict, tsc);
	for (unsigned i = 0; sizes && i < STREAMS; i++) {
		size_t n = i < VALUES ? bytes_get32(sizes + (size_t)4 * i) : bytes_left(&in);
		const uint8_t *at = bytes_take(&in, n);

		if (!at)
			return;
		d->in[i] = (struct bytes_in){.at = at, .end = at + n};
	}
	d->streams = sizes;
}

uint32_t trace_decoder_at(const struct trace_decoder *d)
{
	return d->streams ? (uint32_t)(d->in[ROWS].at - d->payload) : 0;
}

static void take(struct bytes_in *in, void *to, size_t n)
{
	const uint8_t *from = bytes_take(in, n);

	if (from)
		memcpy(to, from, n);
}

/* A number of so many bytes. */
static inline uint64_t take_short(struct bytes_in *in, unsigned length)
{
	uint64_t value = 0;

	if (bytes_left(in) >= 8) {
		value = bytes_get64(in->at) & (length < 8 ? (1ull << 8 * length) - 1 : ~0ull);
		in->at += length;
	} else {
		take(in, &value, length);
	}
	return value;
}

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

static const char *take_plain(struct trace_decoder *d, struct trace_record *r)
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
	take(in, r->code, r->code_size);
	why = take_name(d, &keeper);
	r->keeper = d->names.all[keeper];
	if (why)
		return why;
	if (r->flags & TRACE_BEFORE)
		take(in, r->before, r->size);
	if (r->flags & TRACE_AFTER)
		take(in, r->after, r->size);
	return take_marker(in, r, text, bytes);
}

/* --- sites ---------------------------------------------------------------------------------- */

static const char *take_instruction(struct bytes_in *in, struct site *s, const struct site *last, uint8_t bits)
{
	if (!bits && !last)
		return "the instruction of a site before the first";
	if (!bits) {
		s->rip = last->rip;
		s->bits = last->bits;
		s->code_size = last->code_size;
		memcpy(s->code, last->code, sizeof(s->code));
		return NULL;
	}
	s->bits = bits;
	s->rip = (last ? last->rip : 0) + bytes_unzigzag(bytes_take_varint(in));
	s->code_size = bytes_take8(in);
	if (s->code_size > TRACE_CODE_MAX)
		return "an instruction longer than there is";
	take(in, s->code, s->code_size);
	return NULL;
}

static const char *define_site(struct trace_decoder *d)
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
		why = take_instruction(in, s, p->site, bytes_take8(in));
	if (why)
		return why;
	predict_new_site(p, s);
	p->sites++;
	return NULL;
}

static const char *take_site(struct trace_decoder *d, uint8_t row)
{
	struct predict *p = &d->predict;
	uint16_t *follower = predict_follower(p);
	uint64_t id = *follower;
	const char *why = NULL;

	if (row & ROW_SITE) {
		id = bytes_take_varint(&d->in[ROWS]);
		if (!id)
			why = define_site(d);
		id = id ? id - 1 : p->sites - 1;
	}
	if (why)
		return why;
	if (id >= p->sites)
		return "a site that was not defined";
	predict_is_site(p, follower, (uint32_t)id);
	return NULL;
}

static const char *take_context(struct trace_decoder *d)
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

/* --- rows ------------------------------------------------------------------------------------ */

static const char *take_words(struct trace_decoder *d, struct trace_record *r, struct site *s, uint8_t control)
{
	struct predict *p = &d->predict;
	struct line *l = predict_line(p, r->gpa);
	uint64_t before = 0, after;

	if ((control & 15) > 8 || control >> 4 > 8)
		return "a value of more than 8 bytes";
	if (s->flags & TRACE_BEFORE) {
		before = predict_before(l, s, r->gpa) + bytes_unzigzag(take_short(&d->in[VALUES], control & 15));
		before &= s->mask;
		memcpy(r->before, &before, 8);
		s->before = before;
		if (s->kind != TRACE_STORE)
			p->loaded = before;
	}
	if (s->flags & TRACE_AFTER) {
		after = predict_after(s, before) + bytes_unzigzag(take_short(&d->in[VALUES], control >> 4));
		after &= s->mask;
		memcpy(r->after, &after, 8);
		predict_is_after(s, before, after);
		before = after;
	}
	predict_is_word(l, s, r->gpa, before);
	return NULL;
}

static const char *take_wide(struct trace_decoder *d, struct trace_record *r, const struct site *s, uint8_t control)
{
	struct line *l = predict_line(&d->predict, r->gpa);

	if (s->flags & TRACE_BEFORE) {
		if ((control & 15) == ROW_WHOLE)
			take(&d->in[VALUES], r->before, s->size);
		else if (!(control & 15) && predict_knows(l, s, r->gpa))
			memcpy(r->before, l->bytes + (r->gpa & 63), s->size);
		else
			return "a value that is not known";
	}
	if (s->flags & TRACE_AFTER) {
		if (control >> 4 == ROW_WHOLE)
			take(&d->in[VALUES], r->after, s->size);
		else if (s->flags & TRACE_BEFORE && !(control >> 4))
			memcpy(r->after, r->before, s->size);
		else
			return "a value that is not known";
	}
	predict_is_bytes(l, s, r->gpa, s->flags & TRACE_AFTER ? r->after : r->before);
	return NULL;
}

static const char *take_address(struct trace_decoder *d, const struct site *s, unsigned nibble, uint64_t *address)
{
	const struct predict *p = &d->predict;

	if (nibble <= 8)
		*address = s->address + s->stride + bytes_unzigzag(take_short(&d->in[ROWS], nibble));
	else if (nibble == ROW_NEAR)
		*address = p->address + s->near_by;
	else if (nibble == ROW_LOADED)
		*address = p->loaded + s->loaded_by;
	else
		return "a row of no kind";
	return NULL;
}

/* What all accesses of the site have in common, and the row has not said. */
static void fill_fixed(const struct trace_decoder *d, const struct site *s, uint8_t row, struct trace_record *r)
{
	r->kind = (enum trace_kind)s->kind;
	r->flags = s->flags | (row & ROW_IN_RUN ? TRACE_IN_RUN : 0);
	r->size = s->size;
	r->part = s->part;
	r->parts = s->parts;
	r->vcpu = s->vcpu;
	r->cpl = s->cpl;
	r->bits = s->bits;
	r->verdict = s->verdict;
	r->code_size = s->code_size;
	memcpy(r->code, s->code, TRACE_CODE_MAX);
	r->rip = s->rip;
	r->keeper = d->names.all[s->keeper];
	r->cr3 = d->predict.context[s->context].cr3;
	r->badge = d->predict.context[s->context].badge;
}

/* What the row says besides: the context, and *more with gpa's and the repetition's difference. */
static const char *take_more(struct trace_decoder *d, uint8_t row, uint64_t *offset, uint64_t *repetition)
{
	struct bytes_in *in = &d->in[ROWS];
	struct site *s = d->predict.site;
	uint8_t more = row & ROW_MORE ? bytes_take8(in) : 0;
	const char *why = NULL;

	*offset = 0;
	*repetition = predict_repetition(s);
	if (more & ROW_CONTEXT)
		why = take_context(d);
	if (more & ROW_GPA)
		*offset = bytes_unzigzag(bytes_take_varint(in));
	if (more & ROW_REPETITION)
		*repetition = bytes_take_varint(in);
	if (more & (uint8_t) ~(ROW_CONTEXT | ROW_GPA | ROW_REPETITION))
		why = "a row that says what is not known";
	if (why)
		return why;
	return *repetition > UINT32_MAX ? "a repetition that cannot be" : NULL;
}

static const char *take_row(struct trace_decoder *d, struct trace_record *r, uint8_t row)
{
	struct predict *p = &d->predict;
	uint64_t address, offset, repetition;
	const char *why = row & ROW_UNKNOWN ? "a row of no kind" : take_site(d, row);
	struct site *s = p->site;
	uint8_t control;

	if (!why)
		why = take_more(d, row, &offset, &repetition);
	if (!why)
		why = take_address(d, s, row & ROW_ADDRESS, &address);
	if (why)
		return why;
	if (!(s->flags & TRACE_PHYSICAL)) {
		struct page_entry *page = predict_page(p, s, address);
		uint64_t tag = predict_page_tag(s, address);

		offset += page->tag == tag ? page->offset : p->offset;
		predict_is_offset(p, page, tag, offset);
	}
	fill_fixed(d, s, row, r);
	r->linear = s->flags & TRACE_PHYSICAL ? 0 : address;
	r->gpa = address + offset;
	r->repetition = (uint32_t)repetition;
	predict_is_repetition(s, r->repetition);
	predict_is_address(p, s, address);
	if (!(s->flags & (TRACE_BEFORE | TRACE_AFTER)))
		return NULL;
	control = bytes_take8(&d->in[ROWS]);
	return s->size <= 8 ? take_words(d, r, s, control) : take_wide(d, r, s, control);
}

static const char *take_record(struct trace_decoder *d, struct trace_record *r)
{
	uint8_t row = bytes_take8(&d->in[ROWS]);
	uint64_t step = bytes_unzigzag(bytes_take_varint(&d->in[TIMES]));
	const char *why = row == ROW_PLAIN ? take_plain(d, r) : take_row(d, r, row);

	if (row != ROW_PLAIN && !why) {
		d->predict.tsc += d->predict.site->step;
		predict_is_step(&d->predict, d->predict.site, (int64_t)step);
	}
	d->predict.tsc += step;
	r->tsc = d->predict.tsc;
	for (unsigned i = 0; i < STREAMS && !why; i++)
		why = d->in[i].bad ? CUT_SHORT : NULL;
	return why;
}

static const char *at_end(const struct trace_decoder *d)
{
	for (unsigned i = 0; i < STREAMS; i++)
		if (bytes_left(&d->in[i]))
			return "it goes on after its last record";
	return NULL;
}

int trace_decoder_next(struct trace_decoder *d, struct trace_record *r, const char **why)
{
	if (!d->streams) {
		*why = "streams longer than it";
		return -1;
	}
	if (!d->left) {
		*why = at_end(d);
		return *why ? -1 : 0;
	}
	memset(r, 0, sizeof(*r));
	*why = take_record(d, r);
	if (*why)
		return -1;
	r->sequence = d->sequence++;
	d->left--;
	return 1;
}
