#include "decoder/mask.h"

#include <string.h>

static uint64_t low_bits(unsigned n)
{
	return n >= 64 ? ~0ull : (1ull << n) - 1;
}

/* The top bit of each of n elements of size bytes. */
static uint64_t signs(const uint8_t *bytes, unsigned n, unsigned size)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < n && (i + 1) * size <= 64; i++)
		bits |= (uint64_t)(bytes[(i + 1) * size - 1] >> 7) << i;
	return bits;
}

/* maskmovq and maskmovdqu: the register in ModRM.rm. */
static void rm_register(const struct insn *insn, const struct vector_state *vector, uint8_t bytes[64])
{
	const struct insn_fields *f = &insn->fields;

	if (insn->elements == 8) {
		uint64_t mmx = vector_mmx(vector, f->modrm & 7);

		memcpy(bytes, &mmx, sizeof(mmx));
	} else {
		vector_register(vector, (f->modrm & 7) | (f->rex & 1 ? 8 : 0), bytes);
	}
}

uint64_t mask_bits(const struct insn *insn, const struct vector_state *vector)
{
	uint8_t bytes[64] = {0};

	if (insn->fields.encoding == ENC_EVEX)
		return vector_mask_register(vector, insn->fields.mask) & low_bits(insn->elements);
	if (insn->exec == EXEC_MASKMOV)
		rm_register(insn, vector, bytes);
	else
		vector_register(vector, insn->fields.vvvv, bytes);
	return signs(bytes, insn->elements, insn->element);
}

/* A part in memory that is repeated (or one element that is broadcast) is touched for any of its repetitions. */
static uint64_t folded(uint64_t bits, unsigned in_memory)
{
	uint64_t any = 0;

	if (in_memory == 0 || in_memory >= 64)
		return bits;
	for (; bits; bits >>= in_memory)
		any |= bits;
	return any & low_bits(in_memory);
}

uint64_t mask_active(const struct insn *insn, const struct vector_state *vector)
{
	uint64_t bits = mask_bits(insn, vector);

	if (insn->mem.index_size || insn->exec == EXEC_MASKMOV)
		return bits;
	return folded(bits, insn->mem.size / insn->element);
}

int64_t mask_index(const struct insn *insn, const struct vector_state *vector, unsigned i)
{
	uint8_t bytes[64];
	int64_t wide;
	int32_t narrow;

	vector_register(vector, (unsigned)insn->mem.index, bytes);
	if (insn->mem.index_size == 8) {
		memcpy(&wide, bytes + 8 * (i & 7), sizeof(wide));
		return wide;
	}
	memcpy(&narrow, bytes + 4 * (i & 15), sizeof(narrow));
	return narrow;
}
