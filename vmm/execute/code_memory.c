#include "vmm/execute/code_memory.h"

#include <cpuid.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u /* Linux 6.3: this memfd may be mapped executable */
#endif

#define SLOT_PAGES (3 * SLOT_SIZE) /* a guard, the slot, a guard */

static int code_file(size_t size)
{
	int fd = memfd_create("stubs", MFD_CLOEXEC | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("stubs", MFD_CLOEXEC);
	if (fd >= 0 && ftruncate(fd, (off_t)size) < 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

/* The run view, a guard, the slot and another guard in one range that is reserved first. NULL with errno set. */
static uint8_t *map_run_and_slot(int fd, size_t size)
{
	uint8_t *at = mmap(NULL, size + SLOT_PAGES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int error;

	if (at == MAP_FAILED)
		return NULL;
	if (mmap(at, size, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED &&
	    mmap(at + size + SLOT_SIZE, SLOT_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		 0) != MAP_FAILED)
		return at;
	error = errno;
	munmap(at, size + SLOT_PAGES);
	errno = error;
	return NULL;
}

int code_memory_map(size_t size, struct code_memory *out)
{
	int fd = code_file(size);
	uint8_t *run, *write;
	int error = 0;

	if (fd < 0)
		return -errno;
	write = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (write == MAP_FAILED) {
		error = -errno;
		goto close_file;
	}
	run = map_run_and_slot(fd, size);
	if (run) {
		*out = (struct code_memory){.run = run, .write = write, .slot = run + size + SLOT_SIZE, .size = size};
	} else {
		error = -errno;
		munmap(write, size);
	}
close_file:
	close(fd);
	return error;
}

void code_memory_unmap(struct code_memory *memory)
{
	munmap(memory->write, memory->size);
	munmap(memory->run, memory->size + SLOT_PAGES);
}

void code_memory_serialize(void)
{
	unsigned a, b, c, d;

	__cpuid(0, a, b, c, d);
}
