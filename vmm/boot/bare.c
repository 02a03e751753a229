/*
 * bare.c: flat binaries, or an ELF, at physical addresses; memory mapped one to one
 * where the mode has paging. bare_tables.c has what lies in the system region.
 */
#include "vmm/boot/bare_tables.h"
#include "vmm/boot/protocol.h"

#include <inttypes.h>

#define MIB (1ull << 20)
#define SEGMENT_SIZE 0x10000ull

/* Room for the tables that map the system region itself, and for what the regions' ends are rounded to. */
#define TABLES_SPARE (8ull << 20)

static const struct boot_mode_row *mode_of(const struct boot *boot)
{
	return boot_mode_row(boot->options.mode);
}

static unsigned others_of(const struct boot *boot)
{
	return boot->options.cpus > 1 ? boot->options.cpus - 1 : 0;
}

/* Of the page tables in the system region. */
static uint64_t tables_offset(const struct boot *boot)
{
	return BARE_TABLES_SIZE + (uint64_t)others_of(boot) * BOOT_CPU_SIZE;
}

static bool page_size_fits(const struct boot_mode_row *mode, uint64_t size)
{
	if (size == 0 || size == PAGING_SMALL)
		return true;
	return mode->paging && size == (mode->format == PAGING_32 ? PAGING_LARGE_32 : PAGING_LARGE);
}

static int check_presets(const struct boot_options *o, const struct boot_mode_row *mode, struct error *e)
{
	for (unsigned i = 0; i < o->npresets; i++) {
		unsigned gpr = (unsigned)o->presets[i].gpr;

		if (gpr >= GPR_COUNT || (gpr >= GPR_R8 && mode->code != MODE_64))
			return error_set(e, STATUS_USAGE, "bare: preset of register %u, which mode %s has not", gpr,
					 mode->name);
		if (mode->code != MODE_64 && o->presets[i].value > UINT32_MAX)
			return error_set(e, STATUS_USAGE,
					 "bare: preset of 0x%" PRIx64 ", which no register of mode %s holds",
					 o->presets[i].value, mode->name);
	}
	return 0;
}

static int check_mode(const struct boot_options *o, const struct boot_mode_row *mode, struct error *e)
{
	uint64_t stack_max = mode->segmented ? SEGMENT_SIZE - 1 : mode->code == MODE_64 ? UINT64_MAX : UINT32_MAX;

	if (mode->real && o->cpl != 0)
		return error_set(e, STATUS_USAGE, "bare: real mode has no privilege level %u", o->cpl);
	if (!page_size_fits(mode, o->page_size))
		return error_set(e, STATUS_USAGE, "bare: mode %s has no pages of %" PRIu64 " bytes", mode->name,
				 o->page_size);
	if (o->stack > stack_max)
		return error_set(e, STATUS_USAGE, "bare: stack pointer 0x%" PRIx64 ": mode %s has it up to 0x%" PRIx64,
				 o->stack, mode->name, stack_max);
	return check_presets(o, mode, e);
}

static int check_options(const struct boot_options *o, struct error *e)
{
	if (o->cpl != 0 && o->cpl != 3)
		return error_set(e, STATUS_USAGE, "bare: privilege level %u is neither 0 nor 3", o->cpl);
	if (o->initrd)
		return error_set(e, STATUS_USAGE, "bare: %s: an initrd is for Linux; load it as a module", o->initrd);
	if (o->append)
		return error_set(e, STATUS_USAGE, "bare: a bare image gets no command line");
	if (o->cpus > 1 && !boot_mode_row(o->mode)->long_mode)
		return error_set(e, STATUS_USAGE, "bare: several vCPUs start in mode 64 or compat, not in %s",
				 boot_mode_row(o->mode)->name);
	return check_mode(o, boot_mode_row(o->mode), e);
}

/* Real mode: the image and the first MiB's own tables lie apart, and the image where segments reach. */
static int plan_real(struct boot *boot, struct error *e)
{
	const char *path = boot->image.path;

	if (boot->entry >= MIB)
		return error_set(e, STATUS_USAGE,
				 "%s: its first instruction at 0x%" PRIx64 " is not below 1 MiB, "
				 "as real mode wants",
				 path, boot->entry);
	if (layout_add(&boot->layout, (gpa_t){REAL_VECTORS}, REAL_VECTORS_SIZE, "real mode", "interrupt table", e) < 0)
		return -1;
	return layout_add(&boot->layout, (gpa_t){REAL_HANDLERS}, REAL_HANDLERS_SIZE, "real mode", "handlers", e);
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
	if (boot->is_elf && boot->elf.is_32 && mode_of(boot)->code == MODE_64)
		return error_set(e, STATUS_INPUT,
				 "%s: 32-bit ELF with mode 64; say --mode 32, 32-paging, pae or compat",
				 boot->image.path);
	if (!entry_of(boot, &boot->entry))
		return error_set(e, STATUS_INPUT, "%s: its entry point 0x%" PRIx64 " lies in no segment",
				 boot->image.path, boot->elf.entry);
	if (mode_of(boot)->code != MODE_64 && boot->entry > UINT32_MAX)
		return error_set(e, STATUS_USAGE, "%s: its first instruction at 0x%" PRIx64 " is beyond 4 GiB",
				 boot->image.path, boot->entry);
	if (mode_of(boot)->real && plan_real(boot, e) < 0)
		return -1;
	if (boot->is_elf)
		status = elf_plan(&boot->elf, &boot->image, &boot->layout, e);
	else
		status = layout_add(&boot->layout, o->image_at, boot->image.size, boot->image.path, NULL, e);
	if (status < 0 || boot_open_modules(boot, e) < 0)
		return -1;
	for (unsigned i = 0; i < o->nmodules; i++) {
		if (!o->modules[i].has_at)
			return error_set(e, STATUS_USAGE, "bare: module %s has no address: write %s@ADDR",
					 o->modules[i].path, o->modules[i].path);
		boot->modules_at[i] = o->modules[i].at;
		if (layout_add(&boot->layout, boot->modules_at[i], boot->modules[i].size, boot->modules[i].path, NULL,
			       e) < 0)
			return -1;
	}
	return boot_add_system(boot, ram, tables_offset(boot) + tables_bytes(ram, page_size_of(boot)), e);
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
	gpa_t tables = {boot->system.v + tables_offset(boot)};
	enum paging_status status;
	struct paging paging;

	status = paging_init(&paging, mode_of(boot)->format, ram, tables, boot->system_size - tables_offset(boot));
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

/* What no address of the mode reaches is refused: it would be there in vain. */
static int check_memory(const struct boot *boot, const struct ram *ram, struct error *e)
{
	for (unsigned i = 0; i < ram->nregions && mode_of(boot)->code != MODE_64; i++) {
		const struct ram_region *r = &ram->regions[i];

		if (r->start.v + r->size - 1 > UINT32_MAX)
			return error_set(e, STATUS_INPUT,
					 "bare: memory at 0x%" PRIx64 "-0x%" PRIx64
					 " is beyond 4 GiB, where mode %s does not reach",
					 r->start.v, r->start.v + r->size - 1, mode_of(boot)->name);
	}
	return 0;
}

/* The end of the main memory below the gap: the stack grows down from it. */
static uint64_t default_stack(const struct ram *ram)
{
	const struct ram_region *r = ram_region_of(ram, (gpa_t){0});

	return r ? r->size : 0;
}

/* Where the segments begin: a segmented mode's entry point lies in its first 64 KiB-aligned 64 KiB. */
static uint64_t base_of(const struct boot *boot)
{
	return mode_of(boot)->segmented ? boot->entry & ~(SEGMENT_SIZE - 1) : 0;
}

static void fill_registers(const struct boot *boot, const struct ram *ram, gpa_t root, struct regs *regs)
{
	const struct boot_options *o = &boot->options;

	boot_mode_control(o->mode, root, o->cpl, regs);
	regs->rip = boot->entry - base_of(boot);
	regs->gpr[GPR_RSP] = o->stack ? o->stack : mode_of(boot)->segmented ? 0 : default_stack(ram);
	for (unsigned i = 0; i < o->npresets; i++)
		regs->gpr[o->presets[i].gpr] = o->presets[i].value;
}

static int bare_load(struct boot *boot, struct ram *ram, struct boot_state *state, struct error *e)
{
	const struct boot_options *o = &boot->options;
	gpa_t root = {0};

	if (check_memory(boot, ram, e) < 0 || load_images(boot, ram, e) < 0)
		return -1;
	if (mode_of(boot)->paging && map_memory(boot, ram, &root, e) < 0)
		return -1;
	if (bare_tables(ram, boot->system, o->mode, o->cpl, base_of(boot), state) < 0)
		return error_set(e, STATUS_HOST, "bare: the system region is not mapped");
	if (others_of(boot) > 0 &&
	    bare_tables_of_others(ram, (gpa_t){boot->system.v + BARE_TABLES_SIZE}, others_of(boot), state) < 0)
		return error_set(e, STATUS_HOST, "bare: the system region is not mapped");
	state->all_start = true;
	fill_registers(boot, ram, root, &state->regs);
	return 0;
}

const struct boot_protocol boot_bare = {.plan = bare_plan, .load = bare_load};
