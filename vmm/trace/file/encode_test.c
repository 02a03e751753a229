/* encode_test.c: which times a frame tells: never later than they were, in order, and how much earlier at most. */
#include "vmm/trace/file/decode.h"
#include "vmm/trace/file/encode.h"
#include "vmm/trace/file/writer.h"

#include "tests/check.h"
#include "tests/trace_sample.h"

#include <stdlib.h>

#define RECORDS 4000
#define FRAME 700 /* records */
#define VCPUS 3

static struct trace_record records[RECORDS];
static uint64_t told[RECORDS];

/* vCPUs that each have a clock that does not go back, while records are put a little out of order among them. */
static void make_records(void)
{
	struct sample_random random = {5};
	uint64_t now = 1ull << 40, last[VCPUS] = {0};

	for (unsigned i = 0; i < RECORDS; i++) {
		struct trace_record *r = &records[i];
		uint64_t wide = sample_next(&random) % 64, late;

		now += sample_next(&random) >> (wide < 32 ? 32 + wide : 56);
		r->kind = sample_next(&random) % 64 ? TRACE_LOAD : TRACE_MARK;
		r->size = r->kind == TRACE_LOAD ? 4 : 0;
		r->vcpu = (uint8_t)(sample_next(&random) % 16 < 13 ? 0 : 1 + sample_next(&random) % (VCPUS - 1));
		r->rip = sample_next(&random) % 5;
		late = sample_next(&random) % 300;
		r->tsc = now - late > last[r->vcpu] ? now - late : last[r->vcpu];
		last[r->vcpu] = r->tsc;
	}
}

static void tell(struct trace_encoder *c, unsigned first, unsigned bits)
{
	static _Alignas(8) uint8_t room[PACKED_MAX];
	struct packed *p = (struct packed *)room;
	struct trace_decoder *d = trace_decoder_new();
	struct block b = {.kind = BLOCK_FRAME, .time_bits = (uint8_t)bits};
	struct iovec pieces[TRACE_PIECES];
	static uint8_t payload[1 << 20];
	struct trace_record r;
	const char *why = "";

	trace_encoder_begin(c, records[first].tsc);
	b.tsc = trace_encoder_time(c);
	CHECK_EQ(b.tsc & ((1ull << bits) - 1), 0);
	for (unsigned i = first; i < first + FRAME && i < RECORDS; i++) {
		packed_fill(p, &records[i], packed_length(&records[i], 0, 0), 0, 0, 0);
		trace_encoder_put(c, p);
		b.records++;
	}
	b.raw = trace_encoder_payload(c, pieces);
	CHECK_EQ(sample_join(pieces, TRACE_PIECES, payload, sizeof(payload)), b.raw);
	trace_decoder_begin(d, &b, payload);
	for (unsigned i = first; i < first + b.records; i++) {
		CHECK_AT(trace_decoder_next(d, &r, &why) == 1, "record %u: %s", i, why);
		told[i] = r.tsc;
	}
	CHECK_EQ(trace_decoder_next(d, &r, &why), 0);
	CHECK_EQ(trace_encoder_time(c), told[first + b.records - 1]);
	trace_decoder_free(d);
}

static void tell_all(unsigned bits)
{
	struct names names;
	struct trace_encoder *c;

	names_init(&names);
	c = trace_encoder_new(&names, bits);
	for (unsigned i = 0; i < RECORDS; i += FRAME)
		tell(c, i, bits);
	trace_encoder_free(c);
	names_free(&names);
}

static void exact_times(void)
{
	make_records();
	tell_all(0);
	for (unsigned i = 0; i < RECORDS; i++)
		CHECK_EQ(told[i], records[i].tsc);
}

static void coarse_times(void)
{
	static const unsigned bits[] = {1, 7, 20, 32};
	uint64_t last[VCPUS];

	for (unsigned j = 0; j < sizeof(bits) / sizeof(bits[0]); j++) {
		unsigned coarser = 0;

		tell_all(bits[j]);
		memset(last, 0, sizeof(last));
		for (unsigned i = 0; i < RECORDS; i++) {
			const struct trace_record *r = &records[i];
			uint64_t early = r->tsc - told[i], most = 1ull << bits[j];

			if (i % FRAME && r->vcpu == records[i - 1].vcpu && (r->tsc - told[i - 1]) / 16 > most)
				most = (r->tsc - told[i - 1]) / 16;
			CHECK_AT(early < most, "%u bits, record %u: %llu early", bits[j], i, (unsigned long long)early);
			CHECK_AT(told[i] >= last[r->vcpu], "%u bits, record %u: back", bits[j], i);
			coarser += early >= 1ull << bits[j];
			last[r->vcpu] = told[i];
		}
		CHECK_EQ(coarser > 0, bits[j] < 32);
	}
}

static void resolutions(void)
{
	static const struct {
		uint64_t ns, hz;
		unsigned bits;
	} rows[] = {
		{0, 2600000000, 0},           {1, 2600000000, 1},  {1, 1000, 1},        {49, 2600000000, 6},
		{50, 2600000000, 7},          {64, 2600000000, 7}, {98, 2600000000, 7}, {99, 2600000000, 8},
		{UINT64_MAX, 2600000000, 32}, {64, 0, 1},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_EQ(trace_time_bits(rows[i].ns, rows[i].hz), rows[i].bits);
}

CHECK_MAIN(CHECK_TEST(exact_times), CHECK_TEST(coarse_times), CHECK_TEST(resolutions))
