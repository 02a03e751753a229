/*
 * keyboard.h: the keyboard controller with a keyboard: what is typed comes to the guest as scan codes.
 *
 * Ports 0x60 and 0x64, IRQ 1. The codes are always of set 1, as a controller that
 * translates gives them. It has no mouse. Resets are reset.h's. A key is held for
 * some ticks, or until the next one is typed: programs that ask whether a key is down
 * find it so; typed again meanwhile it repeats.
 * Source: IBM, Personal System/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary Device Controller".
 */
#ifndef VMM_DEVICE_KEYBOARD_H
#define VMM_DEVICE_KEYBOARD_H

#include "vmm/device/keymap.h"
#include "vmm/device/reset.h"

#include <stddef.h>

#define KEYBOARD_IRQ 1
#define KEYBOARD_KEYS 256u
#define KEYBOARD_ANSWERS 8u
#define KEYBOARD_HOLD 3u /* ticks that a key is held */

/* Scan codes, oldest first. */
struct key_queue {
	unsigned head, count;
	uint8_t codes[KEYBOARD_KEYS];
};

struct keyboard {
	struct platform_host host; /* irq alone is used */
	struct reset *reset;
	struct key_queue keys;
	uint8_t release[KEYMAP_CODES]; /* of the key that is held */
	unsigned nrelease, ticks; /* 0: none is; else so many ticks are left */
	unsigned nanswers;
	uint8_t answers[KEYBOARD_ANSWERS]; /* of the controller and the keyboard: before any key */
	bool full; /* the output buffer holds data */
	uint8_t data, config;
	uint8_t command; /* of the controller, that waits for a byte; 0: none */
	uint8_t device_command; /* the same of the keyboard */
	bool scans, last_was_command;
};

void keyboard_init(struct keyboard *k, const struct platform_host *host, struct reset *reset);

/* Is there room for one more key? */
bool keyboard_has_room(const struct keyboard *k);

/* Has the guest read all? */
bool keyboard_is_empty(const struct keyboard *k);

/* Press a key: its codes, as keymap.h gives them. What has no room is dropped, whole. */
void keyboard_press(struct keyboard *k, const uint8_t *codes, unsigned count);

/* Time passes, some twenty times a second. */
void keyboard_tick(struct keyboard *k);

/* As in bus.h, each with a struct keyboard. */
uint32_t keyboard_in(void *self, uint16_t offset, unsigned size);
void keyboard_out(void *self, uint16_t offset, unsigned size, uint32_t value);
uint32_t keyboard_control_in(void *self, uint16_t offset, unsigned size);
void keyboard_control_out(void *self, uint16_t offset, unsigned size, uint32_t value);

#endif
