/*
 * scene.c: what is in the registers; aim.c makes the addresses fit, fill.c the memory.
 */
#include "vmm/conform/scene.h"

#include "vmm/conform/aim.h"
#include "vmm/conform/arena.h"
#include "vmm/conform/random.h"

#include <string.h>

#define MXCSR 24
#define MXCSR_DEFAULT 0x1f80u
#define XSTATE_BV 512
#define XSAVE_HEADER_END 576
#define FCW_DEFAULT 0x37f

static void put16(uint8_t *at, unsigned value)
{
	uint16_t v = (uint16_t)value;

	memcpy(at, &v, sizeof(v));
}

static void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

/* Ten bytes of an x87 register: exponents that are usual, and all else. */
static void draw_x87_registers(struct random *r, uint8_t *area)
{
	for (unsigned i = 0; i < 8; i++) {
		uint8_t *st = area + 32 + 16 * i;

		random_values(r, st, 8);
		put16(st + 8, random_below(r, 4) ? 0x3fff + random_below(r, 40) - 20 : (unsigned)random_next(r));
		if (random_below(r, 4))
			st[7] |= 0x80; /* normal */
		memset(st + 10, 0, 6);
	}
}

static void draw_x87(struct random *r, uint8_t *area)
{
	memset(area, 0, 32);
	put16(area, random_below(r, 4) ? FCW_DEFAULT : (unsigned)(random_next(r) & 0xf3f) | 0x40);
	if (random_below(r, 3)) { /* some registers in use, their top anywhere */
		put16(area + 2, (unsigned)random_next(r) & 0x7f00 & ~0x80u);
		area[4] = (uint8_t)random_next(r);
	}
	draw_x87_registers(r, area);
}

static uint32_t draw_mxcsr(struct random *r)
{
	switch (random_below(r, 8)) {
	case 0: /* some exceptions not masked */
		return (uint32_t)random_next(r) & 0xffc0 & ~0x3fu;
	case 1: /* rounding, flush to zero, denormals are zero; flags already there */
		return 0x1f80 | ((uint32_t)random_next(r) & 0xe07f);
	default:
		return MXCSR_DEFAULT;
	}
}

static void draw_vector(const struct scene_host *host, struct random *r, bool plain, struct vector_state *vector)
{
	uint8_t *area = vector->area;
	uint64_t present = host->features;

	memset(area, 0, sizeof(vector->area));
	vector->features = host->features;
	vector->layout = host->layout;
	put16(area, FCW_DEFAULT);
	put32(area + MXCSR, MXCSR_DEFAULT);
	if (!plain) {
		draw_x87(r, area);
		put32(area + MXCSR, draw_mxcsr(r));
		random_values(r, area + 160, 256);
		random_values(r, area + XSAVE_HEADER_END, sizeof(vector->area) - XSAVE_HEADER_END);
	}
	memcpy(area + XSTATE_BV, &present, sizeof(present));
}

/* The bytes [at, at+16) of vector register reg, or NULL where this CPU does not have them. */
static uint8_t *vector_bytes(struct vector_state *v, unsigned reg, unsigned at)
{
	const uint16_t *offset = v->layout.offset;

	if (reg >= 16)
		return v->features >> 7 & 1 ? v->area + offset[7] + 64 * (reg - 16) + at : NULL;
	if (at < 16)
		return v->area + 160 + 16 * reg;
	if (at < 32)
		return v->features >> 2 & 1 ? v->area + offset[2] + 16 * reg : NULL;
	return v->features >> 6 & 1 ? v->area + offset[6] + 32 * reg + (at - 32) : NULL;
}

/* The indices of a gather or scatter: so small that all elements come into the arena. */
static void shape_indices(struct random *r, const struct insn *insn, struct vector_state *v)
{
	for (unsigned at = 0; at < 64; at += 16) {
		uint8_t *bytes = vector_bytes(v, (unsigned)insn->mem.index, at);

		for (unsigned i = 0; bytes && i < 16; i += insn->mem.index_size) {
			int64_t index = (int64_t)random_below(r, 600) - 100;

			memcpy(bytes + i, &index, insn->mem.index_size);
		}
	}
}

static uint64_t draw_flags(struct random *r, bool plain)
{
	uint64_t flags = RFLAGS_FIXED | RFLAGS_IF;
	uint64_t any = random_next(r);

	if (plain)
		return flags;
	flags |= any & RFLAGS_STATUS;
	if (any >> 60 == 0)
		flags |= RFLAGS_AC;
	if (any >> 58 & 1)
		flags |= RFLAGS_DF;
	return flags;
}

static unsigned bit_register(const struct insn *insn)
{
	return (insn->fields.modrm >> 3 & 7) | (insn->fields.rex & 4 ? 8 : 0);
}

/* What an instruction takes from a register besides an address, kept to what is worth trying. */
static void shape_registers(struct random *r, const struct insn *insn, struct regs *regs)
{
	if (random_below(r, 2))
		regs->gpr[GPR_RDX] &= 0xf; /* else hardly any division fits */
	if ((insn->exec == EXEC_STRING || insn->exec == EXEC_PORT) && (insn->fields.rep || insn->fields.repne))
		regs->gpr[GPR_RCX] = random_below(r, 9) | (insn->mem.addr_size == 8 ? 0 : random_next(r) << 32);
	if (insn->flags & INSN_BIT_OFFSET)
		regs->gpr[bit_register(insn)] =
			(uint64_t)((int64_t)random_below(r, 4001) - 2000) & (insn->op_size == 2 ? 0xffff : ~0ull);
}

static void draw_registers(const struct scene_host *host, struct random *r, uint8_t plain, struct regs *regs)
{
	*regs = (struct regs){
		.rip = ARENA_RIP,
		.cr0 = CR0_PE | CR0_PG | CR0_WP | CR0_AM,
		.cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE,
		.efer = EFER_LME | EFER_LMA | EFER_NXE,
		.cpl = (uint8_t)host->cpl,
		.mode = MODE_64,
		.stack_size = 8,
	};
	for (unsigned i = 0; i < GPR_COUNT; i++)
		regs->gpr[i] = plain & PLAIN_REGISTERS ? 3 + i : random_value(r);
	regs->rflags = draw_flags(r, plain & PLAIN_FLAGS);
	if (!host->alignment_checks)
		regs->rflags &= ~RFLAGS_AC;
	for (unsigned i = 0; i < SEG_COUNT; i++)
		regs->seg[i].selector = host->selectors[i];
	if (host->segment_bases) {
		regs->seg[SEG_FS].base = 0x10000 + 8 * random_below(r, 4096);
		regs->seg[SEG_GS].base = 0x3ff00000 + random_below(r, 65536);
	}
}

/* The stack pointer where an instruction leaves the stack alone, or may overflow it a little. */
static uint64_t draw_stack(struct random *r, bool plain)
{
	uint64_t virtual = arena_address(ARENA_STACK_VIRTUAL);
	uint64_t middle = 0x400 + 8 * random_below(r, 256);

	if (plain)
		return virtual - ARENA_PAGE / 2;
	switch (random_below(r, 16)) {
	case 0: /* nothing is left below */
		return arena_address(ARENA_STACK_MEMORY);
	case 1: /* nothing above */
		return virtual + ARENA_PAGE;
	case 2: /* crossing, aligned or not */
		return virtual + 8 - random_below(r, 16);
	case 3 ... 8:
		return virtual + middle + (random_below(r, 4) ? 0 : random_below(r, 8));
	default:
		return virtual - ARENA_PAGE + middle;
	}
}

/* The bytes around each access, and more where REP goes on. */
static void frame_windows(struct scene *s)
{
	unsigned around = s->insn.exec == EXEC_STRING || s->insn.exec == EXEC_PORT ? 128 : 32;

	s->nwindows = 0;
	for (unsigned i = 0; i < s->nrefs; i++) {
		uint64_t from = s->refs[i].gva.v - around;
		uint64_t to = s->refs[i].gva.v + s->refs[i].size + around;

		if (!arena_holds(s->refs[i].gva.v, s->refs[i].size))
			continue;
		from = from < ARENA_BASE ? ARENA_BASE : from;
		to = to > ARENA_BASE + ARENA_SIZE ? ARENA_BASE + ARENA_SIZE : to;
		s->windows[s->nwindows++] = (struct window){(uint32_t)(from - ARENA_BASE), (uint32_t)(to - from)};
	}
}

enum scene_status scene_make(const struct scene_host *host, const struct conform_case *c, struct scene *out)
{
	struct random r = random_of(c->seed);
	uint64_t stack;

	out->from = *c;
	out->uses_vector = false;
	out->nrefs = out->nwindows = 0;
	draw_registers(host, &r, c->plain, &out->regs);
	stack = draw_stack(&r, c->plain & PLAIN_STACK);
	out->regs.gpr[GPR_RSP] = stack;
	out->decoded = decode(host->decoder, c->bytes, c->length, MODE_64, &out->insn);
	if (out->decoded != DECODE_OK)
		return SCENE_UNDECODED;
	shape_registers(&r, &out->insn, &out->regs);
	out->regs.gpr[GPR_RSP] = stack;
	out->uses_vector = out->insn.flags & (INSN_VECTOR | INSN_MASKED);
	if (out->uses_vector)
		draw_vector(host, &r, c->plain & PLAIN_VECTOR, &out->vector);
	if (out->uses_vector && out->insn.mem.index_size)
		shape_indices(&r, &out->insn, &out->vector);
	if (!aim(host, &r, out))
		return SCENE_UNAIMED;
	frame_windows(out);
	return SCENE_READY;
}
