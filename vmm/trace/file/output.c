#include "vmm/trace/file/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_path(struct output *out, bool force, struct error *e)
{
	const char *path = out->path;
	struct stat st;

	if (lstat(path, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode))) {
		out->fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	} else {
		if (force && unlink(path) < 0 && errno != ENOENT)
			return error_set(e, STATUS_INPUT, "trace %s: cannot be replaced: %s", path, strerror(errno));
		out->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	}
	if (out->fd < 0 && errno == EEXIST)
		return error_set(e, STATUS_INPUT, "trace %s: exists; --force replaces it", path);
	if (out->fd < 0)
		return error_set(e, STATUS_INPUT, "trace %s: %s", path, strerror(errno));
	out->own = true;
	return 0;
}

int output_open(struct output *out, const char *path, bool force, struct error *e)
{
	struct stat st;

	*out = (struct output){.fd = -1, .path = path};
	if (strcmp(path, "none") == 0)
		return 0;
	if (strcmp(path, "-") == 0) {
		out->path = "standard output";
		out->fd = STDOUT_FILENO;
		if (isatty(out->fd))
			return error_set(e, STATUS_USAGE, "trace -: standard output is a terminal");
	} else if (open_path(out, force, e) < 0) {
		return -1;
	}
	out->regular = out->own && fstat(out->fd, &st) == 0 && S_ISREG(st.st_mode);
	return 0;
}

/* So many bytes of the pieces are done. */
static void move_on(struct iovec **pieces, int *n, size_t done)
{
	while (*n && done >= (*pieces)->iov_len) {
		done -= (*pieces)->iov_len;
		++*pieces;
		--*n;
	}
	if (*n) {
		(*pieces)->iov_base = (char *)(*pieces)->iov_base + done;
		(*pieces)->iov_len -= done;
	}
}

/* Takes back what was written of a block. What cannot be taken back, the reader drops. */
static int failed(struct output *out, int cause, struct error *e)
{
	if (out->regular && ftruncate(out->fd, (off_t)out->bytes) == 0)
		lseek(out->fd, (off_t)out->bytes, SEEK_SET);
	return error_set(e, STATUS_HOST, "trace %s: after %llu bytes: %s", out->path, (unsigned long long)out->bytes,
			 strerror(cause));
}

/* Is there place for the next size bytes? They are taken, though the file is no longer. */
static bool has_place(struct output *out, uint64_t size)
{
	return !out->regular || fallocate(out->fd, FALLOC_FL_KEEP_SIZE, (off_t)out->bytes, (off_t)size) == 0 ||
	       (errno != ENOSPC && errno != EDQUOT);
}

int output_write(struct output *out, struct iovec *pieces, int n, uint64_t beyond, struct error *e)
{
	uint64_t size = 0;

	for (int i = 0; i < n; i++)
		size += pieces[i].iov_len;
	move_on(&pieces, &n, 0);
	if (beyond && !has_place(out, size + beyond))
		return failed(out, errno, e);
	while (n && out->fd >= 0) {
		ssize_t done = writev(out->fd, pieces, n);

		if (done < 0 && errno == EAGAIN)
			poll(&(struct pollfd){.fd = out->fd, .events = POLLOUT}, 1, -1);
		else if (done < 0 && errno != EINTR)
			return failed(out, errno, e);
		else if (done > 0)
			move_on(&pieces, &n, (size_t)done);
	}
	out->bytes += size;
	return 0;
}

int output_close(struct output *out, struct error *e)
{
	int fd = out->fd;
	/* what has_place() took beyond the end goes back */
	int status = out->regular ? ftruncate(fd, (off_t)out->bytes) : 0;

	out->fd = -1;
	if (out->own && close(fd) < 0 && errno != EINTR)
		status = -1;
	if (status < 0)
		return error_set(e, STATUS_HOST, "trace %s: %s", out->path, strerror(errno));
	return 0;
}
