#include "guest/abi/boot.h"

#include "tests/boot_fixture.h"
#include "vmm/boot/acpi.h"
#include "vmm/boot/elf.h"

#define COMMAND_LINE "one two"

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
	CHECK_STR((const char *)ram_bytes(ram, (gpa_t){record->command_line}, 8), COMMAND_LINE);
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
	struct boot_options o = {.append = COMMAND_LINE, .nmodules = 1};
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

#define GIB (1ull << 30)
#define GAP 0xc0000000ull

static const struct window_row {
	const char *name;
	unsigned flags;
	bool has_window;
	uint64_t window;
	uint64_t start, size; /* as the guest is told; size 1: refused */
} window_rows[] = {
	{"not wanted", 0, false, 0, 0, 0},
	{"not wanted and given", 0, true, MIB, 0, 1},
	{"wanted", GUEST_WANTS_WINDOW, false, 0, GAP, 64 * MIB},
	{"none", GUEST_WANTS_WINDOW, true, 0, 0, 0},
	{"one page", GUEST_WANTS_WINDOW, true, PAGE_SIZE, GAP, PAGE_SIZE},
	{"all that fits below 4 GiB", GUEST_WANTS_WINDOW, true, 256 * MIB, GAP, 256 * MIB},
	{"more than that", GUEST_WANTS_WINDOW, true, 256 * MIB + PAGE_SIZE, 4 * GIB, 256 * MIB + PAGE_SIZE},
	{"more than there are addresses", GUEST_WANTS_WINDOW, true, 1ull << 62, 0, 1},
};

static void check_window(const struct window_row *row, const struct ram *ram, const struct boot_state *state)
{
	gpa_t record = {state->regs.gpr[GPR_RDI]};
	const struct guest_boot *told = (const void *)ram_bytes(ram, record, sizeof(*told));
	uint64_t gpa = 0;

	CHECK(told != NULL);
	if (!told)
		return;
	CHECK_EQ(told->window, row->start);
	CHECK_EQ(told->window_size, row->size);
	CHECK_EQ(state->window_size, row->size);
	CHECK_EQ(state->answers_pages, row->flags != 0);
	CHECK_EQ(told->flags, row->flags ? GUEST_BOOT_NO_SYSCALL : 0);
	if (!row->size)
		return;
	CHECK_EQ(state->window.v, row->start);
	CHECK(ram_region_of(ram, state->window) && ram_region_of(ram, state->window)->kind == RAM_KEPT);
	CHECK(leaf_of(ram, state->regs.cr3, row->start + row->size - 1, &gpa) && gpa == row->start + row->size - 1);
}

static void a_guest_that_wants_a_window_gets_it(void)
{
	for (size_t i = 0; i < sizeof(window_rows) / sizeof(window_rows[0]); i++) {
		const struct window_row *row = &window_rows[i];
		struct boot_options o = {.has_window = row->has_window, .window = row->window};
		static struct sample s;
		struct boot_state state;
		struct error e = {0};
		struct boot *boot;
		struct file image;
		struct ram ram;

		check_row = row->name;
		own_sample(&s, GUEST_ABI_VERSION, row->flags);
		file_new(&image, s.bytes, sizeof(s.bytes));
		o.image = image.path;
		memory(&ram, 16 * MIB);
		boot = boot_plan(&o, &ram, &e);
		CHECK_EQ(boot == NULL, row->size == 1);
		if (boot) {
			CHECK_EQ(ram_map(&ram), 0);
			CHECK_EQ(boot_asks_syscall(boot), row->flags != 0);
			if (row->flags)
				boot_no_syscall(boot);
			CHECK_EQ(boot_load(boot, &ram, &state, &e), 0);
			check_window(row, &ram, &state);
		} else {
			CHECK(strstr(e.text, "window"));
		}
		boot_free(boot);
		ram_unmap(&ram);
		file_free(&image);
	}
	check_row = "";
}

GUEST_ABI_NOTE(GUEST_WANTS_IRQCHIP);

/* What a guest's C file puts into its image is what the loader looks for. */
static void the_note_of_a_c_file_is_understood(void)
{
	static struct sample s;
	struct elf_image elf;
	struct error e;

	sample_fill(&s);
	memcpy(s.bytes + SAMPLE_NOTE_OFFSET, &guest_abi_note, sizeof(guest_abi_note));
	s.segments[2].p_filesz = sizeof(guest_abi_note);
	CHECK_EQ(elf_parse(&s.image, &elf, &e), 0);
	CHECK(elf.has_abi);
	CHECK_EQ(elf.abi_version, GUEST_ABI_VERSION);
	CHECK_EQ(elf.abi_flags, GUEST_WANTS_IRQCHIP);
}

CHECK_MAIN(CHECK_TEST(the_note_of_a_c_file_is_understood), CHECK_TEST(our_own_guest_gets_its_record),
	   CHECK_TEST(an_own_guest_may_want_interrupts), CHECK_TEST(a_guest_that_wants_a_window_gets_it))
