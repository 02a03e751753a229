/*
 * timer.h: the PIT by way of the PICs: a tick TIMER_HZ times a second.
 */
#ifndef GUEST_KERNEL_TIMER_H
#define GUEST_KERNEL_TIMER_H

#define TIMER_HZ 100
#define TIMER_LINE 0

void timer_init(void);

/* An interrupt of this line (0..15) has come. */
void timer_acknowledge(unsigned line);

#endif
