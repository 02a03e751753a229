#include "vmm/device/fw_cfg.h"

#include "tests/check.h"

static void items_are_read_byte_by_byte(void)
{
	static const struct {
		const char *name;
		uint32_t item;
		uint8_t bytes[10];
	} rows[] = {
		{"signature", 0x00, {'Q', 'E', 'M', 'U', 0}},
		{"version", 0x01, {1, 0}},
		{"memory", 0x03, {0x78, 0x56, 0x34, 0x12, 1, 0}},
		{"CPUs", 0x05, {3, 0}},
		{"the most CPUs", 0x0f, {3, 0}},
		{"a directory of no files", 0x19, {0}},
		{"nothing", 0x1234, {0}},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fw_cfg f;

		check_row = rows[i].name;
		fw_cfg_init(&f, 0x112345678, 3);
		for (unsigned again = 0; again < 2; again++) {
			fw_cfg_out(&f, 0, 2, rows[i].item);
			for (unsigned k = 0; k < sizeof(rows[i].bytes); k++)
				CHECK_EQ(fw_cfg_in(&f, 1, 1), rows[i].bytes[k]);
			fw_cfg_out(&f, 1, 1, 0xff); /* nothing can be written */
		}
	}
}

static void the_end_of_the_counter_is_no_begin(void)
{
	struct fw_cfg f;

	fw_cfg_init(&f, 1 << 24, 1);
	f.at = UINT32_MAX;
	CHECK_EQ(fw_cfg_in(&f, 1, 1), 0);
	CHECK_EQ(fw_cfg_in(&f, 1, 1), 0);
}

CHECK_MAIN(CHECK_TEST(items_are_read_byte_by_byte), CHECK_TEST(the_end_of_the_counter_is_no_begin))
