/*
 * longmode.h: control registers of a guest that starts in 64-bit mode with SSE on.
 */
#ifndef VMM_BOOT_LONGMODE_H
#define VMM_BOOT_LONGMODE_H

#include "capmodel/gpa.h"
#include "decoder/regs.h"

#define CR0_MP 0x2ull
#define CR0_ET 0x10ull
#define EFER_SCE 0x1ull

/* Whether this host's CPU has XSAVE, and so whether a guest may set CR4.OSXSAVE. */
bool longmode_has_xsave(void);

/* Sets cr0, cr3, cr4, efer and rflags (interrupts off); IOPL 3 at cpl 3, so that IN and OUT work there. */
void longmode_control(struct regs *regs, gpa_t root, unsigned cpl);

#endif
