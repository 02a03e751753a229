/*
 * error.h: how a failure of the host's or a fault of the user's is told.
 *
 * The function that knows the cause fills the record once, in words that name
 * what and where; callers pass it up; the command line prints it as
 * "lodestore: <text>" and exits with the status.
 */
#ifndef VMM_ERROR_H
#define VMM_ERROR_H

/* Exit statuses of lodestore(1). */
enum exit_status {
	STATUS_OK = 0,
	STATUS_GUEST = 1, /* the guest stopped in error: exception, triple fault, refused access */
	STATUS_USAGE = 2, /* a wrong option, range, key or verb */
	STATUS_INPUT = 3, /* an image, config or symbol file that cannot be used */
	STATUS_HOST = 4, /* no KVM, no permission, no memory */
	STATUS_UNSUPPORTED = 5, /* the guest did what lodestore cannot carry out yet */
	STATUS_TIMEOUT = 124, /* --timeout ran out */
	STATUS_INTERRUPTED = 130,
};

struct error {
	enum exit_status status;
	char text[512];
};

/* Fills *e and returns -1, so that a caller can `return error_set(...)`. */
int error_set(struct error *e, enum exit_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
