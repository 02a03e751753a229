#include "vmm/machine/trap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct trap {
	const struct ram *ram;
	uint64_t changes;
	uint8_t *modes; /* enum trap_mode of each page of the memfd */
};

static const int protection[] = {
	[TRAP_NONE] = PROT_READ | PROT_WRITE,
	[TRAP_STORES] = PROT_READ,
	[TRAP_ALL] = PROT_NONE,
};

struct trap *trap_new(const struct ram *ram)
{
	struct trap *trap = calloc(1, sizeof(*trap));

	if (!trap)
		return NULL;
	trap->ram = ram;
	trap->modes = calloc(ram->size / PAGE_SIZE, 1);
	if (!trap->modes) {
		free(trap);
		return NULL;
	}
	return trap;
}

void trap_free(struct trap *trap)
{
	if (!trap)
		return;
	free(trap->modes);
	free(trap);
}

/* The number of gpa's page within the memfd, or -1. */
static int64_t page_of(const struct trap *trap, gpa_t gpa)
{
	const struct ram_region *region = ram_region_of(trap->ram, gpa);

	if (!region)
		return -1;
	return (int64_t)((region->offset + (gpa.v - region->start.v)) / PAGE_SIZE);
}

/* The bytes from gpa on that the same region holds, at most size; 0 where there is no memory. */
static uint64_t within_region(const struct trap *trap, gpa_t gpa, uint64_t size)
{
	const struct ram_region *region = ram_region_of(trap->ram, gpa);
	uint64_t left = region ? region->size - (gpa.v - region->start.v) : 0;

	return left < size ? left : size;
}

static int set_run(struct trap *trap, gpa_t start, uint64_t size, enum trap_mode mode)
{
	uint8_t *modes = trap->modes + page_of(trap, start);

	if (mprotect(ram_guest_bytes(trap->ram, start, size), size, protection[mode]) < 0)
		return -errno;
	for (uint64_t i = 0; i < size / PAGE_SIZE; i++)
		__atomic_store_n(&modes[i], (uint8_t)mode, __ATOMIC_RELAXED);
	__atomic_fetch_add(&trap->changes, 1, __ATOMIC_RELEASE); /* who has seen it sees the modes */
	return 0;
}

int trap_set_range(struct trap *trap, gpa_t start, uint64_t size, enum trap_mode mode)
{
	for (uint64_t at = 0, run; at < size; at += run)
		if ((run = within_region(trap, (gpa_t){start.v + at}, size - at)) == 0)
			return -ENOENT;
	for (uint64_t at = 0, run; at < size; at += run) {
		gpa_t from = {start.v + at};
		int err;

		run = within_region(trap, from, size - at);
		if ((err = set_run(trap, from, run, mode)) < 0)
			return err;
	}
	return 0;
}

int trap_set(struct trap *trap, gpa_t gpa, enum trap_mode mode)
{
	return trap_set_range(trap, (gpa_t){gpa.v & ~PAGE_MASK}, PAGE_SIZE, mode);
}

enum trap_mode trap_get(const struct trap *trap, gpa_t gpa)
{
	int64_t page = page_of(trap, gpa);

	return page < 0 ? TRAP_NONE : (enum trap_mode)__atomic_load_n(&trap->modes[page], __ATOMIC_RELAXED);
}

uint64_t trap_changes(const struct trap *trap)
{
	return __atomic_load_n(&trap->changes, __ATOMIC_ACQUIRE);
}

bool trap_catches(const struct trap *trap, gpa_t gpa, bool store)
{
	enum trap_mode mode = trap_get(trap, gpa);

	return mode == TRAP_ALL || (mode == TRAP_STORES && store);
}

const uint8_t *trap_bytes(const struct trap *trap, gpa_t gpa)
{
	return trap_get(trap, gpa) == TRAP_ALL ? NULL : ram_bytes(trap->ram, (gpa_t){gpa.v & ~PAGE_MASK}, PAGE_SIZE);
}
