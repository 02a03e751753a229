#include "decoder/memref.h"

#include "decoder/mask.h"

#include <stddef.h>

#define PIECE 64 /* bytes of the largest reference */
#define XSAVE_HEADER_END 576

/* A linear address: FS and GS alone have a base in 64-bit mode; elsewhere it wraps to 32 bits. */
static gva_t linear(const struct insn *insn, const struct regs *regs, enum segment seg, uint64_t ea)
{
	uint64_t base = regs->seg[seg].base;

	if (insn->mode != MODE_64)
		return (gva_t){(uint32_t)(ea + base)};
	return (gva_t){seg == SEG_FS || seg == SEG_GS ? ea + base : ea};
}

static uint64_t wrap(uint64_t value, unsigned size)
{
	return size >= 8 ? value : value & ((1ull << (8 * size)) - 1);
}

static struct memref memref(const struct insn *insn, const struct regs *regs, enum segment seg, uint64_t ea)
{
	return (struct memref){.seg = seg, .ea = ea, .gva = linear(insn, regs, seg, ea)};
}

/* The byte distance that a register's bit offset adds: whole operands, rounded down. SDM Vol 2, "BT". */
static uint64_t bit_string_distance(const struct insn *insn, const struct regs *regs)
{
	unsigned reg = (insn->fields.modrm >> 3 & 7) | (insn->fields.rex & 4 ? 8 : 0);
	unsigned bits = 8u * insn->op_size;
	int64_t offset = (int64_t)(regs->gpr[reg] << (64 - bits)) >> (64 - bits);
	unsigned log2 = (unsigned)__builtin_ctz(bits);

	return (uint64_t)(offset >> log2) * insn->op_size;
}

/* Written where it stays: a record copied right after its fields were written waits for them. */
static void operand(const struct insn *insn, const struct regs *regs, uint64_t rsp, struct memref *ref)
{
	const struct insn_mem *mem = &insn->mem;
	uint64_t ea = (uint64_t)mem->disp;

	if (mem->base == REG_RIP)
		ea += regs->rip + insn->length;
	else if (mem->base == GPR_RSP)
		ea += rsp;
	else if (mem->base != REG_NONE)
		ea += regs->gpr[mem->base];
	if (mem->index != REG_NONE && !mem->index_size)
		ea += regs->gpr[mem->index] * mem->scale;
	if (insn->flags & INSN_BIT_OFFSET)
		ea += bit_string_distance(insn, regs);
	ea = wrap(ea, mem->addr_size);
	ref->role = MEMREF_OPERAND;
	ref->use = mem->use;
	ref->seg = mem->seg;
	ref->ea = ea;
	ref->gva = linear(insn, regs, mem->seg, ea);
	ref->size = (uint8_t)mem->size;
	ref->at = 0;
	ref->locked = insn->locked;
}

uint64_t memref_address(const struct insn *insn, const struct regs *regs)
{
	struct memref ref;

	operand(insn, regs, regs->gpr[GPR_RSP], &ref);
	return ref.ea;
}

/* n bytes of the operand from its byte `at` on. */
static struct memref piece(const struct insn *insn, const struct regs *regs, const struct memref *whole, unsigned at,
			   unsigned n)
{
	struct memref ref = *whole;

	ref.ea = wrap(whole->ea + at, insn->mem.addr_size);
	ref.gva = linear(insn, regs, ref.seg, ref.ea);
	ref.size = (uint8_t)n;
	ref.at = (uint16_t)at;
	return ref;
}

/* A piece for each run of active elements. */
static unsigned runs(const struct insn *insn, const struct regs *regs, const struct memref *whole, uint64_t active,
		     struct memref *refs)
{
	unsigned count = 0;

	for (unsigned i = 0; i < 64 && active >> i;) {
		unsigned first = i + (unsigned)__builtin_ctzll(active >> i);
		uint64_t rest = active >> first;
		unsigned n = rest == ~0ull ? 64 : (unsigned)__builtin_ctzll(~rest);

		refs[count++] = piece(insn, regs, whole, first * insn->element, n * insn->element);
		i = first + n;
	}
	return count;
}

/* Gather, scatter: each active element where its index says, lowest first. SDM Vol 2, "VSIB Memory Addressing". */
static unsigned by_index(const struct insn *insn, const struct regs *regs, const struct vector_state *vector,
			 const struct memref *whole, struct memref *refs)
{
	uint64_t active = mask_active(insn, vector);
	unsigned count = 0;

	for (unsigned i = 0; i < insn->elements; i++) {
		uint64_t distance = (uint64_t)mask_index(insn, vector, i) * insn->mem.scale;

		if (!(active & 1ull << i))
			continue;
		refs[count] = piece(insn, regs, whole, 0, insn->element);
		refs[count].ea = wrap(whole->ea + distance, insn->mem.addr_size);
		refs[count].gva = linear(insn, regs, whole->seg, refs[count].ea);
		refs[count++].at = (uint16_t)(i * insn->element);
	}
	return count;
}

/* Pieces of at most 64 bytes that cover bytes first .. first + n - 1 of an area. */
static unsigned component(const struct insn *insn, const struct regs *regs, const struct memref *whole, unsigned first,
			  unsigned n, struct memref *refs, unsigned count)
{
	for (unsigned at = first; at < first + n && count < MEMREF_MAX; at += PIECE)
		refs[count++] = piece(insn, regs, whole, at, first + n - at < PIECE ? first + n - at : PIECE);
	return count;
}

/*
 * XSAVE and XRSTOR: the legacy region and the header, then each component that
 * XCR0 and EDX:EAX name. XSAVEC and XSAVES pack them; which of the two formats
 * XRSTOR finds it reads from the area itself, so what is enumerated is all to the
 * end of the standard one, which covers both. SDM Vol 1, "XSAVE Area".
 */
static unsigned save_area(const struct insn *insn, const struct regs *regs, const struct vector_state *vector,
			  const struct memref *whole, struct memref *refs)
{
	uint64_t named = (regs->gpr[GPR_RDX] & UINT32_MAX) << 32 | (regs->gpr[GPR_RAX] & UINT32_MAX);
	bool packed = insn->fields.opcode == 0xc7;
	unsigned next = XSAVE_HEADER_END;
	unsigned count = component(insn, regs, whole, 0, XSAVE_HEADER_END, refs, 0);

	if (insn->mem.use == MEM_READ)
		return component(insn, regs, whole, next, vector_end(vector, named) - next, refs, count);
	for (unsigned i = 2; i < XSTATE_COMPONENTS; i++) {
		unsigned size = vector->layout.size[i];
		unsigned offset = packed ? next : vector->layout.offset[i];

		if (!(vector->features & named & 1ull << i) || !size || offset + size > XSAVE_AREA)
			continue;
		count = component(insn, regs, whole, offset, size, refs, count);
		next += size;
	}
	return count;
}

static unsigned masked(const struct insn *insn, const struct regs *regs, const struct vector_state *vector,
		       const struct memref *whole, struct memref *refs)
{
	if (!vector)
		return 0;
	if (!insn->element)
		return save_area(insn, regs, vector, whole, refs);
	if (insn->mem.index_size)
		return by_index(insn, regs, vector, whole, refs);
	if (insn->flags & INSN_COMPRESSED)
		return component(insn, regs, whole, 0,
				 insn->element * (unsigned)__builtin_popcountll(mask_bits(insn, vector)), refs, 0);
	return runs(insn, regs, whole, mask_active(insn, vector), refs);
}

struct memref memref_maskmov(const struct insn *insn, const struct regs *regs)
{
	struct memref ref = memref(insn, regs, insn->mem.seg, wrap(regs->gpr[GPR_RDI], insn->mem.addr_size));

	ref.role = MEMREF_OPERAND;
	ref.use = MEM_WRITE;
	ref.size = insn->op_size;
	return ref;
}

static struct memref stack(const struct insn *insn, const struct regs *regs, uint64_t rsp, enum mem_use use)
{
	struct memref ref = memref(insn, regs, SEG_SS, wrap(rsp, regs->stack_size));

	ref.role = MEMREF_STACK;
	ref.use = use;
	ref.size = insn->stack_use;
	return ref;
}

static bool touches_operand(const struct insn *insn)
{
	return insn->mem.present && insn->mem.use != MEM_NONE;
}

/* The explicit operand alone: as a whole, its active elements, or in pieces. */
static unsigned operand_only(const struct insn *insn, const struct regs *regs, const struct vector_state *vector,
			     struct memref *refs)
{
	struct memref whole;

	if (!touches_operand(insn))
		return 0;
	operand(insn, regs, regs->gpr[GPR_RSP], &refs[0]);
	if (!(insn->flags & INSN_MASKED) && insn->mem.size <= PIECE)
		return 1;
	whole = refs[0];
	return insn->flags & INSN_MASKED ? masked(insn, regs, vector, &whole, refs)
					 : component(insn, regs, &whole, 0, insn->mem.size, refs, 0);
}

/* push and call: the operand is loaded with the stack pointer as it was, then the stack is written. */
static unsigned onto_stack(const struct insn *insn, const struct regs *regs, struct memref *refs)
{
	unsigned n = operand_only(insn, regs, NULL, refs);

	refs[n] = stack(insn, regs, regs->gpr[GPR_RSP] - insn->stack_use, MEM_WRITE);
	return n + 1;
}

/* pop: the stack is read, then the operand is addressed with the incremented stack pointer. SDM Vol 2, "POP". */
static unsigned from_stack(const struct insn *insn, const struct regs *regs, struct memref *refs)
{
	unsigned n = 0;

	refs[n++] = stack(insn, regs, regs->gpr[GPR_RSP], MEM_READ);
	if (touches_operand(insn)) {
		uint64_t kept = regs->stack_size >= 8 ? 0 : ~0ull << (8 * regs->stack_size);
		uint64_t rsp = regs->gpr[GPR_RSP];

		rsp = (rsp & kept) | wrap(rsp + insn->stack_use, regs->stack_size);
		operand(insn, regs, rsp, &refs[n++]);
	}
	return n;
}

static struct memref element(const struct insn *insn, const struct regs *regs, enum memref_role role, enum mem_use use)
{
	unsigned addr_size = insn->mem.addr_size;
	bool source = role == MEMREF_STRING_SRC;
	uint64_t ea = wrap(regs->gpr[source ? GPR_RSI : GPR_RDI], addr_size);
	struct memref ref = memref(insn, regs, source ? insn->mem.seg : SEG_ES, ea);

	ref.role = role;
	ref.use = use;
	ref.size = insn->op_size;
	return ref;
}

static unsigned string(const struct insn *insn, const struct regs *regs, struct memref *refs)
{
	bool repeated = insn->fields.rep || insn->fields.repne;

	if (repeated && wrap(regs->gpr[GPR_RCX], insn->mem.addr_size) == 0)
		return 0;
	switch (insn->string) {
	case STRING_MOVS:
		refs[0] = element(insn, regs, MEMREF_STRING_SRC, MEM_READ);
		refs[1] = element(insn, regs, MEMREF_STRING_DST, MEM_WRITE);
		return 2;
	case STRING_CMPS: /* measured: [rdi] is checked first */
		refs[0] = element(insn, regs, MEMREF_STRING_DST, MEM_READ);
		refs[1] = element(insn, regs, MEMREF_STRING_SRC, MEM_READ);
		return 2;
	case STRING_STOS:
	case STRING_INS:
		refs[0] = element(insn, regs, MEMREF_STRING_DST, MEM_WRITE);
		return 1;
	case STRING_LODS:
	case STRING_OUTS:
		refs[0] = element(insn, regs, MEMREF_STRING_SRC, MEM_READ);
		return 1;
	case STRING_SCAS:
		refs[0] = element(insn, regs, MEMREF_STRING_DST, MEM_READ);
		return 1;
	}
	return 0;
}

/* xlat: [seg:rbx + al]. */
static struct memref table_byte(const struct insn *insn, const struct regs *regs)
{
	uint64_t ea = regs->gpr[GPR_RBX] + (regs->gpr[GPR_RAX] & 0xff);
	struct memref ref = memref(insn, regs, insn->mem.seg, wrap(ea, insn->mem.addr_size));

	ref.role = MEMREF_OPERAND;
	ref.use = MEM_READ;
	ref.size = 1;
	return ref;
}

/*
 * enter: push rbp; with a nesting level, a load of each outer frame pointer below
 * rbp and a push of it, then a push of the new frame pointer. SDM Vol 2, "ENTER".
 */
static unsigned enter(const struct insn *insn, const struct regs *regs, struct memref *refs)
{
	unsigned level = insn->bytes[insn->fields.imm_at + 2] % 32;
	uint64_t size = insn->stack_use;
	uint64_t rsp = regs->gpr[GPR_RSP] - size, rbp = regs->gpr[GPR_RBP];
	unsigned n = 0;

	refs[n++] = stack(insn, regs, rsp, MEM_WRITE);
	for (unsigned i = 1; i < level; i++) {
		rbp -= size;
		rsp -= size;
		refs[n++] = stack(insn, regs, rbp, MEM_READ);
		refs[n++] = stack(insn, regs, rsp, MEM_WRITE);
	}
	if (level)
		refs[n++] = stack(insn, regs, rsp - size, MEM_WRITE);
	return n;
}

/* movdir64b: the operand, then [es:reg], which wraps to the address size. */
static unsigned copy64(const struct insn *insn, const struct regs *regs, struct memref *refs)
{
	uint64_t ea = wrap(regs->gpr[insn->fields.reg], insn->mem.addr_size);

	operand(insn, regs, regs->gpr[GPR_RSP], &refs[0]);
	refs[1] = memref(insn, regs, SEG_ES, ea);
	refs[1].role = MEMREF_COPY_DST;
	refs[1].use = MEM_WRITE;
	refs[1].size = 64;
	return 2;
}

/* The operand; then a far call's two pushes as one, or a pop. */
static unsigned for_step(const struct insn *insn, const struct regs *regs, const struct vector_state *vector,
			 struct memref *refs)
{
	unsigned n = operand_only(insn, regs, vector, refs);

	if (insn->stack_use && insn->mem.present) {
		refs[n] = stack(insn, regs, regs->gpr[GPR_RSP] - 2 * insn->stack_use, MEM_WRITE);
		refs[n++].size = (uint8_t)(2 * insn->stack_use);
	} else if (insn->stack_use) {
		refs[n++] = stack(insn, regs, regs->gpr[GPR_RSP], MEM_READ);
	}
	return n;
}

static __attribute__((noinline)) unsigned by_kind(const struct insn *insn, const struct regs *regs,
						  const struct vector_state *vector, struct memref *refs)
{
	struct memref whole;

	switch (insn->exec) {
	case EXEC_STUB:
	case EXEC_JMP:
	case EXEC_SEGMENT:
	case EXEC_FLUSH:
	case EXEC_GATHER:
	case EXEC_SCATTER:
		return operand_only(insn, regs, vector, refs);
	case EXEC_MASKMOV:
		whole = memref_maskmov(insn, regs);
		return masked(insn, regs, vector, &whole, refs);
	case EXEC_PUSH:
	case EXEC_CALL:
		return onto_stack(insn, regs, refs);
	case EXEC_POP:
		return from_stack(insn, regs, refs);
	case EXEC_RET:
	case EXEC_LEAVE:
		refs[0] = stack(insn, regs, regs->gpr[insn->exec == EXEC_RET ? GPR_RSP : GPR_RBP], MEM_READ);
		return 1;
	case EXEC_STRING:
	case EXEC_PORT:
		return string(insn, regs, refs);
	case EXEC_STEP:
		return for_step(insn, regs, vector, refs);
	case EXEC_ENTER:
		return enter(insn, regs, refs);
	case EXEC_XLAT:
		refs[0] = table_byte(insn, regs);
		return 1;
	case EXEC_COPY64:
		return copy64(insn, regs, refs);
	case EXEC_NONE:
		return 0;
	}
	return 0;
}

unsigned memrefs_of(const struct insn *insn, const struct regs *regs, const struct vector_state *vector,
		    struct memref refs[MEMREF_MAX])
{
	if (insn->exec != EXEC_STUB || insn->flags & INSN_MASKED || insn->mem.size > PIECE || !touches_operand(insn))
		return by_kind(insn, regs, vector, refs);
	operand(insn, regs, regs->gpr[GPR_RSP], &refs[0]); /* nearly all */
	return 1;
}
