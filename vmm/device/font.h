/*
 * font.h: the letters of a VGA's text screen, taken from a VGA BIOS of the host's (Debian: seabios or vgabios).
 *
 * Such an image carries them for all 256 characters of code page 437, 8 dots wide and 16 lines high. They are found by
 * the first two of them, the blank and the smiling face.
 */
#ifndef VMM_DEVICE_FONT_H
#define VMM_DEVICE_FONT_H

#include "vmm/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FONT_HEIGHT 16u
#define FONT_WIDTH 8u

struct font {
	uint8_t lines[256][FONT_HEIGHT]; /* bit 7 is the leftmost dot */
};

/* False: these bytes hold no such letters, and *out is untouched. */
bool font_find(const uint8_t *bytes, size_t size, struct font *out);

/* From the first image found on this host. 0, or -1 with *e saying which package has one. */
int font_load(struct font *out, struct error *e);

#endif
