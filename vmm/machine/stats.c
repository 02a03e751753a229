/*
 * stats.c: what all vCPUs have counted, when none of them runs.
 */
#include "vmm/machine/state.h"

/* Each count of a record that is nothing but counts. */
static void add(void *sum, const void *more, size_t size)
{
	uint64_t *to = sum;
	const uint64_t *from = more;

	for (size_t i = 0; i < size / sizeof(*to); i++)
		to[i] += from[i];
}

_Static_assert(sizeof(struct stats) % sizeof(uint64_t) == 0 && sizeof(struct run_stats) % sizeof(uint64_t) == 0 &&
		       sizeof(struct decoder_stats) % sizeof(uint64_t) == 0,
	       "they are nothing but counts");

struct stats machine_stats(const struct machine *m)
{
	struct stats sum = m->cpus[0].stats;

	for (unsigned i = 1; i < m->ncpus; i++)
		add(&sum, &m->cpus[i].stats, sizeof(sum));
	return sum;
}

struct run_stats machine_run_stats(const struct machine *m)
{
	struct run_stats sum = {.runs = 0};

	for (unsigned i = 0; i < m->ncpus; i++)
		if (m->cpus[i].run)
			add(&sum, run_stats(m->cpus[i].run), sizeof(sum));
	return sum;
}

struct decoder_stats machine_decoder_stats(const struct machine *m)
{
	struct decoder_stats sum, more;

	decoder_read_stats(m->cpus[0].env.decoder, &sum);
	for (unsigned i = 1; i < m->ncpus; i++) {
		decoder_read_stats(m->cpus[i].env.decoder, &more);
		add(&sum, &more, sizeof(sum));
	}
	return sum;
}

uint32_t machine_differed(const struct machine *m, enum other_decoder who, unsigned row)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < m->ncpus; i++)
		sum += decoder_differed(m->cpus[i].env.decoder, who, row);
	return sum;
}

uint64_t machine_absent_accesses(const struct machine *m)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < m->ncpus; i++)
		sum += m->cpus[i].env.absent_accesses;
	return sum;
}
