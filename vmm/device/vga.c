#include "vmm/device/vga.h"

/* Ports, as offsets from VGA_PORT. */
enum {
	ATTRIBUTE = 0x00,
	ATTRIBUTE_READ = 0x01,
	MISC = 0x02,
	SEQUENCER_INDEX = 0x04,
	SEQUENCER = 0x05,
	MASK = 0x06,
	PALETTE_READ = 0x07,
	PALETTE_WRITE = 0x08,
	PALETTE = 0x09,
	MISC_READ = 0x0c,
	GRAPHICS_INDEX = 0x0e,
	GRAPHICS = 0x0f,
	CRTC_INDEX = 0x14,
	CRTC = 0x15,
	STATUS = 0x1a,
};

/* Of the CRTC. */
#define CURSOR_START 0x0a
#define CURSOR_OFF 0x20
#define START_HIGH 0x0c
#define START_LOW 0x0d
#define CURSOR_HIGH 0x0e
#define CURSOR_LOW 0x0f

#define MISC_COLOR 0x67 /* colour ports, memory on: as a BIOS leaves it */
#define STATUS_RETRACE 0x09 /* neither of both when the picture is drawn */

void vga_init(struct vga *v)
{
	/* mode 3: 80 columns, 25 rows of 16 lines */
	static const uint8_t crtc[] = {0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00,
				       0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff};

	*v = (struct vga){.misc = MISC_COLOR, .mask = 0xff};
	for (unsigned i = 0; i < sizeof(crtc); i++)
		v->crtc[i] = crtc[i];
}

static uint8_t next_color(const struct vga *v, uint16_t *at)
{
	uint8_t value = v->palette[*at];

	*at = (uint16_t)((*at + 1) % VGA_PALETTE);
	return value;
}

uint32_t vga_in(void *self, uint16_t offset, unsigned size)
{
	struct vga *v = self;

	(void)size;
	switch (offset) {
	case ATTRIBUTE:
		return v->attribute_index;
	case ATTRIBUTE_READ:
		return v->attribute[v->attribute_index % sizeof(v->attribute)];
	case SEQUENCER_INDEX:
		return v->sequencer_index;
	case SEQUENCER:
		return v->sequencer[v->sequencer_index % sizeof(v->sequencer)];
	case MASK:
		return v->mask;
	case PALETTE_WRITE:
		return (uint8_t)(v->palette_write / 3);
	case PALETTE:
		return next_color(v, &v->palette_read);
	case MISC_READ:
		return v->misc;
	case GRAPHICS_INDEX:
		return v->graphics_index;
	case GRAPHICS:
		return v->graphics[v->graphics_index % sizeof(v->graphics)];
	case CRTC_INDEX:
		return v->crtc_index;
	case CRTC:
		return v->crtc[v->crtc_index % sizeof(v->crtc)];
	case STATUS:
		v->attribute_data_next = false;
		v->retrace ^= STATUS_RETRACE; /* who waits for one edge or the other does not wait long */
		return v->retrace;
	default: /* ports of other displays */
		return 0xff;
	}
}

static void put_attribute(struct vga *v, uint8_t value)
{
	if (v->attribute_data_next)
		v->attribute[v->attribute_index % sizeof(v->attribute)] = value;
	else
		v->attribute_index = value;
	v->attribute_data_next = !v->attribute_data_next;
}

void vga_out(void *self, uint16_t offset, unsigned size, uint32_t word)
{
	struct vga *v = self;
	uint8_t value = (uint8_t)word;

	(void)size;
	switch (offset) {
	case ATTRIBUTE:
		put_attribute(v, value);
		break;
	case MISC:
		v->misc = value;
		break;
	case SEQUENCER_INDEX:
		v->sequencer_index = value;
		break;
	case SEQUENCER:
		v->sequencer[v->sequencer_index % sizeof(v->sequencer)] = value;
		break;
	case MASK:
		v->mask = value;
		break;
	case PALETTE_READ:
		v->palette_read = (uint16_t)(3u * value);
		break;
	case PALETTE_WRITE:
		v->palette_write = (uint16_t)(3u * value);
		break;
	case PALETTE:
		v->palette[v->palette_write] = value;
		v->palette_write = (uint16_t)((v->palette_write + 1) % VGA_PALETTE);
		break;
	case GRAPHICS_INDEX:
		v->graphics_index = value;
		break;
	case GRAPHICS:
		v->graphics[v->graphics_index % sizeof(v->graphics)] = value;
		break;
	case CRTC_INDEX:
		v->crtc_index = value;
		break;
	case CRTC:
		v->crtc[v->crtc_index % sizeof(v->crtc)] = value;
		break;
	default: /* read only, or of other displays */
		break;
	}
}

uint16_t vga_start(const struct vga *v)
{
	return (uint16_t)(v->crtc[START_HIGH] << 8 | v->crtc[START_LOW]);
}

uint16_t vga_cursor(const struct vga *v)
{
	return (uint16_t)(v->crtc[CURSOR_HIGH] << 8 | v->crtc[CURSOR_LOW]);
}

bool vga_cursor_is_on(const struct vga *v)
{
	return !(v->crtc[CURSOR_START] & CURSOR_OFF);
}
