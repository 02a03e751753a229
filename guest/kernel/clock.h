/* clock.h: who sleeps. */
#ifndef GUEST_KERNEL_CLOCK_H
#define GUEST_KERNEL_CLOCK_H

/* A tick has passed: wakes whose time has come. */
void clock_tick(void);

#endif
