#include "vmm/boot/record.h"

#include "guest/abi/boot.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES 255u

/* The record and what it points at are put one after the other. */
struct record {
	const struct ram *ram;
	uint64_t next, end;
	struct guest_boot boot;
};

/* Put size bytes; their address, or 0 when the room is used up. */
static uint64_t put(struct record *record, const void *bytes, uint64_t size)
{
	uint64_t at = (record->next + 7) & ~7ull;
	uint8_t *there = ram_bytes(record->ram, (gpa_t){at}, size);

	if (at > record->end || size > record->end - at || !there)
		return 0;
	memcpy(there, bytes, size);
	record->next = at + size;
	return at;
}

static unsigned kind_of(enum ram_kind kind)
{
	switch (kind) {
	case RAM_MAIN:
		return GUEST_MEMORY_USABLE;
	case RAM_EXTRA:
		return GUEST_MEMORY_EXTRA;
	case RAM_SYSTEM:
		return GUEST_MEMORY_SYSTEM;
	case RAM_KEPT:
		break; /* no memory, as far as the guest is told */
	}
	return 0;
}

static void put_memory(const struct boot *boot, struct record *record)
{
	struct guest_boot_memory memory[RAM_REGIONS_MAX + ELF_SEGMENTS_MAX + BOOT_MODULES_MAX];
	unsigned n = 0;

	for (unsigned i = 0; i < record->ram->nregions; i++) {
		const struct ram_region *r = &record->ram->regions[i];

		if (kind_of(r->kind))
			memory[n++] = (struct guest_boot_memory){r->start.v, r->size, kind_of(r->kind), 0};
	}
	for (unsigned i = 0; i < boot->elf.nsegments; i++)
		memory[n++] = (struct guest_boot_memory){boot->elf.segments[i].paddr.v,
							 boot->elf.segments[i].memory_size, GUEST_MEMORY_IMAGE, 0};
	for (unsigned i = 0; i < boot->options.nmodules; i++)
		memory[n++] = (struct guest_boot_memory){boot->modules_at[i].v, boot->modules[i].size,
							 GUEST_MEMORY_MODULE, 0};
	record->boot.nmemory = n;
	record->boot.memory = put(record, memory, n * sizeof(memory[0]));
}

/* False when a name found no room. */
static bool put_modules(const struct boot *boot, struct record *record)
{
	struct guest_boot_module modules[BOOT_MODULES_MAX];
	unsigned n = boot->options.nmodules;

	for (unsigned i = 0; i < n; i++) {
		const char *slash = strrchr(boot->modules[i].path, '/');
		char name[NAME_MAX_BYTES + 1];

		snprintf(name, sizeof(name), "%s", slash ? slash + 1 : boot->modules[i].path);
		modules[i] = (struct guest_boot_module){put(record, name, strlen(name) + 1), boot->modules_at[i].v,
							boot->modules[i].size};
		if (!modules[i].name)
			return false;
	}
	record->boot.nmodules = n;
	record->boot.modules = n ? put(record, modules, n * sizeof(modules[0])) : 0;
	return n == 0 || record->boot.modules;
}

int record_write(const struct boot *boot, const struct ram *ram, gpa_t at, uint64_t room, uint64_t rsdp,
		 struct error *e)
{
	const char *line = boot->options.append ? boot->options.append : "";
	struct record record = {
		.ram = ram,
		.next = at.v + sizeof(record.boot),
		.end = at.v + room,
		.boot = {.magic = GUEST_BOOT_MAGIC,
			 .version = GUEST_BOOT_VERSION,
			 .size = sizeof(record.boot),
			 .rsdp = rsdp,
			 .flags = boot->no_syscall ? GUEST_BOOT_NO_SYSCALL : 0,
			 .window = boot->window_size ? boot->window.v : 0,
			 .window_size = boot->window_size},
	};

	put_memory(boot, &record);
	record.boot.command_line = put(&record, line, strlen(line) + 1);
	if (!put_modules(boot, &record) || !record.boot.memory || !record.boot.command_line)
		return error_set(e, STATUS_INPUT,
				 "elf: command line and module names are too long for the boot record");
	return boot_copy(ram, at, &record.boot, sizeof(record.boot), "boot record", e);
}
