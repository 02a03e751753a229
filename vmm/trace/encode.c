#include "vmm/trace/encode.h"

#include "vmm/trace/bytes.h"
#include "vmm/trace/predict.h"

#include <stddef.h>
#include <stdlib.h>

#define RECORDS 65536 /* of a frame */
#define STREAM_MAX (1u << 20) /* bytes at which a frame ends */
#define RECORD_MAX (12 * 1024) /* bytes of one record in one stream, at most */

_Static_assert(RECORD_MAX > PACKED_MAX + 256, "a record in full has place");
_Static_assert(sizeof(struct packed) - offsetof(struct packed, rip) >= offsetof(struct site, context),
	       "the site's part");

enum stream {
	ROWS,
	TIMES,
	VALUES,
	STREAMS,
};

struct trace_encoder {
	const struct names *names;
	uint8_t *at[STREAMS];
	uint32_t records;
	bool full;
	struct predict predict;
	uint16_t by_hash[2 * PREDICT_SITES]; /* id + 1 of a site, 0: free */
	uint8_t streams[STREAMS][STREAM_MAX + RECORD_MAX];
	uint8_t payload[8 + STREAMS * (STREAM_MAX + RECORD_MAX)];
};

struct trace_encoder *trace_encoder_new(const struct names *names)
{
	struct trace_encoder *c = malloc(sizeof(*c));

	if (!c)
		return NULL;
	c->names = names;
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
	predict_begin(&c->predict, tsc);
}

bool trace_encoder_full(const struct trace_encoder *c)
{
	return c->full;
}

uint32_t trace_encoder_records(const struct trace_encoder *c)
{
	return c->records;
}

const uint8_t *trace_encoder_payload(struct trace_encoder *c, uint32_t *size)
{
	uint8_t *at = c->payload + 8;

	bytes_put32(c->payload, (uint32_t)(c->at[ROWS] - c->streams[ROWS]));
	bytes_put32(c->payload + 4, (uint32_t)(c->at[TIMES] - c->streams[TIMES]));
	for (unsigned i = 0; i < STREAMS; i++) {
		size_t n = (size_t)(c->at[i] - c->streams[i]);

		memcpy(at, c->streams[i], n);
		at += n;
	}
	*size = (uint32_t)(at - c->payload);
	return c->payload;
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t n)
{
	memcpy(at, bytes, n);
	return at + n;
}

/* As many of the lowest bytes as value has; 8 are written. */
static inline uint8_t *put_short(uint8_t *at, uint64_t value, unsigned *length)
{
	*length = (unsigned)(71 - __builtin_clzll(value | 1)) / 8 - !value;
	bytes_put64(at, value);
	return at + *length;
}

static uint8_t *put_name(const struct trace_encoder *c, uint8_t *at, uint16_t keeper)
{
	size_t size = keeper ? strlen(c->names->all[keeper]) : 0;

	at = bytes_put_varint(at, keeper ? size + 1 : 0);
	return keeper ? put_bytes(at, c->names->all[keeper], size) : at;
}

/* --- records in full: markers, and what no row can say --------------------------------- */

static void put_plain(struct trace_encoder *c, const struct packed *p)
{
	const uint64_t numbers[] = {p->rip,   p->linear,     p->gpa,  p->cr3,  p->badge,
				    p->count, p->repetition, p->text, p->bytes};
	uint8_t *at = c->at[ROWS];

	*at++ = ROW_PLAIN;
	at = put_bytes(at, &p->kind, 8); /* to code_size */
	at[-7] |= p->in_run;
	*at++ = p->vcpu;
	*at++ = p->cpl;
	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		at = bytes_put_varint(at, numbers[i]);
	at = put_bytes(at, p->code, p->code_size);
	at = put_name(c, at, p->keeper);
	if (p->flags & TRACE_BEFORE)
		at = put_bytes(at, packed_before(p), p->size);
	if (p->flags & TRACE_AFTER)
		at = put_bytes(at, packed_after(p), p->size);
	c->at[ROWS] = put_bytes(at, packed_marker(p), p->text + p->bytes);
}

/* --- sites ---------------------------------------------------------------------------------- */

/* One record more. */
static inline void count(struct trace_encoder *c)
{
	const struct predict *p = &c->predict;

	c->full = ++c->records >= RECORDS || c->at[ROWS] >= c->streams[ROWS] + STREAM_MAX ||
		  c->at[VALUES] >= c->streams[VALUES] + STREAM_MAX || p->sites == PREDICT_SITES ||
		  p->contexts == PREDICT_CONTEXTS;
}

struct key {
	uint64_t numbers[5];
};

static inline bool same(const struct key *key, const struct site *s)
{
	struct key other;
	uint64_t differs = 0;

	memcpy(&other, s, sizeof(other));
	for (unsigned i = 0; i < 5; i++)
		differs |= key->numbers[i] ^ other.numbers[i];
	return !differs;
}

static uint8_t *define_site(struct trace_encoder *c, uint8_t *at, const struct packed *p)
{
	const struct site *last = c->predict.site;
	bool known = last && last->rip == p->rip && last->code_size == p->code_size && last->bits == p->bits &&
		     memcmp(last->code, p->code, sizeof(p->code)) == 0;

	*at++ = 0;
	*at++ = p->kind;
	*at++ = p->flags;
	*at++ = p->size;
	*at++ = p->part;
	*at++ = p->parts;
	*at++ = p->verdict;
	*at++ = p->vcpu;
	*at++ = p->cpl;
	at = put_name(c, at, p->keeper);
	*at++ = known ? 0 : p->bits;
	if (known)
		return at;
	at = bytes_put_varint(at, bytes_zigzag(p->rip - (last ? last->rip : 0)));
	*at++ = p->code_size;
	return put_bytes(at, p->code, p->code_size);
}

/* The site that was not foreseen: its id, or all of it. */
static uint8_t *put_site(struct trace_encoder *c, uint8_t *at, const struct packed *p, const struct key *key,
			 uint32_t *id)
{
	struct predict *predict = &c->predict;
	uint64_t hash = 0;
	struct site *s;
	uint32_t slot;

	for (unsigned i = 0; i < 5; i++)
		hash = (hash ^ key->numbers[i]) * 0x9e3779b97f4a7c15ull ^ hash >> 29;
	for (slot = (uint32_t)(hash >> 49); c->by_hash[slot]; slot = (slot + 1) % (2 * PREDICT_SITES)) {
		*id = c->by_hash[slot] - 1u;
		if (same(key, &predict->all[*id]))
			return bytes_put_varint(at, *id + 1);
	}
	*id = predict->sites;
	at = define_site(c, at, p);
	s = &predict->all[predict->sites++];
	memcpy(s, key, sizeof(*key));
	predict_new_site(predict, s);
	c->by_hash[slot] = (uint16_t)(*id + 1);
	return at;
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

static uint8_t *put_context(struct predict *predict, uint8_t *at, const struct packed *p, uint32_t context)
{
	if (context < predict->contexts)
		return bytes_put_varint(at, context + 1);
	predict->context[predict->contexts++] = (struct context){p->cr3, p->badge};
	*at++ = 0;
	return bytes_put_varint(bytes_put_varint(at, p->cr3), p->badge);
}

/* --- rows ------------------------------------------------------------------------------------ */

static inline uint8_t *put_address(struct trace_encoder *c, uint8_t *at, const struct site *s, uint64_t address,
				   unsigned *nibble)
{
	uint64_t differs = address - s->address - s->stride;

	if (!differs)
		*nibble = 0;
	else if (address - c->predict.address == s->near_by)
		*nibble = ROW_NEAR;
	else if (address - c->predict.loaded == s->loaded_by)
		*nibble = ROW_LOADED;
	else
		return put_short(at, bytes_zigzag(differs), nibble);
	return at;
}

/* A difference of values of 8 - shift / 8 bytes, as a number without a sign. */
static inline uint64_t signed_difference(uint64_t difference, unsigned shift)
{
	return bytes_zigzag((uint64_t)((int64_t)(difference << shift) >> shift));
}

/* Up to 8 bytes each. Their lengths. */
static inline uint8_t put_words(struct trace_encoder *c, const struct packed *p, struct site *s)
{
	struct line *l = predict_line(&c->predict, p->gpa);
	unsigned shift = 64 - 8u * p->size, length, control = 0;
	uint64_t before = 0, after;
	uint8_t *at = c->at[VALUES];

	if (p->flags & TRACE_BEFORE) {
		before = bytes_get64(packed_before(p)) & s->mask;
		at = put_short(at, signed_difference(before - predict_before(l, s, p->gpa), shift), &control);
		s->before = before;
		c->predict.loaded = s->kind != TRACE_STORE ? before : c->predict.loaded;
	}
	if (p->flags & TRACE_AFTER) {
		after = bytes_get64(packed_after(p)) & s->mask;
		at = put_short(at, signed_difference(after - predict_after(s, before), shift), &length);
		control |= length << 4;
		predict_is_after(s, before, after);
		before = after;
	}
	predict_is_word(l, s, p->gpa, before);
	c->at[VALUES] = at;
	return (uint8_t)control;
}

/* More than 8 bytes each: as foreseen, or whole. */
static uint8_t put_wide(struct trace_encoder *c, const struct packed *p, const struct site *s)
{
	struct line *l = predict_line(&c->predict, p->gpa);
	const uint8_t *before = packed_before(p), *after = packed_after(p);
	bool has_before = p->flags & TRACE_BEFORE, has_after = p->flags & TRACE_AFTER;
	uint8_t control = 0, *at = c->at[VALUES];

	if (has_before && !(predict_knows(l, s, p->gpa) && memcmp(l->bytes + (p->gpa & 63), before, p->size) == 0)) {
		at = put_bytes(at, before, p->size);
		control = ROW_WHOLE;
	}
	if (has_after && !(has_before && memcmp(before, after, p->size) == 0)) {
		at = put_bytes(at, after, p->size);
		control |= ROW_WHOLE << 4;
	}
	predict_is_bytes(l, s, p->gpa, has_after ? after : before);
	c->at[VALUES] = at;
	return control;
}

static uint8_t *put_more(struct trace_encoder *c, uint8_t *at, const struct packed *p, unsigned more, uint32_t context,
			 uint64_t offset)
{
	*at++ = (uint8_t)more;
	if (more & ROW_CONTEXT)
		at = put_context(&c->predict, at, p, context);
	if (more & ROW_GPA)
		at = bytes_put_varint(at, bytes_zigzag(offset));
	if (more & ROW_REPETITION)
		at = bytes_put_varint(at, p->repetition);
	return at;
}

static inline void put_row(struct trace_encoder *c, const struct packed *p, uint8_t *at, unsigned control)
{
	struct predict *predict = &c->predict;
	struct site *s = predict->site;
	bool physical = p->flags & TRACE_PHYSICAL;
	uint64_t address = physical ? p->gpa : p->linear, offset = p->gpa - address, foreseen = offset, tag = 0;
	struct page_entry *page = NULL;
	uint32_t context;
	unsigned more, nibble;

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
	at = put_address(c, at, s, address, &nibble);
	*c->at[ROWS] = (uint8_t)(control | nibble);
	if (page)
		predict_is_offset(predict, page, tag, offset);
	predict_is_repetition(s, p->repetition);
	predict_is_address(predict, s, address);
	if (p->flags & (TRACE_BEFORE | TRACE_AFTER))
		*at++ = p->size <= 8 ? put_words(c, p, s) : put_wide(c, p, s);
	c->at[ROWS] = at;
}

void trace_encoder_put(struct trace_encoder *c, const struct packed *p)
{
	uint64_t step = p->tsc - c->predict.tsc;
	uint16_t *follower = predict_follower(&c->predict);
	uint8_t *at = c->at[ROWS] + 1;
	unsigned control = p->in_run;
	uint32_t id = *follower;
	struct key key;

	_Static_assert((int)TRACE_IN_RUN == (int)ROW_IN_RUN, "the same bit");
	c->predict.tsc = p->tsc;
	memcpy(&key, &p->rip, sizeof(key));
	if (!same(&key, &c->predict.all[id]) || id >= c->predict.sites) {
		if (p->plain) {
			put_plain(c, p);
			c->at[TIMES] = bytes_put_varint(c->at[TIMES], bytes_zigzag(step));
			count(c);
			return;
		}
		control |= ROW_SITE;
		at = put_site(c, at, p, &key, &id);
	}
	predict_is_site(&c->predict, follower, id);
	step -= c->predict.site->step;
	c->at[TIMES] = bytes_put_varint(c->at[TIMES], bytes_zigzag(step));
	predict_is_step(&c->predict, c->predict.site, (int64_t)step);
	put_row(c, p, at, control);
	count(c);
}
