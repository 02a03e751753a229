/*
 * log.c: the wrapper that writes one line per access.
 *
 * It changes nothing: what it wraps is asked, and its verdict goes out as it is.
 * The line is written when the access is complete; it is the monitor's telling of
 * it, with the name of the keeper that answered:
 *
 *   fault rip=0x10203c gpa=0x5ff8 r8 | mov rax,[rbx] | counter done | mem=0x1 rax=0x1
 *
 * A refusal never completes, so its line is written when it is given, with the
 * spec of what refused:
 *
 *   fault rip=0x10203c gpa=0x5ff8 w4 | mov [rbx],eax | rom deny | #PF(auto)
 *
 * A read-modify-write is one access and one line. Each part of a split access has
 * its line. After VERDICT_MAP the range is an ordinary page and there are no lines.
 *
 *   op=r|w|rw   only accesses that read, or that write; a read-modify-write does
 *               both. Default rw.
 *
 * It refuses nothing of its own. peek is what it wraps says.
 */
#include "capmodel/fault.h"
#include "capmodel/keeper/line.h"
#include "capmodel/keeper/wrapper.h"

#include <stdlib.h>
#include <string.h>

struct log {
	struct wrapper wrapper;
	FILE *out;
	uint8_t direction;
};

#define LINE_VERDICT (sizeof(" deny | ") + FAULT_TEXT) /* what a refusal's line has after the keeper's name */

static bool log_tells(const struct log *l, const struct transaction *t, const struct access *a)
{
	return direction_has(l->direction, a->op) && t->witness && t->witness->tell;
}

static enum verdict log_admit(struct keeper *k, const struct transaction *t, const struct access *a,
			      struct answer *answer)
{
	const struct log *l = (struct log *)k;
	enum verdict v = wrapper_admit(k, t, a, answer);
	char fault[FAULT_TEXT], line[LINE_SIZE] = "";
	size_t length;

	if (v != VERDICT_DENY || !log_tells(l, t, a))
		return v;
	t->witness->tell(t, a, l->wrapper.inner->spec, line, sizeof(line) - LINE_VERDICT);
	length = strlen(line);
	fault_text(&answer->fault, fault);
	snprintf(line + length, sizeof(line) - length, " %s | %s", verdict_name(v), fault);
	line_put(l->out, t, line);
	return v;
}

static void log_complete(struct keeper *k, const struct transaction *t, const struct access *a)
{
	const struct log *l = (struct log *)k;
	char line[LINE_SIZE] = "";

	wrapper_complete(k, t, a);
	if (!log_tells(l, t, a))
		return;
	t->witness->tell(t, a, wrapper_answerer(&l->wrapper, t, a), line, sizeof(line));
	line_put(l->out, t, line);
}

static const struct keeper_ops log_ops = {
	.name = "log",
	.admit = log_admit,
	.load = wrapper_load,
	.store = wrapper_store,
	.complete = log_complete,
	.stepped = wrapper_stepped,
	.peek = wrapper_peek,
	.free = wrapper_free,
};

static struct keeper *log_make(struct keeper_args *args)
{
	struct options *o = &args->options;
	uint8_t direction = DIRECTION_BOTH;
	struct log *l;

	if (!options_direction(o, &direction) || !options_finish(o))
		return NULL;
	if (!args->env->log) {
		options_error(o, "there is no place to write the lines to");
		return NULL;
	}
	l = malloc(sizeof(*l));
	if (!l) {
		options_error(o, "out of memory");
		return NULL;
	}
	wrapper_init(&l->wrapper, &log_ops, args);
	l->out = args->env->log;
	l->direction = direction;
	return &l->wrapper.keeper;
}

const struct keeper_kind log_kind = {
	.name = "log",
	.wraps = WRAPS_ONE,
	.options = "op=r|w|rw",
	.meaning = "wraps: one line per access",
	.make = log_make,
};
