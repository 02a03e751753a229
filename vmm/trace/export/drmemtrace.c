/*
 * drmemtrace.c: entries of DynamoRIO's memory traces, as its readers take them from a file.
 *
 * An entry has 12 bytes, little-endian: 2 of type, 2 of size, 8 of address. An instruction is its bytes
 * (up to 8 an entry), then its address; its loads and stores follow. The file says that it holds only
 * what was asked for: instructions and data filtered, of a whole system. Each virtual CPU is a thread;
 * the process is the guest's, if its kernel names it. Time and CPU are told where the thread changes.
 * Source: DynamoRIO, clients/drcachesim/common/trace_entry.h, version 5.
 */
#include "vmm/trace/export/format.h"

#include <string.h>

#define SIZE 12
#define VERSION 5
#define THREADS 256 /* a vCPU is one byte of a record */

enum entry_type {
	ENTRY_READ = 0,
	ENTRY_WRITE = 1,
	ENTRY_INSTR = 10,
	ENTRY_INDIRECT_JUMP = 12,
	ENTRY_DIRECT_CALL = 14,
	ENTRY_INDIRECT_CALL = 15,
	ENTRY_RETURN = 16,
	ENTRY_THREAD = 22,
	ENTRY_THREAD_EXIT = 23,
	ENTRY_PID = 24,
	ENTRY_HEADER = 25,
	ENTRY_FOOTER = 26,
	ENTRY_MARKER = 28,
	ENTRY_INSTR_NO_FETCH = 29, /* the further elements of a REP */
	ENTRY_ENCODING = 47,
};

enum marker {
	MARKER_TIMESTAMP = 2,
	MARKER_CPU = 3,
	MARKER_FILE_TYPE = 9,
	MARKER_CACHE_LINE = 10,
	MARKER_VERSION = 12,
	MARKER_PAGE_SIZE = 18,
	MARKER_USER = 101, /* the first that is nobody's: the guest's mark */
};

enum file_type {
	FILE_X86_64 = 0x40,
	FILE_INSTRUCTIONS_FILTERED = 0x80,
	FILE_DATA_FILTERED = 0x100,
	FILE_ENCODINGS = 0x200,
	FILE_WHOLE_SYSTEM = 0x40000,
};

struct drmemtrace {
	struct export_last last;
	bool begun; /* a thread was named */
	uint8_t vcpu;
	uint64_t pid;
	bool seen[THREADS];
};

static void put(struct export *x, unsigned type, unsigned size, uint64_t address)
{
	uint8_t entry[SIZE];

	export_put16(entry, (uint16_t)type);
	export_put16(entry + 2, (uint16_t)size);
	export_put64(entry + 4, address);
	fwrite(entry, SIZE, 1, x->out);
}

static int open(struct export *x, struct error *e)
{
	(void)e;
	put(x, ENTRY_HEADER, 0, VERSION);
	put(x, ENTRY_MARKER, MARKER_VERSION, VERSION);
	put(x, ENTRY_MARKER, MARKER_FILE_TYPE,
	    FILE_X86_64 | FILE_INSTRUCTIONS_FILTERED | FILE_DATA_FILTERED | FILE_ENCODINGS | FILE_WHOLE_SYSTEM);
	return 0;
}

/* Thread ids begin at 1: 0 is none. */
static void put_thread(struct export *x, const struct trace_record *r)
{
	struct drmemtrace *d = x->state;
	bool first = !d->begun;

	if (d->begun && d->vcpu == r->vcpu && d->pid == r->badge)
		return;
	d->begun = true;
	d->vcpu = r->vcpu;
	d->pid = r->badge;
	d->seen[r->vcpu] = true;
	put(x, ENTRY_THREAD, 4, r->vcpu + 1u);
	put(x, ENTRY_PID, 4, r->badge ? r->badge : 1);
	if (first) {
		put(x, ENTRY_MARKER, MARKER_CACHE_LINE, 64);
		put(x, ENTRY_MARKER, MARKER_PAGE_SIZE, 4096);
	}
	put(x, ENTRY_MARKER, MARKER_TIMESTAMP, export_time(x, r->tsc, 1000000));
	put(x, ENTRY_MARKER, MARKER_CPU, r->vcpu);
}

static unsigned instruction_type(struct export *x, const struct trace_record *r)
{
	static const unsigned types[] = {
		[BRANCH_NONE] = ENTRY_INSTR,
		[BRANCH_DIRECT_CALL] = ENTRY_DIRECT_CALL,
		[BRANCH_INDIRECT_CALL] = ENTRY_INDIRECT_CALL,
		[BRANCH_INDIRECT_JUMP] = ENTRY_INDIRECT_JUMP,
		[BRANCH_RETURN] = ENTRY_RETURN,
	};

	return r->repetition > 0 ? ENTRY_INSTR_NO_FETCH : types[export_branch_of(x, r)];
}

static void put_instruction(struct export *x, const struct trace_record *r)
{
	for (unsigned at = 0; at < r->code_size; at += 8) {
		unsigned size = r->code_size - at < 8 ? r->code_size - at : 8u;
		uint8_t entry[SIZE] = {0};

		export_put16(entry, ENTRY_ENCODING);
		export_put16(entry + 2, (uint16_t)size);
		memcpy(entry + 4, r->code + at, size);
		fwrite(entry, SIZE, 1, x->out);
	}
	put(x, instruction_type(x, r), r->code_size, r->rip);
}

static int record(struct export *x, const struct trace_record *r, struct error *e)
{
	struct drmemtrace *d = x->state;

	(void)e;
	if (r->kind == TRACE_MARK && d->begun)
		put(x, ENTRY_MARKER, MARKER_USER, r->count);
	if (!export_happened(r))
		return 0;
	put_thread(x, r);
	if (export_begins(&d->last, r) && r->code_size > 0)
		put_instruction(x, r);
	if (r->kind == TRACE_LOAD || r->kind == TRACE_RMW)
		put(x, ENTRY_READ, r->size, export_address(x, r));
	if (r->kind == TRACE_STORE || r->kind == TRACE_RMW)
		put(x, ENTRY_WRITE, r->size, export_address(x, r));
	return 0;
}

static int close(struct export *x, struct error *e)
{
	struct drmemtrace *d = x->state;

	(void)e;
	for (unsigned vcpu = 0; vcpu < THREADS; vcpu++)
		if (d->seen[vcpu])
			put(x, ENTRY_THREAD_EXIT, 4, vcpu + 1u);
	put(x, ENTRY_FOOTER, 0, 0);
	return 0;
}

const struct export_format export_drmemtrace = {
	.name = "drmemtrace",
	.meaning = "DynamoRIO's memory trace entries, 12 bytes each",
	.state_size = sizeof(struct drmemtrace),
	.open = open,
	.record = record,
	.close = close,
};
