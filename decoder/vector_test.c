/* What XSAVES leaves unwritten is not taken from KVM_GET_XSAVE's area. */
#include "decoder/vector.h"

#include "tests/check.h"

#define XSTATE_BV 512
#define MXCSR 24

static void an_old_mxcsr_does_not_count(void)
{
	static const struct {
		const char *name;
		bool has_xsaves;
		uint64_t present;
		uint32_t before, after;
	} rows[] = {
		{"SSE in use: its own", true, XSTATE_X87 | XSTATE_SSE, 0x9fc0, 0x9fc0},
		{"not in use: the initial one", true, XSTATE_X87, 0x9fc0, 0x1f80},
		{"nor by AVX", true, XSTATE_AVX, 0x9fc0, 0x1f80},
		{"XSAVE writes it always", false, XSTATE_AVX, 0x9fc0, 0x9fc0},
	};
	static struct vector_state vector, before;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t mxcsr;

		check_row = rows[i].name;
		memset(vector.area, 0x33, sizeof(vector.area));
		memcpy(vector.area + XSTATE_BV, &rows[i].present, sizeof(rows[i].present));
		memcpy(vector.area + MXCSR, &rows[i].before, sizeof(mxcsr));
		vector.layout.has_xsaves = rows[i].has_xsaves;
		before = vector;
		vector_settle(&vector);
		memcpy(&mxcsr, vector.area + MXCSR, sizeof(mxcsr));
		CHECK_EQ(mxcsr, rows[i].after);
		CHECK(!memcmp(vector.area, before.area, MXCSR));
		CHECK(!memcmp(vector.area + MXCSR + 4, before.area + MXCSR + 4, sizeof(vector.area) - MXCSR - 4));
	}
}

CHECK_MAIN(CHECK_TEST(an_old_mxcsr_does_not_count))
