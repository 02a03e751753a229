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
	_Alignas(64) uint8_t clean[XSAVE_AREA]; /* everything in its initial state */
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

/*
 * Where the x87 unit has noted the stub's address as that of its last
 * instruction, put the guest's: instruction, operand, and the 11 bits of opcode.
 * Source: Intel SDM Vol 1, "x87 FPU Instruction and Data (Operand) Pointers".
 */
void vector_x87_at(struct vector_state *vector, uint64_t stub, uint64_t rip, uint64_t ea, uint16_t opcode);

#endif
