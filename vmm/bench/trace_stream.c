#include "vmm/bench/trace_stream.h"

#include <stdlib.h>
#include <string.h>

#define MEMORY (1u << 16) /* bytes the programs have */
#define BASE 0x7f3a54200000ull
#define GPA 0x1e400000ull
#define CODE 0xffffffff81234000ull
#define COPIES 16 /* of each loop, at places of their own */
#define EXIT_EVERY 64 /* records between two exits, about */
#define TICK 26 /* cycles: the time stamp counter's own steps on some hosts */

struct stream {
	struct trace_record *records;
	unsigned count, max;
	uint64_t random, tsc;
	uint64_t rip; /* of the loop */
	uint64_t cr3;
	unsigned copy; /* of the loop */
	uint8_t memory[MEMORY + TRACE_VALUE_MAX];
};

static uint32_t draw(struct stream *s, uint32_t below)
{
	s->random = s->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((s->random >> 33) % below);
}

static uint64_t get(const struct stream *s, uint32_t at)
{
	uint64_t value;

	memcpy(&value, s->memory + at, 8);
	return value;
}

static void set(struct stream *s, uint32_t at, uint64_t value)
{
	memcpy(s->memory + at, &value, 8);
}

/* One access by the loop's instruction so many; what a store leaves is in memory when it returns. */
static void touch(struct stream *s, unsigned insn, enum trace_kind kind, uint32_t at, unsigned size, uint64_t value)
{
	struct trace_record *r = &s->records[s->count];

	if (s->count == s->max)
		return;
	at %= MEMORY;
	memset(r, 0, sizeof(*r));
	s->tsc += 500 + (insn * 5 + s->copy) % 24 * TICK + draw(s, 3) * TICK + (draw(s, 12) ? 0 : draw(s, 30) * TICK);
	r->flags = TRACE_BEFORE | TRACE_IN_RUN;
	if (!draw(s, EXIT_EVERY)) {
		s->tsc += 56000 + draw(s, 400) * TICK;
		r->flags = TRACE_BEFORE;
		s->cr3 = 0x10a000 + draw(s, 3) * 0x8000ull;
	}
	r->sequence = s->count++;
	r->tsc = s->tsc;
	r->kind = kind;
	r->size = (uint8_t)size;
	r->parts = 1;
	r->cpl = 3;
	r->bits = 64;
	r->code_size = (uint8_t)(3 + insn);
	memset(r->code, (int)(insn * 16 + 1), r->code_size);
	r->rip = s->rip + insn * 5;
	r->linear = BASE + at;
	r->gpa = GPA + (at ^ (at >> 12 & 7) << 14);
	r->cr3 = s->cr3;
	r->keeper = "memory";
	memcpy(r->before, s->memory + at, size);
	if (kind == TRACE_LOAD)
		return;
	memcpy(s->memory + at, &value, size < 8 ? size : 8);
	r->flags |= TRACE_AFTER;
	memcpy(r->after, s->memory + at, size);
}

static void sum(struct stream *s, uint32_t at, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		touch(s, 0, TRACE_LOAD, at + MEMORY / 2 + 4 * i, 4, 0);
}

static void copy(struct stream *s, uint32_t at, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		touch(s, 0, TRACE_LOAD, at + 8 * i, 8, 0);
		touch(s, 1, TRACE_STORE, at + MEMORY / 8 + 8 * i, 8, get(s, at + 8 * i));
	}
}

static void histogram(struct stream *s, uint32_t at, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		uint32_t bin = at + MEMORY / 4 + s->memory[at + i] % 64u * 4;

		touch(s, 0, TRACE_LOAD, at + i, 1, 0);
		touch(s, 1, TRACE_RMW, bin, 4, get(s, bin) + 1);
	}
}

/* Nodes of 64 bytes: next, key, a count. */
static void walk(struct stream *s, uint32_t at, unsigned times)
{
	uint32_t node = at & ~63u;

	for (unsigned i = 0; i < times; i++) {
		touch(s, 0, TRACE_LOAD, node + 8, 8, 0);
		if (draw(s, 4) == 0)
			touch(s, 1, TRACE_RMW, node + 16, 4, get(s, node + 16) + 1);
		touch(s, 2, TRACE_LOAD, node, 8, 0);
		node = (uint32_t)(get(s, node) - BASE) % MEMORY & ~63u;
	}
}

static void hash(struct stream *s, uint32_t at, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		uint32_t bucket = MEMORY / 2 + (at + draw(s, MEMORY / 64)) % (MEMORY / 64) * 16;

		touch(s, 0, TRACE_LOAD, bucket, 8, 0);
		if (draw(s, 3) == 0) {
			touch(s, 1, TRACE_STORE, bucket, 8, draw(s, 1u << 20));
			touch(s, 2, TRACE_STORE, bucket + 8, 4, i);
		}
	}
}

static void calls(struct stream *s, uint32_t at, unsigned times)
{
	uint32_t top = at | 0xff8;

	for (unsigned i = 0; i < times / 4 + 1; i++) {
		touch(s, 0, TRACE_STORE, top - 8, 8, s->rip + 40);
		touch(s, 1, TRACE_STORE, top - 16, 8, BASE + at);
		touch(s, 2, TRACE_STORE, top - 40, 4, i);
		touch(s, 3, TRACE_LOAD, top - 40, 4, 0);
		touch(s, 4, TRACE_LOAD, top - 16, 8, 0);
		touch(s, 5, TRACE_LOAD, top - 8, 8, 0);
	}
}

static void vectors(struct stream *s, uint32_t at, unsigned times)
{
	for (unsigned i = 0; i < times / 32 + 1; i++) {
		touch(s, 0, TRACE_LOAD, (at & ~31u) + 32 * i, 32, 0);
		touch(s, 1, TRACE_STORE, (at & ~31u) + MEMORY / 4 + 32 * i, 32, draw(s, 1000));
	}
}

/* Words where there are bytes, and nodes that point at each other. */
static void fill(struct stream *s)
{
	static const char words[16 * 8 + 1] = "the     page    of      a       process and     memory  is      "
					      "load    store   in      which   kernel  to      keeper  answers ";
	for (unsigned i = 0; i < MEMORY; i += 8)
		memcpy(s->memory + i, words + (size_t)draw(s, 16) * 8, 8);
	for (unsigned i = 3 * (MEMORY / 4); i < MEMORY; i += 4)
		set(s, i, draw(s, 1000));
	for (unsigned i = 0; i < MEMORY / 2; i += 64) {
		set(s, i, BASE + draw(s, MEMORY / 128) * 64);
		set(s, i + 8, draw(s, 100000));
		set(s, i + 16, draw(s, 3));
	}
}

struct trace_record *trace_stream(unsigned count)
{
	static void (*const loops[])(struct stream *, uint32_t, unsigned) = {sum,  copy,    walk,  histogram, sum,
									     hash, vectors, calls, copy,      calls};
	struct stream *s = calloc(1, sizeof(*s));

	if (s)
		s->records = calloc(count, sizeof(*s->records));
	if (!s || !s->records) {
		free(s);
		return NULL;
	}
	s->max = count;
	s->tsc = 1ull << 40;
	s->cr3 = 0x10a000;
	fill(s);
	while (s->count < count) {
		unsigned loop = draw(s, sizeof(loops) / sizeof(loops[0]));

		s->copy = draw(s, COPIES);
		s->rip = CODE + (loop * COPIES + s->copy) * 0x124ull;
		loops[loop](s, draw(s, MEMORY / 2), 10 + draw(s, 200));
	}
	struct trace_record *records = s->records;

	free(s);
	return records;
}
