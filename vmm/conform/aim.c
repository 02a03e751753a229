#include "vmm/conform/aim.h"

#include "vmm/conform/arena.h"

#include <string.h>

#define LINE 64

/* An address of size bytes that crosses `at`; size 1 lies just before it. */
static uint64_t across(struct random *r, uint64_t at, unsigned size)
{
	return size < 2 ? at - 1 : at - 1 - random_below(r, size - 1);
}

static uint64_t target_of(enum place place, unsigned size, struct random *r)
{
	uint64_t inside = 512 + LINE * random_below(r, 40);

	switch (place) {
	case PLACE_ALIGNED:
		return arena_address(ARENA_VIRTUAL_A) + inside;
	case PLACE_UNALIGNED:
		return arena_address(ARENA_VIRTUAL_A) + inside + 1 + random_below(r, LINE - 1);
	case PLACE_LINE:
		return across(r, arena_address(ARENA_VIRTUAL_B) + inside, size);
	case PLACE_PAGE:
		return across(r, arena_address(ARENA_VIRTUAL_B), size);
	case PLACE_MEMORY_SECOND:
		return across(r, arena_address(ARENA_MEMORY), size);
	case PLACE_MEMORY_FIRST:
		return across(r, arena_address(ARENA_VIRTUAL_C), size);
	case PLACE_ABSENT_SECOND:
		return across(r, arena_address(ARENA_GUARD_MIDDLE), size);
	case PLACE_ABSENT_FIRST:
		return across(r, arena_address(ARENA_READ_ONLY), size);
	case PLACE_ABSENT:
		return arena_address(ARENA_GUARD_MIDDLE) + inside + random_below(r, 8);
	case PLACE_READ_ONLY:
		return arena_address(ARENA_READ_ONLY) + inside;
	case PLACE_NOT_CANONICAL:
		return 0x4000000000000000ull + 4096 * random_next(r) % (1ull << 60);
	case PLACE_ABSENT_BOTH:
		return across(r, arena_address(ARENA_UNUSED), size);
	case PLACES:
		break;
	}
	return 0;
}

static unsigned enumerate(struct scene *s)
{
	s->nrefs = memrefs_of(&s->insn, &s->regs, s->uses_vector ? &s->vector : NULL, s->refs);
	return s->nrefs;
}

static bool is_at(struct scene *s, unsigned ref, uint64_t target)
{
	return enumerate(s) > ref && s->refs[ref].gva.v == target;
}

/* Is there a general register that takes the access to its target? Which one matters to nobody. */
static bool aim_register(struct scene *s, unsigned ref, uint64_t target)
{
	const int candidates[] = {s->insn.mem.base, s->insn.mem.index_size ? -1 : s->insn.mem.index,
				  GPR_RSP,          GPR_RDI,
				  GPR_RSI,          GPR_RBP,
				  GPR_RBX,          s->insn.exec == EXEC_COPY64 ? s->insn.fields.reg : -1};
	const unsigned scales[] = {1, s->insn.mem.scale, 1u + s->insn.mem.scale};
	bool skip_base = s->insn.mem.base == GPR_RSP && s->insn.mem.index != REG_NONE; /* RSP stays a stack's */

	for (unsigned i = skip_base; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
		for (unsigned k = 0; k < (i < 2 ? 3 : 1); k++) {
			uint64_t distance, kept;

			if (candidates[i] < 0 || candidates[i] >= GPR_COUNT || scales[k] == 0 || enumerate(s) <= ref)
				continue;
			kept = s->regs.gpr[candidates[i]];
			distance = target - s->refs[ref].gva.v;
			s->regs.gpr[candidates[i]] += (uint64_t)((int64_t)distance / (int64_t)scales[k]);
			if (is_at(s, ref, target - distance % scales[k]) || is_at(s, ref, target))
				return true;
			s->regs.gpr[candidates[i]] = kept;
		}
	}
	return false;
}

/* An address in the bytes: RIP-relative or absolute. */
static bool aim_displacement(const struct scene_host *host, struct scene *s, unsigned ref, uint64_t target)
{
	const struct insn_fields *f = &s->insn.fields;
	uint8_t bytes[INSN_MAX];
	int64_t disp;

	if (f->disp_size < 4 || f->disp_size > 8 || s->nrefs <= ref)
		return false;
	memcpy(bytes, s->insn.bytes, sizeof(bytes));
	disp = s->insn.mem.disp + (int64_t)(target - s->refs[ref].gva.v);
	memcpy(bytes + f->disp_at, &disp, f->disp_size);
	return decode(host->decoder, bytes, s->insn.length, MODE_64, &s->insn) == DECODE_OK && is_at(s, ref, target);
}

static bool aim_ref(const struct scene_host *host, struct scene *s, unsigned ref, uint64_t target)
{
	return is_at(s, ref, target) || aim_register(s, ref, target) || aim_displacement(host, s, ref, target);
}

static unsigned primary_of(const struct scene *s, struct random *r)
{
	for (unsigned i = 0; i < s->nrefs; i++) {
		if (s->refs[i].role == MEMREF_OPERAND)
			return i;
	}
	return random_below(r, s->nrefs);
}

/* Where an access that is not the case's own goes. */
static uint64_t elsewhere(const struct scene *s, unsigned ref, struct random *r)
{
	static const enum place places[] = {PLACE_ALIGNED, PLACE_UNALIGNED, PLACE_ALIGNED, PLACE_LINE,
					    PLACE_PAGE,    PLACE_READ_ONLY, PLACE_ABSENT,  PLACE_MEMORY_FIRST};
	uint64_t target;

	if (s->refs[ref].role == MEMREF_STACK && arena_holds(s->refs[ref].gva.v, s->refs[ref].size))
		return s->refs[ref].gva.v;
	/* of two reads that both fault either may come first: cmps does it one way with REP, another without */
	if (s->insn.exec == EXEC_STRING && s->insn.string == STRING_CMPS)
		return arena_address(ARENA_MEMORY) + 512 + random_below(r, 2048);
	target = target_of(places[random_below(r, 8)], s->refs[ref].size, r);
	return random_below(r, 3) ? target : arena_address(ARENA_MEMORY) + target % 2048 + 512;
}

/* A relative call goes to where calls end the case. */
static void aim_branch(const struct scene_host *host, struct random *r, struct scene *s)
{
	const struct insn_fields *f = &s->insn.fields;
	uint8_t bytes[INSN_MAX];
	int32_t distance = (int32_t)(ARENA_LANDING + random_below(r, 256) - ARENA_RIP - s->insn.length);

	if (s->insn.exec != EXEC_CALL || s->insn.mem.present || f->imm_size != sizeof(distance))
		return;
	memcpy(bytes, s->insn.bytes, sizeof(bytes));
	memcpy(bytes + f->imm_at, &distance, sizeof(distance));
	decode(host->decoder, bytes, s->insn.length, MODE_64, &s->insn);
}

/* In the arena; or not canonical, by a margin: no byte of it is anywhere. */
static bool is_known(uint64_t gva, unsigned size)
{
	return arena_holds(gva, size) || (((gva >> 47) + 1) & 0x1ffff) > 1;
}

static bool all_known(const struct scene *s)
{
	for (unsigned i = 0; i < s->nrefs; i++)
		if (!is_known(s->refs[i].gva.v, s->refs[i].size))
			return false;
	return true;
}

/* The operand as a whole: the CPU checks it whatever the mask. */
static bool aim_maskmov(struct random *r, struct scene *s)
{
	uint64_t base = memref_maskmov(&s->insn, &s->regs).gva.v - s->regs.gpr[GPR_RDI];
	struct memref whole;

	if (s->insn.mem.addr_size < 8)
		base = s->regs.seg[s->insn.mem.seg].base * (s->insn.mem.seg >= SEG_FS);
	s->regs.gpr[GPR_RDI] = target_of((enum place)s->from.place, s->insn.op_size, r) - base;
	whole = memref_maskmov(&s->insn, &s->regs);
	enumerate(s);
	return is_known(whole.gva.v, whole.size);
}

bool aim(const struct scene_host *host, struct random *r, struct scene *s)
{
	unsigned primary;

	if (s->insn.exec == EXEC_MASKMOV)
		return aim_maskmov(r, s);
	aim_branch(host, r, s);
	if (enumerate(s) == 0)
		return true;
	primary = primary_of(s, r);
	for (unsigned i = 0; i < s->nrefs && i < 4; i++) {
		if (i != primary)
			aim_ref(host, s, i, elsewhere(s, i, r));
	}
	aim_ref(host, s, primary, target_of((enum place)s->from.place, s->refs[primary].size, r));
	enumerate(s);
	return all_known(s);
}
