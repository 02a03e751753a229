#include "tests/keeper_rig.h"

static void bad_bits_read_wrong(void)
{
	static const struct {
		const char *name, *spec;
		enum access_op op;
		uint64_t offset;
		uint8_t size;
		uint64_t stored, expected; /* what is put, and what the access loads; bytes[i] was i */
		uint8_t left; /* the bad byte's own value afterwards */
	} rows[] = {
		{"load inverts a 0", "flip,at=0x10,bit=3", ACCESS_LOAD, 0x10, 1, 0, 0x18, 0x10},
		{"load inverts a 1", "flip,at=0x10,bit=4", ACCESS_LOAD, 0x10, 1, 0, 0x00, 0x10},
		{"in a wider load", "flip,at=0x10,bit=3", ACCESS_LOAD, 0x0e, 4, 0, 0x11180f0e, 0x10},
		{"the load's last byte", "flip,at=0x10,bit=3", ACCESS_LOAD, 0x0d, 4, 0, 0x180f0e0d, 0x10},
		{"a load that ends before", "flip,at=0x10,bit=3", ACCESS_LOAD, 0x0c, 4, 0, 0x0f0e0d0c, 0x10},
		{"a load that begins behind", "flip,at=0x10,bit=3", ACCESS_LOAD, 0x11, 2, 0, 0x1211, 0x10},
		{"all bits", "flip,at=0x10,mask=0xff", ACCESS_LOAD, 0x10, 1, 0, 0xef, 0x10},
		{"stuck at 1, is 0", "flip,at=0x10,mask=0x0f,stuck=1", ACCESS_LOAD, 0x10, 1, 0, 0x1f, 0x10},
		{"stuck at 1, is 1", "flip,at=0x10,bit=4,stuck=1", ACCESS_LOAD, 0x10, 1, 0, 0x10, 0x10},
		{"stuck at 0, is 1", "flip,at=0x10,bit=4,stuck=0", ACCESS_LOAD, 0x10, 1, 0, 0x00, 0x10},
		{"stuck at 0, is 0", "flip,at=0x10,bit=3,stuck=0", ACCESS_LOAD, 0x10, 1, 0, 0x10, 0x10},
		{"a store puts its bytes", "flip,at=0x10,bit=3", ACCESS_STORE, 0x10, 1, 0x55, 0, 0x55},
		{"a read-modify-write reads wrong", "flip,at=0x10,bit=3", ACCESS_RMW, 0x10, 1, 0x55, 0x18, 0x55},
		{"the first byte", "flip,at=0,bit=0", ACCESS_LOAD, 0, 2, 0, 0x0101, 0x10},
		{"the last byte", "flip,at=63,bit=7", ACCESS_LOAD, 63, 1, 0, 0xbf, 0x10},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		check_row = rows[i].name;
		rig_init(&rig, rows[i].spec);
		CHECK_EQ(rig_access(&rig, rig_make(rows[i].op, rows[i].offset, rows[i].size, rows[i].stored)),
			 VERDICT_DONE);
		if (rows[i].op != ACCESS_STORE)
			CHECK_EQ(rig_value(&rig), rows[i].expected);
		CHECK_EQ(rig.bytes[0x10], rows[i].left);
		for (uint8_t j = 0; j < RIG_SIZE; j++)
			CHECK(j == 0x10 || rig.bytes[j] == j);
		rig_free(&rig);
	}
}

static void peek_and_span_know_the_bad_byte(void)
{
	struct capability who;
	uint8_t peeked[4];
	struct rig rig;

	rig_init(&rig, "flip,at=0x10,bit=0");
	who = cap_entry(rig.keeper, RIGHTS_ALL, 0);
	CHECK(ask_peek(who, 0x0e, 4, peeked) && peeked[2] == 0x11 && peeked[1] == 0x0f);
	CHECK(!ask_peek(who, RIG_SIZE - 1, 2, peeked));
	CHECK(ask_span(who, ACCESS_LOAD, 0, 0x10) == rig.bytes);
	CHECK(ask_span(who, ACCESS_LOAD, 0, 0x11) == NULL);
	CHECK(ask_span(who, ACCESS_STORE, 0x10, 1) == NULL);
	CHECK(ask_span(who, ACCESS_LOAD, 0x11, RIG_SIZE - 0x11) == rig.bytes + 0x11);
	CHECK(ask_span(who, ACCESS_LOAD, 0x11, RIG_SIZE - 0x10) == NULL);
	rig_free(&rig);
}

static void wrong_options_are_refused(void)
{
	static const struct {
		const char *spec, *text;
	} rows[] = {
		{"flip", "flip: which bits are bad?"},
		{"flip,bit=3", "flip: which bits are bad?"},
		{"flip,at=3", "flip: which bits are bad?"},
		{"flip,at=3,bit=1,mask=1", "flip: which bits are bad?"},
		{"flip,at=64,bit=1", "at=64"},
		{"flip,at=3,bit=8", "bit=8"},
		{"flip,at=3,mask=0", "mask=0"},
		{"flip,at=3,mask=0x100", "mask=0x100"},
		{"flip,at=3,bit=1,stuck=2", "stuck=2"},
		{"flip,at=3,bit=1:memory", "wraps nothing"},
		{"flip,at=3,at=4,bit=1", "at"},
	};
	uint8_t bytes[RIG_SIZE];
	const struct keeper_env env = {.bytes = bytes, .size = sizeof(bytes)};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char error[KEEPER_ERROR] = "";

		check_row = rows[i].spec;
		CHECK(keeper_parse(rows[i].spec, &env, error) == NULL);
		CHECK_AT(strstr(error, rows[i].text), "%s", error);
	}
}

CHECK_MAIN(CHECK_TEST(bad_bits_read_wrong), CHECK_TEST(peek_and_span_know_the_bad_byte),
	   CHECK_TEST(wrong_options_are_refused))
