#include "vmm/boot/symbols.h"

#include "capmodel/gpa.h"
#include "tests/check.h"
#include "tests/elf_sample.h"

#include <stdbool.h>
#include <stdlib.h>

#define STRINGS_ELSEWHERE 0x400

static struct image text(const char *lines)
{
	return (struct image){.path = "map", .bytes = (const uint8_t *)lines, .size = strlen(lines)};
}

static void maps_are_read(void)
{
	struct symbols *s = symbols_new();
	struct image map = text("0000000000001000 T start\n"
				"0000000000002000 d table\t[module]\r\n"
				"\n"
				"ffffffff80000000 t start\n"
				"0000000000002000 0000000000000040 D sized\n"
				"                 U missing\n"
				"                 w missing\n"
				"0000000000001800 A constant\n"
				"0000000000001800 a\tlocal_constant");
	const struct symbol *found;
	struct error e;

	CHECK(symbols_find(s, "start") == NULL);
	CHECK(symbols_near(s, 0) == NULL);
	CHECK_EQ(symbols_add_map(s, &map, &e), 0);
	found = symbols_find(s, "start");
	CHECK(found && found->address == 0x1000); /* the global one */
	found = symbols_find(s, "table");
	CHECK(found && found->address == 0x2000 && found->size == 0);
	found = symbols_find(s, "sized");
	CHECK(found && found->size == 0x40);
	found = symbols_find(s, "constant");
	CHECK(found && found->address == 0x1800);
	CHECK(symbols_find(s, "missing") == NULL);
	CHECK(symbols_find(s, "star") == NULL);
	CHECK(symbols_find(s, "starts") == NULL);
	CHECK(symbols_find(s, "") == NULL);
	CHECK(symbols_near(s, 0xfff) == NULL);
	found = symbols_near(s, 0x1fff);
	CHECK(found && strcmp(found->name, "start") == 0); /* a constant is no place */
	found = symbols_near(s, 0x2000);
	CHECK(found && strcmp(found->name, "sized") == 0);
	found = symbols_near(s, 0xffffffff80000000 + SYMBOL_REACH - 1);
	CHECK(found && found->address == 0xffffffff80000000);
	CHECK(symbols_near(s, UINT64_MAX) == NULL); /* nothing is said of what is far away */
	symbols_free(s);
}

static void extents_reach_to_the_next_symbol(void)
{
	static const struct {
		const char *name;
		uint64_t extent;
	} rows[] = {
		{"first", 0x40}, {"alias", 0x40}, {"sized", 0x8}, {"before_a_constant", 0x100}, {"far", 0}, {"last", 0},
	};
	struct symbols *s = symbols_new();
	struct image map = text("0000000000001000 D first\n"
				"0000000000001000 d alias\n"
				"0000000000001040 0000000000000008 D sized\n"
				"0000000000001100 D before_a_constant\n"
				"0000000000001180 A constant\n"
				"0000000000001200 D far\n"
				"ffffffffc0000000 D last\n");
	struct error e;

	CHECK_EQ(symbols_add_map(s, &map, &e), 0);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row = rows[i].name;
		CHECK_EQ(symbols_extent(s, symbols_find(s, rows[i].name)), rows[i].extent);
	}
	check_row = "";
	symbols_free(s);
}

static void malformed_maps_are_refused_with_their_line(void)
{
	static const struct {
		const char *name, *lines, *text;
	} rows[] = {
		{"words", "hello world\n", "map:1:"},
		{"no name", "1000 T start\n1000 T\n", "map:2:"},
		{"no name but a blank", "1000 T \n", "map:1:"},
		{"no type", "1000 start\n", "map:1:"},
		{"address too long", "11111111111111111 T start\n", "map:1:"},
		{"negative", "-1000 T start\n", "map:1:"},
		{"a sign", "+1000 T start\n", "map:1:"},
		{"an address alone", "1000", "map:1:"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct symbols *s = symbols_new();
		struct image map = text(rows[i].lines);
		struct error e = {0};

		check_row = rows[i].name;
		CHECK_EQ(symbols_add_map(s, &map, &e), -1);
		CHECK_EQ(e.status, STATUS_INPUT);
		CHECK_AT(strstr(e.text, rows[i].text), "%s", e.text);
		symbols_free(s);
	}
}

static void binary_maps_are_refused(void)
{
	static const uint8_t bytes[] = "1000 T start\n\0";
	struct image map = {.path = "map", .bytes = bytes, .size = sizeof(bytes)};
	struct symbols *s = symbols_new();
	struct error e;

	CHECK_EQ(symbols_add_map(s, &map, &e), -1);
	CHECK(strstr(e.text, "zero byte"));
	symbols_free(s);
}

static void tables_are_read(bool narrow)
{
	static struct sample sample;
	struct symbols *s = symbols_new();
	struct image map = text("5000 T added\n");
	const struct symbol *found;
	struct error e;

	sample_fill(&sample);
	if (narrow)
		sample_narrow(&sample);
	CHECK_EQ(symbols_add_elf(s, &sample.image, &e), 0);
	CHECK_EQ(symbols_add_map(s, &map, &e), 0);
	found = symbols_find(s, "start");
	CHECK(found && found->address == SAMPLE_CODE + 0x10 && found->size == 0x20); /* not the local one */
	found = symbols_find(s, "limit");
	CHECK(found && found->address == SAMPLE_CODE + 0x100);
	found = symbols_near(s, SAMPLE_CODE + 0x1ff);
	CHECK(found && found->address == SAMPLE_CODE + 0x10);
	CHECK(symbols_find(s, "added") != NULL);
	symbols_free(s);
}

static void elf_tables_are_read(void)
{
	tables_are_read(false);
	tables_are_read(true);
}

/* The fourth section gets the code; a place of its own has only an ET_EXEC. */
static void add_code(struct sample *s)
{
	s->header->e_shnum = 4;
	s->sections[3] = (Elf64_Shdr){.sh_type = SHT_PROGBITS,
				      .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
				      .sh_addr = SAMPLE_CODE,
				      .sh_offset = SAMPLE_CODE_OFFSET,
				      .sh_size = SAMPLE_CODE_SIZE};
	for (unsigned i = 0; i < SAMPLE_CODE_SIZE; i++)
		s->bytes[SAMPLE_CODE_OFFSET + i] = (uint8_t)i;
}

static void program_is_known_by_its_first_bytes(void)
{
	static struct sample sample;
	struct program_start start;
	struct image map = text("5000 T added\n");

	sample_fill(&sample);
	CHECK(!symbols_program(&sample.image, &start)); /* no section holds the entry */
	add_code(&sample);
	CHECK(symbols_program(&sample.image, &start));
	CHECK_EQ(start.address, SAMPLE_CODE + 0x10);
	CHECK_EQ(start.size, PROGRAM_START_MAX);
	CHECK_EQ(start.bytes[0], 0x10);
	CHECK_EQ(start.bytes[PROGRAM_START_MAX - 1], 0x10 + PROGRAM_START_MAX - 1);
	sample.header->e_entry = SAMPLE_CODE + SAMPLE_CODE_SIZE - 3;
	CHECK(symbols_program(&sample.image, &start));
	CHECK_EQ(start.size, 3);
	sample.header->e_entry |= PAGE_MASK;
	sample.sections[3].sh_addr = sample.header->e_entry - 0x10; /* it goes on in the next page */
	CHECK(symbols_program(&sample.image, &start));
	CHECK_EQ(start.size, 1);
	CHECK(!symbols_program(&map, &start));
}

static void program_without_a_start(void)
{
	static struct sample sample;
	struct program_start start;

	for (unsigned i = 0; i < 6; i++) {
		sample_fill(&sample);
		add_code(&sample);
		switch (i) {
		case 0:
			sample.header->e_type = ET_DYN;
			break;
		case 1:
			sample.header->e_entry = SAMPLE_CODE + SAMPLE_CODE_SIZE;
			break;
		case 2:
			sample.sections[3].sh_type = SHT_NOBITS;
			break; /* a file of symbols alone */
		case 3:
			sample.sections[3].sh_flags = SHF_ALLOC;
			break;
		case 4:
			sample.sections[3].sh_offset = sizeof(sample.bytes) - 8;
			break;
		case 5:
			sample.sections[3].sh_offset = UINT64_MAX - 8;
			break;
		}
		CHECK(!symbols_program(&sample.image, &start));
	}
}

static void table_missing(struct sample *s)
{
	s->header->e_shoff = 0;
	s->header->e_shnum = 0;
}
static void sections_far(struct sample *s)
{
	s->header->e_shoff = UINT64_MAX - 64;
}
static void sections_many(struct sample *s)
{
	s->header->e_shnum = 0xfeff;
}
static void table_far(struct sample *s)
{
	s->sections[1].sh_offset = UINT64_MAX - 8;
}
static void table_gigantic(struct sample *s)
{
	s->sections[1].sh_size = UINT64_MAX;
}
static void link_far(struct sample *s)
{
	s->sections[1].sh_link = 0xffffffff;
}
static void link_self(struct sample *s)
{
	s->sections[1].sh_link = 1;
}
static void strings_far(struct sample *s)
{
	s->sections[2].sh_offset = 1ull << 40;
}
static void strings_empty(struct sample *s)
{
	s->sections[2].sh_size = 0;
}
static void names_far(struct sample *s)
{
	for (unsigned i = 1; i < 5; i++)
		s->symbols[i].st_name = UINT32_MAX;
}
static void entry_size(struct sample *s)
{
	s->sections[1].sh_entsize = 1;
}
static void undefined(struct sample *s)
{
	for (unsigned i = 1; i < 5; i++)
		s->symbols[i].st_shndx = SHN_UNDEF;
}
static void strings_unended(struct sample *s)
{
	/* the last name goes to the end of its section: a name all the same, but another */
	s->sections[2].sh_size = 10;
	s->symbols[1].st_name = s->symbols[3].st_name = 8;
}

/* An image whose symbols cannot be used is an image without symbols. */
static void malformed_tables_give_no_symbols(void)
{
	static const struct {
		const char *name;
		void (*mutate)(struct sample *s);
	} rows[] = {
		{"no sections", table_missing},       {"sections far away", sections_far},
		{"too many sections", sections_many}, {"table far away", table_far},
		{"table gigantic", table_gigantic},   {"link far away", link_far},
		{"link to itself", link_self},        {"strings far away", strings_far},
		{"strings empty", strings_empty},     {"names far away", names_far},
		{"entry size", entry_size},           {"undefined", undefined},
		{"strings unended", strings_unended},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct sample sample;
		struct symbols *s = symbols_new();
		struct error e;

		check_row = rows[i].name;
		sample_fill(&sample);
		rows[i].mutate(&sample);
		CHECK_EQ(symbols_add_elf(s, &sample.image, &e), 0);
		CHECK(symbols_find(s, "start") == NULL);
		symbols_free(s);
	}
}

/* The last symbol in a table of its own, which names the strings again; these have so many bytes. */
static bool finds_the_second_table(uint64_t strings_size)
{
	static struct sample sample;
	struct symbols *s = symbols_new();
	struct error e;
	bool found;

	sample_fill(&sample);
	memcpy(sample.bytes + STRINGS_ELSEWHERE, sample.bytes + SAMPLE_STRINGS_OFFSET, 0x40);
	sample.header->e_shnum = 4;
	sample.sections[2].sh_offset = STRINGS_ELSEWHERE;
	sample.sections[2].sh_size = strings_size;
	sample.sections[3] = sample.sections[1];
	sample.sections[1].sh_size = 4 * sizeof(Elf64_Sym);
	sample.sections[3].sh_offset += 3 * sizeof(Elf64_Sym); /* of a table the first is none */
	sample.sections[3].sh_size = 2 * sizeof(Elf64_Sym);
	CHECK_EQ(symbols_add_elf(s, &sample.image, &e), 0);
	CHECK(symbols_find(s, "start") != NULL);
	found = symbols_find(s, "limit") != NULL;
	symbols_free(s);
	return found;
}

/* A header has 64 bytes: what many of them name again and again must not be kept as often. */
static void no_more_is_read_than_the_file_has(void)
{
	CHECK(finds_the_second_table(0x40));
	CHECK(!finds_the_second_table(sizeof(((struct sample *)0)->bytes) / 2));
}

static void every_cut_is_survived(void)
{
	static struct sample sample;

	sample_fill(&sample);
	add_code(&sample);
	for (size_t size = 1; size < sizeof(sample.bytes); size++) {
		struct symbols *s = symbols_new();
		struct program_start start;
		uint8_t *cut = malloc(size);
		struct error e;

		memcpy(cut, sample.bytes, size);
		sample.image = (struct image){.path = "cut", .bytes = cut, .size = size};
		if (symbols_add_elf(s, &sample.image, &e) < 0)
			CHECK(size < sizeof(Elf64_Ehdr));
		(void)symbols_program(&sample.image, &start);
		symbols_free(s);
		free(cut);
	}
}

CHECK_MAIN(CHECK_TEST(maps_are_read), CHECK_TEST(extents_reach_to_the_next_symbol),
	   CHECK_TEST(malformed_maps_are_refused_with_their_line), CHECK_TEST(binary_maps_are_refused),
	   CHECK_TEST(elf_tables_are_read), CHECK_TEST(program_is_known_by_its_first_bytes),
	   CHECK_TEST(program_without_a_start), CHECK_TEST(malformed_tables_give_no_symbols),
	   CHECK_TEST(no_more_is_read_than_the_file_has), CHECK_TEST(every_cut_is_survived))
