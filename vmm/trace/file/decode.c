#include "vmm/trace/file/decode_state.h"

#include <stdlib.h>

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

void trace_decoder_begin(struct trace_decoder *d, const struct block *b, const uint8_t *payload)
{
	struct bytes_in in = {.at = payload, .end = payload + b->raw};
	const uint8_t *sizes = bytes_take(&in, 4 * VALUES);

	d->payload = payload;
	d->left = b->records;
	d->sequence = b->sequence;
	d->time_bits = b->time_bits;
	d->streams = false;
	predict_begin(&d->predict, b->tsc >> b->time_bits);
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

/* --- rows ------------------------------------------------------------------------------------ */

/* A number of so many bytes. */
static inline uint64_t take_short(struct bytes_in *in, unsigned length)
{
	uint64_t value = 0;

	if (bytes_left(in) >= 8) {
		value = bytes_get64(in->at) & (length < 8 ? (1ull << 8 * length) - 1 : ~0ull);
		in->at += length;
	} else {
		decode_bytes(in, &value, length);
	}
	return value;
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
			why = decode_site(d);
		id = id ? id - 1 : p->sites - 1;
	}
	if (why)
		return why;
	if (id >= p->sites)
		return "a site that was not defined";
	predict_is_site(p, follower, (uint32_t)id);
	return NULL;
}

static const char *take_words(struct trace_decoder *d, struct trace_record *r, struct site *s, uint8_t control)
{
	struct predict *p = &d->predict;
	struct remembered m = predict_memory(p, s, r->gpa);
	uint64_t before = 0, after;

	if ((control & 15) > 8 || control >> 4 > ROW_LOADED)
		return "a value of more than 8 bytes";
	if (s->flags & TRACE_BEFORE) {
		before = predict_before(&m, s) + bytes_unzigzag(take_short(&d->in[VALUES], control & 15));
		before &= s->mask;
		memcpy(r->before, &before, 8);
		s->before = before;
		if (s->kind != TRACE_STORE)
			p->loaded = before;
	}
	if (s->flags & TRACE_AFTER) {
		if (control >> 4 == ROW_LOADED)
			after = p->loaded;
		else
			after = predict_after(s, before) + bytes_unzigzag(take_short(&d->in[VALUES], control >> 4));
		after &= s->mask;
		memcpy(r->after, &after, 8);
		predict_is_after(s, before, after);
		before = after;
	}
	predict_is_word(&m, s, before);
	return NULL;
}

static const char *take_wide(struct trace_decoder *d, struct trace_record *r, const struct site *s, uint8_t control)
{
	struct remembered m = predict_memory(&d->predict, s, r->gpa);

	if (s->flags & TRACE_BEFORE) {
		if ((control & 15) == ROW_WHOLE)
			decode_bytes(&d->in[VALUES], r->before, s->size);
		else if (!(control & 15) && m.all)
			memcpy(r->before, m.at, s->size);
		else
			return "a value that is not known";
	}
	if (s->flags & TRACE_BEFORE && s->kind != TRACE_STORE)
		memcpy(d->predict.wide, r->before, s->size);
	if (s->flags & TRACE_AFTER) {
		if (control >> 4 == ROW_WHOLE)
			decode_bytes(&d->in[VALUES], r->after, s->size);
		else if (control >> 4 == ROW_LOADED)
			memcpy(r->after, d->predict.wide, s->size);
		else
			return "a value that is not known";
	}
	predict_is_bytes(&m, s, s->flags & TRACE_AFTER ? r->after : r->before);
	return NULL;
}

static const char *take_address(struct trace_decoder *d, const struct site *s, unsigned nibble, uint64_t *address)
{
	const struct predict *p = &d->predict;

	if (nibble <= 8)
		*address = s->address + s->stride + bytes_unzigzag(take_short(&d->in[ADDRESSES], nibble));
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
		why = decode_context(d);
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
	const char *why = row == ROW_PLAIN ? decode_plain(d, r) : take_row(d, r, row);

	if (row != ROW_PLAIN && !why) {
		d->predict.time += d->predict.site->step;
		predict_is_step(&d->predict, d->predict.site, (int64_t)step);
	}
	d->predict.time += step;
	r->tsc = d->predict.time << d->time_bits;
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
