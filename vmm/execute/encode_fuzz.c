/*
 * Any bytes in any mode: what decode() takes for a stub is refused or rewritten to an
 * instruction that decodes again, to the same row, with its operand where it was put.
 */
#include "decoder/decode.h"
#include "decoder/table.h"
#include "vmm/execute/stub.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

#define REQUIRE(condition) ((condition) ? (void)0 : abort())

static void check(struct decoder *d, const struct insn *insn, const struct stub_code *code)
{
	struct insn again;

	REQUIRE(code->length >= 1 && code->length <= INSN_MAX);
	REQUIRE(code->rsp_became == REG_NONE || (code->rsp_became >= 0 && code->rsp_became < GPR_COUNT));
	if (code->disp_at == 0)
		return; /* no operand that is addressed by RIP */
	REQUIRE(code->disp_at + 4 <= code->length);
	if (decode(d, code->bytes, code->length, MODE_64, &again) != DECODE_OK)
		return; /* the cache refuses it then */
	REQUIRE(again.length == code->length);
	REQUIRE(!again.fields.lock);
	if (again.row == insn->row && again.mem.present)
		REQUIRE(again.mem.base == REG_RIP && again.mem.index == REG_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	static struct decoder *d;
	struct stub_code code;
	struct insn insn;

	if (!d)
		d = decoder_new();
	REQUIRE(d);
	if (size < 2)
		return 0;
	memset(&insn, 0, sizeof(insn));
	if (decode(d, input + 1, size - 1 < INSN_MAX ? size - 1 : INSN_MAX, (enum cpu_mode)(input[0] % 3), &insn) !=
	    DECODE_OK)
		return 0;
	if (insn.exec == EXEC_STUB && stub_encode(&insn, &code))
		check(d, &insn, &code);
	return 0;
}
