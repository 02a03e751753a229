#include "vmm/execute/same.h"

#include "decoder/table.h"

#include <ctype.h>
#include <string.h>

/* The next word (letters and digits) of *text outside brackets, its length in *n; NULL at the end. */
static const char *next_word(const char **text, size_t *n)
{
	const char *at = *text;
	const char *word;

	while (*at && !isalnum((unsigned char)*at)) {
		if (*at == '[')
			at += strcspn(at, "]");
		else
			at++;
	}
	word = at;
	while (isalnum((unsigned char)*at))
		at++;
	*n = (size_t)(at - word);
	*text = at;
	return *n ? word : NULL;
}

static bool word_in(const char *word, size_t n, const char *const *list)
{
	for (; *list; list++) {
		if (strlen(*list) == n && !memcmp(word, *list, n))
			return true;
	}
	return false;
}

/* As next_word(), without what rewriting takes away: prefixes and the segment. */
static const char *next_meaning(const char **text, size_t *n)
{
	static const char *const dropped[] = {"lock", "rep", "repe", "repz", "repne", "repnz", "xacquire", "xrelease",
					      "cs",   "ss",  "ds",   "es",   "fs",    "gs",    NULL};
	const char *word;

	do
		word = next_word(text, n);
	while (word && word_in(word, *n, dropped));
	if (word && *n == 6 && !memcmp(word, "movabs", 6))
		*n = 3; /* an absolute address makes Capstone say movabs */
	return word;
}

static bool names_rsp(const char *text)
{
	static const char *const rsp[] = {"rsp", "esp", "sp", "spl", NULL};
	const char *word;
	size_t n;

	while ((word = next_word(&text, &n))) {
		if (word_in(word, n, rsp))
			return true;
	}
	return false;
}

/* Word by word; the mnemonic only, if a register was renamed. */
static bool same_text(const char *a, const char *b, bool mnemonic_only)
{
	const char *word_a, *word_b;
	size_t n, m;

	do {
		word_a = next_meaning(&a, &n);
		word_b = next_meaning(&b, &m);
		if (!word_a || !word_b)
			return word_a == word_b;
		if (n != m || memcmp(word_a, word_b, n) != 0)
			return false;
	} while (!mnemonic_only);
	return true;
}

static bool is_moffs(const struct insn_fields *f)
{
	return f->encoding == ENC_LEGACY && f->map == MAP_0 && (f->opcode & 0xfc) == 0xa0;
}

/* A0..A3 become the mov with ModRM; all else stays in its row, or in one of the same name. */
static bool same_row(const struct insn *a, const struct insn *b)
{
	return is_moffs(&a->fields) || !strcmp(table_row(a->row)->name, table_row(b->row)->name);
}

/* ModRM.reg with its extension, which is a register or an opcode's digit; A0..A3 mean rAX. */
static unsigned reg_field(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;

	return is_moffs(f) ? 0 : f->reg;
}

/* With any REX, byte registers 4..7 are SPL..DIL. */
static bool byte_rex(const struct insn *insn)
{
	return insn->fields.encoding == ENC_LEGACY && insn->op_size == 1 && insn->fields.rex;
}

static bool same_registers(const struct insn *a, const struct insn *b)
{
	return reg_field(a) == reg_field(b) && a->fields.vvvv == b->fields.vvvv && byte_rex(a) == byte_rex(b);
}

/* vblendv: bits 7:4 are a register, of which there are eight outside 64-bit mode. Intel SDM Vol 2, "VEX Prefix". */
static uint8_t ignored_of_immediate(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;
	bool is4 = f->encoding == ENC_VEX && f->map == MAP_0F3A && f->opcode >= 0x4a && f->opcode <= 0x4c;

	return is4 && insn->mode != MODE_64 ? 0x80 : 0;
}

static bool same_immediate(const struct insn *a, const struct insn *b)
{
	const uint8_t *of_a = a->bytes + a->fields.imm_at, *of_b = b->bytes + b->fields.imm_at;
	unsigned n = a->fields.imm_size;

	if (n == 1)
		return b->fields.imm_size == 1 && ((of_a[0] & ~ignored_of_immediate(a)) == of_b[0]);
	return n == b->fields.imm_size && !memcmp(of_a, of_b, n);
}

static bool same_operand(const struct insn_mem *a, const struct insn_mem *b)
{
	return b->present && b->base == REG_RIP && b->index == REG_NONE && b->addr_size == 8 && a->size == b->size &&
	       a->use == b->use;
}

/* maskmovq, maskmovdqu: the two registers, and nothing that moves the operand away from RDI. */
static bool same_maskmov(const struct insn *insn, const struct insn *again)
{
	const struct insn_fields *a = &insn->fields, *b = &again->fields;

	return b->encoding == a->encoding && b->prefix == a->prefix && b->opcode == 0xf7 && b->modrm == a->modrm &&
	       ((a->rex ^ b->rex) & 7) == 0 && b->seg_override < 0 && !b->adsize;
}

/* EVEX: mask, zeroing and broadcast. */
static bool same_evex(const struct insn_fields *a, const struct insn_fields *b)
{
	return a->mask == b->mask && a->zeroing == b->zeroing && a->broadcast == b->broadcast;
}

/* Rewriting keeps the opcode but for the forms without ModRM and the twin that 64-bit mode lacks. */
static bool same_opcode(const struct insn_fields *a, const struct insn_fields *b)
{
	bool twin = a->map == MAP_0 && a->opcode == 0x82 && b->opcode == 0x80;

	if (a->encoding != b->encoding || a->map != b->map)
		return false;
	if (is_moffs(a))
		return b->map == MAP_0 && (b->opcode & 0xfc) == 0x88;
	return twin || a->opcode == b->opcode;
}

/* The records, without the texts. */
static bool same_record(const struct insn *insn, const struct insn *again, bool renamed)
{
	if (again->exec != insn->exec || again->op_size != insn->op_size || again->flags != insn->flags)
		return false;
	if (again->element != insn->element || again->elements != insn->elements || again->fields.lock ||
	    again->fields.seg_override >= 0)
		return false;
	if (!same_row(insn, again) || !same_opcode(&insn->fields, &again->fields))
		return false;
	if (insn->exec == EXEC_MASKMOV)
		return same_maskmov(insn, again);
	if (insn->fields.encoding == ENC_EVEX && !same_evex(&insn->fields, &again->fields))
		return false;
	if (!same_operand(&insn->mem, &again->mem) || !same_immediate(insn, again) ||
	    again->fields.vector_len != insn->fields.vector_len)
		return false;
	return renamed || same_registers(insn, again);
}

bool same_on_slot(const struct decoder *d, const struct insn *insn, const struct insn *again, int rsp_became)
{
	bool renamed = rsp_became != REG_NONE;

	if (!same_record(insn, again, renamed))
		return false;
	switch (decode_compare(d, insn, again, rsp_became)) {
	case LIKE_SAME:
		return true;
	case LIKE_OTHER:
		return false;
	case LIKE_UNREAD:
		break;
	}
	/* Capstone misreads 66 in 16-bit code, and a renamed register is another word */
	return !names_rsp(again->text) && (insn->mode == MODE_16 || same_text(insn->text, again->text, renamed));
}
