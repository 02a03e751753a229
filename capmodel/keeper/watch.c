/*
 * watch.c: the wrapper that waits for an access and then stops the guest or says so.
 *
 *   offset=RANGE   the access touches these bytes of the object
 *   addr=RANGE     the access touches these guest-physical addresses
 *                  RANGE is A, A..B (B not included) or A+SIZE
 *   op=r|w|rw      the access reads, or writes; a read-modify-write does both
 *   size R N       its size in bytes, 1..64
 *   old R N        what the object held before: what a load or read-modify-write
 *                  got, what a store replaced
 *   new R N        what a store or read-modify-write put; a load never matches
 *   changed        what was put differs from what was there; a load never matches
 *   stop           stop the guest before its next instruction (default)
 *   report         write a line to the log instead
 *
 * R is one of = != < <= > >= & (some bits of N are set). Values are unsigned and
 * little-endian, of the access's own size, up to 64 bytes. All conditions must
 * hold; without any, every access matches. "new>=1,new<=5" is a range.
 *
 * It is decided when the access is complete, so the guest stops after the
 * instruction. A store's old value is had by peek (ask_store); where that
 * says nothing (a device whose loads have effects), a condition on it counts as
 * met, and the text says "old ?": better one stop too many than one too few.
 * Each part of a split access is looked at by itself. After VERDICT_MAP nothing
 * is seen any more.
 *
 * It refuses nothing of its own; refused accesses never happened and don't match.
 * peek is what it wraps says.
 */
#include "capmodel/keeper/line.h"
#include "capmodel/keeper/wrapper.h"

#include <stdlib.h>
#include <string.h>

enum subject { SUBJECT_SIZE, SUBJECT_OLD, SUBJECT_NEW };

struct condition {
	enum subject subject;
	enum relation relation;
	uint64_t value;
};

struct extent {
	bool given;
	uint64_t first, last;
};

struct watch {
	struct wrapper wrapper;
	FILE *log;
	bool report, changed;
	uint8_t direction;
	struct extent offset, addr;
	unsigned nconditions;
	struct condition conditions[OPTIONS_MAX];
};

/* Less than, equal to or greater than 0, as size little-endian bytes are to v. */
static int compare(const uint8_t *bytes, uint8_t size, uint64_t v)
{
	uint64_t low = 0;

	for (uint8_t i = 0; i < size; i++) {
		if (i >= 8 && bytes[i])
			return 1;
		if (i < 8)
			low |= (uint64_t)bytes[i] << (i * 8);
	}
	return low < v ? -1 : low > v;
}

static bool some_bits(const uint8_t *bytes, uint8_t size, uint64_t mask)
{
	for (uint8_t i = 0; i < size && i < 8; i++)
		if (bytes[i] & (uint8_t)(mask >> (i * 8)))
			return true;
	return false;
}

static bool relation_holds(const uint8_t *bytes, uint8_t size, enum relation relation, uint64_t v)
{
	switch (relation) {
	case RELATION_EQ:
		return compare(bytes, size, v) == 0;
	case RELATION_NE:
		return compare(bytes, size, v) != 0;
	case RELATION_LT:
		return compare(bytes, size, v) < 0;
	case RELATION_LE:
		return compare(bytes, size, v) <= 0;
	case RELATION_GT:
		return compare(bytes, size, v) > 0;
	case RELATION_GE:
		return compare(bytes, size, v) >= 0;
	case RELATION_AND:
		return some_bits(bytes, size, v);
	case RELATION_NONE:
		return false;
	}
	return false;
}

static bool condition_holds(const struct condition *c, const struct access *a, const uint8_t *old)
{
	switch (c->subject) {
	case SUBJECT_SIZE:
		return relation_holds(&a->size, 1, c->relation, c->value);
	case SUBJECT_OLD:
		return !old || relation_holds(old, a->size, c->relation, c->value);
	case SUBJECT_NEW:
		return a->op != ACCESS_LOAD && relation_holds(a->after, a->size, c->relation, c->value);
	}
	return false;
}

static bool extent_touched(const struct extent *e, uint64_t start, uint8_t size)
{
	uint64_t last = start + (size - 1u);

	if (last < start)
		last = UINT64_MAX;
	return !e->given || (start <= e->last && last >= e->first);
}

static bool watch_matches(const struct watch *w, const struct access *a, const uint8_t *old)
{
	if (!direction_has(w->direction, a->op) || !extent_touched(&w->offset, a->offset, a->size) ||
	    !extent_touched(&w->addr, a->gpa, a->size))
		return false;
	if (w->changed && (a->op == ACCESS_LOAD || (old && memcmp(old, a->after, a->size) == 0)))
		return false;
	for (unsigned i = 0; i < w->nconditions; i++)
		if (!condition_holds(&w->conditions[i], a, old))
			return false;
	return true;
}

/* "watch rip=0x10203c gpa=0x5ff8 w8 | memory offset=0xff8 old 0x0 new 0x1 | watch,new!=0:memory" */
static void watch_text(const struct watch *w, const struct transaction *t, const struct access *a, const uint8_t *old,
		       char line[LINE_SIZE])
{
	char what[128], before[LINE_VALUE_SIZE] = "?", after[LINE_VALUE_SIZE] = "";

	line_access(t, a, what, sizeof(what));
	if (old)
		line_value(old, a->size, before);
	if (a->op != ACCESS_LOAD)
		line_value(a->after, a->size, after);
	snprintf(line, LINE_SIZE, "watch %s | %s offset=0x%llx old %s%s%s | %s", what,
		 wrapper_answerer(&w->wrapper, t, a), (unsigned long long)a->offset, before, *after ? " new " : "",
		 after, w->wrapper.keeper.spec);
}

static void watch_complete(struct keeper *k, const struct transaction *t, const struct access *a)
{
	const struct watch *w = (struct watch *)k;
	const uint8_t *old = a->has_before ? a->before : NULL;
	char line[LINE_SIZE];

	wrapper_complete(k, t, a);
	if (!watch_matches(w, a, old))
		return;
	watch_text(w, t, a, old, line);
	if (w->report)
		line_put(w->log, t, line);
	else if (t->witness && t->witness->stop)
		t->witness->stop(t, line);
}

static const struct keeper_ops watch_ops = {
	.name = "watch",
	.admit = wrapper_admit,
	.load = wrapper_load,
	.store = wrapper_store,
	.complete = watch_complete,
	.stepped = wrapper_stepped,
	.peek = wrapper_peek,
	.free = wrapper_free,
};

/* All conditions on one word: "new>=1,new<=5". */
static bool take_conditions(struct watch *w, struct options *o, const char *word, enum subject subject)
{
	uint64_t min = subject == SUBJECT_SIZE ? 1 : 0, max = subject == SUBJECT_SIZE ? ACCESS_SIZE_MAX : UINT64_MAX;
	const struct option *option;

	while ((option = options_take(o, word))) {
		struct condition *c = &w->conditions[w->nconditions];

		*c = (struct condition){.subject = subject, .relation = option->relation};
		if (option->relation == RELATION_NONE)
			return options_error(o, "option %s: expected a relation, as in %s=1 or %s!=1", word, word,
					     word);
		if (!option_number(o, option, min, max, &c->value))
			return false;
		w->nconditions++;
	}
	return true;
}

static bool watch_options(struct watch *w, const struct keeper_args *args, struct options *o)
{
	bool stop = false;

	w->direction = DIRECTION_BOTH;
	if (!options_range(o, "offset", &w->offset.first, &w->offset.last, &w->offset.given) ||
	    !options_range(o, "addr", &w->addr.first, &w->addr.last, &w->addr.given) ||
	    !options_direction(o, &w->direction) || !take_conditions(w, o, "size", SUBJECT_SIZE) ||
	    !take_conditions(w, o, "old", SUBJECT_OLD) || !take_conditions(w, o, "new", SUBJECT_NEW) ||
	    !options_flag(o, "changed", &w->changed) || !options_flag(o, "stop", &stop) ||
	    !options_flag(o, "report", &w->report) || !options_finish(o))
		return false;
	if (stop && w->report)
		return options_error(o, "both stop and report; expected one of them");
	if (w->report && !args->env->log)
		return options_error(o, "option report: there is no place to write the lines to");
	if (w->offset.given && w->offset.first >= args->env->size)
		return options_error(o, "option offset=0x%llx: the range has 0x%llx bytes, so it would never match",
				     (unsigned long long)w->offset.first, (unsigned long long)args->env->size);
	return true;
}

static struct keeper *watch_make(struct keeper_args *args)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w) {
		options_error(&args->options, "out of memory");
		return NULL;
	}
	if (!watch_options(w, args, &args->options)) {
		free(w);
		return NULL;
	}
	wrapper_init(&w->wrapper, &watch_ops, args);
	w->log = args->env->log;
	return &w->wrapper.keeper;
}

const struct keeper_kind watch_kind = {
	.name = "watch",
	.wraps = WRAPS_ONE,
	.options = "offset=RANGE, addr=RANGE, op=r|w|rw, size|old|new with = != < <= > >= & N, changed, stop, report",
	.meaning = "wraps: stops the guest, or reports, when an access meets all conditions",
	.make = watch_make,
};
