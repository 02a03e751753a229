/*
 * text.h: an instruction and an address expression as text, without Capstone.
 *
 * For the few forms that Capstone cannot read or names wrongly (the table says
 * which), and for reports on addresses. It writes the house style:
 * "mov rax,fs:[rbx+rcx*4-0x8]".
 */
#ifndef DECODER_TEXT_H
#define DECODER_TEXT_H

#include "decoder/insn.h"
#include "decoder/table.h"

/* "rax", "eax", "ax", "al" (with a REX prefix "spl", not "ah"). size: 1, 2, 4 or 8. */
const char *text_gpr(unsigned reg, unsigned size, bool rex);

/* "es" .. "gs" */
const char *text_segment(enum segment seg);

/* The address expression, its segment before it if overridden, NUL-terminated. */
void text_address(const struct insn *insn, char text[INSN_TEXT]);

/* The instruction as its row names it, NUL-terminated. insn is complete but for its text. */
void text_instruction(const struct table_row *row, const struct insn *insn, char text[INSN_TEXT]);

#endif
