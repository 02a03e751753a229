/*
 * debuginfo.h: source lines, and the names of parts of objects, from an image's DWARF.
 *
 * Source: DWARF Debugging Information Format, Version 5, "Line Number Information" and
 * "Data Object and Object List Entries". Addresses are those the image was linked for.
 */
#ifndef VMM_TRACE_READ_DEBUGINFO_H
#define VMM_TRACE_READ_DEBUGINFO_H

#include "vmm/trace/read/words.h"

#include <stdbool.h>

struct debuginfo;

/* NULL where path has no DWARF that can be read. */
struct debuginfo *debuginfo_open(const char *path);
void debuginfo_close(struct debuginfo *d);

/* "file.c:12", the file's name without its folders; false: not known, and nothing is put. */
bool debuginfo_line(const struct debuginfo *d, uint64_t address, struct words *out);

/*
 * The part of a static or global object that stands at this address: "table[3].field". Unions
 * name their first member that reaches there. False: no object is known there, and nothing is put.
 */
bool debuginfo_part(const struct debuginfo *d, uint64_t address, struct words *out);

/*
 * The structure, union or typedef of this name: a number for debuginfo_type_part(), and its size in bytes. False: there
 * is none with a size, and nothing is set.
 */
bool debuginfo_type(const struct debuginfo *d, const char *name, uint64_t *type, uint64_t *size);

/* What stands at this byte of the type: ".field[3].part", "+0x4" where that has no parts. */
void debuginfo_type_part(const struct debuginfo *d, uint64_t type, uint64_t offset, struct words *out);

#endif
