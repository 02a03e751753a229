#include "vmm/access/run_code.h"

#include "vmm/access/check.h"
#include "vmm/execute/register_stub.h"

#include <string.h>

#define PUSHF 0x9c
#define POPF 0x9d
#define OPERAND_MAX 64 /* larger ones are save areas */

/* --- which kind ------------------------------------------------------------------------------- */

static enum run_kind kind_without_memory(const struct insn *insn)
{
	return flow_of(insn) == FLOW_OTHER ? RUN_KIND_REGISTER : RUN_KIND_FLOW;
}

/* popf may set TF and IF; and where IF is not the CPU's own (kvm_pvm at CPL 3), pushf shows another one. */
static bool moves_flags(const struct insn *insn)
{
	return insn->fields.map == MAP_0 && (insn->fields.opcode == PUSHF || insn->fields.opcode == POPF);
}

enum run_kind run_kind_of(const struct insn *insn)
{
	switch (insn->exec) {
	case EXEC_STUB:
		return insn->mem.size <= OPERAND_MAX ? RUN_KIND_MEMORY : RUN_KIND_END;
	case EXEC_PUSH:
	case EXEC_POP:
		return moves_flags(insn) ? RUN_KIND_END : RUN_KIND_MEMORY;
	case EXEC_CALL:
	case EXEC_JMP:
	case EXEC_RET:
	case EXEC_LEAVE:
	case EXEC_ENTER:
	case EXEC_STRING:
	case EXEC_XLAT:
	case EXEC_MASKMOV:
	case EXEC_COPY64:
	case EXEC_FLUSH:
	case EXEC_GATHER:
	case EXEC_SCATTER:
		return RUN_KIND_MEMORY;
	case EXEC_NONE:
		return kind_without_memory(insn);
	case EXEC_PORT:
	case EXEC_SEGMENT:
	case EXEC_STEP:
		return RUN_KIND_END;
	}
	return RUN_KIND_END;
}

/* --- RSP as an operand ------------------------------------------------------------------------ */

/* mov, add, or, adc, sbb, and, sub, xor, cmp, test between two registers, or with an immediate. */
static bool may_name_rsp(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;

	if (f->encoding != ENC_LEGACY || f->map != MAP_0 || insn->op_size == 1 || f->lock)
		return false;
	return (f->opcode < 0x3c && (f->opcode & 7) < 4) || f->opcode == 0x81 || f->opcode == 0x83 ||
	       f->opcode == 0x85 || f->opcode == 0x89 || f->opcode == 0x8b;
}

/*
 * A stub cannot load RSP: the host keeps its stack. Another register that the instruction does not
 * name takes its place, in the bytes and when it runs. False: it is none of the forms above.
 */
static bool replace_rsp(struct access_env *env, struct run_slot *slot)
{
	struct insn *insn = &slot->insn;
	const struct insn_fields *f = &insn->fields;
	bool group = (f->opcode & 0xfc) == 0x80; /* ModRM.reg is part of the opcode */
	unsigned reg = (f->modrm >> 3 & 7) | (f->rex & 4 ? 8 : 0), rm = (f->modrm & 7) | (f->rex & 1 ? 8 : 0);
	unsigned other = group ? GPR_COUNT : reg == GPR_RSP ? rm : reg;
	unsigned stand_in = other == GPR_RAX ? GPR_RDX : GPR_RAX;
	const struct insn *decoded;
	uint8_t bytes[INSN_MAX];

	memcpy(bytes, insn->bytes, sizeof(bytes));
	if (rm == GPR_RSP)
		bytes[f->modrm_at] = (uint8_t)((f->modrm & ~7u) | stand_in);
	else
		bytes[f->modrm_at] = (uint8_t)((f->modrm & ~0x38u) | stand_in << 3);
	if (other == GPR_RSP || decode_cached(env->decoder, bytes, insn->length, MODE_64, &decoded) != DECODE_OK ||
	    decoded->exec != EXEC_NONE || decoded->length != insn->length)
		return false;
	slot->insn = *decoded;
	slot->stands_for_rsp = (int8_t)stand_in;
	return true;
}

static bool names_rsp(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;
	bool reg = (f->modrm >> 3 & 7) == GPR_RSP && !(f->rex & 4) && (f->opcode & 0xfc) != 0x80;
	bool rm = (f->modrm & 7) == GPR_RSP && !(f->rex & 1);

	return f->has_modrm && may_name_rsp(insn) && (reg || rm);
}

/* --- reading it ------------------------------------------------------------------------------- */

/* Bytes of the page at gva, to *n of them; NULL where the CPU would not read them from memory. */
static const uint8_t *page_bytes(struct access_env *env, const struct regs *regs, gva_t gva, unsigned *n, bool mark)
{
	unsigned at = gva.v & PAGE_MASK;
	bool marked;
	const struct translation *page = translate(env->translator, regs, gva, WALK_FETCH, &marked);

	if (*n > PAGE_SIZE - at)
		*n = (unsigned)(PAGE_SIZE - at);
	if (page->walk.status != WALK_OK || !page->bytes || (mark && !marked && !walk_mark(&page->walk)))
		return NULL;
	return page->bytes + at;
}

/* As many bytes as can be read, to INSN_MAX; *here of them on the first page. */
static unsigned fetch(struct access_env *env, const struct regs *regs, uint8_t bytes[INSN_MAX + 1], unsigned *here)
{
	unsigned rest;
	const uint8_t *from;

	*here = INSN_MAX;
	if (!canonical(regs, regs->rip) || !canonical(regs, regs->rip + INSN_MAX))
		return 0;
	from = page_bytes(env, regs, (gva_t){regs->rip}, here, true);
	if (!from)
		return 0;
	if (*here == INSN_MAX) {
		memcpy(bytes, from, INSN_MAX);
		return INSN_MAX;
	}
	memcpy(bytes, from, *here);
	rest = INSN_MAX - *here;
	from = page_bytes(env, regs, (gva_t){regs->rip + *here}, &rest, false);
	if (!from)
		return *here;
	memcpy(bytes + *here, from, rest);
	return INSN_MAX;
}

static void sort(struct access_env *env, struct run_slot *slot, unsigned n)
{
	const struct insn *insn = &slot->insn;

	slot->checked = false;
	slot->kind = RUN_KIND_END;
	slot->size = (uint8_t)n;
	if (flow_form(slot->bytes, n, MODE_64, &slot->insn)) {
		slot->kind = RUN_KIND_FLOW;
	} else if (decode_cached(env->decoder, slot->bytes, n, MODE_64, &insn) == DECODE_OK) {
		slot->insn = *insn;
		slot->kind = run_kind_of(insn);
	} else if (register_form(slot->bytes, n, MODE_64, &slot->insn)) {
		slot->kind = RUN_KIND_REGISTER;
	}
	slot->stands_for_rsp = REG_NONE;
	if (slot->kind == RUN_KIND_REGISTER && names_rsp(&slot->insn) && !replace_rsp(env, slot))
		slot->kind = RUN_KIND_END;
	if (slot->kind == RUN_KIND_END)
		return;
	slot->size = slot->insn.length;
	slot->flow = flow_of(&slot->insn);
}

static struct run_slot *slot_of(struct run_code *code, uint64_t rip)
{
	return &code->slots[(rip ^ rip >> 8) % RUN_SLOTS];
}

/* What is no instruction of a run may be one with more bytes. */
static bool is_same(const struct run_slot *slot, const uint8_t *bytes, unsigned n)
{
	bool enough = slot->kind == RUN_KIND_END ? slot->size == n : slot->size <= n;

	return slot->size > 0 && enough && memcmp(slot->bytes, bytes, slot->size) == 0;
}

struct run_slot *run_code_at(struct run_code *code, struct access_env *env, const struct regs *regs)
{
	struct run_slot *slot = slot_of(code, regs->rip);
	uint8_t bytes[INSN_MAX + 1] = {0};
	unsigned here, n = fetch(env, regs, bytes, &here);

	if (n == 0)
		return NULL;
	if (!is_same(slot, bytes, n)) {
		memcpy(slot->bytes, bytes, sizeof(bytes));
		sort(env, slot, n);
	}
	if (slot->kind != RUN_KIND_END && slot->size > here) {
		unsigned rest = slot->size - here;

		if (!page_bytes(env, regs, (gva_t){regs->rip + here}, &rest, true))
			return NULL;
	}
	return slot;
}

bool run_code_enabled(struct run_slot *slot, struct access_env *env, const struct regs *regs,
		      const struct vector_state *vector)
{
	uint64_t xcr0 = vector ? vector->features : UINT64_MAX;
	uint8_t number;

	if (slot->checked && slot->cr0 == regs->cr0 && slot->cr4 == regs->cr4 && slot->xcr0 == xcr0)
		return true;
	if (execute_check(env->executor, &slot->insn, regs, xcr0, &number) != EXECUTE_OK)
		return false;
	slot->checked = true;
	slot->cr0 = regs->cr0;
	slot->cr4 = regs->cr4;
	slot->xcr0 = xcr0;
	return true;
}
