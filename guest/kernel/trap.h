/*
 * trap.h: what entry.S and trap.c share.
 */
#ifndef GUEST_KERNEL_TRAP_H
#define GUEST_KERNEL_TRAP_H

#define TRAP_VECTORS 48 /* the CPU's 32 and the two PICs' 16 */
#define TRAP_STUB_SIZE 16
#define TRAP_STACK_SIZE 0x4000
#define TRAP_SYSCALL 256 /* no vector: SYSCALL has an entry of its own */
#define TRAP_INTERRUPTS 32 /* first vector of the PICs */

/* A bit for each exception with an error code: Intel SDM Vol 3A, "Exceptions and Interrupts". */
#define TRAP_ERROR_CODES 0x60227d00

#ifndef __ASSEMBLER__
#include "guest/abi/boot.h"
#include "guest/kernel/machine.h"

/* IDT, GDT, TSS, and the system call instruction of this host. */
void trap_init(const struct guest_boot *boot);

/* What entry.S saved last. */
const struct process_registers *trap_last_registers(void);

/* The registers of the process to run now; NULL if all wait. */
struct process_registers *trap_next(void);
#endif

#endif
