#include "vmm/trace/export/result.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int host_error(const struct result *r, int err, struct error *e)
{
	const char *name = strcmp(r->name, "-") == 0 ? "standard output" : r->name;

	return error_set(e, STATUS_HOST, "%s: %s", name, strerror(err));
}

static int exists(const struct result *r, struct error *e)
{
	return error_set(e, STATUS_INPUT, "%s: exists; --force replaces it", r->name);
}

/* Read and write for all, less what the user does not want: as open() makes files. */
static mode_t file_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static int open_beside(struct result *r, struct error *e)
{
	int fd;

	if (asprintf(&r->path, "%s.unfinished-XXXXXX", r->name) < 0) {
		r->path = NULL;
		return error_set(e, STATUS_HOST, "out of memory");
	}
	fd = mkostemp(r->path, O_CLOEXEC);
	if (fd < 0)
		return error_set(e, STATUS_INPUT, "%s: %s", r->name, strerror(errno));
	r->beside = true;
	if (fchmod(fd, file_mode()) < 0 || !(r->out = fdopen(fd, "w"))) {
		host_error(r, errno, e);
		close(fd);
		return -1;
	}
	return 0;
}

static int open_there(struct result *r, struct error *e)
{
	r->path = strdup(r->name);
	r->out = r->path ? fopen(r->name, "we") : NULL;
	return r->out ? 0 : error_set(e, STATUS_INPUT, "%s: %s", r->name, strerror(errno));
}

static int open_result(struct result *r, struct error *e)
{
	struct stat st;

	if (strcmp(r->name, "-") == 0) {
		r->out = stdout;
		return 0;
	}
	if (stat(r->name, &st) < 0)
		return open_beside(r, e);
	if (!S_ISREG(st.st_mode))
		return open_there(r, e);
	return r->force ? open_beside(r, e) : exists(r, e);
}

int result_open(struct result *out, const char *path, bool force, struct error *e)
{
	struct result r = {.name = path, .force = force};

	if (open_result(&r, e) < 0) {
		result_drop(&r);
		return -1;
	}
	*out = r;
	return 0;
}

void result_close_stream(struct result *r)
{
	if (r->out && r->out != stdout)
		fclose(r->out);
	r->out = NULL;
}

int result_check(const struct result *r, struct error *e)
{
	return r->out && ferror(r->out) ? host_error(r, errno ? errno : EIO, e) : 0;
}

/* What others wrote at r->path, onto the disk. */
static int write_other(const struct result *r, struct error *e)
{
	int fd = open(r->path, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 || fsync(fd) < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return err ? host_error(r, err, e) : 0;
}

/* Buffered bytes out; and where they can be lost yet, onto the disk. */
static int write_rest(struct result *r, struct error *e)
{
	int err = 0;

	if (!r->out)
		return write_other(r, e);
	if (fflush(r->out) != 0 || (r->beside && fsync(fileno(r->out)) < 0))
		err = errno;
	if (!err && ferror(r->out))
		err = EIO;
	if (r->out != stdout && fclose(r->out) != 0 && !err)
		err = errno;
	r->out = NULL;
	return err ? host_error(r, err, e) : 0;
}

/* Without --force it never replaces a file that came meanwhile. */
static int give_name(struct result *r, struct error *e)
{
	unsigned flags = r->force ? 0 : RENAME_NOREPLACE;
	int err = renameat2(AT_FDCWD, r->path, AT_FDCWD, r->name, flags);

	if (err < 0 && errno == EINVAL) /* a file system that cannot tell */
		err = access(r->name, F_OK) == 0 ? -1 : rename(r->path, r->name);
	if (err < 0)
		return errno == EEXIST || errno == EINVAL ? exists(r, e) : host_error(r, errno, e);
	r->beside = false;
	return 0;
}

int result_finish(struct result *r, struct error *e)
{
	int err = write_rest(r, e);

	if (err == 0 && r->beside)
		err = give_name(r, e);
	result_drop(r);
	return err;
}

void result_drop(struct result *r)
{
	result_close_stream(r);
	if (r->beside)
		unlink(r->path);
	free(r->path);
	*r = (struct result){.name = r->name};
}
