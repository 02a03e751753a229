#include "decoder/decode.h"

#include "decoder/cache.h"
#include "decoder/fields.h"
#include "decoder/judge.h"
#include "decoder/table.h"

#include <stdlib.h>
#include <string.h>

struct decoder {
	struct judge *judge;
	struct table_index *index;
	struct cache *cache;
};

struct decoder *decoder_new(void)
{
	struct decoder *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->judge = judge_new();
	d->index = table_index_new();
	d->cache = cache_new();
	if (d->judge && d->index && d->cache)
		return d;
	decoder_free(d);
	return NULL;
}

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	judge_free(d->judge);
	table_index_free(d->index);
	cache_free(d->cache);
	free(d);
}

/* F0 raises #UD except with a form that may be locked and has its destination in memory. SDM Vol 2, "LOCK". */
static bool lock_is_valid(const struct table_row *row, const struct insn *insn)
{
	if (!insn->fields.lock)
		return true;
	return (row->flags & INSN_LOCKABLE) && insn->mem.present && insn->mem.use == MEM_READ_WRITE;
}

/* Intel SDM Vol 2, "EVEX Encoding", "#UD Equations for EVEX"; vvvv's high bit extends the index of VSIB. */
static bool evex_is_valid(const struct table_row *row, const struct insn_fields *f)
{
	if (!row->vvvv && (row->index_size ? f->vvvv & 15 : f->vvvv))
		return false;
	if (f->mask ? row->mask == MASK_NEVER : row->mask == MASK_REQUIRED)
		return false;
	if (f->zeroing && (!row->zeroing || !f->mask))
		return false;
	if ((row->registers && f->reg >= row->registers) || (row->distinct && f->reg == f->vvvv))
		return false;
	return row->broadcast || !f->broadcast;
}

/* Intel SDM Vol 2, "VSIB Memory Addressing": a SIB byte, no 16-bit addresses, registers that differ. */
static bool vsib_is_valid(const struct table_row *row, const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;

	if (!row->index_size)
		return true;
	if (!f->has_sib)
		return false;
	if (f->encoding == ENC_VEX)
		return f->reg != insn->mem.index && f->vvvv != insn->mem.index && f->reg != f->vvvv;
	return row->exec != EXEC_GATHER || f->reg != insn->mem.index;
}

/* EVEX.z of a load that knows no mask: #UD by Intel's manual, ignored by an AMD CPU (measured; not of a store). */
static bool cpus_differ(const struct table_row *row, const struct insn_fields *f)
{
	return f->encoding == ENC_EVEX && row->mask == MASK_NEVER && f->zeroing && !f->mask && row->use == MEM_READ;
}

static bool encoding_is_valid(const struct table_row *row, const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;
	bool is_reg = f->has_modrm && !fields_names_memory(f);

	if (is_reg ? row->reg_form == REG_UD : row->reg_form == REG_ONLY)
		return false;
	if (f->encoding == ENC_VEX && !row->vvvv && f->vvvv)
		return false;
	if (f->encoding == ENC_EVEX && !evex_is_valid(row, f))
		return false;
	return vsib_is_valid(row, insn) && lock_is_valid(row, insn);
}

/* How many elements the mask governs. */
static unsigned elements_of(const struct table_row *row, const struct insn *insn, unsigned operand)
{
	unsigned vector = insn->fields.vector_len;

	if (row->index_size) /* as many as there are indices and places for them */
		return vector / (row->element > row->index_size ? row->element : row->index_size);
	return (row->mask == MASK_TILED || row->mask == MASK_COMPRESSED ? vector : operand) / row->element;
}

/* Masks, broadcast, vector indices, compressed displacements. operand: its size without broadcast. */
static void apply_elements(const struct table_row *row, struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;
	unsigned operand = insn->mem.size;
	bool by_element = row->index_size || row->mask == MASK_COMPRESSED || f->broadcast;

	if (f->broadcast)
		insn->mem.size = row->element;
	if (f->encoding == ENC_EVEX && f->disp_size == 1)
		insn->mem.disp *= by_element ? row->element : insn->mem.size;
	if (f->encoding == ENC_EVEX && !f->mask)
		return;
	if (row->mask == MASK_WHOLE && row->use == MEM_WRITE)
		insn->mem.use = MEM_READ_WRITE; /* all is checked, active elements are written: measured on the CPU */
	if (row->mask == MASK_WHOLE || row->mask == MASK_NEVER)
		return; /* among them all that know no mask */
	insn->flags |= INSN_MASKED | (row->mask == MASK_COMPRESSED ? INSN_COMPRESSED : 0);
	insn->element = row->element;
	insn->elements = (uint8_t)elements_of(row, insn, operand);
}

static void apply_index(const struct table_row *row, struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;
	unsigned high = (f->rex & 2 ? 8 : 0) | (f->encoding == ENC_EVEX ? f->vvvv & 16 : 0);

	if (!row->index_size)
		return;
	insn->mem.index_size = row->index_size;
	insn->mem.index = (int8_t)((f->sib >> 3 & 7) | high);
	insn->mem.scale = (uint8_t)(1u << (f->sib >> 6));
}

/* Operand, sizes and execution, as the row gives them to insn->fields. */
static void apply_row(const struct table_row *row, const uint8_t *bytes, struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;

	insn->op_size = table_op_size(row, f, insn->mode);
	insn->exec = row->exec;
	insn->string = row->string;
	insn->flags = row->flags;
	insn->mem = fields_mem(f, bytes, insn->mode);
	insn->mem.present = row->mem_size != MS_NONE && (fields_names_memory(f) || !f->has_modrm);
	if (insn->mem.present) {
		insn->mem.use = row->use;
		insn->mem.size = row->use == MEM_NONE ? 0 : table_mem_size(row, f, insn->mode);
		insn->mem.align = table_alignment(row, insn->mem.size);
		apply_index(row, insn);
		apply_elements(row, insn);
	} else if (row->exec == EXEC_STUB || row->exec == EXEC_JMP) {
		insn->exec = EXEC_NONE; /* on a register */
	}
	if (row->exec == EXEC_MASKMOV) {
		insn->flags |= INSN_MASKED;
		insn->element = 1;
		insn->elements = insn->op_size;
	}
	if (row->op_size == SIZE_STACK || row->op_size == SIZE_NEAR || row->op_size == SIZE_FAR_CALL)
		insn->stack_use = row->exec == EXEC_JMP ? 0 : insn->op_size;
	insn->locked = insn->mem.present && (f->lock || (row->flags & INSN_IMPLICIT_LOCK));
}

static enum decode_status of_fields(enum fields_status status)
{
	switch (status) {
	case FIELDS_OK:
		return DECODE_OK;
	case FIELDS_TRUNCATED:
		return DECODE_TRUNCATED;
	case FIELDS_INVALID:
		return DECODE_INVALID;
	case FIELDS_TOO_LONG:
		return DECODE_TOO_LONG;
	}
	return DECODE_INVALID;
}

enum decode_status decode(struct decoder *d, const uint8_t *bytes, size_t n, enum cpu_mode mode, struct insn *out)
{
	struct insn insn = {.mode = mode};
	enum decode_status status = of_fields(fields_read(bytes, n, mode, &insn.fields));
	const struct table_row *row;

	if (status != DECODE_OK)
		return status;
	insn.row = table_find(d->index, &insn.fields, mode);
	if (insn.row == TABLE_NO_ROW)
		return DECODE_UNKNOWN;
	row = table_row(insn.row);
	apply_row(row, bytes, &insn);
	insn.fields.imm_size = table_imm_size(row, &insn.fields, mode);
	insn.length = insn.fields.imm_at + insn.fields.imm_size;
	if (insn.length > INSN_MAX)
		return DECODE_TOO_LONG; /* measured: before an encoding that is not valid */
	if (!encoding_is_valid(row, &insn))
		return cpus_differ(row, &insn.fields) ? DECODE_UNKNOWN : DECODE_INVALID;
	if (!insn.fields.imm_size)
		insn.fields.imm_at = 0;
	if (insn.length > n)
		return DECODE_TRUNCATED;
	memcpy(insn.bytes, bytes, insn.length);
	if (!judge_agrees(d->judge, row, &insn))
		return DECODE_DISAGREE;
	*out = insn;
	return DECODE_OK;
}

static __attribute__((cold, noinline)) enum decode_status
decode_and_keep(struct decoder *d, const uint8_t *bytes, size_t n, enum cpu_mode mode, const struct insn **out)
{
	struct insn insn;
	enum decode_status status = decode(d, bytes, n, mode, &insn);

	if (status == DECODE_OK)
		*out = cache_put(d->cache, cache_key(bytes, n, mode), &insn);
	return status;
}

enum decode_status decode_cached(struct decoder *d, const uint8_t *bytes, size_t n, enum cpu_mode mode,
				 const struct insn **out)
{
	const struct insn *kept = cache_find(d->cache, cache_key(bytes, n, mode), n);

	if (!kept)
		return decode_and_keep(d, bytes, n, mode, out);
	*out = kept;
	return DECODE_OK;
}

enum likeness decode_compare(const struct decoder *d, const struct insn *insn, const struct insn *again, int stand_in)
{
	return judge_compare(d->judge, insn, again, stand_in);
}

const char *decode_status_name(enum decode_status status)
{
	switch (status) {
	case DECODE_OK:
		return "ok";
	case DECODE_TRUNCATED:
		return "truncated";
	case DECODE_INVALID:
		return "invalid";
	case DECODE_TOO_LONG:
		return "too long";
	case DECODE_UNKNOWN:
		return "unknown";
	case DECODE_DISAGREE:
		return "disagree";
	}
	return "?";
}

size_t decode_text(struct decoder *d, const uint8_t *bytes, size_t n, enum cpu_mode mode, char text[INSN_TEXT])
{
	return judge_text(d->judge, bytes, n, mode, text);
}

void decoder_read_stats(const struct decoder *d, struct decoder_stats *out)
{
	judge_read_stats(d->judge, out);
}

uint32_t decoder_differed(const struct decoder *d, enum other_decoder who, unsigned row)
{
	return judge_differed(d->judge, who, row);
}

size_t decode_text_of(struct decoder *d, enum other_decoder who, const uint8_t *bytes, size_t n, enum cpu_mode mode,
		      char text[INSN_TEXT])
{
	return who == OTHER_ZYDIS ? judge_zydis_text(bytes, n, mode, text) : judge_text(d->judge, bytes, n, mode, text);
}

void decoder_last_readings(const struct decoder *d, enum other_reading out[OTHER_DECODERS])
{
	judge_last_readings(d->judge, out);
}
