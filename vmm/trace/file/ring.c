#include "vmm/trace/file/ring.h"

#include <stdlib.h>

#define SKIP 1u /* a length that is no multiple of 8: the next entry is at the ring's beginning */

int ring_init(struct ring *ring, size_t capacity)
{
	memset(ring, 0, sizeof(*ring));
	ring->capacity = 4096;
	while (ring->capacity < capacity || ring->capacity < 4 * PACKED_MAX) {
		if (ring->capacity > SIZE_MAX / 2)
			return -1;
		ring->capacity *= 2;
	}
	ring->bytes = aligned_alloc(4096, ring->capacity);
	return ring->bytes ? 0 : -1;
}

void ring_free(struct ring *ring)
{
	free(ring->bytes);
	ring->bytes = NULL;
}

uint64_t ring_used(struct ring *ring)
{
	ring->seen_taken = atomic_load_explicit(&ring->taken, memory_order_acquire);
	return ring->put - ring->seen_taken;
}

static bool fits(struct ring *ring, uint64_t length)
{
	if (ring->capacity - (ring->put - ring->seen_taken) >= length)
		return true;
	return ring->capacity - ring_used(ring) >= length;
}

static struct packed *entry(const struct ring *ring, uint64_t at)
{
	return (struct packed *)(ring->bytes + (at & (ring->capacity - 1)));
}

struct packed *ring_place(struct ring *ring, uint32_t length)
{
	uint64_t rest = ring->capacity - (ring->put & (ring->capacity - 1));

	if (rest >= length)
		return fits(ring, length) ? entry(ring, ring->put) : NULL;
	if (!fits(ring, rest + length))
		return NULL;
	entry(ring, ring->put)->length = SKIP;
	ring->put += rest;
	return entry(ring, ring->put);
}

void ring_push(struct ring *ring, struct packed *p)
{
	ring->put += p->length;
	atomic_store_explicit(&ring->ready, ring->put, memory_order_release);
}

const struct packed *ring_next(const struct ring *ring, uint64_t *at)
{
	const struct packed *p = entry(ring, *at);

	if (p->length == SKIP) {
		*at += ring->capacity - (*at & (ring->capacity - 1));
		p = entry(ring, *at);
	}
	*at += p->length;
	return p;
}
