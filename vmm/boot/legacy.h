/*
 * legacy.h: descriptors, gates and the TSS of a guest that starts outside long
 * mode, and its segment registers. segments.h has those of long mode.
 *
 * Source: Intel SDM Vol 3, "Segment Descriptors", "IDT Descriptors", "32-Bit
 * Task-Switch Structure"; "Interrupt and Exception Handling" of real-address mode.
 */
#ifndef VMM_BOOT_LEGACY_H
#define VMM_BOOT_LEGACY_H

#include "vmm/boot/segments.h"

#define LEGACY_GDT_ENTRIES 8
#define LEGACY_HANDLER_CODE 0x28 /* what the gates lead to: ring 0 */
#define LEGACY_SYSTEM_DATA 0x38 /* ring 0's stack for exceptions from ring 3 */

/* Where the segments lie. */
struct legacy_segments {
	uint64_t base; /* of the guest's code and data: 0 unless 16-bit */
	uint64_t system; /* of the handlers and their stack */
	bool bits16; /* segments of 64 KiB; else flat 32-bit ones, both bases 0 */
};

/* Selectors of segments.h: kernel and user code and data, TSS; and the two above. tss is its linear address. */
void legacy_gdt(const struct legacy_segments *s, uint64_t tss, uint64_t gdt[LEGACY_GDT_ENTRIES]);

/* A 32-bit TSS with ring 0's stack at stack (an offset in LEGACY_SYSTEM_DATA), and an I/O bitmap that allows every
 * port. */
void legacy_tss(uint8_t tss[TSS_SIZE], uint32_t stack);

/* Interrupt gates of privilege 3 to handlers + stride*vector, an offset in LEGACY_HANDLER_CODE. */
void legacy_idt(const struct legacy_segments *s, uint32_t handlers, uint32_t stride, uint64_t idt[IDT_ENTRIES]);

/* Real mode's table: segment:0 + stride*vector. */
void legacy_vectors(uint16_t segment, uint32_t stride, uint32_t table[IDT_ENTRIES]);

/* Segment registers with the GDT's selectors at cpl (0 or 3); sets seg, cpl, mode and stack_size. */
void legacy_registers(const struct legacy_segments *s, unsigned cpl, struct regs *regs);

/* Real mode: all six segments at base, a multiple of 16 below 1 MiB. */
void legacy_real_registers(uint64_t base, struct regs *regs);

#endif
