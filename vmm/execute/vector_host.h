/*
 * vector_host.h: what of a guest's vector state this host's CPU can load.
 *
 * XRSTOR raises #GP on an area that is not well formed; here that is found first.
 */
#ifndef VMM_EXECUTE_VECTOR_HOST_H
#define VMM_EXECUTE_VECTOR_HOST_H

#include "decoder/vector.h"

#include <stdbool.h>

struct vector_host {
	uint64_t xcr0;
	uint32_t mxcsr_mask; /* the bits of MXCSR that exist */
};

/* False, and *host all zero, if the host has no XSAVE. */
bool vector_host_read(struct vector_host *host);

/*
 * May vector be loaded? Then *mask is which components to load and store, and
 * MXCSR is put in place where XSTATE_BV says that it is in its initial state.
 * False if the area is malformed, compacted, or has components that the host lacks.
 */
bool vector_admit(const struct vector_host *host, struct vector_state *vector, uint64_t *mask);

/* After XSAVE: make the header tell about MXCSR. */
void vector_after(struct vector_state *vector);

/* The x87 unit's notes of its last instruction that was no control instruction. */
struct vector_x87 {
	uint64_t ip, operand; /* addresses within their segments */
	uint16_t opcode; /* its first two bytes, of which 11 bits count */
};

/*
 * Each of the three that the unit has noted of the stub becomes the guest's; those
 * it has not noted stay (some CPUs note them for unmasked exceptions only).
 * Source: Intel SDM Vol 1, "x87 FPU Instruction and Data (Operand) Pointers".
 */
void vector_x87_at(struct vector_state *vector, const struct vector_x87 *stub, const struct vector_x87 *guest);

#endif
