/*
 * line.h: keepers' lines of text about an access, for the log and for stop reasons.
 */
#ifndef CAPMODEL_KEEPER_LINE_H
#define CAPMODEL_KEEPER_LINE_H

#include "capmodel/access.h"

#include <stdio.h>

#define LINE_SIZE 1024

/* "rip=0x10203c gpa=0x5ff8 w8", as the monitor's own lines have it; rw for a read-modify-write. */
void line_access(const struct transaction *t, const struct access *a, char *line, size_t size);

/* "0x1f": size (at least 1) little-endian bytes as one number, without leading zeros. out has room for 3 +
 * 2*ACCESS_SIZE_MAX. */
#define LINE_VALUE_SIZE (3 + 2 * ACCESS_SIZE_MAX)
void line_value(const uint8_t *bytes, uint8_t size, char out[LINE_VALUE_SIZE]);

/*
 * Put one line, with a newline. A log that cannot be written stops the guest, if
 * the witness can: a line lost in silence would be worse.
 */
void line_put(FILE *log, const struct transaction *t, const char *line);

#endif
