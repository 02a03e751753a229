/*
 * predict.h: what encoder and decoder expect of the next record, from those before it in the same frame.
 *
 * docs/trace-format.md, "A row", says the same in words. Both sides do the same steps in the
 * same order; a frame holds only what came otherwise.
 */
#ifndef VMM_TRACE_FILE_PREDICT_H
#define VMM_TRACE_FILE_PREDICT_H

#include "vmm/trace/record.h"

#include <stddef.h>
#include <string.h>

#define PREDICT_SITES 16384 /* of a frame */
#define PREDICT_CONTEXTS 256
#define PREDICT_LINES 4096
#define PREDICT_PAGES 512
#define PREDICT_FOLLOWERS 4096

/* Bits of a row's first byte; its low nibble is the address's. */
enum {
	ROW_ADDRESS = 0x0f, /* 0: as the stride says; 1..8: so many bytes of difference follow */
	ROW_LOADED = 9, /* as the last loaded value says; of a value after: it is that value */
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
	uint8_t bytes[64 + 8]; /* with room behind: 8 bytes are read and written at once */
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
	uint64_t time, step; /* of the last record; its site's step. In units of the frame's */
	uint64_t address, offset; /* of the last row: its address, and gpa from it */
	uint64_t loaded; /* the last value of a load, or its first 8 bytes */
	uint8_t wide[TRACE_VALUE_MAX]; /* the last value of a load of more than 8 bytes */
	struct context context[PREDICT_CONTEXTS];
	uint16_t followers[PREDICT_FOLLOWERS]; /* the site that came after these two */
	struct page_entry pages[PREDICT_PAGES];
	struct line lines[PREDICT_LINES];
	struct site all[PREDICT_SITES];
};

static inline void predict_begin(struct predict *p, uint64_t time)
{
	p->site = NULL;
	p->sites = p->history = 0;
	p->contexts = 1;
	p->context[0] = (struct context){0};
	p->step = 0;
	p->time = time;
	p->address = p->offset = p->loaded = 0;
	memset(p->wide, 0, sizeof(p->wide));
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

/* The record came later or earlier than foreseen: the site's step moves a little towards that. */
static inline void predict_is_step(struct predict *p, struct site *s, int64_t differs)
{
	uint64_t move = (s->step >> 6) + 1;

	s->step += (differs > 0 ? move : 0) - (differs < 0 ? move : 0);
	p->step = s->step;
}

/* --- values --------------------------------------------------------------- */

static inline struct line *predict_line(struct predict *p, uint64_t gpa)
{
	uint64_t number = gpa >> 6;

	return &p->lines[(number * 0x9e3779b97f4a7c15ull) >> 52];
}

/* An access of a site to memory. */
struct remembered {
	struct line *line;
	uint8_t *at; /* of its first byte; 8 are there, and size, if it does not cross the line's end */
	uint64_t want; /* its bytes in the line */
	bool all; /* all of it is known: it lies in the line, too */
};

static inline struct remembered predict_memory(struct predict *p, const struct site *s, uint64_t gpa)
{
	struct line *l = predict_line(p, gpa);
	uint64_t tag = (gpa >> 6) + 1, want = s->known << (gpa & 63);

	l->known = l->tag == tag ? l->known : 0;
	l->tag = tag;
	return (struct remembered){
		.line = l,
		.at = l->bytes + (gpa & 63),
		.want = want,
		.all = (l->known & want) == want && want >> (gpa & 63) == s->known,
	};
}

static inline void predict_is_word(const struct remembered *m, const struct site *s, uint64_t value)
{
	uint64_t old;

	m->line->known |= m->want;
	memcpy(&old, m->at, 8);
	old = (old & ~s->mask) | value;
	memcpy(m->at, &old, 8);
}

static inline void predict_is_bytes(const struct remembered *m, const struct site *s, const uint8_t *value)
{
	size_t room = (size_t)(m->line->bytes + 64 - m->at);

	m->line->known |= m->want;
	memcpy(m->at, value, s->size < room ? s->size : room);
}

/* What a load or a store will find: what the memory there was last, or what the site found last. */
static inline uint64_t predict_before(const struct remembered *m, const struct site *s)
{
	uint64_t value;

	memcpy(&value, m->at, 8);
	return m->all ? value & s->mask : s->before;
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
