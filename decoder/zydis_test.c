/*
 * The decoder against an independent one: random operand forms of every row of
 * the closed table, in all modes. What decode() accepts, Zydis must read with the
 * same length, address expression, access sizes and directions; what it calls
 * invalid, Zydis must refuse.
 */
#include "decoder/decode.h"
#include "decoder/fields.h"
#include "decoder/memref.h"
#include "decoder/table.h"
#include "tests/check.h"
#include "tests/vector_ones.h"

#include <Zydis/Zydis.h>

#define ROUNDS_PER_ROW 1000
#define LEAST_COMPARED 1400000

struct joined {
	enum mem_use use;
	unsigned size;
};

static uint64_t random_state = 0x9e3779b97f4a7c15ull; /* a fixed seed: failures can be repeated */

/* xorshift64* */
static uint32_t random_below(uint32_t n)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * 0x2545f4914f6cdd1dull) >> 33) % n;
}

static void append(uint8_t *bytes, unsigned *n, unsigned byte)
{
	bytes[(*n)++] = (uint8_t)byte;
}

static void append_legacy(const struct table_row *row, enum cpu_mode mode, uint8_t *bytes, unsigned *n)
{
	static const uint8_t mandatory[] = {0, 0x66, 0xf3, 0xf2, 0};
	static const uint8_t noise[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x67, 0xf0, 0x66, 0xf2, 0xf3};

	if (random_below(3) == 0)
		append(bytes, n, noise[random_below(sizeof(noise))]);
	if (random_below(4) == 0)
		append(bytes, n, 0x66);
	if (mandatory[row->prefix])
		append(bytes, n, mandatory[row->prefix]);
	if (random_below(8) == 0)
		append(bytes, n, noise[random_below(sizeof(noise))]);
	if (mode == MODE_64 && (row->w == W_1 || random_below(2)))
		append(bytes, n, 0x40 | random_below(8) | (row->w == W_1 || random_below(3) == 0 ? 8 : 0));
	if (row->map != MAP_0)
		append(bytes, n, 0x0f);
	if (row->map == MAP_0F38 || row->map == MAP_0F3A)
		append(bytes, n, row->map == MAP_0F38 ? 0x38 : 0x3a);
}

static void append_vex(const struct table_row *row, enum cpu_mode mode, uint8_t *bytes, unsigned *n)
{
	static const uint8_t pp[] = {0, 1, 2, 3};
	bool w = row->w == W_1 || (row->w == W_ANY && random_below(2));
	bool l = row->l == L_256 || (row->l == L_ANY && random_below(2));
	unsigned vvvv = row->vvvv || random_below(8) == 0 ? random_below(16) : 15;
	unsigned last = vvvv << 3 | (unsigned)l << 2 | pp[row->prefix];
	unsigned rxb = mode == MODE_64 ? random_below(8) << 5 : 0xe0;

	if (random_below(4) == 0)
		append(bytes, n, random_below(2) ? 0x65 : 0x67);
	if (mode != MODE_64)
		last |= 8 << 3;
	if (!w && row->map == MAP_0F && random_below(2)) {
		append(bytes, n, 0xc5);
		append(bytes, n, (rxb & 0x80) | last);
	} else {
		append(bytes, n, 0xc4);
		append(bytes, n, rxb | row->map);
		append(bytes, n, (unsigned)w << 7 | last);
	}
}

/* Mostly what the row allows; at times a mask, zeroing, broadcast or vvvv that it does not. */
static void append_evex(const struct table_row *row, enum cpu_mode mode, uint8_t *bytes, unsigned *n)
{
	bool w = row->w == W_1 || (row->w == W_ANY && random_below(2));
	unsigned l = row->l == L_128 ? 0 : row->l == L_256 ? 1 : row->l == L_512 ? 2 : random_below(3);
	unsigned vvvv = row->vvvv || random_below(8) == 0 ? random_below(16) : 15;
	unsigned mask = row->mask == MASK_NEVER && random_below(8) ? 0 : random_below(8);
	bool zeroing = mask && row->zeroing ? random_below(2) : random_below(16) == 0;
	bool broadcast = row->broadcast ? random_below(2) : random_below(16) == 0;
	unsigned high = row->vvvv || row->index_size ? random_below(2) : 1;

	if (random_below(4) == 0)
		append(bytes, n, random_below(2) ? 0x65 : 0x67);
	append(bytes, n, 0x62);
	append(bytes, n, (mode == MODE_64 ? random_below(16) << 4 : 0xf0) | row->map);
	append(bytes, n, (unsigned)w << 7 | (mode == MODE_64 ? vvvv : vvvv | 8) << 3 | 4 | row->prefix);
	append(bytes, n,
	       (unsigned)zeroing << 7 | l << 5 | (unsigned)broadcast << 4 | (mode == MODE_64 ? high : 1) << 3 | mask);
}

/* Some encoding of row: INSN_MAX bytes, the rest random. */
static void encode_some(const struct table_row *row, enum cpu_mode mode, uint8_t bytes[32])
{
	unsigned n = 0;

	for (unsigned i = 0; i < 32; i++)
		bytes[i] = (uint8_t)random_below(256);
	if (row->encoding == ENC_VEX)
		append_vex(row, mode, bytes, &n);
	else if (row->encoding == ENC_EVEX)
		append_evex(row, mode, bytes, &n);
	else
		append_legacy(row, mode, bytes, &n);
	append(bytes, &n, row->opcode + random_below(row->opcodes ? row->opcodes : 1));
	if (row->digit >= 0)
		bytes[n] = (uint8_t)((bytes[n] & 0xc7) | row->digit << 3);
	if (random_below(4))
		bytes[n] &= 0xbf; /* memory rather than a register */
	if (row->index_size && random_below(8))
		bytes[n] = (uint8_t)((bytes[n] & 0xb8) | 4); /* VSIB */
}

static int8_t zydis_register(ZydisRegister reg)
{
	ZydisRegisterClass class = ZydisRegisterGetClass(reg);

	if (class == ZYDIS_REGCLASS_IP)
		return REG_RIP;
	return class == ZYDIS_REGCLASS_INVALID ? REG_NONE : (int8_t)ZydisRegisterGetId(reg);
}

/* 67 with SIB base 101b, mod 0 and REX.B: no base for the CPU (measured), R13D for Zydis 4.0.0. */
static bool zydis_misreads(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;

	return f->adsize && f->has_sib && f->modrm < 0x40 && (f->sib & 7) == 5 && (f->rex & 1);
}

/* 3E before an indirect branch is "notrack" to Zydis; outside 64-bit mode it still selects DS. */
static bool is_notrack(const struct insn *insn)
{
	return insn->fields.seg_override == SEG_DS && (insn->exec == EXEC_CALL || insn->exec == EXEC_JMP);
}

static void same_operand(const struct insn *insn, const ZydisDecodedInstruction *zydis,
			 const ZydisDecodedOperand *operands)
{
	static const uint16_t segments[SEG_COUNT] = {ZYDIS_REGISTER_ES, ZYDIS_REGISTER_CS, ZYDIS_REGISTER_SS,
						     ZYDIS_REGISTER_DS, ZYDIS_REGISTER_FS, ZYDIS_REGISTER_GS};
	const ZydisDecodedOperand *found = NULL;

	for (unsigned i = 0; i < zydis->operand_count_visible; i++) {
		if (operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY)
			found = &operands[i];
	}
	CHECK_EQ(insn->mem.present, found != NULL);
	if (!found || !insn->mem.present || zydis_misreads(insn))
		return;
	CHECK_EQ(insn->mem.base, zydis_register(found->mem.base));
	CHECK_EQ(insn->mem.index, zydis_register(found->mem.index));
	if (insn->mem.index != REG_NONE)
		CHECK_EQ(insn->mem.scale, found->mem.scale);
	if (insn->fields.has_modrm)
		CHECK_EQ(insn->mem.disp, found->mem.disp.value);
	else /* moffs: Zydis extends the sign of an absolute address */
		CHECK_EQ(insn->mem.disp, found->mem.disp.value & (~0ull >> (64 - zydis->address_width)));
	CHECK_EQ(insn->mem.addr_size, zydis->address_width / 8);
	if (found->mem.type == ZYDIS_MEMOP_TYPE_MEM &&
	    !is_notrack(insn)) /* an address that is only computed has no segment there */
		CHECK_EQ(segments[insn->mem.seg], found->mem.segment);
}

static enum mem_use zydis_use(const ZydisDecodedOperand *operand)
{
	bool reads = operand->actions & ZYDIS_OPERAND_ACTION_MASK_READ;
	bool writes = operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE;

	return reads ? (writes ? MEM_READ_WRITE : MEM_READ) : writes ? MEM_WRITE : MEM_NONE;
}

/* Neighbouring references of one kind are pieces of one operand. */
static unsigned joined(const struct memref *refs, unsigned n, struct joined *out)
{
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++) {
		bool goes_on = i > 0 && refs[i].at > 0 && refs[i].at == refs[i - 1].at + refs[i - 1].size;

		if (!goes_on)
			out[count++] = (struct joined){.use = refs[i].use};
		out[count - 1].size += refs[i].size;
	}
	return count;
}

/* A masked store that is checked as a whole reads too, for us, to leave the rest. */
static bool same_use(const struct insn *insn, enum mem_use ours, enum mem_use other)
{
	if (insn->fields.mask && !(insn->flags & INSN_MASKED) && other == MEM_WRITE)
		return ours == MEM_READ_WRITE;
	return ours == other;
}

/*
 * What Zydis does not count as we do: gathers by element, the nesting levels of
 * enter, cache lines as accesses, areas as reading what they leave, sizes by XCR0.
 */
static bool counted_otherwise(const struct insn *insn)
{
	return insn->mem.index_size || insn->exec == EXEC_ENTER || insn->exec == EXEC_FLUSH ||
	       (insn->mem.size >= 512 && insn->mem.use == MEM_READ_WRITE) ||
	       ((insn->flags & INSN_MASKED) && !insn->element);
}

/* Every access, implicit ones too: as many of each size and direction. */
static void same_accesses(const struct insn *insn, const ZydisDecodedInstruction *zydis,
			  const ZydisDecodedOperand *operands)
{
	static struct vector_state vector;
	struct regs regs = {.gpr = {[GPR_RCX] = 1}, .mode = insn->mode, .stack_size = 4};
	struct memref refs[MEMREF_MAX];
	struct joined all[MEMREF_MAX];
	unsigned n, seen = 0, count = 0;

	if (!vector.features)
		vector_ones(&vector);
	n = joined(refs, memrefs_of(insn, &regs, &vector, refs), all);
	for (unsigned i = 0; i < zydis->operand_count; i++) {
		const ZydisDecodedOperand *operand = &operands[i];

		if (operand->type != ZYDIS_OPERAND_TYPE_MEMORY || (operand->mem.type != ZYDIS_MEMOP_TYPE_MEM))
			continue;
		count++;
		for (unsigned r = 0; r < n; r++) {
			if (!(seen & 1u << r) && all[r].size * 8 == operand->size &&
			    same_use(insn, all[r].use, zydis_use(operand))) {
				seen |= 1u << r;
				break;
			}
		}
	}
	CHECK_EQ(count, n);
	CHECK_EQ(seen, (1u << n) - 1);
}

/* Zydis ignores R and R' where ModRM.reg names a mask register; the CPU raises #UD (measured). */
static bool beyond_mask_registers(struct decoder *d, const uint8_t *bytes, enum cpu_mode mode)
{
	uint8_t other[INSN_MAX];
	struct insn insn;
	unsigned at = bytes[0] == 0x62 ? 1 : 2;

	memcpy(other, bytes, INSN_MAX);
	other[at] |= 0x90;
	return decode(d, other, INSN_MAX, mode, &insn) == DECODE_OK && insn.fields.encoding == ENC_EVEX &&
	       table_row(insn.row)->registers == 8;
}

static void compare(struct decoder *d, const ZydisDecoder *zydis, const uint8_t *bytes, enum cpu_mode mode,
		    unsigned *compared)
{
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction other;
	struct insn insn;
	enum decode_status status = decode(d, bytes, INSN_MAX, mode, &insn);
	bool valid = ZYAN_SUCCESS(ZydisDecoderDecodeFull(zydis, bytes, INSN_MAX, &other, operands));

	if (status == DECODE_TOO_LONG)
		CHECK_AT(!valid, "too long to us alone");
	if (status == DECODE_INVALID && !beyond_mask_registers(d, bytes, mode))
		CHECK_AT(!valid, "invalid to us alone");
	if (status == DECODE_DISAGREE)
		CHECK_AT(!valid, "both differ from us");
	if (status != DECODE_OK)
		return;
	CHECK_AT(valid, "accepted by us alone: %s", insn.text);
	if (!valid)
		return;
	CHECK_EQ(insn.length, other.length);
	same_operand(&insn, &other, operands);
	if ((!insn.mem.present || insn.mem.use != MEM_NONE) &&
	    !counted_otherwise(&insn)) /* it gives nop and prefetch a read; the CPU reads nothing */
		same_accesses(&insn, &other, operands);
	(*compared)++;
}

static void name_row(char name[96], unsigned row, const uint8_t *bytes, enum cpu_mode mode)
{
	int n = snprintf(name, 96, "row %u %s, mode %u, ", row, table_row(row)->name, 16u << mode);

	for (unsigned i = 0; i < INSN_MAX && n + 3 < 96; i++)
		n += snprintf(name + n, 96 - (size_t)n, "%02x", bytes[i]);
}

static void rows_are_as_zydis(void)
{
	static const ZydisMachineMode modes[] = {ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_MACHINE_MODE_LEGACY_32,
						 ZYDIS_MACHINE_MODE_LONG_64};
	static const ZydisStackWidth stacks[] = {ZYDIS_STACK_WIDTH_16, ZYDIS_STACK_WIDTH_32, ZYDIS_STACK_WIDTH_64};
	struct decoder *d = decoder_new();
	ZydisDecoder zydis[3];
	unsigned compared = 0;

	for (unsigned mode = 0; mode < 3; mode++)
		CHECK(ZYAN_SUCCESS(ZydisDecoderInit(&zydis[mode], modes[mode], stacks[mode])));
	for (unsigned row = 0; d && row < table_rows(); row++) {
		for (unsigned round = 0; round < ROUNDS_PER_ROW; round++) {
			/* half of the rounds in 64-bit mode */
			enum cpu_mode mode = round % 2 ? MODE_64 : (enum cpu_mode)(round / 2 % 2);
			uint8_t bytes[32];
			char name[96];

			encode_some(table_row(row), mode, bytes);
			name_row(name, row, bytes, mode);
			check_row = name;
			compare(d, &zydis[mode], bytes, mode, &compared);
		}
		check_row = "";
	}
	printf("compared with Zydis: %u encodings\n", compared);
	CHECK(d && compared >= LEAST_COMPARED);
	decoder_free(d);
}

CHECK_MAIN(CHECK_TEST(rows_are_as_zydis))
