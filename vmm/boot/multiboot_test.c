#include "tests/boot_fixture.h"
#include "tests/multiboot_sample.h"
#include "vmm/boot/acpi.h"
#include "vmm/boot/mptable.h"

/* The words of the information, and what they point at. */
struct found {
	const struct ram *ram;
	const uint8_t *info;
};

static uint32_t word(const struct found *f, uint32_t offset)
{
	uint32_t value;

	memcpy(&value, f->info + offset, sizeof(value));
	return value;
}

static const char *text_at(const struct found *f, uint32_t gpa)
{
	return (const char *)ram_bytes(f->ram, (gpa_t){gpa}, 64);
}

/* The tag of a kind in the information of version 2; NULL: none. */
static const uint8_t *tag(const struct found *f, uint32_t kind)
{
	for (uint32_t at = 8; at < word(f, 0); at += (word(f, at + 4) + 7) & ~7u)
		if (word(f, at) == kind)
			return f->info + at;
	return NULL;
}

static uint32_t tag_word(const uint8_t *at, uint32_t offset)
{
	uint32_t value;

	memcpy(&value, at + offset, sizeof(value));
	return value;
}

/* "Machine state" of both specifications. */
static void check_state(const struct boot_state *state, uint32_t magic)
{
	const struct segment_reg *code = &state->regs.seg[SEG_CS], *data = &state->regs.seg[SEG_DS];

	CHECK_EQ(state->regs.gpr[GPR_RAX], magic);
	CHECK_EQ(state->regs.cr0 & (CR0_PE | CR0_PG), CR0_PE);
	CHECK_EQ(state->regs.rflags & 0x20200, 0); /* VM and IF */
	CHECK_EQ(state->regs.mode, MODE_32);
	CHECK_EQ(state->regs.efer, 0);
	CHECK(code->base == 0 && code->limit == UINT32_MAX && (code->type & 8) && (code->type & 2));
	CHECK(data->base == 0 && data->limit == UINT32_MAX && !(data->type & 8) && (data->type & 2));
	CHECK(state->needs_irqchip && state->ones_for_absent);
	CHECK_EQ(state->gdt_limit, 31);
}

static void a_flat_image_lies_where_its_header_says(void)
{
	for (unsigned version = 1; version <= 2; version++) {
		static uint8_t bytes[FLAT_SIZE];
		struct boot_options o = {0};
		struct boot_state state;
		struct error e = {0};
		struct file image;
		struct boot *boot;
		struct ram ram;

		memset(bytes, 0xcc, sizeof(bytes));
		if (version == 1)
			header_1_flat(bytes + HEADER_AT);
		else
			header_2_flat(bytes + HEADER_AT);
		file_new(&image, bytes, sizeof(bytes));
		o.image = image.path;
		o.cpus = 2;
		boot = boot_up(&o, &ram, 16 * MIB, &state, &e);
		CHECK_AT(boot, "%s", e.text);
		if (!boot)
			continue;
		CHECK_EQ(boot_kind_of(boot), version == 1 ? BOOT_MULTIBOOT : BOOT_MULTIBOOT2);
		check_state(&state, version == 1 ? 0x2badb002 : 0x36d76289);
		CHECK_EQ(state.regs.rip, FLAT_LOAD + 0x80);
		CHECK(memcmp(ram_bytes(&ram, (gpa_t){FLAT_LOAD}, FLAT_SIZE), bytes, FLAT_SIZE) == 0);
		CHECK_EQ(*ram_bytes(&ram, (gpa_t){FLAT_LOAD + FLAT_SIZE}, 1), 0);
		CHECK(memcmp(ram_bytes(&ram, (gpa_t){ACPI_AREA}, 8), "RSD PTR ", 8) == 0);
		CHECK(memcmp(ram_bytes(&ram, (gpa_t){MPTABLE_AREA}, 4), "_MP_", 4) == 0);
		CHECK_EQ(*ram_bytes(&ram, (gpa_t){MPTABLE_AREA + 16 + 44 + 20 + 1}, 1),
			 1); /* the second CPU's APIC ID */
		boot_free(boot);
		ram_unmap(&ram);
		file_free(&image);
	}
}

struct kernel {
	struct file image, first, second;
	struct boot_options o;
	char modules[2][64];
	struct boot *boot;
	struct boot_state state;
	struct ram ram;
	struct found found;
};

static void kernel_up(struct kernel *k, bool narrow, unsigned version)
{
	struct error e = {0};
	struct sample s;

	high_sample(&s, narrow, version);
	file_new(&k->image, s.bytes, sizeof(s.bytes));
	file_new(&k->first, "first", 5);
	file_new(&k->second, "second", 6);
	snprintf(k->modules[0], sizeof(k->modules[0]), "%s", k->first.path);
	snprintf(k->modules[1], sizeof(k->modules[1]), "%s with words", k->second.path);
	k->o = (struct boot_options){.image = k->image.path, .append = "one two", .nmodules = 2};
	k->o.modules[0].path = k->modules[0];
	k->o.modules[1].path = k->modules[1];
	k->boot = boot_up(&k->o, &k->ram, 16 * MIB, &k->state, &e);
	CHECK_AT(k->boot, "%s", e.text);
	if (!k->boot)
		exit(1);
	k->found = (struct found){&k->ram, ram_bytes(&k->ram, (gpa_t){k->state.regs.gpr[GPR_RBX]}, PAGE_SIZE)};
}

static void kernel_down(struct kernel *k)
{
	boot_free(k->boot);
	ram_unmap(&k->ram);
	file_free(&k->image);
	file_free(&k->first);
	file_free(&k->second);
}

static void check_line(const struct kernel *k, const char *line)
{
	char expected[80];

	snprintf(expected, sizeof(expected), "%s one two", k->image.path);
	CHECK_STR(line, expected);
}

/* The kernel ends at 2 MiB + SAMPLE_DATA_MEMORY: the modules follow in pages. */
#define FIRST_AT 0x202000u
#define SECOND_AT 0x203000u

static void an_elf_kernel_is_told_all_by_version_1(void)
{
	for (unsigned narrow = 0; narrow < 2; narrow++) {
		struct kernel k;
		const struct found *f = &k.found;
		uint32_t modules, map;

		kernel_up(&k, narrow, 1);
		CHECK_EQ(boot_kind_of(k.boot), BOOT_MULTIBOOT);
		check_state(&k.state, 0x2badb002);
		CHECK_EQ(k.state.regs.rip, SAMPLE_CODE + 0x10); /* translated */
		CHECK_EQ(*ram_bytes(&k.ram, (gpa_t){SAMPLE_CODE}, 1), 0x90);
		CHECK_EQ(*ram_bytes(&k.ram, (gpa_t){SAMPLE_DATA}, 1), 0xdd);
		CHECK_EQ(word(f, 0), 0x1000 | 0x200 | 0x40 | 0x20 | 0x8 | 0x4 | 0x1);
		CHECK_EQ(word(f, 4), 639);
		CHECK_EQ(word(f, 8), 15 * 1024);
		check_line(&k, text_at(f, word(f, 16)));
		CHECK_EQ(word(f, 20), 2);
		modules = word(f, 24);
		CHECK_EQ(word(f, modules - (uint32_t)k.state.regs.gpr[GPR_RBX]), FIRST_AT);
		CHECK_EQ(word(f, modules - (uint32_t)k.state.regs.gpr[GPR_RBX] + 4), FIRST_AT + 5);
		CHECK_STR(text_at(f, word(f, modules - (uint32_t)k.state.regs.gpr[GPR_RBX] + 8)), k.modules[0]);
		CHECK_EQ(word(f, modules - (uint32_t)k.state.regs.gpr[GPR_RBX] + 16), SECOND_AT);
		CHECK_STR(text_at(f, word(f, modules - (uint32_t)k.state.regs.gpr[GPR_RBX] + 24)), k.modules[1]);
		CHECK(memcmp(ram_bytes(&k.ram, (gpa_t){SECOND_AT}, 6), "second", 6) == 0);
		map = word(f, 48) - (uint32_t)k.state.regs.gpr[GPR_RBX];
		CHECK_EQ(word(f, 44) % 24, 0);
		CHECK_EQ(word(f, map), 20);
		CHECK_EQ(word(f, map + 12), 0x9fc00);
		CHECK_EQ(word(f, map + 20), 1);
		CHECK_STR(text_at(f, word(f, 64)), "lodestore");
		CHECK_EQ(word(f, 88), 0xb8000);
		CHECK_EQ(word(f, 108) & 0xffff, 16 | 2 << 8); /* depth, type */
		kernel_down(&k);
	}
}

/* The sections' headers, whose symbol table is loaded behind the modules. */
static void check_sections(const struct kernel *k, uint32_t count, uint32_t size, uint32_t headers, bool narrow)
{
	const uint8_t *symbols = ram_bytes(&k->ram, (gpa_t){headers + size}, size);
	uint32_t at = tag_word(symbols, narrow ? 12 : 16);
	const char *strings;

	CHECK_EQ(count, 3);
	CHECK_EQ(size, narrow ? sizeof(Elf32_Shdr) : sizeof(Elf64_Shdr));
	CHECK_EQ(at, SECOND_AT + PAGE_SIZE);
	strings = text_at(&k->found, tag_word(symbols + size, narrow ? 12 : 16));
	CHECK_STR(strings + 1, "start");
}

static void sections_are_given_with_their_tables(void)
{
	for (unsigned narrow = 0; narrow < 2; narrow++) {
		struct kernel k;
		const uint8_t *t;

		kernel_up(&k, narrow, 1);
		check_sections(&k, word(&k.found, 28), word(&k.found, 32), word(&k.found, 36), narrow);
		kernel_down(&k);
		kernel_up(&k, narrow, 2);
		t = tag(&k.found, 9);
		CHECK(t != NULL);
		if (t)
			check_sections(&k, tag_word(t, 8), tag_word(t, 12),
				       (uint32_t)(k.state.regs.gpr[GPR_RBX] + (uint64_t)(t - k.found.info) + 20),
				       narrow);
		kernel_down(&k);
	}
}

static void an_elf_kernel_is_told_all_by_version_2(void)
{
	static const uint32_t kinds[] = {1, 2, 3, 4, 6, 8, 9, 14, 15, 0};
	struct kernel k;
	const struct found *f = &k.found;
	const uint8_t *t;

	kernel_up(&k, true, 2);
	CHECK_EQ(boot_kind_of(k.boot), BOOT_MULTIBOOT2);
	check_state(&k.state, 0x36d76289);
	CHECK_EQ(k.state.regs.rip, SAMPLE_CODE + 0x10);
	CHECK_EQ(k.state.regs.gpr[GPR_RBX] % 8, 0);
	CHECK_EQ(word(f, 4), 0);
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (tag(f, kinds[i]))
			continue;
		CHECK_AT(false, "no tag %u", kinds[i]);
		kernel_down(&k);
		return;
	}
	check_line(&k, (const char *)tag(f, 1) + 8);
	CHECK_STR((const char *)tag(f, 2) + 8, "lodestore");
	CHECK_EQ(tag_word(tag(f, 3), 8), FIRST_AT);
	CHECK_EQ(tag_word(tag(f, 3), 12), FIRST_AT + 5);
	CHECK_STR((const char *)tag(f, 3) + 16, k.modules[0]);
	t = tag(f, 3) + ((tag_word(tag(f, 3), 4) + 7) & ~7u);
	CHECK_EQ(tag_word(t, 8), SECOND_AT);
	CHECK_STR((const char *)t + 16, k.modules[1]);
	CHECK_EQ(tag_word(tag(f, 4), 8), 639);
	CHECK_EQ(tag_word(tag(f, 4), 12), 15 * 1024);
	CHECK_EQ(tag_word(tag(f, 6), 8), 24);
	CHECK_EQ(tag_word(tag(f, 6), 24), 0x9fc00);
	CHECK_EQ(tag_word(tag(f, 8), 4), 32);
	CHECK_EQ(tag_word(tag(f, 8), 8), 0xb8000);
	CHECK_EQ(tag_word(tag(f, 14), 4), 28);
	CHECK(memcmp(tag(f, 15) + 8, ram_bytes(&k.ram, (gpa_t){ACPI_AREA}, 36), 36) == 0);
	CHECK_EQ(tag_word(tag(f, 0), 4), 8);
	CHECK_EQ((uint64_t)(tag(f, 0) - f->info) + 8, word(f, 0));
	kernel_down(&k);
}

/* A kernel that fills all below 640 KiB is told elsewhere. */
static void information_finds_room(void)
{
	struct boot_options o = {0};
	struct boot_state state;
	struct error e = {0};
	struct file image;
	struct boot *boot;
	struct sample s;
	struct ram ram;

	high_sample(&s, true, 1);
	((Elf32_Phdr *)(void *)(s.bytes + sizeof(Elf32_Ehdr)))[1].p_paddr = 0x1000;
	((Elf32_Phdr *)(void *)(s.bytes + sizeof(Elf32_Ehdr)))[1].p_memsz = 0x9ec00;
	file_new(&image, s.bytes, sizeof(s.bytes));
	o.image = image.path;
	boot = boot_up(&o, &ram, 16 * MIB, &state, &e);
	CHECK_AT(boot, "%s", e.text);
	if (boot) {
		CHECK(state.regs.gpr[GPR_RBX] > MIB);
		CHECK_EQ(state.gdt_base + 0x20, state.regs.gpr[GPR_RBX]);
		boot_free(boot);
		ram_unmap(&ram);
	}
	file_free(&image);
}

CHECK_MAIN(CHECK_TEST(a_flat_image_lies_where_its_header_says), CHECK_TEST(an_elf_kernel_is_told_all_by_version_1),
	   CHECK_TEST(an_elf_kernel_is_told_all_by_version_2), CHECK_TEST(sections_are_given_with_their_tables),
	   CHECK_TEST(information_finds_room))
