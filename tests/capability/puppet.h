/*
 * puppet.h: the program `puppet`, a keeper that answers nothing until it is told to, and then what it is told: so that
 * a test can stop at each point of an access.
 */
#ifndef TESTS_CAPABILITY_PUPPET_H
#define TESTS_CAPABILITY_PUPPET_H

#include "guest/user/lib/child.h"

/* Through an entry with this badge; all others are pages. */
#define PUPPET_CONTROL 0x10000

#define PUPPET_STATE 0x7100 /* -> w0 questions held, w1 ACCESS_* of the last that came, w2 how many were told gone */
/*
 * w0 which held question, the oldest is 0, or PUPPET_AGAIN: the one answered last; w1 ANSWER_*; w2 the value, or
 * FAULT_*; w3 its size in bytes
 * -> w0 result of invoking the reply
 */
#define PUPPET_ANSWER 0x7101
#define PUPPET_AGAIN 0xff

#define PUPPET_HELD_MAX 8u

#endif
