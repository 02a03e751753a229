#include "decoder/describe.h"
#include "decoder/memref.h"
#include "decoder/table.h"
#include "tests/check.h"
#include "tests/vector_ones.h"

#include <stdlib.h>

/* What describe() prints about bytes, in a static buffer; *result is what it returns. */
static const char *described(struct decoder *d, const uint8_t *bytes, size_t n, bool json, int *result)
{
	static char text[4096];
	FILE *out = fmemopen(text, sizeof(text), "w");

	memset(text, 0, sizeof(text));
	CHECK(out);
	if (!out)
		return "";
	*result = describe(d, bytes, n, MODE_64, json, out);
	fclose(out);
	return text;
}

static void text_is_complete(void)
{
	static const uint8_t bytes[] = {0xff, 0x73, 0x10, 0x90};
	struct decoder *d = decoder_new();
	int result = -1;

	CHECK_STR(described(d, bytes, sizeof(bytes), false, &result),
		  "text       push [rbx+0x10]\n"
		  "bytes      ff7310, length 3\n"
		  "encoding   legacy, map one-byte, prefix none, opcode ff, modrm 73 at 1, disp 1 bytes at 2\n"
		  "form       push Ev, operand size 8\n"
		  "access     operand [rbx+0x10], 8 bytes, read\n"
		  "access     stack [rsp-0x8], 8 bytes, write\n"
		  "execution  handler push\n");
	CHECK_EQ(result, 3);
	decoder_free(d);
}

static void json_is_complete(void)
{
	static const uint8_t bytes[] = {0xf0, 0x48, 0x01, 0x03};
	struct decoder *d = decoder_new();
	int result = -1;

	CHECK_STR(described(d, bytes, sizeof(bytes), true, &result),
		  "{\"status\":\"ok\",\"mode\":64,\"bytes\":\"f0480103\",\"text\":\"lock add [rbx],rax\",\"encoding\":"
		  "{\"kind\":\"legacy\",\"map\":\"one-byte\",\"prefix\":\"none\",\"opcode\":1,\"rex\":72,\"vvvv\":0,"
		  "\"vector_bytes\":0,\"prefix_bytes\":2,\"modrm\":3,\"modrm_at\":3,\"disp_at\":0,\"disp_bytes\":0,"
		  "\"imm_at\":0,\"imm_bytes\":0},\"length\":4,\"form\":\"add Ev,Gv\",\"operand_size\":8,"
		  "\"aligned\":false,\"accesses\":[{\"role\":\"operand\",\"address\":\"[rbx]\",\"size\":8,"
		  "\"use\":\"read-write\",\"locked\":true}],\"execution\":\"native stub: on the host CPU, with the "
		  "operand on a scratch slot\"}\n");
	CHECK_EQ(result, 4);
	decoder_free(d);
}

static void refusals_say_why(void)
{
	static const struct {
		const char *name;
		uint8_t bytes[4];
		size_t n;
		const char *says;
	} rows[] = {
		{"unknown", {0x0f, 0xa2}, 2, "refused    unknown: the closed table has no row for this form\n"},
		{"truncated", {0x0f}, 1, "refused    truncated: the bytes end inside the instruction\n"},
		{"invalid", {0xf0, 0x8b, 0x03}, 3, "refused    invalid: the CPU raises an exception at these bytes\n"},
	};
	struct decoder *d = decoder_new();

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int result = -1;

		check_row = rows[i].name;
		CHECK(strstr(described(d, rows[i].bytes, rows[i].n, false, &result), rows[i].says));
		CHECK_EQ(result, 0);
		CHECK(strstr(described(d, rows[i].bytes, rows[i].n, true, &result), rows[i].name));
		CHECK_EQ(result, 0);
	}
	decoder_free(d);
}

/* The accesses that are described are those that memrefs_of() enumerates. */
static void accesses_are_those_of_memref(void)
{
	static const char *const uses[] = {"none", "read", "write", "read-write"};
	struct decoder *d = decoder_new();
	static struct vector_state vector;
	unsigned compared = 0;

	for (unsigned op = 0; op < 0x10000; op++) {
		uint8_t bytes[INSN_MAX] = {(uint8_t)op, op >> 8 ? (uint8_t)(op >> 8) : 0x03, 0x03};
		struct regs regs = {.gpr = {[GPR_RCX] = 1}, .mode = MODE_64, .stack_size = 8};
		struct memref refs[MEMREF_MAX];
		struct insn insn;
		const char *text;
		unsigned n;
		int result;

		if (decode(d, bytes, INSN_MAX, MODE_64, &insn) != DECODE_OK)
			continue;
		check_row = insn.text;
		if ((insn.flags & INSN_MASKED) && !insn.element)
			continue; /* an XSAVE area: described by its size at most */
		vector_ones(&vector);
		n = memrefs_of(&insn, &regs, &vector, refs);
		text = strstr(described(d, bytes, INSN_MAX, true, &result), "\"accesses\":[");
		for (unsigned i = 0; i < n; i++) {
			char expected[64];
			unsigned size = refs[i].size;

			while (i + 1 < n && refs[i + 1].at) /* pieces of one operand */
				size += refs[++i].size;

			snprintf(expected, sizeof(expected), "\"size\":%u,\"use\":\"%s\",\"locked\":%s", size,
				 uses[refs[i].use], refs[i].locked ? "true" : "false");
			text = text ? strstr(text, expected) : NULL;
			CHECK_AT(text, "no %s", expected);
			text = text ? text + 1 : NULL;
		}
		CHECK(text && !strstr(text, "\"role\""));
		compared++;
	}
	CHECK(compared > 5000);
	decoder_free(d);
}

static void full_output_is_an_error(void)
{
	static const uint8_t bytes[] = {0x8b, 0x03};
	struct decoder *d = decoder_new();
	FILE *out = fopen("/dev/full", "w");

	CHECK(out && describe(d, bytes, sizeof(bytes), MODE_64, false, out) < 0);
	if (out)
		fclose(out);
	decoder_free(d);
}

CHECK_MAIN(CHECK_TEST(text_is_complete), CHECK_TEST(json_is_complete), CHECK_TEST(refusals_say_why),
	   CHECK_TEST(accesses_are_those_of_memref), CHECK_TEST(full_output_is_an_error))
