#include "vmm/device/virtio/block.h"

#include "vmm/device/virtio/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEVICE_BLOCK 2u
#define CONFIG_CAPACITY 0 /* u64, sectors */
#define CONFIG_SEGMENTS 12 /* u32 */

/* What the worker does: one request. Its bytes are no memory of the guest's, which only threads of vCPUs touch. */
struct job {
	bool given; /* and not yet finished */
	bool abandoned; /* the driver has reset the device: nobody waits for it */
	uint32_t type;
	uint64_t offset, size; /* in the file */
	uint8_t *bytes;
	int err; /* of the host's; ENODATA: the file has become shorter */
	struct chain chain;
};

struct block {
	struct virtio v;
	struct worker worker;
	bool works; /* the worker is started */
	int fd;
	uint64_t sectors;
	bool read_only;
	char serial[BLOCK_SERIAL]; /* padded with zeros */
	struct job job;
	uint64_t bytes_read, bytes_written, flushes;
};

/* --- the file: in the worker's thread ----------------------------------------------------- */

/* All of it, in as many calls as it takes. 0 or an errno. */
static int transfer(const struct block *b, const struct job *job)
{
	uint64_t done = 0;

	while (done < job->size) {
		uint8_t *bytes = job->bytes + done;
		size_t left = (size_t)(job->size - done);
		off_t at = (off_t)(job->offset + done);
		ssize_t now = job->type == BLOCK_WRITE ? pwrite(b->fd, bytes, left, at) : pread(b->fd, bytes, left, at);

		if (now < 0 && errno == EINTR)
			continue;
		if (now < 0)
			return errno;
		if (now == 0)
			return ENODATA;
		done += (uint64_t)now;
	}
	return 0;
}

/* A write beyond the end would make the file longer: it has become shorter since it was opened. */
static bool has_place(const struct block *b, const struct job *job)
{
	struct stat st;

	return fstat(b->fd, &st) == 0 && (!S_ISREG(st.st_mode) || (uint64_t)st.st_size >= job->offset + job->size);
}

static void work(void *self)
{
	struct block *b = self;
	struct job *job = &b->job;

	if (job->type == BLOCK_FLUSH)
		job->err = fdatasync(b->fd) < 0 ? errno : 0;
	else
		job->err = job->type == BLOCK_WRITE && !has_place(b, job) ? ENODATA : transfer(b, job);
}

static void work_done(void *self)
{
	struct block *b = self;

	b->v.host.later(b->v.host.self);
}

/* --- requests --------------------------------------------------------------------------- */

static void answer(struct block *b, const struct chain *c, bool write, enum block_status status)
{
	uint8_t byte = (uint8_t)status;

	b->v.counts.errors += status != BLOCK_OK;
	chain_write(c, c->writable - 1, &byte, 1);
	virtio_return(&b->v, 0, c, write ? 1 : (uint32_t)c->writable);
}

static const char *what(uint32_t type)
{
	return type == BLOCK_WRITE ? "write" : "read";
}

static enum block_status tell_error(struct block *b, const struct job *job)
{
	const char *why = job->err == ENODATA ? "the file has become shorter" : strerror(job->err);

	if (job->type == BLOCK_FLUSH)
		virtio_tell(&b->v, "flush: %s", why);
	else
		virtio_tell(&b->v, "%s of %llu bytes at offset %llu: %s", what(job->type),
			    (unsigned long long)job->size, (unsigned long long)job->offset, why);
	return BLOCK_ERROR;
}

/* The worker has done it: now its bytes are the guest's. */
static void finish(struct block *b)
{
	struct job *job = &b->job;
	enum block_status status = job->err ? BLOCK_ERROR : BLOCK_OK;

	if (job->err)
		tell_error(b, job);
	else if (job->type == BLOCK_READ && !job->abandoned)
		chain_write(&job->chain, 0, job->bytes, (size_t)job->size);
	if (!job->err)
		*(job->type == BLOCK_WRITE ? &b->bytes_written : &b->bytes_read) += job->size;
	if (!job->abandoned)
		answer(b, &job->chain, job->type == BLOCK_WRITE, status);
	free(job->bytes);
	job->bytes = NULL;
	job->given = false;
}

/* Is it one that the disk can do? *size is how many bytes it moves. */
static bool check_move(struct block *b, const struct chain *c, const struct block_header *h, uint64_t *size)
{
	*size = h->type == BLOCK_WRITE ? c->readable - sizeof(*h) : c->writable - 1;
	if (*size % BLOCK_SECTOR != 0 || *size > BLOCK_REQUEST_MAX)
		virtio_tell(&b->v, "%s of %llu bytes: no whole sectors, or too many", what(h->type),
			    (unsigned long long)*size);
	else if (h->sector > b->sectors || *size / BLOCK_SECTOR > b->sectors - h->sector)
		virtio_tell(&b->v, "%s of %llu bytes at sector %llu: the disk ends at %llu", what(h->type),
			    (unsigned long long)*size, (unsigned long long)h->sector, (unsigned long long)b->sectors);
	else if (h->type == BLOCK_WRITE && b->read_only)
		virtio_tell(&b->v, "write of %llu bytes at sector %llu: the disk is read-only",
			    (unsigned long long)*size, (unsigned long long)h->sector);
	else
		return true;
	return false;
}

/* The chain is the job's already. BLOCK_OK: the worker has it. */
static enum block_status give(struct block *b, const struct block_header *h)
{
	struct job *job = &b->job;

	job->type = h->type;
	job->offset = h->sector * BLOCK_SECTOR;
	job->size = 0;
	if (h->type != BLOCK_FLUSH && !check_move(b, &job->chain, h, &job->size))
		return BLOCK_ERROR;
	job->bytes = job->size > 0 ? malloc((size_t)job->size) : NULL;
	if (job->size > 0 && !job->bytes) {
		job->err = ENOMEM;
		return tell_error(b, job);
	}
	if (h->type == BLOCK_WRITE)
		chain_read(&job->chain, sizeof(*h), job->bytes, (size_t)job->size);
	b->flushes += h->type == BLOCK_FLUSH;
	job->given = true;
	job->abandoned = false;
	worker_give(&b->worker);
	return BLOCK_OK;
}

static enum block_status identify(const struct block *b, const struct chain *c)
{
	uint64_t room = c->writable - 1;

	chain_write(c, 0, b->serial, room < BLOCK_SERIAL ? (size_t)room : BLOCK_SERIAL);
	return BLOCK_OK;
}

/* Of the job's chain. */
static void begin(struct block *b, const struct block_header *h)
{
	const struct chain *c = &b->job.chain;
	enum block_status status;

	switch (h->type) {
	case BLOCK_READ:
	case BLOCK_WRITE:
	case BLOCK_FLUSH:
		status = give(b, h);
		break;
	case BLOCK_GET_ID:
		status = identify(b, c);
		break;
	default:
		status = BLOCK_UNSUPPORTED;
	}
	if (!b->job.given)
		answer(b, c, h->type == BLOCK_WRITE, status);
}

static void block_serve(struct virtio *v, unsigned queue)
{
	struct block *b = (struct block *)v;
	struct block_header header;

	for (;;) {
		if (b->job.given && !worker_is_free(&b->worker))
			return; /* it says when it is done */
		if (b->job.given)
			finish(b);
		if (!virtio_take(v, queue, &b->job.chain))
			return;
		if (b->job.chain.writable == 0 ||
		    chain_read(&b->job.chain, 0, &header, sizeof(header)) < sizeof(header)) {
			virtio_break(v, "a request without header, or without room for its status");
			return;
		}
		begin(b, &header);
	}
}

static void block_reset(struct virtio *v)
{
	((struct block *)v)->job.abandoned = true;
}

static void block_print(const struct virtio *v, FILE *out)
{
	const struct block *b = (const struct block *)v;

	fprintf(out, ", %llu bytes read, %llu written, %llu flushes", (unsigned long long)b->bytes_read,
		(unsigned long long)b->bytes_written, (unsigned long long)b->flushes);
}

static void block_free(struct virtio *v)
{
	struct block *b = (struct block *)v;

	if (b->works)
		worker_stop(&b->worker);
	virtio_destroy(v);
	free(b->job.bytes);
	if (b->fd >= 0)
		close(b->fd);
	free(b);
}

static const struct virtio_ops block_ops = {
	.name = "block",
	.id = DEVICE_BLOCK,
	.nqueues = 1,
	.serve = block_serve,
	.reset = block_reset,
	.print = block_print,
	.free = block_free,
};

/* --- making it ---------------------------------------------------------------------------- */

static int open_error(const char *path, bool read_only, struct error *e)
{
	int err = errno;
	bool only_reads = err == EACCES || err == EPERM || err == EROFS || err == ETXTBSY;

	if (!read_only && only_reads && access(path, R_OK) == 0)
		return error_set(e, STATUS_INPUT, "%s: cannot be written: %s; '%s,ro' makes it a read-only disk", path,
				 strerror(err), path);
	return error_set(e, STATUS_INPUT, "%s: %s%s", path, strerror(err),
			 err == ENOENT && strchr(path, ',') ? " (the only option of a disk is ',ro')" : "");
}

static int check_file(struct block *b, const char *path, struct error *e)
{
	struct stat st;
	off_t size;

	if (fstat(b->fd, &st) < 0)
		return error_set(e, STATUS_INPUT, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return error_set(e, STATUS_INPUT, "%s: a disk must be a regular file or a block device", path);
	size = lseek(b->fd, 0, SEEK_END);
	if (size < 0)
		return error_set(e, STATUS_INPUT, "%s: %s", path, strerror(errno));
	if (size == 0 || size % BLOCK_SECTOR != 0)
		return error_set(e, STATUS_INPUT,
				 "%s: %lld bytes are no disk: its size must be a multiple of %u, and not 0", path,
				 (long long)size, BLOCK_SECTOR);
	if (flock(b->fd, (b->read_only ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0)
		return error_set(e, STATUS_INPUT, "%s: in use by another machine or as another disk", path);
	b->sectors = (uint64_t)size / BLOCK_SECTOR;
	return 0;
}

static int start_worker(struct block *b, const char *path, struct error *e)
{
	int err = worker_start(&b->worker, &(struct worker_host){.self = b, .work = work, .done = work_done});

	b->works = err == 0;
	return err ? error_set(e, STATUS_HOST, "%s: thread: %s", path, strerror(err)) : 0;
}

static void fill_config(struct block *b)
{
	/* a descriptor each for header and status, the rest for data */
	uint32_t segments = QUEUE_SIZE_MAX - 2;

	memcpy(b->v.config + CONFIG_CAPACITY, &b->sectors, sizeof(b->sectors));
	memcpy(b->v.config + CONFIG_SEGMENTS, &segments, sizeof(segments));
}

struct virtio *block_new(const char *path, bool read_only, const struct virtio_host *host, unsigned line,
			 struct error *e)
{
	uint64_t features = BLOCK_FEATURE_SEGMENTS | BLOCK_FEATURE_FLUSH | (read_only ? BLOCK_FEATURE_READ_ONLY : 0);
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	struct block *b = calloc(1, sizeof(*b));
	char name[160];

	if (!b) {
		error_set(e, STATUS_HOST, "%s: out of memory", path);
		return NULL;
	}
	snprintf(name, sizeof(name), "block %s", path);
	virtio_init(&b->v, &block_ops, host, line, features, name);
	b->read_only = read_only;
	memcpy(b->serial, base, strnlen(base, BLOCK_SERIAL));
	/* not waiting for the other end of a FIFO */
	b->fd = open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
	if (b->fd < 0 ? open_error(path, read_only, e) < 0
		      : check_file(b, path, e) < 0 || start_worker(b, path, e) < 0) {
		block_free(&b->v);
		return NULL;
	}
	fill_config(b);
	return &b->v;
}
