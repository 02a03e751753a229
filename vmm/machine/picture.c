/*
 * picture.c: the guest's text screen as a picture, at the end: drawn from the bytes at 0xb8000 as they are kept.
 */
#include "vmm/device/screen_png.h"
#include "vmm/device/vga.h"
#include "vmm/machine/state.h"

#include <errno.h>
#include <string.h>

int picture_check(const struct machine *m, struct error *e)
{
	struct font font;

	return m->options->screen ? font_load(&font, e) : 0;
}

/* The text wraps at the end of its memory, as on the card. */
static int look(struct machine *m, uint8_t cells[SCREEN_SIZE], struct error *e)
{
	const uint8_t *text = ram_bytes(&m->ram, (gpa_t){VGA_TEXT}, VGA_TEXT_SIZE);
	unsigned start = 2u * platform_text_start(m->platform);

	if (!text)
		return error_set(e, STATUS_GUEST, "--screen: the guest has no memory at 0x%x", VGA_TEXT);
	for (unsigned i = 0; i < SCREEN_SIZE; i++)
		cells[i] = text[(start + i) % VGA_TEXT_SIZE];
	return 0;
}

int picture_write(struct machine *m, struct error *e)
{
	const char *path = m->options->screen;
	uint8_t cells[SCREEN_SIZE];
	struct font font;
	FILE *out;
	int err;

	if (!path)
		return 0;
	if (look(m, cells, e) < 0 || font_load(&font, e) < 0)
		return -1;
	out = fopen(path, "we");
	if (!out)
		return error_set(e, STATUS_HOST, "%s: %s", path, strerror(errno));
	err = screen_png(cells, &font, out);
	if (fclose(out) != 0 || err < 0)
		return error_set(e, STATUS_HOST, "%s: the picture cannot be written", path);
	return 0;
}
