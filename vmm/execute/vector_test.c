#include "vmm/execute/vector_host.h"

#include "tests/carry_out.h"
#include "tests/check.h"

#define MXCSR 24
#define XMM 160
#define HEADER 512
#define XCOMP_BV 520
#define YMM_HIGH 576

static void put64(uint8_t *at, uint64_t value)
{
	memcpy(at, &value, sizeof(value));
}

static uint64_t get64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint32_t get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* Areas that XRSTOR would answer with #GP, and features that the host cannot load. */
static void malformed_areas_are_refused(void)
{
	static const struct {
		const char *name;
		uint64_t features, present, xcomp, mxcsr;
		bool admitted;
	} cases[] = {
		{"all in use", 3, 3, 0, 0x1f80, true},
		{"all in the initial state", 3, 0, 0, 0, true},
		{"an MXCSR left over in the initial state", 3, 0, 0, 0xffffffff, true},
		{"a component that no host has", 3, 3 | 1ull << 61, 0, 0x1f80, false},
		{"compacted", 3, 3, 1ull << 63, 0x1f80, false},
		{"reserved bits of MXCSR", 3, 3, 0, 0x80001f80, false},
		{"without SSE", 1, 1, 0, 0x1f80, false},
		{"without x87", 2, 2, 0, 0x1f80, false},
	};
	static struct vector_host host;
	struct regs regs = {.mode = MODE_64, .stack_size = 8, CARRY_OUT_CONTROL};
	static struct vector_state vector;
	struct carry_out c;
	uint64_t mask = 0;

	if (!vector_host_read(&host)) {
		SKIP("the host has no XSAVE");
		return;
	}
	carry_out_begin(&c);
	CHECK(carry_out_decode(&c, "0f 10 03", &regs));
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_row = cases[i].name;
		memset(&vector, 0, sizeof(vector));
		vector.features = cases[i].features;
		put64(vector.area + HEADER, cases[i].present);
		put64(vector.area + XCOMP_BV, cases[i].xcomp);
		memcpy(vector.area + MXCSR, &cases[i].mxcsr, 4);
		CHECK_EQ(vector_admit(&host, &vector, &mask), cases[i].admitted);
		CHECK_EQ(carry_out(&c, &regs, &vector), cases[i].admitted ? EXECUTE_OK : EXECUTE_REFUSED);
	}
	check_row = "no state at all";
	CHECK_EQ(carry_out(&c, &regs, NULL), EXECUTE_REFUSED);
	carry_out_end(&c);
}

/* As KVM_GET_XSAVE gives it for a vCPU that has not used its vectors: garbage under clear bits. */
static void initial_state_is_zero_not_what_the_area_holds(void)
{
	static struct vector_state vector;
	struct regs regs = {.mode = MODE_64, .stack_size = 8, CARRY_OUT_CONTROL};
	uint8_t zero[16] = {0};
	struct carry_out c;

	memset(vector.area, 0xee, HEADER);
	vector.features = XSTATE_X87 | XSTATE_SSE;
	carry_out_begin(&c);
	CHECK(carry_out_decode(&c, "0f 10 03", &regs));
	memset(c.loaded[0], 0x77, 16);
	CHECK_EQ(carry_out(&c, &regs, &vector), EXECUTE_OK);
	CHECK(!memcmp(vector.area + XMM, c.loaded[0], 16));
	for (unsigned i = 1; i < 16; i++)
		CHECK(!memcmp(vector.area + XMM + 16 * i, zero, 16));
	CHECK_EQ(get32(vector.area + MXCSR), 0x1f80);
	CHECK_EQ(get64(vector.area + HEADER), XSTATE_SSE); /* the x87 unit is not concerned, and still in its own */
	CHECK_EQ(get64(vector.area + YMM_HIGH), 0); /* not among the features: not written */
	CHECK(carry_out_decode(&c, "0f 6f 03", &regs)); /* movq mm0,[rbx] */
	CHECK_EQ(carry_out(&c, &regs, &vector), EXECUTE_OK);
	CHECK_EQ(get32(vector.area) & 0xffff, 0x37f);
	CHECK_EQ(get64(vector.area + HEADER), XSTATE_X87 | XSTATE_SSE);
	CHECK(!memcmp(vector.area + XMM + 16, zero, 16));
	carry_out_end(&c);
}

/* MXCSR loaded by the guest shows in the header, where no register is in use. */
static void mxcsr_is_told_by_the_header(void)
{
	static struct vector_state vector;
	struct regs regs = {.mode = MODE_64, .stack_size = 8, CARRY_OUT_CONTROL};
	uint32_t mxcsr = 0x7f80, stored = 0;
	struct carry_out c;

	vector.features = XSTATE_X87 | XSTATE_SSE;
	carry_out_begin(&c);
	CHECK(carry_out_decode(&c, "0f ae 13", &regs)); /* ldmxcsr */
	memcpy(c.loaded[0], &mxcsr, 4);
	CHECK_EQ(carry_out(&c, &regs, &vector), EXECUTE_OK);
	CHECK_EQ(get32(vector.area + MXCSR), mxcsr);
	CHECK(get64(vector.area + HEADER) & XSTATE_SSE);
	CHECK(carry_out_decode(&c, "0f ae 1b", &regs)); /* stmxcsr */
	CHECK_EQ(carry_out(&c, &regs, &vector), EXECUTE_OK);
	memcpy(&stored, c.out.stored[0], 4);
	CHECK_EQ(stored, mxcsr);
	carry_out_end(&c);
}

/* MXCSR and the x87 control word belong to the host across a stub; the x87 stack is empty. */
static void host_control_words_survive(void)
{
	static struct vector_state vector;
	struct regs regs = {.mode = MODE_64, .stack_size = 8, CARRY_OUT_CONTROL};
	uint32_t ours = 0x5fc0, mxcsr = 0, normal = 0x1f80;
	uint16_t our_fcw = 0x27f, fcw = 0, normal_fcw = 0x37f;
	struct carry_out c;
	struct {
		uint16_t words[14];
	} environment = {{0}};

	vector.features = XSTATE_X87 | XSTATE_SSE;
	carry_out_begin(&c);
	CHECK(carry_out_decode(&c, "0f 6f 03", &regs)); /* movq mm0,[rbx]: leaves the x87 tags full */
	__asm__ volatile("ldmxcsr %0; fldcw %1" : : "m"(ours), "m"(our_fcw));
	CHECK_EQ(carry_out(&c, &regs, &vector), EXECUTE_OK);
	__asm__ volatile("stmxcsr %0; fnstcw %1; fnstenv %2; fldenv %2" : "=m"(mxcsr), "=m"(fcw), "+m"(environment));
	__asm__ volatile("ldmxcsr %0; fldcw %1" : : "m"(normal), "m"(normal_fcw));
	CHECK_EQ(mxcsr, ours);
	CHECK_EQ(fcw, our_fcw);
	CHECK_EQ(environment.words[4], 0xffff);
	CHECK_EQ(vector.area[4], 0xff); /* the guest's own tags */
	carry_out_end(&c);
}

static void x87_pointers_are_the_guests(void)
{
	static struct vector_state vector;

	struct vector_x87 stub = {0x1234, 0x5678, 0xd905}, guest = {0x401000, 0x6000, 0xd903}, other = {0x9999, 0, 0};

	put64(vector.area + 8, 0x1234);
	put64(vector.area + 16, 0x5678);
	put64(vector.area, 0x0105000000000000);
	vector_x87_at(&vector, &other, &guest);
	CHECK_EQ(get64(vector.area + 8), 0x1234);
	vector_x87_at(&vector, &stub, &guest);
	CHECK_EQ(get64(vector.area + 8), 0x401000);
	CHECK_EQ(get64(vector.area + 16), 0x6000);
	CHECK_EQ(vector.area[6] | vector.area[7] << 8, 0x103);
	put64(vector.area + 8, 0x1234); /* a CPU that notes the operand for unmasked exceptions only */
	put64(vector.area + 16, 0x7777);
	vector_x87_at(&vector, &stub, &guest);
	CHECK_EQ(get64(vector.area + 8), 0x401000);
	CHECK_EQ(get64(vector.area + 16), 0x7777);
}

CHECK_MAIN(CHECK_TEST(malformed_areas_are_refused), CHECK_TEST(initial_state_is_zero_not_what_the_area_holds),
	   CHECK_TEST(mxcsr_is_told_by_the_header), CHECK_TEST(host_control_words_survive),
	   CHECK_TEST(x87_pointers_are_the_guests))
