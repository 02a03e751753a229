#include "vmm/boot/acpi.h"

#include "vmm/boot/aml.h"
#include "vmm/device/platform.h"

#include <string.h>

#define PACKED __attribute__((packed))

#define OEM_ID "LODEST"
#define OEM_TABLE_ID "LODESTOR"

#define LAPIC_ADDRESS 0xfee00000u
#define IOAPIC_ADDRESS 0xfec00000u
#define SCI_IRQ 9
#define RESET_PORT 0xcf9
#define RESET_VALUE 6
#define CMOS_CENTURY 0x32

struct PACKED rsdp {
	char signature[8];
	uint8_t checksum; /* of the first 20 bytes */
	char oem_id[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t extended_checksum; /* of all */
	uint8_t reserved[3];
};

struct PACKED header {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem_id[6], oem_table_id[8];
	uint32_t oem_revision;
	char creator_id[4];
	uint32_t creator_revision;
};

struct PACKED generic_address {
	uint8_t space; /* 1: I/O ports */
	uint8_t bit_width, bit_offset, access_size;
	uint64_t address;
};

struct PACKED fadt {
	struct header header;
	uint32_t facs, dsdt;
	uint8_t reserved1, profile;
	uint16_t sci_irq;
	uint32_t smi_command;
	uint8_t acpi_enable, acpi_disable, s4bios, pstate_control;
	uint32_t pm1a_event, pm1b_event, pm1a_control, pm1b_control, pm2_control, pm_timer, gpe0, gpe1;
	uint8_t pm1_event_length, pm1_control_length, pm2_control_length, pm_timer_length;
	uint8_t gpe0_length, gpe1_length, gpe1_base, cstate_control;
	uint16_t c2_latency, c3_latency, flush_size, flush_stride;
	uint8_t duty_offset, duty_width, day_alarm, month_alarm, century;
	uint16_t boot_flags;
	uint8_t reserved2;
	uint32_t flags;
	struct generic_address reset;
	uint8_t reset_value;
	uint16_t arm_boot_flags;
	uint8_t minor_version;
	uint64_t x_facs, x_dsdt;
	struct generic_address x_pm1a_event, x_pm1b_event, x_pm1a_control, x_pm1b_control, x_pm2_control, x_pm_timer,
		x_gpe0, x_gpe1;
};

#define FADT_HAS_LEGACY_DEVICES 0x1u
#define FADT_HAS_8042 0x2u
#define FADT_NO_VGA 0x4u
#define FADT_NO_MSI 0x8u

#define FADT_WBINVD 0x1u
#define FADT_C1 0x4u
#define FADT_NO_POWER_BUTTON 0x10u
#define FADT_NO_SLEEP_BUTTON 0x20u
#define FADT_NO_FIXED_RTC 0x40u
#define FADT_HAS_RESET 0x400u

struct PACKED facs {
	char signature[4];
	uint32_t length;
	uint8_t rest[56];
};

struct PACKED madt {
	struct header header;
	uint32_t lapic;
	uint32_t flags; /* 1: there are 8259s too */
	struct PACKED {
		uint8_t type, length, id, reserved;
		uint32_t address, first_gsi;
	} ioapic;
	struct PACKED madt_override {
		uint8_t type, length, bus, irq;
		uint32_t gsi;
		uint16_t flags;
	} timer, sci;
	struct PACKED {
		uint8_t type, length, processor;
		uint16_t flags;
		uint8_t lint;
	} nmi;
	struct PACKED {
		uint8_t type, length, processor, apic;
		uint32_t flags; /* 1: enabled */
	} cpus[ACPI_CPUS_MAX]; /* as many as there are belong to the table */
};

#define MADT_HIGH_LEVEL 0xdu

/* Everything, one after the other. FACS must lie at a multiple of 64. */
struct tables {
	struct rsdp rsdp;
	_Alignas(64) struct facs facs;
	_Alignas(16) struct PACKED {
		struct header header;
		uint32_t fadt, madt;
	} rsdt;
	_Alignas(16) struct PACKED {
		struct header header;
		uint64_t fadt, madt;
	} xsdt;
	_Alignas(16) struct fadt fadt;
	_Alignas(16) struct madt madt;
	_Alignas(16) struct PACKED {
		struct header header;
		uint8_t code[AML_SIZE_MAX]; /* what of it is used belongs to the table */
	} dsdt;
};

_Static_assert(sizeof(struct rsdp) == 36, "ACPI: RSDP");
_Static_assert(sizeof(struct fadt) == 244, "ACPI: FADT of revision 3");
_Static_assert(sizeof(struct facs) == 64, "ACPI: FACS");
_Static_assert(offsetof(struct madt, cpus) == 44 + 12 + 10 + 10 + 6, "ACPI: MADT");
_Static_assert(sizeof(((struct madt *)NULL)->cpus[0]) == 8, "ACPI: MADT's CPUs");
_Static_assert(sizeof(struct tables) <= ACPI_TABLES_SIZE, "ACPI: area");

/* What to add so that all bytes sum to zero. */
static uint8_t checksum(const void *table, size_t size)
{
	const uint8_t *bytes = table;
	uint8_t sum = 0;

	while (size--)
		sum = (uint8_t)(sum + *bytes++);
	return (uint8_t)-sum;
}

/* Fill the header of a table whose other fields are final. */
static void seal(struct header *header, const char *signature, uint8_t revision, uint32_t length)
{
	memcpy(header->signature, signature, 4);
	header->length = length;
	header->revision = revision;
	memcpy(header->oem_id, OEM_ID, 6);
	memcpy(header->oem_table_id, OEM_TABLE_ID, 8);
	header->oem_revision = 1;
	memcpy(header->creator_id, "LODE", 4);
	header->creator_revision = 1;
	header->checksum = 0;
	header->checksum = checksum(header, length);
}

static struct generic_address port(uint16_t address, uint8_t bytes)
{
	return (struct generic_address){.space = 1,
					.bit_width = (uint8_t)(8 * bytes),
					.access_size = bytes > 2 ? 3 : bytes,
					.address = address};
}

static void build_fadt(struct fadt *fadt, uint32_t facs, uint32_t dsdt, bool screen)
{
	fadt->facs = facs;
	fadt->dsdt = dsdt;
	fadt->x_dsdt = dsdt;
	fadt->sci_irq = SCI_IRQ;
	fadt->pm1a_event = ACPI_PM1A_EVENT_PORT;
	fadt->pm1_event_length = 4;
	fadt->x_pm1a_event = port(ACPI_PM1A_EVENT_PORT, 4);
	fadt->pm1a_control = ACPI_PM1A_CONTROL_PORT;
	fadt->pm1_control_length = 2;
	fadt->x_pm1a_control = port(ACPI_PM1A_CONTROL_PORT, 2);
	fadt->c2_latency = 0xffff; /* no C2, no C3 */
	fadt->c3_latency = 0xffff;
	fadt->century = CMOS_CENTURY;
	fadt->boot_flags = FADT_HAS_LEGACY_DEVICES | FADT_NO_MSI | (screen ? FADT_HAS_8042 : FADT_NO_VGA);
	fadt->flags = FADT_WBINVD | FADT_C1 | FADT_NO_POWER_BUTTON | FADT_NO_SLEEP_BUTTON | FADT_NO_FIXED_RTC |
		      FADT_HAS_RESET;
	fadt->reset = port(RESET_PORT, 1);
	fadt->reset_value = RESET_VALUE;
	seal(&fadt->header, "FACP", 3, sizeof(*fadt));
}

static struct madt_override override(uint8_t irq, uint32_t gsi, uint16_t flags)
{
	return (struct madt_override){.type = 2, .length = 10, .irq = irq, .gsi = gsi, .flags = flags};
}

static void build_madt(struct madt *madt, unsigned ncpus)
{
	madt->lapic = LAPIC_ADDRESS;
	madt->flags = 1;
	madt->ioapic.type = 1;
	madt->ioapic.length = sizeof(madt->ioapic);
	madt->ioapic.address = IOAPIC_ADDRESS;
	madt->timer = override(0, 2, 0);
	madt->sci = override(SCI_IRQ, SCI_IRQ, MADT_HIGH_LEVEL);
	madt->nmi.type = 4;
	madt->nmi.length = sizeof(madt->nmi);
	madt->nmi.processor = 0xff; /* every one */
	madt->nmi.lint = 1;
	for (unsigned i = 0; i < ncpus; i++) {
		madt->cpus[i].length = sizeof(madt->cpus[i]);
		madt->cpus[i].processor = (uint8_t)i;
		madt->cpus[i].apic = (uint8_t)i;
		madt->cpus[i].flags = 1;
	}
	seal(&madt->header, "APIC", 3, (uint32_t)(offsetof(struct madt, cpus) + ncpus * sizeof(madt->cpus[0])));
}

static void build_rsdp(struct rsdp *rsdp, uint32_t rsdt, uint64_t xsdt)
{
	memcpy(rsdp->signature, "RSD PTR ", 8);
	memcpy(rsdp->oem_id, OEM_ID, 6);
	rsdp->revision = 2;
	rsdp->rsdt = rsdt;
	rsdp->length = sizeof(*rsdp);
	rsdp->xsdt = xsdt;
	rsdp->checksum = checksum(rsdp, 20);
	rsdp->extended_checksum = checksum(rsdp, sizeof(*rsdp));
}

void acpi_build(uint8_t area[ACPI_TABLES_SIZE], gpa_t gpa, const struct acpi_pc *pc)
{
	uint32_t base = (uint32_t)gpa.v;
	struct tables t;

	memset(&t, 0, sizeof(t));
	build_rsdp(&t.rsdp, base + offsetof(struct tables, rsdt), base + offsetof(struct tables, xsdt));
	memcpy(t.facs.signature, "FACS", 4);
	t.facs.length = sizeof(t.facs);
	t.rsdt.fadt = base + offsetof(struct tables, fadt);
	t.rsdt.madt = base + offsetof(struct tables, madt);
	seal(&t.rsdt.header, "RSDT", 1, sizeof(t.rsdt));
	t.xsdt.fadt = t.rsdt.fadt;
	t.xsdt.madt = t.rsdt.madt;
	seal(&t.xsdt.header, "XSDT", 1, sizeof(t.xsdt));
	build_fadt(&t.fadt, base + offsetof(struct tables, facs), base + offsetof(struct tables, dsdt), pc->screen);
	build_madt(&t.madt, pc->ncpus);
	seal(&t.dsdt.header, "DSDT", 1, (uint32_t)sizeof(t.dsdt.header) + aml_build(t.dsdt.code, pc->virtio));
	memset(area, 0, ACPI_TABLES_SIZE);
	memcpy(area, &t, sizeof(t));
}
