/*
 * block.h: a virtio block device on a file.
 *
 * Reads and writes are done at once, by the thread of the vCPU that asks; a flush is fdatasync(2). What the host
 * refuses (an I/O error, a file that has become shorter) is VIRTIO_BLK_S_IOERR for the driver, a count, and a
 * line with file and offset. The file is locked (flock(2)) against other lodestores: shared when read-only.
 * Source: VIRTIO 1.2, "Block Device".
 */
#ifndef VMM_DEVICE_VIRTIO_BLOCK_H
#define VMM_DEVICE_VIRTIO_BLOCK_H

#include "vmm/device/virtio/virtio.h"
#include "vmm/error.h"

#define BLOCK_SECTOR 512u
#define BLOCK_SERIAL 20u
#define BLOCK_REQUEST_MAX (32u << 20) /* bytes of one request */

#define BLOCK_FEATURE_SEGMENTS (1ull << 2)
#define BLOCK_FEATURE_READ_ONLY (1ull << 5)
#define BLOCK_FEATURE_FLUSH (1ull << 9)

enum block_type {
	BLOCK_READ = 0,
	BLOCK_WRITE = 1,
	BLOCK_FLUSH = 4,
	BLOCK_GET_ID = 8,
};

enum block_status { BLOCK_OK = 0, BLOCK_ERROR = 1, BLOCK_UNSUPPORTED = 2 };

/* Before the data of each request. */
struct block_header {
	uint32_t type, reserved;
	uint64_t sector;
};

/*
 * The device of the file at path, a regular one or a block device of whole sectors. Its serial is the first 20
 * characters of the file's name. NULL with *e filled.
 */
struct virtio *block_new(const char *path, bool read_only, const struct virtio_host *host, unsigned line,
			 struct error *e);

#endif
