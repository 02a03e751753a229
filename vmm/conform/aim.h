/*
 * aim.h: registers and displacements such that every access lies in the arena.
 */
#ifndef VMM_CONFORM_AIM_H
#define VMM_CONFORM_AIM_H

#include "vmm/conform/random.h"
#include "vmm/conform/scene.h"

/*
 * Move the first access of the explicit operand (or, without one, of any) to where
 * the case's place says, the others to somewhere sensible, and fill s->refs. False
 * if that cannot be done: then the scene must not run, for its accesses lie anywhere.
 */
bool aim(const struct scene_host *host, struct random *r, struct scene *s);

#endif
