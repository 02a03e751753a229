#include "vmm/boot/mode.h"

#include "tests/boot_fixture.h"
#include "vmm/access/walk.h"

#define GIB (1ull << 30)

static void *entry(void *ram, gpa_t gpa, unsigned size)
{
	return ram_bytes(ram, gpa, size);
}

/* Mode by mode: what the manual says its registers hold. */
static const struct {
	const char *name;
	enum boot_mode mode;
	unsigned cpl;
	uint64_t cr0, cr4, efer; /* of PE, PG; PAE, PSE; LME, LMA, NXE */
	enum cpu_mode code;
	unsigned stack_size;
	uint64_t image_at, page_size, rip, base, rsp;
	uint32_t limit;
	uint16_t cs, ss;
	uint64_t idt_limit;
} rows[] = {
	{"64", BOOT_MODE_64, 0, CR0_PE | CR0_PG, CR4_PAE, EFER_LME | EFER_LMA | EFER_NXE, MODE_64, 8, 0x100000, 4096,
	 0x100000, 0, 16 * MIB, UINT32_MAX, 0x08, 0x10, 4095},
	{"compat", BOOT_MODE_COMPAT, 0, CR0_PE | CR0_PG, CR4_PAE, EFER_LME | EFER_LMA | EFER_NXE, MODE_32, 4, 0x100000,
	 4096, 0x100000, 0, 16 * MIB, UINT32_MAX, 0x40, 0x10, 4095},
	{"compat, CPL 3", BOOT_MODE_COMPAT, 3, CR0_PE | CR0_PG, CR4_PAE, EFER_LME | EFER_LMA | EFER_NXE, MODE_32, 4,
	 0x100000, 2 * MIB, 0x100000, 0, 16 * MIB, UINT32_MAX, 0x1b, 0x23, 4095},
	{"32", BOOT_MODE_32, 0, CR0_PE, 0, 0, MODE_32, 4, 0x100000, 4096, 0x100000, 0, 16 * MIB, UINT32_MAX, 0x08, 0x10,
	 2047},
	{"32, CPL 3", BOOT_MODE_32, 3, CR0_PE, 0, 0, MODE_32, 4, 0x123456, 0, 0x123456, 0, 16 * MIB, UINT32_MAX, 0x1b,
	 0x23, 2047},
	{"32-paging", BOOT_MODE_32_PAGING, 0, CR0_PE | CR0_PG, CR4_PSE, 0, MODE_32, 4, 0x100000, 4096, 0x100000, 0,
	 16 * MIB, UINT32_MAX, 0x08, 0x10, 2047},
	{"32-paging, 4 MiB, CPL 3", BOOT_MODE_32_PAGING, 3, CR0_PE | CR0_PG, CR4_PSE, 0, MODE_32, 4, 0x100000, 4 * MIB,
	 0x100000, 0, 16 * MIB, UINT32_MAX, 0x1b, 0x23, 2047},
	{"pae", BOOT_MODE_PAE, 0, CR0_PE | CR0_PG, CR4_PAE, EFER_NXE, MODE_32, 4, 0x100000, 4096, 0x100000, 0, 16 * MIB,
	 UINT32_MAX, 0x08, 0x10, 2047},
	{"pae, 2 MiB, CPL 3", BOOT_MODE_PAE, 3, CR0_PE | CR0_PG, CR4_PAE, EFER_NXE, MODE_32, 4, 0x100000, 2 * MIB,
	 0x100000, 0, 16 * MIB, UINT32_MAX, 0x1b, 0x23, 2047},
	{"16", BOOT_MODE_16, 0, CR0_PE, 0, 0, MODE_16, 2, 0x123456, 0, 0x3456, 0x120000, 0, 0xffff, 0x08, 0x10, 2047},
	{"16, CPL 3", BOOT_MODE_16, 3, CR0_PE, 0, 0, MODE_16, 2, 0x7c00, 0, 0x7c00, 0, 0, 0xffff, 0x1b, 0x23, 2047},
	{"real", BOOT_MODE_REAL, 0, 0, 0, 0, MODE_16, 2, 0x7c00, 0, 0x7c00, 0, 0, 0xffff, 0, 0, 0x3ff},
	{"real, far up", BOOT_MODE_REAL, 0, 0, 0, 0, MODE_16, 2, 0x81234, 0, 0x1234, 0x80000, 0, 0xffff, 0x8000, 0x8000,
	 0x3ff},
};

/* Each byte of memory answers at its own address; the system region to the kernel alone. */
static void check_walks(struct ram *ram, const struct regs *regs)
{
	struct walk_memory tables = {ram, entry};

	for (unsigned i = 0; i < ram->nregions; i++) {
		const struct ram_region *r = &ram->regions[i];
		uint64_t ends[2] = {r->start.v, r->start.v + r->size - 1};

		for (unsigned end = 0; end < 2; end++) {
			bool hidden = r->kind == RAM_SYSTEM && regs->cpl == 3 && (regs->cr0 & CR0_PG);
			struct walk w;

			walk(regs, &tables, 40, (gva_t){ends[end]}, WALK_WRITE, &w);
			CHECK_EQ(w.status, hidden ? WALK_FAULT : WALK_OK);
			CHECK_EQ(w.gpa.v, hidden ? 0 : ends[end]);
		}
	}
}

static void each_mode_starts_as_the_manual_says(void)
{
	struct file image;

	file_new(&image, "\xf4", 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct boot_options o = {.kind = BOOT_BARE,
					 .image = image.path,
					 .image_at = {rows[i].image_at},
					 .mode = rows[i].mode,
					 .cpl = rows[i].cpl,
					 .page_size = rows[i].page_size};
		struct boot_state state;
		struct error e = {0};
		struct boot *boot;
		struct ram ram;
		const struct regs *regs = &state.regs;

		check_row = rows[i].name;
		boot = boot_up(&o, &ram, 16 * MIB, &state, &e);
		CHECK_AT(boot, "%s", e.text);
		if (!boot)
			continue;
		CHECK_EQ(*ram_bytes(&ram, (gpa_t){rows[i].image_at}, 1), 0xf4);
		CHECK_EQ(regs->cr0 & (CR0_PE | CR0_PG), rows[i].cr0);
		CHECK_EQ(regs->cr4 & (CR4_PAE | CR4_PSE), rows[i].cr4);
		CHECK_EQ(regs->efer & (EFER_LME | EFER_LMA | EFER_NXE), rows[i].efer);
		CHECK_EQ(regs->mode, rows[i].code);
		CHECK_EQ(regs->stack_size, rows[i].stack_size);
		CHECK_EQ(regs->cpl, rows[i].cpl);
		CHECK_EQ(regs->rip, rows[i].rip);
		CHECK_EQ(regs->gpr[GPR_RSP], rows[i].rsp);
		for (unsigned seg = 0; seg < SEG_COUNT; seg++) {
			CHECK_EQ(regs->seg[seg].base, rows[i].base);
			CHECK_EQ(regs->seg[seg].limit, rows[i].limit);
			CHECK_EQ(regs->seg[seg].selector, seg == SEG_CS ? rows[i].cs : rows[i].ss);
			CHECK(regs->seg[seg].usable);
		}
		CHECK_EQ(state.idt_limit, rows[i].idt_limit);
		CHECK_EQ(state.frame, boot_mode_row(rows[i].mode)->frame);
		check_walks(&ram, regs);
		boot_free(boot);
		ram_unmap(&ram);
	}
	file_free(&image);
}

/* The descriptor of a selector, as base, limit and access byte. */
static void descriptor(const struct ram *ram, const struct boot_state *state, unsigned selector, uint32_t *base,
		       uint32_t *limit, unsigned *access)
{
	const uint8_t *d = ram_bytes(ram, (gpa_t){state->gdt_base + (selector & ~7u)}, 8);

	*base = d[2] | d[3] << 8 | d[4] << 16 | (uint32_t)d[7] << 24;
	*limit = d[0] | d[1] << 8 | (d[6] & 0xfu) << 16;
	if (d[6] & 0x80)
		*limit = *limit << 12 | 0xfff;
	*access = d[5];
}

/* Outside long mode: every gate leads to its HLT, at ring 0, and ring 3 finds a stack. */
static void legacy_gates_lead_to_their_hlt(void)
{
	static const struct {
		const char *name;
		enum boot_mode mode;
		unsigned gate;
	} legacy[] = {{"32", BOOT_MODE_32, 0xee},
		      {"32-paging", BOOT_MODE_32_PAGING, 0xee},
		      {"pae", BOOT_MODE_PAE, 0xee},
		      {"16", BOOT_MODE_16, 0xe6}};
	struct file image;

	file_new(&image, "\xf4", 1);
	for (size_t i = 0; i < sizeof(legacy) / sizeof(legacy[0]); i++) {
		struct boot_options o = {.image = image.path, .image_at = {0x20000}, .mode = legacy[i].mode, .cpl = 3};
		struct boot_state state;
		struct error e = {0};
		struct ram ram;
		struct boot *boot = boot_up(&o, &ram, 16 * MIB, &state, &e);
		uint32_t base, limit, esp0;
		unsigned access;
		uint16_t ss0;

		check_row = legacy[i].name;
		CHECK_AT(boot, "%s", e.text);
		for (unsigned vector = 0; boot && vector < 256; vector++) {
			const uint8_t *gate = ram_bytes(&ram, (gpa_t){state.idt_base + 8 * vector}, 8);
			uint32_t offset = gate[0] | gate[1] << 8 | (uint32_t)gate[6] << 16 | (uint32_t)gate[7] << 24;

			descriptor(&ram, &state, gate[2] | gate[3] << 8, &base, &limit, &access);
			CHECK_EQ(gate[5], legacy[i].gate);
			CHECK_EQ(access, 0x9b);
			CHECK(offset <= limit);
			CHECK_EQ(base + offset, state.handlers.v + BOOT_HANDLER_STRIDE * vector);
			CHECK_EQ(*ram_bytes(&ram, (gpa_t){base + offset}, 1), 0xf4);
		}
		if (!boot)
			continue;
		memcpy(&esp0, ram_bytes(&ram, (gpa_t){state.tss_base + 4}, 4), 4);
		memcpy(&ss0, ram_bytes(&ram, (gpa_t){state.tss_base + 8}, 2), 2);
		descriptor(&ram, &state, ss0, &base, &limit, &access);
		CHECK_EQ(access, 0x93);
		CHECK(esp0 - 1 <= limit);
		CHECK_EQ(base + esp0, state.handlers.v + 0xa000);
		descriptor(&ram, &state, state.tss_selector, &base, &limit, &access);
		CHECK_EQ(access, 0x8b);
		CHECK_EQ(base, state.tss_base);
		CHECK_EQ(limit, state.tss_limit);
		descriptor(&ram, &state, state.regs.seg[SEG_CS].selector, &base, &limit, &access);
		CHECK_EQ(access, 0xfb);
		CHECK_EQ(base, state.regs.seg[SEG_CS].base);
		CHECK_EQ(limit, state.regs.seg[SEG_CS].limit);
		descriptor(&ram, &state, state.regs.seg[SEG_SS].selector, &base, &limit, &access);
		CHECK_EQ(access, 0xf3);
		CHECK_EQ(base, state.regs.seg[SEG_SS].base);
		boot_free(boot);
		ram_unmap(&ram);
	}
	file_free(&image);
}

static void real_vectors_lead_to_their_hlt(void)
{
	struct boot_options o = {.image_at = {0x7c00}, .mode = BOOT_MODE_REAL};
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
		const uint8_t *at = ram_bytes(&ram, (gpa_t){state.idt_base + 4 * vector}, 4);
		uint64_t handler = ((uint64_t)(at[2] | at[3] << 8) << 4) + (at[0] | at[1] << 8);

		CHECK_EQ(handler, state.handlers.v + BOOT_HANDLER_STRIDE * vector);
		CHECK_EQ(*ram_bytes(&ram, (gpa_t){handler}, 1), 0xf4);
	}
	boot_free(boot);
	ram_unmap(&ram);
	file_free(&image);
}

static void what_a_mode_cannot_do_is_refused(void)
{
	static const struct {
		const char *name;
		struct boot_options o;
		const char *text;
	} refused[] = {
		{"real at CPL 3", {.mode = BOOT_MODE_REAL, .cpl = 3}, "no privilege level 3"},
		{"real beyond 1 MiB", {.mode = BOOT_MODE_REAL, .image_at = {0x100000}}, "not below 1 MiB"},
		{"real over the vectors", {.mode = BOOT_MODE_REAL, .image_at = {0x3ff}}, "real mode: interrupt table"},
		{"real over the handlers", {.mode = BOOT_MODE_REAL, .image_at = {0xff800}}, "real mode: handlers"},
		{"4 MiB pages in 64", {.page_size = 4 * MIB}, "mode 64 has no pages of 4194304 bytes"},
		{"2 MiB pages in 32-paging",
		 {.mode = BOOT_MODE_32_PAGING, .page_size = 2 * MIB},
		 "mode 32-paging has no pages of 2097152 bytes"},
		{"2 MiB pages without paging", {.mode = BOOT_MODE_32, .page_size = 2 * MIB}, "mode 32 has no pages"},
		{"r8 in 32",
		 {.mode = BOOT_MODE_32, .npresets = 1, .presets = {{GPR_R8, 1}}},
		 "preset of register 8, which mode 32 has not"},
		{"a wide value in pae",
		 {.mode = BOOT_MODE_PAE, .npresets = 1, .presets = {{GPR_RAX, 1ull << 32}}},
		 "preset of 0x100000000, which no register of mode pae holds"},
		{"stack beyond 64K", {.mode = BOOT_MODE_16, .stack = 0x10000}, "stack pointer 0x10000"},
		{"stack beyond 4G", {.mode = BOOT_MODE_COMPAT, .stack = 4 * GIB}, "stack pointer 0x100000000"},
		{"entry beyond 4G",
		 {.mode = BOOT_MODE_32, .has_entry = true, .entry = 4 * GIB},
		 "first instruction at 0x100000000 is beyond 4 GiB"},
	};
	struct file image;

	file_new(&image, "\xf4", 1);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct boot_options o = refused[i].o;
		struct boot_state state = {.handlers = {1}};
		struct error e = {0};
		struct ram ram;

		check_row = refused[i].name;
		o.image = image.path;
		if (o.image_at.v == 0)
			o.image_at = (gpa_t){0x8000};
		CHECK(!boot_up(&o, &ram, 16 * MIB, &state, &e));
		CHECK_AT(strstr(e.text, refused[i].text), "%s", e.text);
		CHECK_EQ(state.handlers.v, 1);
		ram_unmap(&ram);
	}
	file_free(&image);
}

static void memory_beyond_4g_is_refused_but_in_64(void)
{
	static const enum boot_mode modes[] = {BOOT_MODE_64,  BOOT_MODE_COMPAT, BOOT_MODE_32,  BOOT_MODE_32_PAGING,
					       BOOT_MODE_PAE, BOOT_MODE_16,     BOOT_MODE_REAL};
	struct file image;

	file_new(&image, "\xf4", 1);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct boot_options o = {.image = image.path, .image_at = {0x8000}, .mode = modes[i]};
		struct boot_state state;
		struct error e = {0};
		struct boot *boot;
		struct ram ram;
		const char *why;

		check_row = boot_mode_row(modes[i])->name;
		memory(&ram, 16 * MIB);
		CHECK_EQ(ram_add(&ram, (gpa_t){4 * GIB}, PAGE_SIZE, RAM_EXTRA, &why), 0);
		boot = boot_plan(&o, &ram, &e);
		CHECK_AT(boot, "%s", e.text);
		CHECK_EQ(ram_map(&ram), 0);
		CHECK_EQ(boot_load(boot, &ram, &state, &e), modes[i] == BOOT_MODE_64 ? 0 : -1);
		if (modes[i] != BOOT_MODE_64)
			CHECK_AT(strstr(e.text, "beyond 4 GiB"), "%s", e.text);
		boot_free(boot);
		ram_unmap(&ram);
	}
	file_free(&image);
}

static void names(void)
{
	static const char *const good[] = {"64", "compat", "32", "32-paging", "pae", "16", "real"};
	static const char *const bad[] = {"", "6", "64 ", "PAE", "long", "32-pagin", "8086"};
	enum boot_mode mode = BOOT_MODE_PAE;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(!boot_mode_parse(bad[i], &mode));
		CHECK_EQ(mode, BOOT_MODE_PAE);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CHECK(boot_mode_parse(good[i], &mode));
		CHECK_STR(boot_mode_row(mode)->name, good[i]);
	}
}

CHECK_MAIN(CHECK_TEST(each_mode_starts_as_the_manual_says), CHECK_TEST(legacy_gates_lead_to_their_hlt),
	   CHECK_TEST(real_vectors_lead_to_their_hlt), CHECK_TEST(what_a_mode_cannot_do_is_refused),
	   CHECK_TEST(memory_beyond_4g_is_refused_but_in_64), CHECK_TEST(names))
