#include "vmm/bench/trace_source.h"

#include "vmm/bench/trace_stream.h"
#include "vmm/trace/file/reader.h"

#include <stdlib.h>
#include <string.h>

#define MADE_UP 262144 /* accesses */
#define MOST 1000000
#define FIXED offsetof(struct trace_record, before)

/* To eights, which are faster to copy. What lies behind a value in a record is zeros. */
static size_t value_room(const struct trace_record *r)
{
	return (r->size + 7u) & ~7u;
}

const uint8_t *trace_source_take(const uint8_t *at, struct trace_record *r)
{
	size_t value;

	memcpy(r, at, FIXED);
	at += FIXED;
	value = value_room(r);
	for (size_t i = 0; i < value; i += 8)
		memcpy(r->before + i, at + i, 8);
	at += value;
	for (size_t i = 0; i < value; i += 8)
		memcpy(r->after + i, at + i, 8);
	return at + value;
}

/* false: no memory. */
static bool add(struct trace_source *s, const struct trace_record *r)
{
	size_t value = value_room(r), needed = FIXED + 2 * value;

	if (s->room - s->size < needed) {
		size_t room = 2 * s->room + (1u << 20);
		uint8_t *larger = realloc(s->kept, room);

		if (!larger)
			return false;
		s->kept = larger;
		s->room = room;
	}
	memcpy(s->kept + s->size, r, FIXED);
	memcpy(s->kept + s->size + FIXED, r->before, value);
	memcpy(s->kept + s->size + FIXED + value, r->after, value);
	s->size += needed;
	s->first = s->count++ ? s->first : r->tsc;
	s->last = r->tsc;
	return true;
}

static int make_up(struct trace_source *s, struct error *e)
{
	struct trace_record *records = trace_stream(MADE_UP);
	bool right = records;

	for (unsigned i = 0; right && i < MADE_UP; i++)
		right = add(s, &records[i]);
	free(records);
	return right ? 0 : error_set(e, STATUS_HOST, "no memory");
}

static int read_all(struct trace_source *s, const char *path, struct error *e)
{
	enum trace_read read = TRACE_READ_RECORD;
	struct trace_record r;

	s->reader = trace_reader_open(path, e);
	if (!s->reader)
		return -1;
	while (s->count < MOST && (read = trace_reader_next(s->reader, &r, e)) == TRACE_READ_RECORD)
		if (trace_is_access(r.kind) && !add(s, &r))
			return error_set(e, STATUS_HOST, "no memory");
	if (read == TRACE_READ_BAD)
		return -1;
	return s->count ? 0 : error_set(e, STATUS_INPUT, "%s: there is no access in it", path);
}

int trace_source_open(struct trace_source *s, const char *path, struct error *e)
{
	int err;

	*s = (struct trace_source){.kept = NULL};
	err = path ? read_all(s, path, e) : make_up(s, e);
	if (err < 0)
		trace_source_close(s);
	return err;
}

void trace_source_close(struct trace_source *s)
{
	free(s->kept);
	if (s->reader)
		trace_reader_close(s->reader);
}
