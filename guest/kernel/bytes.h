/*
 * bytes.h: copying and clearing. The machine's half has memcpy() and its kin, which a
 * freestanding compiler asks for; on the host they are the library's.
 */
#ifndef GUEST_KERNEL_BYTES_H
#define GUEST_KERNEL_BYTES_H

#include <stddef.h>
#include <stdint.h>

static inline void bytes_copy(void *to, const void *from, size_t size)
{
	if (size)
		__builtin_memmove(to, from, size);
}

static inline void bytes_zero(void *at, size_t size)
{
	__builtin_memset(at, 0, size);
}

#endif
