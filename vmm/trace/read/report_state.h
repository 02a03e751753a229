/*
 * report_state.h: what the files of report share.
 *
 * A site is an instruction, by its address. A cell is 8 aligned bytes of guest-physical memory:
 * what is said of bytes (dead, never written, shared) is counted by cells.
 */
#ifndef VMM_TRACE_READ_REPORT_STATE_H
#define VMM_TRACE_READ_REPORT_STATE_H

#include "vmm/trace/read/bounded.h"
#include "vmm/trace/read/report.h"

#define REPORT_SITES 65536
#define REPORT_ADDRESSES 262144
#define REPORT_PAGES 65536
#define REPORT_CELLS 524288
#define REPORT_PAIRS 262144
#define REPORT_PROCESSES 4096

/* Two loads of a double fetch are at most so many records apart, ... */
#define REPORT_FETCH_WINDOW 256
/* ... and where no symbols are known, their instructions so many bytes. */
#define REPORT_FETCH_REACH 512

struct report_counts {
	uint64_t kinds[TRACE_FETCH + 1];
};

struct report_site {
	struct bounded_key key; /* rip, 0 */
	struct report_counts counts;
	uint64_t function; /* where it begins; or rip, where that is not known */
	uint64_t same; /* stores of what was there already */
	uint64_t unwritten; /* loads of bytes that nobody has stored */
	bool known; /* function is */
};

struct report_address {
	struct bounded_key key; /* gpa, 0 */
	struct report_counts counts;
	uint64_t linear; /* of the last access that had one; else 0 */
	uint64_t unwritten;
};

struct report_page {
	struct bounded_key key; /* gpa / 4096, 0 */
	struct report_counts counts;
};

/* Traced memory, as it was told: armed, disarmed, armed again. */
struct report_run {
	struct bounded_key key; /* gpa, 0 */
	uint64_t off; /* bytes that are disarmed */
	bool armed;
};

struct report_process {
	struct bounded_key key; /* badge, cr3 */
	struct report_counts counts;
};

enum report_relation {
	RELATION_FLOW, /* what the first stored, the second loaded */
	RELATION_DEAD, /* what the first stored, the second overwrote before anybody loaded it */
	RELATION_FETCH, /* what the first loaded, the second loaded again */
	RELATIONS,
};

struct report_pair {
	struct bounded_key key; /* site << 32 | site (bounded_index); enum report_relation */
	uint64_t count;
	uint64_t changed; /* RELATION_FETCH: somebody else stored there in between */
};

struct report_cell {
	struct bounded_key key; /* gpa / 8, 0 */
	uint64_t linear;
	uint64_t accesses;
	uint64_t load_sequence;
	uint64_t load_process, store_process;
	uint32_t load_site, store_site; /* bounded_index(), 0: none */
	uint32_t readers, writers; /* a bit a vCPU; those from 31 on share one */
	uint32_t loaders, storers; /* a bit a process, by its bounded_index(); those from 31 on share one */
	uint8_t stored, fresh, written; /* a bit a byte: by the last store; of those not loaded since; ever */
	uint8_t load_bytes, load_vcpu;
	uint8_t store_vcpu; /* since the last load */
	bool load_then_store; /* somebody stored since the last load */
};

struct report {
	const struct places *places;
	struct bounded sites, addresses, pages, cells, pairs, processes;
	uint64_t records, accesses, bytes[TRACE_FETCH + 1];
	uint64_t kinds[TRACE_KINDS];
	uint64_t sizes[TRACE_VALUE_MAX + 1][TRACE_FETCH + 1];
	uint64_t vcpus[256];
	uint64_t lost, denied;
	uint64_t first_tsc, last_tsc;
	/* what share of the time was seen: bytes x cycles */
	struct bounded runs;
	uint64_t armed_bytes, off_bytes, since;
	uint64_t traced_bytes; /* the most that were armed or disarmed at a time */
	double seen, unseen;
};

/* Indices of an access's rows, of bounded_index(); 0: the table was full. */
struct report_who {
	uint32_t site, process;
};

/* report_cell.c: what the access means for each cell it touches. */
void report_cells(struct report *r, const struct trace_record *record, struct report_who who);

/* report_print.c: "main+0x12", or the number. */
void report_name_code(const struct report *r, uint64_t rip, char text[PLACE_TEXT]);

#endif
