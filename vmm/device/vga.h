/*
 * vga.h: the registers of a VGA that shows text, at 0x3c0 to 0x3df.
 *
 * They hold what is put there, and nothing is done but by the CRTC's: where the
 * shown text begins, and the cursor. The text itself is guest memory at 0xb8000.
 * There are no graphics, no planes and no fonts.
 * Source: IBM, Personal System/2 Hardware Interface Technical Reference, "Video Graphics Array".
 */
#ifndef VMM_DEVICE_VGA_H
#define VMM_DEVICE_VGA_H

#include <stdbool.h>
#include <stdint.h>

#define VGA_PORT 0x3c0
#define VGA_PORTS 0x20
#define VGA_TEXT 0xb8000u
#define VGA_TEXT_SIZE 0x8000u
#define VGA_PALETTE 768u

struct vga {
	uint8_t crtc_index, sequencer_index, graphics_index, attribute_index;
	uint8_t crtc[0x20], sequencer[8], graphics[0x10], attribute[0x20];
	bool attribute_data_next; /* the next byte to 0x3c0 is a value */
	uint8_t misc, mask, palette[VGA_PALETTE];
	uint16_t palette_read, palette_write;
	uint8_t retrace; /* changes with each look at it */
};

void vga_init(struct vga *v);

/* As in bus.h, with a struct vga. */
uint32_t vga_in(void *self, uint16_t offset, unsigned size);
void vga_out(void *self, uint16_t offset, unsigned size, uint32_t value);

/* The first character shown, and the cursor's, in characters from VGA_TEXT. */
uint16_t vga_start(const struct vga *v);
uint16_t vga_cursor(const struct vga *v);
bool vga_cursor_is_on(const struct vga *v);

#endif
