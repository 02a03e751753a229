/*
 * bytes.h: bytes in and out of memory that vCPUs may use at the same time.
 *
 * An aligned 1, 2, 4 or 8 bytes move as one, as the CPU's own loads and stores
 * do (Intel SDM Vol 3, "Guaranteed Atomic Operations"). Other sizes may tear,
 * as they may on the CPU.
 */
#ifndef CAPMODEL_BYTES_H
#define CAPMODEL_BYTES_H

#include <stdint.h>
#include <string.h>

typedef uint16_t bytes_u16 __attribute__((may_alias));
typedef uint32_t bytes_u32 __attribute__((may_alias));
typedef uint64_t bytes_u64 __attribute__((may_alias));

/* Move size bytes out of shared memory. */
static inline void bytes_load(uint8_t *to, const uint8_t *memory, uint8_t size)
{
	if (size == 8 && (uintptr_t)memory % 8 == 0) {
		uint64_t v = __atomic_load_n((const bytes_u64 *)memory, __ATOMIC_ACQUIRE);
		memcpy(to, &v, sizeof(v));
	} else if (size == 4 && (uintptr_t)memory % 4 == 0) {
		uint32_t v = __atomic_load_n((const bytes_u32 *)memory, __ATOMIC_ACQUIRE);
		memcpy(to, &v, sizeof(v));
	} else if (size == 2 && (uintptr_t)memory % 2 == 0) {
		uint16_t v = __atomic_load_n((const bytes_u16 *)memory, __ATOMIC_ACQUIRE);
		memcpy(to, &v, sizeof(v));
	} else {
		memcpy(to, memory, size);
	}
}

/* Move size bytes into shared memory. */
static inline void bytes_store(uint8_t *memory, const uint8_t *from, uint8_t size)
{
	if (size == 8 && (uintptr_t)memory % 8 == 0) {
		uint64_t v;
		memcpy(&v, from, sizeof(v));
		__atomic_store_n((bytes_u64 *)memory, v, __ATOMIC_RELEASE);
	} else if (size == 4 && (uintptr_t)memory % 4 == 0) {
		uint32_t v;
		memcpy(&v, from, sizeof(v));
		__atomic_store_n((bytes_u32 *)memory, v, __ATOMIC_RELEASE);
	} else if (size == 2 && (uintptr_t)memory % 2 == 0) {
		uint16_t v;
		memcpy(&v, from, sizeof(v));
		__atomic_store_n((bytes_u16 *)memory, v, __ATOMIC_RELEASE);
	} else {
		memcpy(memory, from, size);
	}
}

#endif
