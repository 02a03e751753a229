/* verify_insn.c: can the instruction make this access? */
#include "vmm/trace/read/verify_state.h"

#include "decoder/memref.h"
#include "vmm/trace/read/show.h"

/* What an instruction may touch, as far as its bytes say it. */
struct forms {
	unsigned count;
	struct memref refs[MEMREF_MAX];
	bool any_piece; /* which pieces of it depends on what vector registers held */
};

static const char *kind_word(enum trace_kind kind)
{
	return kind == TRACE_LOAD ? "load" : kind == TRACE_STORE ? "store" : "read-modify-write";
}

/* No register is known but RIP; a REP does at least one element. */
static void forms_of(const struct insn *insn, const struct trace_record *r, struct forms *out)
{
	struct regs regs = {.rip = r->rip, .mode = insn->mode, .cpl = r->cpl, .stack_size = 8, .rflags = RFLAGS_FIXED};

	regs.gpr[GPR_RCX] = 1;
	out->any_piece = insn->flags & INSN_MASKED;
	if (out->any_piece) {
		out->count = 1;
		out->refs[0] = (struct memref){.role = MEMREF_OPERAND,
					       .use = insn->mem.present ? insn->mem.use : MEM_WRITE,
					       .size = TRACE_VALUE_MAX};
		return;
	}
	out->count = memrefs_of(insn, &regs, NULL, out->refs);
}

static bool use_fits(enum mem_use use, enum trace_kind kind)
{
	switch (use) {
	case MEM_READ:
		return kind == TRACE_LOAD;
	case MEM_WRITE:
		return kind == TRACE_STORE;
	case MEM_READ_WRITE:
		return kind == TRACE_RMW;
	case MEM_NONE:
		break;
	}
	return false;
}

/* A smaller access is a piece, whose rest is another part. */
static bool size_fits(const struct forms *forms, const struct memref *ref, const struct trace_record *r)
{
	return r->size == ref->size || (r->size < ref->size && (r->parts > 1 || forms->any_piece));
}

/* Its address does not hang on a register, and no segment moves it. */
static bool is_fixed(const struct insn *insn, const struct memref *ref)
{
	return ref->role == MEMREF_OPERAND && insn->mode == MODE_64 && insn->mem.present &&
	       (insn->mem.base == REG_NONE || insn->mem.base == REG_RIP) && insn->mem.index == REG_NONE &&
	       insn->mem.index_size == 0 && insn->mem.seg != SEG_FS && insn->mem.seg != SEG_GS &&
	       !(insn->flags & (INSN_BIT_OFFSET | INSN_MASKED));
}

static bool address_fits(const struct insn *insn, const struct memref *ref, const struct trace_record *r)
{
	if ((r->flags & TRACE_PHYSICAL) || !is_fixed(insn, ref))
		return true;
	return r->linear - ref->ea <= (uint64_t)(ref->size - r->size);
}

static bool flags_fit(const struct memref *ref, const struct trace_record *r)
{
	return ref->locked == !!(r->flags & TRACE_LOCKED) &&
	       (ref->role != MEMREF_OPERAND) == !!(r->flags & TRACE_IMPLICIT);
}

/* What is wrong with the best of its forms: "" if one fits. */
static const char *misfit(const struct insn *insn, const struct forms *forms, const struct trace_record *r)
{
	bool use = false, size = false, flags = false;

	for (unsigned i = 0; i < forms->count; i++) {
		const struct memref *ref = &forms->refs[i];

		if (!use_fits(ref->use, r->kind))
			continue;
		use = true;
		if (!size_fits(forms, ref, r))
			continue;
		size = true;
		if (!forms->any_piece && !flags_fit(ref, r))
			continue;
		flags = true;
		if (address_fits(insn, ref, r))
			return "";
	}
	if (!use)
		return "does not do that";
	if (!size)
		return "has no operand of this size";
	return flags ? "has its operand elsewhere" : "does not do it in this way (lock, implicit)";
}

static void compare(struct verify *v, const struct insn *insn, const struct trace_record *r)
{
	struct forms forms;
	const char *wrong;

	if (insn->length != r->code_size) {
		verify_violation(v, VERIFY_INSN, r->sequence, "%u bytes of code hold '%s', which has %u", r->code_size,
				 insn->text, insn->length);
		return;
	}
	forms_of(insn, r, &forms);
	wrong = misfit(insn, &forms, r);
	v->redecoded++;
	if (*wrong)
		verify_violation(v, VERIFY_INSN, r->sequence, "%s of %u bytes at 0x%llx: '%s' at 0x%llx %s",
				 kind_word(r->kind), r->size, (unsigned long long)r->linear, insn->text,
				 (unsigned long long)r->rip, wrong);
}

static void verify_fetch(struct verify *v, const struct trace_record *r)
{
	if (r->bits == 64 && !(r->flags & TRACE_PHYSICAL) && r->linear - r->rip >= INSN_MAX)
		verify_violation(v, VERIFY_INSN, r->sequence, "fetch at 0x%llx of an instruction at 0x%llx",
				 (unsigned long long)r->linear, (unsigned long long)r->rip);
	v->stepped++;
}

void verify_insn(struct verify *v, const struct trace_record *r)
{
	const struct insn *insn;
	enum decode_status status;

	if (r->code_size == 0) {
		v->without++;
		return;
	}
	if (r->kind == TRACE_FETCH) {
		verify_fetch(v, r);
		return;
	}
	if ((r->flags & TRACE_STEPPED) && (r->flags & TRACE_IMPLICIT)) {
		v->stepped++; /* what it could reach: tables, frames, and all operands where its form is not known */
		return;
	}
	status = decode_cached(v->decoder, r->code, r->code_size, show_mode(r->bits), &insn);
	switch (status) {
	case DECODE_OK:
		compare(v, insn, r);
		return;
	case DECODE_UNKNOWN:
	case DECODE_DISAGREE:
		v->unknown++;
		return;
	case DECODE_TRUNCATED:
	case DECODE_INVALID:
	case DECODE_TOO_LONG:
		break;
	}
	v->redecoded++;
	verify_violation(v, VERIFY_INSN, r->sequence, "its %u bytes of code are no instruction (%s)", r->code_size,
			 decode_status_name(status));
}
