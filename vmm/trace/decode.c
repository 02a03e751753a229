#include "vmm/trace/decode.h"

#include "vmm/trace/bytes.h"
#include "vmm/trace/names.h"

#include <stdlib.h>

struct trace_decoder {
	struct bytes_in in;
	const uint8_t *payload;
	uint32_t left;
	uint64_t sequence, tsc;
	struct names names;
};

struct trace_decoder *trace_decoder_new(void)
{
	struct trace_decoder *d = calloc(1, sizeof(*d));

	if (d)
		names_init(&d->names);
	return d;
}

void trace_decoder_free(struct trace_decoder *d)
{
	if (!d)
		return;
	names_free(&d->names);
	free(d);
}

void trace_decoder_begin(struct trace_decoder *d, const uint8_t *payload, uint32_t size, uint32_t records,
			 uint64_t sequence, uint64_t tsc)
{
	d->in = (struct bytes_in){.at = payload, .end = payload + size};
	d->payload = payload;
	d->left = records;
	d->sequence = sequence;
	d->tsc = tsc;
}

uint32_t trace_decoder_at(const struct trace_decoder *d)
{
	return (uint32_t)(d->in.at - d->payload);
}

static const char *take_fixed(struct bytes_in *in, struct trace_record *r)
{
	const uint8_t *fixed = bytes_take(in, 10);

	if (!fixed)
		return "it ends within a record";
	if (fixed[0] >= TRACE_KINDS)
		return "a record of an unknown kind";
	r->kind = (enum trace_kind)fixed[0];
	r->flags = fixed[1];
	r->size = fixed[2];
	r->part = fixed[3];
	r->parts = fixed[4];
	r->vcpu = fixed[5];
	r->cpl = fixed[6];
	r->bits = fixed[7];
	r->verdict = fixed[8];
	r->code_size = fixed[9];
	if (r->size > TRACE_VALUE_MAX || r->code_size > TRACE_CODE_MAX)
		return "an access or an instruction longer than there is";
	return NULL;
}

static void take(struct bytes_in *in, void *to, size_t n)
{
	const uint8_t *from = bytes_take(in, n);

	if (from)
		memcpy(to, from, n);
}

static const char *take_variable(struct trace_decoder *d, struct trace_record *r)
{
	struct bytes_in *in = &d->in;
	uint64_t name, text, bytes;
	const uint8_t *at;

	d->tsc += bytes_unzigzag(bytes_take_varint(in));
	r->tsc = d->tsc;
	r->rip = bytes_take_varint(in);
	r->linear = bytes_take_varint(in);
	r->gpa = bytes_take_varint(in);
	r->cr3 = bytes_take_varint(in);
	r->badge = bytes_take_varint(in);
	r->count = bytes_take_varint(in);
	r->repetition = (uint32_t)bytes_take_varint(in);
	name = bytes_take_varint(in);
	text = bytes_take_varint(in);
	bytes = bytes_take_varint(in);
	if (name > NAMES_SIZE + 1 || text > 4096 || bytes > TRACE_BYTES_MAX)
		return "a name, text or initial bytes longer than there is";
	take(in, r->code, r->code_size);
	at = name ? bytes_take(in, name - 1) : NULL;
	if (at) {
		unsigned id = names_id(&d->names, (const char *)at, name - 1);

		if (!id)
			return "too many keepers";
		r->keeper = d->names.all[id];
	}
	if (r->flags & TRACE_BEFORE)
		take(in, r->before, r->size);
	if (r->flags & TRACE_AFTER)
		take(in, r->after, r->size);
	at = text ? bytes_take(in, text) : NULL;
	if (at && at[text - 1])
		return "a text without end";
	r->text = (const char *)at;
	r->bytes = bytes ? bytes_take(in, bytes) : NULL;
	r->nbytes = (uint32_t)bytes;
	return in->bad ? "it ends within a record" : NULL;
}

int trace_decoder_next(struct trace_decoder *d, struct trace_record *r, const char **why)
{
	if (!d->left) {
		*why = "it goes on after its last record";
		return d->in.at == d->in.end ? 0 : -1;
	}
	memset(r, 0, sizeof(*r));
	*why = take_fixed(&d->in, r);
	if (!*why)
		*why = take_variable(d, r);
	if (*why)
		return -1;
	r->sequence = d->sequence++;
	d->left--;
	return 1;
}
