#include "vmm/device/virtio/entropy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define DEVICE_ENTROPY 4u

struct entropy {
	struct virtio v;
	uint64_t bytes;
};

static void entropy_serve(struct virtio *v, unsigned queue)
{
	struct entropy *entropy = (struct entropy *)v;
	uint8_t bytes[ENTROPY_REQUEST_MAX];
	struct chain c;

	while (virtio_take(v, queue, &c)) {
		size_t room = c.writable < sizeof(bytes) ? (size_t)c.writable : sizeof(bytes);
		ssize_t got;

		do
			got = getrandom(bytes, room, 0);
		while (got < 0 && errno == EINTR);
		if (got < 0) {
			virtio_tell(v, "getrandom: %s", strerror(errno));
			v->counts.errors++;
			got = 0;
		}
		chain_write(&c, 0, bytes, (size_t)got);
		entropy->bytes += (uint64_t)got;
		virtio_return(v, queue, &c, (uint32_t)got);
	}
	explicit_bzero(bytes, sizeof(bytes));
}

static void entropy_print(const struct virtio *v, FILE *out)
{
	fprintf(out, ", %llu bytes", (unsigned long long)((const struct entropy *)v)->bytes);
}

static void entropy_free(struct virtio *v)
{
	virtio_destroy(v);
	free(v);
}

static const struct virtio_ops entropy_ops = {
	.name = "entropy",
	.id = DEVICE_ENTROPY,
	.nqueues = 1,
	.serve = entropy_serve,
	.print = entropy_print,
	.free = entropy_free,
};

struct virtio *entropy_new(const struct virtio_host *host, unsigned line)
{
	struct entropy *entropy = calloc(1, sizeof(*entropy));

	if (!entropy)
		return NULL;
	virtio_init(&entropy->v, &entropy_ops, host, line, 0, "entropy");
	return &entropy->v;
}
