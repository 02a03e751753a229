/* filled.h: the orders of the program `filled`, which looks at its vector registers and fills them. */
#ifndef TESTS_CAPABILITY_FILLED_H
#define TESTS_CAPABILITY_FILLED_H

#define FILLED_LOOK 0x2000 /* w0 byte -> w0: how many bytes of the registers are another */
#define FILLED_FILL 0x2001 /* w0 byte: all of them are that */
#define FILLED_FACULTIES 0x2002 /* -> w0: the components that XCR0 has, 3 without XSAVE */

#endif
