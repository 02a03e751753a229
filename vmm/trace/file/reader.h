/*
 * reader.h: records out of a file that may come from a stranger.
 *
 * Memory is bounded whatever the file says. A file that is being written, or whose writer was
 * killed, is read to its last finished frame.
 */
#ifndef VMM_TRACE_FILE_READER_H
#define VMM_TRACE_FILE_READER_H

#include "vmm/error.h"
#include "vmm/trace/record.h"

struct trace_reader;

enum trace_read {
	TRACE_READ_RECORD,
	TRACE_READ_END, /* the foot follows: nothing is missing */
	TRACE_READ_UNFINISHED, /* it ends without a foot; *e says after what */
	TRACE_READ_BAD, /* *e says what is wrong, in which frame and at which byte */
};

/* path "-": standard input, which cannot be sought in. NULL with *e filled: no file, no trace, a bad head. */
struct trace_reader *trace_reader_open(const char *path, struct error *e);
void trace_reader_close(struct trace_reader *r);

/* The next record. *e is filled where it is neither a record nor the end; then nothing more comes. */
enum trace_read trace_reader_next(struct trace_reader *r, struct trace_record *record, struct error *e);

/*
 * Go to the record with this sequence, or the first after it, by the index where there is one. 0, or -1
 * with *e filled: it cannot be sought in, or the file is bad.
 */
int trace_reader_seek(struct trace_reader *r, uint64_t sequence, struct error *e);

/* What the head says; NULL where it does not name it. The whole: trace_reader_head(r, i, &field), i from 0. */
const char *trace_reader_field(const struct trace_reader *r, const char *name);
bool trace_reader_head(const struct trace_reader *r, unsigned i, struct trace_field *field);

/* What the foot counted, once the end was read, or at once where the file can be sought in and has a foot. */
bool trace_reader_counter(const struct trace_reader *r, const char *name, uint64_t *value);
bool trace_reader_foot(const struct trace_reader *r, unsigned i, struct trace_counter *counter);

/* Records in the file, by its foot; 0 where that is not known. */
uint64_t trace_reader_records(const struct trace_reader *r);

/* Bytes read so far and in all (0: unknown), for progress. */
void trace_reader_progress(const struct trace_reader *r, uint64_t *read, uint64_t *all);

#endif
