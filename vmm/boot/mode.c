#include "vmm/boot/mode.h"

#include "vmm/boot/longmode.h"

#include <string.h>

static const struct boot_mode_row rows[] = {
	[BOOT_MODE_64] = {.name = "64",
			  .code = MODE_64,
			  .frame = BOOT_FRAME_64,
			  .long_mode = true,
			  .paging = true,
			  .format = PAGING_LONG},
	[BOOT_MODE_COMPAT] = {.name = "compat",
			      .code = MODE_32,
			      .frame = BOOT_FRAME_64,
			      .long_mode = true,
			      .paging = true,
			      .format = PAGING_LONG},
	[BOOT_MODE_32] = {.name = "32", .code = MODE_32, .frame = BOOT_FRAME_32},
	[BOOT_MODE_32_PAGING] =
		{.name = "32-paging", .code = MODE_32, .frame = BOOT_FRAME_32, .paging = true, .format = PAGING_32},
	[BOOT_MODE_PAE] =
		{.name = "pae", .code = MODE_32, .frame = BOOT_FRAME_32, .paging = true, .format = PAGING_PAE},
	[BOOT_MODE_16] = {.name = "16", .code = MODE_16, .frame = BOOT_FRAME_16, .segmented = true},
	[BOOT_MODE_REAL] = {.name = "real", .code = MODE_16, .frame = BOOT_FRAME_REAL, .segmented = true, .real = true},
};

const struct boot_mode_row *boot_mode_row(enum boot_mode mode)
{
	return &rows[mode];
}

bool boot_mode_parse(const char *name, enum boot_mode *mode)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, name) == 0) {
			*mode = (enum boot_mode)i;
			return true;
		}
	}
	return false;
}

void boot_mode_control(enum boot_mode mode, gpa_t root, unsigned cpl, struct regs *regs)
{
	const struct boot_mode_row *row = &rows[mode];

	longmode_control(regs, root, cpl);
	if (row->long_mode)
		return;
	if (row->real)
		regs->cr0 &= ~CR0_PE;
	if (!row->paging) {
		regs->cr0 &= ~(CR0_PG | CR0_WP);
		regs->cr3 = 0;
	}
	if (!row->paging || row->format != PAGING_PAE)
		regs->cr4 &= ~CR4_PAE;
	if (row->paging && row->format == PAGING_32)
		regs->cr4 |= CR4_PSE;
	regs->efer = row->paging && row->format == PAGING_PAE ? EFER_NXE : 0;
}
