/*
 * own.c: ELF images of our own guests, started as guest/abi/boot.h says.
 *
 * A region of kind RAM_SYSTEM in the device gap holds, in this order: the GDT, the
 * TSS, the stack, the boot record with what it points at, and the page tables.
 */
#include "guest/abi/boot.h"
#include "guest/abi/note.h"
#include "vmm/boot/acpi.h"
#include "vmm/boot/longmode.h"
#include "vmm/boot/paging.h"
#include "vmm/boot/protocol.h"
#include "vmm/boot/record.h"
#include "vmm/boot/segments.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define GDT_OFFSET 0x0000u
#define TSS_OFFSET 0x1000u
#define STACK_OFFSET 0x4000u
#define RECORD_OFFSET (STACK_OFFSET + GUEST_BOOT_STACK)
#define RECORD_ROOM 0x20000u
#define TABLES_OFFSET (RECORD_OFFSET + RECORD_ROOM)

#define COMMAND_LINE_MAX 0xffffu
#define IDENTITY_SIZE (4ull << 30)

/* Room for the tables that map the system region itself, and for what the regions' ends are rounded to. */
#define TABLES_SPARE (1ull << 20)

_Static_assert(TSS_OFFSET + TSS_SIZE <= STACK_OFFSET, "the TSS reaches into the stack");
_Static_assert(GUEST_SELECTOR_CODE == SELECTOR_KERNEL_CODE && GUEST_SELECTOR_DATA == SELECTOR_KERNEL_DATA &&
		       GUEST_SELECTOR_USER_DATA == (SELECTOR_USER_DATA | 3) &&
		       GUEST_SELECTOR_USER_CODE == (SELECTOR_USER_CODE | 3) && GUEST_SELECTOR_TSS == SELECTOR_TSS,
	       "the GDT is not the one of the guest's ABI");

static bool is_high(const struct elf_segment *s)
{
	return s->vaddr != s->paddr.v;
}

static bool wants_irqchip(const struct boot *boot)
{
	return boot->elf.abi_flags & GUEST_WANTS_IRQCHIP;
}

static bool wants_window(const struct boot *boot)
{
	return boot->elf.abi_flags & GUEST_WANTS_WINDOW;
}

static int check(const struct boot *boot, struct error *e)
{
	const char *path = boot->image.path;
	gpa_t gpa;

	if (!boot->is_elf)
		return error_set(e, STATUS_INPUT, "%s: this is no ELF image", path);
	if (boot->elf.is_32)
		return error_set(e, STATUS_INPUT, "%s: 32-bit ELF; a guest of our own ABI is 64-bit", path);
	if (!boot->elf.has_abi)
		return error_set(e, STATUS_INPUT,
				 "%s: no \"" GUEST_NOTE_NAME "\" note: this is no guest of our own ABI", path);
	if (boot->elf.abi_version != GUEST_ABI_VERSION)
		return error_set(e, STATUS_INPUT,
				 "%s: made for version %" PRIu32 " of the guest ABI; this is version %u", path,
				 boot->elf.abi_version, GUEST_ABI_VERSION);
	if (boot->elf.abi_flags & ~(uint32_t)(GUEST_WANTS_IRQCHIP | GUEST_WANTS_WINDOW))
		return error_set(e, STATUS_INPUT, "%s: unknown flags 0x%" PRIx32 " in its note", path,
				 boot->elf.abi_flags);
	if (boot->options.cpus > 1 && !wants_irqchip(boot))
		return error_set(
			e, STATUS_USAGE,
			"--cpus: %s does not want interrupt controllers: its further vCPUs could not be started", path);
	if (boot->options.has_window && !wants_window(boot))
		return error_set(e, STATUS_USAGE, "--window: %s does not want one", path);
	if (!elf_phys_of(&boot->elf, boot->elf.entry, &gpa))
		return error_set(e, STATUS_INPUT, "%s: its entry point 0x%" PRIx64 " lies in no segment", path,
				 boot->elf.entry);
	if (boot->options.initrd)
		return error_set(e, STATUS_USAGE, "elf: %s: an initrd is for Linux; give it as a module",
				 boot->options.initrd);
	if (boot->options.append && strlen(boot->options.append) > COMMAND_LINE_MAX)
		return error_set(e, STATUS_USAGE, "elf: a command line of more than %u bytes", COMMAND_LINE_MAX);
	for (unsigned i = 0; i < boot->elf.nsegments; i++) {
		const struct elf_segment *s = &boot->elf.segments[i];

		if ((s->vaddr ^ s->paddr.v) & PAGE_MASK)
			return error_set(e, STATUS_INPUT,
					 "%s: segment %u: 0x%" PRIx64 " cannot be mapped to 0x%" PRIx64
					 " in pages of 4096 bytes",
					 path, s->index, s->vaddr, s->paddr.v);
	}
	return 0;
}

static uint64_t window_bytes(const struct boot *boot)
{
	if (!wants_window(boot))
		return 0;
	return boot->options.has_window ? boot->options.window : BOOT_WINDOW_DEFAULT;
}

static uint64_t tables_bytes(const struct boot *boot, const struct ram *ram)
{
	uint64_t bytes = TABLES_SPARE + paging_bytes(0, IDENTITY_SIZE, PAGING_LARGE);

	for (unsigned i = 0; i < ram->nregions; i++)
		bytes += paging_bytes(ram->regions[i].start.v, ram->regions[i].size, PAGING_LARGE);
	for (unsigned i = 0; i < boot->elf.nsegments; i++)
		bytes += paging_bytes(boot->elf.segments[i].vaddr, boot->elf.segments[i].memory_size, PAGING_SMALL);
	return bytes;
}

static int own_plan(struct boot *boot, struct ram *ram, struct error *e)
{
	if (check(boot, e) < 0)
		return -1;
	if (wants_irqchip(boot) &&
	    layout_add(&boot->layout, (gpa_t){ACPI_AREA}, ACPI_AREA_SIZE, "elf", "ACPI tables", e) < 0)
		return -1;
	if (elf_plan(&boot->elf, &boot->image, &boot->layout, e) < 0 || boot_open_modules(boot, e) < 0)
		return -1;
	for (unsigned i = 0; i < boot->options.nmodules; i++)
		if (layout_add_high(&boot->layout, boot->modules[i].size, PAGE_SIZE, RAM_GAP_START,
				    boot->modules[i].path, NULL, &boot->modules_at[i], e) < 0)
			return -1;
	if (boot_add_window(boot, ram, window_bytes(boot), e) < 0)
		return -1;
	return boot_add_system(boot, ram, TABLES_OFFSET + tables_bytes(boot, ram), e);
}

static int refuse_mapping(const char *name, uint64_t start, uint64_t size, enum paging_status status, struct error *e)
{
	return error_set(e, STATUS_INPUT, "%s: cannot be mapped at 0x%" PRIx64 "-0x%" PRIx64 ": %s", name, start,
			 start + size - 1, paging_status_text(status));
}

static int map_segments(const struct boot *boot, struct paging *paging, struct error *e)
{
	for (unsigned i = 0; i < boot->elf.nsegments; i++) {
		const struct elf_segment *s = &boot->elf.segments[i];
		uint64_t inside = s->vaddr & PAGE_MASK;
		uint64_t size = (s->memory_size + inside + PAGE_MASK) & ~PAGE_MASK;
		unsigned rights = (s->write ? PAGING_WRITE : 0) | (s->execute ? PAGING_EXECUTE : 0);
		enum paging_status status;

		if (!is_high(s))
			continue;
		status = paging_map(paging, (gva_t){s->vaddr - inside}, (gpa_t){s->paddr.v - inside}, size,
				    PAGING_SMALL, rights);
		if (status != PAGING_OK) {
			char name[LAYOUT_NAME_MAX];

			snprintf(name, sizeof(name), "%s: segment %u", boot->image.path, s->index);
			return refuse_mapping(name, s->vaddr, s->memory_size, status, e);
		}
	}
	return 0;
}

/* The first 4 GiB, and all memory above them. */
static int map_identity(const struct ram *ram, struct paging *paging, struct error *e)
{
	unsigned rights = PAGING_WRITE | PAGING_EXECUTE;
	enum paging_status status = paging_map(paging, (gva_t){0}, (gpa_t){0}, IDENTITY_SIZE, PAGING_LARGE, rights);

	for (unsigned i = 0; status == PAGING_OK && i < ram->nregions; i++) {
		uint64_t start = ram->regions[i].start.v & ~(PAGING_LARGE - 1);
		uint64_t end =
			(ram->regions[i].start.v + ram->regions[i].size + PAGING_LARGE - 1) & ~(PAGING_LARGE - 1);

		if (end <= IDENTITY_SIZE)
			continue;
		if (start < IDENTITY_SIZE)
			start = IDENTITY_SIZE;
		status = paging_map(paging, (gva_t){start}, (gpa_t){start}, end - start, PAGING_LARGE, rights);
		if (status != PAGING_OK)
			return refuse_mapping("elf: memory", start, end - start, status, e);
	}
	return status == PAGING_OK ? 0 : error_set(e, STATUS_HOST, "elf: %s", paging_status_text(status));
}

static int write_tables(const struct boot *boot, const struct ram *ram, gpa_t *root, struct error *e)
{
	gpa_t at = {boot->system.v + TABLES_OFFSET};
	uint8_t *system = ram_bytes(ram, boot->system, TABLES_OFFSET);
	uint64_t gdt[GDT_ENTRIES];
	struct paging paging;

	if (!system || paging_init(&paging, PAGING_LONG, ram, at, boot->system_size - TABLES_OFFSET) != PAGING_OK)
		return error_set(e, STATUS_HOST, "elf: the system region is not mapped");
	if (map_identity(ram, &paging, e) < 0 || map_segments(boot, &paging, e) < 0)
		return -1;
	segments_gdt(gdt, boot->system.v + TSS_OFFSET);
	memcpy(system + GDT_OFFSET, gdt, sizeof(gdt));
	segments_tss(system + TSS_OFFSET, boot->system.v + RECORD_OFFSET);
	*root = paging.root;
	return 0;
}

static int load_images(const struct boot *boot, const struct ram *ram, struct error *e)
{
	uint8_t tables[ACPI_TABLES_SIZE];

	if (elf_load(&boot->elf, &boot->image, ram, e) < 0)
		return -1;
	for (unsigned i = 0; i < boot->options.nmodules; i++)
		if (boot_copy(ram, boot->modules_at[i], boot->modules[i].bytes, boot->modules[i].size,
			      boot->modules[i].path, e) < 0)
			return -1;
	if (!wants_irqchip(boot))
		return 0;
	acpi_build(tables, (gpa_t){ACPI_AREA}, &boot->pc);
	return boot_copy(ram, (gpa_t){ACPI_AREA}, tables, sizeof(tables), "ACPI tables", e);
}

static int own_load(struct boot *boot, struct ram *ram, struct boot_state *state, struct error *e)
{
	gpa_t root = {0}, record = {boot->system.v + RECORD_OFFSET};

	if (load_images(boot, ram, e) < 0 || write_tables(boot, ram, &root, e) < 0 ||
	    record_write(boot, ram, record, RECORD_ROOM, wants_irqchip(boot) ? ACPI_AREA : 0, e) < 0)
		return -1;
	segments_long_mode(&state->regs, 0);
	longmode_control(&state->regs, root, 0);
	state->regs.rip = boot->elf.entry;
	state->regs.gpr[GPR_RSP] = boot->system.v + RECORD_OFFSET;
	state->regs.gpr[GPR_RDI] = record.v;
	state->gdt_base = boot->system.v + GDT_OFFSET;
	state->gdt_limit = GDT_ENTRIES * 8 - 1;
	state->tss_base = boot->system.v + TSS_OFFSET;
	state->tss_limit = TSS_SIZE - 1;
	state->tss_selector = SELECTOR_TSS;
	state->needs_irqchip = wants_irqchip(boot);
	state->answers_pages = wants_window(boot);
	state->window = boot->window;
	state->window_size = boot->window_size;
	return 0;
}

const struct boot_protocol boot_own = {.plan = own_plan, .load = own_load};
