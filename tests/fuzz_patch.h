/*
 * fuzz_patch.h: a fuzzer's bytes as changes to a right image.
 *
 * Any bytes as an image end at the first check; what lies behind it is reached by
 * breaking an image that is right, a field at a time.
 */
#ifndef TESTS_FUZZ_PATCH_H
#define TESTS_FUZZ_PATCH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Records of a place (2 bytes), a width (1, of which 1..8 bytes count) and a value (8), as many as there are. */
static inline void fuzz_patch(uint8_t *image, size_t size, const uint8_t *bytes, size_t n)
{
	for (; n >= 11; bytes += 11, n -= 11) {
		size_t at = (size_t)(bytes[0] | bytes[1] << 8) % size;
		size_t width = bytes[2] % 8 + 1u;

		memcpy(image + at, bytes + 3, width < size - at ? width : size - at);
	}
}

#endif
