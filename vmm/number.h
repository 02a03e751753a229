/*
 * number.h: numbers as users write them.
 *
 *   number := (decimal | "0x" hex) [ "K" | "M" | "G" ]
 *
 * The suffixes are powers of 1024. There is no octal and no sign.
 */
#ifndef VMM_NUMBER_H
#define VMM_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* The whole of text[0..length). NULL with *out set, or what is wrong with it ("is not a number"), *out untouched. */
const char *number_parse(const char *text, size_t length, uint64_t *out);

#endif
