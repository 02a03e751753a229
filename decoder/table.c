#include "decoder/table.h"

#include "decoder/fields.h"
#include "decoder/table_rows.h"
#include "decoder/vector.h"

#include <stdlib.h>

#define MAPS 7
#define ENCODINGS 3

/* The rows that an opcode may have: list[start] .. list[next opcode's start - 1]. */
struct table_index {
	uint16_t start[ENCODINGS * MAPS * 256 + 1];
	uint16_t list[];
};

unsigned table_rows(void)
{
	return table_legacy_count + table_x87_count + table_system_count + table_evex_count;
}

const struct table_row *table_row(unsigned row)
{
	if (row < table_legacy_count)
		return &table_legacy_rows[row];
	row -= table_legacy_count;
	if (row < table_x87_count)
		return &table_x87_rows[row];
	row -= table_x87_count;
	if (row < table_system_count)
		return &table_system_rows[row];
	return &table_evex_rows[row - table_system_count];
}

static unsigned opcodes_of(const struct table_row *row)
{
	return row->opcodes ? row->opcodes : 1;
}

static unsigned slot_of(enum encoding encoding, enum opcode_map map, unsigned opcode)
{
	return ((unsigned)encoding * MAPS + (unsigned)map) * 256 + opcode;
}

/* Counts, then sums, then fills from the end, so that each opcode's rows stand in the table's order. */
struct table_index *table_index_new(void)
{
	unsigned total = 0;
	struct table_index *index;

	for (unsigned i = 0; i < table_rows(); i++)
		total += opcodes_of(table_row(i));
	index = calloc(1, sizeof(*index) + total * sizeof(index->list[0]));
	if (!index)
		return NULL;
	for (unsigned i = 0; i < table_rows(); i++) {
		const struct table_row *row = table_row(i);

		for (unsigned n = 0; n < opcodes_of(row); n++)
			index->start[slot_of(row->encoding, row->map, row->opcode + n)]++;
	}
	for (unsigned slot = 1; slot <= ENCODINGS * MAPS * 256; slot++)
		index->start[slot] = (uint16_t)(index->start[slot] + index->start[slot - 1]);
	for (unsigned i = table_rows(); i-- > 0;) {
		const struct table_row *row = table_row(i);

		for (unsigned n = 0; n < opcodes_of(row); n++)
			index->list[--index->start[slot_of(row->encoding, row->map, row->opcode + n)]] = (uint16_t)i;
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
	switch (rule) {
	case L_ANY:
		return true;
	case L_128:
		return f->vector_len == 16;
	case L_256:
		return f->vector_len == 32;
	case L_512:
		return f->vector_len == 64;
	case L_256_512:
		return f->vector_len >= 32;
	}
	return false;
}

static bool mode_matches(enum mode_rule rule, enum cpu_mode mode)
{
	return rule == MODES_ALL || (rule == MODES_64) == (mode == MODE_64);
}

static bool opcode_matches(const struct table_row *row, const struct insn_fields *f)
{
	return (row->prefix == PFX_ANY || row->prefix == f->prefix) &&
	       (row->digit == ANY_DIGIT || (unsigned)row->digit == fields_digit(f));
}

/* CPUs differ on 66 with a near branch in 64-bit mode (16 bits on some), and on REX.W with a far pointer. */
static bool size_is_certain(const struct table_row *row, const struct insn_fields *f, enum cpu_mode mode)
{
	if (row->op_size == SIZE_EXTENDED && f->opsize)
		return false;
	if ((row->op_size == SIZE_FAR || row->op_size == SIZE_FAR_CALL) && (f->rex & 8))
		return false;
	return row->op_size != SIZE_NEAR || mode != MODE_64 || !f->opsize || (f->rex & 8);
}

uint16_t table_find(const struct table_index *index, const struct insn_fields *f, enum cpu_mode mode)
{
	unsigned slot = slot_of(f->encoding, f->map, f->opcode);
	bool is_reg = f->has_modrm && !fields_names_memory(f);

	for (unsigned i = index->start[slot]; i < index->start[slot + 1]; i++) {
		const struct table_row *row = table_row(index->list[i]);

		if (opcode_matches(row, f) && w_matches(row->w, f) && l_matches(row->l, f) &&
		    mode_matches(row->modes, mode) && !(is_reg && row->reg_form == REG_OTHER) &&
		    size_is_certain(row, f, mode))
			return index->list[i];
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
		return (uint8_t)table_mem_size(row, f, mode);
	case SIZE_PORT:
		return v == 8 ? 4 : v;
	case SIZE_FAR:
	case SIZE_FAR_CALL:
		return v;
	case SIZE_EXTENDED:
		return 4;
	case SIZE_ADDRESS:
		return fields_addr_size(f, mode);
	}
	return 0;
}

uint16_t table_mem_size(const struct table_row *row, const struct insn_fields *f, enum cpu_mode mode)
{
	uint8_t vector = f->vector_len ? f->vector_len : 16;
	bool v2 = size_v(f, mode) == 2;

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
	case MS_FAR:
		return table_op_size(row, f, mode) + 2;
	case MS_DTR:
		return mode == MODE_64 ? 10 : 6;
	case MS_FXSAVE:
		return 512;
	case MS_XSAVE:
		return XSAVE_AREA;
	case MS_ENV:
		return v2 ? 14 : 28;
	case MS_X87:
		return v2 ? 94 : 108;
	default:
		return row->mem_size;
	}
}

/* Intel SDM Vol 2, "FXSAVE", "XSAVE": not the size of these. */
uint16_t table_alignment(const struct table_row *row, uint16_t mem_size)
{
	if (!(row->flags & INSN_ALIGNED))
		return 1;
	return row->mem_size == MS_FXSAVE ? 16 : row->mem_size == MS_XSAVE ? 64 : mem_size;
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
	case IMM_ENTER:
		return 3;
	case IMM_Z:
		return table_op_size(row, f, mode) == 2 ? 2 : 4;
	}
	return 0;
}
