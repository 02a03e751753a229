#include "decoder/decode.h"

#include "decoder/cache.h"
#include "decoder/capstone.h"
#include "decoder/fields.h"
#include "decoder/table.h"
#include "decoder/text.h"

#include <stdlib.h>
#include <string.h>

struct decoder {
	struct capstone *capstone;
	struct table_index *index;
	struct cache *cache;
};

struct decoder *decoder_new(void)
{
	struct decoder *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->capstone = capstone_new();
	d->index = table_index_new();
	d->cache = cache_new();
	if (d->capstone && d->index && d->cache)
		return d;
	decoder_free(d);
	return NULL;
}

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	capstone_free(d->capstone);
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

static bool encoding_is_valid(const struct table_row *row, const struct insn *insn)
{
	bool is_reg = insn->fields.has_modrm && !fields_names_memory(&insn->fields);

	if (is_reg && row->reg_form == REG_UD)
		return false;
	if (insn->fields.encoding != ENC_LEGACY && !row->vvvv && insn->fields.vvvv)
		return false;
	return lock_is_valid(row, insn);
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
		if (row->flags & INSN_ALIGNED)
			insn->mem.align = insn->mem.size;
	} else if (row->exec == EXEC_STUB || row->exec == EXEC_JMP) {
		insn->exec = EXEC_NONE; /* on a register */
	}
	if (row->op_size == SIZE_STACK || row->op_size == SIZE_NEAR)
		insn->stack_use = row->exec == EXEC_JMP ? 0 : insn->op_size;
	insn->locked = insn->mem.present && (f->lock || (row->flags & INSN_IMPLICIT_LOCK));
}

/* Do two readings of the same bytes agree on length and address expression? */
static bool agrees(const struct table_row *row, const struct insn *insn, const struct capstone_view *view)
{
	const struct insn_mem *mem = &insn->mem;
	int8_t seg = insn->fields.seg_override;

	if (view->length != insn->length)
		return false;
	if (row->exec == EXEC_STRING || (row->capstone & CAPSTONE_OPERAND))
		return true;
	if (view->has_mem != mem->present)
		return false;
	if (!mem->present)
		return true;
	if (insn->mode == MODE_64 && view->seg < SEG_FS && seg < 0)
		seg = view->seg;
	return view->base == mem->base && view->index == mem->index && view->scale == mem->scale &&
	       view->disp == mem->disp && view->seg == seg;
}

/* Where a legacy prefix stands in the order that Capstone reads rightly; -1: it is none. */
static int prefix_rank(uint8_t byte, const struct insn *insn)
{
	bool one_byte_map = insn->fields.map == MAP_0;

	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		return insn->mode == MODE_64 ? 0 : 1;
	case 0x64:
	case 0x65:
		return 1;
	case 0x67:
		return 2;
	case 0xf0:
		return 3;
	case 0x66:
		return one_byte_map ? 5 : 4;
	case 0xf2:
	case 0xf3:
		return one_byte_map ? 4 : 5;
	default:
		return -1;
	}
}

/*
 * The same instruction with its legacy prefixes in the one order that Capstone
 * 4.0.2 reads rightly: the CPU does not care, but Capstone forgets 66 before F3 AB,
 * cannot read F3 66 0F B8, and lets 3E hide 64.
 */
static void in_capstone_order(const struct insn *insn, uint8_t out[INSN_MAX])
{
	unsigned prefixes = 0, at = 0;

	memcpy(out, insn->bytes, INSN_MAX);
	while (prefixes < insn->fields.prefix_size && prefix_rank(insn->bytes[prefixes], insn) >= 0)
		prefixes++;
	for (int rank = 0; rank <= 5; rank++) {
		for (unsigned i = 0; i < prefixes; i++) {
			if (prefix_rank(insn->bytes[i], insn) == rank)
				out[at++] = insn->bytes[i];
		}
	}
}

static enum decode_status ask_capstone(struct decoder *d, const struct table_row *row, struct insn *insn)
{
	struct capstone_view view = {0};
	uint8_t bytes[INSN_MAX];

	if (!(row->capstone & CAPSTONE_ABSENT)) {
		in_capstone_order(insn, bytes);
		if (!capstone_view(d->capstone, bytes, insn->length, insn->mode, &view) || !agrees(row, insn, &view))
			return DECODE_DISAGREE;
	}
	if (row->capstone & (CAPSTONE_ABSENT | CAPSTONE_TEXT))
		text_instruction(row, insn, insn->text);
	else
		memcpy(insn->text, view.text, sizeof(insn->text));
	return DECODE_OK;
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
	if (!encoding_is_valid(row, &insn))
		return DECODE_INVALID;
	insn.fields.imm_size = table_imm_size(row, &insn.fields, mode);
	insn.length = insn.fields.imm_at + insn.fields.imm_size;
	if (!insn.fields.imm_size)
		insn.fields.imm_at = 0;
	if (insn.length > INSN_MAX)
		return DECODE_INVALID;
	if (insn.length > n)
		return DECODE_TRUNCATED;
	memcpy(insn.bytes, bytes, insn.length);
	status = ask_capstone(d, row, &insn);
	if (status == DECODE_OK)
		*out = insn;
	return status;
}

enum decode_status decode_cached(struct decoder *d, const uint8_t *bytes, size_t n, enum cpu_mode mode,
				 const struct insn **out)
{
	struct cache_key key = cache_key(bytes, n, mode);
	const struct insn *kept = cache_find(d->cache, key, n);
	enum decode_status status;
	struct insn insn;

	if (kept) {
		*out = kept;
		return DECODE_OK;
	}
	status = decode(d, bytes, n, mode, &insn);
	if (status == DECODE_OK)
		*out = cache_put(d->cache, key, &insn);
	return status;
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
	case DECODE_UNKNOWN:
		return "unknown";
	case DECODE_DISAGREE:
		return "disagree";
	}
	return "?";
}

size_t decode_text(struct decoder *d, const uint8_t *bytes, size_t n, enum cpu_mode mode, char text[INSN_TEXT])
{
	struct capstone_view view;

	if (!capstone_view(d->capstone, bytes, n, mode, &view)) {
		memcpy(text, "(bad)", sizeof("(bad)"));
		return 0;
	}
	memcpy(text, view.text, INSN_TEXT);
	return view.length;
}
