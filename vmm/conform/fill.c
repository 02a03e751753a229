/*
 * fill.c: what memory holds before an instruction. Where only few values mean
 * anything to it, those are drawn.
 */
#include "vmm/conform/arena.h"
#include "vmm/conform/random.h"
#include "vmm/conform/scene.h"

#include <string.h>

static bool text_has(const struct insn *insn, const char *word)
{
	return strstr(insn->text, word) != NULL;
}

/* Addresses where a branch may go: nearly always to where it ends the case. */
static uint64_t branch_target(struct random *r)
{
	if (random_below(r, 16) == 0)
		return 0x5000000000000000ull + random_next(r) % (1ull << 60); /* not canonical */
	return ARENA_LANDING + random_below(r, 256);
}

static uint64_t shaped(const struct insn *insn, struct random *r, uint64_t value)
{
	if (insn->exec == EXEC_JMP || insn->exec == EXEC_CALL || insn->exec == EXEC_RET)
		return branch_target(r);
	if (text_has(insn, "popf"))
		return value & ~(RFLAGS_TF | RFLAGS_TF << 32); /* stepping is another matter */
	if (text_has(insn, "ldmxcsr") && random_below(r, 8))
		return value & 0x0000ffbf0000ffbf;
	return value;
}

static void fill_window(const struct scene *s, struct random *r, uint8_t *at, uint32_t size)
{
	if (s->from.plain & PLAIN_MEMORY) {
		memset(at, 0x11, size);
		return;
	}
	random_values(r, at, size);
}

static bool is_shaped(const struct insn *insn)
{
	return insn->exec == EXEC_JMP || insn->exec == EXEC_CALL || insn->exec == EXEC_RET || text_has(insn, "popf") ||
	       text_has(insn, "ldmxcsr");
}

void scene_fill(const struct scene *s, uint8_t *arena)
{
	struct random r = random_of(s->from.seed ^ 0x6d656d6f7279);

	for (unsigned i = 0; i < s->nwindows; i++)
		fill_window(s, &r, arena + s->windows[i].at, s->windows[i].size);
	for (unsigned i = 0; i < s->nrefs && is_shaped(&s->insn); i++) {
		uint64_t at = s->refs[i].gva.v - ARENA_BASE;

		for (unsigned k = 0; k < s->refs[i].size && arena_holds(s->refs[i].gva.v, s->refs[i].size); k += 8) {
			unsigned n = s->refs[i].size - k < 8 ? s->refs[i].size - k : 8;
			uint64_t value = 0;

			memcpy(&value, arena + at + k, n);
			value = shaped(&s->insn, &r, value);
			memcpy(arena + at + k, &value, n);
		}
	}
}
