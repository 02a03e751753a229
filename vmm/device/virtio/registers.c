#include "vmm/device/virtio/registers.h"

#include <string.h>

#define VERSION 2u

static struct queue *selected(struct virtio *v)
{
	return v->queue_select < v->ops->nqueues ? &v->queues[v->queue_select] : NULL;
}

uint32_t virtio_read_register(struct virtio *v, uint64_t offset)
{
	const struct queue *q = selected(v);

	switch (offset) {
	case VIRTIO_REG_MAGIC:
		return VIRTIO_MAGIC;
	case VIRTIO_REG_VERSION:
		return VERSION;
	case VIRTIO_REG_DEVICE:
		return v->ops->id;
	case VIRTIO_REG_VENDOR:
		return VIRTIO_VENDOR;
	case VIRTIO_REG_FEATURES:
		return v->features_select < 2 ? (uint32_t)(v->offered >> 32 * v->features_select) : 0;
	case VIRTIO_REG_QUEUE_SIZE_MAX:
		return q ? QUEUE_SIZE_MAX : 0;
	case VIRTIO_REG_QUEUE_READY:
		return q && q->ready;
	case VIRTIO_REG_INTERRUPT:
		return v->interrupt;
	case VIRTIO_REG_STATUS:
		return v->status;
	case VIRTIO_REG_SHARED_MEMORY:
	case VIRTIO_REG_SHARED_MEMORY + 4:
	case VIRTIO_REG_SHARED_MEMORY + 8:
	case VIRTIO_REG_SHARED_MEMORY + 12:
		return UINT32_MAX;
	default: /* the generation of a configuration that never changes, and what is only written */
		return 0;
	}
}

static void reset(struct virtio *v)
{
	v->accepted = 0;
	v->features_select = v->driver_select = v->queue_select = 0;
	v->status = v->interrupt = v->due = 0;
	memset(v->queues, 0, sizeof(v->queues));
	if (v->ops->reset)
		v->ops->reset(v);
}

static void write_status(struct virtio *v, uint32_t value)
{
	uint32_t now = v->status | (value & 0xffu & ~VIRTIO_STATUS_NEEDS_RESET);
	bool fits = (v->accepted & ~v->offered) == 0 && (v->accepted & VIRTIO_FEATURE_VERSION_1);

	if (value == 0) {
		reset(v);
		return;
	}
	if (!(v->status & VIRTIO_STATUS_FEATURES_OK) && !fits)
		now &= ~VIRTIO_STATUS_FEATURES_OK; /* the driver reads it back, and sees that it may not go on */
	if ((now & VIRTIO_STATUS_DRIVER_OK) && !(now & VIRTIO_STATUS_FEATURES_OK)) {
		virtio_break(v, "the driver begins without features that were agreed on");
		return;
	}
	if ((now & VIRTIO_STATUS_DRIVER_OK) && !(v->status & VIRTIO_STATUS_DRIVER_OK))
		v->due = (1u << v->ops->nqueues) - 1;
	v->status = now;
}

static void write_features(struct virtio *v, uint32_t value)
{
	unsigned shift = 32 * v->driver_select;

	if (v->status & VIRTIO_STATUS_FEATURES_OK)
		v->counts.strange++;
	else if (v->driver_select < 2)
		v->accepted = (v->accepted & ~(0xffffffffull << shift)) | (uint64_t)value << shift;
	else if (value != 0)
		v->counts.strange++;
}

static void write_ready(struct virtio *v, struct queue *q, uint32_t value)
{
	const char *why;

	if (value != 1) {
		*q = (struct queue){.size = 0};
		return;
	}
	if (!(v->status & VIRTIO_STATUS_FEATURES_OK)) {
		virtio_break(v, "a queue is made ready before features were agreed on");
		return;
	}
	why = queue_check(q, &v->host.dma);
	if (why)
		virtio_break(v, why);
	else
		q->ready = true;
}

static void set_half(uint64_t *address, bool high, uint32_t value)
{
	*address = high ? (*address & 0xffffffffull) | (uint64_t)value << 32 : (*address & ~0xffffffffull) | value;
}

/* A register of the selected queue. */
static void write_queue(struct virtio *v, uint64_t offset, uint32_t value)
{
	struct queue *q = selected(v);

	if (!q || (q->ready && (offset != VIRTIO_REG_QUEUE_READY || value == 1))) {
		v->counts.strange++;
		return;
	}
	switch (offset) {
	case VIRTIO_REG_QUEUE_SIZE:
		q->size = value;
		return;
	case VIRTIO_REG_QUEUE_READY:
		write_ready(v, q, value);
		return;
	case VIRTIO_REG_QUEUE_TABLE:
	case VIRTIO_REG_QUEUE_TABLE + 4:
		set_half(&q->table, offset & 4, value);
		return;
	case VIRTIO_REG_QUEUE_DRIVER:
	case VIRTIO_REG_QUEUE_DRIVER + 4:
		set_half(&q->driver, offset & 4, value);
		return;
	case VIRTIO_REG_QUEUE_DEVICE:
	case VIRTIO_REG_QUEUE_DEVICE + 4:
		set_half(&q->device, offset & 4, value);
		return;
	default:
		v->counts.strange++;
	}
}

void virtio_write_register(struct virtio *v, uint64_t offset, uint32_t value)
{
	switch (offset) {
	case VIRTIO_REG_FEATURES_SELECT:
		v->features_select = value;
		return;
	case VIRTIO_REG_DRIVER_FEATURES:
		write_features(v, value);
		return;
	case VIRTIO_REG_DRIVER_FEATURES_SELECT:
		v->driver_select = value;
		return;
	case VIRTIO_REG_QUEUE_SELECT:
		v->queue_select = value;
		return;
	case VIRTIO_REG_QUEUE_NOTIFY:
		if (value < v->ops->nqueues && virtio_is_running(v))
			v->due |= 1u << value;
		else
			v->counts.strange++;
		return;
	case VIRTIO_REG_INTERRUPT_ACK:
		v->interrupt &= ~value;
		return;
	case VIRTIO_REG_STATUS:
		write_status(v, value);
		return;
	default:
		write_queue(v, offset, value);
	}
}
