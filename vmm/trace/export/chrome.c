/*
 * chrome.c: Chrome's trace events, as Perfetto and chrome://tracing open them.
 *
 * Added up: a slice ("X") for each burst of accesses to one page, on a track of that page; a burst ends where its
 * page is left alone for a while, or where another page takes its place in the table; and a counter ("C") of
 * accesses by kind, each interval. The more there are of them, the longer the while and the interval, and the
 * more pages are one, so that viewers can hold it. With --full an instant ("i") for each access, on a track of its
 * vCPU. Markers are instants of all. Times are microseconds since the first record.
 * Source: "Trace Event Format" (Google).
 */
#include "vmm/trace/export/format.h"
#include "vmm/trace/export/json.h"

#include <inttypes.h>

#define NS 1000000000u
#define GAP 100000u /* ns, at first */
#define INTERVAL 1000000u /* ns, at first */
#define COARSER 5000 /* bursts, or intervals, after which they get longer */
#define LONGEST (1ull << 60) /* ns */
#define BURSTS 1024
#define PAGE_SHIFT 12
#define SHIFT_MAX 44
/* Process of the tracks by vCPU, and of those by page. Readers take 0, of a process and of a track, for the idle one.
 */
#define CPU_TRACKS 1
#define PAGE_TRACKS 2

struct burst {
	bool open;
	uint64_t page; /* number */
	uint64_t start, end; /* ns */
	uint64_t counts[TRACE_FETCH + 1], bytes;
	uint64_t first; /* sequence */
};

struct chrome {
	bool any, timed; /* an event was written; the first record was met */
	bool named[UINT8_MAX + 1]; /* track of this vCPU */
	uint64_t zero; /* tsc of the first record */
	uint64_t since, width; /* ns: of the interval that is being counted */
	unsigned intervals; /* that were written with this width */
	uint64_t counts[TRACE_FETCH + 1];
	unsigned shift; /* what is called a page has 1 << shift bytes */
	uint64_t gap; /* ns: what ends a burst */
	unsigned ended, displaced; /* bursts that were written with this gap; by another page */
	struct burst bursts[BURSTS];
};

/* Up to and with "args":{; the caller ends it by }}. */
static void begin(struct export *x, const char *phase, unsigned process, uint64_t track, uint64_t ns)
{
	struct chrome *c = x->state;

	fprintf(x->out, "%s\n{\"ph\":\"%s\",\"pid\":%u,\"tid\":%" PRIu64 ",\"ts\":%" PRIu64 ".%03u,", c->any ? "," : "",
		phase, process, track, ns / 1000, (unsigned)(ns % 1000));
	c->any = true;
}

/* Readers have 32 bits for it. */
static uint64_t track_of(uint64_t page)
{
	return 1 + (page & INT32_MAX / 2);
}

static void name_track(struct export *x, unsigned process, uint64_t track, const char *what, const char *name)
{
	begin(x, "M", process, track, 0);
	fprintf(x->out, "\"cat\":\"__metadata\",\"name\":\"%s\",\"args\":{\"name\":\"%s\"}}", what, name);
}

static void put_counts(struct export *x, const uint64_t counts[TRACE_FETCH + 1])
{
	for (unsigned kind = TRACE_LOAD; kind <= TRACE_FETCH; kind++)
		fprintf(x->out, "%s\"%s\":%" PRIu64, kind ? "," : "", trace_kind_name((enum trace_kind)kind),
			counts[kind]);
}

/* Of the vCPU; named when it is met first. */
static uint64_t cpu_track(struct export *x, uint8_t vcpu)
{
	struct chrome *c = x->state;
	char name[16];

	snprintf(name, sizeof(name), "vCPU %u", vcpu);
	if (!c->named[vcpu])
		name_track(x, CPU_TRACKS, 1u + vcpu, "thread_name", name);
	c->named[vcpu] = true;
	return 1u + vcpu;
}

static int open(struct export *x, struct error *e)
{
	struct chrome *c = x->state;
	struct trace_field field;

	(void)e;
	c->shift = PAGE_SHIFT;
	c->gap = GAP;
	c->width = INTERVAL;
	fputs("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"writer\":\"lodestore\"", x->out);
	for (unsigned i = 0; x->options->reader && trace_reader_head(x->options->reader, i, &field); i++) {
		putc(',', x->out);
		export_json_text(x->out, field.name);
		putc(':', x->out);
		export_json_text(x->out, field.value);
	}
	fputs("},\"traceEvents\":[", x->out);
	name_track(x, CPU_TRACKS, 0, "process_name", "virtual CPUs");
	if (!x->options->full)
		name_track(x, PAGE_TRACKS, 0, "process_name", "pages");
	return 0;
}

static void end_burst(struct export *x, struct burst *b)
{
	struct chrome *c = x->state;
	uint64_t ns = b->end - b->start;

	if (!b->open)
		return;
	b->open = false;
	c->ended++;
	begin(x, "X", PAGE_TRACKS, track_of(b->page), b->start);
	fprintf(x->out,
		"\"dur\":%" PRIu64 ".%03u,\"cat\":\"burst\",\"name\":\"page 0x%" PRIx64
		"\",\"args\":{\"first\":%" PRIu64 ",\"bytes\":%" PRIu64 ",",
		ns / 1000, (unsigned)(ns % 1000), b->page << c->shift, b->first, b->bytes);
	put_counts(x, b->counts);
	fputs("}}", x->out);
}

static void end_bursts(struct export *x)
{
	struct chrome *c = x->state;

	for (unsigned i = 0; i < BURSTS; i++)
		end_burst(x, &c->bursts[i]);
}

/* Too many bursts for one picture: longer ones, and of more memory where there are too many pages. */
static void coarsen(struct export *x)
{
	struct chrome *c = x->state;

	end_bursts(x);
	for (unsigned i = 0; i < BURSTS; i++)
		c->bursts[i] = (struct burst){0};
	if (c->displaced > COARSER / 2 && c->shift < SHIFT_MAX)
		c->shift += 2;
	if (c->gap < LONGEST)
		c->gap *= 4;
	c->ended = c->displaced = 0;
}

static void begin_burst(struct export *x, struct burst *b, uint64_t page, uint64_t sequence, uint64_t ns)
{
	struct chrome *c = x->state;
	bool another = b->bytes == 0 || b->page != page; /* its first burst in this place */
	char name[64];

	c->displaced += b->open && b->page != page;
	end_burst(x, b);
	*b = (struct burst){.open = true, .page = page, .start = ns, .end = ns, .first = sequence};
	if (!another)
		return;
	snprintf(name, sizeof(name), "0x%" PRIx64 "+0x%llx", page << c->shift, 1ull << c->shift);
	name_track(x, PAGE_TRACKS, track_of(page), "thread_name", name);
}

/* The interval's counts, and zeros where the next one that is not empty does not follow. */
static void end_interval(struct export *x, uint64_t ns)
{
	static const uint64_t zeros[TRACE_FETCH + 1];
	struct chrome *c = x->state;
	bool pause = ns - c->since > 2 * c->width;

	for (unsigned i = 0; i < (pause ? 2 : 1); i++) {
		begin(x, "C", CPU_TRACKS, 0, c->since + i * c->width);
		fputs("\"cat\":\"accesses\",\"name\":\"accesses\",\"args\":{", x->out);
		put_counts(x, i ? zeros : c->counts);
		fputs("}}", x->out);
	}
	for (unsigned kind = TRACE_LOAD; kind <= TRACE_FETCH; kind++)
		c->counts[kind] = 0;
	if (++c->intervals >= COARSER && c->width < LONGEST) {
		c->width *= 2;
		c->intervals = 0;
	}
	c->since = ns - ns % c->width > c->since ? ns - ns % c->width : ns;
}

static void add_up(struct export *x, const struct trace_record *r, uint64_t ns)
{
	struct chrome *c = x->state;
	uint64_t page = r->gpa >> c->shift;
	struct burst *b = &c->bursts[(page ^ page >> 10) % BURSTS];

	if (ns > c->since && ns - c->since >= c->width)
		end_interval(x, ns);
	c->counts[r->kind]++;
	if (!b->open || b->page != page || ns < b->start || (ns > b->end && ns - b->end > c->gap))
		begin_burst(x, b, page, r->sequence, ns);
	if (ns > b->end)
		b->end = ns;
	b->counts[r->kind]++;
	b->bytes += r->size;
	if (c->ended >= COARSER)
		coarsen(x);
}

static void put_value(struct export *x, const char *name, const uint8_t *bytes, unsigned size)
{
	char text[EXPORT_VALUE_TEXT];

	export_value_text(bytes, size, text);
	fprintf(x->out, ",\"%s\":\"%s\"", name, text);
}

static void put_access(struct export *x, const struct trace_record *r, uint64_t ns)
{
	char what[PLACE_TEXT], name[PLACE_TEXT + 16];

	if (!export_object(x, r, what))
		snprintf(what, sizeof(what), "0x%" PRIx64, export_address(x, r));
	snprintf(name, sizeof(name), "%s %s", trace_kind_name(r->kind), what);
	begin(x, "i", CPU_TRACKS, cpu_track(x, r->vcpu), ns);
	fputs("\"s\":\"t\",\"name\":", x->out);
	export_json_text(x->out, name);
	fprintf(x->out,
		",\"cat\":\"%s\",\"args\":{\"sequence\":%" PRIu64 ",\"rip\":\"0x%" PRIx64 "\",\"gpa\":\"0x%" PRIx64
		"\",\"linear\":\"0x%" PRIx64 "\",\"size\":%u",
		trace_kind_name(r->kind), r->sequence, r->rip, r->gpa, r->linear, r->size);
	if (export_function(x, r)) {
		fputs(",\"function\":", x->out);
		export_json_text(x->out, export_function(x, r));
	}
	if (r->flags & TRACE_BEFORE)
		put_value(x, "old", r->before, r->size);
	if (r->flags & TRACE_AFTER)
		put_value(x, "new", r->after, r->size);
	fputs(",\"keeper\":", x->out);
	export_json_text(x->out, r->keeper);
	fputs("}}", x->out);
}

static void put_marker(struct export *x, const struct trace_record *r, uint64_t ns)
{
	begin(x, "i", CPU_TRACKS, cpu_track(x, r->vcpu), ns);
	fprintf(x->out,
		"\"s\":\"g\",\"name\":\"%s\",\"cat\":\"marker\",\"args\":{\"sequence\":%" PRIu64 ",\"gpa\":\"0x%" PRIx64
		"\",\"count\":\"%" PRIu64 "\",\"text\":",
		trace_kind_name(r->kind), r->sequence, r->gpa, r->count);
	export_json_text(x->out, r->text);
	fputs("}}", x->out);
}

static int record(struct export *x, const struct trace_record *r, struct error *e)
{
	struct chrome *c = x->state;
	uint64_t ns;

	(void)e;
	if (!c->timed)
		c->zero = r->tsc;
	c->timed = true;
	ns = export_time(x, r->tsc > c->zero ? r->tsc - c->zero : 0, NS);
	if (!trace_is_access(r->kind))
		put_marker(x, r, ns);
	else if (x->options->full)
		put_access(x, r, ns);
	else if (export_happened(r))
		add_up(x, r, ns);
	return 0;
}

static int close(struct export *x, struct error *e)
{
	struct chrome *c = x->state;

	(void)e;
	end_bursts(x);
	if (c->timed && !x->options->full)
		end_interval(x, c->since + 3 * c->width);
	fputs("\n]}\n", x->out);
	return 0;
}

const struct export_format export_chrome = {
	.name = "chrome",
	.meaning = "JSON trace events for Perfetto; added up by page and time, or --full",
	.state_size = sizeof(struct chrome),
	.open = open,
	.record = record,
	.close = close,
};
