/*
 * hex.h: bytes as users write them: "48 8b 03", "488b03", "0x48,0x8b,0x03".
 */
#ifndef VMM_CLI_HEX_H
#define VMM_CLI_HEX_H

#include "vmm/error.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Append the bytes of text to out[0..*count), which has room for max. Blanks and
 * commas separate, and each group may start with 0x; a group has whole bytes. 0 with
 * *count moved, or -1 with *e naming the group that is wrong, *count unchanged.
 */
int hex_append(const char *text, uint8_t *out, size_t max, size_t *count, struct error *e);

#endif
