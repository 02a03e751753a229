/*
 * kind.h: what the catalog knows of each kind of keeper.
 *
 * One file a kind, one row here. make() gets the parsed item and what it wraps;
 * on success the keeper owns what it wraps, on failure (NULL, error text
 * written) the caller still does.
 */
#ifndef CAPMODEL_KEEPER_KIND_H
#define CAPMODEL_KEEPER_KIND_H

#include "capmodel/catalog.h"
#include "capmodel/keeper/options.h"

enum wraps {
	WRAPS_NOTHING, /* it is the last item */
	WRAPS_ONE, /* something must follow */
	WRAPS_MAYBE, /* make() decides by its options */
};

struct keeper_args {
	const struct keeper_env *env;
	struct options options;
	struct keeper *inner; /* what it wraps, or NULL */
	const char *answerer; /* the last item's name: who answers in the end */
	bool maps; /* in: what it wraps may answer VERDICT_MAP; out: the new keeper may */
};

struct keeper_kind {
	const char *name;
	enum wraps wraps;
	const char *options; /* "map=N", or "no option" */
	const char *meaning; /* one line for --help */
	struct keeper *(*make)(struct keeper_args *args);
};

extern const struct keeper_kind memory_kind, zero_kind, rom_kind, counter_kind, log_kind, deny_kind, watch_kind,
	step_kind, flip_kind, device_kind;

/* Whether all of [offset, offset+size) lies in an object of object_size bytes. */
static inline bool keeper_holds(uint64_t object_size, uint64_t offset, uint8_t size)
{
	return size <= object_size && offset <= object_size - size;
}

/* Refuse with #GP(0): an access beyond the object's end, which the monitor never makes. */
static inline enum verdict keeper_refuse_beyond(struct answer *answer)
{
	answer->fault = (struct fault){.vector = 13, .has_error = true, .error = 0};
	return VERDICT_DENY;
}

#endif
