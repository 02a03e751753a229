/*
 * terminal.h: the user's end of the serial line.
 *
 * A thread reads the input. If the input is a terminal it is put in raw mode, so
 * that every key reaches the guest, and Ctrl-A is the escape: Ctrl-A x quits,
 * Ctrl-A Ctrl-A is one Ctrl-A, the host may know further commands, and before any
 * other key Ctrl-A is itself. Other inputs are passed on as they are. The end of the input is no
 * error: the guest then reads no more. A terminal in whose background we run is the shell's: it is not read.
 *
 * The terminal is restored by terminal_stop(), by exit(), and by every signal
 * that would end the process. Signals that have a handler when terminal_start()
 * is called are left to it; a fault's handler is asked first, and if it gives the
 * signal back to the default action, the terminal is restored. The process can
 * have one terminal in raw mode.
 */
#ifndef VMM_DEVICE_TERMINAL_H
#define VMM_DEVICE_TERMINAL_H

#include "vmm/device/escape.h"
#include "vmm/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Called from the terminal's thread. */
struct terminal_host {
	void *self;
	size_t (*room)(void *self); /* bytes that input() takes now */
	/* From a terminal more may come than there is room for: a full line must not keep Ctrl-A x away. */
	void (*input)(void *self, const uint8_t *bytes, size_t count);
	void (*quit)(void *self);
	bool (*ends)(void *self); /* Is the guest to end? By any thread. NULL: it is not */
	void (*writable)(void *self); /* what terminal_offer() did not take may go on; NULL: it is not called */
	/* A key after Ctrl-A, and each after that while it says ESCAPE_MORE. NULL: there are no more commands. */
	enum escape (*escape)(void *self, uint8_t key);
};

struct terminal;

/* Nothing is touched yet. input may be -1. NULL without memory or file descriptors. */
struct terminal *terminal_new(int input, int output, const struct terminal_host *host);

/* Raw mode, and begin to read. 0, or -1 with *e filled. */
int terminal_start(struct terminal *t, struct error *e);

/* There is room again. */
void terminal_wake(struct terminal *t);

/* Is the input a terminal? */
bool terminal_is_tty(const struct terminal *t);

/*
 * Write one byte of output, waiting for whoever reads it. When nobody will
 * (EPIPE, terminal_stop()), or the guest is to end and still nobody reads for a second,
 * the byte is lost.
 */
void terminal_write(struct terminal *t, uint8_t byte);

/*
 * Write as much of it as whoever reads it takes without being waited for; how many bytes. If that was not all, the
 * host's writable() is called once when there is room again. What nobody will read counts as taken.
 */
size_t terminal_offer(struct terminal *t, const uint8_t *bytes, size_t count);

/* Output is lost from now on, and nobody waits for its reader. */
void terminal_mute(struct terminal *t);

/* End the thread, restore the terminal. Idempotent; not from the host's calls. */
void terminal_stop(struct terminal *t);
void terminal_free(struct terminal *t);

#endif
