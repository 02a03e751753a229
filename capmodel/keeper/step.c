/*
 * step.c: the wrapper that has each instruction stepped: run once, alone, against the
 * bytes of what it wraps, and shown before it counts.
 *
 * To every access that what it wraps admits it says STEP. Afterwards it writes a line per
 * access, with the bytes before and after:
 *
 *   fault rip=0x10203c gpa=0x5ff8 w8 | mov [rbx],rax | memory stepped | before=0x0 after=0x1
 *
 * A load leaves its bytes as they are; bytes that cannot be known are "?".
 *
 *   op=r|w|rw   only accesses that read, or that write; a read-modify-write does both.
 *               Default rw. The others are answered as usual, and are told of with
 *               those of the same instruction.
 *   undo=N      the first N instructions are undone: nothing of them has happened, and
 *               the guest comes to them again. Their lines say "undone". Default 0.
 *
 * What the inner keeper undoes is undone. It refuses nothing of its own. peek is what it
 * wraps says.
 */
#include "capmodel/keeper/line.h"
#include "capmodel/keeper/wrapper.h"

#include <stdlib.h>
#include <string.h>

struct step_keeper {
	struct wrapper wrapper;
	FILE *out;
	uint8_t direction;
	uint64_t undo; /* instructions yet to undo */
};

#define LINE_ANSWER (sizeof(" stepped | before= after=") + 2 * LINE_VALUE_SIZE)

static enum verdict step_admit(struct keeper *k, const struct transaction *t, const struct access *a,
			       struct answer *answer)
{
	const struct step_keeper *s = (struct step_keeper *)k;
	enum verdict v = wrapper_admit(k, t, a, answer);

	return v == VERDICT_DONE && direction_has(s->direction, a->op) ? VERDICT_STEP : v;
}

static void tell(const struct step_keeper *s, const struct transaction *t, const struct access *a, const char *answer)
{
	char line[LINE_SIZE] = "", before[LINE_VALUE_SIZE] = "?", after[LINE_VALUE_SIZE] = "?";
	size_t length;

	if (!t->witness || !t->witness->tell)
		return;
	if (a->has_before)
		line_value(a->before, a->size, before);
	if (a->op != ACCESS_LOAD)
		line_value(a->after, a->size, after);
	t->witness->tell(t, a, wrapper_answerer(&s->wrapper, t, a), line, sizeof(line) - LINE_ANSWER);
	length = strlen(line);
	snprintf(line + length, sizeof(line) - length, " %s | before=%s after=%s", answer, before,
		 a->op == ACCESS_LOAD ? before : after);
	line_put(s->out, t, line);
}

static enum stepped step_stepped(struct keeper *k, const struct transaction *t, const struct access *const *accesses,
				 unsigned n)
{
	struct step_keeper *s = (struct step_keeper *)k;
	enum stepped end = wrapper_stepped(k, t, accesses, n);

	if (end == STEPPED_ACCEPT && s->undo > 0) {
		s->undo--;
		end = STEPPED_UNDO;
	}
	for (unsigned i = 0; i < n; i++)
		tell(s, t, accesses[i], end == STEPPED_UNDO ? "undone" : "stepped");
	return end;
}

static const struct keeper_ops step_ops = {
	.name = "step",
	.admit = step_admit,
	.load = wrapper_load,
	.store = wrapper_store,
	.complete = wrapper_complete,
	.stepped = step_stepped,
	.peek = wrapper_peek,
	.free = wrapper_free,
};

static struct keeper *step_make(struct keeper_args *args)
{
	struct options *o = &args->options;
	uint8_t direction = DIRECTION_BOTH;
	struct step_keeper *s;
	uint64_t undo = 0;
	bool given;

	if (!options_direction(o, &direction) || !options_number(o, "undo", 0, UINT64_MAX, &undo, &given) ||
	    !options_finish(o))
		return NULL;
	if (!args->env->log) {
		options_error(o, "there is no place to write the lines to");
		return NULL;
	}
	s = malloc(sizeof(*s));
	if (!s) {
		options_error(o, "out of memory");
		return NULL;
	}
	wrapper_init(&s->wrapper, &step_ops, args);
	s->out = args->env->log;
	s->direction = direction;
	s->undo = undo;
	return &s->wrapper.keeper;
}

const struct keeper_kind step_kind = {
	.name = "step",
	.wraps = WRAPS_ONE,
	.options = "op=r|w|rw, undo=N",
	.meaning = "wraps: has each instruction stepped, and shows its bytes before and after",
	.make = step_make,
};
