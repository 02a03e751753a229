#include "vmm/device/output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

void output_init(struct output *o, int fd)
{
	o->fd = fd;
	o->portion = isatty(fd) ? 1 : PIPE_BUF; /* a terminal's driver may wait in the middle of more */
}

int output_wait(const struct output *o, int ms)
{
	struct pollfd fd = {.fd = o->fd, .events = POLLOUT};

	return poll(&fd, 1, ms);
}

ssize_t output_try(const struct output *o, const void *bytes, size_t size)
{
	ssize_t count;

	if (output_wait(o, 0) <= 0)
		return 0;
	count = write(o->fd, bytes, size < o->portion ? size : o->portion);
	if (count < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	return count;
}
