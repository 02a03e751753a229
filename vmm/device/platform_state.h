/*
 * platform_state.h: what the files of the platform share.
 *
 * platform.c           its devices, behind one lock
 * platform_terminal.c  what its terminal and its display ask of it, on threads of their own
 */
#ifndef VMM_DEVICE_PLATFORM_STATE_H
#define VMM_DEVICE_PLATFORM_STATE_H

#include "vmm/device/cmos.h"
#include "vmm/device/debug_exit.h"
#include "vmm/device/display.h"
#include "vmm/device/fw_cfg.h"
#include "vmm/device/keyboard.h"
#include "vmm/device/keys.h"
#include "vmm/device/platform.h"
#include "vmm/device/reset.h"
#include "vmm/device/terminal.h"
#include "vmm/device/uart.h"

#include <pthread.h>

#define DEVICES_MAX 12

/* A device behind the platform's lock. */
struct guarded {
	struct platform *platform;
	struct port_device device;
};

/* What a device wants done; carried out when the lock is free, for it may wait or call back. */
struct effects {
	bool output, request, wake, ready;
	uint8_t byte;
	enum platform_request what;
	uint32_t value;
};

struct platform {
	pthread_mutex_t lock; /* of all below but host, terminal and display */
	struct platform_host host;
	struct terminal *terminal;
	struct display *display; /* NULL: there is no screen */
	struct uart uart;
	struct cmos cmos;
	struct reset reset;
	struct debug_exit debug_exit;
	struct fw_cfg fw_cfg;
	struct vga vga; /* with a display, as the keyboard */
	struct keyboard keyboard;
	bool silent; /* the serial line's output would spoil the screen */
	bool console; /* platform_take() has the keys; the serial line none */
	struct effects effects;
	struct keys keys; /* typed, not yet taken by a device */
	bool starved; /* the terminal's thread waits for room */
	bool ctrl_c_unread; /* a Ctrl-C was typed, and the guest has not read all keys since */
	unsigned nguarded;
	struct guarded guarded[DEVICES_MAX];
};

void platform_lock(struct platform *p);

/* Also lets go what the devices wanted done. */
void platform_unlock(struct platform *p);

/* From the keys to the device that takes them, as far as it has room. Under the lock. */
void platform_feed(struct platform *p);

/* A device's: for its host, when the lock is free. */
void platform_request(void *self, enum platform_request what, uint32_t value);

/* Their hosts are the platform. NULL without memory. */
struct terminal *platform_terminal(struct platform *p, int input, int output);
struct display *platform_display(struct platform *p, const uint8_t *text, int output);

#endif
