/* cow.h: the orders of the keeper `cow`. */
#ifndef GUEST_USER_KEEPER_COW_H
#define GUEST_USER_KEEPER_COW_H

#define COW_UNDO 0x2000 /* the last store -> w0 how many more can be taken back; RESULT_STATE: none was left */

#endif
