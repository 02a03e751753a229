/*
 * bytes.h: numbers in a trace file: little-endian words, varints of 7 bits a byte, zigzag.
 *
 * A writer's place is checked by whoever writes; a reader's is checked here, once for
 * each number, and what lies behind the end is zeros and noted.
 */
#ifndef VMM_TRACE_FILE_BYTES_H
#define VMM_TRACE_FILE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VARINT_MAX 10 /* bytes of a varint of 64 bits */

static inline uint8_t *bytes_put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, 4); /* x86-64 is little-endian */
	return at + 4;
}

static inline uint8_t *bytes_put64(uint8_t *at, uint64_t value)
{
	memcpy(at, &value, 8);
	return at + 8;
}

static inline uint32_t bytes_get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, 4);
	return value;
}

static inline uint64_t bytes_get64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, 8);
	return value;
}

/* At most VARINT_MAX bytes: the lowest 7 bits first, bit 7 set in all bytes but the last. */
static inline uint8_t *bytes_put_varint(uint8_t *at, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		*at++ = (uint8_t)(value | 0x80);
	*at++ = (uint8_t)value;
	return at;
}

/* A number with a sign as one without: 0, -1, 1, -2, 2... */
static inline uint64_t bytes_zigzag(uint64_t value)
{
	return value << 1 ^ (uint64_t)((int64_t)value >> 63);
}

static inline uint64_t bytes_unzigzag(uint64_t value)
{
	return value >> 1 ^ -(value & 1);
}

struct bytes_in {
	const uint8_t *at, *end;
	bool bad; /* something lay behind the end, or was no number */
};

static inline size_t bytes_left(const struct bytes_in *in)
{
	return (size_t)(in->end - in->at);
}

/* n bytes, or NULL. */
static inline const uint8_t *bytes_take(struct bytes_in *in, size_t n)
{
	const uint8_t *at = in->at;

	if (n > bytes_left(in)) {
		in->bad = true;
		return NULL;
	}
	in->at += n;
	return at;
}

static inline uint8_t bytes_take8(struct bytes_in *in)
{
	if (in->at == in->end) {
		in->bad = true;
		return 0;
	}
	return *in->at++;
}

static inline uint64_t bytes_take64(struct bytes_in *in)
{
	const uint8_t *at = bytes_take(in, 8);

	return at ? bytes_get64(at) : 0;
}

/* No number: more than VARINT_MAX bytes, or bits above 63. */
static inline uint64_t bytes_take_varint(struct bytes_in *in)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 70; shift += 7) {
		uint8_t byte = bytes_take8(in);

		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	in->bad = true;
	return 0;
}

#endif
