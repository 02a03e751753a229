/*
 * words.h: text out of a trace, which may be a stranger's, on a terminal, in JSON or in XML.
 */
#ifndef VMM_TRACE_READ_WORDS_H
#define VMM_TRACE_READ_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A text being put together; what does not fit is left out. at is always NUL-terminated. */
struct words {
	char *at;
	size_t left; /* bytes, with the NUL */
};

void words_put(struct words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Bytes that are not printable ASCII as \xNN. */
void words_put_text(struct words *w, const char *text);

void words_put_number(struct words *w, uint64_t number);
void words_put_hex(struct words *w, uint64_t number); /* "0x1ff" */

/* Bytes in memory order as one hexadecimal number, "0x1ff". size: 1 or more. */
void words_put_value(struct words *w, const uint8_t *bytes, unsigned size);

/* "text", with its quotes and escapes; a byte beyond ASCII as the character of its number. */
void words_json(const char *text, FILE *out);

/* Within an element or an attribute's quotes. */
void words_xml(const char *text, FILE *out);

#endif
