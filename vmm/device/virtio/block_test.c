#include "vmm/device/virtio/block.h"

#include "tests/virtio_rig.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTORS 64u
#define HEADER RIG_BUFFERS
#define DATA (RIG_BUFFERS + 0x1000)
#define STATUS (RIG_BUFFERS + 0x40000)

static struct virtio_rig rig;
static char path[64];
static int file;

/* A file whose sector i is full of i. */
static void make_file(void)
{
	strcpy(path, "/tmp/lodestore-block-XXXXXX");
	file = mkstemp(path);
	for (unsigned i = 0; i < SECTORS; i++) {
		uint8_t sector[BLOCK_SECTOR];

		memset(sector, (int)i, sizeof(sector));
		if (pwrite(file, sector, sizeof(sector), i * BLOCK_SECTOR) != sizeof(sector))
			abort();
	}
}

static void begin(bool read_only)
{
	struct error e = {.text = ""};

	make_file();
	virtio_rig_init(&rig);
	rig.v = block_new(path, read_only, &rig.host, 7, &e);
	CHECK_AT(rig.v != NULL, "%s", e.text);
	if (!rig.v)
		abort();
	rig_start(&rig);
}

static void end(void)
{
	virtio_rig_free(&rig);
	close(file);
	unlink(path);
}

/* One request with a piece of data; its status. */
static uint8_t request(uint32_t type, uint64_t sector, uint32_t size, bool write)
{
	struct block_header h = {.type = type, .sector = sector};
	uint8_t *status = rig_at(&rig, STATUS);

	memcpy(rig_at(&rig, HEADER), &h, sizeof(h));
	rig_descriptor(&rig, 0, 0, HEADER, sizeof(h), RIG_NEXT, size ? 1 : 2);
	rig_descriptor(&rig, 0, 1, DATA, size, RIG_NEXT | (write ? 0 : RIG_WRITE), 2);
	rig_descriptor(&rig, 0, 2, STATUS, 1, RIG_WRITE, 0);
	*status = 0xee;
	rig_offer(&rig, 0, 0);
	rig_wait(&rig, 0, rig.available[0]);
	return *status;
}

static void sectors_are_read_and_written(void)
{
	uint8_t *data, got[3 * BLOCK_SECTOR];

	begin(false);
	data = rig_at(&rig, DATA);
	CHECK_EQ(request(BLOCK_READ, 5, 2 * BLOCK_SECTOR, false), BLOCK_OK);
	CHECK_EQ(data[0], 5);
	CHECK_EQ(data[2 * BLOCK_SECTOR - 1], 6);
	CHECK_EQ(data[2 * BLOCK_SECTOR], 0);
	CHECK_EQ(rig_entry(&rig, 0, 0).written, 2 * BLOCK_SECTOR + 1);
	memset(data, 0xab, BLOCK_SECTOR);
	CHECK_EQ(request(BLOCK_WRITE, 9, BLOCK_SECTOR, true), BLOCK_OK);
	CHECK_EQ(rig_entry(&rig, 0, 1).written, 1);
	CHECK_EQ(pread(file, got, sizeof(got), 8 * BLOCK_SECTOR), sizeof(got));
	CHECK_EQ(got[BLOCK_SECTOR - 1], 8);
	CHECK_EQ(got[BLOCK_SECTOR], 0xab);
	CHECK_EQ(got[2 * BLOCK_SECTOR - 1], 0xab);
	CHECK_EQ(got[2 * BLOCK_SECTOR], 10);
	CHECK_EQ(request(BLOCK_FLUSH, 0, 0, false), BLOCK_OK);
	CHECK_STR(virtio_rig_log(&rig) ? rig.log : "", "");
	end();
}

static void a_request_may_lie_in_pieces(void)
{
	struct block_header h = {.type = BLOCK_READ, .sector = 3};

	begin(false);
	memcpy(rig_at(&rig, HEADER), &h, sizeof(h));
	rig_descriptor(&rig, 0, 0, HEADER, 3, RIG_NEXT, 1);
	rig_descriptor(&rig, 0, 1, HEADER + 3, 13, RIG_NEXT, 2);
	rig_descriptor(&rig, 0, 2, DATA, 100, RIG_NEXT | RIG_WRITE, 3);
	rig_descriptor(&rig, 0, 3, DATA + 0x1000, 2 * BLOCK_SECTOR - 100 + 1, RIG_WRITE, 0); /* data and status */
	rig_offer(&rig, 0, 0);
	rig_wait(&rig, 0, 1);
	CHECK_EQ(*(uint8_t *)rig_at(&rig, DATA + 99), 3);
	CHECK_EQ(*(uint8_t *)rig_at(&rig, DATA + 100), 0);
	CHECK_EQ(*(uint8_t *)rig_at(&rig, DATA + 0x1000 + 2 * BLOCK_SECTOR - 101), 4);
	CHECK_EQ(*(uint8_t *)rig_at(&rig, DATA + 0x1000 + 2 * BLOCK_SECTOR - 100), BLOCK_OK);
	end();
}

static void it_tells_size_and_serial(void)
{
	begin(false);
	CHECK_EQ(reg_load(&rig, VIRTIO_REG_CONFIG), SECTORS);
	CHECK_EQ(reg_load(&rig, VIRTIO_REG_CONFIG + 12), QUEUE_SIZE_MAX - 2);
	CHECK_EQ(request(BLOCK_GET_ID, 0, BLOCK_SERIAL, false), BLOCK_OK);
	CHECK(memcmp(rig_at(&rig, DATA), path + strlen("/tmp/"), BLOCK_SERIAL) == 0);
	memset(rig_at(&rig, DATA), 0, 8);
	CHECK_EQ(request(BLOCK_GET_ID, 0, 4, false), BLOCK_OK);
	CHECK(memcmp(rig_at(&rig, DATA), "lode\0", 5) == 0);
	end();
}

static void what_cannot_be_is_an_error(void)
{
	static const struct {
		const char *name;
		uint32_t type;
		uint64_t sector;
		uint32_t size;
		enum block_status status;
	} rows[] = {
		{"read past the end", BLOCK_READ, SECTORS - 1, 2 * BLOCK_SECTOR, BLOCK_ERROR},
		{"write past the end", BLOCK_WRITE, SECTORS, BLOCK_SECTOR, BLOCK_ERROR},
		{"read far away", BLOCK_READ, UINT64_MAX / BLOCK_SECTOR, BLOCK_SECTOR, BLOCK_ERROR},
		{"read that wraps", BLOCK_READ, UINT64_MAX, BLOCK_SECTOR, BLOCK_ERROR},
		{"half a sector", BLOCK_READ, 0, BLOCK_SECTOR / 2, BLOCK_ERROR},
		{"half a sector written", BLOCK_WRITE, 0, BLOCK_SECTOR + 1, BLOCK_ERROR},
		{"no known type", 77, 0, BLOCK_SECTOR, BLOCK_UNSUPPORTED},
	};

	begin(false);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row = rows[i].name;
		CHECK_EQ(request(rows[i].type, rows[i].sector, rows[i].size, rows[i].type == BLOCK_WRITE),
			 rows[i].status);
		CHECK_EQ(rig.v->counts.errors, i + 1);
		CHECK(!rig_needs_reset(&rig));
	}
	check_row = "";
	CHECK(strstr(virtio_rig_log(&rig), "read of 1024 bytes at sector 63: the disk ends at 64"));
	CHECK_EQ(request(BLOCK_READ, SECTORS - 1, BLOCK_SECTOR, false), BLOCK_OK);
	end();
}

static void a_request_without_header_or_status_breaks_the_queue(void)
{
	begin(false);
	rig_descriptor(&rig, 0, 0, HEADER, 16, 0, 0);
	rig_offer(&rig, 0, 0);
	CHECK(rig_needs_reset(&rig));
	rig_start(&rig);
	rig_descriptor(&rig, 0, 0, HEADER, 15, RIG_NEXT, 1);
	rig_descriptor(&rig, 0, 1, STATUS, 1, RIG_WRITE, 0);
	rig_offer(&rig, 0, 0);
	CHECK(rig_needs_reset(&rig));
	CHECK_EQ(rig_used(&rig, 0), 0);
	end();
}

static void a_file_that_shrinks_gives_errors(void)
{
	struct stat st;

	begin(false);
	CHECK_EQ(ftruncate(file, 10 * BLOCK_SECTOR), 0);
	CHECK_EQ(request(BLOCK_READ, 9, BLOCK_SECTOR, false), BLOCK_OK);
	CHECK_EQ(request(BLOCK_READ, 9, 2 * BLOCK_SECTOR, false), BLOCK_ERROR);
	CHECK_EQ(request(BLOCK_WRITE, 9, BLOCK_SECTOR, true), BLOCK_OK);
	CHECK_EQ(request(BLOCK_WRITE, 9, 2 * BLOCK_SECTOR, true), BLOCK_ERROR);
	CHECK_EQ(request(BLOCK_WRITE, 20, BLOCK_SECTOR, true), BLOCK_ERROR);
	CHECK(strstr(virtio_rig_log(&rig), path));
	CHECK(strstr(rig.log, "write of 512 bytes at offset 10240: the file has become shorter"));
	CHECK_EQ(fstat(file, &st), 0);
	CHECK_EQ(st.st_size, 10 * BLOCK_SECTOR);
	end();
}

static void a_read_only_disk_is_not_written(void)
{
	uint8_t got;

	begin(true);
	CHECK(rig.v->offered & BLOCK_FEATURE_READ_ONLY);
	CHECK_EQ(request(BLOCK_WRITE, 1, BLOCK_SECTOR, true), BLOCK_ERROR);
	CHECK_EQ(pread(file, &got, 1, BLOCK_SECTOR), 1);
	CHECK_EQ(got, 1);
	CHECK_EQ(request(BLOCK_READ, 1, BLOCK_SECTOR, false), BLOCK_OK);
	CHECK_EQ(request(BLOCK_FLUSH, 1, 0, false), BLOCK_OK);
	end();
}

/* The host refuses the write: /dev/full in the place of the file. */
static void an_error_of_the_host_is_told(void)
{
	int full, i;

	begin(false);
	full = open("/dev/full", O_RDWR);
	for (i = 3; i < 64; i++) { /* the device's descriptor: the one that has the file, but is not ours */
		struct stat a, b;

		if (i != file && fstat(i, &a) == 0 && fstat(file, &b) == 0 && a.st_ino == b.st_ino)
			break;
	}
	CHECK(i < 64 && dup2(full, i) == i);
	CHECK_EQ(request(BLOCK_WRITE, 4, BLOCK_SECTOR, true), BLOCK_ERROR);
	CHECK(strstr(virtio_rig_log(&rig), "write of 512 bytes at offset 2048: No space left on device"));
	CHECK_EQ(request(BLOCK_FLUSH, 0, 0, false), BLOCK_ERROR);
	CHECK(strstr(virtio_rig_log(&rig), "flush: Invalid argument"));
	CHECK_EQ(rig.v->counts.errors, 2);
	close(full);
	end();
}

static void refuse(const char *disk, bool read_only, const char *wanted)
{
	struct error e = {.text = ""};
	struct virtio *v = block_new(disk, read_only, &rig.host, 7, &e);

	CHECK_AT(!v && strstr(e.text, wanted), "%s: \"%s\"", disk, e.text);
	CHECK_EQ(e.status, STATUS_INPUT);
	virtio_free(v);
}

static void files_that_are_no_disks_are_refused(void)
{
	begin(false);
	refuse(path, false, "in use by another");
	refuse(path, true, "in use by another");
	virtio_free(rig.v);
	rig.v = NULL;
	CHECK_EQ(ftruncate(file, 1000), 0);
	refuse(path, false, "1000 bytes are no disk: its size must be a multiple of 512");
	CHECK_EQ(ftruncate(file, 0), 0);
	refuse(path, true, "0 bytes are no disk");
	refuse("/tmp", true, "must be a regular file or a block device");
	refuse("/dev/null", false, "must be a regular file or a block device");
	refuse("/nowhere/disk", false, "/nowhere/disk: No such file or directory");
	refuse("/nowhere/disk,rw", false, "the only option of a disk is ',ro'");
	if (geteuid() != 0) {
		fchmod(file, 0400);
		refuse(path, false, ",ro' makes it a read-only disk");
	}
	end();
}

/* A read of sector 7 is offered. True: it is not given back at once, though it is done. */
static bool leave_under_way(void)
{
	struct block_header h = {.type = BLOCK_READ, .sector = 7};
	unsigned laters = rig.laters;

	rig_start(&rig);
	memcpy(rig_at(&rig, HEADER), &h, sizeof(h));
	rig_descriptor(&rig, 0, 0, HEADER, 16, RIG_NEXT, 1);
	rig_descriptor(&rig, 0, 1, DATA, BLOCK_SECTOR, RIG_NEXT | RIG_WRITE, 2);
	rig_descriptor(&rig, 0, 2, STATUS, 1, RIG_WRITE, 0);
	rig_offer(&rig, 0, 0);
	for (unsigned i = 0; i < 20000 && rig.laters == laters; i++)
		usleep(100);
	return rig_used(&rig, 0) == 0;
}

static void a_reset_forgets_the_request_under_way(void)
{
	unsigned tries = 0;

	begin(false);
	while (!leave_under_way() && tries < 1000)
		tries++;
	CHECK(tries < 1000);
	rig_start(&rig);
	CHECK_EQ(request(BLOCK_FLUSH, 0, 0, false), BLOCK_OK);
	CHECK_EQ(rig_used(&rig, 0), 1);
	CHECK_EQ(*(uint8_t *)rig_at(&rig, DATA), 0);
	CHECK_EQ(request(BLOCK_READ, 7, BLOCK_SECTOR, false), BLOCK_OK);
	CHECK_EQ(*(uint8_t *)rig_at(&rig, DATA), 7);
	end();
}

/* Each in its turn, so that a flush comes after what was written before it. */
static void many_requests_come_back_in_order(void)
{
	begin(false);
	for (uint16_t i = 0; i < 5; i++) {
		struct block_header h = {.type = i % 2 ? BLOCK_FLUSH : BLOCK_WRITE, .sector = i};

		memcpy(rig_at(&rig, HEADER + 64u * i), &h, sizeof(h));
		rig_descriptor(&rig, 0, 3u * i, HEADER + 64u * i, 16, RIG_NEXT, i % 2 ? 3u * i + 2 : 3u * i + 1);
		rig_descriptor(&rig, 0, 3u * i + 1, DATA, BLOCK_SECTOR, RIG_NEXT, 3u * i + 2);
		rig_descriptor(&rig, 0, 3u * i + 2, STATUS + i, 1, RIG_WRITE, 0);
		rig_offer_quietly(&rig, 0, (uint16_t)(3 * i));
	}
	reg_store(&rig, VIRTIO_REG_QUEUE_NOTIFY, 0);
	rig_wait(&rig, 0, 5);
	for (uint16_t i = 0; i < 5; i++)
		CHECK_EQ(rig_entry(&rig, 0, i).head, 3u * i);
	end();
}

static void two_may_read_one_file(void)
{
	struct error e;
	struct virtio *other;

	begin(true);
	other = block_new(path, true, &rig.host, 7, &e);
	CHECK(other != NULL);
	virtio_free(other);
	end();
}

CHECK_MAIN(CHECK_TEST(sectors_are_read_and_written), CHECK_TEST(a_request_may_lie_in_pieces),
	   CHECK_TEST(it_tells_size_and_serial), CHECK_TEST(what_cannot_be_is_an_error),
	   CHECK_TEST(a_request_without_header_or_status_breaks_the_queue),
	   CHECK_TEST(a_file_that_shrinks_gives_errors), CHECK_TEST(a_read_only_disk_is_not_written),
	   CHECK_TEST(an_error_of_the_host_is_told), CHECK_TEST(files_that_are_no_disks_are_refused),
	   CHECK_TEST(a_reset_forgets_the_request_under_way), CHECK_TEST(many_requests_come_back_in_order),
	   CHECK_TEST(two_may_read_one_file))
