/* probe.h: the forbidden things that the program `probe` does, one each time it is started. */
#ifndef TESTS_CAPABILITY_PROBE_H
#define TESTS_CAPABILITY_PROBE_H

enum probe {
	PROBE_PORT,
	PROBE_CALL_PORT, /* guest/abi/virtual.h */
	PROBE_HALT,
	PROBE_INTERRUPTS_OFF,
	PROBE_PAGE_TABLES,
	PROBE_KERNEL_IMAGE,
	PROBE_KERNEL_MEMORY,
	PROBE_LOW_MEMORY,
	PROBE_WINDOW,
	PROBE_NOT_CANONICAL,
	PROBE_BREAKPOINT,
	PROBE_DIVIDE,
	PROBE_JUMP_AWAY,
	PROBE_JUMP_NOWHERE,
	PROBE_STACK_AWAY,
	PROBES,
	PROBE_EXECUTE, /* what is at CHILD_OBJECT, after a load of it */
	PROBE_STORE /* the same */
};

#endif
