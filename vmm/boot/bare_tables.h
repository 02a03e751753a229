/*
 * bare_tables.h: what a bare guest finds at its start beside its image: exception
 * handlers, gates, descriptors, a TSS, the registers, fit for its mode.
 */
#ifndef VMM_BOOT_BARE_TABLES_H
#define VMM_BOOT_BARE_TABLES_H

#include "vmm/boot/mode.h"

/* The system region, but for its page tables: see bare_tables.c. */
#define BARE_TABLES_SIZE 0xa000u

/* Real mode's interrupt table and handlers, where a PC has them: both in the first MiB. */
#define REAL_VECTORS 0ull
#define REAL_VECTORS_SIZE 0x400ull
#define REAL_HANDLERS 0xff000ull
#define REAL_HANDLERS_SIZE 0x1000ull

/*
 * Write them into the system region at gpa system, whose first BARE_TABLES_SIZE bytes are mapped (in real mode into
 * low memory too), and set segments, cpl, mode and stack width of state->regs, the descriptor tables, handlers and
 * frame. base is where a segmented mode's 64 KiB segment begins, else 0. 0, or -1 if low memory is not mapped.
 */
int bare_tables(const struct ram *ram, gpa_t system, enum boot_mode mode, unsigned cpl, uint64_t base,
		struct boot_state *state);

/*
 * In long mode: the TSS of each further vCPU, with a stack for exceptions, in BOOT_CPU_SIZE bytes each from gpa on.
 * 0, or -1 if they are not mapped.
 */
int bare_tables_of_others(const struct ram *ram, gpa_t gpa, unsigned others, struct boot_state *state);

#endif
