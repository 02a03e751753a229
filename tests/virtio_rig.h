/*
 * virtio_rig.h: a virtio device with memory, an interrupt line and a driver, all of them made up.
 *
 * The driver comes to the registers as the monitor does, through the device's keeper.
 */
#ifndef TESTS_VIRTIO_RIG_H
#define TESTS_VIRTIO_RIG_H

#include "tests/check.h"
#include "vmm/device/virtio/virtio.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define RIG_BASE 0x10000u /* gpa of the memory */
#define RIG_MEMORY 0x80000u
#define RIG_QUEUE_SIZE 16u
#define RIG_TABLE(q) (RIG_BASE + 0x1000u * (q))
#define RIG_DRIVER(q) (RIG_TABLE(q) + 0x400u)
#define RIG_DEVICE(q) (RIG_TABLE(q) + 0x800u)
#define RIG_INDIRECT (RIG_BASE + 0x4000u)
#define RIG_BUFFERS (RIG_BASE + 0x8000u)

#define RIG_NEXT 1u
#define RIG_WRITE 2u
#define RIG_IS_INDIRECT 4u

struct virtio_rig {
	_Alignas(64) uint8_t memory[RIG_MEMORY];
	struct virtio_host host;
	struct virtio *v;
	bool level; /* of the interrupt line */
	unsigned edges;
	uint64_t wrote, wrote_gpa; /* bytes that the device said it wrote, and where the last of them began */
	atomic_uint laters; /* perhaps from another thread */
	char *log;
	size_t log_size;
	uint64_t next_id;
	uint16_t available[VIRTIO_QUEUES_MAX];
};

static inline uint8_t *rig_dma(void *self, uint64_t gpa, uint64_t size, bool write)
{
	struct virtio_rig *r = self;

	(void)write;
	return gpa >= RIG_BASE && gpa - RIG_BASE <= RIG_MEMORY && size <= RIG_MEMORY - (gpa - RIG_BASE)
		       ? r->memory + (gpa - RIG_BASE)
		       : NULL;
}

static inline void rig_wrote(void *self, const char *who, uint64_t gpa, uint64_t size)
{
	struct virtio_rig *r = self;

	(void)who;
	r->wrote_gpa = gpa;
	r->wrote += size;
}

static inline void rig_irq(void *self, unsigned line, bool level)
{
	struct virtio_rig *r = self;

	(void)line;
	r->level = level;
	r->edges++;
}

static inline void rig_later(void *self)
{
	((struct virtio_rig *)self)->laters++;
}

static inline void virtio_rig_init(struct virtio_rig *r)
{
	memset(r, 0, sizeof(*r));
	r->host = (struct virtio_host){.self = r,
				       .dma = {.self = r, .bytes = rig_dma, .wrote = rig_wrote},
				       .irq = rig_irq,
				       .later = rig_later,
				       .log = open_memstream(&r->log, &r->log_size)};
}

static inline void virtio_rig_free(struct virtio_rig *r)
{
	virtio_free(r->v);
	fclose(r->host.log);
	free(r->log);
}

static inline const char *virtio_rig_log(struct virtio_rig *r)
{
	fflush(r->host.log);
	return r->log;
}

static inline struct access virtio_rig_access(struct virtio_rig *r, enum access_op op, uint64_t offset, uint8_t size,
					      const void *value)
{
	struct transaction t = {.id = ++r->next_id};
	struct access a = {.op = op, .offset = offset, .size = size, .parts = 1};
	struct capability who;
	struct answer answer;

	if (value)
		memcpy(a.after, value, size);
	if (ask_admit(cap_entry(&r->v->keeper, RIGHTS_ALL, 0), &t, &a, &answer, &who) != VERDICT_DONE)
		return (struct access){.size = 0};
	if (op != ACCESS_STORE)
		ask_load(who, &t, &a);
	if (op != ACCESS_LOAD)
		ask_store(who, &t, &a);
	ask_complete(who, &t, &a);
	return a;
}

static inline uint32_t reg_load(struct virtio_rig *r, uint64_t offset)
{
	struct access a = virtio_rig_access(r, ACCESS_LOAD, offset, 4, NULL);
	uint32_t value;

	memcpy(&value, a.before, sizeof(value));
	return value;
}

static inline void reg_store(struct virtio_rig *r, uint64_t offset, uint32_t value)
{
	virtio_rig_access(r, ACCESS_STORE, offset, 4, &value);
}

static inline void reg_store64(struct virtio_rig *r, uint64_t offset, uint64_t value)
{
	reg_store(r, offset, (uint32_t)value);
	reg_store(r, offset + 4, (uint32_t)(value >> 32));
}

static inline void *rig_at(struct virtio_rig *r, uint64_t gpa)
{
	return r->memory + (gpa - RIG_BASE);
}

static inline void rig_queue(struct virtio_rig *r, unsigned queue)
{
	reg_store(r, VIRTIO_REG_QUEUE_SELECT, queue);
	reg_store(r, VIRTIO_REG_QUEUE_SIZE, RIG_QUEUE_SIZE);
	reg_store64(r, VIRTIO_REG_QUEUE_TABLE, RIG_TABLE(queue));
	reg_store64(r, VIRTIO_REG_QUEUE_DRIVER, RIG_DRIVER(queue));
	reg_store64(r, VIRTIO_REG_QUEUE_DEVICE, RIG_DEVICE(queue));
	reg_store(r, VIRTIO_REG_QUEUE_READY, 1);
	r->available[queue] = 0;
}

/* Features as offered, to the point where queues are made. */
static inline void rig_negotiate(struct virtio_rig *r)
{
	reg_store(r, VIRTIO_REG_STATUS, 0);
	reg_store(r, VIRTIO_REG_STATUS, VIRTIO_STATUS_ACKNOWLEDGE);
	reg_store(r, VIRTIO_REG_STATUS, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	for (unsigned half = 0; half < 2; half++) {
		reg_store(r, VIRTIO_REG_FEATURES_SELECT, half);
		reg_store(r, VIRTIO_REG_DRIVER_FEATURES_SELECT, half);
		reg_store(r, VIRTIO_REG_DRIVER_FEATURES, reg_load(r, VIRTIO_REG_FEATURES));
	}
	reg_store(r, VIRTIO_REG_STATUS, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK);
}

/* As a driver begins; the rings are zeros. */
static inline void rig_start(struct virtio_rig *r)
{
	rig_negotiate(r);
	memset(r->memory, 0, sizeof(r->memory));
	for (unsigned queue = 0; queue < r->v->ops->nqueues; queue++)
		rig_queue(r, queue);
	reg_store(r, VIRTIO_REG_STATUS, reg_load(r, VIRTIO_REG_STATUS) | VIRTIO_STATUS_DRIVER_OK);
}

static inline void rig_descriptor_at(struct virtio_rig *r, uint64_t table, unsigned i, uint64_t gpa, uint32_t size,
				     unsigned flags, unsigned next)
{
	struct {
		uint64_t gpa;
		uint32_t size;
		uint16_t flags, next;
	} d = {gpa, size, (uint16_t)flags, (uint16_t)next};

	memcpy(rig_at(r, table + 16 * i), &d, sizeof(d));
}

static inline void rig_descriptor(struct virtio_rig *r, unsigned queue, unsigned i, uint64_t gpa, uint32_t size,
				  unsigned flags, unsigned next)
{
	rig_descriptor_at(r, RIG_TABLE(queue), i, gpa, size, flags, next);
}

/* Make the chain at head available, and tell the device. */
static inline void rig_offer_quietly(struct virtio_rig *r, unsigned queue, uint16_t head)
{
	uint16_t index = r->available[queue]++;

	memcpy(rig_at(r, RIG_DRIVER(queue) + 4 + 2 * (index % RIG_QUEUE_SIZE)), &head, sizeof(head));
	memcpy(rig_at(r, RIG_DRIVER(queue) + 2), &r->available[queue], sizeof(index));
}

static inline void rig_offer(struct virtio_rig *r, unsigned queue, uint16_t head)
{
	rig_offer_quietly(r, queue, head);
	reg_store(r, VIRTIO_REG_QUEUE_NOTIFY, queue);
}

static inline uint16_t rig_used(struct virtio_rig *r, unsigned queue)
{
	uint16_t index;

	memcpy(&index, rig_at(r, RIG_DEVICE(queue) + 2), sizeof(index));
	return index;
}

struct rig_entry {
	uint32_t head, written;
};

static inline struct rig_entry rig_entry(struct virtio_rig *r, unsigned queue, uint16_t index)
{
	struct rig_entry entry;

	memcpy(&entry, rig_at(r, RIG_DEVICE(queue) + 4 + 8 * (index % RIG_QUEUE_SIZE)), sizeof(entry));
	return entry;
}

/* Give a device with a thread of its own up to two seconds until so many chains are back. */
static inline void rig_wait(struct virtio_rig *r, unsigned queue, uint16_t used)
{
	for (unsigned i = 0; i < 20000 && rig_used(r, queue) != used; i++) {
		usleep(100);
		virtio_look(r->v);
	}
}

static inline bool rig_needs_reset(struct virtio_rig *r)
{
	return reg_load(r, VIRTIO_REG_STATUS) & VIRTIO_STATUS_NEEDS_RESET;
}

#endif
