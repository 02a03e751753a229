#include "capmodel/fault.h"

#include "tests/check.h"

static void names_vectors_and_error_codes_agree(void)
{
	/* Intel SDM Vol 3, "Exceptions and Interrupts", the table of exceptions */
	static const struct {
		const char *name;
		uint8_t vector;
		bool has_error;
	} rows[] = {
		{"de", 0, false},  {"db", 1, false},  {"bp", 3, false},  {"of", 4, false},  {"br", 5, false},
		{"ud", 6, false},  {"nm", 7, false},  {"df", 8, true},   {"ts", 10, true},  {"np", 11, true},
		{"ss", 12, true},  {"gp", 13, true},  {"pf", 14, true},  {"mf", 16, false}, {"ac", 17, true},
		{"mc", 18, false}, {"xm", 19, false}, {"ve", 20, false}, {"cp", 21, true},
	};
	unsigned named = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t vector = 0xff;

		check_row = rows[i].name;
		CHECK(fault_by_name(rows[i].name, &vector));
		CHECK_EQ(vector, rows[i].vector);
		CHECK_EQ(fault_vector_has_error(vector), rows[i].has_error);
		CHECK(fault_vector_ok(vector));
	}
	check_row = "";
	for (unsigned v = 0; v < 256; v++)
		named += fault_vector_has_error((uint8_t)v);
	CHECK_EQ(named, 8);
	CHECK(!fault_vector_ok(2) && !fault_vector_ok(32) && !fault_vector_ok(UINT64_MAX));
}

static void no_other_name_is_known(void)
{
	static const char *const names[] = {"", "g", "gpf", "nmi", "#gp", "13", "  "};
	uint8_t vector = 0xff;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CHECK(!fault_by_name(names[i], &vector));
	CHECK_EQ(vector, 0xff);
}

static void texts(void)
{
	static const struct {
		struct fault fault;
		const char *text;
	} rows[] = {
		{{13, true, 0}, "#GP(0)"},
		{{14, true, FAULT_PF_AUTO}, "#PF(auto)"},
		{{14, true, 0xfffffffe}, "#PF(0xfffffffe)"},
		{{6, false, 99}, "#UD"},
		{{2, false, 0}, "#2"},
		{{255, true, 0xfffffffe}, "#255(0xfffffffe)"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[FAULT_TEXT];

		fault_text(&rows[i].fault, text);
		CHECK_STR(text, rows[i].text);
	}
}

CHECK_MAIN(CHECK_TEST(names_vectors_and_error_codes_agree), CHECK_TEST(no_other_name_is_known), CHECK_TEST(texts))
