/*
 * guest.h: the small bare guests of the benchmark, at CPL 3.
 */
#ifndef VMM_BENCH_GUEST_H
#define VMM_BENCH_GUEST_H

#include "vmm/machine/options.h"

enum guest_kind {
	GUEST_LOAD, /* count times: mov rax,[rbx] on a virtual page; run on after its end, it does so again */
	GUEST_STORE, /* count times: mov [rbx],rax on a virtual page; again, too */
	GUEST_ALONE, /* count times: the same load, then 40 instructions that touch nothing */
	GUEST_APART, /* count times the load, by each of RDX vCPUs on a page of its own; then all end */
	GUEST_SHARED, /* the same, on one page */
	GUEST_SPIN, /* for ever, touching nothing */
	GUEST_SWEEP, /* count times over 4 MiB of ordinary memory, nothing virtual */
	GUEST_SWEEP_BESIDE, /* the same, with 16 virtual pages elsewhere that it never touches */
};

#define GUEST_ACCESS_LENGTH 3 /* bytes of the instruction that loads or stores */
#define GUEST_SWEEPS 200

struct guest {
	struct machine_options options;
	int image_fd;
	char path[64];
};

/* 0, or -1 with *e filled. */
int guest_open(struct guest *guest, enum guest_kind kind, unsigned count, struct error *e);
void guest_close(struct guest *guest);

struct machine;

/*
 * Run it to its end; *least becomes the ns of one of the count, if that is less or *least is 0. The machine, for
 * machine_demolish(); or NULL with *e filled.
 */
struct machine *guest_time(const struct guest *guest, unsigned count, double *least, struct error *e);

#endif
