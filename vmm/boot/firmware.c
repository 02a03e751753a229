#include "vmm/boot/firmware.h"

#include "vmm/boot/mptable.h"

#include <string.h>

#define LOW_SIZE 0x100000ull

/* The BIOS's data, and its extension, which ends base memory: e820.c has its address too. */
#define DATA_SERIAL_PORT 0x400u
#define DATA_EXTENSION 0x40eu /* a segment */
#define DATA_EQUIPMENT 0x410u
#define DATA_BASE_MEMORY 0x413u /* in KiB */
#define DATA_SCREEN_MODE 0x449u
#define DATA_SCREEN_COLUMNS 0x44au
#define DATA_SCREEN_SIZE 0x44cu /* bytes of a page of it */
#define DATA_SCREEN_PORT 0x463u
#define DATA_SCREEN_LAST_ROW 0x484u
#define DATA_CHARACTER_HEIGHT 0x485u

#define EXTENSION_AT 0x9fc00u
#define EXTENSION_KIB 1u
#define SERIAL_PORT 0x3f8u
#define EQUIPMENT_SCREEN_COLOR 0x20u
#define EQUIPMENT_ONE_SERIAL 0x200u
#define SCREEN_MODE 3u
#define SCREEN_PORT 0x3d4u

static void put16(uint8_t *low, unsigned at, unsigned value)
{
	uint16_t half = (uint16_t)value;

	memcpy(low + at, &half, sizeof(half));
}

static void put_data(uint8_t *low)
{
	put16(low, DATA_SERIAL_PORT, SERIAL_PORT);
	put16(low, DATA_EXTENSION, EXTENSION_AT >> 4);
	put16(low, DATA_EQUIPMENT, EQUIPMENT_SCREEN_COLOR | EQUIPMENT_ONE_SERIAL);
	put16(low, DATA_BASE_MEMORY, EXTENSION_AT >> 10);
	low[DATA_SCREEN_MODE] = SCREEN_MODE;
	put16(low, DATA_SCREEN_COLUMNS, 80);
	put16(low, DATA_SCREEN_SIZE, 0x1000);
	put16(low, DATA_SCREEN_PORT, SCREEN_PORT);
	low[DATA_SCREEN_LAST_ROW] = 24;
	put16(low, DATA_CHARACTER_HEIGHT, 16);
	low[EXTENSION_AT] = EXTENSION_KIB;
}

int firmware_load(const struct ram *ram, const struct acpi_pc *pc, struct error *e)
{
	uint8_t *low = ram_bytes(ram, (gpa_t){0}, LOW_SIZE);

	_Static_assert(ACPI_CPUS_MAX == MPTABLE_CPUS_MAX, "both tables have the same CPUs");
	if (!low)
		return error_set(e, STATUS_HOST, "firmware: the first MiB is not mapped");
	put_data(low);
	acpi_build(low + ACPI_AREA, (gpa_t){ACPI_AREA}, pc);
	mptable_build(low + MPTABLE_AREA, (gpa_t){MPTABLE_AREA}, pc->ncpus);
	return 0;
}
