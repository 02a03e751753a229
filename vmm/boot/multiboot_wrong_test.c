/* multiboot_wrong_test.c: what the Multiboot protocol refuses, and in which words. */
#include "tests/boot_fixture.h"
#include "tests/multiboot_sample.h"

/* What the rows of wrong input change. */
static struct sample wrong;
static struct boot_options options;
static char long_text[70000];

static void no_header(void)
{
	memset(wrong.bytes + SAMPLE_CODE_OFFSET + 0x40, 0, 12);
}
static void entry_nowhere(void)
{
	wrong.header->e_entry = 0x500000;
}
static void entry_high(void)
{
	wrong.segments[0].p_paddr = 1ull << 32;
	wrong.segments[0].p_vaddr = 1ull << 32;
	wrong.header->e_entry = 1ull << 32;
}
static void entry_outside_addresses(void)
{
	const uint32_t entry = FLAT_LOAD + 2 * FLAT_SIZE;

	header_1_flat(wrong.bytes + HEADER_AT + 0x200);
	memcpy(wrong.bytes + HEADER_AT + 0x200 + 28, &entry, sizeof(entry));
	memset(wrong.bytes + SAMPLE_CODE_OFFSET + 0x40, 0, 12);
}
static void over_firmware(void)
{
	wrong.segments[1].p_paddr = 0xe0000;
}
static void beyond_memory(void)
{
	wrong.segments[1].p_paddr = 16 * MIB;
}
static void long_append(void)
{
	options.append = long_text;
}
static void with_initrd(void)
{
	options.initrd = options.image;
}
static void module_missing(void)
{
	options.nmodules = 1;
	options.modules[0].path = "/nonexistent with words";
}
static void module_at(void)
{
	options.nmodules = 1;
	options.modules[0] = (struct boot_module){options.image, {0x300000}, true};
}
static void module_text(void)
{
	options.nmodules = 1;
	options.modules[0].path = long_text;
}
static void module_blank(void)
{
	options.nmodules = 1;
	options.modules[0].path = " words";
}
static void modules_too_large(void)
{
	options.nmodules = BOOT_MODULES_MAX;
	for (unsigned i = 0; i < BOOT_MODULES_MAX; i++)
		options.modules[i].path = options.image;
	wrong.segments[1].p_memsz = 16 * MIB - 0x200000 - 0x10000;
}

static void wrong_input_is_refused_in_words(void)
{
	static const struct {
		const char *name;
		void (*mutate)(void);
		enum exit_status status;
		const char *text;
	} rows[] = {
		{"no header", no_header, STATUS_INPUT, "no header of Multiboot 1"},
		{"entry in no segment", entry_nowhere, STATUS_INPUT, "entry point 0x500000 lies in no segment"},
		{"entry beyond 4 GiB", entry_high, STATUS_INPUT, "entry point 0x100000000 is not below 4 GiB"},
		{"entry outside of the addresses", entry_outside_addresses, STATUS_INPUT, "is not in what it loads"},
		{"over the firmware's tables", over_firmware, STATUS_INPUT,
		 "overlaps multiboot: the firmware's tables"},
		{"beyond memory", beyond_memory, STATUS_INPUT, "segment 1: 0x1000000-0x1001fff is not within"},
		{"long command line", long_append, STATUS_USAGE, "command line of more than 65535 bytes"},
		{"an initrd", with_initrd, STATUS_USAGE, "give it as a module"},
		{"a module that is not there", module_missing, STATUS_INPUT, "/nonexistent: No such file"},
		{"a module with an address", module_at, STATUS_USAGE, "the protocol places it"},
		{"a module's long command line", module_text, STATUS_USAGE, "module's command line of more than"},
		{"a module without a name", module_blank, STATUS_INPUT, "No such file"},
		{"modules that fill memory", modules_too_large, STATUS_INPUT, "no room for its 8192 bytes"},
	};

	memset(long_text, 'x', sizeof(long_text) - 1);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct boot_state state;
		struct error e = {0};
		struct boot *boot;
		struct file image;
		struct ram ram;

		check_row = rows[i].name;
		high_sample(&wrong, false, 1);
		options = (struct boot_options){.kind = BOOT_MULTIBOOT, .image = image.path};
		strcpy(image.path, "/tmp");
		rows[i].mutate();
		file_new(&image, wrong.bytes, sizeof(wrong.bytes));
		boot = boot_up(&options, &ram, 16 * MIB, &state, &e);
		CHECK(boot == NULL);
		CHECK_EQ(e.status, rows[i].status);
		CHECK_AT(strstr(e.text, rows[i].text), "%s", e.text);
		boot_free(boot);
		file_free(&image);
	}
}

CHECK_MAIN(CHECK_TEST(wrong_input_is_refused_in_words))
