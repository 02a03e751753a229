#include "vmm/device/font.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IMAGE_MAX 0x20000u /* a BIOS of VGA lies from 0xc0000 to 0xdffff at most */

static const uint8_t beginning[2 * FONT_HEIGHT] = {
	[FONT_HEIGHT + 2] = 0x7e, 0x81, 0xa5, 0x81, 0x81, 0xbd, 0x99, 0x81, 0x81, 0x7e,
};

bool font_find(const uint8_t *bytes, size_t size, struct font *out)
{
	const uint8_t *at = memmem(bytes, size, beginning, sizeof(beginning));

	if (!at || size - (size_t)(at - bytes) < sizeof(out->lines))
		return false;
	memcpy(out->lines, at, sizeof(out->lines));
	return true;
}

static bool load_from(const char *path, uint8_t *image, struct font *out)
{
	FILE *file = fopen(path, "re");
	size_t size;

	if (!file)
		return false;
	size = fread(image, 1, IMAGE_MAX, file);
	fclose(file);
	return font_find(image, size, out);
}

int font_load(struct font *out, struct error *e)
{
	static const char *const paths[] = {
		"/usr/share/seabios/vgabios-stdvga.bin",
		"/usr/share/vgabios/vgabios.bin",
		"/usr/share/qemu/vgabios-stdvga.bin",
	};
	uint8_t *image = malloc(IMAGE_MAX);
	bool found = false;

	if (!image)
		return error_set(e, STATUS_HOST, "no memory for the letters of a screen");
	for (unsigned i = 0; i < sizeof(paths) / sizeof(paths[0]) && !found; i++)
		found = load_from(paths[i], image, out);
	free(image);
	return found ? 0
		     : error_set(e, STATUS_HOST, "no VGA BIOS to take letters from: %s (Debian: seabios)", paths[0]);
}
