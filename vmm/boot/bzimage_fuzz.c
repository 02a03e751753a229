/* bzimage_fuzz.c: any bytes, and any changes to a right image, as a bzImage: what is accepted lies within them. */
#include "vmm/boot/bzimage.h"

#include "tests/bzimage_sample.h"
#include "tests/fuzz_patch.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static volatile uint8_t seen;

static void parse(const struct image *image)
{
	struct bzimage b;
	struct error e;

	if (bzimage_parse(image, &b, &e) < 0)
		return;
	if (b.kernel_size <= BZIMAGE_ENTRY64 || b.memory_size < b.kernel_size || (b.alignment & (b.alignment - 1)))
		abort();
	seen = b.kernel[0];
	seen = b.kernel[b.kernel_size - 1];
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct image raw = {.path = "fuzz", .bytes = bytes, .size = size};
	struct bzimage_sample sample;

	parse(&raw);
	bzimage_sample_fill(&sample);
	fuzz_patch(sample.bytes, sizeof(sample.bytes), bytes, size);
	parse(&sample.image);
	return 0;
}
