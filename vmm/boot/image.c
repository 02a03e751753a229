#include "vmm/boot/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A kernel with a large initrd has a few hundred MiB; a sparse file of terabytes must not fill the host. */
#define IMAGE_SIZE_MAX (4ll << 30)

/* Read until size bytes are there; returns how many came, or -errno. */
static ssize_t read_whole(int fd, uint8_t *bytes, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, bytes + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static int read_file(int fd, const char *path, struct image *out, struct error *e)
{
	struct stat status;
	uint8_t *bytes;
	ssize_t n;

	if (fstat(fd, &status) < 0)
		return error_set(e, STATUS_INPUT, "%s: %s", path, strerror(errno));
	if (S_ISDIR(status.st_mode))
		return error_set(e, STATUS_INPUT, "%s: %s", path, strerror(EISDIR));
	if (!S_ISREG(status.st_mode))
		return error_set(e, STATUS_INPUT, "%s: not a regular file", path);
	if (status.st_size == 0)
		return error_set(e, STATUS_INPUT, "%s: the file is empty", path);
	if (status.st_size > IMAGE_SIZE_MAX)
		return error_set(e, STATUS_INPUT, "%s: %lld bytes are more than the 4 GiB an image may have", path,
				 (long long)status.st_size);
	bytes = malloc((size_t)status.st_size);
	if (!bytes)
		return error_set(e, STATUS_HOST, "%s: no memory for its %lld bytes", path, (long long)status.st_size);
	n = read_whole(fd, bytes, (size_t)status.st_size);
	if (n != (ssize_t)status.st_size) {
		free(bytes);
		return error_set(e, STATUS_INPUT, "%s: %s", path,
				 n < 0 ? strerror((int)-n) : "became shorter while it was read");
	}
	*out = (struct image){.path = path, .bytes = bytes, .size = (size_t)n};
	return 0;
}

int image_open(const char *path, struct image *out, struct error *e)
{
	/* O_NONBLOCK: a FIFO must not hold us before fstat() can refuse it */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int status;

	if (fd < 0)
		return error_set(e, STATUS_INPUT, "%s: %s", path, strerror(errno));
	status = read_file(fd, path, out, e);
	close(fd);
	return status;
}

void image_close(struct image *image)
{
	free((void *)(uintptr_t)image->bytes);
	*image = (struct image){0};
}
