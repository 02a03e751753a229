#include "vmm/machine/exception.h"

#include "tests/check.h"

#define ANY 48

/* Frames as the manual draws them: 16 words of each width from one buffer, whose word i holds 0x10 + i, CS as given. */
static const struct {
	const char *name;
	enum boot_frame kind;
	unsigned vector, word, n;
	uint16_t cs;
	bool good, has_error, has_stack;
	unsigned first; /* the word that holds RIP */
	unsigned size;
} rows[] = {
	{"64-bit, no error", BOOT_FRAME_64, 6, 8, ANY, 8, true, false, true, 0, 40},
	{"64-bit, #PF", BOOT_FRAME_64, 14, 8, ANY, 8, true, true, true, 1, 48},
	{"64-bit, from ring 3", BOOT_FRAME_64, 14, 8, ANY, 0x2b, true, true, true, 1, 48},
	{"64-bit, cut short", BOOT_FRAME_64, 14, 8, 47, 8, false, false, false, 0, 0},
	{"32-bit, same ring", BOOT_FRAME_32, 3, 4, ANY, 8, true, false, false, 0, 12},
	{"32-bit, same ring, #GP", BOOT_FRAME_32, 13, 4, ANY, 8, true, true, false, 1, 16},
	{"32-bit, from ring 3", BOOT_FRAME_32, 3, 4, ANY, 0x1b, true, false, true, 0, 20},
	{"32-bit, from ring 3, #PF", BOOT_FRAME_32, 14, 4, ANY, 0x1b, true, true, true, 1, 24},
	{"32-bit, same ring fits exactly", BOOT_FRAME_32, 13, 4, 16, 8, true, true, false, 1, 16},
	{"32-bit, stack missing", BOOT_FRAME_32, 13, 4, 16, 0x1b, false, false, false, 1, 0},
	{"16-bit, same ring, #SS", BOOT_FRAME_16, 12, 2, ANY, 8, true, true, false, 1, 8},
	{"16-bit, from ring 3, #UD", BOOT_FRAME_16, 6, 2, ANY, 0x1b, true, false, true, 0, 10},
	{"real, #GP has no error code", BOOT_FRAME_REAL, 13, 2, ANY, 0x123, true, false, false, 0, 6},
	{"real, cut short", BOOT_FRAME_REAL, 13, 2, 5, 0x123, false, false, false, 0, 0},
};

static void frames(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct exception_frame f = {.rip = 0x99};
		uint8_t bytes[ANY] = {0};

		check_row = rows[i].name;
		for (unsigned at = 0; at < ANY; at += rows[i].word)
			bytes[at] = (uint8_t)(0x10 + at / rows[i].word);
		memcpy(bytes + (rows[i].first + 1) * rows[i].word, &rows[i].cs, 2);
		CHECK_EQ(exception_frame(rows[i].kind, rows[i].vector, bytes, rows[i].n, &f), rows[i].good);
		if (!rows[i].good) {
			CHECK_EQ(f.rip, 0x99);
			continue;
		}
		CHECK_EQ(f.has_error, rows[i].has_error);
		CHECK_EQ(f.error, rows[i].has_error ? 0x10 : 0);
		CHECK_EQ(f.rip, 0x10 + rows[i].first);
		CHECK_EQ(f.cs, rows[i].cs);
		CHECK_EQ(f.rflags, 0x12 + rows[i].first);
		CHECK_EQ(f.has_stack, rows[i].has_stack);
		CHECK_EQ(f.rsp, rows[i].has_stack ? 0x13 + rows[i].first : 0);
		CHECK_EQ(f.ss, rows[i].has_stack ? 0x14 + rows[i].first : 0);
		CHECK_EQ(f.size, rows[i].size);
	}
}

static void every_vector_with_an_error_code(void)
{
	static const uint8_t bytes[ANY];

	for (unsigned vector = 0; vector < 256; vector++) {
		struct exception_frame f;
		bool has = vector == 8 || vector == 10 || vector == 11 || vector == 12 || vector == 13 ||
			   vector == 14 || vector == 17 || vector == 21;

		CHECK(exception_frame(BOOT_FRAME_32, vector, bytes, ANY, &f));
		CHECK_EQ(f.has_error, has);
		CHECK(exception_frame(BOOT_FRAME_REAL, vector, bytes, ANY, &f));
		CHECK_EQ(f.has_error, false);
	}
}

CHECK_MAIN(CHECK_TEST(frames), CHECK_TEST(every_vector_with_an_error_code))
