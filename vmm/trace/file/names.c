#include "vmm/trace/file/names.h"

#include <stdlib.h>
#include <string.h>

void names_init(struct names *n)
{
	memset(n, 0, sizeof(*n));
	n->count = 1;
}

void names_free(struct names *n)
{
	for (unsigned i = 1; i < n->count; i++)
		free(n->all[i]);
	names_init(n);
}

static int is(const struct names *n, unsigned id, const char *name, size_t size)
{
	return id && strncmp(n->all[id], name, size) == 0 && !n->all[id][size];
}

unsigned names_id(struct names *n, const char *name, size_t size)
{
	size = strnlen(name, size);
	if (is(n, n->last, name, size))
		return n->last;
	for (unsigned i = 1; i < n->count; i++)
		if (is(n, i, name, size))
			return n->last = i;
	if (n->count == NAMES_MAX || size > NAMES_SIZE)
		return 0;
	n->all[n->count] = strndup(name, size);
	return n->all[n->count] ? n->last = n->count++ : 0;
}
