/* item.h: how a probe fills in its answer. */
#ifndef VMM_DOCTOR_ITEM_H
#define VMM_DOCTOR_ITEM_H

#include "vmm/doctor/doctor.h"
#include "vmm/doctor/probe_run.h"

/* Set result and detail; from a stop that was not expected; from a call that failed. */
void item_set(struct doctor_item *item, enum doctor_result result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void item_stopped(struct doctor_item *item, struct probe_vm *vm, enum probe_stop stop, const char *when);
void item_failed(struct doctor_item *item, const struct probe_vm *vm, int err);

/*
 * Start the program and run it to its ending. True if it got there; else *item says what
 * happened instead, and `when`.
 */
bool probe_to_end(struct probe_vm *vm, const struct probe_start *start, struct doctor_item *item, const char *when);

#endif
