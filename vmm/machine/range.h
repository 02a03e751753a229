/*
 * range.h: which memory is meant, as users write it.
 *
 *   range := ( "gpa:" span | "va:" span | "sym:" NAME [ "+" number ] [ "," number ] ) [ ":u" ] [ ":w" ]
 *   span  := number "+" number        start and size
 *          | number ".." number       start and end; the end is the first byte not meant
 *
 * Numbers are those of number.h. ":w" traps stores only; ":u" (not with "gpa:") means the addresses of a
 * program at CPL 3. They may stand in either order. No range is empty or wraps.
 * What memory there is, and whether a symbol exists, is not known here.
 */
#ifndef VMM_MACHINE_RANGE_H
#define VMM_MACHINE_RANGE_H

#include "vmm/error.h"
#include "vmm/machine/options.h"

/*
 * 0 with *out filled; out->text is text itself, which must live as long. Or -1
 * with *e naming the range and its wrong piece, *out untouched.
 */
int range_parse(const char *text, struct range *out, struct error *e);

#endif
