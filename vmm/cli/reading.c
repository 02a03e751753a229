#include "vmm/cli/reading.h"

#include "vmm/cli/verbs.h"
#include "vmm/number.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OWN_MAX 16
#define COMMON_BASE 0x100 /* what getopt_long gives back: apart from any character */
#define OWN_BASE 0x200

/* The first ones are conditions of vmm/trace/filter.h. */
static const char *const common[] = {"t",     "cpl",  "cr3",     "rip",  "linear", "gpa", "size",  "vcpu",
				     "badge", "when", "symbols", "from", "count",  "btf", "object"};

enum {
	COMMON_SYMBOLS = 10,
	COMMON_FROM,
	COMMON_COUNT,
	COMMON_BTF,
	COMMON_OBJECT,
	COMMONS,
};

void reading_help(void)
{
	puts("Which records (all conditions must hold; markers always pass):");
	trace_filter_help(stdout, "cpl");
	printf("  --from SEQ      not those before this one\n"
	       "  --count N       at most so many\n"
	       "Names:\n"
	       "  --symbols FILE  of an ELF image (its DWARF too) or a System.map; may be repeated\n"
	       "  --btf FILE      types of a Linux kernel, as /sys/kernel/btf/vmlinux, or an ELF image\n"
	       "  --object WHERE=TYPE  what stands at a symbol or linear address, by DWARF or BTF\n");
}

static int read_count(const char *name, const char *text, uint64_t *out, struct error *e)
{
	const char *why = number_parse(text, strlen(text), out);

	return why ? error_set(e, STATUS_USAGE, "--%s: '%.80s' %s", name, text, why) : 0;
}

/* Looked up when all names are known. */
static int take_object(struct reading *r, const char *value, struct error *e)
{
	if (r->nobjects == READING_OBJECTS_MAX)
		return error_set(e, STATUS_USAGE, "--object: more than %u", READING_OBJECTS_MAX);
	r->objects[r->nobjects++] = value;
	return 0;
}

static int take_common(struct reading *r, int which, const char *value, struct error *e)
{
	struct error why;

	if (which == COMMON_SYMBOLS)
		return places_add(r->places, value, e);
	if (which == COMMON_FROM)
		return read_count("from", value, &r->from, e);
	if (which == COMMON_COUNT)
		return read_count("count", value, &r->count, e);
	if (which == COMMON_BTF)
		return places_add_types(r->places, value, e);
	if (which == COMMON_OBJECT)
		return take_object(r, value, e);
	r->filtered = true;
	if (trace_filter_add(r->filter, common[which], value, &why) == 0)
		return 0;
	return error_set(e, why.status, "%s%s: %.480s", which == 0 ? "-" : "--", common[which], why.text);
}

struct option_list {
	struct option options[OWN_MAX + COMMONS + 2];
	char letters[2 * OWN_MAX + 8];
	unsigned n;
};

static void list_options(struct option_list *list, const struct reading_option *own)
{
	char *letter = list->letters + sprintf(list->letters, ":ht:");

	list->options[list->n++] = (struct option){.name = "help", .val = 'h'};
	for (int i = 0; i < COMMONS; i++)
		list->options[list->n++] =
			(struct option){.name = common[i], .has_arg = required_argument, .val = COMMON_BASE + i};
	for (int i = 0; own[i].name && i < OWN_MAX; i++) {
		list->options[list->n++] = (struct option){.name = own[i].name,
							   .has_arg = own[i].value ? required_argument : no_argument,
							   .val = OWN_BASE + i};
		if (own[i].letter)
			letter += sprintf(letter, "%c%s", own[i].letter, own[i].value ? ":" : "");
	}
}

/* The index of the option with this letter, or -1. */
static int own_letter(const struct reading_option *own, int letter)
{
	for (int i = 0; own[i].name && i < OWN_MAX; i++)
		if (own[i].letter && own[i].letter == letter)
			return i;
	return -1;
}

/* One option that getopt_long found. */
static int take(struct reading *r, int value, const struct reading_option *own, bool *help, struct error *e)
{
	int mine = value >= OWN_BASE ? value - OWN_BASE : own_letter(own, value);

	if (value == 'h')
		*help = true;
	else if (value == 't')
		return take_common(r, 0, optarg, e);
	else if (mine < 0)
		return take_common(r, value - COMMON_BASE, optarg, e);
	else if (own[mine].value)
		*own[mine].value = optarg;
	else
		*own[mine].set = true;
	return 0;
}

int reading_options(struct reading *r, int argc, char **argv, const struct reading_option *own, bool *help,
		    struct error *e)
{
	struct option_list list = {.n = 0};
	int value;

	*r = (struct reading){.filter = trace_filter_new(), .places = places_new(), .count = UINT64_MAX};
	if (!r->filter || !r->places)
		return error_set(e, STATUS_HOST, "no memory");
	list_options(&list, own);
	optind = 0; /* GNU getopt: start anew */
	opterr = 0;
	while ((value = getopt_long(argc, argv, list.letters, list.options, NULL)) != -1) {
		if (value == ':')
			return error_set(e, STATUS_USAGE, "'%.100s' needs a value", argv[optind - 1]);
		if (value == '?')
			return error_set(e, STATUS_USAGE, "unknown option '%.100s'; see 'lodestore %s --help'",
					 argv[optind - 1], argv[0]);
		if (take(r, value, own, help, e) < 0)
			return -1;
	}
	for (unsigned i = 0; i < r->nobjects; i++)
		if (places_declare(r->places, r->objects[i], e) < 0)
			return -1;
	return optind;
}

int reading_open(struct reading *r, const char *path, struct error *e)
{
	r->path = path;
	r->reader = trace_reader_open(path, e);
	if (!r->reader)
		return -1;
	r->shows = isatty(STDERR_FILENO);
	clock_gettime(CLOCK_MONOTONIC, &r->started);
	r->last = r->started;
	/* a file that cannot be sought in is read from its start */
	return r->from ? trace_reader_seek(r->reader, r->from, e) : 0;
}

static double since(struct timespec then, struct timespec now)
{
	return (double)(now.tv_sec - then.tv_sec) + (double)(now.tv_nsec - then.tv_nsec) / 1e9;
}

/* After a second, twice a second. */
static void progress(struct reading *r)
{
	struct timespec now;
	uint64_t at, all;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (since(r->started, now) < 1 || since(r->last, now) < 0.5)
		return;
	r->last = now;
	r->shown = true;
	trace_reader_progress(r->reader, &at, &all);
	if (all)
		fprintf(stderr, "\r%3.0f%%", 100.0 * (double)at / (double)all);
	fprintf(stderr, "%s %llu records ", all ? "" : "\r", (unsigned long long)r->seen);
	fflush(stderr);
}

static void progress_end(struct reading *r)
{
	if (r->shown)
		fprintf(stderr, "\r%40s\r", "");
	r->shown = false;
}

int reading_next(struct reading *r, struct trace_record *record, struct error *e)
{
	while (r->count > 0 && !r->unfinished) {
		enum trace_read got = trace_reader_next(r->reader, record, e);

		if (got == TRACE_READ_BAD) {
			struct error why = *e;

			progress_end(r);
			return error_set(e, why.status, "trace %.160s: %s", r->path, why.text);
		}
		r->unfinished = got == TRACE_READ_UNFINISHED;
		if (r->unfinished)
			error_set(&r->how, e->status, "trace %.160s: %s", r->path, e->text);
		if (got != TRACE_READ_RECORD)
			break;
		if (r->shows && (++r->seen & 0xffff) == 0)
			progress(r);
		if (record->sequence < r->from)
			continue;
		r->from = record->sequence + 1;
		if (r->filtered && !trace_filter_passes(r->filter, record))
			continue;
		r->count -= r->count != UINT64_MAX;
		return 1;
	}
	progress_end(r);
	return 0;
}

void reading_warn(const struct reading *r)
{
	fflush(stdout);
	if (r->unfinished)
		fprintf(stderr, "lodestore: %s\n", r->how.text);
}

void reading_close(struct reading *r)
{
	trace_reader_close(r->reader);
	trace_filter_free(r->filter);
	places_free(r->places);
}

int reading_finish(struct reading *r, int err, const struct error *e)
{
	if (err == 0)
		reading_warn(r);
	reading_close(r);
	return err < 0 ? verb_fail(e) : STATUS_OK;
}

const struct places *reading_places(const struct reading *r)
{
	return places_any(r->places) ? r->places : NULL;
}

static uint64_t head_number(const struct reading *r, const char *name)
{
	const char *text = trace_reader_field(r->reader, name);
	uint64_t number = 0;

	if (text)
		number_parse(text, strlen(text), &number);
	return number;
}

uint64_t reading_start(const struct reading *r)
{
	return head_number(r, "tsc.start");
}

double reading_hz(const struct reading *r)
{
	return (double)head_number(r, "tsc.hz");
}

const char *reading_operand(int argc, char **argv, int operands, struct error *e)
{
	if (operands >= argc)
		error_set(e, STATUS_USAGE, "no trace to read; see 'lodestore %s --help'", argv[0]);
	else if (argc - operands > 1)
		error_set(e, STATUS_USAGE, "%s reads one trace, not '%.100s' too", argv[0], argv[operands + 1]);
	return argc - operands == 1 ? argv[operands] : NULL;
}
