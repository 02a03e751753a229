/* boot_test.c: the protocols from files to the first vCPU's state, through boot.h alone. */
#include "vmm/boot/boot.h"

#include "guest/abi/boot.h"
#include "guest/abi/note.h"
#include "tests/check.h"
#include "vmm/boot/acpi.h"
#include "vmm/boot/bzimage_sample.h"
#include "vmm/boot/elf_sample.h"
#include "vmm/boot/pvh.h"

#include <stdlib.h>
#include <unistd.h>

#define MIB (1ull << 20)
#define EXTRA 0xe0000000ull
#define SYSTEM 0xd0000000ull
#define CMD_LINE "one two"

/* A file that is gone after the test: file_new(), then file_free(). */
struct file {
	char path[40];
};

static void file_new(struct file *file, const void *bytes, size_t size)
{
	int fd;

	strcpy(file->path, "/tmp/lodestore-boot-XXXXXX");
	fd = mkstemp(file->path);
	CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	close(fd);
}

static void file_free(struct file *file)
{
	unlink(file->path);
}

static void memory(struct ram *ram, uint64_t size)
{
	const char *why;

	ram_init(ram);
	CHECK_EQ(ram_add_main(ram, size, &why), 0);
	CHECK_EQ(ram_add(ram, (gpa_t){EXTRA}, 2 * PAGE_SIZE, RAM_EXTRA, &why), 0);
}

/* Plan and load; NULL with a message if either fails. The caller frees both on success. */
static struct boot *boot_up(const struct boot_options *o, struct ram *ram, uint64_t size, struct boot_state *state,
			    struct error *e)
{
	struct boot *boot;

	memory(ram, size);
	boot = boot_plan(o, ram, e);
	if (!boot)
		return NULL;
	CHECK_EQ(ram_map(ram), 0);
	if (boot_load(boot, ram, state, e) == 0)
		return boot;
	boot_free(boot);
	ram_unmap(ram);
	return NULL;
}

/* The leaf that maps gva, 0 if none; *gpa is then where it leads. */
static uint64_t leaf_of(const struct ram *ram, uint64_t root, uint64_t gva, uint64_t *gpa)
{
	for (unsigned shift = 39; shift >= 12; shift -= 9) {
		uint64_t *entries = (uint64_t *)(void *)ram_bytes(ram, (gpa_t){root}, PAGE_SIZE);
		uint64_t entry = entries ? entries[gva >> shift & 511] : 0;

		if (!(entry & 1))
			return 0;
		root = entry & 0x000ffffffffff000;
		if (shift == 12 || (entry & 0x80)) {
			*gpa = root + (gva & ((1ull << shift) - 1));
			return entry;
		}
	}
	return 0;
}

static void a_flat_image_starts_as_asked(void)
{
	static const struct {
		const char *name;
		unsigned cpl;
		uint64_t page_size;
	} rows[] = {
		{"CPL 0, small pages", 0, 4096},
		{"CPL 0, large pages", 0, 2 * MIB},
		{"CPL 3, small pages", 3, 4096},
		{"CPL 3, large pages", 3, 2 * MIB},
	};
	struct file image, module;

	file_new(&image, "\xf4", 1);
	file_new(&module, "module", 6);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct boot_options o = {.image = image.path,
					 .image_at = {0x300000},
					 .nmodules = 1,
					 .modules = {{module.path, {EXTRA + 0x10}}},
					 .cpl = rows[i].cpl,
					 .page_size = rows[i].page_size,
					 .npresets = 1,
					 .presets = {{GPR_R9, 0x123}}};
		struct boot_state state;
		struct error e = {0};
		struct boot *boot;
		struct ram ram;
		uint64_t gpa, leaf;

		check_row = rows[i].name;
		boot = boot_up(&o, &ram, 16 * MIB, &state, &e);
		CHECK_AT(boot, "%s", e.text);
		if (!boot)
			continue;
		CHECK_EQ(boot_kind_of(boot), BOOT_BARE);
		CHECK_EQ(*ram_bytes(&ram, (gpa_t){0x300000}, 1), 0xf4);
		CHECK(memcmp(ram_bytes(&ram, (gpa_t){EXTRA + 0x10}, 6), "module", 6) == 0);
		CHECK_EQ(state.regs.rip, 0x300000);
		CHECK_EQ(state.regs.gpr[GPR_RSP], 16 * MIB);
		CHECK_EQ(state.regs.gpr[GPR_R9], 0x123);
		CHECK_EQ(state.regs.gpr[GPR_RAX], 0);
		CHECK_EQ(state.regs.cpl, rows[i].cpl);
		CHECK_EQ(state.regs.seg[SEG_CS].selector & 3, rows[i].cpl);
		CHECK_EQ(state.regs.seg[SEG_SS].selector & 3, rows[i].cpl);
		CHECK_EQ(state.regs.rflags, rows[i].cpl == 3 ? 0x3002 : 2);
		CHECK(!state.needs_irqchip && !state.ones_for_absent);
		leaf = leaf_of(&ram, state.regs.cr3, EXTRA + 0x1fff, &gpa);
		CHECK_EQ(gpa, EXTRA + 0x1fff);
		CHECK_EQ(leaf & 7, rows[i].cpl == 3 ? 7 : 3);
		CHECK_EQ(leaf >> 63, 0);
		CHECK_EQ((leaf & 0x80) != 0, rows[i].page_size != 4096);
		leaf = leaf_of(&ram, state.regs.cr3, state.idt_base, &gpa);
		CHECK_EQ(gpa, state.idt_base);
		CHECK_EQ(leaf & 7, 3); /* never the user's */
		CHECK_EQ(leaf_of(&ram, state.regs.cr3, 0xc0000000, &gpa), 0);
		boot_free(boot);
		ram_unmap(&ram);
	}
	file_free(&image);
	file_free(&module);
}

static void every_vector_leads_to_its_hlt(void)
{
	struct boot_options o = {.image_at = {0x100000}, .cpl = 3};
	struct boot_state state;
	struct error e = {0};
	struct boot *boot;
	struct file image;
	struct ram ram;

	file_new(&image, "\xf4", 1);
	o.image = image.path;
	boot = boot_up(&o, &ram, 16 * MIB, &state, &e);
	CHECK_AT(boot, "%s", e.text);
	for (unsigned vector = 0; boot && vector < 256; vector++) {
		const uint8_t *gate = ram_bytes(&ram, (gpa_t){state.idt_base + 16 * vector}, 16);
		uint64_t handler = gate[0] | gate[1] << 8 | (uint64_t)gate[6] << 16 | (uint64_t)gate[7] << 24;

		CHECK_EQ(handler, state.handlers.v + BOOT_HANDLER_STRIDE * vector);
		CHECK_EQ(gate[2] | gate[3] << 8, 0x08);
		CHECK_EQ(gate[4], 1); /* the first interrupt stack */
		CHECK_EQ(gate[5], 0xee); /* present, from CPL 3, interrupt gate */
		CHECK_EQ(*ram_bytes(&ram, (gpa_t){handler}, 1), 0xf4);
	}
	CHECK_EQ(state.idt_limit, 4095);
	if (boot) {
		uint64_t stack;

		memcpy(&stack, ram_bytes(&ram, (gpa_t){state.tss_base + 36}, 8), 8);
		CHECK(stack > state.tss_base + state.tss_limit && stack % 16 == 0);
		CHECK_EQ(ram_region_of(&ram, (gpa_t){stack - 1})->kind, RAM_SYSTEM);
		/* the I/O bitmap allows all ports, and ends in ones */
		CHECK_EQ(*ram_bytes(&ram, (gpa_t){state.tss_base + 104}, 1), 0);
		CHECK_EQ(*ram_bytes(&ram, (gpa_t){state.tss_base + state.tss_limit}, 1), 0xff);
	}
	boot_free(boot);
	ram_unmap(&ram);
	file_free(&image);
}

static void memory_added_after_the_plan_is_mapped(void)
{
	struct boot_options o = {.image_at = {0x100000}, .cpl = 3, .page_size = 4096};
	struct boot_state state;
	struct error e = {0};
	struct boot *boot;
	struct file image;
	struct ram ram;
	const char *why;
	uint64_t gpa = 0;

	file_new(&image, "\xf4", 1);
	o.image = image.path;
	memory(&ram, 16 * MIB);
	boot = boot_plan(&o, &ram, &e);
	CHECK(boot != NULL);
	CHECK_EQ(ram_add(&ram, (gpa_t){1ull << 40}, 1024 * MIB, RAM_KEPT, &why), 0);
	CHECK_EQ(ram_map(&ram), 0);
	CHECK_EQ(boot_load(boot, &ram, &state, &e), 0);
	CHECK_EQ(leaf_of(&ram, state.regs.cr3, (1ull << 40) + 1024 * MIB - 1, &gpa) & 7, 7);
	CHECK_EQ(gpa, (1ull << 40) + 1024 * MIB - 1);
	boot_free(boot);
	ram_unmap(&ram);
	file_free(&image);
}

static void an_elf_runs_at_its_physical_addresses(void)
{
	static struct sample s;
	struct boot_options o = {0};
	struct boot_state state;
	struct error e = {0};
	struct boot *boot;
	struct file image;
	struct ram ram;
	gpa_t gpa;

	sample_fill(&s);
	s.segments[0].p_vaddr += 0xffffffff80000000;
	s.header->e_entry += 0xffffffff80000000;
	file_new(&image, s.bytes, sizeof(s.bytes));
	o.image = image.path;
	boot = boot_up(&o, &ram, 16 * MIB, &state, &e);
	CHECK_AT(boot, "%s", e.text);
	if (boot) {
		const struct symbol *table = symbols_find(boot_symbols(boot), "table");

		CHECK_EQ(boot_kind_of(boot), BOOT_BARE);
		CHECK_EQ(state.regs.rip, SAMPLE_CODE + 0x10);
		CHECK(table && table->address == SAMPLE_DATA);
		CHECK(boot_phys_of(boot, 0xffffffff80000000 + SAMPLE_CODE, &gpa));
		CHECK_EQ(gpa.v, SAMPLE_CODE);
		CHECK(!boot_phys_of(boot, 0, &gpa));
	}
	boot_free(boot);
	ram_unmap(&ram);
	file_free(&image);
}

/* Our sample with our note, its data in the upper half. */
static void own_sample(struct sample *s, uint32_t version, uint32_t flags)
{
	const uint32_t desc[] = {version, flags};

	sample_fill(s);
	s->segments[1].p_vaddr = 0xffffffff80200000;
	sample_add_note(s, GUEST_NOTE_NAME, GUEST_NOTE_TYPE, desc, sizeof(desc));
}

static void check_record(const struct ram *ram, const struct guest_boot *record, const char *module)
{
	const struct guest_boot_memory *map =
		(const void *)ram_bytes(ram, (gpa_t){record->memory}, record->nmemory * sizeof(*map));
	const struct guest_boot_module *modules =
		(const void *)ram_bytes(ram, (gpa_t){record->modules}, sizeof(*modules));
	unsigned counts[6] = {0};

	CHECK_EQ(record->magic, GUEST_BOOT_MAGIC);
	CHECK_EQ(record->version, GUEST_BOOT_VERSION);
	CHECK_EQ(record->size, sizeof(*record));
	CHECK_STR((const char *)ram_bytes(ram, (gpa_t){record->command_line}, 8), CMD_LINE);
	CHECK_EQ(record->nmodules, 1);
	CHECK(map && modules);
	if (!map || !modules)
		return;
	CHECK_EQ(modules->size, 6);
	CHECK_EQ(modules->start, 16 * MIB - PAGE_SIZE);
	CHECK(memcmp(ram_bytes(ram, (gpa_t){modules->start}, 6), "module", 6) == 0);
	CHECK_STR((const char *)ram_bytes(ram, (gpa_t){modules->name}, 1), strrchr(module, '/') + 1);
	for (unsigned i = 0; i < record->nmemory; i++)
		counts[map[i].kind < 6 ? map[i].kind : 0]++;
	CHECK_EQ(counts[0], 0);
	CHECK_EQ(counts[GUEST_MEMORY_USABLE], 1);
	CHECK_EQ(counts[GUEST_MEMORY_EXTRA], 1);
	CHECK_EQ(counts[GUEST_MEMORY_SYSTEM], 1);
	CHECK_EQ(counts[GUEST_MEMORY_IMAGE], 2);
	CHECK_EQ(counts[GUEST_MEMORY_MODULE], 1);
	CHECK_EQ(map[0].start, 0);
	CHECK_EQ(map[0].size, 16 * MIB);
}

static void our_own_guest_gets_its_record(void)
{
	static struct sample s;
	struct boot_options o = {.append = CMD_LINE, .nmodules = 1};
	struct file image, module;
	struct boot_state state;
	struct error e = {0};
	struct boot *boot;
	struct ram ram;
	uint64_t gpa = 0;

	own_sample(&s, GUEST_ABI_VERSION, 0);
	file_new(&image, s.bytes, sizeof(s.bytes));
	file_new(&module, "module", 6);
	o.image = image.path;
	o.modules[0].path = module.path;
	boot = boot_up(&o, &ram, 16 * MIB, &state, &e);
	CHECK_AT(boot, "%s", e.text);
	if (boot) {
		const uint8_t *record = ram_bytes(&ram, (gpa_t){state.regs.gpr[GPR_RDI]}, sizeof(struct guest_boot));

		CHECK_EQ(boot_kind_of(boot), BOOT_ELF);
		CHECK_EQ(state.regs.rip, SAMPLE_CODE + 0x10);
		CHECK_EQ(state.regs.cpl, 0);
		CHECK_EQ(state.regs.rflags, 2);
		CHECK_EQ(state.handlers.v, 0);
		CHECK(!state.needs_irqchip && !state.ones_for_absent);
		CHECK(record != NULL);
		if (record)
			check_record(&ram, (const struct guest_boot *)(const void *)record, module.path);
		/* data: readable and writable, not executable, in the upper half and where it is */
		CHECK_EQ(leaf_of(&ram, state.regs.cr3, 0xffffffff80201fff, &gpa) & 0x8000000000000087,
			 0x8000000000000003);
		CHECK_EQ(gpa, SAMPLE_DATA + 0x1fff);
		CHECK_EQ(leaf_of(&ram, state.regs.cr3, 0xffffffff80202000, &gpa), 0);
		CHECK_EQ(leaf_of(&ram, state.regs.cr3, SAMPLE_DATA, &gpa) & 0x8000000000000087, 0x83);
		CHECK_EQ(leaf_of(&ram, state.regs.cr3, 0xfee00000, &gpa) & 0x87, 0x83);
	}
	boot_free(boot);
	ram_unmap(&ram);
	file_free(&image);
	file_free(&module);
}

static void an_own_guest_may_want_interrupts(void)
{
	static struct sample s;
	struct boot_options o = {0};
	struct boot_state state;
	struct error e = {0};
	struct boot *boot;
	struct file image;
	struct ram ram;

	own_sample(&s, GUEST_ABI_VERSION, GUEST_WANTS_IRQCHIP);
	file_new(&image, s.bytes, sizeof(s.bytes));
	o.image = image.path;
	boot = boot_up(&o, &ram, 16 * MIB, &state, &e);
	CHECK_AT(boot, "%s", e.text);
	if (boot) {
		CHECK(state.needs_irqchip);
		CHECK(memcmp(ram_bytes(&ram, (gpa_t){ACPI_AREA}, 8), "RSD PTR ", 8) == 0);
	}
	boot_free(boot);
	ram_unmap(&ram);
	file_free(&image);
}

static void a_bzimage_starts_by_its_64_bit_entry(void)
{
	static const struct {
		const char *name;
		uint64_t memory, kernel, initrd; /* where they are expected */
	} rows[] = {
		{"where it prefers", 64 * MIB, SAMPLE_PREFERRED, 64 * MIB - PAGE_SIZE},
		{"too little memory there", 16 * MIB, 2 * MIB, 16 * MIB - PAGE_SIZE},
		{"an initrd no higher than it may", 3072 * MIB, SAMPLE_PREFERRED, 0x80000000 - PAGE_SIZE},
	};
	struct file image, initrd;
	struct bzimage_sample s;

	bzimage_sample_fill(&s);
	file_new(&image, s.bytes, sizeof(s.bytes));
	file_new(&initrd, "initrd", 6);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct boot_options o = {.image = image.path, .initrd = initrd.path};
		const struct boot_params *zero_page;
		struct boot_state state;
		struct error e = {0};
		struct boot *boot;
		struct ram ram;
		uint64_t gpa;

		check_row = rows[i].name;
		boot = boot_up(&o, &ram, rows[i].memory, &state, &e);
		CHECK_AT(boot, "%s", e.text);
		if (!boot)
			continue;
		CHECK_EQ(boot_kind_of(boot), BOOT_LINUX);
		CHECK(state.needs_irqchip && state.ones_for_absent);
		CHECK_EQ(state.regs.rip, rows[i].kernel + 0x200);
		CHECK_EQ(*ram_bytes(&ram, (gpa_t){rows[i].kernel}, 1), 0xcc);
		CHECK(memcmp(ram_bytes(&ram, (gpa_t){rows[i].initrd}, 6), "initrd", 6) == 0);
		CHECK(leaf_of(&ram, state.regs.cr3, rows[i].kernel, &gpa) & 1);
		CHECK_EQ(gpa, rows[i].kernel);
		CHECK_EQ(state.regs.seg[SEG_CS].selector, 0x10);
		CHECK_EQ(state.regs.seg[SEG_DS].selector, 0x18);
		zero_page = (const void *)ram_bytes(&ram, (gpa_t){state.regs.gpr[GPR_RSI]}, PAGE_SIZE);
		CHECK_EQ(zero_page->hdr.header, 0x53726448);
		CHECK_EQ(zero_page->hdr.type_of_loader, 0xff);
		CHECK_EQ(zero_page->hdr.ramdisk_image, rows[i].initrd);
		CHECK_EQ(zero_page->hdr.ramdisk_size, 6);
		CHECK_EQ(zero_page->acpi_rsdp_addr, ACPI_AREA);
		CHECK_EQ(zero_page->e820_entries, 5);
		CHECK_EQ(zero_page->e820_table[3].addr + zero_page->e820_table[3].size, rows[i].memory);
		CHECK_STR((const char *)ram_bytes(&ram, (gpa_t){zero_page->hdr.cmd_line_ptr}, 16), "console=ttyS0");
		CHECK(memcmp(ram_bytes(&ram, (gpa_t){ACPI_AREA}, 8), "RSD PTR ", 8) == 0);
		boot_free(boot);
		ram_unmap(&ram);
	}
	file_free(&image);
	file_free(&initrd);
}

static void a_vmlinux_starts_by_its_pvh_note(void)
{
	static const uint32_t entry = SAMPLE_CODE + 0x80;
	static struct sample s;
	const struct pvh_start_info *info;
	struct boot_options o = {.append = CMD_LINE};
	struct file image, initrd;
	struct boot_state state;
	struct error e = {0};
	struct boot *boot;
	struct ram ram;

	sample_fill(&s);
	sample_add_note(&s, "Xen", 18, &entry, sizeof(entry));
	file_new(&image, s.bytes, sizeof(s.bytes));
	file_new(&initrd, "initrd", 6);
	o.image = image.path;
	o.initrd = initrd.path;
	boot = boot_up(&o, &ram, 16 * MIB, &state, &e);
	CHECK_AT(boot, "%s", e.text);
	if (boot) {
		const struct pvh_module *module;

		CHECK_EQ(boot_kind_of(boot), BOOT_LINUX);
		CHECK_EQ(state.regs.rip, entry);
		CHECK_EQ(state.regs.mode, MODE_32);
		CHECK_EQ(state.regs.cr0, 0x11);
		CHECK_EQ(state.regs.efer, 0);
		info = (const void *)ram_bytes(&ram, (gpa_t){state.regs.gpr[GPR_RBX]}, sizeof(*info));
		CHECK_EQ(info->magic, PVH_MAGIC);
		CHECK_EQ(info->nmodules, 1);
		module = (const void *)ram_bytes(&ram, (gpa_t){info->modules}, sizeof(*module));
		CHECK_EQ(module->start, 16 * MIB - PAGE_SIZE);
		CHECK_EQ(module->size, 6);
		CHECK_EQ(info->nmemory, 5);
		CHECK_EQ(info->rsdp, ACPI_AREA);
		CHECK_STR((const char *)ram_bytes(&ram, (gpa_t){info->command_line}, 8), CMD_LINE);
	}
	boot_free(boot);
	ram_unmap(&ram);
	file_free(&image);
	file_free(&initrd);
}

/* What the rows of wrong input change; images are: f flat, e ELF, o own guest's ELF, l bzImage. */
static struct boot_options wrong;
static struct sample wrong_sample;
static struct bzimage_sample wrong_kernel;
static char long_text[70000];

static void cpl(void)
{
	wrong.cpl = 1;
}
static void page_size(void)
{
	wrong.page_size = 8192;
}
static void flat_outside(void)
{
	wrong.image_at.v = 16 * MIB;
}
static void flat_wraps(void)
{
	wrong.image_at.v = UINT64_MAX;
}
static void module_missing(void)
{
	wrong.nmodules = 1;
	wrong.modules[0] = (struct boot_module){"/nonexistent", {0x100000}};
}
static void module_over_image(void)
{
	wrong.nmodules = 1;
	wrong.modules[0] = (struct boot_module){wrong.image, {0x100000}};
}
static void too_many_modules(void)
{
	wrong.nmodules = BOOT_MODULES_MAX + 1;
}
static void bare_initrd(void)
{
	wrong.initrd = wrong.image;
}
static void preset(void)
{
	wrong.npresets = 1;
	wrong.presets[0].gpr = GPR_COUNT;
}
static void entry_outside(void)
{
	wrong_sample.header->e_entry = 0;
}
static void forced_elf(void)
{
	wrong.kind = BOOT_ELF;
}
static void forced_linux(void)
{
	wrong.kind = BOOT_LINUX;
}
static void kind_unknown(void)
{
	wrong.kind = (enum boot_kind)9;
}
static void symbols_missing(void)
{
	wrong.symbols = "/nonexistent";
}
static void own_version(void)
{
	own_sample(&wrong_sample, 2, 0);
}
static void own_flags(void)
{
	own_sample(&wrong_sample, GUEST_ABI_VERSION, 0x80);
}
static void own_incongruent(void)
{
	wrong_sample.segments[1].p_vaddr += 0x800;
}
static void own_low_alias(void)
{
	wrong_sample.segments[1].p_vaddr = 0x500000;
}
static void own_not_canonical(void)
{
	wrong_sample.segments[1].p_vaddr = 1ull << 50;
}
static void own_aliases_meet(void)
{
	wrong_sample.segments[0].p_vaddr = 0xffffffff80200000;
	wrong_sample.header->e_entry = 0xffffffff80200000;
}
static void long_append(void)
{
	wrong.append = long_text;
}
static void short_append(void)
{
	wrong.append = long_text + sizeof(long_text) - 102; /* 101 bytes */
}
static void linux_module(void)
{
	wrong.nmodules = 1;
	wrong.modules[0].path = wrong.image;
}
static void initrd_missing(void)
{
	wrong.initrd = "/nonexistent";
}
static void initrd_nowhere(void)
{
	wrong_kernel.header->initrd_addr_max = 0x100000;
	wrong.initrd = wrong.image;
}
static void kernel_too_large(void)
{
	wrong_kernel.header->init_size = 100 << 20;
}
static void kernel_fixed(void)
{
	wrong_kernel.header->relocatable_kernel = 0;
}

static void wrong_input_is_refused_in_words(void)
{
	static const struct {
		const char *name;
		char image;
		void (*mutate)(void);
		enum exit_status status;
		const char *text;
	} rows[] = {
		{"privilege level", 'f', cpl, STATUS_USAGE, "privilege level 1"},
		{"page size", 'f', page_size, STATUS_USAGE, "pages of 8192 bytes"},
		{"flat image outside memory", 'f', flat_outside, STATUS_INPUT, "0x1000000-0x10000ff is not within"},
		{"flat image wraps", 'f', flat_wraps, STATUS_INPUT, "wrap around"},
		{"module missing", 'f', module_missing, STATUS_INPUT, "/nonexistent: "},
		{"module over image", 'f', module_over_image, STATUS_INPUT, "overlaps"},
		{"too many modules", 'f', too_many_modules, STATUS_USAGE, "more than 32 modules"},
		{"bare with an initrd", 'f', bare_initrd, STATUS_USAGE, "initrd is for Linux"},
		{"bare with a command line", 'f', long_append, STATUS_USAGE, "no command line"},
		{"preset of no register", 'f', preset, STATUS_USAGE, "preset"},
		{"entry in no segment", 'e', entry_outside, STATUS_INPUT, "entry point 0x0 lies in no segment"},
		{"flat as elf", 'f', forced_elf, STATUS_INPUT, "no ELF image"},
		{"ELF without a note as elf", 'e', forced_elf, STATUS_INPUT, "no \"lodestore\" note"},
		{"flat as linux", 'f', forced_linux, STATUS_INPUT, "no bzImage"},
		{"ELF without a note as linux", 'e', forced_linux, STATUS_INPUT, "PVH"},
		{"unknown protocol", 'f', kind_unknown, STATUS_USAGE, "protocol 9"},
		{"symbols missing", 'f', symbols_missing, STATUS_INPUT, "/nonexistent: No such file"},
		{"ABI version", 'o', own_version, STATUS_INPUT, "version 2 of the guest ABI"},
		{"ABI flags", 'o', own_flags, STATUS_INPUT, "unknown flags 0x80"},
		{"own entry in no segment", 'o', entry_outside, STATUS_INPUT, "entry point 0x0"},
		{"own segment incongruent", 'o', own_incongruent, STATUS_INPUT, "segment 1: 0xffffffff80200800 cannot"},
		{"own segment within identity", 'o', own_low_alias, STATUS_INPUT,
		 "segment 1: cannot be mapped at 0x500000"},
		{"own segment not canonical", 'o', own_not_canonical, STATUS_INPUT, "segment 1: cannot be mapped"},
		{"own segments meet", 'o', own_aliases_meet, STATUS_INPUT, "segment 1: cannot be mapped"},
		{"own command line too long", 'o', long_append, STATUS_USAGE, "command line"},
		{"own with an initrd", 'o', bare_initrd, STATUS_USAGE, "initrd is for Linux"},
		{"linux command line too long", 'l', short_append, STATUS_USAGE, "101 bytes"},
		{"linux with a module", 'l', linux_module, STATUS_USAGE, "no modules"},
		{"initrd missing", 'l', initrd_missing, STATUS_INPUT, "/nonexistent: No such file"},
		{"no room for the initrd", 'l', initrd_nowhere, STATUS_INPUT, "initrd: no room"},
		{"kernel too large", 'l', kernel_too_large, STATUS_INPUT, "kernel: 0x200000-0x65fffff is not within"},
		{"kernel cannot move", 'l', kernel_fixed, STATUS_INPUT, "kernel: 0x1000000-0x1002fff is not within"},
	};

	memset(long_text, 'x', sizeof(long_text) - 1);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct boot_state state = {.tss_selector = 77};
		struct error e = {0};
		struct file image;
		struct boot *boot;
		struct ram ram;

		check_row = rows[i].name;
		wrong = (struct boot_options){.image_at = {0x100000}};
		bzimage_sample_fill(&wrong_kernel);
		own_sample(&wrong_sample, GUEST_ABI_VERSION, 0);
		if (rows[i].image == 'e')
			sample_fill(&wrong_sample);
		wrong.image = image.path;
		rows[i].mutate();
		if (rows[i].image == 'f')
			file_new(&image, long_text, 256);
		else if (rows[i].image == 'l')
			file_new(&image, wrong_kernel.bytes, sizeof(wrong_kernel.bytes));
		else
			file_new(&image, wrong_sample.bytes, sizeof(wrong_sample.bytes));
		boot = boot_up(&wrong, &ram, 16 * MIB, &state, &e);
		CHECK(boot == NULL);
		CHECK_EQ(e.status, rows[i].status);
		CHECK_AT(strstr(e.text, rows[i].text), "%s", e.text);
		CHECK_EQ(state.tss_selector, 77);
		boot_free(boot);
		file_free(&image);
	}
}

CHECK_MAIN(CHECK_TEST(a_flat_image_starts_as_asked), CHECK_TEST(every_vector_leads_to_its_hlt),
	   CHECK_TEST(memory_added_after_the_plan_is_mapped), CHECK_TEST(an_elf_runs_at_its_physical_addresses),
	   CHECK_TEST(our_own_guest_gets_its_record), CHECK_TEST(an_own_guest_may_want_interrupts),
	   CHECK_TEST(a_bzimage_starts_by_its_64_bit_entry), CHECK_TEST(a_vmlinux_starts_by_its_pvh_note),
	   CHECK_TEST(wrong_input_is_refused_in_words))
