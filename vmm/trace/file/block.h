/*
 * block.h: what a trace file consists of: a head, frames, a foot, each with such a header before it.
 *
 * docs/trace-format.md has the layout. The header's hash covers the payload's hash and the
 * hash of the block before it, so that each block vouches for all before it.
 */
#ifndef VMM_TRACE_FILE_BLOCK_H
#define VMM_TRACE_FILE_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define BLOCK_HEADER 64 /* bytes */
#define BLOCK_VERSION 1
#define BLOCK_RAW_MAX (16u << 20) /* bytes of a payload: neither reader nor writer needs more memory */
#define BLOCK_STORED_MAX (BLOCK_RAW_MAX + BLOCK_RAW_MAX / 128)
#define BLOCK_TIME_BITS_MAX 32
#define BLOCK_TRAILER 16 /* bytes: after the foot */

enum block_kind {
	BLOCK_HEAD,
	BLOCK_FRAME,
	BLOCK_FOOT,
};

struct block {
	enum block_kind kind;
	bool compressed; /* the payload is a zstd frame */
	uint8_t time_bits; /* of a frame: so many low bits of its times are left out; else 0 */
	uint32_t records;
	uint32_t raw, stored; /* bytes of the payload, as it is and as it is in the file */
	uint64_t sequence, tsc; /* of the first record; of a foot: the records in all, and the last tsc */
	uint64_t payload_hash; /* xxh64 of the stored bytes */
	uint64_t previous; /* the hash of the block before this one; 0 of the head */
	uint64_t hash; /* xxh64 of the header before it */
};

enum block_status {
	BLOCK_OK,
	BLOCK_NO_MAGIC,
	BLOCK_OTHER_VERSION,
	BLOCK_WRONG_HASH,
	BLOCK_NO_SENSE, /* a size that cannot be */
};

uint64_t block_hash(const void *bytes, uint64_t size);

/* Fills b->hash, and out. */
void block_put(struct block *b, uint8_t out[BLOCK_HEADER]);

/* On BLOCK_OK *b is complete; otherwise it is untouched. */
enum block_status block_get(const uint8_t in[BLOCK_HEADER], struct block *b);

/* Can these n bytes be the beginning of a block? */
bool block_begins(const uint8_t *in, uint64_t n);

/* What ends a finished file: where its foot is. */
void block_put_trailer(uint64_t foot, uint8_t out[BLOCK_TRAILER]);
bool block_get_trailer(const uint8_t in[BLOCK_TRAILER], uint64_t *foot);

#endif
