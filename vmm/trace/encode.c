#include "vmm/trace/encode.h"

#include "vmm/trace/bytes.h"

#include <stdlib.h>

#define RECORDS 65536 /* of a frame */
#define RECORD_MAX (16 * VARINT_MAX + 16 + 2 * TRACE_VALUE_MAX + PACKED_MAX + 128)
#define PAYLOAD_MAX (4u << 20)

struct trace_encoder {
	const struct names *names;
	uint8_t *at;
	uint32_t records;
	uint64_t tsc;
	uint8_t payload[PAYLOAD_MAX + RECORD_MAX];
};

struct trace_encoder *trace_encoder_new(const struct names *names)
{
	struct trace_encoder *c = malloc(sizeof(*c));

	if (!c)
		return NULL;
	c->names = names;
	trace_encoder_begin(c, 0);
	return c;
}

void trace_encoder_free(struct trace_encoder *c)
{
	free(c);
}

void trace_encoder_begin(struct trace_encoder *c, uint64_t tsc)
{
	c->at = c->payload;
	c->records = 0;
	c->tsc = tsc;
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t n)
{
	memcpy(at, bytes, n);
	return at + n;
}

void trace_encoder_put(struct trace_encoder *c, const struct packed *p)
{
	const char *name = p->keeper ? c->names->all[p->keeper] : "";
	size_t name_size = strlen(name);
	const uint8_t fixed[] = {p->kind, p->flags, p->size, p->part,    p->parts,
				 p->vcpu, p->cpl,   p->bits, p->verdict, p->code_size};
	const uint64_t numbers[] = {
		bytes_zigzag(p->tsc - c->tsc), p->rip,  p->linear, p->gpa, p->cr3, p->badge, p->count, p->repetition,
		p->keeper ? name_size + 1 : 0, p->text, p->bytes};
	uint8_t *at = put_bytes(c->at, fixed, sizeof(fixed));

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		at = bytes_put_varint(at, numbers[i]);
	at = put_bytes(at, p->code, p->code_size);
	at = put_bytes(at, name, name_size);
	if (p->flags & TRACE_BEFORE)
		at = put_bytes(at, packed_before(p), p->size);
	if (p->flags & TRACE_AFTER)
		at = put_bytes(at, packed_after(p), p->size);
	at = put_bytes(at, packed_marker(p), p->text + p->bytes);
	c->tsc = p->tsc;
	c->at = at;
	c->records++;
}

bool trace_encoder_full(const struct trace_encoder *c)
{
	return c->records >= RECORDS || c->at - c->payload >= PAYLOAD_MAX;
}

uint32_t trace_encoder_records(const struct trace_encoder *c)
{
	return c->records;
}

const uint8_t *trace_encoder_payload(const struct trace_encoder *c, uint32_t *size)
{
	*size = (uint32_t)(c->at - c->payload);
	return c->payload;
}
