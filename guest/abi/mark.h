/*
 * mark.h: what a guest says to a trace that is made of it. For both sides, and without any include.
 *
 * Ports next to those of virtual.h. They answer whether a trace is made or not: without one, what is
 * said there goes nowhere.
 */
#ifndef GUEST_ABI_MARK_H
#define GUEST_ABI_MARK_H

/*
 * A 4-byte OUT, at any privilege level that may use ports: a mark with this number stands in the trace from here on.
 * A 4-byte IN: GUEST_MARK_TRACED if a trace is made, GUEST_MARK_UNTRACED if not. On a machine without these
 * ports it reads all ones.
 */
#define GUEST_PORT_MARK 0x6c6c
#define GUEST_MARK_TRACED 0x6b72616d
#define GUEST_MARK_UNTRACED 0x6b72616e

/* A 4-byte OUT: the badge of the process that runs from now on, for the records of what it accesses; 0: none. */
#define GUEST_PORT_BADGE 0x6c70

#endif
