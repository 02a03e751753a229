#include "decoder/table.h"

#include "decoder/fields.h"
#include "decoder/table_rows.h"

#include <stdlib.h>

#define ANY_DIGIT (-1)
#define MAPS 4
#define ENCODINGS 3

/* The first and one past the last row that an opcode may have; 0, 0 if none. */
struct table_index {
	uint16_t first[ENCODINGS][MAPS][256];
	uint16_t end[ENCODINGS][MAPS][256];
};

unsigned table_rows(void)
{
	return table_row_count;
}

const struct table_row *table_row(unsigned row)
{
	return &table_all_rows[row];
}

static unsigned opcodes_of(const struct table_row *row)
{
	return row->opcodes ? row->opcodes : 1;
}

struct table_index *table_index_new(void)
{
	struct table_index *index = calloc(1, sizeof(*index));

	if (!index)
		return NULL;
	for (unsigned i = 0; i < table_row_count; i++) {
		uint16_t *first = index->first[table_all_rows[i].encoding][table_all_rows[i].map];
		uint16_t *end = index->end[table_all_rows[i].encoding][table_all_rows[i].map];

		for (unsigned op = table_all_rows[i].opcode;
		     op < table_all_rows[i].opcode + opcodes_of(&table_all_rows[i]); op++) {
			if (!end[op])
				first[op] = (uint16_t)i;
			end[op] = (uint16_t)(i + 1);
		}
	}
	return index;
}

void table_index_free(struct table_index *index)
{
	free(index);
}

static bool w_matches(enum w_rule rule, const struct insn_fields *f)
{
	return rule == W_ANY || (rule == W_1) == ((f->rex & 8) != 0);
}

static bool l_matches(enum l_rule rule, const struct insn_fields *f)
{
	return rule == L_ANY || (rule == L_128 ? 16 : 32) == f->vector_len;
}

static bool mode_matches(enum mode_rule rule, enum cpu_mode mode)
{
	return rule == MODES_ALL || (rule == MODES_64) == (mode == MODE_64);
}

static bool opcode_matches(const struct table_row *row, const struct insn_fields *f)
{
	return row->encoding == f->encoding && row->map == f->map && f->opcode >= row->opcode &&
	       f->opcode < row->opcode + opcodes_of(row) && (row->prefix == PFX_ANY || row->prefix == f->prefix) &&
	       (row->digit == ANY_DIGIT || (unsigned)row->digit == fields_digit(f));
}

/* CPUs differ on 66 with a near branch in 64-bit mode: some take it for a 16-bit one. */
static bool branch_is_certain(const struct table_row *row, const struct insn_fields *f, enum cpu_mode mode)
{
	return row->op_size != SIZE_NEAR || mode != MODE_64 || !f->opsize || (f->rex & 8);
}

uint16_t table_find(const struct table_index *index, const struct insn_fields *f, enum cpu_mode mode)
{
	unsigned end = index->end[f->encoding][f->map][f->opcode];
	bool is_reg = f->has_modrm && !fields_names_memory(f);

	for (unsigned i = index->first[f->encoding][f->map][f->opcode]; i < end; i++) {
		const struct table_row *row = &table_all_rows[i];

		if (opcode_matches(row, f) && w_matches(row->w, f) && l_matches(row->l, f) &&
		    mode_matches(row->modes, mode) && !(is_reg && row->reg_form == REG_OTHER) &&
		    branch_is_certain(row, f, mode))
			return (uint16_t)i;
	}
	return TABLE_NO_ROW;
}

/* Intel SDM Vol 1, "Operand Size and Address Size in 64-Bit Mode"; Vol 2, "Instruction Prefixes". */
static uint8_t size_v(const struct insn_fields *f, enum cpu_mode mode)
{
	if (mode == MODE_64 && (f->rex & 8))
		return 8;
	return f->opsize != (mode == MODE_16) ? 2 : 4;
}

uint8_t table_op_size(const struct table_row *row, const struct insn_fields *f, enum cpu_mode mode)
{
	uint8_t v = size_v(f, mode);

	switch (row->op_size) {
	case SIZE_BYTE:
		return 1;
	case SIZE_V:
		return v;
	case SIZE_Y:
		return mode == MODE_64 && (f->rex & 8) ? 8 : 4;
	case SIZE_STACK:
		return mode == MODE_64 && v == 4 ? 8 : v;
	case SIZE_NEAR:
		return mode == MODE_64 ? 8 : v;
	case SIZE_MEM:
		return table_mem_size(row, f, mode);
	}
	return 0;
}

uint8_t table_mem_size(const struct table_row *row, const struct insn_fields *f, enum cpu_mode mode)
{
	uint8_t vector = f->vector_len ? f->vector_len : 16;

	switch (row->mem_size) {
	case MS_OP:
		return table_op_size(row, f, mode);
	case MS_V:
		return size_v(f, mode);
	case MS_PAIR:
		return (uint8_t)(2 * table_op_size(row, f, mode));
	case MS_VL:
		return vector;
	case MS_VL_2:
		return vector / 2;
	case MS_VL_4:
		return vector / 4;
	case MS_VL_8:
		return vector / 8;
	default:
		return row->mem_size;
	}
}

uint8_t table_imm_size(const struct table_row *row, const struct insn_fields *f, enum cpu_mode mode)
{
	switch (row->imm) {
	case IMM_NONE:
		return 0;
	case IMM_8:
		return 1;
	case IMM_16:
		return 2;
	case IMM_Z:
		return table_op_size(row, f, mode) == 2 ? 2 : 4;
	}
	return 0;
}
