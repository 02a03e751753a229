/*
 * predict.h: what encoder and decoder expect of the next record, from those before it in the same frame.
 *
 * docs/trace-format.md, "Predictions", says the same in words. Both sides do the same steps in the
 * same order; a frame holds only what came otherwise.
 */
#ifndef VMM_TRACE_PREDICT_H
#define VMM_TRACE_PREDICT_H

#include "vmm/trace/record.h"

#include <string.h>

#define PREDICT_SITES 16384 /* of a frame */
#define PREDICT_CONTEXTS 256
#define PREDICT_LINES 4096
#define PREDICT_PAGES 512
#define PREDICT_FOLLOWERS 4096

/* Bits of a row's first byte; its low nibble is the address's. */
enum {
	ROW_ADDRESS = 0x0f, /* 0: as the stride says; 1..8: so many bytes of difference follow */
	ROW_LOADED = 9, /* as the last loaded value says */
	ROW_NEAR = 10, /* as the last record's address says */
	ROW_PLAIN = 15, /* no row: a record in full */
	ROW_SITE = 0x10, /* the site follows */
	ROW_MORE = 0x20, /* a byte of the following follows */
	ROW_IN_RUN = 0x40, /* TRACE_IN_RUN */
	ROW_UNKNOWN = 0x80, /* must be 0 */
	ROW_CONTEXT = 0x01,
	ROW_GPA = 0x02,
	ROW_REPETITION = 0x04,
	ROW_WHOLE = 15, /* of a value: all its bytes follow */
};

/* What an access has in common with those that the same part of the same instruction made before. */
struct site {
	uint64_t rip;
	uint8_t code[16];
	uint8_t kind, flags, size, part, parts, bits, verdict, code_size;
	uint16_t keeper;
	uint8_t vcpu, cpl;
	uint32_t plain; /* 0: what lies before and this are compared as five numbers */
	/* of the last access here */
	uint32_t context;
	uint32_t repetition, repetition_step;
	uint64_t address, delta, stride;
	uint64_t near_by, loaded_by; /* from the record's before, and from the last loaded value */
	uint64_t before, after, after_step, change;
	uint64_t step; /* of time, from the record before */
	/* of its size */
	uint64_t mask; /* of a value of up to 8 bytes */
	uint64_t known; /* a bit for each byte */
};

struct line {
	uint64_t tag; /* the line's number + 1; 0: none */
	uint64_t known; /* one bit for each byte */
	uint8_t bytes[64 + 8];
};

struct page_entry {
	uint64_t tag; /* the linear page's address | context, + 1 << 12; 0: none */
	uint64_t offset; /* of gpa from linear */
};

struct context {
	uint64_t cr3, badge;
};

struct predict {
	struct site *site; /* of the last row */
	uint32_t sites, contexts;
	uint32_t history; /* the last two sites */
	uint64_t tsc, step; /* of the last record; its site's step */
	uint64_t address, offset; /* of the last row: its address, and gpa from it */
	uint64_t loaded; /* the last value of a load */
	struct context context[PREDICT_CONTEXTS];
	uint16_t followers[PREDICT_FOLLOWERS]; /* the site that came after these two */
	struct page_entry pages[PREDICT_PAGES];
	struct line lines[PREDICT_LINES];
	struct site all[PREDICT_SITES];
};

static inline void predict_begin(struct predict *p, uint64_t tsc)
{
	p->site = NULL;
	p->sites = p->history = 0;
	p->contexts = 1;
	p->context[0] = (struct context){0};
	p->step = 0;
	p->tsc = tsc;
	p->address = p->offset = p->loaded = 0;
	memset(p->followers, 0, sizeof(p->followers));
	memset(p->pages, 0, sizeof(p->pages));
	for (unsigned i = 0; i < PREDICT_LINES; i++)
		p->lines[i].tag = 0;
}

/* --- which site --------------------------------------------------------------------- */

static inline uint16_t *predict_follower(struct predict *p)
{
	return &p->followers[(p->history * 0x9e3779b1u) >> 20];
}

/* The row is of this site. follower: what predict_follower() gave before. */
static inline void predict_is_site(struct predict *p, uint16_t *follower, uint32_t id)
{
	*follower = (uint16_t)id;
	p->history = p->history << 16 | id;
	p->site = &p->all[id];
}

/* What a new site knows of its accesses; its fixed fields are filled already. */
static inline void predict_new_site(const struct predict *p, struct site *s)
{
	s->plain = 0;
	s->context = p->site ? p->site->context : 0;
	s->repetition = s->repetition_step = 0;
	s->address = p->address;
	s->delta = s->stride = s->near_by = s->loaded_by = 0;
	s->before = s->after = s->after_step = s->change = 0;
	s->step = p->step;
	s->mask = s->size >= 8 ? ~0ull : (1ull << 8 * s->size) - 1;
	s->known = s->size >= 64 ? ~0ull : (1ull << s->size) - 1;
}

/* --- where ----------------------------------------------------------------------------- */

static inline void predict_is_address(struct predict *p, struct site *s, uint64_t address)
{
	uint64_t delta = address - s->address;

	s->stride = delta == s->delta ? delta : s->stride;
	s->delta = delta;
	s->address = address;
	s->near_by = address - p->address;
	s->loaded_by = address - p->loaded;
	p->address = address;
}

static inline struct page_entry *predict_page(struct predict *p, const struct site *s, uint64_t address)
{
	return &p->pages[(address >> 12 ^ s->context) % PREDICT_PAGES];
}

static inline uint64_t predict_page_tag(const struct site *s, uint64_t address)
{
	return ((address & ~0xfffull) | s->context) + 0x1000;
}

/* The address's gpa lies so far from it. */
static inline void predict_is_offset(struct predict *p, struct page_entry *page, uint64_t tag, uint64_t offset)
{
	page->tag = tag;
	page->offset = p->offset = offset;
}

static inline uint32_t predict_repetition(const struct site *s)
{
	return s->repetition + s->repetition_step;
}

static inline void predict_is_repetition(struct site *s, uint32_t repetition)
{
	if (repetition && repetition != predict_repetition(s))
		s->repetition_step = repetition - s->repetition;
	s->repetition = repetition;
}

/* --- when --------------------------------------------------------------------------------- */

/* The record came differs cycles later than foreseen: the site's step moves a little towards that. */
static inline void predict_is_step(struct predict *p, struct site *s, int64_t differs)
{
	int64_t most = (int64_t)(s->step >> 4 & 0xffffff) + 8, move = differs >> 2;

	move = move > most ? most : move < -most ? -most : move;
	s->step += (uint64_t)move;
	p->step = s->step;
}

/* --- values --------------------------------------------------------------- */

static inline struct line *predict_line(struct predict *p, uint64_t gpa)
{
	uint64_t number = gpa >> 6;

	return &p->lines[(number * 0x9e3779b97f4a7c15ull) >> 52];
}

static inline bool predict_has_line(const struct line *l, uint64_t gpa)
{
	return l->tag == (gpa >> 6) + 1;
}

/* All of [gpa, gpa + s->size) is known, and lies in its line. */
static inline bool predict_knows(const struct line *l, const struct site *s, uint64_t gpa)
{
	uint64_t want = s->known << (gpa & 63);

	return predict_has_line(l, gpa) && (l->known & want) == want && (gpa & 63) + s->size <= 64;
}

/* [gpa, gpa + s->size) is known from here on, but for what lies in a next line. */
static inline void predict_remember(struct line *l, const struct site *s, uint64_t gpa)
{
	if (!predict_has_line(l, gpa)) {
		l->tag = (gpa >> 6) + 1;
		l->known = 0;
	}
	l->known |= s->known << (gpa & 63);
}

static inline void predict_is_word(struct line *l, const struct site *s, uint64_t gpa, uint64_t value)
{
	uint8_t *at = l->bytes + (gpa & 63);
	uint64_t old;

	predict_remember(l, s, gpa);
	memcpy(&old, at, 8); /* bytes[] has room behind its end */
	old = (old & ~s->mask) | value;
	memcpy(at, &old, 8);
}

static inline void predict_is_bytes(struct line *l, const struct site *s, uint64_t gpa, const uint8_t *value)
{
	unsigned room = 64 - (gpa & 63);

	predict_remember(l, s, gpa);
	memcpy(l->bytes + (gpa & 63), value, s->size < room ? s->size : room);
}

/* What a load or a store will find: what the memory there was last, or what the site found last. */
static inline uint64_t predict_before(const struct line *l, const struct site *s, uint64_t gpa)
{
	uint64_t value;

	if (!predict_knows(l, s, gpa))
		return s->before;
	memcpy(&value, l->bytes + (gpa & 63), 8);
	return value & s->mask;
}

static inline uint64_t predict_after(const struct site *s, uint64_t before)
{
	return s->kind == TRACE_STORE ? s->after + s->after_step : before + s->change;
}

static inline void predict_is_after(struct site *s, uint64_t before, uint64_t after)
{
	s->after_step = after - s->after;
	s->after = after;
	s->change = after - before;
}

#endif
