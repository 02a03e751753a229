/*
 * rawmode.h: a terminal in raw mode, restored on every way out of the process.
 */
#ifndef VMM_DEVICE_RAWMODE_H
#define VMM_DEVICE_RAWMODE_H

/* 0, or -errno; -EBUSY if a terminal is in raw mode already. Output processing stays on, for our own messages. */
int rawmode_enter(int fd);

/* Back to what it was before. Idempotent, async-signal-safe. */
void rawmode_leave(void);

#endif
