/*
 * rare.h: conditions on the way of every access that hardly ever hold.
 *
 * What follows them is put behind the rest of its function, so that the way of a
 * usual access stands in few pages and jumps seldom: it runs cold after every exit.
 */
#ifndef CAPMODEL_RARE_H
#define CAPMODEL_RARE_H

#include <stdbool.h>

static inline bool rare(bool condition)
{
	return __builtin_expect(condition, false);
}

static inline bool usual(bool condition)
{
	return __builtin_expect(condition, true);
}

#endif
