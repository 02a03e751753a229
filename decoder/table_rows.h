/*
 * table_rows.h: the rows of the closed table, a section per encoding.
 */
#ifndef DECODER_TABLE_ROWS_H
#define DECODER_TABLE_ROWS_H

#include "decoder/table.h"

#define ANY_DIGIT (-1)

extern const struct table_row table_legacy_rows[], table_evex_rows[], table_x87_rows[], table_system_rows[];
extern const unsigned table_legacy_count, table_evex_count, table_x87_count, table_system_count;

#endif
