/*
 * compress.c: a text in the buffer is compressed to a second part of it by back references (LZ77, Ziv and Lempel 1977),
 * unpacked to a third, and compared. Matches are copied by rep movsb, so that the elements of a REP are seen.
 */
#include "tests/truth/truth.h"

#define TEXT 0 /* offsets in the buffer */
#define TEXT_SIZE (2048 << TRUTH_SCALE)
#define PACKED (0x1000 << TRUTH_SCALE)
#define UNPACKED (0x2000 << TRUTH_SCALE)
#define HASHES (0x3000 << TRUTH_SCALE) /* 512 offsets of 2 bytes: where these three bytes were last */
#define HASH_COUNT (512 << TRUTH_SCALE)
#define MATCH_MIN 4
#define MATCH_MAX 130

static void copy(uint8_t *to, const uint8_t *from, size_t size)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}

static void make_text(void)
{
	static const char words[] = "load store page keeper entry resume space bank ";
	uint32_t seed = 521288629u;

	for (size_t at = 0; at < TEXT_SIZE;) {
		size_t from = next_random(&seed) % (sizeof(words) - 12);
		size_t size = 4 + next_random(&seed) % 8;

		for (size_t i = 0; i < size && at < TEXT_SIZE; i++)
			buffer[TEXT + at++] = (uint8_t)words[from + i];
	}
}

static uint16_t *slot_of(const uint8_t *text)
{
	uint32_t three = text[0] | (uint32_t)text[1] << 8 | (uint32_t)text[2] << 16;

	return (uint16_t *)(buffer + HASHES) + (three * 2654435761u >> (23 - TRUTH_SCALE)) % HASH_COUNT;
}

static size_t match_size(const uint8_t *a, const uint8_t *b, size_t most)
{
	size_t size = 0;

	while (size < most && a[size] == b[size])
		size++;
	return size;
}

/* A literal: 0, byte. A match: size - 2, distance in two bytes. */
static size_t compress(const uint8_t *text, size_t size, uint8_t *out)
{
	size_t used = 0, at = 0;

	while (at < size) {
		size_t most = size - at < MATCH_MAX ? size - at : MATCH_MAX, length = 0;
		size_t before = 0;

		if (most >= MATCH_MIN) {
			uint16_t *slot = slot_of(text + at);

			before = *slot; /* the offset + 1 */
			*slot = (uint16_t)(at + 1);
		}
		if (before)
			length = match_size(text + before - 1, text + at, most);
		if (length < MATCH_MIN) {
			out[used++] = 0;
			out[used++] = text[at++];
			continue;
		}
		out[used++] = (uint8_t)(length - 2);
		*(uint16_t *)(out + used) = (uint16_t)(at + 1 - before);
		used += 2;
		at += length;
	}
	return used;
}

static size_t unpack(const uint8_t *in, size_t size, uint8_t *out)
{
	size_t at = 0, made = 0;

	while (at < size) {
		size_t length = in[at++];

		if (length == 0) {
			out[made++] = in[at++];
			continue;
		}
		copy(out + made, out + made - *(const uint16_t *)(in + at), length + 2);
		made += length + 2;
		at += 2;
	}
	return made;
}

int work(void)
{
	size_t packed;

	make_text();
	packed = compress(buffer + TEXT, TEXT_SIZE, buffer + PACKED);
	if (packed >= TEXT_SIZE)
		return 1;
	if (unpack(buffer + PACKED, packed, buffer + UNPACKED) != TEXT_SIZE)
		return 2;
	return match_size(buffer + TEXT, buffer + UNPACKED, TEXT_SIZE) == TEXT_SIZE ? 0 : 3;
}
