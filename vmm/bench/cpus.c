#include "vmm/bench/cpus.h"

#include "vmm/bench/guest.h"
#include "vmm/clock.h"
#include "vmm/machine/kick.h"
#include "vmm/machine/state.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 3
#define WITH_EXIT 12000 /* so long that the threads come apart */
#define IN_RUNS 1000000
#define HOLDS 201

static double ns_of(clockid_t clock)
{
	return (double)clock_ns(clock);
}

/* --- accesses ------------------------------------------------------------------ */

/* *best: of the rounds so far. */
static int time_guest(enum guest_kind kind, unsigned cpus, bool runs, struct pace *best, struct error *e)
{
	unsigned count = runs ? IN_RUNS : WITH_EXIT;
	struct guest guest;
	struct machine *m;
	double start, cpu, rate;
	int err = 0;

	if (guest_open(&guest, kind, count, e) < 0)
		return -1;
	guest.options.boot.cpus = cpus;
	guest.options.boot.presets[2].value = cpus; /* RDX: how many there are */
	guest.options.run_length = runs ? RUN_LENGTH_DEFAULT : 0;
	m = machine_build(&guest.options, e);
	if (!m) {
		guest_close(&guest);
		return -1;
	}
	start = ns_of(CLOCK_MONOTONIC);
	cpu = ns_of(CLOCK_PROCESS_CPUTIME_ID);
	loop_run(m);
	cpu = (ns_of(CLOCK_PROCESS_CPUTIME_ID) - cpu) / count / cpus;
	rate = 1e9 * count * cpus / (ns_of(CLOCK_MONOTONIC) - start);
	if (m->stop.kind != STOP_DEBUG_EXIT)
		err = error_set(e, STATUS_HOST, "the guest of the benchmark: %s", m->stop.text);
	if (rate > best->rate)
		best->rate = rate;
	if (best->cpu_ns == 0 || cpu < best->cpu_ns)
		best->cpu_ns = cpu;
	machine_demolish(m);
	guest_close(&guest);
	return err;
}

static int measure_accesses(struct cpus_figures *f, struct error *e)
{
	for (unsigned i = 0; i < ROUNDS; i++)
		for (unsigned runs = 0; runs < 2; runs++)
			if (time_guest(GUEST_APART, 1, runs, &f->one[runs], e) < 0 ||
			    time_guest(GUEST_APART, 2, runs, &f->apart[runs], e) < 0 ||
			    time_guest(GUEST_SHARED, 2, runs, &f->shared[runs], e) < 0)
				return -1;
	return 0;
}

/* --- stopping all ---------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void *run(void *machine)
{
	loop_run(machine);
	return NULL;
}

static int hold_often(struct machine *m, double *hold_ns, double *whole_ns, struct error *e)
{
	static const struct timespec pause = {.tv_nsec = 200000};
	double holds[HOLDS], wholes[HOLDS];

	for (unsigned i = 0; i < HOLDS; i++) {
		double start;

		nanosleep(&pause, NULL); /* they are to run */
		start = ns_of(CLOCK_MONOTONIC);
		if (machine_pause(m, e) < 0)
			return -1;
		holds[i] = ns_of(CLOCK_MONOTONIC) - start;
		machine_resume(m);
		wholes[i] = ns_of(CLOCK_MONOTONIC) - start;
	}
	qsort(holds, HOLDS, sizeof(holds[0]), compare);
	qsort(wholes, HOLDS, sizeof(wholes[0]), compare);
	*hold_ns = holds[HOLDS / 2];
	*whole_ns = wholes[HOLDS / 2];
	return 0;
}

static int measure_hold(unsigned cpus, double *hold_ns, double *whole_ns, struct error *e)
{
	struct guest guest;
	struct machine *m;
	pthread_t thread;
	int err;

	if (guest_open(&guest, GUEST_SPIN, 1, e) < 0)
		return -1;
	guest.options.boot.cpus = cpus;
	m = machine_build(&guest.options, e);
	if (!m) {
		guest_close(&guest);
		return -1;
	}
	err = pthread_create(&thread, NULL, run, m);
	if (err) {
		err = error_set(e, STATUS_HOST, "no thread for the benchmark");
	} else {
		err = hold_often(m, hold_ns, whole_ns, e);
		machine_quit(m);
		pthread_join(thread, NULL);
	}
	machine_demolish(m);
	guest_close(&guest);
	return err;
}

static int measure(struct cpus_figures *f, struct error *e)
{
	if (second_view_measure(&f->second, e) < 0 || measure_accesses(f, e) < 0)
		return -1;
	for (unsigned i = 0; i < CPUS_HELD; i++)
		if (measure_hold(f->held[i], &f->hold_ns[i], &f->whole_ns[i], e) < 0)
			return -1;
	return 0;
}

int cpus_measure(struct cpus_figures *figures, struct error *e)
{
	struct cpus_figures f = {.held = {1, 2, 4}};
	int err;

	if (kick_start(0, NULL, e) < 0) /* vCPUs' threads are told by signals */
		return -1;
	err = measure(&f, e);
	kick_stop();
	if (err == 0)
		*figures = f;
	return err;
}

/* --- telling ------------------------------------------------------------------------ */

/* Where the host's CPUs have other work, the rate says what they left; the CPU time says what two idle ones would give.
 */
static void print_pace(const char *what, const struct pace *p, const struct pace *one, unsigned cpus, FILE *out)
{
	fprintf(out, "  %-24s %10.0f /s   %.2f x   %6.0f ns of CPU time each, %.2f x", what, p->rate,
		p->rate / one->rate, p->cpu_ns, p->cpu_ns / one->cpu_ns);
	if (cpus > 1)
		fprintf(out, ": on idle CPUs %.2f x", cpus * one->cpu_ns / p->cpu_ns);
	fputc('\n', out);
}

void cpus_print_text(const struct cpus_figures *f, FILE *out)
{
	static const char *const how[] = {"an exit each", "in runs"};

	for (unsigned runs = 0; runs < 2; runs++) {
		const struct pace *one = &f->one[runs];

		fprintf(out, "accesses, %s:\n", how[runs]);
		print_pace("one vCPU", one, one, 1, out);
		print_pace("two vCPUs, two pages", &f->apart[runs], one, 2, out);
		print_pace("two vCPUs, one page", &f->shared[runs], one, 1, out);
	}
	for (unsigned i = 0; i < CPUS_HELD; i++)
		fprintf(out, "hold of %u other vCPU%s     %10.0f ns until all are stopped, %.0f ns until let go\n",
			f->held[i], f->held[i] > 1 ? "s" : " ", f->hold_ns[i], f->whole_ns[i]);
	fprintf(out, "a step, nobody held       %10.0f ns, with the page opened and closed\n", f->second.open_ns);
	fprintf(out,
		"a step in a second view   %10.0f ns there, %.0f ns to move the state there and back, %.0f ns once\n",
		f->second.step_ns, f->second.move_ns, f->second.make_ns);
}

void cpus_print_json(const struct cpus_figures *f, FILE *out)
{
	static const char *const how[] = {"exit", "run"};

	fputc('{', out);
	for (unsigned runs = 0; runs < 2; runs++)
		fprintf(out,
			"\"one_%s\": %.0f, \"apart_%s\": %.0f, \"shared_%s\": %.0f, "
			"\"one_%s_cpu_ns\": %.0f, \"apart_%s_cpu_ns\": %.0f, \"shared_%s_cpu_ns\": %.0f, ",
			how[runs], f->one[runs].rate, how[runs], f->apart[runs].rate, how[runs], f->shared[runs].rate,
			how[runs], f->one[runs].cpu_ns, how[runs], f->apart[runs].cpu_ns, how[runs],
			f->shared[runs].cpu_ns);
	for (unsigned i = 0; i < CPUS_HELD; i++)
		fprintf(out, "\"hold_%u_ns\": %.0f, ", f->held[i], f->hold_ns[i]);
	fprintf(out, "\"step_ns\": %.0f, \"second_step_ns\": %.0f, \"second_move_ns\": %.0f, \"second_make_ns\": %.0f}",
		f->second.open_ns, f->second.step_ns, f->second.move_ns, f->second.make_ns);
}
