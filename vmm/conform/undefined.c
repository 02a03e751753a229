/*
 * undefined.c: Intel SDM Vol 2, each instruction's "Flags Affected"; AMD APM Vol 3.
 */
#include "vmm/conform/undefined.h"

#include <string.h>

static const struct {
	const char *mnemonic;
	uint64_t flags;
} rows[] = {
	{"and", RFLAGS_AF},
	{"or", RFLAGS_AF},
	{"xor", RFLAGS_AF},
	{"test", RFLAGS_AF},
	/* OF only for a count of one; AF always, CF where the count exceeds the operand */
	{"rol", RFLAGS_OF},
	{"ror", RFLAGS_OF},
	{"rcl", RFLAGS_OF},
	{"rcr", RFLAGS_OF},
	{"shl", RFLAGS_OF | RFLAGS_AF | RFLAGS_CF},
	{"sal", RFLAGS_OF | RFLAGS_AF | RFLAGS_CF},
	{"shr", RFLAGS_OF | RFLAGS_AF | RFLAGS_CF},
	{"sar", RFLAGS_OF | RFLAGS_AF},
	{"shld", RFLAGS_STATUS}, /* a count beyond a 16-bit operand leaves all of them, and the result, undefined */
	{"shrd", RFLAGS_STATUS},
	{"mul", RFLAGS_SF | RFLAGS_ZF | RFLAGS_AF | RFLAGS_PF},
	{"imul", RFLAGS_SF | RFLAGS_ZF | RFLAGS_AF | RFLAGS_PF},
	{"div", RFLAGS_STATUS},
	{"idiv", RFLAGS_STATUS},
	{"bsf", RFLAGS_STATUS & ~RFLAGS_ZF},
	{"bsr", RFLAGS_STATUS & ~RFLAGS_ZF},
	{"tzcnt", RFLAGS_OF | RFLAGS_SF | RFLAGS_PF | RFLAGS_AF},
	{"lzcnt", RFLAGS_OF | RFLAGS_SF | RFLAGS_PF | RFLAGS_AF},
	{"bt", RFLAGS_OF | RFLAGS_SF | RFLAGS_PF | RFLAGS_AF},
	{"bts", RFLAGS_OF | RFLAGS_SF | RFLAGS_PF | RFLAGS_AF},
	{"btr", RFLAGS_OF | RFLAGS_SF | RFLAGS_PF | RFLAGS_AF},
	{"btc", RFLAGS_OF | RFLAGS_SF | RFLAGS_PF | RFLAGS_AF},
	{"andn", RFLAGS_AF | RFLAGS_PF},
	{"blsi", RFLAGS_AF | RFLAGS_PF},
	{"blsr", RFLAGS_AF | RFLAGS_PF},
	{"blsmsk", RFLAGS_AF | RFLAGS_PF},
	{"bzhi", RFLAGS_AF | RFLAGS_PF},
	{"bextr", RFLAGS_SF | RFLAGS_AF | RFLAGS_PF},
};

uint64_t undefined_flags(const struct insn *insn)
{
	const char *word = strncmp(insn->text, "lock ", 5) == 0 ? insn->text + 5 : insn->text;
	size_t n = strcspn(word, " ");

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strlen(rows[i].mnemonic) == n && memcmp(word, rows[i].mnemonic, n) == 0)
			return rows[i].flags;
	}
	return 0;
}

uint64_t undefined_cr2(const struct insn *insn)
{
	unsigned size = insn->mem.present ? insn->mem.size : 0;

	return size > 64 || size == 28 || size == 14 ? 0xfff : 0;
}
