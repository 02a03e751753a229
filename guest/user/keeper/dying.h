/* dying.h: what the keeper `dying` dies of. */
#ifndef GUEST_USER_KEEPER_DYING_H
#define GUEST_USER_KEEPER_DYING_H

#define DYING_STEP 0x800 /* accesses from here on are steps, and it dies when one is done */

#endif
