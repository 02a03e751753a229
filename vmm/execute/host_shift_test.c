/* Double shifts by an immediate: which instructions they are, and that a CPU finds their operand. */
#include "decoder/decode.h"
#include "tests/check.h"
#include "vmm/execute/host_shift.h"

#include <cpuid.h>
#include <string.h>

static void concerns_them_alone(void)
{
	static const struct {
		const char *name, *bytes;
		unsigned size;
		bool concerned;
	} rows[] = {
		{"shld [rbx],ecx,4", "\x0f\xa4\x0b\x04", 4, true},
		{"shrd [rbx],rcx,4", "\x48\x0f\xac\x0b\x04", 5, true},
		{"shld [rbx],ecx,cl", "\x0f\xa5\x0b", 3, false},
		{"shl dword [rbx],4", "\xc1\x23\x04", 3, false},
		{"movs: the same opcode byte in another map", "\xa4", 1, false},
	};
	struct decoder *decoder = decoder_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct insn insn;

		check_row = rows[i].name;
		CHECK_EQ(decode(decoder, (const uint8_t *)rows[i].bytes, rows[i].size, MODE_64, &insn), DECODE_OK);
		CHECK_EQ(host_shift_concerns(&insn), rows[i].concerned);
	}
	decoder_free(decoder);
}

static void a_cpu_finds_the_operand(void)
{
	unsigned eax, name[3];

	__cpuid(0x40000000, eax, name[0], name[1], name[2]);
	if (memcmp(name, "TCGTCGTCGTCG", sizeof(name)) == 0) {
		SKIP("this is QEMU's software CPU, which may be wrong");
		return;
	}
	CHECK(host_shift_is_right());
}

CHECK_MAIN(CHECK_TEST(concerns_them_alone), CHECK_TEST(a_cpu_finds_the_operand))
