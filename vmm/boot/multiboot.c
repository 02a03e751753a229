/*
 * multiboot.c: kernels with a Multiboot header, of version 1 or 2: how most kernels of PCs are started that are
 * not Linux.
 *
 * The kernel lies where its addresses, or its ELF headers (p_paddr), say; modules
 * follow it in order; the information about the machine lies below 640 KiB, or
 * where there is room. The CPU is in 32-bit protected mode, without paging.
 *
 * Sources: Multiboot Specification 0.6.96, "Machine state"; Multiboot2
 * Specification 2.0, "I386 machine state".
 */
#include "vmm/boot/firmware.h"
#include "vmm/boot/longmode.h"
#include "vmm/boot/multiboot_info.h"
#include "vmm/boot/protocol.h"
#include "vmm/boot/segments.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOW_START 0x1000ull
#define LOW_END 0x9fc00ull /* where e820.c ends usable memory */
#define HIGH_START 0x100000ull
#define TEXT_MAX 0xffffu /* bytes of a command line, without its zero */

#define GDT_SIZE 0x20u /* before the information */
#define CODE_SELECTOR 0x10
#define DATA_SELECTOR 0x18
#define CODE32 0x00cf9b000000ffffull
#define DATA 0x00cf93000000ffffull
#define TSS_LIMIT 103u

static unsigned version_of(const struct boot *boot)
{
	return boot->kind == BOOT_MULTIBOOT2 ? 2 : 1;
}

/* "IMAGE" or "IMAGE ARGUMENTS": loaders other than GRUB 2 give the name too, and kernels skip it. */
static char *command_line(const struct boot *boot)
{
	const char *append = boot->options.append;
	char *line;

	if (asprintf(&line, "%s%s%s", boot->image.path, append ? " " : "", append ? append : "") < 0)
		return NULL;
	return line;
}

/* A module is "PATH" or "PATH ARGUMENTS": the file is what stands before the first blank. */
static int open_module(struct boot *boot, unsigned i, struct error *e)
{
	const struct boot_module *module = &boot->options.modules[i];
	const char *text = module->path;

	if (module->has_at)
		return error_set(e, STATUS_USAGE, "multiboot: module %s: the protocol places it; write no @ADDR", text);
	if (strlen(text) > TEXT_MAX)
		return error_set(e, STATUS_USAGE, "multiboot: a module's command line of more than %u bytes", TEXT_MAX);
	boot->module_paths[i] = strndup(text, strcspn(text, " "));
	if (!boot->module_paths[i])
		return error_set(e, STATUS_HOST, "no memory");
	return image_open(boot->module_paths[i], &boot->modules[i], e);
}

static int check_options(const struct boot *boot, struct error *e)
{
	const struct boot_options *o = &boot->options;

	if (o->initrd)
		return error_set(e, STATUS_USAGE, "multiboot: %s: an initrd is for Linux; give it as a module",
				 o->initrd);
	if (o->append && strlen(o->append) > TEXT_MAX)
		return error_set(e, STATUS_USAGE, "multiboot: a command line of more than %u bytes", TEXT_MAX);
	return 0;
}

/* The entry of an ELF kernel: a virtual address of a segment's, or else a physical one. */
static bool elf_entry(const struct elf_image *elf, gpa_t *entry)
{
	if (elf_phys_of(elf, elf->entry, entry))
		return true;
	for (unsigned i = 0; i < elf->nsegments; i++) {
		const struct elf_segment *s = &elf->segments[i];

		if (elf->entry >= s->paddr.v && elf->entry - s->paddr.v < s->memory_size) {
			entry->v = elf->entry;
			return true;
		}
	}
	return false;
}

/* What is loaded by the header's own addresses is loaded by them alone. */
static int plan_kernel(struct boot *boot, struct error *e)
{
	const struct multiboot_header *h = &boot->multiboot;
	const char *path = boot->image.path;
	gpa_t entry = {h->entry};

	if (!h->has_addresses && !boot->is_elf)
		return error_set(e, STATUS_INPUT,
				 "%s: Multiboot header: no addresses to load it by, and it is no ELF image", path);
	if (h->has_addresses && !h->has_entry && !boot->is_elf)
		return error_set(e, STATUS_INPUT, "%s: Multiboot header: no entry address", path);
	if (!h->has_entry && !elf_entry(&boot->elf, &entry))
		return error_set(e, STATUS_INPUT, "%s: its entry point 0x%" PRIx64 " lies in no segment", path,
				 boot->elf.entry);
	if (h->has_addresses && (entry.v < h->load.v || entry.v - h->load.v >= h->memory_size))
		return error_set(e, STATUS_INPUT,
				 "%s: Multiboot header: the entry address 0x%" PRIx64 " is not in what it loads", path,
				 entry.v);
	if (entry.v > UINT32_MAX)
		return error_set(e, STATUS_INPUT, "%s: its entry point 0x%" PRIx64 " is not below 4 GiB", path,
				 entry.v);
	boot->entry = entry.v;
	if (h->has_addresses)
		return layout_add(&boot->layout, h->load, h->memory_size, path, "Multiboot header", e);
	return elf_plan(&boot->elf, &boot->image, &boot->layout, e);
}

/* Where the kernel ends: the modules follow. */
static uint64_t kernel_end(const struct boot *boot)
{
	uint64_t end = HIGH_START;

	for (unsigned i = 0; i < boot->layout.npieces; i++) {
		const struct layout_piece *p = &boot->layout.pieces[i];

		if (p->start.v < RAM_GAP_START && p->start.v + p->size > end)
			end = p->start.v + p->size;
	}
	return end;
}

/* As low as possible from there on, or else from 1 MiB on: a kernel may lie near the end of memory. */
static int place(struct boot *boot, uint64_t size, uint64_t from, const char *path, const char *part, gpa_t *at,
		 struct error *e)
{
	struct error first;

	if (layout_add_low(&boot->layout, size, PAGE_SIZE, from, RAM_GAP_START, path, part, at, &first) == 0)
		return 0;
	return layout_add_low(&boot->layout, size, PAGE_SIZE, HIGH_START, RAM_GAP_START, path, part, at, e);
}

static int plan_modules(struct boot *boot, struct error *e)
{
	uint64_t from = kernel_end(boot);

	for (unsigned i = 0; i < boot->options.nmodules; i++) {
		if (open_module(boot, i, e) < 0 ||
		    place(boot, boot->modules[i].size, from, boot->module_paths[i], NULL, &boot->modules_at[i], e) < 0)
			return -1;
		from = boot->modules_at[i].v + boot->modules[i].size;
	}
	if (!boot->is_elf || boot->multiboot.has_addresses || !multiboot_sections_find(&boot->image, &boot->sections) ||
	    boot->sections.loaded == 0)
		return 0;
	return place(boot, boot->sections.loaded, from, boot->image.path, "symbols", &boot->sections_at, e);
}

/* The information at at, in room bytes, or measured. 0 is no size of it: no memory. */
static uint64_t inform(const struct boot *boot, const struct ram *ram, const uint8_t *headers, const uint8_t *rsdp,
		       gpa_t at, uint8_t *bytes, uint64_t room)
{
	struct multiboot_module modules[BOOT_MODULES_MAX];
	struct e820_range ranges[E820_RANGES_MAX];
	char *line = command_line(boot);
	struct multiboot_facts facts = {
		.command_line = line,
		.nmodules = boot->options.nmodules,
		.modules = modules,
		.nranges = e820_of(ram, ranges),
		.ranges = ranges,
		.screen = boot->multiboot.wants_screen,
		.sections = boot->sections.count ? &boot->sections : NULL,
		.section_headers = headers,
		.rsdp = rsdp,
	};
	uint64_t used = 0;

	for (unsigned i = 0; i < facts.nmodules; i++) {
		uint64_t start = boot->modules_at[i].v;

		modules[i] = (struct multiboot_module){(uint32_t)start, (uint32_t)(start + boot->modules[i].size),
						       boot->options.modules[i].path};
	}
	if (line)
		used = version_of(boot) == 2 ? multiboot_info_2(&facts, at, bytes, room)
					     : multiboot_info_1(&facts, at, bytes, room);
	free(line);
	return used;
}

static int plan_information(struct boot *boot, const struct ram *ram, struct error *e)
{
	uint64_t size = inform(boot, ram, NULL, NULL, (gpa_t){0}, NULL, 0);
	struct error first;

	if (size == 0)
		return error_set(e, STATUS_HOST, "no memory");
	boot->info_size = GDT_SIZE + size;
	if (layout_add_low(&boot->layout, boot->info_size, PAGE_SIZE, LOW_START, LOW_END, "multiboot", "information",
			   &boot->info_at, &first) == 0)
		return 0;
	return layout_add_low(&boot->layout, boot->info_size, PAGE_SIZE, HIGH_START, RAM_GAP_START, "multiboot",
			      "information", &boot->info_at, e);
}

static int multiboot_plan(struct boot *boot, struct ram *ram, struct error *e)
{
	if (multiboot_parse(&boot->image, version_of(boot), &boot->multiboot, e) < 0 || check_options(boot, e) < 0)
		return -1;
	if (layout_add(&boot->layout, (gpa_t){ACPI_AREA}, ACPI_AREA_SIZE, "multiboot", "the firmware's tables", e) < 0)
		return -1;
	if (plan_kernel(boot, e) < 0 || plan_modules(boot, e) < 0)
		return -1;
	return plan_information(boot, ram, e);
}

static int load_images(const struct boot *boot, const struct ram *ram, struct error *e)
{
	const struct multiboot_header *h = &boot->multiboot;
	int status;

	if (h->has_addresses)
		status = boot_copy(ram, h->load, boot->image.bytes + h->offset, h->file_size, boot->image.path, e);
	else
		status = elf_load(&boot->elf, &boot->image, ram, e);
	for (unsigned i = 0; status == 0 && i < boot->options.nmodules; i++)
		status = boot_copy(ram, boot->modules_at[i], boot->modules[i].bytes, boot->modules[i].size,
				   boot->module_paths[i], e);
	return status;
}

static int load_information(const struct boot *boot, const struct ram *ram, const uint8_t *rsdp, struct error *e)
{
	uint64_t gdt[GDT_SIZE / 8] = {0, 0, CODE32, DATA};
	uint8_t *there = ram_bytes(ram, boot->info_at, boot->info_size);
	const struct multiboot_sections *s = &boot->sections;
	uint8_t *symbols = s->loaded ? ram_bytes(ram, boot->sections_at, s->loaded) : NULL;
	uint8_t *headers = calloc(s->count + 1, s->entry_size + 1);
	gpa_t at = {boot->info_at.v + GDT_SIZE};
	uint64_t size = boot->info_size - GDT_SIZE;

	if (!there || !headers || (s->loaded && !symbols)) {
		free(headers);
		return error_set(e, STATUS_HOST, "multiboot: no memory for the information");
	}
	if (s->count)
		multiboot_sections_load(s, &boot->image, boot->sections_at, symbols, headers);
	memcpy(there, gdt, sizeof(gdt));
	if (inform(boot, ram, headers, rsdp, at, there + GDT_SIZE, size) != size) {
		free(headers);
		return error_set(e, STATUS_HOST, "multiboot: no memory for the information");
	}
	free(headers);
	return 0;
}

static int multiboot_load(struct boot *boot, struct ram *ram, struct boot_state *state, struct error *e)
{
	/* the firmware first: a kernel may lie where it has its data */
	if (firmware_load(ram, &boot->pc, e) < 0 || load_images(boot, ram, e) < 0 ||
	    load_information(boot, ram, ram_bytes(ram, (gpa_t){ACPI_AREA}, MULTIBOOT_RSDP_SIZE), e) < 0)
		return -1;
	segments_flat(&state->regs, CODE_SELECTOR, DATA_SELECTOR);
	state->gdt_base = boot->info_at.v;
	state->gdt_limit = GDT_SIZE - 1;
	state->tss_limit = TSS_LIMIT;
	state->regs.rflags = RFLAGS_FIXED;
	state->regs.cr0 = CR0_PE | CR0_ET;
	state->regs.mode = MODE_32;
	state->regs.stack_size = 4;
	state->regs.rip = boot->entry;
	state->regs.gpr[GPR_RAX] = version_of(boot) == 2 ? MULTIBOOT_MAGIC_2 : MULTIBOOT_MAGIC_1;
	state->regs.gpr[GPR_RBX] = boot->info_at.v + GDT_SIZE;
	state->needs_irqchip = true;
	state->ones_for_absent = true;
	return 0;
}

const struct boot_protocol boot_multiboot = {.plan = multiboot_plan, .load = multiboot_load};
