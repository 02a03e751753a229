#include "vmm/trace/file/encode_state.h"

#include <stdlib.h>

struct trace_encoder *trace_encoder_new(const struct names *names, unsigned time_bits)
{
	struct trace_encoder *c = malloc(sizeof(*c));

	if (!c)
		return NULL;
	c->names = names;
	c->time_bits = (uint8_t)time_bits;
	trace_encoder_begin(c, 0);
	return c;
}

void trace_encoder_free(struct trace_encoder *c)
{
	free(c);
}

void trace_encoder_begin(struct trace_encoder *c, uint64_t tsc)
{
	for (unsigned i = 0; i < STREAMS; i++)
		c->at[i] = c->streams[i];
	c->records = 0;
	c->full = false;
	memset(c->by_hash, 0, sizeof(c->by_hash));
	c->vcpu = -1;
	predict_begin(&c->predict, tsc >> c->time_bits);
}

uint64_t trace_encoder_time(const struct trace_encoder *c)
{
	return c->predict.time << c->time_bits;
}

bool trace_encoder_full(const struct trace_encoder *c)
{
	return c->full;
}

uint32_t trace_encoder_records(const struct trace_encoder *c)
{
	return c->records;
}

uint32_t trace_encoder_payload(struct trace_encoder *c, struct iovec pieces[TRACE_PIECES])
{
	uint32_t size = sizeof(c->sizes);

	pieces[0] = (struct iovec){c->sizes, sizeof(c->sizes)};
	for (unsigned i = 0; i < STREAMS; i++) {
		uint32_t n = (uint32_t)(c->at[i] - c->streams[i]);

		pieces[1 + i] = (struct iovec){c->streams[i], n};
		if (i < VALUES)
			bytes_put32(c->sizes + (size_t)4 * i, n);
		size += n;
	}
	return size;
}

/* --- rows ------------------------------------------------------------------------------------ */

#define LOOK_EVERY 256 /* records: between two looks at the streams, rows cannot fill what is behind STREAM_MAX */

_Static_assert(LOOK_EVERY * 2 * TRACE_VALUE_MAX + VARINT_MAX <= RECORDS_ROOM, "values");

/* Is the frame full? Asked after what is large or fills a table, and now and then. */
static void look(struct trace_encoder *c)
{
	const struct predict *p = &c->predict;

	c->full = c->records >= RECORDS || c->at[ROWS] >= c->streams[ROWS] + STREAM_MAX ||
		  c->at[VALUES] >= c->streams[VALUES] + STREAM_MAX || p->sites == PREDICT_SITES ||
		  p->contexts == PREDICT_CONTEXTS;
}

/* As many of the lowest bytes as value has; 8 are written. */
static inline uint8_t *put_short(uint8_t *at, uint64_t value, unsigned *length)
{
	*length = (unsigned)(71 - __builtin_clzll(value | 1)) / 8 - !value;
	bytes_put64(at, value);
	return at + *length;
}

/* The context of a row at this site. true: it is not the one that was there last. */
static bool find_context(struct predict *predict, const struct packed *p, const struct site *s, uint32_t *context)
{
	uint32_t i = s->context;

	if (predict->context[i].cr3 == p->cr3 && predict->context[i].badge == p->badge) {
		*context = i;
		return false;
	}
	for (i = 0; i < predict->contexts; i++)
		if (predict->context[i].cr3 == p->cr3 && predict->context[i].badge == p->badge)
			break;
	*context = i;
	return true;
}

/* The row's nibble. */
static inline unsigned put_address(struct trace_encoder *c, const struct site *s, uint64_t address)
{
	uint64_t differs = address - s->address - s->stride;
	unsigned length;

	if (!differs)
		return 0;
	if (address - c->predict.address == s->near_by)
		return ROW_NEAR;
	if (address - c->predict.loaded == s->loaded_by)
		return ROW_LOADED;
	c->at[ADDRESSES] = put_short(c->at[ADDRESSES], bytes_zigzag(differs), &length);
	return length;
}

/* A difference of values of 8 - shift / 8 bytes, as a number without a sign. */
static inline uint64_t signed_difference(uint64_t difference, unsigned shift)
{
	return bytes_zigzag((uint64_t)((int64_t)(difference << shift) >> shift));
}

/* Up to 8 bytes each. Their lengths. */
static inline uint8_t put_words(struct trace_encoder *c, const struct packed *p, struct site *s)
{
	struct remembered m = predict_memory(&c->predict, s, p->gpa);
	unsigned shift = 64 - 8u * p->size, length, control = 0;
	uint64_t before = 0, after, differs;
	uint8_t *at = c->at[VALUES];

	if (p->flags & TRACE_BEFORE) {
		before = bytes_get64(packed_before(p)) & s->mask;
		at = put_short(at, signed_difference(before - predict_before(&m, s), shift), &control);
		s->before = before;
		c->predict.loaded = s->kind != TRACE_STORE ? before : c->predict.loaded;
	}
	if (p->flags & TRACE_AFTER) {
		after = bytes_get64(packed_after(p)) & s->mask;
		differs = after - predict_after(s, before);
		if (differs & s->mask && after == (c->predict.loaded & s->mask))
			length = ROW_LOADED;
		else
			at = put_short(at, signed_difference(differs, shift), &length);
		control |= length << 4;
		predict_is_after(s, before, after);
		before = after;
	}
	predict_is_word(&m, s, before);
	c->at[VALUES] = at;
	return (uint8_t)control;
}

/* More than 8 bytes each: what memory held or was loaded, or whole. */
static uint8_t put_wide(struct trace_encoder *c, const struct packed *p, const struct site *s)
{
	struct remembered m = predict_memory(&c->predict, s, p->gpa);
	const uint8_t *before = packed_before(p), *after = packed_after(p);
	bool has_before = p->flags & TRACE_BEFORE, has_after = p->flags & TRACE_AFTER;
	uint8_t control = 0, *at = c->at[VALUES];

	if (has_before && !(m.all && memcmp(m.at, before, p->size) == 0)) {
		at = encode_bytes(at, before, p->size);
		control = ROW_WHOLE;
	}
	if (has_before && p->kind != TRACE_STORE)
		memcpy(c->predict.wide, before, p->size);
	if (has_after && memcmp(c->predict.wide, after, p->size) == 0) {
		control |= ROW_LOADED << 4;
	} else if (has_after) {
		at = encode_bytes(at, after, p->size);
		control |= ROW_WHOLE << 4;
	}
	predict_is_bytes(&m, s, has_after ? after : before);
	c->at[VALUES] = at;
	return control;
}

static uint8_t *put_more(struct trace_encoder *c, uint8_t *at, const struct packed *p, unsigned more, uint32_t context,
			 uint64_t offset)
{
	*at++ = (uint8_t)more;
	if (more & ROW_CONTEXT)
		at = encode_context(&c->predict, at, p, context);
	if (more & ROW_GPA)
		at = bytes_put_varint(at, bytes_zigzag(offset));
	if (more & ROW_REPETITION)
		at = bytes_put_varint(at, p->repetition);
	return at;
}

/*
 * Of what came differently, the bits that say less than a sixteenth of the time since the record before: they are
 * chance. What is left is never later, and where the record before is of the same vCPU, never before that one.
 */
static inline uint64_t leave_out(const struct trace_encoder *c, uint8_t vcpu, uint64_t since, uint64_t differs)
{
	unsigned bits = 63 - (unsigned)__builtin_clzll(since | 1);

	if (!c->time_bits || vcpu != c->vcpu || bits == 63 || bits < 4)
		return differs;
	return differs >> (bits - 4) << (bits - 4);
}

static inline void put_time(struct trace_encoder *c, const struct packed *p)
{
	struct site *s = c->predict.site;
	uint64_t since = (p->tsc >> c->time_bits) - c->predict.time;
	uint64_t differs = leave_out(c, p->vcpu, since, since - s->step);

	c->at[TIMES] = bytes_put_varint(c->at[TIMES], bytes_zigzag(differs));
	c->predict.time += s->step + differs;
	c->vcpu = p->vcpu;
	predict_is_step(&c->predict, s, (int64_t)differs);
}

/* Of the site that is last now. control: what is known of the row's first byte; what follows it is there up to at. */
static inline void put_row(struct trace_encoder *c, const struct packed *p, uint8_t *at, unsigned control)
{
	struct predict *predict = &c->predict;
	struct site *s = predict->site;
	bool physical = p->flags & TRACE_PHYSICAL;
	uint64_t address = physical ? p->gpa : p->linear, offset = p->gpa - address, foreseen = offset, tag = 0;
	struct page_entry *page = NULL;
	uint32_t context;
	unsigned more;

	more = find_context(predict, p, s, &context) ? ROW_CONTEXT : 0;
	s->context = context;
	if (!physical) {
		page = predict_page(predict, s, address);
		tag = predict_page_tag(s, address);
		foreseen = page->tag == tag ? page->offset : predict->offset;
	}
	more |= offset != foreseen ? ROW_GPA : 0;
	more |= p->repetition != predict_repetition(s) ? ROW_REPETITION : 0;
	if (more) {
		control |= ROW_MORE;
		at = put_more(c, at, p, more, context, offset - foreseen);
	}
	*c->at[ROWS] = (uint8_t)(control | p->in_run | put_address(c, s, address));
	if (page)
		predict_is_offset(predict, page, tag, offset);
	predict_is_repetition(s, p->repetition);
	predict_is_address(predict, s, address);
	if (p->flags & (TRACE_BEFORE | TRACE_AFTER))
		*at++ = p->size <= 8 ? put_words(c, p, s) : put_wide(c, p, s);
	c->at[ROWS] = at;
	put_time(c, p);
}

/* What the last two sites did not foretell. */
static void put_other(struct trace_encoder *c, const struct packed *p, uint16_t *follower, uint32_t id)
{
	uint8_t *at = encode_site(c, c->at[ROWS] + 1, p, &id);

	predict_is_site(&c->predict, follower, id);
	put_row(c, p, at, ROW_SITE);
	look(c);
}

void trace_encoder_put(struct trace_encoder *c, const struct packed *p)
{
	uint16_t *follower = predict_follower(&c->predict);
	uint32_t id = *follower;

	c->records++;
	if (id < c->predict.sites && encode_same(p, &c->predict.all[id])) {
		predict_is_site(&c->predict, follower, id);
		put_row(c, p, c->at[ROWS] + 1, 0);
		/* contexts are one more at most, so that none is missed */
		if (c->records % LOOK_EVERY == 0 || c->predict.contexts == PREDICT_CONTEXTS)
			look(c);
	} else if (p->plain) {
		encode_plain(c, p);
		look(c);
	} else {
		put_other(c, p, follower, id);
	}
}
