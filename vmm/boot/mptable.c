#include "vmm/boot/mptable.h"

#include <string.h>

#define PACKED __attribute__((packed))

#define SPECIFICATION 4 /* 1.4 */
#define LAPIC_ADDRESS 0xfee00000u
#define LAPIC_VERSION 0x14
#define IOAPIC_ADDRESS 0xfec00000u
#define IOAPIC_VERSION 0x11
#define CPU_ENABLED 1
#define CPU_BOOT 2
#define CPU_SIGNATURE 0x600u
#define CPU_FPU_AND_APIC 0x201u
#define IRQS 16u
#define IRQ_TIMER 0u
#define IRQ_CASCADE 2u
#define EVERY_LAPIC 0xff

enum entry_kind { ENTRY_CPU, ENTRY_BUS, ENTRY_IOAPIC, ENTRY_INTERRUPT, ENTRY_LOCAL };
enum interrupt_kind { INTERRUPT_INT, INTERRUPT_NMI, INTERRUPT_SMI, INTERRUPT_EXTERNAL };

struct PACKED pointer {
	char signature[4];
	uint32_t table;
	uint8_t length, specification, checksum; /* length in paragraphs of 16 bytes */
	uint8_t features[5]; /* all zero: there is a table, and no IMCR */
};

struct PACKED header {
	char signature[4];
	uint16_t length;
	uint8_t specification, checksum;
	char oem[8], product[12];
	uint32_t oem_table;
	uint16_t oem_size, count;
	uint32_t lapic;
	uint16_t extended_length;
	uint8_t extended_checksum, reserved;
};

struct PACKED cpu {
	uint8_t kind, lapic, version, flags;
	uint32_t signature, features, reserved[2];
};

struct PACKED bus {
	uint8_t kind, id;
	char name[6];
};

struct PACKED ioapic {
	uint8_t kind, id, version, flags; /* 1: usable */
	uint32_t address;
};

struct PACKED interrupt {
	uint8_t kind, type;
	uint16_t flags; /* 0: as its bus has it */
	uint8_t bus, irq, apic, pin;
};

_Static_assert(sizeof(struct pointer) == 16 && sizeof(struct header) == 44 && sizeof(struct cpu) == 20 &&
		       sizeof(struct bus) == 8 && sizeof(struct ioapic) == 8 && sizeof(struct interrupt) == 8,
	       "MP table");
_Static_assert(sizeof(struct pointer) + sizeof(struct header) + MPTABLE_CPUS_MAX * sizeof(struct cpu) +
			       (2 + IRQS + 2) * sizeof(struct interrupt) <=
		       MPTABLE_SIZE,
	       "MP table: area");

/* Entries are put one after the other. */
struct table {
	uint8_t *at; /* the header's */
	uint16_t length, count;
};

static void put(struct table *t, const void *entry, uint16_t size)
{
	memcpy(t->at + t->length, entry, size);
	t->length = (uint16_t)(t->length + size);
	t->count++;
}

static uint8_t checksum(const void *from, unsigned size)
{
	const uint8_t *bytes = from;
	uint8_t sum = 0;

	while (size--)
		sum = (uint8_t)(sum + *bytes++);
	return (uint8_t)-sum;
}

static void put_cpus(struct table *t, unsigned ncpus)
{
	for (unsigned i = 0; i < ncpus; i++) {
		struct cpu cpu = {.kind = ENTRY_CPU,
				  .lapic = (uint8_t)i,
				  .version = LAPIC_VERSION,
				  .flags = CPU_ENABLED | (i == 0 ? CPU_BOOT : 0),
				  .signature = CPU_SIGNATURE,
				  .features = CPU_FPU_AND_APIC};

		put(t, &cpu, sizeof(cpu));
	}
}

static void put_interrupts(struct table *t)
{
	const struct interrupt external = {ENTRY_LOCAL, INTERRUPT_EXTERNAL, 0, 0, 0, EVERY_LAPIC, 0};
	const struct interrupt nmi = {ENTRY_LOCAL, INTERRUPT_NMI, 0, 0, 0, EVERY_LAPIC, 1};

	for (uint8_t irq = 0; irq < IRQS; irq++) {
		uint8_t pin = irq == IRQ_TIMER ? 2 : irq;
		struct interrupt one = {ENTRY_INTERRUPT, INTERRUPT_INT, 0, 0, irq, 0, pin};

		if (irq != IRQ_CASCADE)
			put(t, &one, sizeof(one));
	}
	put(t, &external, sizeof(external));
	put(t, &nmi, sizeof(nmi));
}

void mptable_build(uint8_t area[MPTABLE_SIZE], gpa_t gpa, unsigned ncpus)
{
	struct pointer pointer = {.signature = {'_', 'M', 'P', '_'},
				  .table = (uint32_t)gpa.v + sizeof(pointer),
				  .length = 1,
				  .specification = SPECIFICATION};
	struct header header = {
		.signature = {'P', 'C', 'M', 'P'}, .specification = SPECIFICATION, .lapic = LAPIC_ADDRESS};
	const struct bus bus = {ENTRY_BUS, 0, {'I', 'S', 'A', ' ', ' ', ' '}};
	const struct ioapic ioapic = {ENTRY_IOAPIC, 0, IOAPIC_VERSION, 1, IOAPIC_ADDRESS};
	struct table t = {.at = area + sizeof(pointer), .length = sizeof(header)};

	memset(area, 0, MPTABLE_SIZE);
	put_cpus(&t, ncpus);
	put(&t, &bus, sizeof(bus));
	put(&t, &ioapic, sizeof(ioapic));
	put_interrupts(&t);
	memcpy(header.oem, "LODESTOR", 8);
	memcpy(header.product, "PC          ", 12);
	header.length = t.length;
	header.count = t.count;
	memcpy(t.at, &header, sizeof(header));
	header.checksum = checksum(t.at, t.length);
	memcpy(t.at, &header, sizeof(header));
	pointer.checksum = checksum(&pointer, sizeof(pointer));
	memcpy(area, &pointer, sizeof(pointer));
}
