/*
 * native_enter.h: one instruction on this CPU with every register chosen. Shared with assembly.
 */
#ifndef VMM_CONFORM_NATIVE_ENTER_H
#define VMM_CONFORM_NATIVE_ENTER_H

#define NATIVE_FLAGS 128
#define NATIVE_RIP 136
#define NATIVE_AREA 144
#define NATIVE_MASK 152
#define NATIVE_HOST_RSP 160
#define NATIVE_MXCSR 168
#define NATIVE_FCW 172
#define NATIVE_BASES 176
#define NATIVE_FS 184
#define NATIVE_GS 192
#define NATIVE_HOST_FS 200
#define NATIVE_HOST_GS 208
#define NATIVE_CLEAN 216

#ifndef __ASSEMBLER__

#include <stdint.h>

struct native_cpu {
	uint64_t gpr[16]; /* in and out, in the order of their encoding */
	uint64_t flags; /* in and out */
	uint64_t rip; /* in: where to begin */
	uint8_t *area; /* XSAVE area, in and out, or NULL */
	uint64_t mask; /* its components */
	uint64_t host_rsp;
	uint32_t host_mxcsr, host_fcw;
	uint64_t bases; /* nonzero: FS and GS get these bases, and the host's again afterwards */
	uint64_t fs, gs, host_fs, host_gs;
	uint8_t *clean; /* XSAVE area with everything in its initial state */
};

_Static_assert(__builtin_offsetof(struct native_cpu, flags) == NATIVE_FLAGS, "native_enter.S");
_Static_assert(__builtin_offsetof(struct native_cpu, host_rsp) == NATIVE_HOST_RSP, "native_enter.S");
_Static_assert(__builtin_offsetof(struct native_cpu, clean) == NATIVE_CLEAN, "native_enter.S");

/* The registers of the one instruction that may be running: a signal finds them nowhere else. */
extern struct native_cpu native_cpu;

/* Run from native_cpu.rip until a jump to native_back, with native_cpu in and out. */
void native_enter(void);
/* The end that the code page jumps to; all but RIP is as the instruction left it. */
extern const char native_back[];
/* Continue here from a signal, with nothing of the registers kept. */
extern const char native_faulted[];
/* A signal handler that makes FS the host's before it calls native_on_signal(). */
extern const char native_signal[];

#endif
#endif
