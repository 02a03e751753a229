/*
 * display.h: the guest's text screen on the user's terminal.
 *
 * A thread looks at the text some twenty times a second and draws what has changed; at
 * the end it draws once more and leaves the cursor below. An output that is no
 * terminal gets the screen as lines, once, at the end. The bytes drawn are those that
 * a keeper of the page keeps, since they lie in the same memory.
 */
#ifndef VMM_DEVICE_DISPLAY_H
#define VMM_DEVICE_DISPLAY_H

#include "vmm/device/vga.h"
#include "vmm/error.h"

#include <stddef.h>

/* Where the shown text begins in guest memory, and the cursor: both in characters. Called from the thread, each time.
 */
struct display_host {
	void *self;
	void (*look)(void *self, uint16_t *start, uint16_t *cursor, bool *cursor_is_on);
};

struct display;

/* text: VGA_TEXT_SIZE bytes, the guest's, as long as the display lives. NULL without memory. */
struct display *display_new(const uint8_t *text, int output, const struct display_host *host);

/* 0, or -1 with *e filled. */
int display_start(struct display *d, struct error *e);

/* The last picture, and no more. Idempotent. Not from the host's call. */
void display_stop(struct display *d);
void display_free(struct display *d);

#endif
