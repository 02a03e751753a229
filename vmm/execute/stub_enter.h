/*
 * stub_enter.h: the passage between C and one stub.
 *
 * stub_enter() loads the guest's registers from the frame, calls the stub, and
 * stores them back. RSP, the system flags, segment registers and bases stay the
 * host's throughout, so a signal may come at any time. Shared with assembly.
 */
#ifndef VMM_EXECUTE_STUB_ENTER_H
#define VMM_EXECUTE_STUB_ENTER_H

#define STUB_FRAME_BEFORE 0
#define STUB_FRAME_AFTER 8
#define STUB_FRAME_FLAGS 16
#define STUB_FRAME_CODE 24
#define STUB_FRAME_AREA 32
#define STUB_FRAME_MASK 40

#ifndef __ASSEMBLER__

#include <stdint.h>

/* What the instruction did on the host CPU. */
enum stub_fault {
	STUB_RAN,
	STUB_ARITHMETIC, /* #DE, #MF, #XM */
	STUB_UNDEFINED, /* #UD */
	STUB_PROTECTION, /* #GP, #AC, #PF */
};

struct stub_frame {
	const uint64_t *before; /* 16 general registers; RSP's is not used */
	uint64_t *after; /* where they go, RSP's not written; it may be the same place */
	uint64_t flags; /* the six status flags, in and out; nothing else is loaded */
	const uint8_t *code; /* the stub: one instruction, then ret */
	uint8_t *area; /* XSAVE area of the guest, in and out; NULL: the instruction touches no such state */
	uint64_t mask; /* which components of it are loaded and stored */
	enum stub_fault fault; /* out; unless STUB_RAN, after[] and flags are untouched */
	int trap; /* out: the exception's vector */
};

_Static_assert(__builtin_offsetof(struct stub_frame, before) == STUB_FRAME_BEFORE, "stub_enter.S");
_Static_assert(__builtin_offsetof(struct stub_frame, after) == STUB_FRAME_AFTER, "stub_enter.S");
_Static_assert(__builtin_offsetof(struct stub_frame, flags) == STUB_FRAME_FLAGS, "stub_enter.S");
_Static_assert(__builtin_offsetof(struct stub_frame, code) == STUB_FRAME_CODE, "stub_enter.S");
_Static_assert(__builtin_offsetof(struct stub_frame, area) == STUB_FRAME_AREA, "stub_enter.S");
_Static_assert(__builtin_offsetof(struct stub_frame, mask) == STUB_FRAME_MASK, "stub_enter.S");

/* Called by host_fault_run() only, which makes the instruction's exceptions come back in the frame. */
void stub_enter(struct stub_frame *frame);

/* Where a signal handler continues after a fault of the stub, RSP as it was before the stub was called. */
extern const char stub_enter_faulted[];

#endif
#endif
