#include "vmm/access/locked.h"

#include "capmodel/bytes.h"

#include <pthread.h>
#include <string.h>

#define WORD 8
#define OPERAND_MAX 16 /* bytes of a locked operand: cmpxchg16b */

/*
 * One piece of an operand: bytes that lie together in the monitor's view. An
 * operand on two pages that are not neighbours, or half a keeper's, has two.
 */
struct piece {
	uint8_t *at;
	unsigned size;
	uint8_t before[OPERAND_MAX], after[OPERAND_MAX];
};

/* The processor's bus, as it were: split locks of all threads, one after the other. */
static pthread_mutex_t split_lock = PTHREAD_MUTEX_INITIALIZER;

bool locked_is_memory(const struct part *part)
{
	return part->access.locked && part->access.op == ACCESS_RMW && !part->absent && part->who.type == CAP_PAGE;
}

/* Replace old by new at any address; the CPU locks the bus where it crosses a line. */
static bool exchange(uint8_t *at, unsigned size, uint64_t old, uint64_t new)
{
	bool equal = false;

	switch (size) {
	case 1:
		__asm__ volatile("lock cmpxchgb %b3, %1" : "=@ccz"(equal), "+m"(*at), "+a"(old) : "q"(new) : "memory");
		break;
	case 2:
		__asm__ volatile("lock cmpxchgw %w3, %1"
				 : "=@ccz"(equal), "+m"(*(uint8_t(*)[2])at), "+a"(old)
				 : "r"(new)
				 : "memory");
		break;
	case 4:
		__asm__ volatile("lock cmpxchgl %k3, %1"
				 : "=@ccz"(equal), "+m"(*(uint8_t(*)[4])at), "+a"(old)
				 : "r"(new)
				 : "memory");
		break;
	case 8:
		__asm__ volatile("lock cmpxchgq %3, %1"
				 : "=@ccz"(equal), "+m"(*(uint8_t(*)[8])at), "+a"(old)
				 : "r"(new)
				 : "memory");
		break;
	}
	return equal;
}

/* at is aligned to 16. Only guests that have the instruction themselves get here. */
static bool exchange_16(uint8_t *at, const uint8_t *before, const uint8_t *after)
{
	uint64_t old[2], new[2];
	bool equal;

	memcpy(old, before, sizeof(old));
	memcpy(new, after, sizeof(new));
	__asm__ volatile("lock cmpxchg16b %1"
			 : "=@ccz"(equal), "+m"(*(uint8_t(*)[16])at), "+a"(old[0]), "+d"(old[1])
			 : "b"(new[0]), "c"(new[1])
			 : "memory");
	return equal;
}

/* Replace n bytes within one aligned word, whatever its other bytes become meanwhile. */
static bool exchange_in_word(uint8_t *at, unsigned n, const uint8_t *before, const uint8_t *after)
{
	unsigned offset = (uintptr_t)at % WORD;
	uint8_t *word = at - offset;

	for (;;) {
		uint8_t old[WORD], new[WORD];
		uint64_t old_word, new_word;

		bytes_load(old, word, WORD);
		if (memcmp(old + offset, before, n) != 0)
			return false;
		memcpy(new, old, WORD);
		memcpy(new + offset, after, n);
		memcpy(&old_word, old, WORD);
		memcpy(&new_word, new, WORD);
		if (exchange(word, WORD, old_word, new_word))
			return true;
	}
}

/* Word by word; put back what was done when a later word has changed. */
static bool exchange_words(uint8_t *at, unsigned size, const uint8_t *before, const uint8_t *after)
{
	unsigned n = WORD - (uintptr_t)at % WORD;

	if (n > size)
		n = size;
	if (n == 0)
		return true;
	if (!exchange_in_word(at, n, before, after))
		return false;
	if (exchange_words(at + n, size - n, before + n, after + n))
		return true;
	(void)exchange_in_word(at, n, after, before); /* if it changed again, that change stands */
	return false;
}

/* The pieces of the plan's locked operand. Returns how many. */
static unsigned pieces_of(const struct plan *plan, struct piece pieces[OPERAND_MAX])
{
	unsigned n = 0, bytes = 0;

	for (unsigned i = 0; i < plan->nparts && bytes < OPERAND_MAX; i++) {
		const struct part *part = &plan->parts[i];
		const struct access *a = &part->access;
		uint8_t *at;

		if (!locked_is_memory(part))
			continue;
		at = part->who.object.page + a->offset;
		if (n == 0 || pieces[n - 1].at + pieces[n - 1].size != at)
			pieces[n++] = (struct piece){.at = at};
		memcpy(pieces[n - 1].before + pieces[n - 1].size, a->before, a->size);
		memcpy(pieces[n - 1].after + pieces[n - 1].size, plan->after.stored[part->ref] + part->at, a->size);
		pieces[n - 1].size += a->size;
		bytes += a->size;
	}
	return n;
}

/* One locked instruction of the host's does it. */
static bool is_whole(const struct piece *piece)
{
	if (piece->size == 16)
		return (uintptr_t)piece->at % 16 == 0;
	return piece->size == 1 || piece->size == 2 || piece->size == 4 || piece->size == 8;
}

static bool exchange_whole(const struct piece *piece)
{
	uint64_t old = 0, new = 0;

	if (piece->size == 16)
		return exchange_16(piece->at, piece->before, piece->after);
	memcpy(&old, piece->before, piece->size);
	memcpy(&new, piece->after, piece->size);
	return exchange(piece->at, piece->size, old, new);
}

static bool exchange_split(const struct piece *pieces, unsigned n)
{
	if (n == 0)
		return true;
	if (!exchange_words(pieces->at, pieces->size, pieces->before, pieces->after))
		return false;
	if (exchange_split(pieces + 1, n - 1))
		return true;
	(void)exchange_words(pieces->at, pieces->size, pieces->after, pieces->before);
	return false;
}

bool locked_publish_memory(struct plan *plan)
{
	struct piece pieces[OPERAND_MAX];
	unsigned n;
	bool done;

	n = pieces_of(plan, pieces);
	if (n == 0)
		return true;
	if (n == 1 && is_whole(&pieces[0]))
		return exchange_whole(&pieces[0]);
	pthread_mutex_lock(&split_lock);
	done = exchange_split(pieces, n);
	pthread_mutex_unlock(&split_lock);
	return done;
}
