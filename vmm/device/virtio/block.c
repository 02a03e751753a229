#include "vmm/device/virtio/block.h"

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

struct block {
	struct virtio v;
	int fd;
	uint64_t sectors;
	bool read_only;
	char serial[BLOCK_SERIAL]; /* padded with zeros */
	uint64_t bytes_read, bytes_written, flushes;
};

/* --- the file --------------------------------------------------------------------------- */

/* All of it, in as many calls as it takes. 0 or an errno; ENODATA: it ends before. */
static int transfer(struct block *b, const struct chain *c, bool write, uint64_t skip, uint64_t size, uint64_t offset)
{
	struct iovec slice[CHAIN_PIECES_MAX];
	uint64_t done = 0;

	while (done < size) {
		unsigned count = chain_slice(c, !write, skip + done, size - done, slice);
		off_t at = (off_t)(offset + done);
		ssize_t now = write ? pwritev(b->fd, slice, (int)count, at) : preadv(b->fd, slice, (int)count, at);

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
static bool is_whole(const struct block *b)
{
	struct stat st;

	return fstat(b->fd, &st) == 0 && (!S_ISREG(st.st_mode) || (uint64_t)st.st_size >= b->sectors * BLOCK_SECTOR);
}

static const char *reason(int err)
{
	return err == ENODATA ? "the file has become shorter" : strerror(err);
}

/* --- requests --------------------------------------------------------------------------- */

static enum block_status move(struct block *b, const struct chain *c, const struct block_header *h)
{
	bool write = h->type == BLOCK_WRITE;
	uint64_t skip = write ? sizeof(*h) : 0, size = write ? c->readable - skip : c->writable - 1;
	uint64_t offset = h->sector * BLOCK_SECTOR;
	const char *what = write ? "write" : "read";
	int err;

	if (size % BLOCK_SECTOR != 0 || size > BLOCK_REQUEST_MAX) {
		virtio_tell(&b->v, "%s of %llu bytes: no whole sectors, or too many", what, (unsigned long long)size);
		return BLOCK_ERROR;
	}
	if (h->sector > b->sectors || size / BLOCK_SECTOR > b->sectors - h->sector) {
		virtio_tell(&b->v, "%s of %llu bytes at sector %llu: the disk ends at %llu", what,
			    (unsigned long long)size, (unsigned long long)h->sector, (unsigned long long)b->sectors);
		return BLOCK_ERROR;
	}
	if (write && b->read_only) {
		virtio_tell(&b->v, "write of %llu bytes at offset %llu: the disk is read-only",
			    (unsigned long long)size, (unsigned long long)offset);
		return BLOCK_ERROR;
	}
	err = write && !is_whole(b) ? ENODATA : transfer(b, c, write, skip, size, offset);
	if (err) {
		virtio_tell(&b->v, "%s of %llu bytes at offset %llu: %s", what, (unsigned long long)size,
			    (unsigned long long)offset, reason(err));
		return BLOCK_ERROR;
	}
	*(write ? &b->bytes_written : &b->bytes_read) += size;
	return BLOCK_OK;
}

static enum block_status flush(struct block *b)
{
	b->flushes++;
	if (b->read_only || fdatasync(b->fd) == 0)
		return BLOCK_OK;
	virtio_tell(&b->v, "flush: %s", strerror(errno));
	return BLOCK_ERROR;
}

static enum block_status identify(struct block *b, const struct chain *c)
{
	uint64_t room = c->writable - 1;

	chain_write(c, 0, b->serial, room < BLOCK_SERIAL ? (size_t)room : BLOCK_SERIAL);
	return BLOCK_OK;
}

static enum block_status carry_out(struct block *b, const struct chain *c, const struct block_header *h)
{
	switch (h->type) {
	case BLOCK_READ:
	case BLOCK_WRITE:
		return move(b, c, h);
	case BLOCK_FLUSH:
		return flush(b);
	case BLOCK_GET_ID:
		return identify(b, c);
	default:
		return BLOCK_UNSUPPORTED;
	}
}

static void block_serve(struct virtio *v, unsigned queue)
{
	struct block *b = (struct block *)v;
	struct block_header header;
	struct chain c;

	while (virtio_take(v, queue, &c)) {
		enum block_status status;
		uint8_t byte;

		if (c.writable == 0 || chain_read(&c, 0, &header, sizeof(header)) < sizeof(header)) {
			virtio_break(v, "a request without header, or without room for its status");
			return;
		}
		status = carry_out(b, &c, &header);
		v->counts.errors += status != BLOCK_OK;
		byte = (uint8_t)status;
		chain_write(&c, c.writable - 1, &byte, 1);
		virtio_return(v, queue, &c, header.type == BLOCK_WRITE ? 1 : (uint32_t)c.writable);
	}
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

	virtio_destroy(v);
	if (b->fd >= 0)
		close(b->fd);
	free(b);
}

static const struct virtio_ops block_ops = {
	.name = "block",
	.id = DEVICE_BLOCK,
	.nqueues = 1,
	.serve = block_serve,
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
	if (b->fd < 0 ? open_error(path, read_only, e) < 0 : check_file(b, path, e) < 0) {
		block_free(&b->v);
		return NULL;
	}
	fill_config(b);
	return &b->v;
}
