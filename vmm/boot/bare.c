/*
 * bare.c: flat binaries, or an ELF, at physical addresses; identity-mapped long mode.
 *
 * Tables of ours lie in a region of kind RAM_SYSTEM in the device gap:
 *
 *	handlers | IDT | GDT | TSS | stack | page tables
 *
 * Every vector's gate leads to HLT at handlers + BOOT_HANDLER_STRIDE * vector, so
 * that the HLT exit's RIP tells which exception stopped the guest, with its frame
 * on the stack.
 */
#include "vmm/boot/longmode.h"
#include "vmm/boot/paging.h"
#include "vmm/boot/protocol.h"
#include "vmm/boot/segments.h"

#include <inttypes.h>
#include <string.h>

#define HANDLERS_OFFSET 0x0000u
#define IDT_OFFSET 0x1000u
#define GDT_OFFSET 0x2000u
#define TSS_OFFSET 0x3000u /* three pages: it has an I/O bitmap */
#define STACK_END 0xa000u
#define TABLES_OFFSET 0xa000u

/* Room for regions that are added after the plan (memory behind virtual ranges). */
#define TABLES_SPARE (8ull << 20)

static int check_options(const struct boot_options *o, struct error *e)
{
	if (o->cpl != 0 && o->cpl != 3)
		return error_set(e, STATUS_USAGE, "bare: privilege level %u is neither 0 nor 3", o->cpl);
	if (o->page_size != 0 && o->page_size != PAGING_SMALL && o->page_size != PAGING_LARGE)
		return error_set(e, STATUS_USAGE, "bare: pages of %" PRIu64 " bytes; they can be 4096 or 2097152",
				 o->page_size);
	if (o->initrd)
		return error_set(e, STATUS_USAGE, "bare: %s: an initrd is for Linux; load it as a module", o->initrd);
	if (o->append)
		return error_set(e, STATUS_USAGE, "bare: a bare image gets no command line");
	for (unsigned i = 0; i < o->npresets; i++)
		if ((unsigned)o->presets[i].gpr >= GPR_COUNT)
			return error_set(e, STATUS_USAGE, "bare: preset of register %u, which there is not",
					 (unsigned)o->presets[i].gpr);
	return 0;
}

static uint64_t page_size_of(const struct boot *boot)
{
	return boot->options.page_size ? boot->options.page_size : PAGING_SMALL;
}

static uint64_t tables_bytes(const struct ram *ram, uint64_t page_size)
{
	uint64_t bytes = TABLES_SPARE;

	for (unsigned i = 0; i < ram->nregions; i++)
		bytes += paging_bytes(ram->regions[i].start.v, ram->regions[i].size, page_size);
	return bytes;
}

/* Identity-mapped: an ELF's code runs at its physical address. False if no segment holds the entry point. */
static bool entry_of(const struct boot *boot, uint64_t *entry)
{
	gpa_t gpa;

	*entry = boot->options.has_entry ? boot->options.entry : boot->options.image_at.v;
	if (boot->options.has_entry || !boot->is_elf)
		return true;
	if (!elf_phys_of(&boot->elf, boot->elf.entry, &gpa))
		return false;
	*entry = gpa.v;
	return true;
}

static int bare_plan(struct boot *boot, struct ram *ram, struct error *e)
{
	const struct boot_options *o = &boot->options;
	int status;

	if (check_options(o, e) < 0)
		return -1;
	if (!entry_of(boot, &boot->entry))
		return error_set(e, STATUS_INPUT, "%s: its entry point 0x%" PRIx64 " lies in no segment",
				 boot->image.path, boot->elf.entry);
	if (boot->is_elf)
		status = elf_plan(&boot->elf, &boot->image, &boot->layout, e);
	else
		status = layout_add(&boot->layout, o->image_at, boot->image.size, boot->image.path, NULL, e);
	if (status < 0 || boot_open_modules(boot, e) < 0)
		return -1;
	for (unsigned i = 0; i < o->nmodules; i++) {
		boot->modules_at[i] = o->modules[i].at;
		if (layout_add(&boot->layout, boot->modules_at[i], boot->modules[i].size, boot->modules[i].path, NULL,
			       e) < 0)
			return -1;
	}
	return boot_add_system(boot, ram, TABLES_OFFSET + tables_bytes(ram, page_size_of(boot)), e);
}

static int load_images(const struct boot *boot, const struct ram *ram, struct error *e)
{
	const struct image *image = &boot->image;
	int status;

	if (boot->is_elf)
		status = elf_load(&boot->elf, image, ram, e);
	else
		status = boot_copy(ram, boot->options.image_at, image->bytes, image->size, image->path, e);
	for (unsigned i = 0; status == 0 && i < boot->options.nmodules; i++)
		status = boot_copy(ram, boot->modules_at[i], boot->modules[i].bytes, boot->modules[i].size,
				   boot->modules[i].path, e);
	return status;
}

/* Identity-map every region; user code reaches all but the system region. */
static int map_memory(const struct boot *boot, const struct ram *ram, gpa_t *root, struct error *e)
{
	uint64_t page_size = page_size_of(boot);
	gpa_t tables = {boot->system.v + TABLES_OFFSET};
	enum paging_status status;
	struct paging paging;

	status = paging_init(&paging, ram, tables, boot->system_size - TABLES_OFFSET);
	for (unsigned i = 0; status == PAGING_OK && i < ram->nregions; i++) {
		const struct ram_region *r = &ram->regions[i];
		uint64_t start = r->start.v & ~(page_size - 1);
		uint64_t end = (r->start.v + r->size + page_size - 1) & ~(page_size - 1);
		unsigned user = boot->options.cpl == 3 && r->kind != RAM_SYSTEM ? PAGING_USER : 0;

		status = paging_map(&paging, (gva_t){start}, (gpa_t){start}, end - start, page_size,
				    PAGING_WRITE | PAGING_EXECUTE | user);
		if (status != PAGING_OK)
			return error_set(e, STATUS_INPUT, "bare: memory at 0x%" PRIx64 "-0x%" PRIx64 ": %s", start,
					 end - 1, paging_status_text(status));
	}
	if (status != PAGING_OK)
		return error_set(e, STATUS_HOST, "bare: %s", paging_status_text(status));
	*root = paging.root;
	return 0;
}

/* Handlers, IDT, GDT and TSS into the system region. */
static void write_tables(const struct boot *boot, uint8_t *system)
{
	static const uint8_t halt[] = {0xf4, 0xeb, 0xfd}; /* hlt; jmp to it */
	uint64_t gdt[GDT_ENTRIES], idt[2 * IDT_ENTRIES];

	for (unsigned vector = 0; vector < IDT_ENTRIES; vector++)
		memcpy(system + HANDLERS_OFFSET + BOOT_HANDLER_STRIDE * vector, halt, sizeof(halt));
	segments_idt(idt, boot->system.v + HANDLERS_OFFSET, BOOT_HANDLER_STRIDE);
	memcpy(system + IDT_OFFSET, idt, sizeof(idt));
	segments_gdt(gdt, boot->system.v + TSS_OFFSET);
	memcpy(system + GDT_OFFSET, gdt, sizeof(gdt));
	segments_tss(system + TSS_OFFSET, boot->system.v + STACK_END);
}

/* The end of the main memory below the gap: the stack grows down from it. */
static uint64_t default_stack(const struct ram *ram)
{
	const struct ram_region *r = ram_region_of(ram, (gpa_t){0});

	return r ? r->size : 0;
}

static void fill_state(const struct boot *boot, const struct ram *ram, gpa_t root, struct boot_state *state)
{
	const struct boot_options *o = &boot->options;

	segments_long_mode(&state->regs, o->cpl);
	longmode_control(&state->regs, root, o->cpl);
	state->regs.rip = boot->entry;
	state->regs.gpr[GPR_RSP] = o->stack ? o->stack : default_stack(ram);
	for (unsigned i = 0; i < o->npresets; i++)
		state->regs.gpr[o->presets[i].gpr] = o->presets[i].value;
	state->gdt_base = boot->system.v + GDT_OFFSET;
	state->gdt_limit = GDT_ENTRIES * 8 - 1;
	state->idt_base = boot->system.v + IDT_OFFSET;
	state->idt_limit = IDT_ENTRIES * 16 - 1;
	state->tss_base = boot->system.v + TSS_OFFSET;
	state->tss_limit = TSS_SIZE - 1;
	state->tss_selector = SELECTOR_TSS;
	state->handlers = (gpa_t){boot->system.v + HANDLERS_OFFSET};
}

static int bare_load(struct boot *boot, struct ram *ram, struct boot_state *state, struct error *e)
{
	uint8_t *system = ram_bytes(ram, boot->system, TABLES_OFFSET);
	gpa_t root = {0};

	if (!system)
		return error_set(e, STATUS_HOST, "bare: the system region is not mapped");
	if (load_images(boot, ram, e) < 0 || map_memory(boot, ram, &root, e) < 0)
		return -1;
	write_tables(boot, system);
	fill_state(boot, ram, root, state);
	return 0;
}

const struct boot_protocol boot_bare = {.plan = bare_plan, .load = bare_load};
