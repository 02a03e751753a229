/*
 * bench.c: an access beside the bare fault, decoding, untouched memory, start-up.
 *
 * Of what is not set beside something else the fastest round counts: a noisy machine disturbs only upwards.
 */
#include "vmm/bench/bench.h"

#include "vmm/bench/access.h"
#include "vmm/bench/cpus.h"
#include "vmm/bench/dense.h"
#include "vmm/bench/guest.h"
#include "vmm/bench/own.h"
#include "vmm/bench/recorded.h"
#include "vmm/bench/trace.h"
#include "vmm/clock.h"
#include "vmm/machine/state.h"

#include <stdlib.h>
#include <string.h>

#define ROUNDS 11
#define DECODES 200000
#define COLD_DECODES 2000

struct figures {
	struct accesses accesses;
	struct dense dense;
	struct recorded recorded;
	struct own own;
	double decode_cold_ns, decode_cached_ns;
	double untouched_s, untouched_beside_s;
	double start_ms;
	double beyond_mib;
};

static double now(void)
{
	return (double)now_ns() / 1e9;
}

static double least(const double *values, unsigned count)
{
	double found = values[0];

	for (unsigned i = 1; i < count; i++)
		found = values[i] < found ? values[i] : found;
	return found;
}

/* --- untouched memory -------------------------------------------------------- */

static int time_untouched(enum guest_kind kind, double *seconds, struct error *e)
{
	struct guest guest;
	struct machine *m;
	double start;

	if (guest_open(&guest, kind, GUEST_SWEEPS, e) < 0)
		return -1;
	m = machine_build(&guest.options, e);
	if (m) {
		start = now();
		loop_run(m);
		*seconds = now() - start;
		machine_demolish(m);
	}
	guest_close(&guest);
	return m ? 0 : -1;
}

static int measure_untouched(struct figures *f, struct error *e)
{
	double plain[ROUNDS], beside[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++)
		if (time_untouched(GUEST_SWEEP, &plain[i], e) < 0 ||
		    time_untouched(GUEST_SWEEP_BESIDE, &beside[i], e) < 0)
			return -1;
	f->untouched_s = least(plain, ROUNDS);
	f->untouched_beside_s = least(beside, ROUNDS);
	return 0;
}

/* --- decoding ------------------------------------------------------------------ */

static int measure_decoding(struct figures *f, struct error *e)
{
	static const uint8_t code[INSN_MAX] = {0x48, 0x8b, 0x83, 0x10, 0x20, 0, 0, 0x90, 0x90, 0x90, 0x90, 0x90};
	struct decoder *decoder = decoder_new();
	const struct insn *cached;
	struct insn insn;
	unsigned good = 0;
	double start;

	if (!decoder)
		return error_set(e, STATUS_HOST, "the decoder cannot start");
	start = now();
	for (unsigned i = 0; i < COLD_DECODES; i++)
		good += decode(decoder, code, sizeof(code), MODE_64, &insn) == DECODE_OK;
	f->decode_cold_ns = (now() - start) * 1e9 / COLD_DECODES;
	start = now();
	for (unsigned i = 0; i < DECODES; i++)
		good += decode_cached(decoder, code, sizeof(code), MODE_64, &cached) == DECODE_OK;
	f->decode_cached_ns = (now() - start) * 1e9 / DECODES;
	decoder_free(decoder);
	return good == COLD_DECODES + DECODES ? 0 : error_set(e, STATUS_HOST, "the decoder refuses its benchmark");
}

/* --- start-up and memory ---------------------------------------------------------- */

/* Resident bytes that are not guest memory: anonymous and file pages; guest memory is shared memory. */
static double resident_mib(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	unsigned long kib, sum = 0;
	char line[128];

	if (!status)
		return -1;
	while (fgets(line, sizeof(line), status))
		if (sscanf(line, "RssAnon: %lu", &kib) == 1 || sscanf(line, "RssFile: %lu", &kib) == 1)
			sum += kib;
	fclose(status);
	return (double)sum / 1024;
}

static int measure_start(struct figures *f, struct error *e)
{
	double starts[ROUNDS];
	struct guest guest;

	if (guest_open(&guest, GUEST_LOAD, 1, e) < 0)
		return -1;
	for (unsigned i = 0; i < ROUNDS; i++) {
		double start = now();
		struct machine *m = machine_build(&guest.options, e);

		if (!m)
			break;
		starts[i] = (now() - start) * 1e3;
		f->beyond_mib = resident_mib();
		machine_demolish(m);
		if (i == ROUNDS - 1)
			f->start_ms = least(starts, ROUNDS);
	}
	guest_close(&guest);
	return f->start_ms > 0 ? 0 : -1;
}

/* --- telling ------------------------------------------------------------------------ */

static void print_text(const struct figures *f, FILE *out)
{
	access_print_text(&f->accesses, out);
	dense_print_text(&f->dense, f->accesses.load.floor_ns, out);
	recorded_print_text(&f->recorded, out);
	fprintf(out, "decode, cold               %10.0f ns\n", f->decode_cold_ns);
	fprintf(out, "decode, cached             %10.1f ns   (to reach: <= 50)\n", f->decode_cached_ns);
	fprintf(out, "untouched memory           %10.4f s\n", f->untouched_s);
	fprintf(out, "  with virtual pages beside%10.4f s    %.3f x         (to reach: 1.00 +- 0.02)\n",
		f->untouched_beside_s, f->untouched_beside_s / f->untouched_s);
	fprintf(out, "start to first instruction %10.2f ms   (to reach: <= 50)\n", f->start_ms);
	fprintf(out, "resident beyond the guest  %10.1f MiB  (to reach: <= 16)\n", f->beyond_mib);
	own_print_text(&f->own, out);
}

static void print_json(const struct figures *f, FILE *out)
{
	fprintf(out, "{");
	access_print_json(&f->accesses, out);
	fprintf(out, ",\n");
	dense_print_json(&f->dense, f->accesses.load.floor_ns, out);
	recorded_print_json(&f->recorded, out);
	fprintf(out, " \"decode_cold_ns\": %.0f, \"decode_cached_ns\": %.1f,\n", f->decode_cold_ns,
		f->decode_cached_ns);
	fprintf(out, " \"untouched_s\": %.5f, \"untouched_ratio\": %.4f,\n", f->untouched_s,
		f->untouched_beside_s / f->untouched_s);
	fprintf(out, " \"start_ms\": %.2f, \"beyond_mib\": %.1f,\n \"own\": ", f->start_ms, f->beyond_mib);
	own_print_json(&f->own, out);
	fputs("}\n", out);
}

int bench(bool json, FILE *out, struct error *e)
{
	struct figures f = {0};

	if (own_measure(&f.own, e) < 0 || measure_start(&f, e) < 0 || access_measure(&f.accesses, e) < 0 ||
	    dense_measure(&f.dense, e) < 0 || recorded_measure(&f.recorded, e) < 0 || measure_untouched(&f, e) < 0 ||
	    measure_decoding(&f, e) < 0)
		return -1;
	if (json)
		print_json(&f, out);
	else
		print_text(&f, out);
	return 0;
}

int bench_own(bool json, FILE *out, struct error *e)
{
	struct own own;

	if (own_measure(&own, e) < 0)
		return -1;
	if (json) {
		own_print_json(&own, out);
		fputc('\n', out);
	} else {
		own_print_text(&own, out);
	}
	return 0;
}

int bench_trace(const char *of, bool json, FILE *out, struct error *e)
{
	struct trace_figures figures;

	if (trace_measure(of, &figures, e) < 0)
		return -1;
	if (json) {
		trace_print_json(&figures, out);
		fputc('\n', out);
	} else {
		trace_print_text(&figures, out);
	}
	return 0;
}

int bench_access(bool json, FILE *out, struct error *e)
{
	struct accesses accesses;

	if (access_measure(&accesses, e) < 0)
		return -1;
	if (json) {
		fputc('{', out);
		access_print_json(&accesses, out);
		fputs("}\n", out);
	} else {
		access_print_text(&accesses, out);
	}
	return 0;
}

int bench_cpus(bool json, FILE *out, struct error *e)
{
	struct cpus_figures figures;

	if (cpus_measure(&figures, e) < 0)
		return -1;
	if (json) {
		cpus_print_json(&figures, out);
		fputc('\n', out);
	} else {
		cpus_print_text(&figures, out);
	}
	return 0;
}
