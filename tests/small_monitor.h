/*
 * small_monitor.h: for tests, 64 KiB of guest memory under page tables, shared by
 * any number of threads that each have a monitor without KVM of their own.
 */
#ifndef TESTS_SMALL_MONITOR_H
#define TESTS_SMALL_MONITOR_H

#include "tests/check.h"
#include "vmm/access/access.h"

#include <stdlib.h>

#define CODE 0x1000
#define TABLES 0x2000 /* four pages: PML4, PDPT, PD, PT */
#define DATA 0x8000
#define FAR_PAGE 0xc000 /* where the page behind DATA is mapped to: no neighbour */
#define MEMORY 0x10000
#define UNMAPPED 0xe000
#define FLAGS 0x7ull /* present, writable, user */

static struct ram ram;
static struct space *space;
static struct trap *trap;

static inline uint8_t *bytes_at(uint64_t gpa)
{
	return ram_bytes(&ram, (gpa_t){gpa}, 1);
}

static inline void *entry(void *self, gpa_t gpa, unsigned size)
{
	(void)self;
	return ram_bytes(&ram, gpa, size);
}

static inline void build_memory(void)
{
	const char *why;
	uint64_t *tables;

	ram_init(&ram);
	CHECK_EQ(ram_add(&ram, (gpa_t){0}, MEMORY, RAM_MAIN, &why), 0);
	CHECK_EQ(ram_map(&ram), 0);
	space = space_new();
	CHECK_EQ(space_put_memory(space, (gpa_t){0}, MEMORY, bytes_at(0), RIGHTS_ALL), 0);
	trap = trap_new(&ram);
	tables = (uint64_t *)(void *)bytes_at(TABLES);
	for (unsigned i = 0; i < 3; i++)
		tables[512 * i] = (TABLES + PAGE_SIZE * (i + 1)) | FLAGS;
	for (uint64_t page = 0; page < MEMORY / PAGE_SIZE; page++)
		tables[512 * 3 + page] = (page * PAGE_SIZE) | FLAGS;
	tables[512 * 3 + DATA / PAGE_SIZE + 1] = FAR_PAGE | FLAGS;
	tables[512 * 3 + UNMAPPED / PAGE_SIZE] = 0;
}

static inline void free_memory(void)
{
	trap_free(trap);
	space_free(space);
	ram_unmap(&ram);
}

/* One thread with a monitor of its own over the shared memory. */
struct monitor {
	struct walk_memory tables;
	struct translator translator;
	struct access_env env;
	struct regs regs;
	struct plan *plan;
	unsigned failed;
};

static inline void monitor_begin(struct monitor *m, uint64_t rbx)
{
	memset(m, 0, sizeof(*m));
	m->tables.entry = entry;
	m->translator = (struct translator){.memory = &m->tables, .trap = trap, .phys_bits = 40};
	m->env = (struct access_env){
		.space = space,
		.ram = &ram,
		.trap = trap,
		.decoder = decoder_new(),
		.executor = executor_new(),
		.translator = &m->translator,
	};
	m->plan = calloc(1, sizeof(*m->plan));
	m->regs = (struct regs){
		.gpr = {[GPR_RBX] = rbx},
		.rip = CODE,
		.rflags = RFLAGS_FIXED,
		.cr0 = CR0_PE | CR0_PG | CR0_WP,
		.cr3 = TABLES,
		.cr4 = CR4_PAE,
		.efer = EFER_LME | EFER_LMA | EFER_NXE,
		.cpl = 3,
		.mode = MODE_64,
		.stack_size = 8,
	};
}

static inline void monitor_end(struct monitor *m)
{
	executor_free(m->env.executor);
	decoder_free(m->env.decoder);
	free(m->plan);
}

#endif
