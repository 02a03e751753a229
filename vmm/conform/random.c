#include "vmm/conform/random.h"

#include <string.h>

uint64_t random_value(struct random *r)
{
	static const uint64_t values[] = {
		0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
		0x8000000080000000, INT64_MAX, 1ull << 63, UINT64_MAX,
		/* two singles each: 1, -2; infinities; quiet and signalling NaN; denormals; the largest, and -0 */
		0xc00000003f800000, 0xff8000007f800000, 0x7f8000017fc00000, 0x8000000100000001, 0x800000007f7fffff,
		/* doubles: 1, -1.5, infinity, a quiet and a signalling NaN, a denormal, the largest, 2^31, -2^63 */
		0x3ff0000000000000, 0xbff8000000000000, 0x7ff0000000000000, 0x7ff8000000000000, 0x7ff0000000000001,
		0x000fffffffffffff, 0x7fefffffffffffff, 0x41e0000000000000, 0xc3e0000000000000,
		/* halves: 1, -2, infinity, NaN, denormal, the largest */
		0x7c003c00c0007e00, 0x00017bff80003555};
	uint64_t any = random_next(r);

	switch (any >> 60) {
	case 0 ... 5:
		return values[(any >> 8) % (sizeof(values) / sizeof(values[0]))];
	case 6 ... 8: /* singles of moderate size */
		return (any & 0x87ffffff87ffffff) | 0x3c0000003c000000;
	case 9 ... 11: /* a double of moderate size */
		return (any & 0x803fffffffffffff) | 0x3fc0000000000000;
	default:
		return random_next(r);
	}
}

void random_values(struct random *r, uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size; at += 8) {
		uint64_t value = random_value(r);

		memcpy(bytes + at, &value, size - at < 8 ? size - at : 8);
	}
}
