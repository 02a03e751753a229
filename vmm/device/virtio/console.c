#include "vmm/device/virtio/console.h"

#include <stdlib.h>

#define DEVICE_CONSOLE 3u
#define QUEUE_RECEIVE 0u
#define QUEUE_TRANSMIT 1u
#define PORTION 4096u /* bytes in one go */
#define PORTIONS_MAX 16u /* and so many before others get their turn */

struct console {
	struct virtio v;
	struct console_host console;
	uint64_t sent; /* bytes of the chain that is put back, which were taken already */
	uint64_t received_bytes, sent_bytes;
};

static void receive(struct console *console)
{
	uint8_t bytes[PORTION];
	struct chain c;

	while (virtio_take(&console->v, QUEUE_RECEIVE, &c)) {
		size_t room = c.writable < sizeof(bytes) ? (size_t)c.writable : sizeof(bytes);
		size_t count = console->console.take(console->console.self, bytes, room);

		if (count == 0 && room > 0) {
			virtio_put_back(&console->v, QUEUE_RECEIVE);
			return;
		}
		chain_write(&c, 0, bytes, count);
		console->received_bytes += count;
		virtio_return(&console->v, QUEUE_RECEIVE, &c, (uint32_t)count);
	}
}

/* True: all of the chain is out. */
static bool send(struct console *console, const struct chain *c)
{
	uint8_t bytes[PORTION];

	for (unsigned i = 0; i < PORTIONS_MAX; i++) {
		size_t count = chain_read(c, console->sent, bytes, sizeof(bytes)), taken;

		if (count == 0)
			return true;
		taken = console->console.offer(console->console.self, bytes, count);
		console->sent += taken;
		console->sent_bytes += taken;
		if (taken < count)
			return false; /* its host will say when it goes on */
	}
	if (console->sent >= c->readable)
		return true;
	console->v.host.later(console->v.host.self);
	return false;
}

static void transmit(struct console *console)
{
	struct chain c;

	while (virtio_take(&console->v, QUEUE_TRANSMIT, &c)) {
		if (!send(console, &c)) {
			virtio_put_back(&console->v, QUEUE_TRANSMIT);
			return;
		}
		console->sent = 0;
		virtio_return(&console->v, QUEUE_TRANSMIT, &c, 0);
	}
}

static void console_serve(struct virtio *v, unsigned queue)
{
	if (queue == QUEUE_RECEIVE)
		receive((struct console *)v);
	else
		transmit((struct console *)v);
}

static void console_reset(struct virtio *v)
{
	((struct console *)v)->sent = 0;
}

static void console_print(const struct virtio *v, FILE *out)
{
	const struct console *console = (const struct console *)v;

	fprintf(out, ", %llu bytes received, %llu sent", (unsigned long long)console->received_bytes,
		(unsigned long long)console->sent_bytes);
}

static void console_free(struct virtio *v)
{
	virtio_destroy(v);
	free(v);
}

static const struct virtio_ops console_ops = {
	.name = "console",
	.id = DEVICE_CONSOLE,
	.nqueues = 2,
	.serve = console_serve,
	.reset = console_reset,
	.print = console_print,
	.free = console_free,
};

struct virtio *console_new(const struct console_host *host_console, const struct virtio_host *host, unsigned line)
{
	struct console *console = calloc(1, sizeof(*console));

	if (!console)
		return NULL;
	virtio_init(&console->v, &console_ops, host, line, 0, "console");
	console->console = *host_console;
	return &console->v;
}
