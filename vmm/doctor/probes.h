/*
 * probes.h: the questions, one function each.
 *
 * Each gets a fresh guest and fills *item; what it cannot ask it answers with
 * DOCTOR_NO and what happened. examine.c holds the list.
 */
#ifndef VMM_DOCTOR_PROBES_H
#define VMM_DOCTOR_PROBES_H

#include "vmm/doctor/item.h"

struct probe_ask {
	const struct probe_host *host;
	struct probe_vm *vm;
	unsigned cpl; /* of the guest, 0 or 3 */
};

/* probes_access.c: loads and stores of a page KVM may not touch */
void probe_loop(const struct probe_ask *ask, struct doctor_item *item);
void probe_load(const struct probe_ask *ask, struct doctor_item *item);
void probe_store(const struct probe_ask *ask, struct doctor_item *item);
void probe_readonly(const struct probe_ask *ask, struct doctor_item *item);
void probe_lock(const struct probe_ask *ask, struct doctor_item *item);
void probe_wide(const struct probe_ask *ask, struct doctor_item *item);
void probe_mmio_rip(const struct probe_ask *ask, struct doctor_item *item);

/* probes_event.c: stepping, exceptions, entries to CPL 0 */
void probe_step(const struct probe_ask *ask, struct doctor_item *item);
void probe_inject(const struct probe_ask *ask, struct doctor_item *item);
void probe_syscall(const struct probe_ask *ask, struct doctor_item *item);
void probe_int(const struct probe_ask *ask, struct doctor_item *item);
void probe_immediate_exit(const struct probe_ask *ask, struct doctor_item *item);

/* probes_state.c: registers, by the sync area and by XSAVE */
void probe_sync_regs(const struct probe_ask *ask, struct doctor_item *item);
void probe_avx(const struct probe_ask *ask, struct doctor_item *item);
void probe_avx512(const struct probe_ask *ask, struct doctor_item *item);

/* probes_cost.c: medians of some hundreds, within 300 ms */
void probe_exit_cost(const struct probe_ask *ask, struct doctor_item *item);
void probe_fault_cost(const struct probe_ask *ask, struct doctor_item *item);

#endif
