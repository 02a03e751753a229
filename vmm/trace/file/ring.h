/*
 * ring.h: packed records on their way from many makers, one at a time, to one thread.
 *
 * Makers hold a lock of their own around ring_place() and ring_push(); the thread takes
 * without one. Each entry lies in one piece.
 */
#ifndef VMM_TRACE_FILE_RING_H
#define VMM_TRACE_FILE_RING_H

#include "vmm/trace/file/packed.h"

#include <stdatomic.h>

struct ring {
	uint8_t *bytes;
	size_t capacity; /* a power of two */
	/* in bytes since the beginning, never wrapped; apart, since two CPUs write them */
	_Alignas(64) uint64_t put; /* the makers' own */
	uint64_t seen_taken; /* what they last knew of taken */
	_Alignas(64) _Atomic uint64_t ready;
	_Alignas(64) _Atomic uint64_t taken;
};

/* At least capacity bytes, and room for a few of the largest records. 0, or -1: no memory. */
int ring_init(struct ring *ring, size_t capacity);
void ring_free(struct ring *ring);

/* length bytes in one piece, or NULL: no place now. Nothing is taken by this. */
struct packed *ring_place(struct ring *ring, uint32_t length);

/* What was filled at ring_place() can be taken now. */
void ring_push(struct ring *ring, struct packed *p);

/* Bytes on the way, as the makers see it. */
uint64_t ring_used(struct ring *ring);

/* The thread's: the entry at *at, which must be before ready; *at moves on. */
const struct packed *ring_next(const struct ring *ring, uint64_t *at);

#endif
