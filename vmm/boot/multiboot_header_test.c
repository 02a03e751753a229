#include "vmm/boot/multiboot_header.h"

#include "tests/check.h"
#include "tests/multiboot_sample.h"

#include <stdlib.h>

static _Alignas(8) uint8_t bytes[0x9000];
static struct image image;

static void flat(unsigned version)
{
	memset(bytes, 0, sizeof(bytes));
	image = (struct image){.path = "flat", .bytes = bytes, .size = FLAT_SIZE};
	if (version == 1)
		header_1_flat(bytes + HEADER_AT);
	else
		header_2_flat(bytes + HEADER_AT);
}

static void set(unsigned offset, uint32_t value)
{
	memcpy(bytes + HEADER_AT + offset, &value, sizeof(value));
}

static void both_versions_place_a_flat_image(void)
{
	for (unsigned version = 1; version <= 2; version++) {
		struct multiboot_header h;
		struct error e = {0};

		flat(version);
		CHECK(multiboot_is(&image, version));
		CHECK(!multiboot_is(&image, 3 - version));
		CHECK_EQ(multiboot_parse(&image, version, &h, &e), 0);
		CHECK_EQ(h.version, version);
		CHECK_EQ(h.at, HEADER_AT);
		CHECK(h.has_addresses && h.has_entry && !h.wants_screen);
		CHECK_EQ(h.offset, 0);
		CHECK_EQ(h.load.v, FLAT_LOAD);
		CHECK_EQ(h.file_size, FLAT_SIZE);
		CHECK_EQ(h.memory_size, 2 * FLAT_SIZE);
		CHECK_EQ(h.entry, FLAT_LOAD + 0x80);
	}
}

static void zeros_and_ones_mean_what_follows(void)
{
	struct multiboot_header h;
	struct error e;

	flat(1);
	set(16, FLAT_LOAD + 0x10); /* load_addr: the image's first 16 bytes are not loaded */
	set(20, 0); /* load_end_addr: to the file's end */
	set(24, 0); /* bss_end_addr: no zeros */
	CHECK_EQ(multiboot_parse(&image, 1, &h, &e), 0);
	CHECK_EQ(h.offset, 0x10);
	CHECK_EQ(h.file_size, FLAT_SIZE - 0x10);
	CHECK_EQ(h.memory_size, FLAT_SIZE - 0x10);
	flat(2);
	set(28, UINT32_MAX); /* load_addr: from the file's start */
	CHECK_EQ(multiboot_parse(&image, 2, &h, &e), 0);
	CHECK_EQ(h.offset, 0);
	CHECK_EQ(h.load.v, FLAT_LOAD);
	CHECK_EQ(h.file_size, FLAT_SIZE);
}

static void a_header_is_found_where_it_may_be(void)
{
	static const struct {
		const char *name;
		unsigned version;
		uint32_t at;
		bool found;
	} rows[] = {
		{"1, at the start", 1, 0, true},       {"1, at 4 bytes", 1, 0x44, true},
		{"1, at 2 bytes", 1, 0x46, false},     {"1, the last place", 1, 8192 - 12, true},
		{"1, beyond it", 1, 8192 - 8, false},  {"2, at 8 bytes", 2, 0x48, true},
		{"2, at 4 bytes", 2, 0x44, false},     {"2, the last place", 2, 32768 - 24, true},
		{"2, beyond it", 2, 32768 - 8, false},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct multiboot_header h;
		struct error e;

		check_row = rows[i].name;
		memset(bytes, 0, sizeof(bytes));
		image = (struct image){.path = "far", .bytes = bytes, .size = sizeof(bytes)};
		if (rows[i].version == 1)
			header_1(bytes + rows[i].at, 0);
		else
			header_2(bytes + rows[i].at, NULL, 0);
		CHECK_EQ(multiboot_is(&image, rows[i].version), rows[i].found);
		CHECK_EQ(multiboot_parse(&image, rows[i].version, &h, &e), rows[i].found ? 0 : -1);
		if (rows[i].found)
			CHECK(h.at == rows[i].at && !h.has_addresses && !h.has_entry);
	}
}

static void version_2_tags_are_read(void)
{
	static const struct {
		const char *name;
		uint32_t tags[6];
		unsigned count;
		const char *refusal; /* NULL: taken */
		bool screen;
	} rows[] = {
		{"none", {0}, 0, NULL, false},
		{"console", {4, 12, 3, 0}, 4, NULL, true},
		{"framebuffer", {5, 20, 80, 25, 0, 0}, 6, NULL, true},
		{"request of the framebuffer", {1, 12, 8, 0}, 4, NULL, true},
		{"request of the map and the modules", {1, 16, 6, 3}, 4, NULL, false},
		{"request of what nobody knows", {1, 12, 99, 0}, 4, "information of kind 99", false},
		{"the same, optional", {1 | 1 << 16, 12, 99, 0}, 4, NULL, false},
		{"aligned modules", {6, 8}, 2, NULL, false},
		{"EFI's services", {7, 8}, 2, NULL, false},
		{"an unknown tag", {77, 8}, 2, "tag 77, which is not optional", false},
		{"the same, optional", {77 | 1 << 16, 8}, 2, NULL, false},
		{"a tag without room for its head", {6, 7}, 2, "tag 6 at offset 0x50 has a size of 7 bytes", false},
		{"a tag of no size", {6, 0}, 2, "size of 0 bytes", false},
		{"a tag beyond the header", {6, 0x100}, 2, "size of 256 bytes", false},
		{"an entry tag cut short", {3, 8}, 2, "tag 3 at offset 0x50 has a size of 8", false},
		{"addresses cut short", {2, 16, 0, 0}, 4, "tag 2 at offset 0x50", false},
		{"no end", {6, 16}, 2, "no tag ends its list", false},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct multiboot_header h = {.version = 7};
		struct error e = {0};

		check_row = rows[i].name;
		flat(2);
		header_2(bytes + HEADER_AT, rows[i].tags, rows[i].count);
		CHECK_EQ(multiboot_parse(&image, 2, &h, &e), rows[i].refusal ? -1 : 0);
		if (rows[i].refusal) {
			CHECK_AT(strstr(e.text, rows[i].refusal), "%s", e.text);
			CHECK(strncmp(e.text, "flat: ", 6) == 0 && e.status == STATUS_INPUT);
			CHECK_EQ(h.version, 7);
		} else {
			CHECK_EQ(h.wants_screen, rows[i].screen);
		}
	}
}

static void hostile_headers_are_refused_by_name(void)
{
	static const struct {
		const char *name;
		unsigned version, offset; /* of the word in the header */
		uint32_t value;
		const char *text;
	} rows[] = {
		{"1, wrong checksum", 1, 8, 0, "the header of Multiboot 1 at offset 0x"},
		{"1, wrong magic", 1, 0, 0x1badb003, "no header of Multiboot 1 in its first 8192 bytes"},
		{"1, header_addr before load_addr", 1, 12, FLAT_LOAD - 1, "load_addr lies beyond header_addr"},
		{"1, load_addr before the file", 1, 16, FLAT_LOAD - 1, "load_addr lies before the file's start"},
		{"1, load_end_addr before load_addr", 1, 20, FLAT_LOAD, "load_end_addr 0x200000 is not after"},
		{"1, load_end_addr beyond the file", 1, 20, FLAT_LOAD + FLAT_SIZE + 1, "load_end_addr 0x200201"},
		{"1, bss_end_addr before load_end_addr", 1, 24, FLAT_LOAD + FLAT_SIZE - 1, "bss_end_addr lies before"},
		{"2, wrong checksum", 2, 12, 0, "has a wrong checksum"},
		{"2, load_addr before the file", 2, 28, FLAT_LOAD - 1, "load_addr lies before the file's start"},
		{"2, load_end_addr beyond the file", 2, 32, UINT32_MAX, "load_end_addr 0xffffffff"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct multiboot_header h = {.version = 7};
		struct error e = {0};

		check_row = rows[i].name;
		flat(rows[i].version);
		set(rows[i].offset, rows[i].value);
		CHECK_EQ(multiboot_is_meant(&image, rows[i].version), rows[i].offset != 0);
		CHECK_EQ(multiboot_parse(&image, rows[i].version, &h, &e), -1);
		CHECK_EQ(e.status, STATUS_INPUT);
		CHECK_AT(strstr(e.text, rows[i].text), "%s", e.text);
		CHECK_EQ(h.version, 7);
	}
}

static void words_with_a_right_sum_are_checked_too(void)
{
	static const struct {
		const char *name;
		unsigned version;
		uint32_t words[4];
		const char *text; /* NULL: taken */
	} rows[] = {
		{"1, flags it must understand",
		 1,
		 {0x1badb002, 0x8003, -(0x1badb002 + 0x8003)},
		 "flags 0x8000 ask for"},
		{"1, flags it need not", 1, {0x1badb002, 0x20003, -(0x1badb002 + 0x20003)}, NULL},
		{"2, MIPS", 2, {0xe85250d6, 4, 24, -(0xe85250d6 + 4 + 24)}, "architecture 4 is not i386"},
		{"2, shorter than itself", 2, {0xe85250d6, 0, 8, -(0xe85250d6 + 8)}, "its length of 8 bytes"},
		{"2, beyond the file", 2, {0xe85250d6, 0, 0x8000, -(0xe85250d6 + 0x8000)}, "its length of 32768 bytes"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct multiboot_header h;
		struct error e = {0};

		check_row = rows[i].name;
		flat(1);
		put_words(bytes + HEADER_AT, rows[i].words, 4);
		CHECK_EQ(multiboot_parse(&image, rows[i].version, &h, &e), rows[i].text ? -1 : 0);
		if (rows[i].text)
			CHECK_AT(strstr(e.text, rows[i].text), "%s", e.text);
	}
	flat(1);
	image.size = HEADER_AT + 31; /* the header's last byte is cut off */
	CHECK_EQ(multiboot_parse(&image, 1, &(struct multiboot_header){0}, &(struct error){0}), -1);
}

/* Each length of the file, in memory of just that size: nothing is read beyond it. */
static void every_cut_is_survived(void)
{
	for (unsigned version = 1; version <= 2; version++) {
		for (size_t size = 1; size < FLAT_SIZE; size++) {
			struct multiboot_header h;
			uint8_t *cut = malloc(size);
			struct error e;

			flat(version);
			memcpy(cut, bytes, size);
			image = (struct image){.path = "cut", .bytes = cut, .size = size};
			CHECK_EQ(multiboot_parse(&image, version, &h, &e), -1);
			free(cut);
		}
	}
}

CHECK_MAIN(CHECK_TEST(both_versions_place_a_flat_image), CHECK_TEST(zeros_and_ones_mean_what_follows),
	   CHECK_TEST(a_header_is_found_where_it_may_be), CHECK_TEST(version_2_tags_are_read),
	   CHECK_TEST(hostile_headers_are_refused_by_name), CHECK_TEST(words_with_a_right_sum_are_checked_too),
	   CHECK_TEST(every_cut_is_survived))
