/*
 * encode_rare.c: what a frame says once: sites, contexts, names; and records in full.
 */
#include "vmm/trace/file/encode_state.h"

static uint8_t *put_name(const struct trace_encoder *c, uint8_t *at, uint16_t keeper)
{
	size_t size = keeper ? strlen(c->names->all[keeper]) : 0;

	at = bytes_put_varint(at, keeper ? size + 1 : 0);
	return keeper ? encode_bytes(at, c->names->all[keeper], size) : at;
}

/* --- records in full: markers, and what no row can say --------------------------------- */

void encode_plain(struct trace_encoder *c, const struct packed *p)
{
	const uint64_t numbers[] = {p->rip,   p->linear,     p->gpa,  p->cr3,  p->badge,
				    p->count, p->repetition, p->text, p->bytes};
	uint8_t *at = c->at[ROWS];

	*at++ = ROW_PLAIN;
	at = encode_bytes(at, &p->kind, 8); /* to code_size */
	at[-7] |= p->in_run;
	*at++ = p->vcpu;
	*at++ = p->cpl;
	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		at = bytes_put_varint(at, numbers[i]);
	at = encode_bytes(at, p->code, p->code_size);
	at = put_name(c, at, p->keeper);
	if (p->flags & TRACE_BEFORE)
		at = encode_bytes(at, packed_before(p), p->size);
	if (p->flags & TRACE_AFTER)
		at = encode_bytes(at, packed_after(p), p->size);
	c->at[ROWS] = encode_bytes(at, packed_marker(p), p->text + p->bytes);
	c->at[TIMES] = bytes_put_varint(c->at[TIMES], bytes_zigzag((p->tsc >> c->time_bits) - c->predict.time));
	c->predict.time = p->tsc >> c->time_bits;
	c->vcpu = p->vcpu;
}

/* --- sites ---------------------------------------------------------------------------------- */

static uint8_t *define_site(struct trace_encoder *c, uint8_t *at, const struct packed *p)
{
	const struct site *last = c->predict.site;
	bool known = last && last->rip == p->rip && last->code_size == p->code_size && last->bits == p->bits &&
		     memcmp(last->code, p->code, sizeof(p->code)) == 0;

	*at++ = 0;
	*at++ = p->kind;
	*at++ = p->flags;
	*at++ = p->size;
	*at++ = p->part;
	*at++ = p->parts;
	*at++ = p->verdict;
	*at++ = p->vcpu;
	*at++ = p->cpl;
	at = put_name(c, at, p->keeper);
	*at++ = known;
	if (known)
		return at;
	*at++ = p->bits;
	at = bytes_put_varint(at, bytes_zigzag(p->rip - (last ? last->rip : 0)));
	*at++ = p->code_size;
	return encode_bytes(at, p->code, p->code_size);
}

/* The site that was not foreseen: its id, or all of it. */
uint8_t *encode_site(struct trace_encoder *c, uint8_t *at, const struct packed *p, uint32_t *id)
{
	struct predict *predict = &c->predict;
	uint64_t hash = 0;
	struct site *s;
	uint32_t slot;

	for (unsigned i = 0; i < SITE_KEY; i += 8)
		hash = (hash ^ bytes_get64((const uint8_t *)&p->rip + i)) * 0x9e3779b97f4a7c15ull ^ hash >> 29;
	for (slot = (uint32_t)(hash >> 49); c->by_hash[slot]; slot = (slot + 1) % (2 * PREDICT_SITES)) {
		*id = c->by_hash[slot] - 1u;
		if (encode_same(p, &predict->all[*id]))
			return bytes_put_varint(at, *id + 1);
	}
	*id = predict->sites;
	at = define_site(c, at, p);
	s = &predict->all[predict->sites++];
	memcpy(s, &p->rip, SITE_KEY);
	predict_new_site(predict, s);
	c->by_hash[slot] = (uint16_t)(*id + 1);
	return at;
}

uint8_t *encode_context(struct predict *predict, uint8_t *at, const struct packed *p, uint32_t context)
{
	if (context < predict->contexts)
		return bytes_put_varint(at, context + 1);
	predict->context[predict->contexts++] = (struct context){p->cr3, p->badge};
	*at++ = 0;
	return bytes_put_varint(bytes_put_varint(at, p->cr3), p->badge);
}
