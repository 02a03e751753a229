/*
 * virtio_fuzz.c: a hostile driver of each device: stores to any register, any bytes in the rings and buffers.
 *
 * The input is a device and then orders, a byte each with what it needs. Whatever they are, the device stays within the
 * memory (ASan), ends each order, says only what a log can bear, and works again after a reset.
 */
#include "vmm/device/virtio/block.h"
#include "vmm/device/virtio/console.h"
#include "vmm/device/virtio/entropy.h"

#include "tests/virtio_rig.h"

#include <sys/mman.h>
#include <unistd.h>

#define LOG_MAX 8192

struct input {
	const uint8_t *at, *end;
};

static uint64_t next(struct input *in, unsigned size)
{
	uint64_t value = 0;

	if ((size_t)(in->end - in->at) < size)
		size = (unsigned)(in->end - in->at);
	memcpy(&value, in->at, size);
	in->at += size;
	return value;
}

static size_t take(void *self, uint8_t *bytes, size_t room)
{
	(void)self;
	memset(bytes, 'x', room < 3 ? room : 3);
	return room < 3 ? room : 3;
}

static size_t offer(void *self, const uint8_t *bytes, size_t count)
{
	volatile uint8_t sum = 0;

	(void)self;
	for (size_t i = 0; i < count; i++)
		sum = (uint8_t)(sum + bytes[i]);
	return count - count / 4;
}

static void make(struct virtio_rig *r, unsigned kind)
{
	struct error e = {.text = ""};
	char path[64];
	int fd;

	if (kind == 0)
		r->v = entropy_new(&r->host, 1);
	if (kind == 1)
		r->v = console_new(&(struct console_host){.take = take, .offer = offer}, &r->host, 1);
	if (kind == 2) {
		fd = memfd_create("disk", MFD_CLOEXEC);
		if (fd < 0 || ftruncate(fd, 64 * BLOCK_SECTOR) < 0)
			abort();
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		r->v = block_new(path, false, &r->host, 1, &e);
		close(fd);
	}
	if (!r->v)
		abort();
}

static void put_descriptor(struct virtio_rig *r, struct input *in)
{
	unsigned where = (unsigned)next(in, 1), i = where & 15, queue = where >> 4 & 1;
	uint64_t table = where & 0x80 ? RIG_INDIRECT : RIG_TABLE(queue);
	uint64_t gpa = next(in, 1) & 1 ? next(in, 8) : RIG_BASE + next(in, 2) * 8;
	uint32_t size = next(in, 1) & 1 ? (uint32_t)next(in, 4) : (uint32_t)next(in, 2);

	rig_descriptor_at(r, table, i, gpa, size, (unsigned)next(in, 1), (unsigned)next(in, 1));
}

static void obey(struct virtio_rig *r, struct input *in)
{
	uint64_t offset;
	uint8_t bytes[64] = {0};

	switch (next(in, 1) % 6) {
	case 0:
		offset = next(in, 1) * 4;
		reg_store(r, offset, (uint32_t)next(in, 4));
		break;
	case 1:
		offset = next(in, 2);
		for (unsigned i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)next(in, 1);
		virtio_rig_access(r, (enum access_op)(offset % 3), offset >> 3, (uint8_t)(1 + offset % 64), bytes);
		break;
	case 2:
		put_descriptor(r, in);
		break;
	case 3:
		rig_offer(r, (unsigned)next(in, 1) & 1, (uint16_t)(next(in, 1) & 31));
		break;
	case 4:
		offset = next(in, 2);
		r->memory[offset] = (uint8_t)next(in, 1);
		break;
	case 5:
		virtio_look(r->v);
		break;
	}
}

/* After a reset one empty-handed request comes back. */
static void use_again(struct virtio_rig *r)
{
	unsigned queue = r->v->ops->nqueues - 1;
	struct block_header h = {.type = BLOCK_FLUSH};

	rig_start(r);
	memcpy(rig_at(r, RIG_BUFFERS), &h, sizeof(h));
	rig_descriptor(r, queue, 0, RIG_BUFFERS, sizeof(h), RIG_NEXT, 1);
	rig_descriptor(r, queue, 1, RIG_BUFFERS + 64, 1, RIG_WRITE, 0);
	rig_offer(r, queue, 0);
	for (unsigned i = 0; i < 8; i++)
		virtio_look(r->v); /* a slow console */
	if (rig_used(r, queue) != 1 || rig_needs_reset(r))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	static struct virtio_rig rig;
	struct input in = {input, input + size};

	virtio_rig_init(&rig);
	make(&rig, (unsigned)next(&in, 1) % 3);
	rig_start(&rig);
	while (in.at < in.end)
		obey(&rig, &in);
	use_again(&rig);
	if (strlen(virtio_rig_log(&rig)) > LOG_MAX)
		abort();
	virtio_rig_free(&rig);
	return 0;
}
