/*
 * window.h: the area that the monitor shares with this CPU (guest/abi/virtual.h), and
 * the pages of the window.
 */
#ifndef GUEST_KERNEL_WINDOW_H
#define GUEST_KERNEL_WINDOW_H

#include "guest/abi/boot.h"
#include "guest/abi/virtual.h"

/* Without a window, or a monitor that answers, there are no virtual pages; all else works. */
void window_init(const struct guest_boot *boot);

/* The record of the access of the process that runs. */
struct guest_access *window_record(void);

#endif
