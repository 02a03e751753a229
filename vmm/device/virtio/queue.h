/*
 * queue.h: a split virtqueue, as a device sees it.
 *
 * The rings and what they lead to are the guest's, who may write anything there at any time: each field is
 * read once, each address is asked of dma, chains are followed for so many descriptors as a queue may have
 * and no further. What breaks a rule is told in words; nothing is guessed. Source: Virtual I/O Device (VIRTIO)
 * Version 1.2, "Split Virtqueues". Not offered, so not known here: packed rings, event indexes.
 */
#ifndef VMM_DEVICE_VIRTIO_QUEUE_H
#define VMM_DEVICE_VIRTIO_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUEUE_SIZE_MAX 256u
#define CHAIN_PIECES_MAX QUEUE_SIZE_MAX

/* The guest's memory, as devices reach it. */
struct dma {
	void *self;
	const char *who; /* the device */
	/* The monitor's bytes of [gpa, gpa+size), to be read or written. NULL: not all of it is memory. */
	uint8_t *(*bytes)(void *self, uint64_t gpa, uint64_t size, bool write);
	/* These, of what bytes() gave to be written, were written. */
	void (*wrote)(void *self, const char *who, uint64_t gpa, uint64_t size);
};

/* All zero: as after a reset. */
struct queue {
	uint32_t size; /* descriptors */
	bool ready;
	uint64_t table, driver, device; /* gpa of the descriptor table, the available ring and the used ring */
	uint16_t taken, returned; /* chains, modulo 2^16 */
};

struct piece {
	uint8_t *bytes;
	uint64_t gpa;
	uint32_t size;
};

/* A chain of buffers: first those to be read, then those to be written. */
struct chain {
	const struct dma *dma; /* of the queue it was taken from */
	uint16_t head; /* by which the driver knows it */
	unsigned nreadable, nwritable; /* pieces, in this order */
	uint64_t readable, writable; /* bytes in all */
	struct piece pieces[CHAIN_PIECES_MAX]; /* none is empty */
};

enum queue_take { QUEUE_EMPTY, QUEUE_TAKEN, QUEUE_BROKEN };

/* May it be used: its size, alignments, and that all of it is memory? Else a text that says what is wrong. */
const char *queue_check(const struct queue *q, const struct dma *dma);

/*
 * The next chain, of a queue that queue_check() has passed. *chain is complete at QUEUE_TAKEN, *why is set at
 * QUEUE_BROKEN: the driver has broken a rule, and its queue can be used no more.
 */
enum queue_take queue_take(struct queue *q, const struct dma *dma, struct chain *chain, const char **why);

/* The chain that was taken last comes again. */
void queue_put_back(struct queue *q);

/* Give a chain back, `written` bytes written. True: the driver wants to be interrupted for it. */
bool queue_return(struct queue *q, const struct dma *dma, uint16_t head, uint32_t written);

/* Copy from the bytes to be read at offset, to those to be written; how many there were. */
size_t chain_read(const struct chain *c, uint64_t offset, void *to, size_t size);
size_t chain_write(const struct chain *c, uint64_t offset, const void *from, size_t size);

#endif
