/* boot_test.c: what each protocol refuses, and in which words. */
#include "tests/boot_fixture.h"

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
	wrong.modules[0] = (struct boot_module){"/nonexistent", {0x100000}, true};
}
static void module_over_image(void)
{
	wrong.nmodules = 1;
	wrong.modules[0] = (struct boot_module){wrong.image, {0x100000}, true};
}
static void module_nowhere(void)
{
	wrong.nmodules = 1;
	wrong.modules[0] = (struct boot_module){.path = wrong.image};
}
static void foreign(void)
{
	wrong.foreign[BOOT_BARE] = "--initrd";
	wrong.foreign[BOOT_LINUX] = "--cpl";
}
static void too_many_modules(void)
{
	wrong.nmodules = BOOT_MODULES_MAX + 1;
}
static void many_cpus(void)
{
	wrong.cpus = 65;
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
		{"module without an address", 'f', module_nowhere, STATUS_USAGE, "has no address: write /"},
		{"option of another protocol, bare", 'f', foreign, STATUS_USAGE,
		 "--initrd has no meaning with boot protocol bare"},
		{"option of another protocol, linux", 'l', foreign, STATUS_USAGE,
		 "--cpl has no meaning with boot protocol linux"},
		{"too many modules", 'f', too_many_modules, STATUS_USAGE, "more than 32 modules"},
		{"too many CPUs", 'l', many_cpus, STATUS_USAGE, "65 CPUs: the firmware's tables hold 64"},
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

CHECK_MAIN(CHECK_TEST(wrong_input_is_refused_in_words))
