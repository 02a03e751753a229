/* twin.h: the pieces that the program `twin` runs on the page at TWIN_PAGE; real pages lie on both sides of it. */
#ifndef TESTS_CAPABILITY_TWIN_H
#define TESTS_CAPABILITY_TWIN_H

#include "guest/user/lib/child.h"

#define TWIN_PAGE (CHILD_OBJECT + 0x1000)

#define TWIN_PIECES(X)                                                                                                 \
	X(widths)                                                                                                      \
	X(extended)                                                                                                    \
	X(unaligned)                                                                                                   \
	X(crossing_in)                                                                                                 \
	X(crossing_out)                                                                                                \
	X(arithmetic)                                                                                                  \
	X(locked)                                                                                                      \
	X(exchanged)                                                                                                   \
	X(compared)                                                                                                    \
	X(wide_compare)                                                                                                \
	X(bits)                                                                                                        \
	X(conditions)                                                                                                  \
	X(stack)                                                                                                       \
	X(frame)                                                                                                       \
	X(called)                                                                                                      \
	X(flags_popped)                                                                                                \
	X(string_in)                                                                                                   \
	X(string_out)                                                                                                  \
	X(string_within)                                                                                               \
	X(scanned)                                                                                                     \
	X(vector)                                                                                                      \
	X(floating)                                                                                                    \
	X(saved_state)                                                                                                 \
	X(divided)                                                                                                     \
	X(jumped)                                                                                                      \
	X(code_on_it)

enum twin_piece {
#define TWIN_NUMBER(name_) TWIN_##name_,
	TWIN_PIECES(TWIN_NUMBER)
#undef TWIN_NUMBER
		TWIN_COUNT
};

#endif
