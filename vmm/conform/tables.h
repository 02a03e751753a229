/*
 * tables.h: the guest's page tables for the arena, in guest memory.
 */
#ifndef VMM_CONFORM_TABLES_H
#define VMM_CONFORM_TABLES_H

#include "vmm/machine/ram.h"

#define TABLES_PAGES 4 /* one root, and a table of each other level */

/*
 * Write into the TABLES_PAGES pages at tables: the arena at arena (present pages
 * only) and its code page at code, for user code. Where pdpt is given, its entries
 * are the root's first table's, so that what it maps stays mapped.
 */
void tables_write(const struct ram *ram, gpa_t tables, gpa_t arena, gpa_t code, const uint64_t *pdpt);

#endif
