#include "vmm/machine/trap.h"

#include <errno.h>
#include <stdlib.h>
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

int trap_set(struct trap *trap, gpa_t gpa, enum trap_mode mode)
{
	gpa_t start = {gpa.v & ~PAGE_MASK};
	int64_t page = page_of(trap, start);

	if (page < 0)
		return -ENOENT;
	if (mprotect(ram_guest_bytes(trap->ram, start, PAGE_SIZE), PAGE_SIZE, protection[mode]) < 0)
		return -errno;
	trap->modes[page] = (uint8_t)mode;
	trap->changes++;
	return 0;
}

enum trap_mode trap_get(const struct trap *trap, gpa_t gpa)
{
	int64_t page = page_of(trap, gpa);

	return page < 0 ? TRAP_NONE : (enum trap_mode)trap->modes[page];
}

uint64_t trap_changes(const struct trap *trap)
{
	return trap->changes;
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
