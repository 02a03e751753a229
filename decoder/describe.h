/*
 * describe.h: what the decoder sees in some bytes, for people and programs.
 *
 * Length, text, the parts of the encoding, the operand, every memory access with
 * its address expression, size and direction (implicit ones too), and how the
 * instruction would be executed, or why it is refused.
 */
#ifndef DECODER_DESCRIBE_H
#define DECODER_DESCRIBE_H

#include "decoder/decode.h"

#include <stdio.h>

/*
 * Describe the instruction at the start of bytes[0..n) on out, as lines of text or
 * as one JSON object on one line. Returns its length in bytes if it decodes, 0 if
 * it is refused (the reason is printed), or -EIO if out cannot be written.
 */
int describe(struct decoder *d, const uint8_t *bytes, size_t n, enum cpu_mode mode, bool json, FILE *out);

/* How instructions of this kind are carried out, in a few words. */
const char *describe_execution(enum execution exec);

#endif
