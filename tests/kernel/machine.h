/*
 * machine.h: stands in for the machine's half of the kernel, and for the monitor: memory, a
 * window, mappings that are remembered until they are forgotten, and processes whose
 * "program" is what the test makes them do.
 */
#ifndef TESTS_KERNEL_MACHINE_H
#define TESTS_KERNEL_MACHINE_H

#include "guest/kernel/access.h"
#include "guest/kernel/kernel.h"
#include "guest/kernel/machine.h"
#include "guest/kernel/page.h"
#include "guest/kernel/process.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RIG_MEMORY 0x100000ull /* physical */
#define RIG_SIZE 0x400000ull
#define RIG_PROGRAM (RIG_MEMORY + RIG_SIZE)
#define RIG_PROGRAM_SIZE 0x4000ull
#define RIG_WINDOW 0x40000000ull
#define RIG_FRAMES 16
#define RIG_TLB 64

struct rig_mapping {
	const struct process *of;
	uint64_t page; /* address / 4096 */
	struct mapping to;
};

struct rig {
	uint8_t *memory;
	uint64_t ticks;
	uint64_t frame_object[RIG_FRAMES]; /* 0: free */
	struct rig_mapping tlb[RIG_TLB];
	unsigned forgotten; /* how often */
	struct guest_access area; /* the vCPU's */
	uint64_t last_id; /* the monitor's transactions */
	char console[256];
	jmp_buf exit;
	int status; /* of machine_exit() */
	struct process *runs;
};

static struct rig rig;

void *machine_memory(uint64_t physical)
{
	return rig.memory + (physical - RIG_MEMORY);
}

void machine_forget_mappings(void)
{
	rig.forgotten++;
	for (unsigned i = 0; i < RIG_TLB; i++)
		rig.tlb[i].of = NULL;
}

void machine_forget_process(const struct process *p)
{
	for (unsigned i = 0; i < RIG_TLB; i++)
		if (rig.tlb[i].of == p)
			rig.tlb[i].of = NULL;
}

uint64_t machine_window_take(uint64_t object)
{
	for (unsigned i = 0; i < RIG_FRAMES; i++) {
		if (rig.frame_object[i])
			continue;
		rig.frame_object[i] = object;
		return RIG_WINDOW + i * 4096ull;
	}
	return 0;
}

void machine_window_give_back(uint64_t frame)
{
	rig.frame_object[(frame - RIG_WINDOW) / 4096] = 0;
	machine_forget_mappings();
}

uint64_t machine_ticks(void)
{
	return rig.ticks;
}

uint64_t machine_time(void)
{
	return rig.ticks * 1000;
}

void machine_write(const char *bytes, size_t size)
{
	size_t length = strlen(rig.console);

	if (size > sizeof(rig.console) - 1 - length)
		size = sizeof(rig.console) - 1 - length;
	memcpy(rig.console + length, bytes, size);
}

void machine_exit(uint8_t status)
{
	rig.status = status;
	longjmp(rig.exit, 1);
}

void machine_panic(const char *why)
{
	fprintf(stderr, "panic: %s\n", why);
	abort();
}

void machine_vector_save(struct process *p)
{
	(void)p;
}

void machine_vector_reset(uint8_t area[MACHINE_VECTOR_AREA])
{
	memset(area, 0, MACHINE_VECTOR_AREA);
}

/* --- the rig ------------------------------------------------------------------------------ */

/* A fresh kernel; the first process, which is ready. */
static inline struct process *rig_start(void)
{
	struct kernel_start start = {.memory = RIG_MEMORY,
				     .memory_size = RIG_SIZE,
				     .program = RIG_PROGRAM,
				     .program_size = RIG_PROGRAM_SIZE,
				     .modules = RIG_MEMORY};
	uint8_t *memory = rig.memory ? rig.memory : aligned_alloc(4096, RIG_SIZE + RIG_PROGRAM_SIZE);

	rig = (struct rig){.memory = memory};
	memset(rig.memory, 0, RIG_SIZE + RIG_PROGRAM_SIZE);
	kernel_start(&start);
	rig.runs = kernel_next(&rig.area);
	return rig.runs;
}

static inline struct process *rig_next(void)
{
	if (rig.runs && rig.area.state == GUEST_ACCESS_ANSWERED)
		kernel_keep_record(rig.runs);
	rig.runs = kernel_next(&rig.area);
	return rig.runs;
}

static inline void rig_tick(void)
{
	rig.ticks++;
	kernel_tick();
}

/* How the process's page is mapped; false: it is blocked or stopped now. */
static inline bool rig_translate(struct process *p, uint64_t address, bool write, struct mapping *to)
{
	static unsigned turn;
	struct rig_mapping *m;

	for (unsigned i = 0; i < RIG_TLB; i++) {
		m = &rig.tlb[i];
		if (m->of == p && m->page == address / 4096 && (m->to.write || !write)) {
			*to = m->to;
			return true;
		}
	}
	if (!kernel_page_fault(p, address, write, false, to))
		return false;
	for (unsigned i = 0; i < RIG_TLB; i++)
		if (rig.tlb[i].of == p && rig.tlb[i].page == address / 4096)
			rig.tlb[i].of = NULL;
	rig.tlb[turn++ % RIG_TLB] = (struct rig_mapping){p, address / 4096, *to};
	return true;
}

static inline uint64_t rig_window_object(const struct mapping *m)
{
	uint64_t frame = (m->physical - RIG_WINDOW) / 4096;

	return m->physical >= RIG_WINDOW && frame < RIG_FRAMES ? rig.frame_object[frame] : 0;
}

/* --- invocations --------------------------------------------------------------------------- */

struct rig_message {
	uint64_t order, word[4];
	uint8_t send[4], receive[4], reply;
	uint64_t string, length, buffer, room; /* addresses of the process's */
};

static inline void rig_registers(struct process *p, unsigned kind, unsigned slot, const struct rig_message *m)
{
	struct process_registers *r = kernel_registers(p);

	r->rax = kind;
	r->rdi = slot;
	r->rsi = m->order;
	r->rdx = m->word[0];
	r->r10 = m->word[1];
	r->r8 = m->word[2];
	r->r9 = m->word[3];
	r->r12 = r->r15 = 0;
	for (unsigned i = 0; i < 4; i++) {
		r->r12 |= (uint64_t)m->send[i] << 8 * i;
		r->r15 |= (uint64_t)m->receive[i] << 8 * i;
	}
	r->r15 |= (uint64_t)m->reply << 32;
	r->r13 = m->string;
	r->r14 = m->length;
	r->rbx = m->buffer;
	r->rbp = m->room;
}

/* As the system call would: what it has left in the area is kept first. */
static inline void rig_invoke(struct process *p, unsigned kind, unsigned slot, const struct rig_message *m)
{
	rig_registers(p, kind, slot, m);
	kernel_registers(p)->rip += 2;
	kernel_invoke(p);
}

/* A CALL that a kernel object answers at once: its result, or ~0 if it waits or did not go. */
static inline uint64_t rig_ask(struct process *p, unsigned slot, const struct rig_message *m)
{
	rig_invoke(p, INVOKE_CALL, slot, m);
	if (p->wait != WAIT_NOTHING || kernel_registers(p)->rax != INVOKE_OK)
		return ~0ull;
	while (p->then) { /* the string comes in its turn */
		void (*then)(struct process *) = p->then;

		p->then = NULL;
		then(p);
	}
	return kernel_registers(p)->rsi;
}

static inline uint64_t rig_order(struct process *p, unsigned slot, uint64_t order, uint64_t word0, uint64_t word1,
				 uint8_t send, uint8_t receive)
{
	struct rig_message m = {.order = order, .word = {word0, word1}, .send = {send}, .receive = {receive}};

	return rig_ask(p, slot, &m);
}

static inline uint64_t rig_alloc(struct process *p, uint64_t type, uint64_t argument, uint8_t slot)
{
	return rig_order(p, START_SLOT_BANK, BANK_ALLOC, type, argument, 0, slot);
}

/* A process that runs, with the space in this slot of the maker's and an endpoint if that is not 0; in `slot` of the
 * maker's. */
static inline struct process *rig_process(struct process *maker, uint8_t slot, uint8_t space, uint8_t endpoint)
{
	if (rig_alloc(maker, TYPE_PROCESS, 0, slot) != RESULT_OK)
		return NULL;
	rig_order(maker, slot, PROCESS_SET_SPACE, 0, 0, space, 0);
	rig_order(maker, slot, PROCESS_SET_ENDPOINT, 0, 0, endpoint, 0);
	rig_order(maker, slot, PROCESS_RESUME, 0, 0, 0, 0);
	return process_of(maker->slot[slot].object);
}

/* The bytes of a real page that a capability names. */
static inline uint8_t *rig_page(const struct process *p, unsigned slot)
{
	return page_bytes(p->slot[slot].object);
}

#endif
