#include "decoder/symbolic.h"

#include "decoder/text.h"

#include <stdio.h>
#include <string.h>

static void stack_access(const struct insn *insn, enum mem_use use, struct symbolic_access *access)
{
	const char *where = "[rsp]";

	if (insn->exec == EXEC_LEAVE)
		where = "[rbp]";
	*access = (struct symbolic_access){.role = "stack", .size = insn->stack_use, .use = use};
	if (use == MEM_WRITE)
		snprintf(access->address, sizeof(access->address), "[rsp-0x%x]", insn->stack_use);
	else
		snprintf(access->address, sizeof(access->address), "%s", where);
	if (insn->mode != MODE_64) /* the stack segment says how wide the pointer is */
		access->address[1] = 'e';
}

static void string_access(const struct insn *insn, bool source, enum mem_use use, struct symbolic_access *access)
{
	enum segment seg = source ? insn->mem.seg : SEG_ES;
	const char *reg = text_gpr(source ? GPR_RSI : GPR_RDI, insn->mem.addr_size, true);

	*access =
		(struct symbolic_access){.role = source ? "source" : "destination", .size = insn->op_size, .use = use};
	if (insn->mode == MODE_64 && seg != SEG_FS && seg != SEG_GS)
		snprintf(access->address, sizeof(access->address), "[%s]", reg);
	else
		snprintf(access->address, sizeof(access->address), "%s:[%s]", text_segment(seg), reg);
}

/* The register whose bits or signs say which elements. */
static void mask_name(const struct insn *insn, char name[24])
{
	const struct insn_fields *f = &insn->fields;
	bool mmx = insn->exec == EXEC_MASKMOV && insn->elements == 8;

	if (f->encoding == ENC_EVEX)
		snprintf(name, 24, "bits in k%u", f->mask);
	else if (insn->exec == EXEC_MASKMOV)
		snprintf(name, 24, "sign bits in %cmm%u", mmx ? 'm' : 'x',
			 (f->modrm & 7) | (f->rex & 1 && !mmx ? 8 : 0));
	else
		snprintf(name, 24, "sign bits in %cmm%u", f->vector_len == 32 ? 'y' : 'x', f->vvvv);
}

static void elements_note(const struct insn *insn, char note[SYMBOLIC_NOTE])
{
	unsigned in_memory = insn->element ? insn->mem.size / insn->element : 0;
	char mask[24];

	if (!(insn->flags & INSN_MASKED))
		return;
	if (!insn->element) {
		snprintf(note, SYMBOLIC_NOTE, "576 bytes, and each component that XCR0 and EDX:EAX name");
		return;
	}
	mask_name(insn, mask);
	if (insn->flags & INSN_COMPRESSED)
		snprintf(note, SYMBOLIC_NOTE, "as many elements of %u bytes as there are %s, of %u", insn->element,
			 mask, insn->elements);
	else if (insn->mem.index_size || insn->exec == EXEC_MASKMOV || in_memory == insn->elements)
		snprintf(note, SYMBOLIC_NOTE, "%u element%s of %u bytes, by %s", insn->elements,
			 insn->elements == 1 ? "" : "s", insn->element, mask);
	else
		snprintf(note, SYMBOLIC_NOTE, "%u element%s of %u bytes taken %u times, by any of its %s", in_memory,
			 in_memory == 1 ? "" : "s", insn->element, insn->elements / in_memory, mask);
}

static void operand_access(const struct insn *insn, struct symbolic_access *access)
{
	size_t end;

	*access = (struct symbolic_access){
		.role = "operand", .size = insn->mem.size, .use = insn->mem.use, .locked = insn->locked};
	text_address(insn, access->address);
	elements_note(insn, access->note);
	end = strlen(access->address);
	if (insn->flags & INSN_BIT_OFFSET) {
		snprintf(access->address + end, sizeof(access->address) - end, " moved by the bit offset in %s",
			 text_gpr(insn->fields.reg, insn->op_size, true));
	}
}

static unsigned string_accesses(const struct insn *insn, struct symbolic_access *accesses)
{
	bool source = insn->string == STRING_MOVS || insn->string == STRING_CMPS || insn->string == STRING_LODS ||
		      insn->string == STRING_OUTS;
	bool destination = insn->string != STRING_LODS && insn->string != STRING_OUTS;
	bool writes = insn->string == STRING_MOVS || insn->string == STRING_STOS || insn->string == STRING_INS;
	unsigned n = 0;

	if (source)
		string_access(insn, true, MEM_READ, &accesses[n++]);
	if (destination)
		string_access(insn, false, writes ? MEM_WRITE : MEM_READ, &accesses[n++]);
	return n;
}

static void implicit_access(const struct insn *insn, const char *address, unsigned size, enum mem_use use,
			    struct symbolic_access *access)
{
	*access = (struct symbolic_access){.role = "operand", .size = size, .use = use};
	if (insn->fields.seg_override >= 0)
		snprintf(access->address, sizeof(access->address), "%s:%s", text_segment(insn->mem.seg), address);
	else
		snprintf(access->address, sizeof(access->address), "%s", address);
	elements_note(insn, access->note);
}

/* What names its operand by no ModRM: xlat, maskmov. */
static unsigned at_register(const struct insn *insn, struct symbolic_access *access)
{
	unsigned width = insn->mem.addr_size;
	char address[32];

	if (insn->exec == EXEC_XLAT)
		snprintf(address, sizeof(address), "[%s+al]", text_gpr(GPR_RBX, width, true));
	else
		snprintf(address, sizeof(address), "[%s]", text_gpr(GPR_RDI, width, true));
	implicit_access(insn, address, insn->exec == EXEC_XLAT ? 1 : insn->op_size,
			insn->exec == EXEC_XLAT ? MEM_READ : MEM_WRITE, access);
	return 1;
}

static unsigned copy_accesses(const struct insn *insn, struct symbolic_access *accesses)
{
	operand_access(insn, &accesses[0]);
	accesses[1] = (struct symbolic_access){.role = "destination", .size = 64, .use = MEM_WRITE};
	snprintf(accesses[1].address, sizeof(accesses[1].address), "%s[%s]",
		 insn->mode == MODE_64 ? "" : "es:", text_gpr(insn->fields.reg, insn->mem.addr_size, true));
	return 2;
}

static unsigned enter_accesses(const struct insn *insn, struct symbolic_access *accesses)
{
	unsigned level = insn->bytes[insn->fields.imm_at + 2] % 32;

	stack_access(insn, MEM_WRITE, &accesses[0]);
	if (level)
		snprintf(accesses[0].note, SYMBOLIC_NOTE,
			 "and %u frame pointers below rbp read and pushed, and the new one pushed", level - 1);
	return 1;
}

/* Far call: the operand, two pushes. pop of a segment register. Else the operand alone. */
static unsigned step_accesses(const struct insn *insn, struct symbolic_access *accesses)
{
	unsigned n = 0;

	if (insn->mem.present && insn->mem.use != MEM_NONE)
		operand_access(insn, &accesses[n++]);
	if (insn->stack_use) {
		stack_access(insn, n ? MEM_WRITE : MEM_READ, &accesses[n]);
		if (n) {
			accesses[n].size *= 2;
			snprintf(accesses[n].address, sizeof(accesses[n].address), "[%s-0x%x]",
				 insn->mode == MODE_64 ? "rsp" : "esp", accesses[n].size);
		}
		n++;
	}
	return n;
}

static unsigned plain_accesses(const struct insn *insn, struct symbolic_access *accesses)
{
	unsigned n = 0;

	if (insn->exec == EXEC_POP || insn->exec == EXEC_RET || insn->exec == EXEC_LEAVE)
		stack_access(insn, MEM_READ, &accesses[n++]);
	if (insn->mem.present && insn->mem.use != MEM_NONE)
		operand_access(insn, &accesses[n++]);
	if (insn->exec == EXEC_PUSH || insn->exec == EXEC_CALL)
		stack_access(insn, MEM_WRITE, &accesses[n++]);
	return n;
}

unsigned symbolic_accesses(const struct insn *insn, struct symbolic_access accesses[SYMBOLIC_MAX])
{
	switch (insn->exec) {
	case EXEC_STRING:
	case EXEC_PORT:
		return string_accesses(insn, accesses);
	case EXEC_XLAT:
	case EXEC_MASKMOV:
		return at_register(insn, accesses);
	case EXEC_COPY64:
		return copy_accesses(insn, accesses);
	case EXEC_ENTER:
		return enter_accesses(insn, accesses);
	case EXEC_STEP:
		return step_accesses(insn, accesses);
	case EXEC_STUB:
	case EXEC_PUSH:
	case EXEC_POP:
	case EXEC_CALL:
	case EXEC_JMP:
	case EXEC_RET:
	case EXEC_LEAVE:
	case EXEC_SEGMENT:
	case EXEC_FLUSH:
	case EXEC_GATHER:
	case EXEC_SCATTER:
		return plain_accesses(insn, accesses);
	case EXEC_NONE:
		break;
	}
	return 0;
}
