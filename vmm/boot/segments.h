/*
 * segments.h: segment registers and descriptors for a guest's start.
 *
 * Source: Intel SDM Vol 3, "Segment Descriptors", "TSS Descriptor in 64-bit Mode",
 * "64-Bit Mode IDT".
 */
#ifndef VMM_BOOT_SEGMENTS_H
#define VMM_BOOT_SEGMENTS_H

#include "decoder/regs.h"

/* Selectors of our GDT; the user ones lie as SYSRET wants them (from 0x18: 32-bit code, data, 64-bit code). */
#define SELECTOR_KERNEL_CODE 0x08
#define SELECTOR_KERNEL_DATA 0x10
#define SELECTOR_USER_CODE32 0x18
#define SELECTOR_USER_DATA 0x20
#define SELECTOR_USER_CODE 0x28
#define SELECTOR_TSS 0x30 /* two entries long */
#define SELECTOR_KERNEL_CODE32 0x40
#define GDT_ENTRIES 9

#define TSS_SIZE (104u + 65536 / 8 + 1)
#define IDT_ENTRIES 256

/* The GDT above; tss is the TSS's linear address. */
void segments_gdt(uint64_t gdt[GDT_ENTRIES], uint64_t tss);

/* A TSS with one stack for ring 0 and for the first interrupt stack, and an I/O bitmap that allows every port. */
void segments_tss(uint8_t tss[TSS_SIZE], uint64_t stack);

/* Interrupt gates of privilege 3 to handlers + stride*vector, on the first interrupt stack. */
void segments_idt(uint64_t idt[2 * IDT_ENTRIES], uint64_t handlers, uint64_t stride);

/* Flat 64-bit segment registers at cpl (0 or 3), with the selectors of our GDT; sets seg, cpl, mode and stack_size. */
void segments_long_mode(struct regs *regs, unsigned cpl);

/* The same for compatibility mode: 32-bit code. */
void segments_compatibility(struct regs *regs, unsigned cpl);

/* Flat 4 GiB segments with these selectors; the caller sets mode and stack_size. */
void segments_flat(struct regs *regs, uint16_t code, uint16_t data);

#endif
