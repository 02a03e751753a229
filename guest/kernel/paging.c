/* paging.c: page tables of processes, filled by faults and thrown away together. */
#include "guest/kernel/paging.h"

#include "guest/kernel/cpu.h"
#include "guest/kernel/memory.h"

#include <string.h>

#define ENTRIES 512
#define PAGE 4096u

#define PRESENT 0x1ull
#define WRITE 0x2ull
#define USER 0x4ull
#define NO_EXECUTE (1ull << 63)
#define ADDRESS 0x000ffffffffff000ull

#define NFRAMES 512u
#define NROOTS 64u
#define NO_FRAME 0xffffu

/* Tables of one process. A root of an older epoch is as good as empty. */
struct root {
	const struct process *owner; /* NULL: unused */
	uint64_t epoch;
	uint16_t table; /* the frame of its highest table */
	uint16_t frames; /* all its frames, a list through next_frame that ends with `table` */
};

static uint64_t frame[NFRAMES][ENTRIES] __attribute__((aligned(4096)));
static uint16_t next_frame[NFRAMES];
static struct root roots[NROOTS];

static struct {
	uint64_t epoch;
	uint16_t free; /* list of frames through next_frame */
	uint16_t kernel_table; /* maps the kernel only */
	struct root *loaded; /* NULL: kernel_table is */
	uint64_t half[2]; /* the kernel's two entries of every highest table */
} paging;

static uint64_t physical_of(unsigned f)
{
	return (uint64_t)frame[f] - PAGING_IMAGE;
}

static unsigned index_of(uint64_t address, unsigned level)
{
	return (address >> (12 + 9 * level)) & (ENTRIES - 1);
}

/* --- frames and roots --------------------------------------------------------------- */

static void load(struct root *r)
{
	paging.loaded = r;
	cpu_set_cr3(physical_of(r ? r->table : paging.kernel_table));
}

static void free_root(struct root *r)
{
	if (!r->owner)
		return;
	if (r == paging.loaded)
		load(NULL);
	next_frame[r->table] = paging.free;
	paging.free = r->frames;
	r->owner = NULL;
}

/* A zeroed frame. When there is none left, all processes but r's lose theirs; NO_FRAME if that does not help. */
static unsigned take_frame(const struct root *r)
{
	unsigned f;

	for (unsigned i = 0; paging.free == NO_FRAME && i < NROOTS; i++)
		if (&roots[i] != r)
			free_root(&roots[i]);
	f = paging.free;
	if (f == NO_FRAME)
		return NO_FRAME;
	paging.free = next_frame[f];
	memset(frame[f], 0, PAGE);
	return f;
}

/* Fibonacci hashing: processes lie at multiples of some size. */
static struct root *root_of(const struct process *p)
{
	return &roots[((uint64_t)p * 0x9e3779b97f4a7c15ull) >> 58];
}

static unsigned new_table(void)
{
	unsigned f = take_frame(NULL); /* with all others gone, there is one */

	frame[f][index_of(PAGING_PHYSICAL, 3)] = paging.half[0];
	frame[f][index_of(PAGING_IMAGE, 3)] = paging.half[1];
	return f;
}

static void start_root(struct root *r, const struct process *p)
{
	free_root(r);
	r->table = r->frames = (uint16_t)new_table();
	r->owner = p;
	r->epoch = paging.epoch;
}

static bool is_current(const struct root *r, const struct process *p)
{
	return r->owner == p && r->epoch == paging.epoch;
}

/* The entry for address in the lowest table; NULL if a table is missing, and `make` is false or no frame is left. */
static uint64_t *find_entry(struct root *r, uint64_t address, bool make)
{
	uint64_t *table = frame[r->table];

	for (unsigned level = 3; level > 0; level--) {
		uint64_t *entry = &table[index_of(address, level)];

		if (!(*entry & PRESENT)) {
			unsigned f = make ? take_frame(r) : NO_FRAME;

			if (f == NO_FRAME)
				return NULL;
			next_frame[f] = r->frames;
			r->frames = (uint16_t)f;
			*entry = physical_of(f) | PRESENT | WRITE | USER;
		}
		table = (uint64_t *)(PAGING_IMAGE + (*entry & ADDRESS));
	}
	return &table[index_of(address, 0)];
}

/* --- for the rest of the kernel ------------------------------------------------------------ */

void paging_init(void)
{
	const uint64_t *loader = (const uint64_t *)(cpu_cr3() & ADDRESS); /* the loader's identity map still holds */

	for (unsigned i = 0; i < NFRAMES; i++)
		next_frame[i] = (uint16_t)(i + 1 < NFRAMES ? i + 1 : NO_FRAME);
	paging.half[0] = loader[0] | NO_EXECUTE;
	paging.half[1] = loader[index_of(PAGING_IMAGE, 3)];
	paging.kernel_table = (uint16_t)new_table();
	load(NULL);
}

void paging_load(struct process *p)
{
	struct root *r = root_of(p);

	if (!is_current(r, p))
		start_root(r, p);
	if (paging.loaded != r)
		load(r);
}

void paging_map(struct process *p, uint64_t address, const struct mapping *mapping)
{
	struct root *r = root_of(p);
	uint64_t *entry;

	paging_load(p);
	entry = find_entry(r, address, true);
	if (!entry) { /* p has used up all frames itself */
		start_root(r, p);
		load(r);
		entry = find_entry(r, address, true);
	}
	*entry = (mapping->physical & ADDRESS) | PRESENT | USER | (mapping->write ? WRITE : 0) |
		 (mapping->execute ? 0 : NO_EXECUTE);
	cpu_forget_page(address);
}

const uint8_t *paging_code_byte(const struct process *p, uint64_t address)
{
	struct root *r = root_of(p);
	const uint64_t *entry;

	if (!is_current(r, p) || address >= PAGING_USER_END)
		return NULL;
	entry = find_entry(r, address, false);
	if (!entry || !(*entry & PRESENT) || !memory_is_ordinary(*entry & ADDRESS))
		return NULL;
	return (const uint8_t *)machine_memory(*entry & ADDRESS) + (address & (PAGE - 1));
}

void paging_drop(const struct process *p)
{
	struct root *r = root_of(p);

	if (r->owner == p)
		free_root(r);
}

void machine_forget_mappings(void)
{
	paging.epoch++;
}
