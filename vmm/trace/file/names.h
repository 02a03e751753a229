/*
 * names.h: keepers' names, each kept once.
 */
#ifndef VMM_TRACE_FILE_NAMES_H
#define VMM_TRACE_FILE_NAMES_H

#include <stddef.h>
#include <string.h>

#define NAMES_MAX 4096 /* different ones in a trace; id 0 is none */
#define NAMES_SIZE 127 /* bytes of one */

struct names {
	char *all[NAMES_MAX];
	unsigned count; /* the next id */
	unsigned last; /* the id that was found last */
};

void names_init(struct names *n);
void names_free(struct names *n);

/* The id of the name of so many bytes, NAMES_SIZE at most; 0: no place or no memory. Its string stays until
 * names_free(). */
unsigned names_id(struct names *n, const char *name, size_t size);

/* The same of a whole string, of which NAMES_SIZE bytes count: at once, where it is the last one again. */
static inline unsigned names_of(struct names *n, const char *name)
{
	if (n->last && strcmp(n->all[n->last], name) == 0)
		return n->last;
	return names_id(n, name, NAMES_SIZE);
}

#endif
