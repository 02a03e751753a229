/*
 * reader.c: the blocks of a trace in their order, each checked against the one before it.
 */
#include "vmm/trace/file/reader.h"

#include "vmm/trace/file/decode.h"
#include "vmm/trace/file/foot.h"
#include "vmm/trace/file/input.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct trace_reader {
	struct input input;
	struct trace_decoder *decoder;
	struct named head, foot;
	struct index index; /* of the foot */
	bool has_foot;
	uint64_t foot_records;
	uint64_t first; /* byte of the first frame */
	uint64_t first_previous; /* the head's hash */
	/* where it is */
	struct block frame; /* whose records come now */
	uint64_t frame_at;
	bool in_frame;
	uint64_t sequence; /* of the next record */
	uint64_t previous; /* the hash of the block before the next one */
	const struct index_entry *sought; /* the next frame is this one, and what lies before it is not known */
	bool whole; /* all was read from the beginning: kinds are those of the file so far */
	uint64_t kinds[TRACE_KINDS];
	enum trace_read over; /* TRACE_READ_RECORD: it is not */
	struct error error;
};

/* --- opening ---------------------------------------------------------------------- */

void trace_reader_close(struct trace_reader *r)
{
	if (!r)
		return;
	input_close(&r->input);
	trace_decoder_free(r->decoder);
	named_free(&r->head);
	named_free(&r->foot);
	index_free(&r->index);
	free(r);
}

static int open_head(struct trace_reader *r, const char *path, struct error *e)
{
	struct block b;
	struct error cause;
	const char *why;
	enum trace_read read = input_header(&r->input, &b, &cause);

	if (read == TRACE_READ_RECORD && b.kind != BLOCK_HEAD)
		return error_set(e, STATUS_INPUT, "trace %s: no trace: it does not begin with a head", path);
	if (read == TRACE_READ_RECORD)
		read = input_payload(&r->input, &b, &cause);
	if (read != TRACE_READ_RECORD)
		return error_set(e, STATUS_INPUT, "trace %s: no trace, or one cut off in its head: %s", path,
				 cause.text);
	why = head_read(r->input.raw, b.raw, &r->head);
	if (why)
		return error_set(e, STATUS_INPUT, "trace %s: the head: %s", path, why);
	r->first = r->input.at;
	r->first_previous = b.hash;
	return 0;
}

static int take_foot(struct trace_reader *r, const struct block *b, struct error *e)
{
	struct named foot;
	struct index index;
	const char *why = foot_read(r->input.raw, b->raw, &foot, &index);

	if (why)
		return error_set(e, STATUS_INPUT, "the foot: %s", why);
	named_free(&r->foot);
	index_free(&r->index);
	r->foot = foot;
	r->index = index;
	r->has_foot = true;
	r->foot_records = b->sequence;
	return 0;
}

/* The foot, if there is one that is right; whatever is wrong with it is told when it is come to. */
static void look_for_foot(struct trace_reader *r)
{
	uint8_t trailer[BLOCK_TRAILER];
	uint64_t size = r->input.size, at;
	struct error ignored;
	struct block b;

	if (!r->input.seekable || size < BLOCK_TRAILER || input_seek(&r->input, size - BLOCK_TRAILER, &ignored) < 0)
		return;
	if (input_read(&r->input, trailer, sizeof(trailer), &ignored) != BLOCK_TRAILER ||
	    !block_get_trailer(trailer, &at) || at >= size || input_seek(&r->input, at, &ignored) < 0)
		return;
	if (input_header(&r->input, &b, &ignored) == TRACE_READ_RECORD && b.kind == BLOCK_FOOT &&
	    input_payload(&r->input, &b, &ignored) == TRACE_READ_RECORD && r->input.at == size - BLOCK_TRAILER)
		take_foot(r, &b, &ignored);
}

static void rewind_to(struct trace_reader *r, const struct index_entry *entry)
{
	r->sought = entry;
	r->sequence = entry ? entry->sequence : 0;
	r->previous = r->first_previous;
	r->whole = !entry;
	r->in_frame = false;
	memset(r->kinds, 0, sizeof(r->kinds));
	r->over = TRACE_READ_RECORD;
}

struct trace_reader *trace_reader_open(const char *path, struct error *e)
{
	struct trace_reader *r = calloc(1, sizeof(*r));

	if (r)
		r->decoder = trace_decoder_new();
	if (!r || !r->decoder) {
		free(r);
		error_set(e, STATUS_HOST, "trace %s: no memory", path);
		return NULL;
	}
	if (input_open(&r->input, path, e) < 0 || open_head(r, path, e) < 0)
		goto close;
	look_for_foot(r);
	if (r->input.seekable && input_seek(&r->input, r->first, e) < 0)
		goto close;
	rewind_to(r, NULL);
	return r;
close:
	trace_reader_close(r);
	return NULL;
}

/* --- blocks ------------------------------------------------------------------------- */

/* Is this the block that must come here? */
static int check_place(const struct trace_reader *r, const struct block *b, uint64_t at, struct error *e)
{
	const char *what = b->kind == BLOCK_FOOT ? "the foot" : "this frame";

	if (b->kind == BLOCK_HEAD)
		return error_set(e, STATUS_INPUT, "byte %" PRIu64 ": the head of another trace", at);
	if (b->sequence > r->sequence)
		return error_set(e, STATUS_INPUT,
				 "byte %" PRIu64 ": frames are missing before %s: records %" PRIu64 " to %" PRIu64, at,
				 what, r->sequence, b->sequence - 1);
	if (b->sequence < r->sequence)
		return error_set(e, STATUS_INPUT,
				 "byte %" PRIu64 ": %s is out of its order: it follows record %" PRIu64
				 ", here it is after record %" PRIu64,
				 at, what, b->sequence, r->sequence);
	if (r->sought ? b->hash != r->sought->hash : b->previous != r->previous)
		return error_set(e, STATUS_INPUT,
				 "byte %" PRIu64
				 ": %s was not written after the one before it: one of them was exchanged",
				 at, what);
	return 0;
}

/* What the foot says of the records must be what was read. Of a kind that its writer did not know it says nothing. */
static int check_counts(const struct trace_reader *r, struct error *e)
{
	char name[32];
	uint64_t value;

	for (unsigned i = 0; r->whole && i < TRACE_KINDS; i++) {
		snprintf(name, sizeof(name), "records.%s", trace_kind_name((enum trace_kind)i));
		if (trace_reader_counter(r, name, &value) ? value != r->kinds[i] : r->kinds[i] > 0)
			return error_set(e, STATUS_INPUT, "the foot: %s is not what is in the file: %" PRIu64, name,
					 r->kinds[i]);
	}
	return 0;
}

static enum trace_read read_foot(struct trace_reader *r, const struct block *b, uint64_t at, struct error *e)
{
	uint8_t trailer[BLOCK_TRAILER + 1];
	uint64_t foot;
	int64_t got;

	if (take_foot(r, b, e) < 0 || check_counts(r, e) < 0)
		return TRACE_READ_BAD;
	got = input_read(&r->input, trailer, sizeof(trailer), e);
	if (got < 0)
		return TRACE_READ_BAD;
	if (got < BLOCK_TRAILER) {
		error_set(e, STATUS_INPUT, "byte %" PRIu64 ": it ends after the foot, within the trailer", r->input.at);
		return TRACE_READ_UNFINISHED;
	}
	if (!block_get_trailer(trailer, &foot) || foot != at) {
		error_set(e, STATUS_INPUT, "the trailer after the foot is not right");
		return TRACE_READ_BAD;
	}
	if (got > BLOCK_TRAILER) {
		error_set(e, STATUS_INPUT, "byte %" PRIu64 ": it goes on after its end", r->input.at - 1);
		return TRACE_READ_BAD;
	}
	return TRACE_READ_END;
}

/* The next frame is there to be decoded: TRACE_READ_RECORD; or the end. */
static enum trace_read next_block(struct trace_reader *r, struct error *e)
{
	uint64_t at = r->input.at;
	struct block b;
	enum trace_read read = input_header(&r->input, &b, e);

	if (read == TRACE_READ_RECORD && check_place(r, &b, at, e) < 0)
		read = TRACE_READ_BAD;
	if (read == TRACE_READ_RECORD)
		read = input_payload(&r->input, &b, e);
	if (read != TRACE_READ_RECORD)
		return read;
	r->previous = b.hash;
	r->sought = NULL;
	if (b.kind == BLOCK_FOOT)
		return read_foot(r, &b, at, e);
	r->frame = b;
	r->frame_at = at;
	r->in_frame = true;
	trace_decoder_begin(r->decoder, &b, r->input.raw);
	return TRACE_READ_RECORD;
}

/* --- records ------------------------------------------------------------------------ */

/* It is over: why, with what was read last. */
static enum trace_read end(struct trace_reader *r, enum trace_read read, const struct error *cause)
{
	r->over = read;
	if (read == TRACE_READ_END)
		return read;
	r->error.status = cause->status;
	if (r->sequence)
		snprintf(r->error.text, sizeof(r->error.text), "after record %" PRIu64 ": %.400s", r->sequence - 1,
			 cause->text);
	else
		snprintf(r->error.text, sizeof(r->error.text), "before any record: %.400s", cause->text);
	return read;
}

static enum trace_read next(struct trace_reader *r, struct trace_record *record)
{
	struct error e;

	while (r->over == TRACE_READ_RECORD) {
		const char *why;
		int got = r->in_frame ? trace_decoder_next(r->decoder, record, &why) : 0;

		if (got > 0) {
			r->sequence++;
			r->kinds[record->kind]++;
			return TRACE_READ_RECORD;
		}
		r->in_frame = false;
		if (got < 0) {
			error_set(&e, STATUS_INPUT, "the frame at byte %" PRIu64 ", byte %u of its contents: %s",
				  r->frame_at, trace_decoder_at(r->decoder), why);
			return end(r, TRACE_READ_BAD, &e);
		}
		enum trace_read read = next_block(r, &e);

		if (read != TRACE_READ_RECORD)
			return end(r, read, &e);
	}
	return r->over;
}

enum trace_read trace_reader_next(struct trace_reader *r, struct trace_record *record, struct error *e)
{
	enum trace_read read = next(r, record);

	if (read == TRACE_READ_UNFINISHED || read == TRACE_READ_BAD)
		*e = r->error;
	return read;
}

/* Without an index: over whole frames that lie before it. */
static int skip_frames(struct trace_reader *r, uint64_t sequence, struct error *e)
{
	for (;;) {
		uint64_t at = r->input.at;
		struct block b;

		if (input_header(&r->input, &b, e) != TRACE_READ_RECORD || check_place(r, &b, at, e) < 0 ||
		    b.kind != BLOCK_FRAME || b.records > sequence - b.sequence ||
		    input_skip(&r->input, &b, e) != TRACE_READ_RECORD)
			return input_seek(&r->input, at, e);
		r->sequence = b.sequence + b.records;
		r->previous = b.hash;
		r->whole = false;
	}
}

int trace_reader_seek(struct trace_reader *r, uint64_t sequence, struct error *e)
{
	const struct index_entry *entry = r->has_foot ? index_find(&r->index, sequence) : NULL;
	struct trace_record record;

	if (!r->input.seekable && sequence < r->sequence)
		return error_set(e, STATUS_INPUT, "it is no file that can be gone back in");
	if (r->input.seekable) {
		if (input_seek(&r->input, entry ? entry->offset : r->first, e) < 0)
			return -1;
		rewind_to(r, entry);
		if (!r->has_foot && skip_frames(r, sequence, e) < 0)
			return -1;
	}
	while (r->sequence < sequence && next(r, &record) == TRACE_READ_RECORD)
		;
	if (r->over == TRACE_READ_BAD)
		*e = r->error;
	return r->over == TRACE_READ_BAD ? -1 : 0;
}

/* --- what the head and the foot say ---------------------------------------------------- */

const char *trace_reader_field(const struct trace_reader *r, const char *name)
{
	for (unsigned i = 0; i < r->head.count; i++)
		if (strcmp(r->head.fields[i].name, name) == 0)
			return r->head.fields[i].value;
	return NULL;
}

bool trace_reader_head(const struct trace_reader *r, unsigned i, struct trace_field *field)
{
	if (i >= r->head.count)
		return false;
	*field = r->head.fields[i];
	return true;
}

bool trace_reader_counter(const struct trace_reader *r, const char *name, uint64_t *value)
{
	for (unsigned i = 0; i < r->foot.count; i++)
		if (strcmp(r->foot.counters[i].name, name) == 0) {
			*value = r->foot.counters[i].value;
			return true;
		}
	return false;
}

bool trace_reader_foot(const struct trace_reader *r, unsigned i, struct trace_counter *counter)
{
	if (i >= r->foot.count)
		return false;
	*counter = r->foot.counters[i];
	return true;
}

uint64_t trace_reader_records(const struct trace_reader *r)
{
	return r->foot_records;
}

void trace_reader_progress(const struct trace_reader *r, uint64_t *read, uint64_t *all)
{
	*read = r->input.at;
	*all = r->input.size;
}
