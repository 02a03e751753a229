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

#define AREA_MXCSR 24
#define AREA_HEADER 512
#define COMPACTED (1ull << 63)

/* Byte `at` of the operand, if the arena holds it and n - 1 more; else NULL. */
static uint8_t *operand_bytes(const struct scene *s, uint8_t *arena, unsigned at, unsigned n)
{
	for (unsigned i = 0; i < s->nrefs; i++) {
		const struct memref *ref = &s->refs[i];
		uint64_t gva = ref->gva.v + (at - ref->at);

		if (ref->role == MEMREF_OPERAND && ref->at <= at && at + n <= (unsigned)ref->at + ref->size)
			return arena_holds(gva, n) ? arena + (gva - ARENA_BASE) : NULL;
	}
	return NULL;
}

/* XRSTOR's header and MXCSR: mostly what it takes. Intel SDM Vol 1, "XSAVE Header". */
static void shape_area(const struct scene *s, struct random *r, uint8_t *arena)
{
	uint8_t *mxcsr = operand_bytes(s, arena, AREA_MXCSR, 4);
	uint8_t *header = operand_bytes(s, arena, AREA_HEADER, 64);
	uint64_t present = random_next(r) & s->vector.features, compacted = 0;

	if (mxcsr && random_below(r, 8))
		memset(mxcsr + 2, 0, 2);
	if (!header || random_below(r, 8) == 0)
		return;
	if (random_below(r, 2))
		compacted = COMPACTED | present | (random_next(r) & s->vector.features);
	memset(header, 0, 64);
	memcpy(header, &present, 8);
	memcpy(header + 8, &compacted, 8);
	if (random_below(r, 8) == 0)
		header[random_below(r, 64)] ^= (uint8_t)(1u << random_below(r, 8));
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
	if (text_has(&s->insn, "xrstor") && s->uses_vector)
		shape_area(s, &r, arena);
}
