/*
 * places.h: addresses to names: functions, source lines, objects and their parts.
 *
 * One list for all that was named: addresses of different address spaces are not told apart.
 */
#ifndef VMM_TRACE_READ_PLACES_H
#define VMM_TRACE_READ_PLACES_H

#include "vmm/error.h"
#include "vmm/trace/read/words.h"

#include <stdbool.h>

#define PLACE_TEXT 128

struct places;

/* NULL: no memory. */
struct places *places_new(void);
void places_free(struct places *p);

/*
 * Add the symbols of an ELF image, with what its DWARF says, or of a text as System.map. path must live as
 * long. 0, or -1 with *e filled.
 */
int places_add(struct places *p, const char *path, struct error *e);

/* Types for places_declare(), from the BTF of a Linux kernel (btf.h). 0, or -1 with *e filled. */
int places_add_types(struct places *p, const char *path, struct error *e);

/*
 * "WHERE=TYPE": at WHERE, a symbol, SYMBOL+OFFSET or a linear address, stands an object of this structure,
 * union or typedef, of DWARF or BTF that was added before. text must live as long. 0, or -1 with *e filled.
 */
int places_declare(struct places *p, const char *text, struct error *e);

/* Was anything added? */
bool places_any(const struct places *p);

/* The symbol this address belongs to, and its start; NULL: none. */
const char *places_symbol(const struct places *p, uint64_t address, uint64_t *start);

/* Each puts a text, or "" and says false where nothing is known. */
bool places_function(const struct places *p, uint64_t rip, char text[PLACE_TEXT]); /* "main+0x12" */
bool places_line(const struct places *p, uint64_t rip, char text[PLACE_TEXT]); /* "main.c:12" */
bool places_object(const struct places *p, uint64_t address, char text[PLACE_TEXT]); /* "table[3].field", "table+0x8" */

#endif
