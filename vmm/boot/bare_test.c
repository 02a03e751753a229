#include "tests/boot_fixture.h"

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
					 .modules = {{module.path, {EXTRA + 0x10}, true}},
					 .cpl = rows[i].cpl,
					 .page_size = rows[i].page_size,
					 .npresets = 1,
					 .presets = {{GPR_R9, 0x123}}};
		struct boot_state state;
		struct error e = {0};
		struct boot *boot;
		struct ram ram;
		uint64_t gpa = 0, leaf;

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

/* Each with a stack of its own, for itself and for its exceptions. */
static void several_cpus_start_apart(void)
{
	struct boot_options o = {.image_at = {0x100000}, .cpus = 3};
	struct boot_state first, second, third;
	struct error e = {0};
	struct boot *boot;
	struct file image;
	struct ram ram;
	uint64_t stack;

	file_new(&image, "\xf4", 1);
	o.image = image.path;
	boot = boot_up(&o, &ram, 16 * MIB, &first, &e);
	CHECK_AT(boot, "%s", e.text);
	CHECK(first.all_start);
	second = boot_state_of(&first, 1);
	third = boot_state_of(&first, 2);
	CHECK_EQ(boot_state_of(&first, 0).tss_base, first.tss_base);
	CHECK_EQ(second.regs.gpr[GPR_RDI], 1);
	CHECK_EQ(third.regs.gpr[GPR_RDI], 2);
	CHECK_EQ(third.regs.gpr[GPR_RSP], first.regs.gpr[GPR_RSP] - 2 * BOOT_CPU_STACK);
	CHECK_EQ(third.regs.rip, first.regs.rip);
	CHECK_EQ(third.tss_base - second.tss_base, BOOT_CPU_SIZE);
	memcpy(&stack, ram_bytes(&ram, (gpa_t){third.tss_base + 4}, 8), sizeof(stack)); /* RSP0 */
	CHECK_EQ(stack, third.tss_base + BOOT_CPU_SIZE);
	CHECK((first.regs.cr3 & ~PAGE_MASK) >= stack);
	boot_free(boot);
	ram_unmap(&ram);
	o.mode = BOOT_MODE_32;
	CHECK(!boot_up(&o, &ram, 16 * MIB, &first, &e));
	CHECK_AT(strstr(e.text, "several vCPUs"), "%s", e.text);
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

CHECK_MAIN(CHECK_TEST(a_flat_image_starts_as_asked), CHECK_TEST(every_vector_leads_to_its_hlt),
	   CHECK_TEST(memory_added_after_the_plan_is_mapped), CHECK_TEST(several_cpus_start_apart),
	   CHECK_TEST(an_elf_runs_at_its_physical_addresses))
