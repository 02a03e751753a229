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

/*
 * Read the regular file path (which must live as long as *out) into memory of our own, which nobody can change
 * or cut while it is parsed. 0, or -1 with *e naming the path and the cause; an empty file is refused.
 */
int image_open(const char *path, struct image *out, struct error *e);

/* Idempotent. */
void image_close(struct image *image);

#endif
