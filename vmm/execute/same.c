#include "vmm/execute/same.h"

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

static bool same_operand(const struct insn_mem *a, const struct insn_mem *b)
{
	return b->present && b->base == REG_RIP && b->index == REG_NONE && b->addr_size == 8 && a->size == b->size &&
	       a->use == b->use;
}

bool same_on_slot(const struct insn *insn, const struct insn *again, int rsp_became)
{
	bool renamed = rsp_became != REG_NONE;

	if (again->row != insn->row && again->fields.opcode == insn->fields.opcode)
		return false; /* A0..A3 and 82 alone have become another opcode */
	return again->exec == EXEC_STUB && again->op_size == insn->op_size && again->flags == insn->flags &&
	       same_operand(&insn->mem, &again->mem) && same_text(insn->text, again->text, renamed) &&
	       !names_rsp(again->text) && again->fields.seg_override < 0 && !again->fields.lock;
}
