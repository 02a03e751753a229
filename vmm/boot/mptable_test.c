#include "vmm/boot/mptable.h"

#include "tests/check.h"

#define AT 0xf0000u

static uint8_t area[MPTABLE_SIZE + 1];

static uint8_t sum(const uint8_t *bytes, unsigned size)
{
	uint8_t total = 0;

	while (size--)
		total = (uint8_t)(total + *bytes++);
	return total;
}

static uint32_t field(const uint8_t *table, unsigned offset, unsigned size)
{
	uint32_t value = 0;

	memcpy(&value, table + offset, size);
	return value;
}

/* The sizes of the entries that the specification has. */
static unsigned size_of(uint8_t kind)
{
	return kind == 0 ? 20 : 8;
}

static void the_table_has_every_cpu(void)
{
	static const unsigned counts[] = {1, 2, 8, MPTABLE_CPUS_MAX};

	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		const uint8_t *table = area + 16, *entry = table + 44;
		unsigned of_kind[5] = {0};

		memset(area, 0xaa, sizeof(area));
		mptable_build(area, (gpa_t){AT}, counts[i]);
		CHECK_EQ(area[MPTABLE_SIZE], 0xaa); /* not beyond its end */
		CHECK(memcmp(area, "_MP_", 4) == 0);
		CHECK_EQ(field(area, 4, 4), AT + 16);
		CHECK_EQ(area[8], 1);
		CHECK_EQ(area[9], 4);
		CHECK_EQ(sum(area, 16), 0);
		CHECK(memcmp(table, "PCMP", 4) == 0);
		CHECK_EQ(sum(table, field(table, 4, 2)), 0);
		CHECK_EQ(field(table, 36, 4), 0xfee00000);
		for (unsigned k = 0; k < field(table, 34, 2); k++, entry += size_of(entry[0])) {
			CHECK(entry[0] < 5);
			if (entry[0] == 0) {
				CHECK_EQ(entry[1], of_kind[0]); /* APIC IDs count up; the first one boots */
				CHECK_EQ(entry[3], of_kind[0] == 0 ? 3 : 1);
			}
			if (entry[0] == 2)
				CHECK_EQ(field(entry, 4, 4), 0xfec00000);
			if (entry[0] == 3)
				CHECK_EQ(entry[7], entry[5] == 0 ? 2 : entry[5]);
			of_kind[entry[0] % 5]++;
		}
		CHECK_EQ(entry - table, field(table, 4, 2));
		CHECK_EQ(of_kind[0], counts[i]);
		CHECK_EQ(of_kind[1], 1);
		CHECK_EQ(of_kind[2], 1);
		CHECK_EQ(of_kind[3], 15); /* all but the cascade */
		CHECK_EQ(of_kind[4], 2);
	}
}

CHECK_MAIN(CHECK_TEST(the_table_has_every_cpu))
