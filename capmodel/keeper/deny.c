/*
 * deny.c: the keeper that refuses, with a chosen architectural exception.
 *
 *   fault=NAME  the exception by name: de db bp of br ud nm df ts np ss gp pf mf
 *               ac mc xm ve cp. Default gp.
 *   vector=N    the exception by number, 0..31, not 2 (the NMI); instead of fault=
 *   error=N     the error code, 0..0xffff, for an exception that has one. Default
 *               0; for #PF the code the page walk would give.
 *   op=r|w|rw   what is refused: accesses that read, that write, or all (default).
 *               With r or w a keeper must follow, and answers the others. A
 *               read-modify-write both reads and writes, so any op refuses it.
 *
 * An access that deny refuses is not shown to what it wraps. What it lets
 * through is answered there, refusals included. It wraps nothing that may say
 * VERDICT_MAP (memory,map=N): once the range is an ordinary page, nothing could
 * be refused. Should a MAP come all the same, it is refused.
 *
 * peek is what it wraps says; without that, nothing is known.
 */
#include "capmodel/fault.h"
#include "capmodel/keeper/wrapper.h"

#include <stdlib.h>

#define FAULT_NAMES "de db bp of br ud nm df ts np ss gp pf mf ac mc xm ve cp"

struct deny {
	struct wrapper wrapper;
	struct fault fault;
	uint8_t direction;
};

static enum verdict deny_admit(struct keeper *k, const struct transaction *t, const struct access *a,
			       struct answer *answer)
{
	const struct deny *d = (struct deny *)k;
	enum verdict v;

	if (!direction_has(d->direction, a->op)) {
		v = wrapper_admit(k, t, a, answer);
		if (v != VERDICT_MAP)
			return v;
	}
	answer->fault = d->fault;
	return VERDICT_DENY;
}

static const struct keeper_ops deny_ops = {
	.name = "deny",
	.admit = deny_admit,
	.load = wrapper_load, /* present, so that admit is asked and chooses the fault */
	.store = wrapper_store,
	.complete = wrapper_complete,
	.stepped = wrapper_stepped,
	.peek = wrapper_peek,
	.free = wrapper_free,
};

/* fault=, vector= and error= */
static bool deny_fault(struct options *o, struct fault *out)
{
	const char *name;
	uint64_t vector = 13, error = 0;
	uint8_t named;
	bool by_number, has_error, given;

	if (!options_text(o, "fault", &name) || !options_number(o, "vector", 0, FAULT_VECTORS - 1, &vector, &by_number))
		return false;
	if (name && by_number)
		return options_error(o, "both fault=%s and vector=%u; expected one of them", name, (unsigned)vector);
	if (name && !fault_by_name(name, &named))
		return options_error(o, "option fault=%s: expected one of %s", name, FAULT_NAMES);
	if (name)
		vector = named;
	if (!fault_vector_ok(vector))
		return options_error(o, "option vector=%u: is the NMI and no exception; expected 0 to 31 without it",
				     (unsigned)vector);

	has_error = fault_vector_has_error((uint8_t)vector);
	if (vector == 14)
		error = FAULT_PF_AUTO;
	if (!options_number(o, "error", 0, 0xffff, &error, &given))
		return false;
	if (given && !has_error)
		return options_error(o, "option error=%u: exception %u has no error code", (unsigned)error,
				     (unsigned)vector);
	*out = (struct fault){.vector = (uint8_t)vector, .has_error = has_error, .error = (uint32_t)error};
	return true;
}

static struct keeper *deny_make(struct keeper_args *args)
{
	struct options *o = &args->options;
	uint8_t direction = DIRECTION_BOTH;
	struct fault fault;
	struct deny *d = NULL;

	if (!deny_fault(o, &fault) || !options_direction(o, &direction) || !options_finish(o))
		return NULL;
	if (direction == DIRECTION_BOTH && args->inner)
		options_error(o, "refuses all, so \":%s\" would never be asked; expected op=r or op=w before it",
			      args->inner->spec);
	else if (direction != DIRECTION_BOTH && !args->inner)
		options_error(o, "option op=%s: nothing follows to answer the others; expected as in deny,op=w:memory",
			      direction == DIRECTION_READ ? "r" : "w");
	else if (args->maps)
		options_error(o, "\":%s\" may become an ordinary page, where nothing can be refused",
			      args->inner->spec);
	else if (!(d = malloc(sizeof(*d))))
		options_error(o, "out of memory");
	if (!d)
		return NULL;
	wrapper_init(&d->wrapper, &deny_ops, args);
	d->fault = fault;
	d->direction = direction;
	return &d->wrapper.keeper;
}

const struct keeper_kind deny_kind = {
	.name = "deny",
	.wraps = WRAPS_MAYBE,
	.options = "fault=NAME, vector=N, error=N, op=r|w|rw",
	.meaning = "refuses with an exception, #GP(0) by default; with op=r or op=w wraps what answers the rest",
	.make = deny_make,
};
