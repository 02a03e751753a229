/*
 * din.c: Dinero's traces: one reference a line, of both kinds that its reader knows.
 *
 * din   "label address size": label 0 load, 1 store, 2 instruction; its reader ignores the size.
 * xdin  "type address size": type r, w or i.
 * All numbers are hexadecimal. A read-modify-write is a load and then a store.
 * Source: Dinero IV, manual page dineroIV(1), "-informat".
 */
#include "vmm/trace/export/format.h"

#include <inttypes.h>

static void put(struct export *x, const char types[3], unsigned which, uint64_t address, unsigned size)
{
	fprintf(x->out, "%c %" PRIx64 " %x\n", types[which], address, size);
}

static void put_record(struct export *x, const struct trace_record *r, const char types[3])
{
	if (!export_happened(r))
		return;
	if (export_begins(x->state, r) && (r->code_size > 0 || r->kind == TRACE_FETCH))
		put(x, types, 2, r->rip, r->code_size > 0 ? r->code_size : r->size);
	if (r->kind == TRACE_LOAD || r->kind == TRACE_RMW)
		put(x, types, 0, export_address(x, r), r->size);
	if (r->kind == TRACE_STORE || r->kind == TRACE_RMW)
		put(x, types, 1, export_address(x, r), r->size);
}

static int record_din(struct export *x, const struct trace_record *r, struct error *e)
{
	(void)e;
	put_record(x, r, "012");
	return 0;
}

static int record_xdin(struct export *x, const struct trace_record *r, struct error *e)
{
	(void)e;
	put_record(x, r, "rwi");
	return 0;
}

const struct export_format export_din = {
	.name = "din",
	.meaning = "text of Dinero: 0, 1 or 2, address, size",
	.state_size = sizeof(struct export_last),
	.record = record_din,
};

const struct export_format export_xdin = {
	.name = "xdin",
	.meaning = "text of Dinero IV, extended: r, w or i, address, size",
	.state_size = sizeof(struct export_last),
	.record = record_xdin,
};
