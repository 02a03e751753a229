/*
 * ram.h: guest memory, one memfd mapped twice.
 *
 * The guest view is what KVM's memslots point at, and its protection is what
 * traps (trap.h). The monitor view is always readable and writable; loaders,
 * page walks and keepers use it. A region is a run of guest-physical addresses.
 */
#ifndef VMM_MACHINE_RAM_H
#define VMM_MACHINE_RAM_H

#include "capmodel/gpa.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RAM_REGIONS_MAX 32

/* The hole below 4 GiB for devices: [RAM_GAP_START, 4 GiB). */
#define RAM_GAP_START 0xc0000000ull
#define RAM_GAP_END 0x100000000ull

enum ram_kind {
	RAM_MAIN, /* told to the guest as usable memory */
	RAM_EXTRA, /* asked for at a fixed address; not told to the guest as usable */
	RAM_SYSTEM, /* the monitor's own tables for bare guests: not told to the guest */
	RAM_KEPT, /* backs a virtual range where there is no memory: no capability to it as a page */
};

struct ram_region {
	gpa_t start;
	uint64_t size;
	uint64_t offset; /* in the memfd */
	enum ram_kind kind;
};

struct ram {
	int memfd;
	uint64_t size; /* of the memfd */
	uint8_t *guest_view, *monitor_view;
	unsigned nregions;
	struct ram_region regions[RAM_REGIONS_MAX]; /* sorted by start */
};

/* Plan first: regions are added, then ram_map() makes them real. */
void ram_init(struct ram *ram);

/* size bytes from gpa 0, going on above the gap. 0, or -EINVAL with *why set to a text. */
int ram_add_main(struct ram *ram, uint64_t size, const char **why);

/* Page-aligned [start, start+size). 0, or -EINVAL/-EEXIST/-ENOSPC with *why set. */
int ram_add(struct ram *ram, gpa_t start, uint64_t size, enum ram_kind kind, const char **why);

/* Make the memfd and both views. 0 or -errno. */
int ram_map(struct ram *ram);
void ram_unmap(struct ram *ram);

/* The region that holds gpa, or NULL. */
const struct ram_region *ram_region_of(const struct ram *ram, gpa_t gpa);

/* The monitor's bytes for [gpa, gpa+size), NULL unless one region holds them all. */
uint8_t *ram_bytes(const struct ram *ram, gpa_t gpa, uint64_t size);

/* As ram_bytes, in the guest view. Only trap.c changes its protection. */
uint8_t *ram_guest_bytes(const struct ram *ram, gpa_t gpa, uint64_t size);

/* The main memory's bytes in all: what the guest is told it has. */
uint64_t ram_main_size(const struct ram *ram);

#endif
