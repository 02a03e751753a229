#include "vmm/machine/range.h"

#include "vmm/number.h"

#include <stdio.h>
#include <string.h>

/* The widest physical address of the architecture (Intel SDM Vol 3, "4-Level Paging and 5-Level Paging"). */
#define GPA_BITS 52

/* A piece of the user's text. */
struct piece {
	const char *at;
	size_t length;
};

/* At most this much of a piece is repeated in an error. */
static int shown(struct piece p)
{
	return p.length < 80 ? (int)p.length : 80;
}

static int refuse(const char *text, struct error *e, const char *why)
{
	return error_set(e, STATUS_USAGE, "range '%.160s': %s", text, why);
}

/* A number that is called name in the error. */
static int piece_number(const char *text, const char *name, struct piece p, uint64_t *out, struct error *e)
{
	const char *why = number_parse(p.at, p.length, out);

	if (!why)
		return 0;
	if (p.length == 0)
		return error_set(e, STATUS_USAGE, "range '%.160s': the %s is missing", text, name);
	return error_set(e, STATUS_USAGE, "range '%.160s': %s '%.*s' %s", text, name, shown(p), p.at, why);
}

/* The position of needle in p, or NULL. */
static const char *piece_find(struct piece p, const char *needle)
{
	return memmem(p.at, p.length, needle, strlen(needle));
}

static struct piece piece_before(struct piece p, const char *end)
{
	return (struct piece){p.at, (size_t)(end - p.at)};
}

static struct piece piece_after(struct piece p, const char *start)
{
	return (struct piece){start, p.length - (size_t)(start - p.at)};
}

/* START+SIZE or START..END */
static int span_parse(const char *text, struct piece p, struct range *range, struct error *e)
{
	const char *dots = piece_find(p, ".."), *plus = piece_find(p, "+");
	uint64_t end;

	if (!dots && !plus)
		return refuse(text, e, "expected START+SIZE or START..END");
	if (piece_number(text, "start", piece_before(p, dots ? dots : plus), &range->start, e) < 0)
		return -1;
	if (dots) {
		if (piece_number(text, "end", piece_after(p, dots + 2), &end, e) < 0)
			return -1;
		if (end < range->start)
			return refuse(text, e, "the end is below the start");
		range->size = end - range->start;
	} else if (piece_number(text, "size", piece_after(p, plus + 1), &range->size, e) < 0) {
		return -1;
	}
	if (range->size == 0)
		return refuse(text, e, "the range is empty");
	if (__builtin_add_overflow(range->start, range->size, &end))
		return refuse(text, e, "the range wraps around the end of the address space");
	if (range->base == RANGE_GPA && end > 1ull << GPA_BITS)
		return refuse(text, e, "the range goes beyond the 52 bits of a physical address");
	return 0;
}

/* NAME[+off][,size] */
static int symbol_parse(const char *text, struct piece p, struct range *range, struct error *e)
{
	const char *comma = piece_find(p, ",");
	struct piece name = comma ? piece_before(p, comma) : p;
	const char *plus = piece_find(name, "+");
	uint64_t end;

	if (comma && piece_number(text, "size", piece_after(p, comma + 1), &range->size, e) < 0)
		return -1;
	if (comma && range->size == 0)
		return refuse(text, e, "the range is empty");
	if (plus && piece_number(text, "offset", piece_after(name, plus + 1), &range->start, e) < 0)
		return -1;
	if (plus)
		name = piece_before(name, plus);
	if (name.length == 0)
		return refuse(text, e, "the symbol's name is missing");
	if (name.length >= sizeof(range->symbol))
		return refuse(text, e, "the symbol's name is longer than 127 characters");
	if (piece_find(name, ":") || piece_find(name, "="))
		return error_set(e, STATUS_USAGE, "range '%.160s': symbol '%.*s' holds a ':' or '='", text, shown(name),
				 name.at);
	if (__builtin_add_overflow(range->start, range->size, &end))
		return refuse(text, e, "the range wraps around the end of the address space");
	memcpy(range->symbol, name.at, name.length);
	return 0;
}

/* Is the mark the last of p, and not yet said? Then *said, and its length; else 0. */
static size_t cut_mark(struct piece p, const char *mark, bool *said)
{
	size_t length = strlen(mark);

	if (*said || p.length < length || memcmp(p.at + p.length - length, mark, length) != 0)
		return 0;
	*said = true;
	return length;
}

/* ":u" and ":w", at most once each; how long they are together. */
static size_t cut_marks(struct piece p, struct range *range)
{
	size_t all = p.length, length;

	do {
		length = cut_mark(p, ":w", &range->stores_only);
		length += length ? 0 : cut_mark(p, ":u", &range->of_user);
		p.length -= length;
	} while (length);
	return all - p.length;
}

int range_parse(const char *text, struct range *out, struct error *e)
{
	static const char *const prefixes[] = {[RANGE_GPA] = "gpa:", [RANGE_VA] = "va:", [RANGE_SYM] = "sym:"};
	struct range range = {.text = text};
	size_t base = 0, prefix;
	struct piece p;
	int err;

	while (base <= RANGE_SYM && strncmp(text, prefixes[base], strlen(prefixes[base])) != 0)
		base++;
	if (base > RANGE_SYM)
		return refuse(text, e, "expected gpa:, va: or sym: at its start");
	prefix = strlen(prefixes[base]);
	p = (struct piece){text + prefix, strlen(text + prefix)};
	range.base = (enum range_base)base;
	p.length -= cut_marks(p, &range);
	if (range.of_user && range.base == RANGE_GPA)
		return refuse(text, e, "':u' is for virtual addresses");
	err = range.base == RANGE_SYM ? symbol_parse(text, p, &range, e) : span_parse(text, p, &range, e);
	if (err == 0)
		*out = range;
	return err;
}
