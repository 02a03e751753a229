/*
 * csv.c: one line a record, with a header line. Source: RFC 4180.
 *
 * Addresses and values are hexadecimal with 0x, counts and sizes decimal; what is not known, or has no meaning
 * for the kind of record, is empty.
 */
#include "capmodel/keeper.h"
#include "vmm/trace/export/format.h"

#include <inttypes.h>

#define TEXT_MAX 4096

static int open(struct export *x, struct error *e)
{
	(void)e;
	fputs("sequence,tsc,vcpu,kind,size,part,parts,repetition,rip,linear,gpa,old,new,code,bits,cpl,cr3,badge,"
	      "keeper,verdict,flags,count,text,function,object\r\n",
	      x->out);
	return 0;
}

/* Quoted always: keepers are written with commas. */
static void put_text(struct export *x, const char *text)
{
	char clean[TEXT_MAX];

	if (!text)
		return;
	export_clean_text(text, clean, sizeof(clean));
	putc('"', x->out);
	for (const char *c = clean; *c; c++) {
		if (*c == '"')
			putc('"', x->out);
		putc(*c, x->out);
	}
	putc('"', x->out);
}

static void put_value(struct export *x, const struct trace_record *r, enum trace_flag known, const uint8_t *bytes)
{
	char text[EXPORT_VALUE_TEXT] = "";

	if (r->flags & known)
		export_value_text(bytes, r->size, text);
	fprintf(x->out, "%s,", text);
}

static void put_code(struct export *x, const struct trace_record *r)
{
	for (unsigned i = 0; i < r->code_size; i++)
		fprintf(x->out, "%02x", r->code[i]);
}

static void put_access(struct export *x, const struct trace_record *r)
{
	char flags[EXPORT_FLAGS_TEXT], object[PLACE_TEXT];

	fprintf(x->out, "%u,%u,%u,%" PRIu32 ",0x%" PRIx64 ",", r->size, r->part, r->parts, r->repetition, r->rip);
	if (!(r->flags & TRACE_PHYSICAL))
		fprintf(x->out, "0x%" PRIx64, r->linear);
	fprintf(x->out, ",0x%" PRIx64 ",", r->gpa);
	put_value(x, r, TRACE_BEFORE, r->before);
	put_value(x, r, TRACE_AFTER, r->after);
	put_code(x, r);
	fprintf(x->out, ",%u,%u,0x%" PRIx64 ",0x%" PRIx64 ",", r->bits, r->cpl, r->cr3, r->badge);
	put_text(x, r->keeper);
	export_flags_text(r->flags, flags);
	fprintf(x->out, ",%s,%s,,,", verdict_name((enum verdict)r->verdict), flags);
	put_text(x, export_function(x, r));
	putc(',', x->out);
	if (export_object(x, r, object))
		put_text(x, object);
	fputs("\r\n", x->out);
}

static void put_marker(struct export *x, const struct trace_record *r)
{
	fputs(",,,,,,", x->out);
	if (trace_has_gpa(r->kind))
		fprintf(x->out, "0x%" PRIx64, r->gpa);
	fprintf(x->out, ",,,,,,,,,,,%" PRIu64 ",", r->count);
	put_text(x, r->text);
	fputs(",,\r\n", x->out);
}

static int record(struct export *x, const struct trace_record *r, struct error *e)
{
	(void)e;
	fprintf(x->out, "%" PRIu64 ",%" PRIu64 ",%u,%s,", r->sequence, r->tsc, r->vcpu, trace_kind_name(r->kind));
	if (trace_is_access(r->kind))
		put_access(x, r);
	else
		put_marker(x, r);
	return 0;
}

const struct export_format export_csv = {
	.name = "csv",
	.meaning = "comma-separated values, a line a record",
	.open = open,
	.record = record,
};
