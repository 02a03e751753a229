#include "vmm/device/virtio/queue.h"

#include "capmodel/bytes.h"

#include <stdatomic.h>

#define DESCRIPTOR_SIZE 16u
#define RING_HEAD 4u /* flags and index, before the entries of both rings */
#define AVAILABLE_ENTRY 2u
#define USED_ENTRY 8u

#define DESCRIPTOR_NEXT 0x1u
#define DESCRIPTOR_WRITE 0x2u
#define DESCRIPTOR_INDIRECT 0x4u
#define AVAILABLE_NO_INTERRUPT 0x1u

struct descriptor {
	uint64_t gpa;
	uint32_t size;
	uint16_t flags, next;
};

_Static_assert(sizeof(struct descriptor) == DESCRIPTOR_SIZE, "VIRTIO: struct virtq_desc");

static uint16_t load16(const uint8_t *at)
{
	uint16_t value;

	bytes_load((uint8_t *)&value, at, sizeof(value));
	return value;
}

const char *queue_check(const struct queue *q, const struct dma *dma)
{
	if (q->size == 0 || q->size > QUEUE_SIZE_MAX || (q->size & (q->size - 1)) != 0)
		return "the queue's size is no power of two, or too large";
	if (q->table % DESCRIPTOR_SIZE != 0 || q->driver % 2 != 0 || q->device % 4 != 0)
		return "a part of the queue is not aligned";
	if (!dma->bytes(dma->self, q->table, DESCRIPTOR_SIZE * q->size, false))
		return "the descriptor table is not in memory";
	if (!dma->bytes(dma->self, q->driver, RING_HEAD + AVAILABLE_ENTRY * q->size, false))
		return "the available ring is not in memory";
	if (!dma->bytes(dma->self, q->device, RING_HEAD + USED_ENTRY * q->size, true))
		return "the used ring is not in memory";
	return NULL;
}

/* --- a chain ---------------------------------------------------------------------- */

/* Where descriptors are read: the queue's own table, or an indirect one. */
struct table {
	const uint8_t *bytes;
	uint32_t count;
};

static struct descriptor descriptor_at(const struct table *table, uint32_t i)
{
	struct descriptor d;

	memcpy(&d, table->bytes + (size_t)DESCRIPTOR_SIZE * i, sizeof(d));
	return d;
}

/* NULL, or what is wrong with it. */
static const char *add_piece(struct chain *c, const struct dma *dma, const struct descriptor *d)
{
	bool write = d->flags & DESCRIPTOR_WRITE;
	unsigned count = c->nreadable + c->nwritable;
	uint8_t *bytes;

	if (!write && c->nwritable > 0)
		return "a buffer to be read comes after one to be written";
	if (d->size == 0)
		return NULL;
	if (count == CHAIN_PIECES_MAX)
		return "a chain has too many buffers";
	bytes = dma->bytes(dma->self, d->gpa, d->size, write);
	if (!bytes)
		return "a buffer is not in memory";
	c->pieces[count] = (struct piece){bytes, d->gpa, d->size};
	*(write ? &c->nwritable : &c->nreadable) += 1;
	*(write ? &c->writable : &c->readable) += d->size;
	return NULL;
}

/* The rest of the chain is in a table of its own. */
static const char *enter_indirect(struct table *table, const struct dma *dma, const struct descriptor *d)
{
	if (d->flags & DESCRIPTOR_NEXT)
		return "a descriptor is indirect and has a next one";
	if (d->size == 0 || d->size % DESCRIPTOR_SIZE != 0)
		return "an indirect table is no number of descriptors";
	table->count = d->size / DESCRIPTOR_SIZE;
	table->bytes = dma->bytes(dma->self, d->gpa, d->size, false);
	return table->bytes ? NULL : "an indirect table is not in memory";
}

/* From the descriptor `at` of the table to the end of the chain, in at most `limit` steps. */
static const char *follow(struct chain *c, const struct dma *dma, struct table table, uint32_t at, uint32_t limit)
{
	bool indirect = false;

	for (uint32_t steps = 0; steps < limit; steps++) {
		struct descriptor d;
		const char *why;

		if (at >= table.count)
			return "a descriptor's number is beyond its table";
		d = descriptor_at(&table, at);
		if (d.flags & DESCRIPTOR_INDIRECT) {
			why = indirect ? "an indirect descriptor is in an indirect table"
				       : enter_indirect(&table, dma, &d);
			indirect = true;
			at = 0;
		} else {
			why = add_piece(c, dma, &d);
			at = d.next;
		}
		if (why)
			return why;
		if (!(d.flags & (DESCRIPTOR_NEXT | DESCRIPTOR_INDIRECT)))
			return NULL;
	}
	return "a chain is longer than the queue, or a loop";
}

enum queue_take queue_take(struct queue *q, const struct dma *dma, struct chain *chain, const char **why)
{
	const uint8_t *ring = dma->bytes(dma->self, q->driver, RING_HEAD + AVAILABLE_ENTRY * q->size, false);
	struct table table = {dma->bytes(dma->self, q->table, DESCRIPTOR_SIZE * q->size, false), q->size};
	uint16_t waiting;

	*why = "the queue is not in memory any more";
	if (!ring || !table.bytes)
		return QUEUE_BROKEN;
	waiting = (uint16_t)(load16(ring + 2) - q->taken);
	if (waiting == 0)
		return QUEUE_EMPTY;
	*why = "more chains are available than the queue has descriptors";
	if (waiting > q->size)
		return QUEUE_BROKEN;
	atomic_thread_fence(memory_order_acquire); /* the index before what it makes valid */
	chain->dma = dma;
	chain->head = load16(ring + RING_HEAD + (size_t)AVAILABLE_ENTRY * (q->taken & (q->size - 1)));
	chain->nreadable = chain->nwritable = 0;
	chain->readable = chain->writable = 0;
	/* one step more than there are descriptors: that to an indirect table */
	*why = follow(chain, dma, table, chain->head, q->size + 1);
	if (*why)
		return QUEUE_BROKEN;
	q->taken++;
	return QUEUE_TAKEN;
}

void queue_put_back(struct queue *q)
{
	q->taken--;
}

bool queue_return(struct queue *q, const struct dma *dma, uint16_t head, uint32_t written)
{
	uint8_t *ring = dma->bytes(dma->self, q->device, RING_HEAD + USED_ENTRY * q->size, true);
	const uint8_t *available = dma->bytes(dma->self, q->driver, RING_HEAD, false);
	uint32_t entry[2] = {head, written}, at = RING_HEAD + USED_ENTRY * (q->returned & (q->size - 1));

	if (!ring || !available)
		return false;
	memcpy(ring + at, entry, sizeof(entry));
	dma->wrote(dma->self, dma->who, q->device + at, sizeof(entry));
	q->returned++;
	atomic_thread_fence(memory_order_release); /* what was written, before the index that makes it valid */
	bytes_store(ring + 2, (const uint8_t *)&q->returned, sizeof(q->returned));
	dma->wrote(dma->self, dma->who, q->device + 2, sizeof(q->returned));
	atomic_thread_fence(memory_order_seq_cst); /* and that before the driver's wish is looked at */
	return !(load16(available) & AVAILABLE_NO_INTERRUPT);
}

/* --- its bytes ----------------------------------------------------------------------- */

/* On the way through some pieces. */
struct cursor {
	const struct piece *piece, *end;
	uint64_t at; /* bytes from the piece's start */
};

/* The next bytes, at most so many, and where they are. 0: there are no more. */
static size_t cursor_take(struct cursor *cursor, size_t most, uint8_t **bytes, uint64_t *gpa)
{
	size_t count;

	while (cursor->piece < cursor->end && cursor->at >= cursor->piece->size)
		cursor->at -= (cursor->piece++)->size;
	if (cursor->piece == cursor->end)
		return 0;
	*bytes = cursor->piece->bytes + cursor->at;
	*gpa = cursor->piece->gpa + cursor->at;
	count = cursor->piece->size - cursor->at < most ? (size_t)(cursor->piece->size - cursor->at) : most;
	cursor->at += count;
	return count;
}

size_t chain_read(const struct chain *c, uint64_t offset, void *to, size_t size)
{
	struct cursor cursor = {c->pieces, c->pieces + c->nreadable, offset};
	size_t done = 0, count;
	uint8_t *bytes;
	uint64_t gpa;

	for (; done < size && (count = cursor_take(&cursor, size - done, &bytes, &gpa)) > 0; done += count)
		memcpy((uint8_t *)to + done, bytes, count);
	return done;
}

size_t chain_write(const struct chain *c, uint64_t offset, const void *from, size_t size)
{
	const struct piece *first = c->pieces + c->nreadable;
	struct cursor cursor = {first, first + c->nwritable, offset};
	size_t done = 0, count;
	uint8_t *bytes;
	uint64_t gpa;

	for (; done < size && (count = cursor_take(&cursor, size - done, &bytes, &gpa)) > 0; done += count) {
		memcpy(bytes, (const uint8_t *)from + done, count);
		c->dma->wrote(c->dma->self, c->dma->who, gpa, count);
	}
	return done;
}
