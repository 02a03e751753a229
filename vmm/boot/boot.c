#include "vmm/boot/boot.h"

#include "guest/abi/note.h"
#include "vmm/boot/acpi.h"
#include "vmm/boot/protocol.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Where the window is looked for first. */
#define WINDOW_START RAM_GAP_START
#define WINDOW_END SYSTEM_START
/* Where the system region is looked for, and in which steps. */
#define SYSTEM_START 0xd0000000ull
#define SYSTEM_END 0xfec00000ull /* the IOAPIC */
#define SYSTEM_STEP (2ull << 20)

int boot_add_system(struct boot *boot, struct ram *ram, uint64_t room, struct error *e)
{
	uint64_t size = (room + SYSTEM_STEP - 1) & ~(SYSTEM_STEP - 1);
	const char *why = "memory needs more page tables than fit below 4 GiB; use larger pages";

	for (uint64_t start = SYSTEM_START; size <= SYSTEM_END - SYSTEM_START && start <= SYSTEM_END - size;
	     start += SYSTEM_STEP) {
		if (ram_add(ram, (gpa_t){start}, size, RAM_SYSTEM, &why) == 0) {
			boot->system = (gpa_t){start};
			boot->system_size = size;
			return 0;
		}
	}
	return error_set(e, STATUS_INPUT, "no place for the system region of %" PRIu64 " bytes in 0x%llx-0x%llx: %s",
			 size, SYSTEM_START, SYSTEM_END - 1, why);
}

int boot_add_window(struct boot *boot, struct ram *ram, uint64_t size, struct error *e)
{
	const struct ram_region *last = &ram->regions[ram->nregions - 1];
	uint64_t above = (last->start.v + last->size + SYSTEM_STEP - 1) & ~(SYSTEM_STEP - 1);
	const char *why = "";
	gpa_t at;

	boot->window_size = size;
	if (size == 0)
		return 0;
	for (at.v = WINDOW_START; size <= WINDOW_END - WINDOW_START && at.v <= WINDOW_END - size; at.v += SYSTEM_STEP) {
		boot->window = at;
		if (ram_add(ram, at, size, RAM_KEPT, &why) == 0)
			return 0;
	}
	boot->window.v = above < RAM_GAP_END ? RAM_GAP_END : above;
	if (ram_add(ram, boot->window, size, RAM_KEPT, &why) == 0)
		return 0;
	return error_set(e, STATUS_INPUT, "%s: no place for a window of 0x%" PRIx64 " bytes: %s", boot->image.path,
			 size, why);
}

int boot_open_modules(struct boot *boot, struct error *e)
{
	for (unsigned i = 0; i < boot->options.nmodules; i++)
		if (image_open(boot->options.modules[i].path, &boot->modules[i], e) < 0)
			return -1;
	return 0;
}

int boot_copy(const struct ram *ram, gpa_t to, const void *bytes, uint64_t size, const char *name, struct error *e)
{
	uint8_t *there = ram_bytes(ram, to, size);

	if (!there)
		return error_set(e, STATUS_HOST, "%s: its memory at 0x%" PRIx64 " is not mapped", name, to.v);
	memcpy(there, bytes, size);
	return 0;
}

const char *boot_kind_name(enum boot_kind kind)
{
	switch (kind) {
	case BOOT_AUTO:
		return "auto";
	case BOOT_BARE:
		return "bare";
	case BOOT_ELF:
		return "elf";
	case BOOT_LINUX:
		return "linux";
	case BOOT_MULTIBOOT:
		return "multiboot";
	case BOOT_MULTIBOOT2:
		return "multiboot2";
	}
	return "?";
}

/* What an image is, if the user has not said. */
static enum boot_kind detect(const struct boot *boot)
{
	if (!boot->is_elf && bzimage_is(&boot->image))
		return BOOT_LINUX;
	if (boot->is_elf && boot->elf.has_abi)
		return BOOT_ELF;
	if (multiboot_is(&boot->image, 2))
		return BOOT_MULTIBOOT2;
	if (multiboot_is(&boot->image, 1))
		return BOOT_MULTIBOOT;
	if (boot->is_elf && boot->elf.has_pvh)
		return BOOT_LINUX;
	/* a header that is not right: its protocol says what is wrong with it */
	if (multiboot_is_meant(&boot->image, 2))
		return BOOT_MULTIBOOT2;
	return multiboot_is_meant(&boot->image, 1) ? BOOT_MULTIBOOT : BOOT_BARE;
}

static const struct boot_protocol *protocol_of(enum boot_kind kind)
{
	switch (kind) {
	case BOOT_BARE:
		return &boot_bare;
	case BOOT_ELF:
		return &boot_own;
	case BOOT_LINUX:
		return &boot_linux;
	case BOOT_MULTIBOOT:
	case BOOT_MULTIBOOT2:
		return &boot_multiboot;
	case BOOT_AUTO:
		break;
	}
	return NULL;
}

static int read_symbols(struct boot *boot, struct error *e)
{
	struct image map;
	int status;

	boot->symbols = symbols_new();
	if (!boot->symbols)
		return error_set(e, STATUS_HOST, "no memory for symbols");
	if (boot->is_elf && symbols_add_elf(boot->symbols, &boot->image, e) < 0)
		return -1;
	if (!boot->options.symbols)
		return 0;
	if (image_open(boot->options.symbols, &map, e) < 0)
		return -1;
	boot->has_program = symbols_program(&map, &boot->program);
	if (elf_is(&map))
		status = symbols_add_elf(boot->symbols, &map, e);
	else
		status = symbols_add_map(boot->symbols, &map, e);
	image_close(&map);
	return status;
}

static int plan(struct boot *boot, struct ram *ram, struct error *e)
{
	if (!boot->options.image)
		return error_set(e, STATUS_USAGE, "no image given");
	if (boot->options.nmodules > BOOT_MODULES_MAX)
		return error_set(e, STATUS_USAGE, "more than %u modules", BOOT_MODULES_MAX);
	if (boot->options.cpus > ACPI_CPUS_MAX)
		return error_set(e, STATUS_USAGE, "%u CPUs: the firmware's tables hold %u", boot->options.cpus,
				 ACPI_CPUS_MAX);
	if (image_open(boot->options.image, &boot->image, e) < 0)
		return -1;
	boot->is_elf = elf_is(&boot->image);
	if (boot->is_elf && elf_parse(&boot->image, &boot->elf, e) < 0)
		return -1;
	boot->kind = boot->options.kind == BOOT_AUTO ? detect(boot) : boot->options.kind;
	boot->protocol = protocol_of(boot->kind);
	if (!boot->protocol)
		return error_set(e, STATUS_USAGE, "%s: boot protocol %u is not known", boot->image.path,
				 (unsigned)boot->kind);
	if (boot->options.foreign[boot->kind])
		return error_set(e, STATUS_USAGE, "%s has no meaning with boot protocol %s, which %s asks for",
				 boot->options.foreign[boot->kind], boot_kind_name(boot->kind), boot->image.path);
	if (read_symbols(boot, e) < 0)
		return -1;
	layout_init(&boot->layout, ram);
	return boot->protocol->plan(boot, ram, e);
}

struct boot *boot_plan(const struct boot_options *options, struct ram *ram, struct error *e)
{
	struct boot *boot = calloc(1, sizeof(*boot));

	if (!boot) {
		error_set(e, STATUS_HOST, "no memory for the boot protocol");
		return NULL;
	}
	boot->options = *options;
	boot->pc = (struct acpi_pc){
		.ncpus = options->cpus ? options->cpus : 1, .virtio = options->virtio, .screen = options->screen};
	if (plan(boot, ram, e) < 0) {
		boot_free(boot);
		return NULL;
	}
	return boot;
}

static void close_images(struct boot *boot)
{
	image_close(&boot->image);
	image_close(&boot->initrd);
	for (unsigned i = 0; i < BOOT_MODULES_MAX; i++)
		image_close(&boot->modules[i]);
}

int boot_load(struct boot *boot, struct ram *ram, struct boot_state *state, struct error *e)
{
	struct boot_state loaded = {0};

	if (boot->protocol->load(boot, ram, &loaded, e) < 0)
		return -1;
	close_images(boot); /* the guest has them now */
	*state = loaded;
	return 0;
}

bool boot_asks_syscall(const struct boot *boot)
{
	return boot->kind == BOOT_ELF && (boot->elf.abi_flags & GUEST_WANTS_WINDOW);
}

void boot_no_syscall(struct boot *boot)
{
	boot->no_syscall = true;
}

enum boot_kind boot_kind_of(const struct boot *boot)
{
	return boot->kind;
}

bool boot_sets_up_paging(const struct boot *boot)
{
	return boot->kind == BOOT_LINUX || boot->kind == BOOT_MULTIBOOT || boot->kind == BOOT_MULTIBOOT2;
}

const struct symbols *boot_symbols(const struct boot *boot)
{
	return boot->symbols;
}

const struct program_start *boot_program(const struct boot *boot)
{
	return boot->has_program ? &boot->program : NULL;
}

bool boot_phys_of(const struct boot *boot, uint64_t vaddr, gpa_t *gpa)
{
	return boot->is_elf && elf_phys_of(&boot->elf, vaddr, gpa);
}

void boot_free(struct boot *boot)
{
	if (!boot)
		return;
	close_images(boot);
	for (unsigned i = 0; i < BOOT_MODULES_MAX; i++)
		free(boot->module_paths[i]);
	symbols_free(boot->symbols);
	free(boot);
}

struct boot_state boot_state_of(const struct boot_state *first, unsigned vcpu)
{
	struct boot_state state = *first;

	state.regs.gpr[GPR_RDI] = vcpu;
	state.regs.gpr[GPR_RSP] -= (uint64_t)BOOT_CPU_STACK * vcpu;
	if (vcpu > 0)
		state.tss_base = first->tss_of_others + (uint64_t)BOOT_CPU_SIZE * (vcpu - 1);
	return state;
}
