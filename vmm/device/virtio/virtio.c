#include "vmm/device/virtio/virtio.h"

#include "capmodel/keeper/kind.h"
#include "vmm/device/virtio/registers.h"

#include <stdarg.h>
#include <string.h>

#define PAGE_BYTES 0x1000u
#define LINES_MAX 16u
#define BUDGET 256u
#define BUDGET_BYTES 0x10000u /* that cost as much as a chain */

/* --- telling --------------------------------------------------------------------------- */

void virtio_tell(struct virtio *v, const char *format, ...)
{
	va_list args;

	if (v->told++ >= LINES_MAX)
		return;
	fprintf(v->host.log, "lodestore: virtio %s: ", v->name);
	va_start(args, format);
	vfprintf(v->host.log, format, args);
	va_end(args);
	fprintf(v->host.log, "%s\n", v->told == LINES_MAX ? " (what else goes wrong here is only counted)" : "");
}

void virtio_print(const struct virtio *v, FILE *out)
{
	const struct virtio_counts *c = &v->counts;

	fprintf(out, "virtio %s: %llu requests, %llu failed", v->name, (unsigned long long)c->chains,
		(unsigned long long)c->errors);
	if (v->ops->print)
		v->ops->print(v, out);
	if (c->broken > 0)
		fprintf(out, ", %llu times broken by its driver", (unsigned long long)c->broken);
	if (c->strange > 0)
		fprintf(out, ", %llu strange register accesses", (unsigned long long)c->strange);
	fprintf(out, "\n");
}

/* --- work ------------------------------------------------------------------------------- */

static void set_line(struct virtio *v)
{
	bool level = v->interrupt != 0;

	if (level == v->raised)
		return;
	v->raised = level;
	v->host.irq(v->host.self, v->line, level);
}

void virtio_break(struct virtio *v, const char *why)
{
	v->counts.broken++;
	virtio_tell(v, "%s: the device needs a reset", why);
	v->status |= VIRTIO_STATUS_NEEDS_RESET;
	if (v->status & VIRTIO_STATUS_DRIVER_OK)
		v->interrupt |= VIRTIO_INTERRUPT_CONFIG;
	v->due = 0;
}

bool virtio_take(struct virtio *v, unsigned queue, struct chain *chain)
{
	const char *why;
	uint64_t cost;

	if (!virtio_is_running(v) || !v->queues[queue].ready)
		return false;
	if (v->budget == 0) { /* signals, time limits and other vCPUs come first */
		v->host.later(v->host.self);
		return false;
	}
	switch (queue_take(&v->queues[queue], &v->host.dma, chain, &why)) {
	case QUEUE_EMPTY:
		return false;
	case QUEUE_BROKEN:
		virtio_break(v, why);
		return false;
	case QUEUE_TAKEN:
		break;
	}
	cost = 1 + (chain->readable + chain->writable) / BUDGET_BYTES;
	v->budget -= cost < v->budget ? (unsigned)cost : v->budget;
	return true;
}

void virtio_put_back(struct virtio *v, unsigned queue)
{
	queue_put_back(&v->queues[queue]);
}

void virtio_return(struct virtio *v, unsigned queue, const struct chain *chain, uint32_t written)
{
	v->counts.chains++;
	if (queue_return(&v->queues[queue], &v->host.dma, chain->head, written))
		v->interrupt |= VIRTIO_INTERRUPT_USED;
}

static void serve_due(struct virtio *v)
{
	uint32_t due = v->due;

	v->due = 0;
	v->budget = BUDGET;
	for (unsigned i = 0; i < v->ops->nqueues; i++)
		if ((due & (1u << i)) && virtio_is_running(v) && v->queues[i].ready)
			v->ops->serve(v, i);
	set_line(v);
}

void virtio_look(struct virtio *v)
{
	pthread_mutex_lock(&v->lock);
	v->due |= (1u << v->ops->nqueues) - 1;
	serve_due(v);
	pthread_mutex_unlock(&v->lock);
}

/* --- the keeper ------------------------------------------------------------------------------ */

static bool is_register(uint64_t offset, uint8_t size)
{
	return offset < VIRTIO_REG_CONFIG && size == 4 && offset % 4 == 0;
}

static void read_bytes(struct virtio *v, uint64_t offset, uint8_t size, uint8_t *out)
{
	uint32_t value;

	memset(out, 0, size);
	if (is_register(offset, size)) {
		value = virtio_read_register(v, offset);
		memcpy(out, &value, sizeof(value));
	}
	for (unsigned i = 0; offset >= VIRTIO_REG_CONFIG && i < size; i++)
		if (offset + i - VIRTIO_REG_CONFIG < VIRTIO_CONFIG_MAX)
			out[i] = v->config[offset + i - VIRTIO_REG_CONFIG];
}

static enum verdict virtio_admit(struct keeper *k, const struct transaction *t, const struct access *a,
				 struct answer *answer)
{
	(void)k, (void)t;
	return keeper_holds(PAGE_BYTES, a->offset, a->size) ? VERDICT_DONE : keeper_refuse_beyond(answer);
}

static void virtio_load(struct keeper *k, const struct transaction *t, struct access *a)
{
	struct virtio *v = (struct virtio *)k;

	(void)t;
	pthread_mutex_lock(&v->lock);
	read_bytes(v, a->offset, a->size, a->before);
	v->counts.strange += a->offset < VIRTIO_REG_CONFIG && !is_register(a->offset, a->size);
	pthread_mutex_unlock(&v->lock);
}

static void virtio_store(struct keeper *k, const struct transaction *t, const struct access *a)
{
	struct virtio *v = (struct virtio *)k;
	uint32_t value;

	(void)t;
	pthread_mutex_lock(&v->lock);
	memcpy(&value, a->after, sizeof(value));
	if (is_register(a->offset, a->size))
		virtio_write_register(v, a->offset, value);
	else
		v->counts.strange++; /* no configuration here can be written */
	pthread_mutex_unlock(&v->lock);
}

static void virtio_complete(struct keeper *k, const struct transaction *t, const struct access *a)
{
	struct virtio *v = (struct virtio *)k;

	(void)t;
	if (a->op == ACCESS_LOAD)
		return;
	pthread_mutex_lock(&v->lock);
	serve_due(v);
	pthread_mutex_unlock(&v->lock);
}

/* No load of these registers has an effect. */
static bool virtio_peek(struct keeper *k, uint64_t offset, uint8_t size, uint8_t *out)
{
	struct virtio *v = (struct virtio *)k;

	if (!keeper_holds(PAGE_BYTES, offset, size))
		return false;
	pthread_mutex_lock(&v->lock);
	read_bytes(v, offset, size, out);
	pthread_mutex_unlock(&v->lock);
	return true;
}

/* Without free: the machine has the devices, the space borrows them. */
static const struct keeper_ops keeper_ops = {
	.name = "device",
	.admit = virtio_admit,
	.load = virtio_load,
	.store = virtio_store,
	.complete = virtio_complete,
	.peek = virtio_peek,
};

void virtio_init(struct virtio *v, const struct virtio_ops *ops, const struct virtio_host *host, unsigned line,
		 uint64_t features, const char *name)
{
	*v = (struct virtio){.ops = ops, .host = *host, .line = line};
	keeper_init(&v->keeper, &keeper_ops);
	v->offered = VIRTIO_FEATURE_VERSION_1 | VIRTIO_FEATURE_INDIRECT | features;
	snprintf(v->name, sizeof(v->name), "%s", name);
	v->host.dma.who = v->name;
	pthread_mutex_init(&v->lock, NULL);
}

void virtio_destroy(struct virtio *v)
{
	pthread_mutex_destroy(&v->lock);
}

void virtio_free(struct virtio *v)
{
	if (v)
		v->ops->free(v);
}
