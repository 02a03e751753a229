/*
 * table_file.h: the tables that conform() wrote, read again.
 */
#ifndef VMM_CONFORM_TABLE_FILE_H
#define VMM_CONFORM_TABLE_FILE_H

#include "vmm/error.h"

#include <stdbool.h>
#include <stdio.h>

#define TABLE_FIELDS 14
#define TABLE_LINE 1024

/* The fields of a form's line, in its order. */
enum {
	F_ENCODING,
	F_OPCODE,
	F_MNEMONIC,
	F_FORM,
	F_SIZE,
	F_MEMORY,
	F_HOW,
	F_ENCODINGS,
	F_CASES,
	F_FAULTS,
	F_MISMATCHES,
	F_REFUSED,
	F_SKIPPED,
	F_WHY
};

/* NULL with *e filled. */
FILE *table_file_open(const char *path, struct error *e);

/* The value of a line "# key value", or NULL if it is another line. */
const char *table_file_value(const char *line, const char *key);

/* The line of a figure at the head, without its end. */
bool table_file_find(FILE *file, const char *key, char line[TABLE_LINE]);

/* Split at tabs, in place, into at most n fields. How many. */
unsigned table_file_split(char *line, char **fields, unsigned n);

/* The next line of a form, split; lines at the head are skipped. 1, 0 at the end, or -1 with *e filled. */
int table_file_next(FILE *file, const char *path, char line[TABLE_LINE], char *fields[TABLE_FIELDS], struct error *e);

#endif
