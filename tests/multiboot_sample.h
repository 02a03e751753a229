/*
 * multiboot_sample.h: small, right Multiboot headers for tests to break.
 */
#ifndef TESTS_MULTIBOOT_SAMPLE_H
#define TESTS_MULTIBOOT_SAMPLE_H

#include "tests/elf_sample.h"

#include <stdbool.h>

/* Where a header lies in the samples: in a flat image, and in elf_sample.h's, whose code segment it begins. */
#define HEADER_AT 0x40u
#define FLAT_SIZE 0x200u
#define FLAT_LOAD 0x200000u

static inline void put_words(uint8_t *bytes, const uint32_t *words, unsigned count)
{
	memcpy(bytes, words, count * sizeof(*words));
}

/* Version 1 of these flags, without addresses. */
static inline void header_1(uint8_t *at, uint32_t flags)
{
	const uint32_t words[] = {0x1badb002, flags, -(0x1badb002 + flags)};

	put_words(at, words, 3);
}

/* Version 1 with the addresses of a flat image of FLAT_SIZE bytes and as many of zeros, that starts at its 0x80. */
static inline void header_1_flat(uint8_t *at)
{
	const uint32_t words[] = {FLAT_LOAD + HEADER_AT, FLAT_LOAD, FLAT_LOAD + FLAT_SIZE, FLAT_LOAD + 2 * FLAT_SIZE,
				  FLAT_LOAD + 0x80};

	header_1(at, 0x10003);
	put_words(at + 12, words, 5);
}

/* Version 2 with count words of tags; an end tag is put after them. */
static inline void header_2(uint8_t *at, const uint32_t *tags, unsigned count)
{
	const uint32_t length = 16 + 4 * count + 8, end[] = {0, 8};
	const uint32_t words[] = {0xe85250d6, 0, length, -(0xe85250d6 + length)};

	put_words(at, words, 4);
	put_words(at + 16, tags, count);
	put_words(at + 16 + 4 * count, end, 2);
}

/* The same image as header_1_flat() by tags: addresses and entry. */
static inline void header_2_flat(uint8_t *at)
{
	const uint32_t tags[] = {
		2, 24, FLAT_LOAD + HEADER_AT, FLAT_LOAD, FLAT_LOAD + FLAT_SIZE, FLAT_LOAD + 2 * FLAT_SIZE,
		3, 12, FLAT_LOAD + 0x80,      0};

	header_2(at, tags, 10);
}

/* The sample as a kernel that is linked high: code at 1 MiB, entered at its virtual address. */
static inline void high_sample(struct sample *s, bool narrow, unsigned version)
{
	const uint32_t wants[] = {1, 12, 8, 0};

	sample_fill(s);
	s->segments[0].p_vaddr = 0xc0100000;
	s->header->e_entry = 0xc0100010;
	if (narrow)
		sample_narrow(s);
	if (version == 1)
		header_1(s->bytes + SAMPLE_CODE_OFFSET + 0x40, 0x7); /* video too */
	else
		header_2(s->bytes + SAMPLE_CODE_OFFSET + 0x40, wants, 4);
}

#endif
