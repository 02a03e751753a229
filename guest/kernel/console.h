/*
 * console.h: the serial line, and the ends of the machine.
 */
#ifndef GUEST_KERNEL_CONSOLE_H
#define GUEST_KERNEL_CONSOLE_H

#include <stdint.h>

/* An exception of the kernel's own. */
void console_panic_at(unsigned vector, uint64_t code) __attribute__((noreturn));

#endif
