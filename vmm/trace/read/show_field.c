#include "vmm/trace/read/show_field.h"

#include "capmodel/keeper.h"

#include <string.h>

static bool put_hex(struct words *w, uint64_t number)
{
	words_put_hex(w, number);
	return true;
}

static bool put_number(struct words *w, uint64_t number)
{
	words_put_number(w, number);
	return true;
}

void show_time(const struct show *s, const struct trace_record *r, struct words *w)
{
	int64_t cycles = (int64_t)(r->tsc - s->start);

	if (s->hz > 0)
		words_put(w, "%.9f", (double)cycles / s->hz);
	else
		words_put(w, "%lld", (long long)cycles);
}

void show_flags(const struct trace_record *r, struct words *w)
{
	static const struct {
		uint8_t flag;
		const char *name;
	} names[] = {
		{TRACE_LOCKED, "lock"}, {TRACE_IMPLICIT, "implicit"}, {TRACE_STEPPED, "step"}, {TRACE_IN_RUN, "run"}};
	const char *before = "";

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(r->flags & names[i].flag))
			continue;
		words_put(w, "%s%s", before, names[i].name);
		before = " ";
	}
}

static bool put_seq(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	return put_number(w, r->sequence);
}

static bool put_time(const struct show *s, const struct trace_record *r, struct words *w)
{
	show_time(s, r, w);
	return true;
}

static bool put_tsc(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	return put_number(w, r->tsc);
}

static bool put_kind(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	words_put(w, "%s", trace_kind_name(r->kind));
	return true;
}

static bool put_vcpu(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	return put_number(w, r->vcpu);
}

static bool put_cpl(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	return trace_is_access(r->kind) && put_number(w, r->cpl);
}

static bool put_cr3(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	return trace_is_access(r->kind) && put_hex(w, r->cr3);
}

static bool put_badge(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	return trace_is_access(r->kind) && put_number(w, r->badge);
}

static bool put_rip(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	return trace_is_access(r->kind) && put_hex(w, r->rip);
}

/* A place's text, where there is one. */
static bool put_place(const struct show *s, uint64_t address, struct words *w,
		      bool (*name)(const struct places *p, uint64_t address, char text[PLACE_TEXT]))
{
	char text[PLACE_TEXT];

	if (!s->places || !name(s->places, address, text))
		return false;
	words_put(w, "%s", text);
	return true;
}

static bool put_function(const struct show *s, const struct trace_record *r, struct words *w)
{
	return trace_is_access(r->kind) && put_place(s, r->rip, w, places_function);
}

static bool put_source(const struct show *s, const struct trace_record *r, struct words *w)
{
	return trace_is_access(r->kind) && put_place(s, r->rip, w, places_line);
}

static bool put_linear(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	return trace_is_access(r->kind) && !(r->flags & TRACE_PHYSICAL) && put_hex(w, r->linear);
}

static bool put_gpa(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	return trace_has_gpa(r->kind) && put_hex(w, r->gpa);
}

static bool put_object(const struct show *s, const struct trace_record *r, struct words *w)
{
	return trace_is_access(r->kind) && !(r->flags & TRACE_PHYSICAL) && put_place(s, r->linear, w, places_object);
}

static bool put_size(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	return trace_is_access(r->kind) && put_number(w, r->size);
}

static bool put_part(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	return trace_is_access(r->kind) && put_number(w, r->part);
}

static bool put_parts(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	return trace_is_access(r->kind) && put_number(w, r->parts);
}

static bool put_repetition(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	return trace_is_access(r->kind) && put_number(w, r->repetition);
}

static bool put_flags(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	if (!(r->flags & (TRACE_LOCKED | TRACE_IMPLICIT | TRACE_STEPPED | TRACE_IN_RUN)))
		return false;
	show_flags(r, w);
	return true;
}

static bool put_code(const struct show *s, const struct trace_record *r, struct words *w)
{
	static const char digits[] = "0123456789abcdef";
	char text[2 * TRACE_CODE_MAX + 1] = "";

	(void)s;
	for (unsigned i = 0; i < r->code_size && i < TRACE_CODE_MAX; i++) {
		text[2 * i] = digits[r->code[i] >> 4];
		text[2 * i + 1] = digits[r->code[i] & 15];
	}
	words_put_text(w, text);
	return r->code_size > 0;
}

static bool put_bits(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	return r->code_size > 0 && put_number(w, r->bits);
}

static bool put_insn(const struct show *s, const struct trace_record *r, struct words *w)
{
	char text[INSN_TEXT];

	show_insn(s->decoder, r, text);
	words_put(w, "%s", text);
	return text[0];
}

static bool put_keeper(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	if (!r->keeper)
		return false;
	words_put_text(w, r->keeper);
	return true;
}

static bool put_verdict(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	if (!trace_is_access(r->kind))
		return false;
	if (r->verdict <= VERDICT_FORWARD)
		words_put(w, "%s", verdict_name((enum verdict)r->verdict));
	else
		words_put(w, "verdict-%u", r->verdict);
	return true;
}

static bool put_old(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	if (!trace_is_access(r->kind) || !(r->flags & TRACE_BEFORE) || r->size == 0)
		return false;
	words_put_value(w, r->before, r->size);
	return true;
}

static bool put_new(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	if (!trace_is_access(r->kind) || !(r->flags & TRACE_AFTER) || r->size == 0)
		return false;
	words_put_value(w, r->after, r->size);
	return true;
}

static bool put_count(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	return !trace_is_access(r->kind) && put_number(w, r->count);
}

static bool put_text(const struct show *s, const struct trace_record *r, struct words *w)
{
	(void)s;
	if (!r->text)
		return false;
	words_put_text(w, r->text);
	return true;
}

const struct show_field show_fields[] = {
	{"seq", "the record's number, from 0", true, put_seq},
	{"time", "seconds since the start (cycles, where their rate is not known)", true, put_time},
	{"tsc", "the host's time stamp counter", true, put_tsc},
	{"kind", "load, store, rmw, fetch; armed, disarmed, mapped, reset, mark, lost", false, put_kind},
	{"vcpu", "virtual CPU", true, put_vcpu},
	{"cpl", "privilege level", true, put_cpl},
	{"cr3", "page table base", false, put_cr3},
	{"badge", "the guest's process, as its kernel names it", true, put_badge},
	{"rip", "address of the instruction", false, put_rip},
	{"function", "the symbol there, and the distance (--symbols)", false, put_function},
	{"source", "file and line there (--symbols with DWARF)", false, put_source},
	{"linear", "linear address of the access", false, put_linear},
	{"gpa", "guest-physical address of the access, or a marker's", false, put_gpa},
	{"object", "the symbol at the linear address, and the part of it", false, put_object},
	{"size", "bytes", true, put_size},
	{"part", "which one of the instruction's accesses, from 0", true, put_part},
	{"parts", "of so many", true, put_parts},
	{"rep", "element of a REP instruction, from 0", true, put_repetition},
	{"flags", "lock, implicit, step (single-stepped), run (without an exit of its own)", false, put_flags},
	{"code", "the instruction's bytes", false, put_code},
	{"bits", "16, 32 or 64: how they decode", true, put_bits},
	{"insn", "the instruction as text", false, put_insn},
	{"keeper", "who answered", false, put_keeper},
	{"verdict", "what it said", false, put_verdict},
	{"old", "value before the access (of a load: what was loaded)", false, put_old},
	{"new", "value after it", false, put_new},
	{"count", "a marker's number of bytes, of lost records, or the guest's number", true, put_count},
	{"text", "a mark's text", false, put_text},
};

const unsigned show_field_count = sizeof(show_fields) / sizeof(show_fields[0]);
