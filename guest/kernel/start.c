/* start.c: memory becomes objects, and the first process is made of them. */
#include "guest/abi/boot.h"
#include "guest/kernel/bank.h"
#include "guest/kernel/bytes.h"
#include "guest/kernel/kernel.h"
#include "guest/kernel/machine.h"
#include "guest/kernel/page.h"
#include "guest/kernel/process.h"
#include "guest/kernel/space.h"
#include "guest/kernel/types.h"
#include "guest/kernel/view.h"

#define START_SPACE_EXPONENT 8 /* 16 slots of 1 MiB */
#define START_PROGRAM_MAX 0xf00000 /* up to the end of that space */

struct kernel kernel;

static struct object *need(uint8_t type, uint64_t argument)
{
	struct object *object = object_new(type, kernel.bank, argument);

	if (!object)
		machine_panic("not enough memory for the first process");
	return object;
}

static uint64_t pages(uint64_t size)
{
	return size / PAGE_SIZE + (size % PAGE_SIZE != 0);
}

/* Records of pages, for those made of memory and those that are there already. */
static void make_pages(uint64_t records, uint64_t frames, uint64_t nframes, uint64_t nextra)
{
	struct pool *pool = &kernel.pool[TYPE_PAGE];
	struct link *l;

	pool_init(pool, TYPE_PAGE, records, (uint32_t)(nframes + nextra));
	l = pool->free.next;
	for (uint64_t i = 0; i < nframes; i++, l = l->next)
		page_of(CONTAINER(l, struct object, link))->physical = frames + i * PAGE_SIZE;
	/* those without a frame yet come last, and are taken by adopt() before anything is allocated */
}

/* A page of a module's: its record is the last free one, and it is not cleared. */
static struct object *adopt(uint64_t physical)
{
	struct pool *pool = &kernel.pool[TYPE_PAGE];
	struct object *object = CONTAINER(pool->free.previous, struct object, link);

	link_remove(&object->link);
	pool->nfree--;
	page_of(object)->physical = physical;
	object->bank = kernel.bank;
	bank_add(kernel.bank, object);
	return object;
}

static void make_pools(const struct kernel_start *start, uint64_t nextra)
{
	uint64_t at = start->memory, end = at + start->memory_size, nframes;

	for (uint8_t type = 0; type < TYPES; type++) {
		const struct type *of = type_of(type);
		uint64_t count = of->size ? start->memory_size / 256 * of->share / of->size : 0;

		if (count == 0)
			continue;
		pool_init(&kernel.pool[type], type, at, (uint32_t)count);
		at += (count * of->size + 63) & ~63ull;
	}
	if (at + nextra * sizeof(struct page) + PAGE_SIZE > end)
		machine_panic("not enough memory for the kernel's objects");
	nframes = (end - at - PAGE_SIZE - nextra * sizeof(struct page)) / (PAGE_SIZE + sizeof(struct page));
	make_pages(at, end - nframes * PAGE_SIZE, nframes, nextra);
}

/* The first bank is nobody's, so it is not made as others are. */
static void make_bank(void)
{
	struct pool *pool = &kernel.pool[TYPE_BANK];
	struct object *object = CONTAINER(pool->free.next, struct object, link);

	if (pool->nfree == 0)
		machine_panic("not enough memory for a bank");
	link_remove(&object->link);
	pool->nfree--;
	bank_type.make(object, 0);
	kernel.bank = CONTAINER(object, struct bank, object);
}

/* The capability at the address, with spaces made as needed below the root. */
static void put(struct space *root, uint64_t address, struct capability cap)
{
	struct space *space = root;

	for (;;) {
		unsigned shift = 12u + space->exponent;
		struct capability *slot = &space->slot[address >> shift];

		if (space->exponent == 0) {
			*slot = cap;
			return;
		}
		if (slot->type == TYPE_NULL)
			*slot = capability_of(TYPE_SPACE, need(TYPE_SPACE, space->exponent - SPACE_SLOT_BITS));
		space = space_of(slot->object);
		address &= (1ull << shift) - 1;
	}
}

/* A read-only space that holds the physical range from its beginning on. */
static struct capability space_with(uint64_t physical, uint64_t size)
{
	uint64_t exponent = 0;
	struct object *object;

	while (pages(size) > 1ull << (exponent + SPACE_SLOT_BITS))
		exponent += SPACE_SLOT_BITS;
	object = need(TYPE_SPACE, exponent);
	for (uint64_t i = 0; i < pages(size); i++)
		put(space_of(object), i * PAGE_SIZE,
		    capability_reduce(capability_of(TYPE_PAGE, adopt(physical + i * PAGE_SIZE)), RESTRICT_READ_ONLY));
	return capability_reduce(capability_of(TYPE_SPACE, object), RESTRICT_READ_ONLY);
}

/* Boot modules, from slot 0 of their spaces on; empty ones leave their slot null. */
static void give_modules(const struct kernel_start *start, struct process *p)
{
	const struct guest_boot_module *modules = machine_memory(start->modules);

	for (uint32_t i = 0; i < start->nmodules && i < START_MODULES_MAX; i++)
		if (modules[i].size && modules[i].start != start->program)
			p->slot[START_SLOT_MODULES + i] = space_with(modules[i].start, modules[i].size);
}

static void make_first(const struct kernel_start *start)
{
	struct process *p = process_of(need(TYPE_PROCESS, 0));
	struct space *root = space_of(need(TYPE_SPACE, START_SPACE_EXPONENT));

	for (uint64_t i = 0; i < pages(start->program_size); i++)
		put(root, START_ADDRESS + i * PAGE_SIZE,
		    capability_of(TYPE_PAGE, adopt(start->program + i * PAGE_SIZE)));
	give_modules(start, p);
	p->slot[START_SLOT_BANK] = capability_of(TYPE_BANK, &kernel.bank->object);
	p->slot[START_SLOT_CONSOLE] = capability_of(TYPE_CONSOLE, NULL);
	p->slot[START_SLOT_CLOCK] = capability_of(TYPE_CLOCK, NULL);
	p->slot[START_SLOT_DISCRIM] = capability_of(TYPE_DISCRIM, NULL);
	p->slot[START_SLOT_NUMBER] = capability_of(TYPE_NUMBER, NULL);
	p->slot[START_SLOT_PROCESS] = capability_of(TYPE_PROCESS, &p->object);
	p->slot[START_SLOT_SPACE] = p->space = capability_of(TYPE_SPACE, &root->object);
	p->registers.rip = START_ADDRESS;
	p->stopped = false;
	process_ready(p, NULL);
}

static uint64_t module_pages(const struct kernel_start *start)
{
	const struct guest_boot_module *modules = machine_memory(start->modules);
	uint64_t count = pages(start->program_size);

	for (uint32_t i = 0; i < start->nmodules && i < START_MODULES_MAX; i++)
		if (modules[i].start != start->program)
			count += pages(modules[i].size);
	return count;
}

void kernel_start(const struct kernel_start *start)
{
	bytes_zero(&kernel, sizeof(kernel));
	link_init(&kernel.ready);
	link_init(&kernel.sleepers);
	link_init(&kernel.accesses);
	for (unsigned i = 0; i < VIEWS; i++)
		view_init(&kernel.view[i]);
	if (start->program_size > START_PROGRAM_MAX)
		machine_panic("the first program is too large");
	make_pools(start, module_pages(start));
	make_bank();
	make_first(start);
}
