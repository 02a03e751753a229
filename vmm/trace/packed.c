#include "vmm/trace/packed.h"

/* size bytes into as many eights as it takes, the rest of them as it comes. */
static uint8_t *copy_value(uint8_t *to, const uint8_t *value, uint32_t size)
{
	for (uint32_t i = 0; i < size; i += 8)
		memcpy(to + i, value + i, 8);
	return to + packed_round(size);
}

void packed_fill(struct packed *p, const struct trace_record *r, uint16_t keeper, uint32_t text, uint32_t bytes)
{
	uint8_t *tail = p->tail;

	p->length = packed_length(r, text, bytes);
	p->repetition = r->repetition;
	p->tsc = r->tsc;
	p->rip = r->rip;
	p->linear = r->linear;
	p->gpa = r->gpa;
	p->cr3 = r->cr3;
	p->badge = r->badge;
	p->count = r->count;
	memcpy(p->code, r->code, TRACE_CODE_MAX);
	p->code[TRACE_CODE_MAX] = 0;
	p->kind = (uint8_t)r->kind;
	p->flags = r->flags;
	p->size = r->size;
	p->part = r->part;
	p->parts = r->parts;
	p->vcpu = r->vcpu;
	p->cpl = r->cpl;
	p->bits = r->bits;
	p->verdict = r->verdict;
	p->code_size = r->code_size;
	p->keeper = keeper;
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
