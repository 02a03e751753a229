/* stepper.h: the orders of the keeper `stepper`. */
#ifndef GUEST_USER_KEEPER_STEPPER_H
#define GUEST_USER_KEEPER_STEPPER_H

#define STEPPER_UNDO 0x2000 /* w0: how many of the steps to come are undone */

#endif
