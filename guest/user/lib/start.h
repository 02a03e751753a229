/*
 * start.h: the form of a program's image. For C and for assembler.
 */
#ifndef GUEST_USER_LIB_START_H
#define GUEST_USER_LIB_START_H

#include "guest/abi/invoke.h"

#define START_NAME_OFFSET 16
#define START_NAME_SIZE 16
#define START_STACK_SIZE 8192
#define START_IMAGE_PAGES 16 /* at most: a space's slots */

#ifndef __ASSEMBLER__
#include <stdint.h>

extern uint64_t start_flags; /* START_*: to be given to who is started */

/* What each program has: begins with the arguments of who started it, and must not return while somebody waits for it.
 */
void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d);
#endif

#endif
