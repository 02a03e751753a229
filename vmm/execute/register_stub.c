#include "vmm/execute/register_stub.h"

#include "decoder/fields.h"
#include "decoder/table.h"
#include "vmm/execute/allow.h"
#include "vmm/execute/code_memory.h"
#include "vmm/execute/handlers.h"
#include "vmm/execute/host_fault.h"
#include "vmm/execute/short_form.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STUB_SIZE 16
#define STUBS 256
#define RET 0xc3
#define INT3 0xcc
#define NUMBER_RSP 4 /* of RSP in ModRM, and of XMM4, MM4, K4, ST(4) */
#define MODRM_CLAC 0xca
#define MODRM_STAC 0xcb
#define VECTOR_DE 0
#define VECTOR_UD 6
#define VECTOR_MF 16
#define VECTOR_XM 19

struct register_stubs {
	struct code_memory memory;
	struct {
		uint8_t length; /* 0: none */
		uint8_t bytes[INSN_MAX];
	} built[STUBS];
};

struct register_stubs *register_stubs_new(void)
{
	struct register_stubs *stubs = calloc(1, sizeof(*stubs));
	int error;

	if (!stubs)
		return NULL;
	error = code_memory_map((size_t)STUBS * STUB_SIZE, &stubs->memory);
	if (!error) {
		memset(stubs->memory.write, INT3, stubs->memory.size);
		return stubs;
	}
	free(stubs);
	errno = -error;
	return NULL;
}

void register_stubs_free(struct register_stubs *stubs)
{
	if (!stubs)
		return;
	code_memory_unmap(&stubs->memory);
	free(stubs);
}

/* --- the forms ------------------------------------------------------------------------ */

static bool is_register(const struct insn_fields *f)
{
	return f->has_modrm && f->modrm >= 0xc0;
}

/* D8..DF: the whole space, since what is undefined there raises #UD. Intel SDM Vol 2, "Escape Opcode Instructions". */
static bool is_x87(const struct insn_fields *f)
{
	bool fwait = f->opcode == 0x9b;

	return f->encoding == ENC_LEGACY && f->map == MAP_0 &&
	       (fwait || ((f->opcode & 0xf8) == 0xd8 && is_register(f)));
}

static bool is_clac_or_stac(const struct insn_fields *f)
{
	return f->encoding == ENC_LEGACY && f->map == MAP_0F && f->opcode == 0x01 && f->prefix == PFX_NONE &&
	       (f->modrm == MODRM_CLAC || f->modrm == MODRM_STAC);
}

/* emms; vzeroupper, vzeroall. */
static bool is_clearing(const struct insn_fields *f)
{
	return f->map == MAP_0F && f->opcode == 0x77 && f->prefix == PFX_NONE && f->vvvv == 0 &&
	       f->encoding != ENC_EVEX && f->vector_len <= 32;
}

static bool is_short(const struct insn_fields *f)
{
	uint8_t imm_size;

	return short_form(f, &imm_size);
}

static bool is_listed(const struct insn_fields *f)
{
	return is_x87(f) || is_clearing(f) || is_clac_or_stac(f) || is_short(f);
}

bool register_form(const uint8_t *bytes, size_t n, enum cpu_mode mode, struct insn *out)
{
	struct insn insn = {.mode = mode, .exec = EXEC_NONE, .row = TABLE_NO_ROW, .op_size = 4};

	if (mode != MODE_64 || fields_read(bytes, n, mode, &insn.fields) != FIELDS_OK)
		return false;
	if (!is_listed(&insn.fields) || insn.fields.lock)
		return false;
	if (!short_form(&insn.fields, &insn.fields.imm_size) && !is_clac_or_stac(&insn.fields))
		insn.flags = INSN_VECTOR;
	insn.length = insn.fields.imm_at + insn.fields.imm_size;
	if (insn.length > n || insn.length > INSN_MAX)
		return false;
	if (!insn.fields.imm_size)
		insn.fields.imm_at = 0;
	memcpy(insn.bytes, bytes, insn.length);
	*out = insn;
	return true;
}

/* --- what may run ----------------------------------------------------------------------- */

/* Is there such a word in the text? word has no letter or digit beside it. */
static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
		if ((at == text || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[n]))
			return true;
	return false;
}

static bool names_rsp(const char *text)
{
	return has_word(text, "rsp") || has_word(text, "esp") || has_word(text, "sp") || has_word(text, "spl");
}

/* A register numbered 4 must be seen to be something else than RSP: the text has to name it. */
static bool may_be_rsp(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;
	unsigned reg = (f->modrm >> 3 & 7) | (f->rex & 4 ? 8 : 0);
	unsigned rm = (f->modrm & 7) | (f->rex & 1 ? 8 : 0);

	if (names_rsp(insn->text))
		return true;
	if (table_row(insn->row)->digit >= 0)
		reg = 0; /* a part of the opcode */
	if (reg != NUMBER_RSP && rm != NUMBER_RSP && f->vvvv != NUMBER_RSP)
		return false;
	return !strstr(insn->text, "mm4") && !has_word(insn->text, "k4") && !has_word(insn->text, "ah");
}

static const char *why_not(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;

	if (insn->mode != MODE_64)
		return "a form without memory, outside 64-bit mode";
	if (insn->length >= STUB_SIZE || insn->length == 0 || f->lock)
		return "this instruction touches no memory: there is nothing to carry out";
	if (is_x87(f) || is_clearing(f) || is_short(f))
		return NULL;
	if (insn->row == TABLE_NO_ROW || !is_register(f) || !allow_on_host(f))
		return "this instruction touches no memory: there is nothing to carry out";
	return may_be_rsp(insn) ? "a form without memory that may name the stack pointer" : NULL;
}

/* --- running it --------------------------------------------------------------------------- */

/* NULL with *why where it may not run. What was built has been looked at: the bytes decide. */
static const uint8_t *stub_of(struct register_stubs *stubs, const struct insn *insn, const char **why)
{
	unsigned hash = insn->length;
	size_t at;

	for (unsigned i = 0; i < insn->length; i++)
		hash = hash * 31 + insn->bytes[i];
	hash %= STUBS;
	at = (size_t)hash * STUB_SIZE;
	if (stubs->built[hash].length == insn->length && insn->mode == MODE_64 &&
	    memcmp(stubs->built[hash].bytes, insn->bytes, insn->length) == 0)
		return stubs->memory.run + at;
	*why = why_not(insn);
	if (*why)
		return NULL;
	memset(stubs->memory.write + at, INT3, STUB_SIZE);
	memcpy(stubs->memory.write + at, insn->bytes, insn->length);
	stubs->memory.write[at + insn->length] = RET;
	code_memory_serialize();
	stubs->built[hash].length = insn->length;
	memcpy(stubs->built[hash].bytes, insn->bytes, insn->length);
	return stubs->memory.run + at;
}

static enum execute_status raise_vector(struct execution_out *out, int vector)
{
	out->vector = (uint8_t)vector;
	return EXECUTE_EXCEPTION;
}

/* Intel SDM Vol 3, "Interrupt 16" and "Interrupt 19". */
static enum execute_status faulted(const struct regs *regs, const struct stub_frame *frame, struct execution_out *out)
{
	switch (frame->fault) {
	case STUB_RAN:
		return EXECUTE_OK;
	case STUB_UNDEFINED:
		return raise_vector(out, VECTOR_UD);
	case STUB_ARITHMETIC:
		if (frame->trap == VECTOR_XM)
			return raise_vector(out, regs->cr4 & CR4_OSXMMEXCPT ? VECTOR_XM : VECTOR_UD);
		if (frame->trap == VECTOR_DE || (frame->trap == VECTOR_MF && (regs->cr0 & CR0_NE)))
			return raise_vector(out, frame->trap);
		break;
	case STUB_PROTECTION:
		break;
	}
	return operand_refuse(out, "the host CPU raises an exception that means nothing for the guest");
}

static void note_x87(const struct execution_in *in, const uint8_t *code, struct vector_state *vector)
{
	const struct insn_fields *f = &in->insn->fields;
	uint16_t opcode = (uint16_t)(f->opcode << 8 | f->modrm);
	struct vector_x87 stub = {(uintptr_t)code, 0, opcode};
	struct vector_x87 guest = {in->regs->rip, 0, opcode};

	vector_after(vector);
	if (is_x87(f))
		vector_x87_at(vector, &stub, &guest);
}

/* Intel SDM Vol 2, "CLAC", "STAC": system instructions, of which one flag is all. */
static enum execute_status set_ac(const struct execution_in *in, struct execution_out *out)
{
	if (in->regs->cpl != 0)
		return raise_vector(out, VECTOR_UD);
	operand_retire(in, &out->regs);
	out->repeats = false;
	out->regs.rflags &= ~RFLAGS_AC;
	if (in->insn->fields.modrm == MODRM_STAC)
		out->regs.rflags |= RFLAGS_AC;
	return EXECUTE_OK;
}

enum execute_status register_run(struct register_stubs *stubs, const struct vector_host *host,
				 const struct execution_in *in, struct vector_state *vector, struct execution_out *out)
{
	struct stub_frame frame = {.flags = in->regs->rflags & RFLAGS_STATUS};
	const char *why;

	if (is_clac_or_stac(&in->insn->fields))
		return set_ac(in, out);
	frame.code = stub_of(stubs, in->insn, &why);
	if (!frame.code)
		return operand_refuse(out, why);
	if (in->insn->flags & INSN_VECTOR) {
		if (!vector || !vector_admit(host, vector, &frame.mask))
			return operand_refuse(out, "the vector state cannot be loaded on this host");
		frame.area = vector->area;
	}
	frame.before = in->regs->gpr;
	frame.after = out->regs.gpr;
	host_fault_run(&frame);
	if (frame.area)
		note_x87(in, frame.code, vector);
	if (frame.fault != STUB_RAN)
		return faulted(in->regs, &frame, out);
	operand_retire_rest(in, &out->regs);
	out->repeats = false;
	out->regs.gpr[GPR_RSP] = in->regs->gpr[GPR_RSP];
	out->regs.rflags = (out->regs.rflags & ~RFLAGS_STATUS) | (frame.flags & RFLAGS_STATUS);
	return EXECUTE_OK;
}
