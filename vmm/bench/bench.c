/*
 * bench.c: the floor, a virtual load and store, decoding, untouched memory, start-up.
 *
 * The floor is the same fault with an empty handler that only steps over the
 * instruction, with the same registers travelling in the sync area: what this way of
 * trapping must pay. Rounds of floor, load and store alternate, and the fastest round of each
 * is compared: a noisy machine disturbs only upwards.
 */
#include "vmm/bench/bench.h"

#include "vmm/bench/dense.h"
#include "vmm/bench/guest.h"
#include "vmm/bench/own.h"
#include "vmm/bench/recorded.h"
#include "vmm/bench/trace.h"
#include "vmm/machine/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#define ROUNDS 11
#define ACCESSES 1500
#define DECODES 200000
#define COLD_DECODES 2000

struct figures {
	double floor_ns, load_ns, store_ns;
	double tsc_mhz; /* of the time stamp counter, the guest's too */
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
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double least(const double *values, unsigned count)
{
	double found = values[0];

	for (unsigned i = 1; i < count; i++)
		found = values[i] < found ? values[i] : found;
	return found;
}

/* --- the floor ------------------------------------------------------------ */

/* Step over each faulting instruction until the guest has counted down. 0 or -errno. */
static int floor_loop(struct machine *m, unsigned accesses)
{
	struct kvm_run *run = m->vcpu.run;

	for (unsigned i = 0; i < accesses;) {
		int err = ioctl(m->vcpu.fd, KVM_RUN, 0) < 0 ? errno : 0;

		if (err == EINTR || err == EAGAIN)
			continue;
		if (err != EFAULT)
			return err ? -err : -EIO;
		run->s.regs.regs.rip += GUEST_ACCESS_LENGTH;
		run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
		i++;
	}
	return 0;
}

/* Seconds for the accesses of one guest: through the monitor, or by the floor. */
static int time_guest(enum guest_kind kind, bool by_floor, double *ns, struct error *e)
{
	struct guest guest;
	struct machine *m;
	double start, seconds;
	int err = 0;

	if (guest_open(&guest, kind, ACCESSES, e) < 0)
		return -1;
	m = machine_build(&guest.options, e);
	if (!m) {
		guest_close(&guest);
		return -1;
	}
	start = now();
	if (by_floor)
		err = floor_loop(m, ACCESSES);
	else
		loop_run(m);
	seconds = now() - start;
	*ns = seconds * 1e9 / ACCESSES;
	if (err < 0)
		error_set(e, STATUS_HOST, "the floor: KVM_RUN does not end in EFAULT here: %s", strerror(-err));
	else if (!by_floor && m->stop.kind != STOP_DEBUG_EXIT)
		err = error_set(e, STATUS_HOST, "the guest of the benchmark: %s", m->stop.text);
	machine_demolish(m);
	guest_close(&guest);
	return err < 0 ? -1 : 0;
}

static int measure_accesses(struct figures *f, struct error *e)
{
	double floors[ROUNDS], loads[ROUNDS], stores[ROUNDS], start = now();
	uint64_t cycles = __builtin_ia32_rdtsc();

	for (unsigned i = 0; i < ROUNDS; i++) {
		if (time_guest(GUEST_LOAD, true, &floors[i], e) < 0 ||
		    time_guest(GUEST_LOAD, false, &loads[i], e) < 0 ||
		    time_guest(GUEST_STORE, false, &stores[i], e) < 0)
			return -1;
	}
	f->tsc_mhz = (double)(__builtin_ia32_rdtsc() - cycles) / (now() - start) / 1e6;
	f->floor_ns = least(floors, ROUNDS);
	f->load_ns = least(loads, ROUNDS);
	f->store_ns = least(stores, ROUNDS);
	return 0;
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

static void print_accesses(const struct figures *f, FILE *out)
{
	fprintf(out, "floor (fault, step over)   %10.0f ns\n", f->floor_ns);
	fprintf(out, "virtual load, memory       %10.0f ns   %.2f x floor   (to reach: <= 1.25)\n", f->load_ns,
		f->load_ns / f->floor_ns);
	fprintf(out, "virtual store, memory      %10.0f ns   %.2f x floor   (to reach: <= 1.25)\n", f->store_ns,
		f->store_ns / f->floor_ns);
	fprintf(out, "time stamp counter         %10.1f MHz\n", f->tsc_mhz);
}

static void print_text(const struct figures *f, FILE *out)
{
	print_accesses(f, out);
	dense_print_text(&f->dense, f->floor_ns, out);
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

static void print_accesses_json(const struct figures *f, FILE *out)
{
	fprintf(out, "{\"floor_ns\": %.0f, \"load_ns\": %.0f, \"store_ns\": %.0f,\n", f->floor_ns, f->load_ns,
		f->store_ns);
	fprintf(out, " \"load_ratio\": %.3f, \"store_ratio\": %.3f, \"tsc_mhz\": %.1f", f->load_ns / f->floor_ns,
		f->store_ns / f->floor_ns, f->tsc_mhz);
}

static void print_json(const struct figures *f, FILE *out)
{
	print_accesses_json(f, out);
	fprintf(out, ",\n");
	dense_print_json(&f->dense, f->floor_ns, out);
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

	if (own_measure(&f.own, e) < 0 || measure_start(&f, e) < 0 || measure_accesses(&f, e) < 0 ||
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

int bench_trace(bool json, FILE *out, struct error *e)
{
	struct trace_figures figures;

	if (trace_measure(&figures, e) < 0)
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
	struct figures f = {0};

	if (measure_accesses(&f, e) < 0)
		return -1;
	if (json) {
		print_accesses_json(&f, out);
		fputs("}\n", out);
	} else {
		print_accesses(&f, out);
	}
	return 0;
}
