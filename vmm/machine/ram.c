#include "vmm/machine/ram.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Architectural bound of a physical address (Intel SDM Vol 3, "Paging": MAXPHYADDR is at most 52). */
#define RAM_ADDRESS_END (1ull << 52)
/* What one memfd may hold; a host's user space has 47 address bits, and there are two views. */
#define RAM_TOTAL_MAX (1ull << 45)
/* Offsets keep the address's place in a large page, so that the host may back it with one. */
#define RAM_LARGE_PAGE (2ull << 20)

void ram_init(struct ram *ram)
{
	memset(ram, 0, sizeof(*ram));
	ram->memfd = -1;
}

static int refuse(const char **why, const char *text, int error)
{
	*why = text;
	return error;
}

/* The index of the first region that ends above address: what holds it, or the place to insert it. */
static unsigned index_above(const struct ram *ram, uint64_t address)
{
	unsigned low = 0, high = ram->nregions;

	while (low < high) {
		unsigned middle = (low + high) / 2;
		const struct ram_region *r = &ram->regions[middle];

		if (r->start.v + r->size <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int ram_add(struct ram *ram, gpa_t start, uint64_t size, enum ram_kind kind, const char **why)
{
	uint64_t offset = ram->size + ((start.v - ram->size) & (RAM_LARGE_PAGE - 1));
	unsigned at;

	if (ram->monitor_view)
		return refuse(why, "memory is mapped already", -EINVAL);
	if (size == 0)
		return refuse(why, "its size is zero", -EINVAL);
	if ((start.v | size) & PAGE_MASK)
		return refuse(why, "its start and size must be multiples of 4096", -EINVAL);
	if (start.v >= RAM_ADDRESS_END || size > RAM_ADDRESS_END - start.v)
		return refuse(why, "it goes beyond 52 physical address bits", -EINVAL);
	if (size > RAM_TOTAL_MAX || offset > RAM_TOTAL_MAX - size)
		return refuse(why, "more memory than a process can map", -EINVAL);
	at = index_above(ram, start.v);
	if (at < ram->nregions && ram->regions[at].start.v < start.v + size)
		return refuse(why, "it overlaps another region of memory", -EEXIST);
	if (ram->nregions == RAM_REGIONS_MAX)
		return refuse(why, "too many regions of memory", -ENOSPC);

	memmove(&ram->regions[at + 1], &ram->regions[at], (ram->nregions - at) * sizeof(ram->regions[0]));
	ram->regions[at] = (struct ram_region){.start = start, .size = size, .offset = offset, .kind = kind};
	ram->nregions++;
	ram->size = offset + size;
	return 0;
}

int ram_add_main(struct ram *ram, uint64_t size, const char **why)
{
	uint64_t low = size < RAM_GAP_START ? size : RAM_GAP_START;
	struct ram before = *ram;
	int error = ram_add(ram, (gpa_t){0}, low, RAM_MAIN, why);

	if (!error && size > low)
		error = ram_add(ram, (gpa_t){RAM_GAP_END}, size - low, RAM_MAIN, why);
	if (error)
		*ram = before;
	return error == 0 || error == -EINVAL ? error : -EINVAL;
}

/* One view of the memfd, at a multiple of the large page. NULL on failure. */
static uint8_t *map_view(int memfd, uint64_t size)
{
	uint64_t room = size + RAM_LARGE_PAGE;
	uint8_t *base = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint64_t head, tail;

	if (base == MAP_FAILED)
		return NULL;
	head = -(uintptr_t)base & (RAM_LARGE_PAGE - 1);
	tail = RAM_LARGE_PAGE - head;
	if (mmap(base + head, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE | MAP_FIXED, memfd, 0) ==
	    MAP_FAILED) {
		munmap(base, room);
		return NULL;
	}
	if (head)
		munmap(base, head);
	munmap(base + head + size, tail);
	/* KVM then maps 2 MiB by one fault, but around trapped pages. Most hosts say no: shmem_enabled, docs/guests.md
	 */
	(void)madvise(base + head, size, MADV_HUGEPAGE);
	return base + head;
}

int ram_map(struct ram *ram)
{
	int error = EINVAL;

	if (ram->nregions == 0 || ram->monitor_view)
		return -EINVAL;
	ram->memfd = memfd_create("guest-memory", MFD_CLOEXEC);
	if (ram->memfd < 0)
		return -errno;
	if (ftruncate(ram->memfd, (off_t)ram->size) < 0)
		goto failed;
	ram->guest_view = map_view(ram->memfd, ram->size);
	if (!ram->guest_view)
		goto failed;
	ram->monitor_view = map_view(ram->memfd, ram->size);
	if (!ram->monitor_view)
		goto failed;
	return 0;

failed:
	error = errno;
	ram_unmap(ram);
	return -error;
}

void ram_unmap(struct ram *ram)
{
	if (ram->guest_view)
		munmap(ram->guest_view, ram->size);
	if (ram->monitor_view)
		munmap(ram->monitor_view, ram->size);
	if (ram->memfd >= 0)
		close(ram->memfd);
	ram->guest_view = NULL;
	ram->monitor_view = NULL;
	ram->memfd = -1;
}

const struct ram_region *ram_region_of(const struct ram *ram, gpa_t gpa)
{
	unsigned at = index_above(ram, gpa.v);

	return at < ram->nregions && ram->regions[at].start.v <= gpa.v ? &ram->regions[at] : NULL;
}

/* Where [gpa, gpa+size) is in the memfd; false unless one region holds it all. */
static bool offset_of(const struct ram *ram, gpa_t gpa, uint64_t size, uint64_t *offset)
{
	const struct ram_region *r = ram_region_of(ram, gpa);

	if (!r || size > r->size - (gpa.v - r->start.v))
		return false;
	*offset = r->offset + (gpa.v - r->start.v);
	return true;
}

uint8_t *ram_bytes(const struct ram *ram, gpa_t gpa, uint64_t size)
{
	uint64_t offset;

	return ram->monitor_view && offset_of(ram, gpa, size, &offset) ? ram->monitor_view + offset : NULL;
}

uint8_t *ram_guest_bytes(const struct ram *ram, gpa_t gpa, uint64_t size)
{
	uint64_t offset;

	return ram->guest_view && offset_of(ram, gpa, size, &offset) ? ram->guest_view + offset : NULL;
}

uint64_t ram_main_size(const struct ram *ram)
{
	uint64_t size = 0;

	for (unsigned i = 0; i < ram->nregions; i++)
		if (ram->regions[i].kind == RAM_MAIN)
			size += ram->regions[i].size;
	return size;
}
