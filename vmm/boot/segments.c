#include "vmm/boot/segments.h"

#include <string.h>

/* Descriptors with base 0, limit 4 GiB, present and accessed. */
#define CODE64_RING0 0x00af9b000000ffffull
#define DATA_RING0 0x00cf93000000ffffull
#define CODE32_RING0 0x00cf9b000000ffffull
#define CODE32_RING3 0x00cffb000000ffffull
#define DATA_RING3 0x00cff3000000ffffull
#define CODE64_RING3 0x00affb000000ffffull
#define TSS64_BUSY 0x00008b0000000000ull

#define TYPE_CODE 0xb /* execute, read, accessed */
#define TYPE_DATA 0x3 /* read, write, accessed */

#define GATE_INTERRUPT_RING3 0xee00ull /* present, DPL 3, 64-bit interrupt gate */
#define GATE_FIRST_STACK 1ull

#define TSS_RSP0 4
#define TSS_IST1 36
#define TSS_IOMAP 102
#define TSS_FIXED_SIZE 104

void segments_gdt(uint64_t gdt[GDT_ENTRIES], uint64_t tss)
{
	uint64_t low = TSS64_BUSY | (TSS_SIZE - 1);

	low |= (tss & 0xffffff) << 16 | (tss >> 24 & 0xff) << 56;
	gdt[0] = 0;
	gdt[SELECTOR_KERNEL_CODE / 8] = CODE64_RING0;
	gdt[SELECTOR_KERNEL_DATA / 8] = DATA_RING0;
	gdt[SELECTOR_USER_CODE32 / 8] = CODE32_RING3;
	gdt[SELECTOR_USER_DATA / 8] = DATA_RING3;
	gdt[SELECTOR_USER_CODE / 8] = CODE64_RING3;
	gdt[SELECTOR_TSS / 8] = low;
	gdt[SELECTOR_TSS / 8 + 1] = tss >> 32;
	gdt[SELECTOR_KERNEL_CODE32 / 8] = CODE32_RING0;
}

void segments_tss(uint8_t tss[TSS_SIZE], uint64_t stack)
{
	uint16_t bitmap = TSS_FIXED_SIZE;

	memset(tss, 0, TSS_SIZE);
	tss[TSS_SIZE - 1] = 0xff; /* the bitmap's end: Intel SDM Vol 1, "I/O Permission Bit Map" */
	memcpy(tss + TSS_RSP0, &stack, sizeof(stack));
	memcpy(tss + TSS_IST1, &stack, sizeof(stack));
	memcpy(tss + TSS_IOMAP, &bitmap, sizeof(bitmap));
}

void segments_idt(uint64_t idt[2 * IDT_ENTRIES], uint64_t handlers, uint64_t stride)
{
	for (unsigned vector = 0; vector < IDT_ENTRIES; vector++) {
		uint64_t at = handlers + stride * vector;

		idt[2 * vector] = (at & 0xffff) | (uint64_t)SELECTOR_KERNEL_CODE << 16 | GATE_FIRST_STACK << 32 |
				  GATE_INTERRUPT_RING3 << 32 | (at >> 16 & 0xffff) << 48;
		idt[2 * vector + 1] = at >> 32;
	}
}

void segments_flat(struct regs *regs, uint16_t code, uint16_t data)
{
	for (unsigned i = 0; i < SEG_COUNT; i++)
		regs->seg[i] = (struct segment_reg){
			.limit = UINT32_MAX,
			.selector = i == SEG_CS ? code : data,
			.type = i == SEG_CS ? TYPE_CODE : TYPE_DATA,
			.usable = true,
		};
}

void segments_long_mode(struct regs *regs, unsigned cpl)
{
	if (cpl == 3)
		segments_flat(regs, SELECTOR_USER_CODE | 3, SELECTOR_USER_DATA | 3);
	else
		segments_flat(regs, SELECTOR_KERNEL_CODE, SELECTOR_KERNEL_DATA);
	regs->cpl = (uint8_t)cpl;
	regs->mode = MODE_64;
	regs->stack_size = 8;
}

void segments_compatibility(struct regs *regs, unsigned cpl)
{
	if (cpl == 3)
		segments_flat(regs, SELECTOR_USER_CODE32 | 3, SELECTOR_USER_DATA | 3);
	else
		segments_flat(regs, SELECTOR_KERNEL_CODE32, SELECTOR_KERNEL_DATA);
	regs->cpl = (uint8_t)cpl;
	regs->mode = MODE_32;
	regs->stack_size = 4;
}
