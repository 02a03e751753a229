/* fault.h: what goes to keepers of spaces and of processes. */
#ifndef GUEST_KERNEL_FAULT_H
#define GUEST_KERNEL_FAULT_H

#include <stdbool.h>
#include <stdint.h>

struct process;
struct walk;

/* The process does not go on: its keeper is called in its turn, or it stops. */
void fault_process(struct process *p, uint64_t fault, uint64_t address, uint64_t code);

/* It stops, and whoever it was to answer is told. Only PROCESS_RESUME lets it run again. */
void fault_stop(struct process *p, uint64_t fault, uint64_t code);

/* The space's keeper that was asked does not help: the fault is the process's. */
void fault_refused(struct process *p, uint64_t fault, uint64_t code);

/* A page is missing or forbidden: the space's keeper is called, else it is the process's fault. */
void fault_memory(struct process *p, const struct walk *w, uint64_t fault, uint64_t address, uint64_t code);

/* Takes a walk that does not allow this use to the fault it stands for, or waits where it is blocked. */
void fault_walk(struct process *p, const struct walk *w, uint64_t address, bool write, bool execute);

#endif
