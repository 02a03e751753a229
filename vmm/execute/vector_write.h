/*
 * vector_write.h: handlers' changes to a guest's vector registers.
 *
 * The reading side is decoder/vector.h. A component that is in its initial state
 * is written out first, since the area's bytes mean nothing there.
 */
#ifndef VMM_EXECUTE_VECTOR_WRITE_H
#define VMM_EXECUTE_VECTOR_WRITE_H

#include "decoder/vector.h"

/* Register 0..31 as ZMM: what of it the guest does not have is dropped. */
void vector_write_register(struct vector_state *vector, unsigned reg, const uint8_t bytes[64]);

/* Mask register 0..7. */
void vector_write_mask(struct vector_state *vector, unsigned reg, uint64_t value);

#endif
