/*
 * access.c: the bare fault, the load and the store take turns.
 *
 * Each is one machine that lives through all rounds, and a round is short. So what a host does
 * once (a cold cache, an emulated CPU's translations) is over with the first rounds, which do not count, and what it
 * does for a while (other programs, its clock) falls upon all of a round alike. What is taken is the median of the
 * rounds, and of the rounds' ratios.
 */
#include "vmm/bench/access.h"

#include "vmm/bench/guest.h"
#include "vmm/clock.h"
#include "vmm/machine/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define ROUNDS 61
#define ROUNDS_AHEAD 3 /* which do not count */
#define ACCESSES 250 /* in a round */

enum turn { TURN_LOAD_FLOOR, TURN_LOAD, TURN_STORE_FLOOR, TURN_STORE, TURNS };

struct contest {
	struct guest guest[TURNS];
	struct machine *machine[TURNS]; /* NULL: not built */
	double ns[TURNS][ROUNDS];
};

static bool is_floor(enum turn turn)
{
	return turn == TURN_LOAD_FLOOR || turn == TURN_STORE_FLOOR;
}

/* Step over each faulting instruction until the guest ends its round. 0, or -1 with *e filled. */
static int floor_round(struct machine *m, struct error *e)
{
	struct kvm_run *run = m->cpus[0].vcpu.run;

	for (;;) {
		int err = ioctl(m->cpus[0].vcpu.fd, KVM_RUN, 0) < 0 ? errno : 0;

		if (err == EINTR || err == EAGAIN)
			continue;
		if (err == 0 && run->exit_reason == KVM_EXIT_IO)
			return 0;
		if (err != EFAULT)
			return error_set(e, STATUS_HOST, "the floor: KVM_RUN does not end in EFAULT here: %s",
					 strerror(err ? err : EIO));
		run->s.regs.regs.rip += GUEST_ACCESS_LENGTH;
		run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
	}
}

/* The guest ends a round as guests end, and then begins the next. 0, or -1 with *e filled. */
static int monitor_round(struct machine *m, struct error *e)
{
	m->stop.kind = STOP_NONE;
	loop_run(m);
	if (m->stop.kind == STOP_DEBUG_EXIT)
		return 0;
	return error_set(e, STATUS_HOST, "the guest of the benchmark: %s", m->stop.text);
}

static int build(struct contest *c, enum turn turn, struct error *e)
{
	enum guest_kind kind = turn == TURN_STORE || turn == TURN_STORE_FLOOR ? GUEST_STORE : GUEST_LOAD;

	if (guest_open(&c->guest[turn], kind, ACCESSES, e) < 0)
		return -1;
	c->machine[turn] = machine_build(&c->guest[turn].options, e);
	if (c->machine[turn])
		return 0;
	guest_close(&c->guest[turn]);
	return -1;
}

static int play(struct contest *c, unsigned round, struct error *e)
{
	for (enum turn turn = 0; turn < TURNS; turn++) {
		struct machine *m = c->machine[turn];
		uint64_t start = now_ns();

		if ((is_floor(turn) ? floor_round(m, e) : monitor_round(m, e)) < 0)
			return -1;
		c->ns[turn][round] = (double)(now_ns() - start) / ACCESSES;
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *values)
{
	double sorted[ROUNDS];

	memcpy(sorted, values, sizeof(sorted));
	qsort(sorted, ROUNDS, sizeof(sorted[0]), compare);
	return sorted[ROUNDS / 2];
}

static struct beside beside(const struct contest *c, enum turn floor, enum turn turn)
{
	double ratios[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++)
		ratios[i] = c->ns[turn][i] / c->ns[floor][i];
	return (struct beside){median(c->ns[floor]), median(c->ns[turn]), median(ratios)};
}

static int run_contest(struct contest *c, struct error *e)
{
	for (enum turn turn = 0; turn < TURNS; turn++)
		if (build(c, turn, e) < 0)
			return -1;
	for (unsigned round = 0; round < ROUNDS_AHEAD + ROUNDS; round++)
		if (play(c, round < ROUNDS_AHEAD ? 0 : round - ROUNDS_AHEAD, e) < 0)
			return -1;
	return 0;
}

int access_measure(struct accesses *accesses, struct error *e)
{
	struct contest *c = calloc(1, sizeof(*c));
	uint64_t cycles = __builtin_ia32_rdtsc();
	uint64_t start = now_ns();
	int err;

	if (!c)
		return error_set(e, STATUS_HOST, "the benchmark's memory cannot be had");
	err = run_contest(c, e);
	if (err == 0) {
		accesses->tsc_mhz = (double)(__builtin_ia32_rdtsc() - cycles) / (double)(now_ns() - start) * 1e3;
		accesses->load = beside(c, TURN_LOAD_FLOOR, TURN_LOAD);
		accesses->store = beside(c, TURN_STORE_FLOOR, TURN_STORE);
	}
	for (enum turn turn = 0; turn < TURNS; turn++) {
		if (!c->machine[turn])
			continue;
		machine_demolish(c->machine[turn]);
		guest_close(&c->guest[turn]);
	}
	free(c);
	return err;
}

static void print_pair(const char *what, const struct beside *b, FILE *out)
{
	fprintf(out, "virtual %-19s%10.0f ns   %.2f x floor   (to reach: <= 1.25)\n", what, b->ns, b->ratio);
}

void access_print_text(const struct accesses *accesses, FILE *out)
{
	fprintf(out, "floor (fault, step over)   %10.0f ns\n", accesses->load.floor_ns);
	fprintf(out, "  of a store               %10.0f ns   (medians of %u rounds that take turns)\n",
		accesses->store.floor_ns, ROUNDS);
	print_pair("load, memory", &accesses->load, out);
	print_pair("store, memory", &accesses->store, out);
	fprintf(out, "time stamp counter         %10.1f MHz\n", accesses->tsc_mhz);
}

void access_print_json(const struct accesses *accesses, FILE *out)
{
	fprintf(out, " \"floor_ns\": %.0f, \"load_ns\": %.0f, \"load_ratio\": %.3f,\n", accesses->load.floor_ns,
		accesses->load.ns, accesses->load.ratio);
	fprintf(out, " \"store_floor_ns\": %.0f, \"store_ns\": %.0f, \"store_ratio\": %.3f,\n",
		accesses->store.floor_ns, accesses->store.ns, accesses->store.ratio);
	fprintf(out, " \"tsc_mhz\": %.1f", accesses->tsc_mhz);
}
