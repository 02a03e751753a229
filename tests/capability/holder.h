/* holder.h: the orders of the keeper `holder`, which steps every access and answers for the step when it is told to. */
#ifndef TESTS_CAPABILITY_HOLDER_H
#define TESTS_CAPABILITY_HOLDER_H

#define HOLDER_ANSWER 0x2000 /* w0 ANSWER_*: to the step it holds */
#define HOLDER_STATE 0x2001 /* -> w0 how often it was told that an access is gone, w1 1 if it holds a step */

#endif
