#include "vmm/trace/replay_source.h"

#include <string.h>

/* The head's "traced.N" say of which ranges only stores were looked at. */
static bool is_stores_only(const struct replay_source *s, uint64_t gpa)
{
	struct trace_field field;

	for (unsigned i = 0; trace_reader_head(s->reader, i, &field); i++) {
		unsigned long long start, size;
		char end_of[3] = "";

		if (strncmp(field.name, "traced.", 7) == 0 &&
		    sscanf(field.value, "gpa:0x%llx+0x%llx%2s", &start, &size, end_of) == 3 &&
		    strcmp(end_of, ":w") == 0 && gpa - start < size)
			return true;
	}
	return false;
}

/* A range goes on where the last one ended, or a new one begins. */
static int add_range(struct replay_source *s, uint64_t start, uint64_t size, struct error *e)
{
	struct replay_range *last = s->nranges ? &s->ranges[s->nranges - 1] : NULL;
	bool stores_only = is_stores_only(s, start);

	if (size == 0 || start + size < start)
		return error_set(e, STATUS_INPUT, "the trace arms gpa 0x%llx and 0x%llx bytes, which is no range",
				 (unsigned long long)start, (unsigned long long)size);
	if (last && last->start + last->size == start && last->stores_only == stores_only) {
		last->size += size;
		return 0;
	}
	if (s->nranges == REPLAY_RANGES_MAX)
		return error_set(e, STATUS_INPUT, "the trace has more than %u separate ranges", REPLAY_RANGES_MAX);
	s->ranges[s->nranges++] = (struct replay_range){start, size, stores_only};
	return 0;
}

static void end(struct replay_source *s, enum replay_end why)
{
	s->over = true;
	s->why = why;
}

static void gap(struct replay_source *s, const struct trace_record *r, const char *what)
{
	error_set(&s->error, STATUS_INPUT, "%s at sequence %llu: what the guest did from there is not in the trace",
		  what, (unsigned long long)r->sequence);
	end(s, REPLAY_GAP);
}

/* What lies between accesses. */
static void take_marker(struct replay_source *s, const struct trace_record *r, bool begun)
{
	switch (r->kind) {
	case TRACE_ARMED:
		if (!begun && add_range(s, r->gpa, r->count, &s->error) < 0)
			end(s, REPLAY_GAP);
		else if (begun)
			gap(s, r, "more memory is traced");
		break;
	case TRACE_DISARMED:
		gap(s, r, "memory is no longer traced");
		break;
	case TRACE_MAPPED:
		gap(s, r, "the keeper made a page ordinary memory");
		break;
	case TRACE_WRITTEN:
		gap(s, r, "a device wrote to traced memory");
		break;
	case TRACE_LOST:
		gap(s, r, "records were lost");
		break;
	case TRACE_RESET:
	case TRACE_MARK:
	case TRACE_KINDS:
	case TRACE_LOAD:
	case TRACE_STORE:
	case TRACE_RMW:
	case TRACE_FETCH:
		break;
	}
}

/* Was the recording itself ended before the guest was? */
static bool was_cut(const struct replay_source *s)
{
	return trace_reader_field(s->reader, "for") || trace_reader_field(s->reader, "max-records") ||
	       trace_reader_field(s->reader, "max-size");
}

static void read_next(struct replay_source *s, bool begun)
{
	s->has_next = false;
	while (!s->over) {
		switch (trace_reader_next(s->reader, &s->next, &s->error)) {
		case TRACE_READ_RECORD:
			break;
		case TRACE_READ_END:
			end(s, was_cut(s) ? REPLAY_CUT : REPLAY_MORE);
			return;
		case TRACE_READ_UNFINISHED:
			end(s, REPLAY_CUT);
			return;
		case TRACE_READ_BAD:
			end(s, REPLAY_BAD);
			return;
		}
		if (!trace_is_access(s->next.kind)) {
			take_marker(s, &s->next, begun);
			continue;
		}
		if (s->next.verdict == VERDICT_DENY)
			gap(s, &s->next, "an access was denied, with an exception that the trace does not name,");
		s->has_next = !s->over;
		return;
	}
}

/* What was left out when it was recorded cannot be answered. */
static int check_head(const struct replay_source *s, struct error *e)
{
	static const char *const names[] = {"conditions", "after", "every", "start-at", "stop-at", "max-slowdown"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = trace_reader_field(s->reader, names[i]);

		if (value && !(i == 0 && strcmp(value, "t=w") == 0))
			return error_set(e, STATUS_INPUT,
					 "the trace leaves accesses out (%s %.100s): it cannot be replayed", names[i],
					 value);
	}
	return 0;
}

int replay_source_open(struct replay_source *s, const char *path, struct error *e)
{
	s->reader = trace_reader_open(path, e);
	if (!s->reader)
		return -1;
	if (check_head(s, e) < 0)
		goto close;
	read_next(s, false);
	if (s->over && (s->why == REPLAY_BAD || s->why == REPLAY_GAP)) {
		*e = s->error;
		goto close;
	}
	if (s->nranges == 0) {
		error_set(e, STATUS_INPUT, "%s: the trace says of no memory that it was traced", path);
		goto close;
	}
	return 0;

close:
	replay_source_close(s);
	return -1;
}

void replay_source_close(struct replay_source *s)
{
	if (s->reader)
		trace_reader_close(s->reader);
	s->reader = NULL;
}

static bool continues(const struct trace_record *last, const struct trace_record *r)
{
	return r->rip == last->rip && r->vcpu == last->vcpu && r->parts == last->parts && r->part > last->part &&
	       r->repetition == last->repetition;
}

static void add(struct replay_source *s)
{
	s->uses[s->count] = USE_FREE;
	s->group[s->count++] = s->next;
	read_next(s, true);
}

void replay_source_turn(struct replay_source *s)
{
	unsigned left = 0;

	for (unsigned i = 0; i < s->count; i++) {
		if (s->uses[i] == USE_DONE)
			continue;
		s->uses[left] = USE_FREE;
		s->group[left++] = s->group[i];
	}
	s->count = left;
	if (s->count == 0 && s->has_next)
		add(s);
	while (s->has_next && s->count > 0 && s->count < REPLAY_GROUP_MAX &&
	       continues(&s->group[s->count - 1], &s->next))
		add(s);
}

const struct trace_record *replay_source_first(const struct replay_source *s)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->uses[i] == USE_FREE)
			return &s->group[i];
	return NULL;
}

static bool is_op(enum trace_kind kind, enum access_op op)
{
	switch (op) {
	case ACCESS_LOAD:
		return kind == TRACE_LOAD || kind == TRACE_FETCH;
	case ACCESS_STORE:
		return kind == TRACE_STORE;
	case ACCESS_RMW:
		break;
	}
	return kind == TRACE_RMW;
}

int replay_source_find(const struct replay_source *s, enum replay_use use, enum access_op op, uint64_t gpa,
		       uint8_t size)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->uses[i] == use && s->group[i].gpa == gpa && s->group[i].size == size &&
		    is_op(s->group[i].kind, op))
			return (int)i;
	return -1;
}
