#include "vmm/trace/file/packed.h"

/* size bytes into as many eights as it takes, the rest of them as it comes. */
static uint8_t *copy_value(uint8_t *to, const uint8_t *value, uint32_t size)
{
	for (uint32_t i = 0; i < size; i += 8)
		memcpy(to + i, value + i, 8);
	return to + packed_round(size);
}

/* code_size bytes and zeros. */
static void copy_code(uint8_t to[16], const uint8_t code[TRACE_CODE_MAX], unsigned code_size)
{
	uint64_t low, high;

	memcpy(&low, code, 8);
	memcpy(&high, code + 7, 8); /* 15 bytes are there */
	high >>= 8;
	low &= code_size >= 8 ? ~0ull : (1ull << 8 * code_size) - 1;
	high &= code_size <= 8 ? 0 : (1ull << 8 * (code_size - 8)) - 1;
	memcpy(to, &low, 8);
	memcpy(to + 8, &high, 8);
}

void packed_fill(struct packed *p, const struct trace_record *r, uint32_t length, uint16_t keeper, uint32_t text,
		 uint32_t bytes)
{
	uint8_t *tail = p->tail;

	p->length = length;
	p->repetition = r->repetition;
	p->tsc = r->tsc;
	p->rip = r->rip;
	p->linear = r->linear;
	p->gpa = r->gpa;
	p->cr3 = r->cr3;
	p->badge = r->badge;
	p->count = r->count;
	copy_code(p->code, r->code, r->code_size);
	p->kind = (uint8_t)r->kind;
	p->flags = r->flags & (uint8_t)~TRACE_IN_RUN;
	p->in_run = r->flags & TRACE_IN_RUN;
	p->size = r->size;
	p->part = r->part;
	p->parts = r->parts;
	p->vcpu = r->vcpu;
	p->cpl = r->cpl;
	p->bits = r->bits;
	p->verdict = r->verdict;
	p->code_size = r->code_size;
	p->keeper = keeper;
	p->plain = !trace_is_access(r->kind) || !r->size || r->count || text + bytes ||
		   (r->flags & TRACE_PHYSICAL && r->linear);
	p->text = (uint16_t)text;
	p->bytes = (uint16_t)bytes;
	if (r->flags & TRACE_BEFORE)
		tail = copy_value(tail, r->before, r->size);
	if (r->flags & TRACE_AFTER)
		tail = copy_value(tail, r->after, r->size);
	if (text) {
		memcpy(tail, r->text, text - 1);
		tail[text - 1] = 0;
	}
	if (bytes)
		memcpy(tail + text, r->bytes, bytes);
}
