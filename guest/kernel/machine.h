/*
 * machine.h: what the capabilities ask of the machine, and what the machine asks of
 * the capabilities.
 *
 * The kernel has two halves. The machine's knows CPUs, page tables, ports and the
 * monitor, and no capability type. The capabilities' is plain C on memory and is also built
 * as a library for the host, where tests stand in for the machine.
 */
#ifndef GUEST_KERNEL_MACHINE_H
#define GUEST_KERNEL_MACHINE_H

#include "guest/abi/invoke.h"
#include "guest/abi/virtual.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process;

/* --- the machine's half gives -------------------------------------------------- */

/* A guest-physical address as a pointer: all memory is mapped. */
void *machine_memory(uint64_t physical);

/* Whatever spaces map has changed: no hardware mapping made before is used any more once this returns. */
void machine_forget_mappings(void);

/*
 * A page frame in the window that stands for an object: loads and stores there become
 * kernel_access(). 0 if there is none left. Taking it back forgets all mappings.
 */
uint64_t machine_window_take(uint64_t object);
void machine_window_give_back(uint64_t frame);

uint64_t machine_ticks(void); /* of the timer that pre-empts */
uint64_t machine_time(void); /* time stamp counter */
void machine_write(const char *bytes, size_t size); /* to the console */
void machine_exit(uint8_t status) __attribute__((noreturn));
void machine_panic(const char *why) __attribute__((noreturn));

/*
 * The process's vector state is often still in the CPU: before its area is read or
 * changed, have it saved there. What stands there is loaded when the process uses it next.
 */
void machine_vector_save(struct process *p);

/* p is no more: nothing that was kept for it is used again. Its address may become another process's. */
void machine_forget_process(const struct process *p);

/* Vector state of a new process, in its area, which is aligned to 64 bytes. */
#define MACHINE_VECTOR_AREA 2688
void machine_vector_reset(uint8_t area[MACHINE_VECTOR_AREA]);

/* --- the capabilities' half gives -------------------------------------------------- */

/* How a page is to be mapped for a process. */
struct mapping {
	uint64_t physical; /* a page of memory, or of the window */
	bool write, execute;
};

/*
 * The process touched address and nothing is mapped there, or not for this. True: map it
 * so and let the instruction run again. False: the process is blocked or stopped now.
 */
bool kernel_page_fault(struct process *p, uint64_t address, bool write, bool execute, struct mapping *mapping);

/* Another exception of the CPU's. The process is blocked or stopped when it returns. */
void kernel_exception(struct process *p, uint8_t vector, uint64_t code);

/* GUEST_VECTOR_ACCESS: the record in the vCPU's area is for this process. */
void kernel_access(struct process *p, struct guest_access *record);

/* The system call: the message is in the process's registers, and the answer comes there. */
void kernel_invoke(struct process *p);

/* A tick has passed: leases, sleepers, and the turn of the next process. */
void kernel_tick(void);

/*
 * Who runs next: never NULL but when all wait. Its record, if it has one that is
 * answered, is copied to *record; else record->state is GUEST_ACCESS_EMPTY.
 */
struct process *kernel_next(struct guest_access *record);

/*
 * p was interrupted before the monitor took the answer that kernel_next() gave last for
 * it: the record is still answered, and is to be given again when p runs next.
 */
void kernel_keep_record(struct process *p);

/* The process's registers, kept current while it does not run, and its vector area. */
struct process_registers *kernel_registers(struct process *p);
uint8_t *kernel_vector_area(struct process *p);

/* Which of all processes this is, from 1 on: another one may have its number once it is destroyed. */
uint32_t kernel_process_number(const struct process *p);

/* One instruction, then kernel_stepped(): RFLAGS.TF is to be set for this process. */
bool kernel_wants_step(const struct process *p);
void kernel_stepped(struct process *p);

/* Memory for objects, and the first process (addresses are guest-physical): its program is the page-aligned module at
 * [start, start+size). */
struct kernel_start {
	uint64_t memory, memory_size; /* free, page-aligned, all zero */
	uint64_t program, program_size;
	uint64_t modules; /* address of an array of struct guest_boot_module: their pages are given to the first process
			   */
	uint32_t nmodules;
};
void kernel_start(const struct kernel_start *start);

#endif
