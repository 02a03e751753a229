/*
 * sheet.h: a report's sections, as tables for people or as one JSON object.
 */
#ifndef VMM_TRACE_READ_SHEET_H
#define VMM_TRACE_READ_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct sheet {
	FILE *out;
	bool json;
	bool started; /* something was printed */
	const char *const *columns; /* of this section, closed by NULL */
	size_t rows; /* of this section */
	char **cells; /* rows x columns: kept to the section's end, for their widths; not with json */
	size_t ncells, room;
};

/* A column's value: text, or where that is NULL the number. */
struct sheet_value {
	const char *text;
	uint64_t number;
};

void sheet_begin(struct sheet *s, FILE *out, bool json);

/* A line of text, or "key": value. */
void sheet_number(struct sheet *s, const char *key, const char *title, uint64_t number);
void sheet_text(struct sheet *s, const char *key, const char *title, const char *text);

/* columns are names, and keys, closed by NULL, at most SHEET_COLUMNS; numbers first, texts last. */
#define SHEET_COLUMNS 8
void sheet_section(struct sheet *s, const char *key, const char *title, const char *const *columns);
void sheet_row(struct sheet *s, const struct sheet_value *values);

/* "none" where it has no rows; and that spilled accesses are not in it. */
void sheet_section_end(struct sheet *s, const char *key, uint64_t spilled);

void sheet_end(struct sheet *s);

#endif
