/*
 * boot_fixture.h: what the protocols' tests share: files, a machine's memory, and the way from a file to the first
 * vCPU's state, through boot.h alone.
 */
#ifndef TESTS_BOOT_FIXTURE_H
#define TESTS_BOOT_FIXTURE_H

#include "guest/abi/note.h"
#include "tests/bzimage_sample.h"
#include "tests/check.h"
#include "tests/elf_sample.h"
#include "vmm/boot/boot.h"

#include <stdlib.h>
#include <unistd.h>

#define MIB (1ull << 20)
#define EXTRA 0xe0000000ull

/* A file that is gone after the test: file_new(), then file_free(). */
struct file {
	char path[40];
};

static inline void file_new(struct file *file, const void *bytes, size_t size)
{
	int fd;

	strcpy(file->path, "/tmp/lodestore-boot-XXXXXX");
	fd = mkstemp(file->path);
	CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	close(fd);
}

static inline void file_free(struct file *file)
{
	unlink(file->path);
}

static inline void memory(struct ram *ram, uint64_t size)
{
	const char *why;

	ram_init(ram);
	CHECK_EQ(ram_add_main(ram, size, &why), 0);
	CHECK_EQ(ram_add(ram, (gpa_t){EXTRA}, 2 * PAGE_SIZE, RAM_EXTRA, &why), 0);
}

/* Plan and load; NULL with a message if either fails. The caller frees both on success. */
static inline struct boot *boot_up(const struct boot_options *o, struct ram *ram, uint64_t size,
				   struct boot_state *state, struct error *e)
{
	struct boot *boot;

	memory(ram, size);
	boot = boot_plan(o, ram, e);
	if (!boot)
		return NULL;
	CHECK_EQ(ram_map(ram), 0);
	if (boot_load(boot, ram, state, e) == 0)
		return boot;
	boot_free(boot);
	ram_unmap(ram);
	return NULL;
}

/* The leaf that maps gva, 0 if none; *gpa is then where it leads. */
static inline uint64_t leaf_of(const struct ram *ram, uint64_t root, uint64_t gva, uint64_t *gpa)
{
	for (unsigned shift = 39; shift >= 12; shift -= 9) {
		uint64_t *entries = (uint64_t *)(void *)ram_bytes(ram, (gpa_t){root}, PAGE_SIZE);
		uint64_t entry = entries ? entries[gva >> shift & 511] : 0;

		if (!(entry & 1))
			return 0;
		root = entry & 0x000ffffffffff000;
		if (shift == 12 || (entry & 0x80)) {
			*gpa = root + (gva & ((1ull << shift) - 1));
			return entry;
		}
	}
	return 0;
}

/* Our sample with our note, its data in the upper half. */
static inline void own_sample(struct sample *s, uint32_t version, uint32_t flags)
{
	const uint32_t desc[] = {version, flags};

	sample_fill(s);
	s->segments[1].p_vaddr = 0xffffffff80200000;
	sample_add_note(s, GUEST_NOTE_NAME, GUEST_NOTE_TYPE, desc, sizeof(desc));
}

#endif
