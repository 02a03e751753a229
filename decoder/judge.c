#include "decoder/judge.h"

#include "decoder/capstone.h"
#include "decoder/text.h"
#include "decoder/zydis.h"

#include <stdlib.h>
#include <string.h>

struct judge {
	struct capstone *capstone;
	struct zydis *zydis;
	struct decoder_stats stats;
	enum other_reading last[OTHER_DECODERS];
	uint32_t (*differed)[OTHER_DECODERS]; /* by row */
};

struct judge *judge_new(void)
{
	struct judge *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->capstone = capstone_new();
	j->zydis = zydis_new();
	j->differed = calloc(table_rows(), sizeof(*j->differed));
	if (j->capstone && j->zydis && j->differed)
		return j;
	judge_free(j);
	return NULL;
}

void judge_free(struct judge *j)
{
	if (!j)
		return;
	capstone_free(j->capstone);
	zydis_free(j->zydis);
	free(j->differed);
	free(j);
}

/* String instructions and the like: each decoder shows implicit operands in its own way. */
static bool operand_is_explicit(const struct table_row *row)
{
	return row->mem_size != MS_NONE;
}

/* Do two readings of the same bytes agree on length and address expression? */
static enum other_reading capstone_reads(const struct table_row *row, const struct insn *insn,
					 const struct capstone_view *view)
{
	const struct insn_mem *mem = &insn->mem;
	int8_t seg = insn->fields.seg_override;

	if (view->length != insn->length)
		return READING_LENGTH;
	if (!operand_is_explicit(row))
		return READING_SAME;
	if (view->has_mem != mem->present)
		return READING_OPERAND;
	if (!mem->present)
		return READING_SAME;
	if (insn->mode == MODE_64 && view->seg < SEG_FS && seg < 0)
		seg = view->seg;
	return view->base == mem->base && view->index == mem->index && view->scale == mem->scale &&
			       view->disp == mem->disp && view->seg == seg
		       ? READING_SAME
		       : READING_ADDRESS;
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

/* A REX that a legacy prefix or another REX follows: the CPU ignores it. Intel SDM Vol 2, "REX Prefixes". */
static bool is_dead_rex(const struct insn *insn, unsigned at)
{
	bool rex = insn->mode == MODE_64 && (insn->bytes[at] & 0xf0) == 0x40;
	uint8_t next = at + 1 < insn->fields.prefix_size ? insn->bytes[at + 1] : 0;

	return rex && ((next & 0xf0) == 0x40 || prefix_rank(next, insn) >= 0);
}

/*
 * The same instruction with its legacy prefixes in the one order that Capstone
 * 4.0.2 reads rightly, and without dead REX: the CPU does not care, but Capstone
 * forgets 66 before F3 AB or a dead REX, cannot read F3 66 0F B8, and lets 3E hide
 * 64. Returns its length.
 */
static unsigned in_capstone_order(const struct insn *insn, uint8_t out[INSN_MAX])
{
	unsigned prefixes = 0, at = 0;

	while (prefixes < insn->fields.prefix_size &&
	       (prefix_rank(insn->bytes[prefixes], insn) >= 0 || is_dead_rex(insn, prefixes)))
		prefixes++;
	for (int rank = 0; rank <= 5; rank++) {
		for (unsigned i = 0; i < prefixes; i++) {
			if (prefix_rank(insn->bytes[i], insn) == rank)
				out[at++] = insn->bytes[i];
		}
	}
	memcpy(out + at, insn->bytes + prefixes, insn->length - prefixes);
	return at + insn->length - prefixes;
}

static enum other_reading ask_capstone(struct judge *j, const struct table_row *row, const struct insn *insn,
				       struct capstone_view *view)
{
	uint8_t bytes[INSN_MAX];
	unsigned length = in_capstone_order(insn, bytes);

	if (!capstone_view(j->capstone, bytes, length, insn->mode, view))
		return READING_NONE;
	view->length = (uint8_t)(view->length + insn->length - length);
	return capstone_reads(row, insn, view);
}

/* 3E before an indirect branch is "notrack" to Zydis; outside 64-bit mode it still selects DS. */
static bool is_notrack(const struct insn *insn)
{
	return insn->fields.seg_override == SEG_DS && (insn->exec == EXEC_CALL || insn->exec == EXEC_JMP);
}

static enum other_reading zydis_reads(const struct table_row *row, const struct insn *insn,
				      const struct zydis_view *view)
{
	const struct insn_mem *mem = &insn->mem;

	if (view->length != insn->length)
		return READING_LENGTH;
	if (!operand_is_explicit(row))
		return READING_SAME;
	if (view->has_mem != mem->present)
		return READING_OPERAND;
	if (!mem->present)
		return READING_SAME;
	if (!view->computed && !is_notrack(insn) && view->seg != mem->seg)
		return READING_ADDRESS;
	return view->base == mem->base && view->index == mem->index &&
			       (mem->index == REG_NONE || view->scale == mem->scale) && view->disp == mem->disp &&
			       view->addr_size == mem->addr_size
		       ? READING_SAME
		       : READING_ADDRESS;
}

static enum other_reading ask_zydis(struct judge *j, const struct table_row *row, const struct insn *insn)
{
	struct zydis_view view;

	return zydis_view(j->zydis, insn->bytes, insn->length, insn->mode, &view) ? zydis_reads(row, insn, &view)
										  : READING_NONE;
}

/* Capstone 4.0.2 takes 67 with REX.W for 66: 67 4C 0F 12 is movlpd to it. */
static bool misnamed(const struct table_row *row, const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;

	return (row->capstone & CAPSTONE_TEXT) || (f->encoding == ENC_LEGACY && f->map != MAP_0 && f->adsize &&
						   (f->rex & 8) && f->prefix == PFX_NONE && !f->opsize);
}

bool judge_agrees(struct judge *j, const struct table_row *row, struct insn *insn)
{
	struct capstone_view view = {0};
	enum other_reading *readings = j->last;
	bool agrees[OTHER_DECODERS];

	readings[OTHER_CAPSTONE] = ask_capstone(j, row, insn, &view);
	readings[OTHER_ZYDIS] = ask_zydis(j, row, insn);
	j->stats.instructions++;
	for (unsigned i = 0; i < OTHER_DECODERS; i++) {
		agrees[i] = readings[i] == READING_SAME;
		j->stats.readings[i][insn->fields.encoding][readings[i]]++;
		j->stats.differed[i] += !agrees[i];
		j->differed[insn->row][i] += !agrees[i];
	}
	if (!agrees[OTHER_CAPSTONE] && !agrees[OTHER_ZYDIS]) {
		j->stats.refused++;
		return false;
	}
	if (agrees[OTHER_CAPSTONE] && !misnamed(row, insn))
		memcpy(insn->text, view.text, sizeof(insn->text));
	else
		text_instruction(row, insn, insn->text);
	return true;
}

enum likeness judge_compare(const struct judge *j, const struct insn *insn, const struct insn *again, int stand_in)
{
	return zydis_compare(j->zydis, insn, again, stand_in);
}

void judge_read_stats(const struct judge *j, struct decoder_stats *out)
{
	*out = j->stats;
}

void judge_last_readings(const struct judge *j, enum other_reading out[OTHER_DECODERS])
{
	memcpy(out, j->last, sizeof(j->last));
}

uint32_t judge_differed(const struct judge *j, enum other_decoder who, unsigned row)
{
	return row < table_rows() ? j->differed[row][who] : 0;
}

size_t judge_text(struct judge *j, const uint8_t *bytes, size_t n, enum cpu_mode mode, char text[INSN_TEXT])
{
	struct capstone_view view;

	if (!capstone_view(j->capstone, bytes, n, mode, &view)) {
		memcpy(text, "(bad)", sizeof("(bad)"));
		return 0;
	}
	memcpy(text, view.text, INSN_TEXT);
	return view.length;
}

size_t judge_zydis_text(const uint8_t *bytes, size_t n, enum cpu_mode mode, char text[INSN_TEXT])
{
	size_t length = zydis_text(bytes, n, mode, text);

	if (!length)
		memcpy(text, "(bad)", sizeof("(bad)"));
	return length;
}
