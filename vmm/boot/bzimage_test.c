#include "vmm/boot/bzimage.h"

#include "tests/bzimage_sample.h"
#include "tests/check.h"

#include <stdlib.h>

static void no_magic(struct bzimage_sample *s)
{
	s->header->header = 0;
}
static void no_flag(struct bzimage_sample *s)
{
	s->header->boot_flag = 0;
}
static void old(struct bzimage_sample *s)
{
	s->header->version = 0x20b;
}
static void low(struct bzimage_sample *s)
{
	s->header->loadflags = 0;
}
static void only32(struct bzimage_sample *s)
{
	s->header->xloadflags = 0;
}
static void alignment_zero(struct bzimage_sample *s)
{
	s->header->kernel_alignment = 0;
}
static void alignment_odd(struct bzimage_sample *s)
{
	s->header->kernel_alignment = 0x300000;
}
static void no_init_size(struct bzimage_sample *s)
{
	s->header->init_size = 0;
}
static void high(struct bzimage_sample *s)
{
	s->header->pref_address = 1ull << 32;
}
static void cut_by_paragraph(struct bzimage_sample *s)
{
	s->image.size -= 16;
}
static void cut_to_setup(struct bzimage_sample *s)
{
	s->image.size = SAMPLE_SETUP_SIZE;
}
static void cut_in_header(struct bzimage_sample *s)
{
	s->image.size = 0x26b;
}
static void kernel_gigantic(struct bzimage_sample *s)
{
	s->header->syssize = UINT32_MAX;
}
static void setup_large(struct bzimage_sample *s)
{
	s->header->setup_sects = 255;
}
static void kernel_tiny(struct bzimage_sample *s)
{
	s->header->syssize = 0x200 / 16;
}

static void hostile_images_are_refused_by_name(void)
{
	static const struct {
		const char *name;
		void (*mutate)(struct bzimage_sample *s);
		const char *text;
	} rows[] = {
		{"no magic", no_magic, "no bzImage"},
		{"no boot flag", no_flag, "boot flag"},
		{"old protocol", old, "protocol 2.11 is older than 2.12"},
		{"zImage", low, "loaded low"},
		{"32-bit", only32, "64-bit"},
		{"alignment 0", alignment_zero, "power of two"},
		{"alignment odd", alignment_odd, "power of two"},
		{"no init_size", no_init_size, "how much memory"},
		{"preferred above 4 GiB", high, "above 4 GiB"},
		{"cut by a paragraph", cut_by_paragraph, "cut short: its kernel ends at byte 5120, the file at 5104"},
		{"cut to its setup", cut_to_setup, "cut short: its kernel"},
		{"cut in its header", cut_in_header, "cut short: its header ends at byte 620, the file at 619"},
		{"kernel gigantic", kernel_gigantic, "cut short: its kernel"},
		{"setup too large", setup_large, "cut short: its kernel"},
		{"kernel without an entry", kernel_tiny, "too small"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bzimage_sample s;
		struct bzimage b = {.kernel_size = 77};
		struct error e = {0};

		check_row = rows[i].name;
		bzimage_sample_fill(&s);
		rows[i].mutate(&s);
		CHECK_EQ(bzimage_parse(&s.image, &b, &e), -1);
		CHECK_EQ(e.status, STATUS_INPUT);
		CHECK(strncmp(e.text, "sample: bzImage: ", 17) == 0);
		CHECK_AT(strstr(e.text, rows[i].text), "%s", e.text);
		CHECK_EQ(b.kernel_size, 77);
	}
}

static void a_right_one_is_understood(void)
{
	struct bzimage_sample s;
	struct bzimage b;
	struct error e;

	bzimage_sample_fill(&s);
	CHECK(bzimage_is(&s.image));
	CHECK_EQ(bzimage_parse(&s.image, &b, &e), 0);
	CHECK_EQ(b.kernel - s.bytes, SAMPLE_SETUP_SIZE);
	CHECK_EQ(b.kernel_size, SAMPLE_KERNEL_SIZE);
	CHECK_EQ(b.memory_size, SAMPLE_INIT_SIZE);
	CHECK_EQ(b.preferred, SAMPLE_PREFERRED);
	CHECK_EQ(b.alignment, 0x200000);
	CHECK_EQ(b.initrd_limit, 0x80000000);
	CHECK_EQ(b.command_line_max, 100);
	s.header->relocatable_kernel = 0;
	s.header->initrd_addr_max = UINT32_MAX;
	s.header->init_size = 1;
	CHECK_EQ(bzimage_parse(&s.image, &b, &e), 0);
	CHECK_EQ(b.alignment, 0);
	CHECK_EQ(b.initrd_limit, 1ull << 32);
	CHECK_EQ(b.memory_size, SAMPLE_KERNEL_SIZE);
	/* a header longer than the one we know, and one shorter */
	s.header->jump = 0xeb | 0xff << 8;
	CHECK_EQ(bzimage_parse(&s.image, &b, &e), 0);
	s.header->jump = 0xeb | 0x10 << 8; /* ends before pref_address and init_size */
	CHECK_EQ(bzimage_parse(&s.image, &b, &e), -1);
}

static void every_cut_is_refused(void)
{
	struct bzimage_sample s;

	bzimage_sample_fill(&s);
	for (size_t size = 0; size < sizeof(s.bytes); size++) {
		bool whole = size > sizeof(s.bytes) - 16; /* but for its last paragraph, which may be short */
		uint8_t *cut = malloc(size ? size : 1);
		struct bzimage b;
		struct error e;

		memcpy(cut, s.bytes, size);
		s.image = (struct image){.path = "cut", .bytes = cut, .size = size};
		CHECK_EQ(bzimage_parse(&s.image, &b, &e), whole ? 0 : -1);
		if (whole)
			CHECK_EQ(b.kernel_size, size - SAMPLE_SETUP_SIZE);
		free(cut);
	}
}

CHECK_MAIN(CHECK_TEST(hostile_images_are_refused_by_name), CHECK_TEST(a_right_one_is_understood),
	   CHECK_TEST(every_cut_is_refused))
