/*
 * vector.h: x87, SSE and AVX state.
 *
 * The kernel itself uses none: it changes over only when another process runs. CR0.TS could put that off until
 * the process uses the state, but not every KVM lets CR0.TS raise #NM at CPL 3.
 */
#ifndef GUEST_KERNEL_VECTOR_H
#define GUEST_KERNEL_VECTOR_H

#include "guest/kernel/machine.h"

void vector_init(void);

/* p is about to run. */
void vector_load(struct process *p);

/* The state is nobody's: p is no more. */
void vector_drop(const struct process *p);

#endif
