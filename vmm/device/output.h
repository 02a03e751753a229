/*
 * output.h: a descriptor that is written without ever waiting for its reader, whoever shares it.
 *
 * O_NONBLOCK would belong to the shell's terminal as well. So it is asked by poll(), and no more is written
 * at once than a pipe or a terminal that is ready takes without waiting.
 */
#ifndef VMM_DEVICE_OUTPUT_H
#define VMM_DEVICE_OUTPUT_H

#include <stddef.h>
#include <sys/types.h>

struct output {
	int fd;
	size_t portion; /* bytes that can be written at once where poll() says that there is room */
};

void output_init(struct output *o, int fd);

/* How many bytes are written, 0 if none now, -1 if never. */
ssize_t output_try(const struct output *o, const void *bytes, size_t size);

/* Wait up to so many ms until some can be written: as poll() answers. */
int output_wait(const struct output *o, int ms);

#endif
