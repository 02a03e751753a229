/*
 * timer.h: the PIT by way of the PICs: ticks of 1/TIMER_HZ second.
 *
 * A tick begins when the kernel is left and ends with one interrupt. So however slow the kernel is, and whatever the
 * host does meanwhile, interrupts do not queue up, and a process gets its turn. Ticks are no clock.
 */
#ifndef GUEST_KERNEL_TIMER_H
#define GUEST_KERNEL_TIMER_H

#define TIMER_HZ 100
#define TIMER_LINE 0

void timer_init(void);

/* The kernel is left: the next tick begins, if none is running. */
void timer_run(void);

/* An interrupt of this line (0..15) has come. */
void timer_acknowledge(unsigned line);

#endif
