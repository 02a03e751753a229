#include "vmm/boot/acpi.h"

#include "tests/check.h"
#include "vmm/device/platform.h"
#include "vmm/device/virtio/slot.h"

#include <stdbool.h>

#define AT 0xe0000u

static uint8_t area[ACPI_TABLES_SIZE];

static uint64_t field(const uint8_t *table, unsigned offset, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, table + offset, size);
	return value;
}

static uint8_t sum(const uint8_t *bytes, uint64_t size)
{
	uint8_t total = 0;

	while (size--)
		total = (uint8_t)(total + *bytes++);
	return total;
}

/* The table at an address, if it lies in the area whole, with this signature and a right checksum. */
static const uint8_t *table_at(uint64_t address, const char *signature)
{
	const uint8_t *table = area + (address - AT);
	uint64_t length;

	CHECK_AT(address >= AT && address + 36 <= AT + sizeof(area), "%s is at 0x%" PRIx64, signature, address);
	if (address < AT || address + 36 > AT + sizeof(area))
		return area;
	CHECK_AT(memcmp(table, signature, 4) == 0, "no %s", signature);
	length = field(table, 4, 4);
	CHECK(length >= 36 && address + length <= AT + sizeof(area));
	CHECK_EQ(sum(table, length), 0);
	return table;
}

static void tables_lead_to_each_other(void)
{
	const uint8_t *rsdt, *xsdt, *fadt, *dsdt;

	acpi_build(area, (gpa_t){AT}, &(struct acpi_pc){.ncpus = 1});
	CHECK(memcmp(area, "RSD PTR ", 8) == 0);
	CHECK_EQ(sum(area, 20), 0);
	CHECK_EQ(sum(area, 36), 0);
	rsdt = table_at(field(area, 16, 4), "RSDT");
	xsdt = table_at(field(area, 24, 8), "XSDT");
	CHECK_EQ(field(rsdt, 4, 4), 36 + 2 * 4);
	CHECK_EQ(field(xsdt, 4, 4), 36 + 2 * 8);
	fadt = table_at(field(rsdt, 36, 4), "FACP");
	CHECK(fadt == table_at(field(xsdt, 36, 8), "FACP"));
	CHECK(table_at(field(rsdt, 40, 4), "APIC") == table_at(field(xsdt, 44, 8), "APIC"));
	dsdt = table_at(field(fadt, 40, 4), "DSDT");
	CHECK(dsdt == table_at(field(fadt, 140, 8), "DSDT"));
	CHECK_EQ(field(fadt, 36, 4) % 64, 0);
	CHECK(memcmp(area + (field(fadt, 36, 4) - AT), "FACS", 4) == 0);
}

static void the_fadt_says_how_to_end(void)
{
	const uint8_t *fadt;

	acpi_build(area, (gpa_t){AT}, &(struct acpi_pc){.ncpus = 1});
	fadt = table_at(field(table_at(field(area, 16, 4), "RSDT"), 36, 4), "FACP");
	CHECK_EQ(field(fadt, 46, 2), 9); /* SCI_INT */
	CHECK_EQ(field(fadt, 48, 4), 0); /* SMI_CMD: ACPI is on from the start */
	CHECK_EQ(field(fadt, 56, 4), ACPI_PM1A_EVENT_PORT);
	CHECK_EQ(field(fadt, 64, 4), ACPI_PM1A_CONTROL_PORT);
	CHECK_EQ(field(fadt, 88, 1), 4);
	CHECK_EQ(field(fadt, 89, 1), 2);
	CHECK(field(fadt, 112, 4) & 0x400); /* RESET_REG_SUP */
	CHECK_EQ(field(fadt, 116, 1), 1); /* by I/O port */
	CHECK_EQ(field(fadt, 120, 8), 0xcf9);
	CHECK_EQ(field(fadt, 128, 1), 6);
}

static void the_fadt_tells_of_screen_and_keyboard(void)
{
	for (unsigned screen = 0; screen < 2; screen++) {
		const uint8_t *fadt;

		acpi_build(area, (gpa_t){AT}, &(struct acpi_pc){.ncpus = 1, .screen = screen});
		fadt = table_at(field(table_at(field(area, 16, 4), "RSDT"), 36, 4), "FACP");
		CHECK_EQ(field(fadt, 109, 2) >> 1 & 1, screen); /* 8042 */
		CHECK_EQ(field(fadt, 109, 2) >> 2 & 1, !screen); /* VGA Not Present */
	}
}

static void the_dsdt_names_the_sleep_type(void)
{
	static const uint8_t s5[] = {0x08, '_', 'S', '5', '_', 0x12, 0x08, 0x04, 0x0a, ACPI_SLEEP_S5};
	const uint8_t *fadt, *dsdt;

	acpi_build(area, (gpa_t){AT}, &(struct acpi_pc){.ncpus = 1});
	fadt = table_at(field(table_at(field(area, 16, 4), "RSDT"), 36, 4), "FACP");
	dsdt = table_at(field(fadt, 40, 4), "DSDT");
	CHECK(memcmp(dsdt + 36, s5, sizeof(s5)) == 0);
	/* the package's length ends with the table */
	CHECK_EQ(36 + 6 + dsdt[36 + 6], field(dsdt, 4, 4));
}

static unsigned devices_of(const uint8_t *dsdt, uint32_t slots)
{
	const uint8_t *end = dsdt + field(dsdt, 4, 4), *scope = dsdt + 36 + 14, *device = scope + 8;
	unsigned count = 0;

	/* Scope (\_SB_), whose length of two bytes reaches to the table's end */
	CHECK_EQ(scope[0], 0x10);
	CHECK_EQ((scope[1] & 0xf) + (scope[2] << 4), end - (scope + 1));
	CHECK(memcmp(scope + 3, "\\_SB_", 5) == 0);
	for (unsigned slot = 0; slot < VIRTIO_SLOTS; slot++) {
		if (!(slots & (1u << slot)))
			continue;
		CHECK_EQ(field(device, 0, 2), 0x825b);
		CHECK_EQ(device[6], '0' + slot);
		CHECK(memcmp(device + 13, "LNRO0005", 9) == 0);
		CHECK_EQ(field(device, 42, 4), VIRTIO_REGISTERS + slot * VIRTIO_PAGE);
		CHECK_EQ(field(device, 46, 4), VIRTIO_PAGE);
		CHECK_EQ(field(device, 53, 2), 0x0101); /* consumer, level, active high, exclusive; one */
		CHECK_EQ(field(device, 55, 4), VIRTIO_LINE + slot);
		device += 2 + device[2];
		count++;
	}
	CHECK(device == end);
	return count;
}

static void the_dsdt_names_virtio_devices(void)
{
	const uint8_t *fadt;

	for (unsigned slots = 1; slots <= 0xff; slots += 0x7f) {
		acpi_build(area, (gpa_t){AT}, &(struct acpi_pc){.ncpus = 1, .virtio = slots});
		fadt = table_at(field(table_at(field(area, 16, 4), "RSDT"), 36, 4), "FACP");
		CHECK_EQ(devices_of(table_at(field(fadt, 40, 4), "DSDT"), slots), (unsigned)__builtin_popcount(slots));
	}
}

static void madt_of(unsigned ncpus)
{
	const struct {
		const char *name;
		unsigned type, length, count;
	} rows[] = {
		{"local APIC", 0, 8, ncpus},
		{"IOAPIC", 1, 12, 1},
		{"override", 2, 10, 2},
		{"NMI", 4, 6, 1},
	};
	unsigned counts[8] = {0};
	const uint8_t *madt, *end;

	acpi_build(area, (gpa_t){AT}, &(struct acpi_pc){.ncpus = ncpus});
	madt = table_at(field(table_at(field(area, 16, 4), "RSDT"), 40, 4), "APIC");
	CHECK_EQ(field(madt, 36, 4), 0xfee00000);
	end = madt + field(madt, 4, 4);
	for (const uint8_t *entry = madt + 44; entry < end && entry[1]; entry += entry[1]) {
		for (unsigned i = 0; i < 4; i++)
			if (entry[0] == rows[i].type && entry[1] == rows[i].length)
				counts[i]++;
		if (entry[0] == 0) { /* processor, APIC ID, enabled */
			CHECK_EQ(entry[2], counts[0] - 1);
			CHECK_EQ(entry[3], counts[0] - 1);
			CHECK_EQ(field(entry, 4, 4), 1);
		}
		if (entry[0] == 1)
			CHECK_EQ(field(entry, 4, 4), 0xfec00000);
		if (entry[0] == 2 && entry[3] == 0)
			CHECK_EQ(field(entry, 4, 4), 2);
		if (entry[0] == 2 && entry[3] == 9)
			CHECK_EQ(field(entry, 8, 2), 0xd); /* active high, level */
		counts[7]++;
	}
	for (unsigned i = 0; i < 4; i++) {
		check_row = rows[i].name;
		CHECK_EQ(counts[i], rows[i].count);
	}
	CHECK_EQ(counts[7], 4 + ncpus);
}

static void the_madt_has_every_cpu_and_one_of_each(void)
{
	madt_of(1);
	madt_of(2);
	madt_of(ACPI_CPUS_MAX);
}

CHECK_MAIN(CHECK_TEST(tables_lead_to_each_other), CHECK_TEST(the_fadt_says_how_to_end),
	   CHECK_TEST(the_fadt_tells_of_screen_and_keyboard), CHECK_TEST(the_dsdt_names_the_sleep_type),
	   CHECK_TEST(the_dsdt_names_virtio_devices), CHECK_TEST(the_madt_has_every_cpu_and_one_of_each))
