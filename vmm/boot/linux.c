/*
 * linux.c: Linux, as a bzImage by its 64-bit entry or as a vmlinux by its PVH note.
 *
 * Below 1 MiB lies what the kernel reads first; the kernel lies where it wants to
 * be, the initrd as high as it may.
 *
 * Sources: Linux, Documentation/arch/x86/boot.rst and zero-page.rst; Xen,
 * docs/misc/pvh.
 */
#include "vmm/boot/bzimage.h"
#include "vmm/boot/e820.h"
#include "vmm/boot/firmware.h"
#include "vmm/boot/longmode.h"
#include "vmm/boot/paging.h"
#include "vmm/boot/protocol.h"
#include "vmm/boot/pvh.h"
#include "vmm/boot/segments.h"

#include <inttypes.h>
#include <string.h>

#define PVH_AT 0x6000ull /* start info, module and memory map */
#define ZERO_PAGE_AT 0x7000ull
#define GDT_AT 0x8000ull
#define TABLES_AT 0x9000ull
#define TABLES_SIZE 0x6000ull /* for 4 GiB in pages of 2 MiB: a root, one below it, four below that */
#define STACK_END 0x11000ull
#define COMMAND_LINE_AT 0x20000ull
#define COMMAND_LINE_ROOM 0x10000ull
#define LOW_END 0x100000ull

#define IDENTITY_SIZE (4ull << 30)

/* __BOOT_CS and __BOOT_DS of the boot protocol. */
#define BOOT_CODE 0x10
#define BOOT_DATA 0x18
#define CODE64 0x00af9b000000ffffull
#define CODE32 0x00cf9b000000ffffull
#define DATA 0x00cf93000000ffffull

#define TSS_LIMIT 103u
#define LOADER_UNKNOWN 0xff
#define VIDEO_NORMAL 0xffff
/* What the BIOS would have found. Linux, include/uapi/linux/screen_info.h. */
#define SCREEN_MODE 3
#define SCREEN_COLUMNS 80
#define SCREEN_ROWS 25
#define SCREEN_IS_VGA 1
#define CHARACTER_HEIGHT 16
#define EGA_COLOR_256K 3 /* BH: colour, BL: 256 KiB */

#define PVH_COMMAND_LINE_MAX 2047u /* Linux's COMMAND_LINE_SIZE on x86 less the final zero */

static const char *command_line(const struct boot *boot)
{
	return boot->options.append ? boot->options.append : "console=ttyS0";
}

static int check_options(const struct boot *boot, uint64_t command_line_max, struct error *e)
{
	size_t length = strlen(command_line(boot));

	if (boot->options.nmodules)
		return error_set(e, STATUS_USAGE, "linux: %s: Linux takes an initrd and no modules",
				 boot->options.modules[0].path);
	if (command_line_max >= COMMAND_LINE_ROOM)
		command_line_max = COMMAND_LINE_ROOM - 1;
	if (length > command_line_max)
		return error_set(e, STATUS_USAGE, "linux: a command line of %zu bytes; %s takes %" PRIu64, length,
				 boot->image.path, command_line_max);
	return 0;
}

static int plan_initrd(struct boot *boot, uint64_t limit, struct error *e)
{
	if (!boot->options.initrd)
		return 0;
	if (image_open(boot->options.initrd, &boot->initrd, e) < 0)
		return -1;
	if (limit > RAM_GAP_START)
		limit = RAM_GAP_START;
	return layout_add_high(&boot->layout, boot->initrd.size, PAGE_SIZE, limit, boot->initrd.path, "initrd",
			       &boot->initrd_at, e);
}

/* Where it prefers to be, else from 1 MiB up if it can be anywhere. */
static int plan_bzimage(struct boot *boot, struct error *e)
{
	const struct bzimage *b = &boot->bzimage;
	gpa_t lowest = {(LOW_END + b->alignment - 1) & ~(b->alignment - 1)};
	struct error first;

	boot->kernel_at = (gpa_t){b->preferred};
	if (layout_add(&boot->layout, boot->kernel_at, b->memory_size, boot->image.path, "kernel", &first) == 0)
		return 0;
	if (!b->alignment) {
		*e = first;
		return -1;
	}
	boot->kernel_at = lowest;
	return layout_add(&boot->layout, lowest, b->memory_size, boot->image.path, "kernel", e);
}

static int plan_vmlinux(struct boot *boot, struct error *e)
{
	const struct elf_image *elf = &boot->elf;

	if (!elf->has_pvh)
		return error_set(e, STATUS_INPUT, "%s: no Xen note with a PVH entry point: a vmlinux needs CONFIG_PVH",
				 boot->image.path);
	if (elf_plan(elf, &boot->image, &boot->layout, e) < 0)
		return -1;
	for (unsigned i = 0; i < elf->nsegments; i++) {
		const struct elf_segment *s = &elf->segments[i];

		if (elf->pvh_entry >= s->paddr.v && elf->pvh_entry - s->paddr.v < s->file_size)
			return 0;
	}
	return error_set(e, STATUS_INPUT, "%s: its PVH entry point 0x%" PRIx64 " lies in no segment", boot->image.path,
			 elf->pvh_entry);
}

static int linux_plan(struct boot *boot, struct ram *ram, struct error *e)
{
	uint64_t initrd_limit = RAM_GAP_START, command_line_max = PVH_COMMAND_LINE_MAX;
	int status;

	(void)ram;
	if (!boot->is_elf) {
		if (bzimage_parse(&boot->image, &boot->bzimage, e) < 0)
			return -1;
		initrd_limit = boot->bzimage.initrd_limit;
		command_line_max = boot->bzimage.command_line_max;
	}
	if (check_options(boot, command_line_max, e) < 0 ||
	    layout_add(&boot->layout, (gpa_t){0}, LOW_END, "linux", "boot data below 1 MiB", e) < 0)
		return -1;
	status = boot->is_elf ? plan_vmlinux(boot, e) : plan_bzimage(boot, e);
	return status < 0 ? -1 : plan_initrd(boot, initrd_limit, e);
}

/* What both ways of starting have: command line, initrd, ACPI, GDT. */
static int load_common(const struct boot *boot, const struct ram *ram, uint64_t code, struct boot_state *state,
		       struct error *e)
{
	uint64_t gdt[] = {0, 0, code, DATA};
	const char *line = command_line(boot);

	if (firmware_load(ram, &boot->pc, e) < 0 ||
	    boot_copy(ram, (gpa_t){COMMAND_LINE_AT}, line, strlen(line) + 1, "command line", e) < 0 ||
	    boot_copy(ram, (gpa_t){GDT_AT}, gdt, sizeof(gdt), "GDT", e) < 0)
		return -1;
	if (boot->initrd.bytes &&
	    boot_copy(ram, boot->initrd_at, boot->initrd.bytes, boot->initrd.size, boot->initrd.path, e) < 0)
		return -1;
	segments_flat(&state->regs, BOOT_CODE, BOOT_DATA);
	state->gdt_base = GDT_AT;
	state->gdt_limit = sizeof(gdt) - 1;
	state->tss_limit = TSS_LIMIT;
	state->regs.rflags = RFLAGS_FIXED;
	state->needs_irqchip = true;
	state->ones_for_absent = true;
	return 0;
}

static struct screen_info text_screen(void)
{
	return (struct screen_info){
		.orig_video_mode = SCREEN_MODE,
		.orig_video_cols = SCREEN_COLUMNS,
		.orig_video_lines = SCREEN_ROWS,
		.orig_video_ega_bx = EGA_COLOR_256K,
		.orig_video_isVGA = SCREEN_IS_VGA,
		.orig_video_points = CHARACTER_HEIGHT,
	};
}

static int load_zero_page(const struct boot *boot, const struct ram *ram, struct error *e)
{
	struct e820_range ranges[E820_RANGES_MAX];
	struct boot_params zero_page;

	memset(&zero_page, 0, sizeof(zero_page));
	if (boot->pc.screen)
		zero_page.screen_info = text_screen();
	zero_page.hdr = boot->bzimage.header;
	zero_page.hdr.vid_mode = VIDEO_NORMAL;
	zero_page.hdr.type_of_loader = LOADER_UNKNOWN;
	zero_page.hdr.cmd_line_ptr = COMMAND_LINE_AT;
	zero_page.hdr.setup_data = 0;
	zero_page.hdr.ramdisk_image = (uint32_t)boot->initrd_at.v;
	zero_page.hdr.ramdisk_size = (uint32_t)boot->initrd.size;
	zero_page.hdr.code32_start = (uint32_t)boot->kernel_at.v;
	zero_page.acpi_rsdp_addr = ACPI_AREA;
	zero_page.e820_entries = (uint8_t)e820_of(ram, ranges);
	for (unsigned i = 0; i < zero_page.e820_entries; i++)
		zero_page.e820_table[i] = (struct boot_e820_entry){
			.addr = ranges[i].start, .size = ranges[i].size, .type = ranges[i].type};
	return boot_copy(ram, (gpa_t){ZERO_PAGE_AT}, &zero_page, sizeof(zero_page), "zero page", e);
}

static int load_bzimage(const struct boot *boot, const struct ram *ram, struct boot_state *state, struct error *e)
{
	const struct bzimage *b = &boot->bzimage;
	struct paging paging = {0};
	enum paging_status status;

	if (load_common(boot, ram, CODE64, state, e) < 0 || load_zero_page(boot, ram, e) < 0 ||
	    boot_copy(ram, boot->kernel_at, b->kernel, b->kernel_size, boot->image.path, e) < 0)
		return -1;
	status = paging_init(&paging, PAGING_LONG, ram, (gpa_t){TABLES_AT}, TABLES_SIZE);
	if (status == PAGING_OK)
		status = paging_map(&paging, (gva_t){0}, (gpa_t){0}, IDENTITY_SIZE, PAGING_LARGE,
				    PAGING_WRITE | PAGING_EXECUTE);
	if (status != PAGING_OK)
		return error_set(e, STATUS_HOST, "linux: %s", paging_status_text(status));
	state->regs.cr0 = CR0_PE | CR0_PG | CR0_ET;
	state->regs.cr3 = paging.root.v;
	state->regs.cr4 = CR4_PAE;
	state->regs.efer = EFER_LME | EFER_LMA;
	state->regs.mode = MODE_64;
	state->regs.stack_size = 8;
	state->regs.rip = boot->kernel_at.v + BZIMAGE_ENTRY64;
	state->regs.gpr[GPR_RSI] = ZERO_PAGE_AT;
	state->regs.gpr[GPR_RSP] = STACK_END;
	return 0;
}

static int load_start_info(const struct boot *boot, const struct ram *ram, struct error *e)
{
	struct {
		struct pvh_start_info info;
		struct pvh_module initrd;
		struct pvh_memory memory[E820_RANGES_MAX];
	} start;
	struct e820_range ranges[E820_RANGES_MAX];
	unsigned count = e820_of(ram, ranges);

	memset(&start, 0, sizeof(start));
	start.info.magic = PVH_MAGIC;
	start.info.version = PVH_VERSION;
	start.info.nmodules = boot->initrd.bytes ? 1 : 0;
	start.info.modules = boot->initrd.bytes ? PVH_AT + offsetof(__typeof__(start), initrd) : 0;
	start.info.command_line = COMMAND_LINE_AT;
	start.info.rsdp = ACPI_AREA;
	start.info.memory = PVH_AT + offsetof(__typeof__(start), memory);
	start.info.nmemory = count;
	start.initrd.start = boot->initrd_at.v;
	start.initrd.size = boot->initrd.size;
	for (unsigned i = 0; i < count; i++)
		start.memory[i] = (struct pvh_memory){ranges[i].start, ranges[i].size, ranges[i].type, 0};
	_Static_assert(sizeof(start) <= PAGE_SIZE, "PVH: start info");
	return boot_copy(ram, (gpa_t){PVH_AT}, &start, sizeof(start), "PVH start info", e);
}

static int load_vmlinux(const struct boot *boot, const struct ram *ram, struct boot_state *state, struct error *e)
{
	if (load_common(boot, ram, CODE32, state, e) < 0 || load_start_info(boot, ram, e) < 0 ||
	    elf_load(&boot->elf, &boot->image, ram, e) < 0)
		return -1;
	state->regs.cr0 = CR0_PE | CR0_ET;
	state->regs.mode = MODE_32;
	state->regs.stack_size = 4;
	state->regs.rip = boot->elf.pvh_entry;
	state->regs.gpr[GPR_RBX] = PVH_AT;
	state->regs.gpr[GPR_RSP] = STACK_END;
	return 0;
}

static int linux_load(struct boot *boot, struct ram *ram, struct boot_state *state, struct error *e)
{
	return boot->is_elf ? load_vmlinux(boot, ram, state, e) : load_bzimage(boot, ram, state, e);
}

const struct boot_protocol boot_linux = {.plan = linux_plan, .load = linux_load};
