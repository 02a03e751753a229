/*
 * exception.h: the frame that the CPU pushed for a handler of the bare protocol.
 *
 * Sources: Intel SDM Vol 3, "Exception- or Interrupt-Handler Procedures",
 * "64-Bit Mode Stack Frame", "Interrupt and Exception Handling" of real-address mode.
 */
#ifndef VMM_MACHINE_EXCEPTION_H
#define VMM_MACHINE_EXCEPTION_H

#include "vmm/boot/boot.h"

#define EXCEPTION_FRAME_MAX 48u /* an error code and five words of eight bytes */

struct exception_frame {
	bool has_error;
	uint64_t error;
	uint64_t rip, rflags;
	uint16_t cs;
	bool has_stack; /* else the interrupted code's stack begins where the frame ends */
	uint64_t rsp;
	uint16_t ss;
	unsigned size; /* bytes that were pushed */
};

/* The n bytes from the handler's stack pointer on. False if the frame is longer; *out is then untouched. */
bool exception_frame(enum boot_frame kind, unsigned vector, const uint8_t *bytes, unsigned n,
		     struct exception_frame *out);

#endif
