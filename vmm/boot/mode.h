/*
 * mode.h: the modes a bare guest can start in, one row each.
 *
 * Source: Intel SDM Vol 3, "Modes of Operation", "Paging Modes".
 */
#ifndef VMM_BOOT_MODE_H
#define VMM_BOOT_MODE_H

#include "vmm/boot/boot.h"
#include "vmm/boot/paging.h"

struct boot_mode_row {
	const char *name; /* as --mode takes it */
	enum cpu_mode code; /* what its code segment makes of the bytes */
	enum boot_frame frame; /* what its gates push */
	bool long_mode; /* EFER.LMA: 64-bit tables, gates and TSS */
	bool paging;
	enum paging_format format; /* if paging */
	bool segmented; /* one segment of 64 KiB; else all segments are flat, 4 GiB */
	bool real; /* no protection, no privilege levels */
};

const struct boot_mode_row *boot_mode_row(enum boot_mode mode);

/* False if no mode has that name; *mode is then untouched. */
bool boot_mode_parse(const char *name, enum boot_mode *mode);

/* Sets cr0, cr3, cr4, efer and rflags (interrupts off); IOPL 3 at cpl 3, so that IN and OUT work there. */
void boot_mode_control(enum boot_mode mode, gpa_t root, unsigned cpl, struct regs *regs);

#endif
