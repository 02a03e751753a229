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
static bool capstone_agrees_on(const struct table_row *row, const struct insn *insn, const struct capstone_view *view)
{
	const struct insn_mem *mem = &insn->mem;
	int8_t seg = insn->fields.seg_override;

	if (view->length != insn->length)
		return false;
	if (!operand_is_explicit(row))
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

static bool ask_capstone(struct judge *j, const struct table_row *row, const struct insn *insn,
			 struct capstone_view *view)
{
	uint8_t bytes[INSN_MAX];

	in_capstone_order(insn, bytes);
	return capstone_view(j->capstone, bytes, insn->length, insn->mode, view) && capstone_agrees_on(row, insn, view);
}

/* 3E before an indirect branch is "notrack" to Zydis; outside 64-bit mode it still selects DS. */
static bool is_notrack(const struct insn *insn)
{
	return insn->fields.seg_override == SEG_DS && (insn->exec == EXEC_CALL || insn->exec == EXEC_JMP);
}

static bool zydis_agrees_on(const struct table_row *row, const struct insn *insn, const struct zydis_view *view)
{
	const struct insn_mem *mem = &insn->mem;

	if (view->length != insn->length)
		return false;
	if (!operand_is_explicit(row))
		return true;
	if (view->has_mem != mem->present)
		return false;
	if (!mem->present)
		return true;
	if (!view->computed && !is_notrack(insn) && view->seg != mem->seg)
		return false;
	return view->base == mem->base && view->index == mem->index &&
	       (mem->index == REG_NONE || view->scale == mem->scale) && view->disp == mem->disp &&
	       view->addr_size == mem->addr_size;
}

static bool ask_zydis(struct judge *j, const struct table_row *row, const struct insn *insn)
{
	struct zydis_view view;

	return zydis_view(j->zydis, insn->bytes, insn->length, insn->mode, &view) && zydis_agrees_on(row, insn, &view);
}

bool judge_agrees(struct judge *j, const struct table_row *row, struct insn *insn)
{
	struct capstone_view view = {0};
	bool agrees[OTHER_DECODERS];

	agrees[OTHER_CAPSTONE] = ask_capstone(j, row, insn, &view);
	agrees[OTHER_ZYDIS] = ask_zydis(j, row, insn);
	j->stats.instructions++;
	for (unsigned i = 0; i < OTHER_DECODERS; i++) {
		j->stats.differed[i] += !agrees[i];
		j->differed[insn->row][i] += !agrees[i];
	}
	if (!agrees[OTHER_CAPSTONE] && !agrees[OTHER_ZYDIS]) {
		j->stats.refused++;
		return false;
	}
	if (agrees[OTHER_CAPSTONE] && !(row->capstone & CAPSTONE_TEXT))
		memcpy(insn->text, view.text, sizeof(insn->text));
	else
		text_instruction(row, insn, insn->text);
	return true;
}

void judge_read_stats(const struct judge *j, struct decoder_stats *out)
{
	*out = j->stats;
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
