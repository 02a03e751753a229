/*
 * bench.h: what an access costs, as ratios within one run.
 */
#ifndef VMM_BENCH_BENCH_H
#define VMM_BENCH_BENCH_H

#include "vmm/error.h"

#include <stdbool.h>
#include <stdio.h>

/* Measure on this host and print a table, or one JSON object. 0, or -1 with *e filled. */
int bench(bool json, FILE *out, struct error *e);

/* Only an access beside the bare fault. */
int bench_access(bool json, FILE *out, struct error *e);

/* Only the monitor's own part, which needs no KVM. */
int bench_own(bool json, FILE *out, struct error *e);

/* Only a trace's writer and reader, which need no KVM either. of: the trace whose records they take, or NULL. */
int bench_trace(const char *of, bool json, FILE *out, struct error *e);

/* Only several vCPUs. */
int bench_cpus(bool json, FILE *out, struct error *e);

#endif
