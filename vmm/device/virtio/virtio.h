/*
 * virtio.h: what virtio devices have in common: the registers of virtio-mmio, version 2, as a keeper.
 *
 * A device embeds this as its first member and is the keeper of its register page: a driver's load and store of a
 * register are accesses like any other, counted, logged, watched and traced the same way. It is not in
 * capmodel/keeper because it needs what that must not know: memory, an interrupt line, files. Its way of one store: the
 * register takes it in `store`; what follows from it, the work on a queue and the interrupt, is done in `complete`,
 * when the instruction has happened. All of it is done by threads of vCPUs, so that nobody's memory changes
 * while they are held.
 *
 * Registers are read and written by four aligned bytes; from 0x100 on, the device's own configuration, in any
 * way. Of anything else a load gives zeros and a store does nothing, and it is counted. A driver that breaks a rule of
 * the queues gets DEVICE_NEEDS_RESET, and a line says why. Source: Virtual I/O Device (VIRTIO) Version 1.2, "Virtio
 * Over MMIO", "Basic Facilities of a Virtio Device".
 */
#ifndef VMM_DEVICE_VIRTIO_VIRTIO_H
#define VMM_DEVICE_VIRTIO_VIRTIO_H

#include "capmodel/keeper.h"
#include "vmm/device/virtio/queue.h"

#include <pthread.h>
#include <stdio.h>

#define VIRTIO_QUEUES_MAX 2
#define VIRTIO_CONFIG_MAX 64
#define VIRTIO_MAGIC 0x74726976u
#define VIRTIO_VENDOR 0x45444f4cu

enum virtio_register {
	VIRTIO_REG_MAGIC = 0x000,
	VIRTIO_REG_VERSION = 0x004,
	VIRTIO_REG_DEVICE = 0x008,
	VIRTIO_REG_VENDOR = 0x00c,
	VIRTIO_REG_FEATURES = 0x010,
	VIRTIO_REG_FEATURES_SELECT = 0x014,
	VIRTIO_REG_DRIVER_FEATURES = 0x020,
	VIRTIO_REG_DRIVER_FEATURES_SELECT = 0x024,
	VIRTIO_REG_QUEUE_SELECT = 0x030,
	VIRTIO_REG_QUEUE_SIZE_MAX = 0x034,
	VIRTIO_REG_QUEUE_SIZE = 0x038,
	VIRTIO_REG_QUEUE_READY = 0x044,
	VIRTIO_REG_QUEUE_NOTIFY = 0x050,
	VIRTIO_REG_INTERRUPT = 0x060,
	VIRTIO_REG_INTERRUPT_ACK = 0x064,
	VIRTIO_REG_STATUS = 0x070,
	VIRTIO_REG_QUEUE_TABLE = 0x080, /* these three in two halves */
	VIRTIO_REG_QUEUE_DRIVER = 0x090,
	VIRTIO_REG_QUEUE_DEVICE = 0x0a0,
	VIRTIO_REG_SHARED_MEMORY = 0x0b0, /* length and base: there is none */
	VIRTIO_REG_GENERATION = 0x0fc,
	VIRTIO_REG_CONFIG = 0x100,
};

#define VIRTIO_STATUS_ACKNOWLEDGE 0x01u
#define VIRTIO_STATUS_DRIVER 0x02u
#define VIRTIO_STATUS_DRIVER_OK 0x04u
#define VIRTIO_STATUS_FEATURES_OK 0x08u
#define VIRTIO_STATUS_NEEDS_RESET 0x40u
#define VIRTIO_STATUS_FAILED 0x80u

#define VIRTIO_INTERRUPT_USED 0x1u
#define VIRTIO_INTERRUPT_CONFIG 0x2u

#define VIRTIO_FEATURE_INDIRECT (1ull << 28)
#define VIRTIO_FEATURE_VERSION_1 (1ull << 32)

struct virtio;

/* What a kind of device is. All but serve may be absent. Called with the device's lock held. */
struct virtio_ops {
	const char *name; /* "block" */
	uint32_t id; /* VIRTIO 1.2, "Device Types" */
	unsigned nqueues;
	void (*serve)(struct virtio *v, unsigned queue); /* there may be chains in it, or what they wait for */
	void (*reset)(struct virtio *v);
	void (*print)(const struct virtio *v, FILE *out); /* further counts, as ", 3 flushes" */
	void (*free)(struct virtio *v); /* all, the device's memory as well; after virtio_destroy() */
};

/* What devices need from the machine. */
struct virtio_host {
	void *self;
	struct dma dma; /* its `who` is filled by virtio_init() */
	void (*irq)(void *self, unsigned line, bool level);
	/* Have virtio_look() called soon, by a vCPU's thread between two instructions. From any thread. */
	void (*later)(void *self);
	FILE *log; /* what goes wrong, a line each */
};

struct virtio_counts {
	uint64_t chains; /* given back */
	uint64_t errors; /* of them, told the driver as failed */
	uint64_t broken; /* times that a driver broke a rule */
	uint64_t strange; /* register accesses that no driver makes */
};

struct virtio {
	struct keeper keeper;
	const struct virtio_ops *ops;
	struct virtio_host host;
	unsigned line;
	char name[160]; /* for messages: "block root.img" */
	pthread_mutex_t lock; /* of all below; waited for only by who holds nothing else of a device's */
	uint64_t offered, accepted; /* features */
	uint32_t features_select, driver_select, queue_select;
	uint32_t status, interrupt;
	bool raised; /* the line */
	struct queue queues[VIRTIO_QUEUES_MAX];
	uint32_t due; /* bit i: queue i is to be served */
	unsigned budget; /* chains, and 64 KiB of them, that may be taken before others get their turn */
	uint8_t config[VIRTIO_CONFIG_MAX];
	unsigned told; /* lines */
	struct virtio_counts counts;
};

/* A device after a reset, that offers VERSION_1, INDIRECT and what `features` adds. name is copied. */
void virtio_init(struct virtio *v, const struct virtio_ops *ops, const struct virtio_host *host, unsigned line,
		 uint64_t features, const char *name);
void virtio_destroy(struct virtio *v);

/* NULL is allowed. */
void virtio_free(struct virtio *v);

/* Something came up on the host's side: serve what can be served. By a vCPU's thread. */
void virtio_look(struct virtio *v);

/* One line of counts. */
void virtio_print(const struct virtio *v, FILE *out);

/* --- for devices, in serve ------------------------------------------------------------------ */

/* The next chain. False: there is none, or not now. */
bool virtio_take(struct virtio *v, unsigned queue, struct chain *chain);

/* Put the one taken last back, for a later virtio_look(). */
void virtio_put_back(struct virtio *v, unsigned queue);

void virtio_return(struct virtio *v, unsigned queue, const struct chain *chain, uint32_t written);

/* The driver has broken a rule: DEVICE_NEEDS_RESET. */
void virtio_break(struct virtio *v, const char *why);

/* Has a driver set it up, and broken nothing since? */
static inline bool virtio_is_running(const struct virtio *v)
{
	return (v->status & VIRTIO_STATUS_DRIVER_OK) && !(v->status & VIRTIO_STATUS_NEEDS_RESET);
}

/* A line in the log, the first few of each device. */
void virtio_tell(struct virtio *v, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
