/* liar.h: offsets at which the keeper `liar` answers, with what. Elsewhere it gives zeroes. */
#ifndef GUEST_USER_KEEPER_LIAR_H
#define GUEST_USER_KEEPER_LIAR_H

#define LIAR_SHORT 0x00 /* a byte too few */
#define LIAR_LONG 0x08 /* 64 bytes, whatever was asked */
#define LIAR_UNKNOWN 0x10 /* an order that is no answer */
#define LIAR_MAP_NOTHING 0x18
#define LIAR_MAP_CONSOLE 0x20 /* a capability that is no memory */
#define LIAR_FORWARD_NOTHING 0x28
#define LIAR_FORWARD_CLOCK 0x30
#define LIAR_STEP_NOTHING 0x38
#define LIAR_UNDO 0x40 /* without a step */
#define LIAR_FAULT_NONE 0x48
#define LIAR_TWICE 0x50 /* ones, then twos, then threes: ones it is */

#endif
