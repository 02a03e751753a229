#include "tests/boot_fixture.h"
#include "vmm/boot/acpi.h"
#include "vmm/boot/pvh.h"

#define COMMAND_LINE_GIVEN "one two"

static void a_bzimage_starts_by_its_64_bit_entry(void)
{
	static const struct {
		const char *name;
		uint64_t memory, kernel, initrd; /* where they are expected */
		bool screen;
	} rows[] = {
		{"where it prefers", 64 * MIB, SAMPLE_PREFERRED, 64 * MIB - PAGE_SIZE, false},
		{"too little memory there", 16 * MIB, 2 * MIB, 16 * MIB - PAGE_SIZE, true},
		{"an initrd no higher than it may", 3072 * MIB, SAMPLE_PREFERRED, 0x80000000 - PAGE_SIZE, false},
	};
	struct file image, initrd;
	struct bzimage_sample s;

	bzimage_sample_fill(&s);
	file_new(&image, s.bytes, sizeof(s.bytes));
	file_new(&initrd, "initrd", 6);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct boot_options o = {.image = image.path, .initrd = initrd.path, .screen = rows[i].screen};
		const struct boot_params *zero_page;
		struct boot_state state;
		struct error e = {0};
		struct boot *boot;
		struct ram ram;
		uint64_t gpa = 0;

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
		CHECK_EQ(zero_page->screen_info.orig_video_isVGA, rows[i].screen);
		CHECK_EQ(zero_page->screen_info.orig_video_lines, rows[i].screen ? 25 : 0);
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
	struct boot_options o = {.append = COMMAND_LINE_GIVEN};
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
		CHECK_STR((const char *)ram_bytes(&ram, (gpa_t){info->command_line}, 8), COMMAND_LINE_GIVEN);
	}
	boot_free(boot);
	ram_unmap(&ram);
	file_free(&image);
	file_free(&initrd);
}

CHECK_MAIN(CHECK_TEST(a_bzimage_starts_by_its_64_bit_entry), CHECK_TEST(a_vmlinux_starts_by_its_pvh_note))
