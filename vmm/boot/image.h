/*
 * image.h: a file, read whole, with its name for error messages.
 */
#ifndef VMM_BOOT_IMAGE_H
#define VMM_BOOT_IMAGE_H

#include "vmm/error.h"

#include <stddef.h>
#include <stdint.h>

struct image {
	const char *path;
	const uint8_t *bytes;
	size_t size;
};

/* Map path read-only (private). 0, or -1 with *e naming the path and the cause. */
int image_open(const char *path, struct image *out, struct error *e);
void image_close(struct image *image);

#endif
