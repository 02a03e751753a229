/*
 * screen.h: a PC's text screen as text: on a terminal, the differences to what it shows; or in lines.
 *
 * Each cell is two bytes: a character of code page 437 and its colours. Nothing is
 * read or written here but the arguments. Source: ECMA-48 (control functions); IBM,
 * code page 437.
 */
#ifndef VMM_DEVICE_SCREEN_H
#define VMM_DEVICE_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCREEN_COLUMNS 80u
#define SCREEN_ROWS 25u
#define SCREEN_SIZE (2 * SCREEN_COLUMNS * SCREEN_ROWS)

/* What one frame has at most: each cell with its place, colours and character. */
#define SCREEN_FRAME (SCREEN_COLUMNS * SCREEN_ROWS * 32 + 64)
/* What the lines have at most. */
#define SCREEN_LINES (SCREEN_ROWS * (SCREEN_COLUMNS * 3 + 1))

/* What a terminal shows: begins as {0}, and the first frame clears it. */
struct screen {
	bool cleared;
	uint8_t cells[SCREEN_SIZE];
	unsigned cursor; /* a cell; SCREEN_COLUMNS * SCREEN_ROWS: nowhere, and out of the way */
};

/*
 * Write into frame what makes the terminal show these cells and this cursor; *s is then so. Returns the bytes of
 * it; 0: nothing has changed. Colours are those of the terminal again at its end.
 */
size_t screen_draw(struct screen *s, const uint8_t cells[SCREEN_SIZE], unsigned cursor, char frame[SCREEN_FRAME]);

/* The characters in lines, without blanks at their ends. Returns the bytes. */
size_t screen_lines(const uint8_t cells[SCREEN_SIZE], char lines[SCREEN_LINES]);

#endif
