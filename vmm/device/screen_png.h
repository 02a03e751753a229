/*
 * screen_png.h: a PC's text screen as a picture, as a VGA draws it: 720 by 400 dots, 16 colours, nine dots a character.
 *
 * The guest's own palette, letters and blinking are not in it, and neither is the cursor. Source: IBM, Personal
 * System/2 Hardware Interface Technical Reference, "Video Graphics Array".
 */
#ifndef VMM_DEVICE_SCREEN_PNG_H
#define VMM_DEVICE_SCREEN_PNG_H

#include "vmm/device/font.h"
#include "vmm/device/screen.h"

#include <stdio.h>

#define SCREEN_PNG_CELL (FONT_WIDTH + 1)
#define SCREEN_PNG_WIDTH (SCREEN_COLUMNS * SCREEN_PNG_CELL)
#define SCREEN_PNG_HEIGHT (SCREEN_ROWS * FONT_HEIGHT)

/* The dots, a byte each: a colour of 0 to 15. */
void screen_dots(const uint8_t cells[SCREEN_SIZE], const struct font *font,
		 uint8_t dots[SCREEN_PNG_HEIGHT][SCREEN_PNG_WIDTH]);

/* 0, or -1: out cannot be written, or there is no memory. */
int screen_png(const uint8_t cells[SCREEN_SIZE], const struct font *font, FILE *out);

#endif
