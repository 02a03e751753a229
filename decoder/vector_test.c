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

#define FSW 2
#define TAGS 4
#define ST0 32

static void mmx_registers_stay_where_they_are(void)
{
	static const struct {
		const char *name;
		unsigned top;
		bool is_initial;
	} rows[] = {{"top 0", 0, false}, {"top 3", 3, false}, {"top 7", 7, false}, {"initial state", 5, true}};
	static struct vector_state vector;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t before[8], present = rows[i].is_initial ? XSTATE_SSE : XSTATE_X87 | XSTATE_SSE;

		check_row = rows[i].name;
		memset(&vector, 0x44, sizeof(vector));
		vector.features = XSTATE_X87 | XSTATE_SSE;
		vector.layout = (struct vector_layout){.offset = {0, 160}, .size = {160, 256}};
		for (unsigned st = 0; st < 8; st++)
			memset(vector.area + ST0 + 16 * st, (int)(0x10 + st), 16);
		vector.area[FSW + 1] = (uint8_t)(0x47 | rows[i].top << 3);
		memcpy(vector.area + XSTATE_BV, &present, sizeof(present));
		for (unsigned mm = 0; mm < 8; mm++)
			before[mm] = vector_mmx(&vector, mm);
		vector_enter_mmx(&vector);
		for (unsigned mm = 0; mm < 8; mm++)
			CHECK_EQ(vector_mmx(&vector, mm), rows[i].is_initial ? 0 : before[mm]);
		CHECK_EQ(vector.area[FSW + 1], rows[i].is_initial ? 0 : 0x47);
		CHECK_EQ(vector.area[FSW], rows[i].is_initial ? 0 : 0x44);
		CHECK_EQ(vector.area[TAGS], 0xff);
		CHECK_EQ(vector.area[0], rows[i].is_initial ? 0x7f : 0x44);
		CHECK_EQ(vector.area[MXCSR], 0x44);
		CHECK_EQ(vector.area[ST0 + 128], 0x44); /* XMM0 */
		memcpy(&present, vector.area + XSTATE_BV, sizeof(present));
		CHECK_EQ(present, XSTATE_X87 | XSTATE_SSE);
	}
}

CHECK_MAIN(CHECK_TEST(an_old_mxcsr_does_not_count), CHECK_TEST(mmx_registers_stay_where_they_are))
