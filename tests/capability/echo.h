/* echo.h: orders of the program `echo`, which is called through wrappers. */
#ifndef TESTS_CAPABILITY_ECHO_H
#define TESTS_CAPABILITY_ECHO_H

#include "guest/abi/invoke.h"

#define ECHO_BADGE 0x5000 /* -> result RESULT_USER, w0 the badge through which it was called */
#define ECHO_KEEP 0x5001 /* c0 */
#define ECHO_GIVE 0x5002 /* -> c0 what it keeps */
#define ECHO_PASS 0x5003 /* sends the reply on to what CHILD_SLOT_TARGET is, to ECHO_ANSWER -> w0 0x77 */
#define ECHO_ANSWER 0x5004 /* c0 a reply, which is answered, w0 0x77, and then once more, w0 0x88 */

#endif
