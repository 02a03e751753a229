/*
 * bare_tables.c: the system region of a bare guest.
 *
 *	handlers | IDT | GDT | TSS | stack | page tables
 *
 * Every vector's gate leads to HLT at handlers + BOOT_HANDLER_STRIDE * vector, so
 * that the HLT exit's RIP tells which exception stopped the guest, with its frame
 * on the stack. In long mode that is a stack of its own; in legacy modes one of
 * its own from ring 3, and the guest's from ring 0.
 */
#include "vmm/boot/bare_tables.h"

#include "vmm/boot/legacy.h"

#include <string.h>

#define HANDLERS_OFFSET 0x0000u
#define IDT_OFFSET 0x1000u
#define GDT_OFFSET 0x2000u
#define TSS_OFFSET 0x3000u /* three pages: it has an I/O bitmap */
#define STACK_END 0xa000u

static void write_handlers(uint8_t *handlers)
{
	static const uint8_t halt[] = {0xf4, 0xeb, 0xfd}; /* hlt; jmp to it */

	for (unsigned vector = 0; vector < IDT_ENTRIES; vector++)
		memcpy(handlers + BOOT_HANDLER_STRIDE * vector, halt, sizeof(halt));
}

static void point_at(uint64_t system, struct boot_state *state)
{
	state->gdt_base = system + GDT_OFFSET;
	state->idt_base = system + IDT_OFFSET;
	state->tss_base = system + TSS_OFFSET;
	state->tss_limit = TSS_SIZE - 1;
	state->tss_selector = SELECTOR_TSS;
	state->handlers = (gpa_t){system + HANDLERS_OFFSET};
}

static void long_tables(uint8_t *bytes, uint64_t system, struct boot_state *state)
{
	uint64_t gdt[GDT_ENTRIES], idt[2 * IDT_ENTRIES];

	write_handlers(bytes + HANDLERS_OFFSET);
	segments_idt(idt, system + HANDLERS_OFFSET, BOOT_HANDLER_STRIDE);
	memcpy(bytes + IDT_OFFSET, idt, sizeof(idt));
	segments_gdt(gdt, system + TSS_OFFSET);
	memcpy(bytes + GDT_OFFSET, gdt, sizeof(gdt));
	segments_tss(bytes + TSS_OFFSET, system + STACK_END);
	point_at(system, state);
	state->gdt_limit = sizeof(gdt) - 1;
	state->idt_limit = sizeof(idt) - 1;
}

static void legacy_tables(const struct legacy_segments *s, uint8_t *bytes, uint64_t system, struct boot_state *state)
{
	uint64_t gdt[LEGACY_GDT_ENTRIES], idt[IDT_ENTRIES];
	uint32_t origin = (uint32_t)(system - s->system); /* of the region in its own segments */

	write_handlers(bytes + HANDLERS_OFFSET);
	legacy_idt(s, origin + HANDLERS_OFFSET, BOOT_HANDLER_STRIDE, idt);
	memcpy(bytes + IDT_OFFSET, idt, sizeof(idt));
	legacy_gdt(s, system + TSS_OFFSET, gdt);
	memcpy(bytes + GDT_OFFSET, gdt, sizeof(gdt));
	legacy_tss(bytes + TSS_OFFSET, origin + STACK_END);
	point_at(system, state);
	state->gdt_limit = sizeof(gdt) - 1;
	state->idt_limit = sizeof(idt) - 1;
}

static int real_tables(const struct ram *ram, uint64_t system, struct boot_state *state)
{
	uint8_t *vectors = ram_bytes(ram, (gpa_t){REAL_VECTORS}, REAL_VECTORS_SIZE);
	uint8_t *handlers = ram_bytes(ram, (gpa_t){REAL_HANDLERS}, REAL_HANDLERS_SIZE);
	uint32_t table[IDT_ENTRIES];

	if (!vectors || !handlers)
		return -1;
	write_handlers(handlers);
	legacy_vectors(REAL_HANDLERS >> 4, BOOT_HANDLER_STRIDE, table);
	memcpy(vectors, table, sizeof(table));
	point_at(system, state);
	state->gdt_limit = 0;
	state->idt_base = REAL_VECTORS;
	state->idt_limit = REAL_VECTORS_SIZE - 1;
	state->handlers = (gpa_t){REAL_HANDLERS};
	return 0;
}

int bare_tables_of_others(const struct ram *ram, gpa_t gpa, unsigned others, struct boot_state *state)
{
	uint8_t *bytes = ram_bytes(ram, gpa, (uint64_t)others * BOOT_CPU_SIZE);

	if (!bytes)
		return -1;
	for (unsigned i = 0; i < others; i++)
		segments_tss(bytes + (size_t)i * BOOT_CPU_SIZE, gpa.v + (uint64_t)(i + 1) * BOOT_CPU_SIZE);
	state->tss_of_others = gpa.v;
	return 0;
}

int bare_tables(const struct ram *ram, gpa_t system, enum boot_mode mode, unsigned cpl, uint64_t base,
		struct boot_state *state)
{
	const struct boot_mode_row *row = boot_mode_row(mode);
	struct legacy_segments s = {.base = base, .system = row->segmented ? system.v : 0, .bits16 = row->segmented};
	uint8_t *bytes = ram_bytes(ram, system, BARE_TABLES_SIZE);

	if (!bytes)
		return -1;
	state->frame = row->frame;
	if (row->real) {
		legacy_real_registers(base, &state->regs);
		return real_tables(ram, system.v, state);
	}
	if (row->long_mode) {
		long_tables(bytes, system.v, state);
		if (row->code == MODE_64)
			segments_long_mode(&state->regs, cpl);
		else
			segments_compatibility(&state->regs, cpl);
	} else {
		legacy_tables(&s, bytes, system.v, state);
		legacy_registers(&s, cpl, &state->regs);
	}
	return 0;
}
