/*
 * console.h: what is typed after Ctrl-A.
 *
 * p r l x and h are commands, a and d ask for a line first: Enter ends it, Backspace and Ctrl-U correct it, Escape and
 * Ctrl-C leave it. What they say goes to a file descriptor, and is lost if nobody reads there for a second.
 */
#ifndef VMM_CONTROL_CONSOLE_H
#define VMM_CONTROL_CONSOLE_H

#include "vmm/control/monitor.h"
#include "vmm/device/escape.h"

struct console {
	struct monitor *monitor;
	int output;
	enum command asked; /* of the line that is typed */
	bool typing;
	size_t length;
	char line[256];
};

void console_init(struct console *c, struct monitor *monitor, int output);

/* One key; as struct terminal_host's escape. */
enum escape console_key(struct console *c, uint8_t key);

#endif
