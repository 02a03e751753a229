/*
 * platform.h: the PC's devices that KVM does not provide, put together.
 *
 * A 16550 at 0x3f8 (IRQ 4) on the terminal, the CMOS clock, the keyboard
 * controller's reset, reset port 0xcf9, ACPI's power-off register, isa-debug-exit at
 * 0xf4, and the few facts of fw_cfg at 0x510. On request a VGA's text on the terminal,
 * with a keyboard that is the terminal's. The platform knows no KVM: it asks its host for
 * interrupts and for the end.
 */
#ifndef VMM_DEVICE_PLATFORM_H
#define VMM_DEVICE_PLATFORM_H

#include "vmm/device/bus.h"
#include "vmm/device/escape.h"
#include "vmm/error.h"

#include <stdbool.h>
#include <stddef.h>

enum platform_request {
	PLATFORM_POWER_OFF,
	PLATFORM_RESET,
	PLATFORM_DEBUG_EXIT, /* value: what was written to 0xf4 */
	PLATFORM_QUIT, /* Ctrl-A x on the terminal, or Ctrl-C twice while the guest reads nothing */
};

/*
 * What the devices need from the machine. All may be called from the terminal's
 * thread. irq must not call the bus or the platform back; the others may, but for
 * platform_stop() and platform_free().
 */
struct platform_host {
	void *self;
	void (*irq)(void *self, unsigned line, bool level);
	void (*request)(void *self, enum platform_request what, uint32_t value);
	/* With options.console: there may be something to take, or room for what was not taken. Else it may be NULL. */
	void (*ready)(void *self);
	/* Keys after Ctrl-A, as struct terminal_host says; on the terminal's thread. NULL: none are known. */
	enum escape (*escape)(void *self, uint8_t key);
};

/* Power-off and sleep ports of the ACPI tables that boot/acpi.c writes. */
#define ACPI_PM1A_EVENT_PORT 0x600
#define ACPI_PM1A_CONTROL_PORT 0x604
#define ACPI_SLEEP_S5 5

struct platform_options {
	uint64_t memory_size; /* main memory, bytes: for the CMOS */
	unsigned cpus;
	int input, output; /* file descriptors of the serial line, normally 0 and 1 */
	/*
	 * The guest's VGA_TEXT_SIZE bytes of text, to be drawn on the file descriptor screen; then what is typed comes
	 * from the keyboard, and the serial line is silent on a terminal. NULL: there is no screen.
	 */
	const uint8_t *text;
	int screen;
	bool console; /* what is typed goes to platform_take(), not to the serial line; to a screen's keyboard it does
		       */
};

struct platform;

/* Adds its devices to bus. NULL with *e filled. The terminal is not touched yet. */
struct platform *platform_new(const struct platform_options *options, const struct platform_host *host, struct bus *bus,
			      struct error *e);

/*
 * Put the terminal (if input is one) in raw mode and start reading it. 0, or -1 with *e filled.
 * Signal handlers of the machine's are to be installed before: a signal that would
 * end the process by default then restores the terminal first (terminal.h).
 */
int platform_start(struct platform *p, struct error *e);

/*
 * Stop reading, restore the terminal; output is never held back, so there is none to
 * flush. A vCPU that waits for its output to be read goes on. Idempotent; also done
 * by platform_free().
 */
void platform_stop(struct platform *p);

/* The guest is to end: a vCPU that waits for its output to be read goes on. */
void platform_mute(struct platform *p);
void platform_free(struct platform *p);

/*
 * For another device that has the terminal: take what was typed, and offer output; neither waits. How many
 * bytes; if fewer than there is room for (than count), host.ready() is called when there are more (when it goes on).
 */
size_t platform_take(struct platform *p, uint8_t *bytes, size_t room);
size_t platform_offer(struct platform *p, const uint8_t *bytes, size_t count);

/* Where the shown text begins, in characters from VGA_TEXT; 0 without a screen. Not while the guest runs. */
uint16_t platform_text_start(const struct platform *p);

#endif
