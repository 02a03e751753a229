/*
 * format.c: what several formats say of a record in the same way.
 */
#include "vmm/trace/export/format.h"

#include "capmodel/keeper.h"

#include <string.h>

#define HZ_UNKNOWN 1000000000u

bool export_happened(const struct trace_record *r)
{
	return trace_is_access(r->kind) && r->verdict != VERDICT_DENY;
}

uint64_t export_address(const struct export *x, const struct trace_record *r)
{
	return x->options->physical || (r->flags & TRACE_PHYSICAL) ? r->gpa : r->linear;
}

bool export_begins(struct export_last *last, const struct trace_record *r)
{
	bool same = last->any && last->vcpu == r->vcpu && last->rip == r->rip && last->repetition == r->repetition &&
		    r->part > last->part;

	*last = (struct export_last){true, r->vcpu, r->part, r->repetition, r->rip};
	return !same;
}

enum cpu_mode export_mode(const struct trace_record *r)
{
	return r->bits == 16 ? MODE_16 : r->bits == 32 ? MODE_32 : MODE_64;
}

static enum export_branch call_of(const struct insn *insn)
{
	bool direct = insn->fields.map == MAP_0 && insn->fields.opcode == 0xe8;

	return direct ? BRANCH_DIRECT_CALL : BRANCH_INDIRECT_CALL;
}

enum export_branch export_branch_of(struct export *x, const struct trace_record *r)
{
	const struct insn *insn;

	if (!x->decoder || r->code_size == 0 ||
	    decode_cached(x->decoder, r->code, r->code_size, export_mode(r), &insn) != DECODE_OK)
		return BRANCH_NONE;
	if (insn->exec == EXEC_CALL)
		return call_of(insn);
	if (insn->exec == EXEC_JMP)
		return BRANCH_INDIRECT_JUMP;
	return insn->exec == EXEC_RET ? BRANCH_RETURN : BRANCH_NONE;
}

/* The whole of a decimal number that is not 0, or 0. */
static uint64_t number(const char *text)
{
	uint64_t value = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *text - '0', &value))
			return 0;
	return *text == '\0' ? value : 0;
}

uint64_t export_time(const struct export *x, uint64_t tsc, uint64_t per_second)
{
	const char *text = x->options->reader ? trace_reader_field(x->options->reader, "tsc.hz") : NULL;
	uint64_t hz = text ? number(text) : 0;

	return (uint64_t)((unsigned __int128)tsc * per_second / (hz ? hz : HZ_UNKNOWN));
}

void export_flags_text(uint8_t flags, char text[EXPORT_FLAGS_TEXT])
{
	static const struct {
		enum trace_flag flag;
		const char *name;
	} names[] = {
		{TRACE_LOCKED, "locked"},
		{TRACE_IMPLICIT, "implicit"},
		{TRACE_STEPPED, "stepped"},
		{TRACE_IN_RUN, "in-run"},
	};
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (flags & names[i].flag)
			used += (size_t)snprintf(text + used, EXPORT_FLAGS_TEXT - used, "%s%s", used ? "|" : "",
						 names[i].name);
}

void export_value_text(const uint8_t *bytes, unsigned size, char text[EXPORT_VALUE_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	char *at = text;

	*at++ = '0';
	*at++ = 'x';
	for (unsigned i = size < TRACE_VALUE_MAX ? size : TRACE_VALUE_MAX; i-- > 0;) {
		*at++ = digits[bytes[i] >> 4];
		*at++ = digits[bytes[i] & 15];
	}
	*at = '\0';
}

/* Bytes of the UTF-8 character at s; 0: it is none. Source: RFC 3629, "Syntax of UTF-8 Byte Sequences". */
static unsigned utf8_length(const uint8_t *s)
{
	static const struct {
		uint8_t first, last, low, high; /* of the first byte, of the second */
		unsigned length;
	} rows[] = {
		{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	if (s[0] >= 0x20 && s[0] < 0x7f)
		return 1;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (s[0] < rows[i].first || s[0] > rows[i].last)
			continue;
		if (s[1] < rows[i].low || s[1] > rows[i].high)
			return 0;
		for (unsigned at = 2; at < rows[i].length; at++)
			if ((s[at] & 0xc0) != 0x80)
				return 0;
		return rows[i].length;
	}
	return 0;
}

void export_clean_text(const char *from, char *text, size_t size)
{
	size_t used = 0;

	while (*from && used + 1 < size) {
		unsigned length = utf8_length((const uint8_t *)from);

		if (used + length + 1 > size)
			break;
		if (length == 0) {
			text[used++] = '?';
			from++;
			continue;
		}
		memcpy(text + used, from, length);
		used += length;
		from += length;
	}
	text[used] = '\0';
}

void export_put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

void export_put64(uint8_t *at, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

const char *export_function(const struct export *x, const struct trace_record *r)
{
	return x->options->function ? x->options->function(x->options->self, r->rip) : NULL;
}

bool export_object(const struct export *x, const struct trace_record *r, char text[PLACE_TEXT])
{
	text[0] = '\0';
	return x->options->object && !(r->flags & TRACE_PHYSICAL) &&
	       x->options->object(x->options->self, r->linear, text);
}
