/*
 * lackey.c: what valgrind --tool=lackey --trace-mem=yes prints.
 *
 * "I  address,size" for an instruction, then " L", " S" or " M" (load, store, both) "address,size"
 * for each of its accesses: the address in hexadecimal, at least eight digits, the size in decimal.
 * Instructions that touch no traced memory are not known. Source: Valgrind User Manual, "Lackey".
 */
#include "vmm/trace/export/format.h"

#include <inttypes.h>

static int record(struct export *x, const struct trace_record *r, struct error *e)
{
	static const char letters[] = {[TRACE_LOAD] = 'L', [TRACE_STORE] = 'S', [TRACE_RMW] = 'M'};

	(void)e;
	if (!export_happened(r))
		return 0;
	if (export_begins(x->state, r) && (r->code_size > 0 || r->kind == TRACE_FETCH))
		fprintf(x->out, "I  %08" PRIx64 ",%u\n", r->rip, r->code_size > 0 ? r->code_size : r->size);
	if (r->kind != TRACE_FETCH)
		fprintf(x->out, " %c %08" PRIx64 ",%u\n", letters[r->kind], export_address(x, r), r->size);
	return 0;
}

const struct export_format export_lackey = {
	.name = "lackey",
	.meaning = "text, as of valgrind --tool=lackey --trace-mem=yes",
	.state_size = sizeof(struct export_last),
	.record = record,
};
