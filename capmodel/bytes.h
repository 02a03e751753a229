/*
 * bytes.h: bytes in and out of memory that vCPUs may use at the same time.
 *
 * 1, 2, 4 and 8 bytes move by one instruction of the host's, aligned or not: what is one for the
 * guest's CPU (aligned; within a cache line on most CPUs) is one here. So are 16 aligned bytes
 * where AVX is. Other sizes may tear, as they may on the CPU. Order is that of the host's own loads and
 * stores, which is the guest's. Source: Intel SDM Vol 3, "Guaranteed Atomic Operations".
 */
#ifndef CAPMODEL_BYTES_H
#define CAPMODEL_BYTES_H

#include <stdint.h>
#include <string.h>

typedef uint16_t bytes_u16 __attribute__((may_alias, aligned(1)));
typedef uint32_t bytes_u32 __attribute__((may_alias, aligned(1)));
typedef uint64_t bytes_u64 __attribute__((may_alias, aligned(1)));
typedef uint64_t bytes_u128 __attribute__((vector_size(16), may_alias, aligned(1)));

/* No memcpy(): with a size that varies compilers make `rep movs` of it, which costs as much as the rest of an access.
 */
static inline void bytes_move_more(uint8_t *to, const uint8_t *from, uint8_t size)
{
	for (; size >= 16; size = (uint8_t)(size - 16), to += 16, from += 16)
		*(volatile bytes_u128 *)to = *(const volatile bytes_u128 *)from;
	for (; size >= 4; size = (uint8_t)(size - 4), to += 4, from += 4)
		*(volatile bytes_u32 *)to = *(const volatile bytes_u32 *)from;
	for (; size > 0; size--)
		*(volatile uint8_t *)to++ = *(const volatile uint8_t *)from++;
}

/* One side is shared: volatile keeps its access whole, and one. */
static inline void bytes_move(uint8_t *to, const uint8_t *from, uint8_t size)
{
	switch (size) {
	case 1:
		*(volatile uint8_t *)to = *(const volatile uint8_t *)from;
		break;
	case 2:
		*(volatile bytes_u16 *)to = *(const volatile bytes_u16 *)from;
		break;
	case 4:
		*(volatile bytes_u32 *)to = *(const volatile bytes_u32 *)from;
		break;
	case 8:
		*(volatile bytes_u64 *)to = *(const volatile bytes_u64 *)from;
		break;
	case 16:
		*(volatile bytes_u128 *)to = *(const volatile bytes_u128 *)from;
		break;
	default:
		bytes_move_more(to, from, size);
	}
}

/* Move size bytes out of shared memory. */
static inline void bytes_load(uint8_t *to, const uint8_t *memory, uint8_t size)
{
	bytes_move(to, memory, size);
	__asm__ volatile("" : : : "memory"); /* what follows is not moved before it */
}

/* Move size bytes into shared memory. */
static inline void bytes_store(uint8_t *memory, const uint8_t *from, uint8_t size)
{
	__asm__ volatile("" : : : "memory"); /* what precedes is not moved behind it */
	bytes_move(memory, from, size);
}

#endif
