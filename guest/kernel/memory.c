/* memory.c: which of the memory is free, and the functions on memory that the compiler calls. */
#include "guest/kernel/memory.h"

#include "guest/kernel/machine.h"
#include "guest/kernel/paging.h"

#define PAGE 4096ull

static struct {
	uint64_t end; /* of main memory */
	uint64_t free_start, free_size;
} memory;

void *machine_memory(uint64_t physical)
{
	return (void *)(PAGING_PHYSICAL + physical);
}

/* The compiler calls these by itself. Where level 0 is interpreted, a loop costs a hundred times what these do. */
void *memset(void *at, int byte, size_t size) __attribute__((used));
void *memcpy(void *to, const void *from, size_t size) __attribute__((used));
void *memmove(void *to, const void *from, size_t size) __attribute__((used));
int memcmp(const void *a, const void *b, size_t size) __attribute__((used));

void *memset(void *at, int byte, size_t size)
{
	uint64_t words = size / 8, rest = size % 8, pattern = (uint8_t)byte * 0x0101010101010101ull;
	void *next = at;

	__asm__ volatile("rep stosq" : "+D"(next), "+c"(words) : "a"(pattern) : "memory");
	__asm__ volatile("rep stosb" : "+D"(next), "+c"(rest) : "a"(pattern) : "memory");
	return at;
}

void *memcpy(void *to, const void *from, size_t size)
{
	uint64_t words = size / 8, rest = size % 8;
	void *next = to;

	__asm__ volatile("rep movsq" : "+D"(next), "+S"(from), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(next), "+S"(from), "+c"(rest) : : "memory");
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	uint8_t *last_to = (uint8_t *)to + size - 1;
	const uint8_t *last_from = (const uint8_t *)from + size - 1;

	if ((uint64_t)to - (uint64_t)from >= size)
		return memcpy(to, from, size);
	__asm__ volatile("std; rep movsb; cld" : "+D"(last_to), "+S"(last_from), "+c"(size) : : "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *x = a, *y = b;

	for (; size; size--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

/* The pieces of usable memory that something lies in. */
static bool is_taken(const struct guest_boot_memory *m)
{
	return m->kind == GUEST_MEMORY_IMAGE || m->kind == GUEST_MEMORY_MODULE;
}

/* What is free from start on, up to what lies next; keep it if it is the largest yet. */
static void consider(const struct guest_boot_memory *all, unsigned n, uint64_t start, uint64_t end)
{
	for (unsigned i = 0; i < n; i++) {
		if (!is_taken(&all[i]) || all[i].start >= end || all[i].start + all[i].size <= start)
			continue;
		if (all[i].start <= start)
			return;
		end = all[i].start;
	}
	start = (start + PAGE - 1) & ~(PAGE - 1);
	end &= ~(PAGE - 1);
	if (end > start && end - start > memory.free_size) {
		memory.free_start = start;
		memory.free_size = end - start;
	}
}

void memory_init(const struct guest_boot *boot)
{
	const struct guest_boot_memory *all = machine_memory(boot->memory);

	for (unsigned i = 0; i < boot->nmemory; i++) {
		uint64_t end = all[i].start + all[i].size;

		if (all[i].kind != GUEST_MEMORY_USABLE)
			continue;
		memory.end = end > memory.end ? end : memory.end;
		consider(all, boot->nmemory, all[i].start, end);
		for (unsigned j = 0; j < boot->nmemory; j++)
			if (is_taken(&all[j]) && all[j].start + all[j].size > all[i].start &&
			    all[j].start + all[j].size < end)
				consider(all, boot->nmemory, all[j].start + all[j].size, end);
	}
}

bool memory_is_ordinary(uint64_t physical)
{
	return physical < memory.end;
}

uint64_t memory_free_start(void)
{
	return memory.free_start;
}

uint64_t memory_free_size(void)
{
	return memory.free_size;
}
