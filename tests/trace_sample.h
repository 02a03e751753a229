/*
 * trace_sample.h: records such as a guest makes, and a comparison of two.
 */
#ifndef TESTS_TRACE_SAMPLE_H
#define TESTS_TRACE_SAMPLE_H

#include "vmm/trace/record.h"

#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

struct sample_random {
	uint64_t state;
};

static inline uint64_t sample_next(struct sample_random *random)
{
	random->state = random->state * 6364136223846793005u + 1442695040888963407u;
	return random->state >> 32 | random->state << 32;
}

static inline void sample_bytes(struct sample_random *random, uint8_t *bytes, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		bytes[i] = (uint8_t)sample_next(random);
}

/* Any record at all: every field as wide as it can be. text and bytes must hold TRACE_BYTES_MAX. */
static inline void sample_any(struct sample_random *random, struct trace_record *r, char *text, uint8_t *bytes)
{
	static const char *const keepers[] = {NULL, "memory", "log:memory", "counter", "user:7", ""};
	static const uint8_t bits[] = {16, 32, 64};

	memset(r, 0, sizeof(*r));
	r->kind = (enum trace_kind)(sample_next(random) % TRACE_KINDS);
	r->tsc = sample_next(random) >> sample_next(random) % 64;
	r->flags = (uint8_t)sample_next(random);
	r->vcpu = (uint8_t)sample_next(random);
	r->cpl = sample_next(random) & 3;
	r->cr3 = sample_next(random);
	r->badge = sample_next(random);
	r->gpa = sample_next(random);
	r->count = trace_is_access(r->kind) ? 0 : sample_next(random);
	if (!trace_is_access(r->kind)) {
		r->flags = 0;
		if (sample_next(random) & 1) {
			r->nbytes = (uint32_t)(sample_next(random) % TRACE_BYTES_MAX + 1);
			sample_bytes(random, bytes, r->nbytes);
			r->bytes = bytes;
		}
		if (sample_next(random) & 1) {
			snprintf(text, TRACE_BYTES_MAX, "mark %u", (unsigned)sample_next(random));
			r->text = text;
		}
		return;
	}
	r->size = (uint8_t)(sample_next(random) % TRACE_VALUE_MAX + 1);
	r->part = (uint8_t)sample_next(random);
	r->parts = (uint8_t)sample_next(random);
	r->bits = bits[sample_next(random) % 3];
	r->verdict = (uint8_t)sample_next(random);
	r->code_size = sample_next(random) & 0xf;
	sample_bytes(random, r->code, r->code_size);
	r->repetition = (uint32_t)sample_next(random);
	r->rip = sample_next(random);
	r->linear = r->flags & TRACE_PHYSICAL ? 0 : sample_next(random);
	if (r->flags & TRACE_BEFORE)
		sample_bytes(random, r->before, r->size);
	if (r->flags & TRACE_AFTER)
		sample_bytes(random, r->after, r->size);
	r->keeper = keepers[sample_next(random) % 6];
}

/* The pieces after each other. How many bytes; 0: there is no room. */
static inline size_t sample_join(const struct iovec *pieces, unsigned n, uint8_t *to, size_t room)
{
	size_t at = 0;

	for (unsigned i = 0; i < n; at += pieces[i++].iov_len) {
		if (pieces[i].iov_len > room - at)
			return 0;
		memcpy(to + at, pieces[i].iov_base, pieces[i].iov_len);
	}
	return at;
}

/* The name of the first field in which they differ; NULL: in none. The sequence is not compared. */
static inline const char *sample_differs(const struct trace_record *a, const struct trace_record *b)
{
#define SAMPLE_SAME(field)                                                                                             \
	if (a->field != b->field)                                                                                      \
	return #field
	SAMPLE_SAME(tsc);
	SAMPLE_SAME(kind);
	SAMPLE_SAME(flags);
	SAMPLE_SAME(size);
	SAMPLE_SAME(part);
	SAMPLE_SAME(parts);
	SAMPLE_SAME(vcpu);
	SAMPLE_SAME(cpl);
	SAMPLE_SAME(bits);
	SAMPLE_SAME(verdict);
	SAMPLE_SAME(code_size);
	SAMPLE_SAME(repetition);
	SAMPLE_SAME(rip);
	SAMPLE_SAME(linear);
	SAMPLE_SAME(gpa);
	SAMPLE_SAME(cr3);
	SAMPLE_SAME(badge);
	SAMPLE_SAME(count);
	SAMPLE_SAME(nbytes);
#undef SAMPLE_SAME
	if (memcmp(a->code, b->code, sizeof(a->code)) != 0)
		return "code";
	if (memcmp(a->before, b->before, sizeof(a->before)) != 0)
		return "before";
	if (memcmp(a->after, b->after, sizeof(a->after)) != 0)
		return "after";
	if (!a->keeper != !b->keeper || (a->keeper && strcmp(a->keeper, b->keeper) != 0))
		return "keeper";
	if (!a->text != !b->text || (a->text && strcmp(a->text, b->text) != 0))
		return "text";
	if (a->nbytes && memcmp(a->bytes, b->bytes, a->nbytes) != 0)
		return "bytes";
	return NULL;
}

#endif
