#include "vmm/trace/file/block.h"

#include "vmm/trace/file/bytes.h"

#include <xxhash.h>

#define MAGIC "lodetrc"
#define MAGIC_SIZE 7

static const char kinds[] = {[BLOCK_HEAD] = 'H', [BLOCK_FRAME] = 'F', [BLOCK_FOOT] = 'E'};

#define TRAILER_KIND 'Z'

uint64_t block_hash(const void *bytes, uint64_t size)
{
	return XXH64(bytes, size, 0);
}

void block_put(struct block *b, uint8_t out[BLOCK_HEADER])
{
	memcpy(out, MAGIC, MAGIC_SIZE);
	out[7] = (uint8_t)kinds[b->kind];
	bytes_put32(out + 8, BLOCK_VERSION | (uint32_t)b->compressed << 16 | (uint32_t)b->time_bits << 24);
	bytes_put32(out + 12, b->records);
	bytes_put32(out + 16, b->raw);
	bytes_put32(out + 20, b->stored);
	bytes_put64(out + 24, b->sequence);
	bytes_put64(out + 32, b->tsc);
	bytes_put64(out + 40, b->payload_hash);
	bytes_put64(out + 48, b->previous);
	b->hash = block_hash(out, 56);
	bytes_put64(out + 56, b->hash);
}

static bool kind_of(uint8_t letter, enum block_kind *kind)
{
	for (unsigned i = 0; i < sizeof(kinds); i++)
		if (kinds[i] == letter) {
			*kind = (enum block_kind)i;
			return true;
		}
	return false;
}

static bool makes_sense(const struct block *b)
{
	if (b->raw > BLOCK_RAW_MAX || b->stored > BLOCK_STORED_MAX)
		return false;
	if (!b->compressed && b->raw != b->stored)
		return false;
	if (b->time_bits > (b->kind == BLOCK_FRAME ? BLOCK_TIME_BITS_MAX : 0))
		return false;
	return b->kind == BLOCK_FRAME ? b->records && b->records <= b->raw : !b->records;
}

enum block_status block_get(const uint8_t in[BLOCK_HEADER], struct block *b)
{
	struct block block = {
		.records = bytes_get32(in + 12),
		.raw = bytes_get32(in + 16),
		.stored = bytes_get32(in + 20),
		.sequence = bytes_get64(in + 24),
		.tsc = bytes_get64(in + 32),
		.payload_hash = bytes_get64(in + 40),
		.previous = bytes_get64(in + 48),
		.hash = bytes_get64(in + 56),
	};
	uint32_t form = bytes_get32(in + 8);

	if (memcmp(in, MAGIC, MAGIC_SIZE) != 0 || !kind_of(in[7], &block.kind))
		return BLOCK_NO_MAGIC;
	if (block.hash != block_hash(in, 56))
		return BLOCK_WRONG_HASH;
	if ((form & 0xffff) != BLOCK_VERSION)
		return BLOCK_OTHER_VERSION;
	block.compressed = form >> 16 & 1;
	block.time_bits = (uint8_t)(form >> 24);
	if ((form >> 17 & 0x7f) || !makes_sense(&block))
		return BLOCK_NO_SENSE;
	*b = block;
	return BLOCK_OK;
}

bool block_begins(const uint8_t *in, uint64_t n)
{
	enum block_kind kind;

	if (n <= MAGIC_SIZE)
		return memcmp(in, MAGIC, n) == 0;
	return memcmp(in, MAGIC, MAGIC_SIZE) == 0 && kind_of(in[7], &kind);
}

void block_put_trailer(uint64_t foot, uint8_t out[BLOCK_TRAILER])
{
	memcpy(out, MAGIC, MAGIC_SIZE);
	out[7] = TRAILER_KIND;
	bytes_put64(out + 8, foot);
}

bool block_get_trailer(const uint8_t in[BLOCK_TRAILER], uint64_t *foot)
{
	if (memcmp(in, MAGIC, MAGIC_SIZE) != 0 || in[7] != TRAILER_KIND)
		return false;
	*foot = bytes_get64(in + 8);
	return true;
}
