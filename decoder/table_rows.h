/*
 * table_rows.h: the rows of the closed table themselves; see table.h.
 */
#ifndef DECODER_TABLE_ROWS_H
#define DECODER_TABLE_ROWS_H

#include "decoder/table.h"

/* Where rows of one opcode differ in nothing but what they demand, the first that matches counts. */
extern const struct table_row table_all_rows[];
extern const unsigned table_row_count;

#endif
