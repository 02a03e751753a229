/*
 * no_hold.c: the control of tests/smp/run: vmm/machine/hold.h without the holding. lodestore linked with it must
 * fail the tests that prove that a page opened for one vCPU is open for no other.
 */
#include "vmm/machine/hold.h"

#include <stddef.h>

struct hold *hold_new(void)
{
	static char it;

	return (struct hold *)(void *)&it;
}

void hold_free(struct hold *h)
{
	(void)h;
}

void hold_join(struct hold *h, unsigned id, void (*kick)(void *self), void *self)
{
	(void)h, (void)id, (void)kick, (void)self;
}

void hold_leave(struct hold *h, unsigned id)
{
	(void)h, (void)id;
}

void hold_point(struct hold *h, unsigned id)
{
	(void)h, (void)id;
}

void hold_pause(struct hold *h, unsigned id)
{
	(void)h, (void)id;
}

void hold_rest(struct hold *h, unsigned id)
{
	(void)h, (void)id;
}

void hold_resume(struct hold *h, unsigned id)
{
	(void)h, (void)id;
}

int hold_begin(struct hold *h, unsigned id, uint64_t limit_ns, unsigned *late)
{
	(void)h, (void)id, (void)limit_ns, (void)late;
	return 0;
}

int hold_begin_quiet(struct hold *h, unsigned id, uint64_t limit_ns, unsigned *late)
{
	(void)h, (void)id, (void)limit_ns, (void)late;
	return 0;
}

void hold_end(struct hold *h, unsigned id)
{
	(void)h, (void)id;
}

bool hold_is_mine(struct hold *h, unsigned id)
{
	(void)h, (void)id;
	return false;
}
