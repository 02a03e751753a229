/* bzimage_fuzz.c: any bytes as a bzImage: what is accepted lies within them. */
#include "vmm/boot/bzimage.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static volatile uint8_t seen;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct image image = {.path = "fuzz", .bytes = bytes, .size = size};
	struct bzimage b;
	struct error e;

	if (bzimage_parse(&image, &b, &e) < 0)
		return 0;
	if (b.kernel_size <= BZIMAGE_ENTRY64 || b.memory_size < b.kernel_size || (b.alignment & (b.alignment - 1)))
		abort();
	seen = b.kernel[0];
	seen = b.kernel[b.kernel_size - 1];
	return 0;
}
