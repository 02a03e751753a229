#include "vmm/boot/legacy.h"

#include <string.h>

#define TYPE_CODE 0xb /* execute, read, accessed */
#define TYPE_DATA 0x3 /* read, write, accessed */

/* Bits of a descriptor: S and P; D/B and G. */
#define DESCRIPTOR_PRESENT (0x9ull << 44)
#define DESCRIPTOR_BIG (1ull << 54)
#define DESCRIPTOR_PAGES (1ull << 55)
#define TSS32_BUSY 0x00008b0000000000ull

#define GATE_32 0xeeull /* present, DPL 3, 32-bit interrupt gate */
#define GATE_16 0xe6ull

#define TSS_ESP0 4
#define TSS_SS0 8
#define TSS_IOMAP 102
#define TSS_FIXED_SIZE 104

static uint64_t descriptor(const struct legacy_segments *s, uint64_t base, unsigned type, unsigned dpl)
{
	uint64_t d = 0xffff | (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;

	d |= DESCRIPTOR_PRESENT | (uint64_t)type << 40 | (uint64_t)dpl << 45;
	if (!s->bits16)
		d |= 0xfull << 48 | DESCRIPTOR_BIG | DESCRIPTOR_PAGES;
	return d;
}

void legacy_gdt(const struct legacy_segments *s, uint64_t tss, uint64_t gdt[LEGACY_GDT_ENTRIES])
{
	gdt[0] = 0;
	gdt[SELECTOR_KERNEL_CODE / 8] = descriptor(s, s->base, TYPE_CODE, 0);
	gdt[SELECTOR_KERNEL_DATA / 8] = descriptor(s, s->base, TYPE_DATA, 0);
	gdt[SELECTOR_USER_CODE32 / 8] = descriptor(s, s->base, TYPE_CODE, 3);
	gdt[SELECTOR_USER_DATA / 8] = descriptor(s, s->base, TYPE_DATA, 3);
	gdt[LEGACY_HANDLER_CODE / 8] = descriptor(s, s->system, TYPE_CODE, 0);
	gdt[SELECTOR_TSS / 8] = TSS32_BUSY | (TSS_SIZE - 1) | (tss & 0xffffff) << 16 | (tss >> 24 & 0xff) << 56;
	gdt[LEGACY_SYSTEM_DATA / 8] = descriptor(s, s->system, TYPE_DATA, 0);
}

void legacy_tss(uint8_t tss[TSS_SIZE], uint32_t stack)
{
	uint16_t bitmap = TSS_FIXED_SIZE, selector = LEGACY_SYSTEM_DATA;

	memset(tss, 0, TSS_SIZE);
	tss[TSS_SIZE - 1] = 0xff; /* the bitmap's end: Intel SDM Vol 1, "I/O Permission Bit Map" */
	memcpy(tss + TSS_ESP0, &stack, sizeof(stack));
	memcpy(tss + TSS_SS0, &selector, sizeof(selector));
	memcpy(tss + TSS_IOMAP, &bitmap, sizeof(bitmap));
}

void legacy_idt(const struct legacy_segments *s, uint32_t handlers, uint32_t stride, uint64_t idt[IDT_ENTRIES])
{
	uint64_t type = s->bits16 ? GATE_16 : GATE_32;

	for (uint32_t vector = 0; vector < IDT_ENTRIES; vector++) {
		uint64_t at = handlers + stride * vector;

		idt[vector] = (at & 0xffff) | (uint64_t)LEGACY_HANDLER_CODE << 16 | type << 40 | (at >> 16) << 48;
	}
}

void legacy_vectors(uint16_t segment, uint32_t stride, uint32_t table[IDT_ENTRIES])
{
	for (uint32_t vector = 0; vector < IDT_ENTRIES; vector++)
		table[vector] = (uint32_t)segment << 16 | stride * vector;
}

static void fill(struct regs *regs, uint64_t base, uint32_t limit, uint16_t code, uint16_t data, bool big)
{
	for (unsigned i = 0; i < SEG_COUNT; i++)
		regs->seg[i] = (struct segment_reg){
			.base = base,
			.limit = limit,
			.selector = i == SEG_CS ? code : data,
			.type = i == SEG_CS ? TYPE_CODE : TYPE_DATA,
			.big = big,
			.usable = true,
		};
}

void legacy_registers(const struct legacy_segments *s, unsigned cpl, struct regs *regs)
{
	uint16_t code = cpl == 3 ? SELECTOR_USER_CODE32 | 3 : SELECTOR_KERNEL_CODE;
	uint16_t data = cpl == 3 ? SELECTOR_USER_DATA | 3 : SELECTOR_KERNEL_DATA;

	fill(regs, s->base, s->bits16 ? 0xffff : UINT32_MAX, code, data, !s->bits16);
	regs->cpl = (uint8_t)cpl;
	regs->mode = s->bits16 ? MODE_16 : MODE_32;
	regs->stack_size = s->bits16 ? 2 : 4;
}

void legacy_real_registers(uint64_t base, struct regs *regs)
{
	fill(regs, base, 0xffff, (uint16_t)(base >> 4), (uint16_t)(base >> 4), false);
	regs->cpl = 0;
	regs->mode = MODE_16;
	regs->stack_size = 2;
}
