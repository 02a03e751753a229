#include "vmm/declared/record.h"

#include "tests/check.h"

#include <string.h>

static struct guest_access question(void)
{
	return (struct guest_access){
		.id = 5,
		.rip = 0x1000,
		.state = GUEST_ACCESS_ANSWERED,
		.size = record_size(2),
		.parts = 2,
		.code_size = 3,
		.code = {0x48, 0x8b, 0x03},
		.part_of =
			{{.object = 1, .offset = 8, .address = 0x2008, .op = GUEST_OP_LOAD, .size = 8},
			 {.object = 2, .offset = 0, .address = 0x3000, .op = GUEST_OP_MODIFY, .size = 4, .flags = 3}},
	};
}

static const struct {
	const char *name;
	unsigned at, size; /* of the field that is another in the answer */
	bool fits;
} rows[] = {
#define FIELD(f_) offsetof(struct guest_access, f_), sizeof(((struct guest_access *)0)->f_)
#define PART(n_, f_)                                                                                                   \
	offsetof(struct guest_access, part_of) + (n_) * sizeof(struct guest_part) + offsetof(struct guest_part, f_),   \
		sizeof(((struct guest_part *)0)->f_)
	{"rip", FIELD(rip), false},
	{"size", FIELD(size), false},
	{"parts", FIELD(parts), false},
	{"code_size", FIELD(code_size), false},
	{"the first byte of code", offsetof(struct guest_access, code), 1, false},
	{"the last byte of code", offsetof(struct guest_access, code) + 2, 1, false},
	{"a byte behind the code", offsetof(struct guest_access, code) + 3, 1, true},
	{"object", PART(0, object), false},
	{"offset", PART(0, offset), false},
	{"address", PART(0, address), false},
	{"op", PART(0, op), false},
	{"part's size", PART(0, size), false},
	{"part's flags", PART(0, flags), false},
	{"object of the second", PART(1, object), false},
	{"offset of the second", PART(1, offset), false},
	{"address of the second", PART(1, address), false},
	{"op of the second", PART(1, op), false},
	{"size of the second", PART(1, size), false},
	{"flags of the second", PART(1, flags), false},
	{"a part behind them", PART(2, object), true},
	{"what was loaded", PART(0, before), true},
	{"what is stored, which is compared by itself", PART(1, after), true},
	{"flags", FIELD(flags), true},
	{"verdict", FIELD(verdict), true},
	{"a frame, which is looked at by itself", PART(1, frame), true},
};

static void an_answer_is_to_one_question(void)
{
	struct guest_access asked = question();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned byte = 0; byte < rows[i].size; byte++) {
			struct guest_access answer = question();

			check_row = rows[i].name;
			CHECK(record_fits(&answer, &asked, 5));
			((uint8_t *)&answer)[rows[i].at + byte] ^= 0x40;
			CHECK_EQ(record_fits(&answer, &asked, 5), rows[i].fits);
		}
	check_row = "";
}

static void ids_were_given_out(void)
{
	static const struct {
		uint64_t id, issued;
		bool fits;
	} ids[] = {{0, 5, false}, {1, 5, true}, {5, 5, true}, {6, 5, false}, {UINT64_MAX, 5, false}, {1, 0, false}};
	struct guest_access asked = question();

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct guest_access answer = question();

		answer.id = ids[i].id;
		CHECK_EQ(record_fits(&answer, &asked, ids[i].issued), ids[i].fits);
	}
}

/* Only what is in use is looked at, and never more than a record holds. */
static void a_copy_stays_within_its_bounds(void)
{
	static struct {
		struct guest_access record;
		uint8_t behind[64];
	} from, to;

	for (unsigned parts = 0; parts < 0x10000; parts += parts < 60 ? 1 : 997) {
		unsigned copied = parts > GUEST_PARTS_MAX ? 0 : parts;

		memset(&from, 0x11, sizeof(from));
		memset(&to, 0x22, sizeof(to));
		from.record.parts = (uint16_t)parts;
		record_copy((const uint8_t *)&from.record, &to.record);
		CHECK_EQ(to.record.parts, copied);
		CHECK_EQ(to.record.rip, 0x1111111111111111);
		for (unsigned i = 0; i < GUEST_PARTS_MAX; i++)
			CHECK_EQ(to.record.part_of[i].op, i < copied ? 0x11 : 0x22);
		for (unsigned i = 0; i < sizeof(to.behind); i++)
			CHECK_EQ(to.behind[i], 0x22);
	}
}

static void only_some_exceptions_may_be_answered(void)
{
	static const struct {
		uint8_t vector;
		uint32_t error;
		bool good, has_error;
	} faults[] = {
		{6, 0, true, false},        {6, UINT32_MAX, true, false},
		{12, 0, true, true},        {13, 0x7fff, true, true},
		{14, 7, true, true},        {17, 0, true, true},
		{14, 0x8000, false, false}, {13, UINT32_MAX, false, false},
		{0, 0, false, false},       {1, 0, false, false},
		{2, 0, false, false},       {3, 0, false, false},
		{8, 0, false, false},       {18, 0, false, false},
		{20, 0, false, false},      {32, 0, false, false},
		{255, 0, false, false},
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct guest_access answer = {.fault_vector = faults[i].vector, .fault_error = faults[i].error};
		struct fault out = {.vector = 99};

		CHECK_EQ(record_fault(&answer, &out), faults[i].good);
		CHECK_EQ(out.vector, faults[i].good ? faults[i].vector : 99);
		CHECK_EQ(out.has_error, faults[i].has_error);
		CHECK_EQ(out.error, faults[i].has_error ? faults[i].error : 0);
	}
}

CHECK_MAIN(CHECK_TEST(an_answer_is_to_one_question), CHECK_TEST(ids_were_given_out),
	   CHECK_TEST(a_copy_stays_within_its_bounds), CHECK_TEST(only_some_exceptions_may_be_answered))
