/*
 * judge.h: two independent decoders look at what the table has read.
 *
 * Capstone and Zydis are each asked for length and memory operand of every newly
 * decoded instruction. The closed table has the word: a form is taken if at least
 * one of the two reads it as we do. Who differed is counted, per form.
 */
#ifndef DECODER_JUDGE_H
#define DECODER_JUDGE_H

#include "decoder/decode.h"
#include "decoder/table.h"

struct judge;

/* NULL when out of memory or when a decoder refuses to start. */
struct judge *judge_new(void);
void judge_free(struct judge *j);

/*
 * Does one of the decoders agree with insn, which is complete but for its text?
 * Then the text is filled in. If neither does, insn is untouched.
 */
bool judge_agrees(struct judge *j, const struct table_row *row, struct insn *insn);

/* As decode_compare(). */
enum likeness judge_compare(const struct judge *j, const struct insn *insn, const struct insn *again, int stand_in);

void judge_read_stats(const struct judge *j, struct decoder_stats *out);

/* How often a decoder differed on a row of the table. */
uint32_t judge_differed(const struct judge *j, enum other_decoder who, unsigned row);

/* As decoder_last_readings(). */
void judge_last_readings(const struct judge *j, enum other_reading out[OTHER_DECODERS]);

/* As decode_text(); and by Zydis. */
size_t judge_text(struct judge *j, const uint8_t *bytes, size_t n, enum cpu_mode mode, char text[INSN_TEXT]);
size_t judge_zydis_text(const uint8_t *bytes, size_t n, enum cpu_mode mode, char text[INSN_TEXT]);

#endif
