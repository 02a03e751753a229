/* escape.h: what becomes of a key after Ctrl-A. */
#ifndef VMM_DEVICE_ESCAPE_H
#define VMM_DEVICE_ESCAPE_H

enum escape {
	ESCAPE_UNKNOWN, /* it is no command: Ctrl-A and the key go to the guest */
	ESCAPE_DONE,
	ESCAPE_MORE, /* the next key belongs to it too */
};

#endif
