/*
 * The closed table against a CPU: tests/data/hw_mem_access.tsv holds length, size,
 * direction and alignment of tens of thousands of encodings, measured with guard
 * pages. Each of them is accepted and as the CPU has it, or is one of a counted
 * kind: what the table refuses on purpose, and what could not be measured.
 */
#include "decoder/decode.h"
#include "decoder/fields.h"
#include "decoder/insn_equal.h"
#include "decoder/memref.h"
#include "decoder/table.h"
#include "tests/check.h"
#include "tests/vector_ones.h"

#include <stdlib.h>

#define TSV "tests/data/hw_mem_access.tsv"
#define ROWS 31282

struct measured {
	char name[64]; /* class and bytes */
	uint8_t bytes[INSN_MAX];
	unsigned length, size;
	char use[48];
	bool aligned;
};

static bool parse(const char *line, struct measured *m)
{
	char class[32], hex[32], alignment[16];
	int length, size;

	if (sscanf(line, "%31[^\t]\t%31[^\t]\t%d\t%47[^\t]\t%d\t%15s", class, hex, &length, m->use, &size, alignment) !=
	    6)
		return false;
	snprintf(m->name, sizeof(m->name), "%s %s", class, hex);
	memset(m->bytes, 1, sizeof(m->bytes)); /* the immediates that were measured with */
	for (unsigned i = 0; hex[2 * i] && i < INSN_MAX; i++)
		sscanf(hex + 2 * i, "%2hhx", &m->bytes[i]);
	m->length = (unsigned)length;
	m->size = (unsigned)size;
	m->aligned = strcmp(alignment, "aligned") == 0;
	return true;
}

/* Why a row is not compared: not in the table, or not measurable. The count of each is asserted. */
enum reason {
	REFUSED_NO_OPERAND,
	REFUSED_CONTROL,
	REFUSED_MPX,
	REFUSED_VENDOR,
	REFUSED_FAR_W,
	REFUSED_LOCK_VERW,
	REFUSED_VPERM_W0,
	MEASURED_BRANCH,
	MEASURED_BITS,
	MEASURED_PATTERN,
	MEASURED_PRIVILEGED,
	MEASURED_AND_OR,
	MEASURED_MASK,
	REASONS,
};

static const struct {
	const char *why;
	unsigned rows;
} reasons[REASONS] = {
	[REFUSED_NO_OPERAND] = {"clts, invd, wbinvd: what stands after the opcode is the next instruction", 192},
	[REFUSED_CONTROL] = {"mov with control and debug registers: ModRM.mod says nothing, no memory", 194},
	[REFUSED_MPX] = {"nops of this CPU that are MPX on others", 128},
	[REFUSED_VENDOR] = {"66 with movsxd, call and jmp: CPUs differ on the operand size", 10},
	[REFUSED_FAR_W] = {"REX.W with a far pointer: CPUs differ on its size", 8},
	[REFUSED_LOCK_VERW] = {"lock verw ran on this CPU alone; #UD in the manuals", 1},
	[REFUSED_VPERM_W0] = {"vpermq and vpermpd of VEX.W0 ran on this CPU; #UD in the manuals", 2},
	[MEASURED_BRANCH] = {"the branch went where the operand said", 14},
	[MEASURED_BITS] = {"the bit offset moved the operand", 156},
	[MEASURED_PATTERN] = {"the pattern in memory raised #GP: reserved bits, selectors", 22},
	[MEASURED_PRIVILEGED] = {"privileged: #GP at CPL 3 before any access", 68},
	[MEASURED_AND_OR] = {"and with zeros, or with ones looks like a plain store", 67},
	[MEASURED_MASK] = {"with a mask of ones the bytes that stay cannot be seen to be read", 12},
};

static enum reason why_refused(const struct measured *m)
{
	struct insn_fields f;

	if (fields_read(m->bytes, INSN_MAX, MODE_64, &f) != FIELDS_OK)
		return REASONS;
	if (f.encoding == ENC_VEX && f.map == MAP_0F3A && f.opcode < 2 && !(f.rex & 8))
		return REFUSED_VPERM_W0;
	if (f.encoding != ENC_LEGACY)
		return REASONS;
	if (f.map == MAP_0 && f.opcode == 0xff && (f.rex & 8) && (fields_digit(&f) == 3 || fields_digit(&f) == 5))
		return REFUSED_FAR_W;
	if (f.map == MAP_0 && f.opsize && (f.opcode == 0x63 || f.opcode == 0xff))
		return REFUSED_VENDOR;
	if (f.map != MAP_0F)
		return REASONS;
	if (f.lock && f.opcode == 0)
		return REFUSED_LOCK_VERW;
	if (f.opcode == 6 || f.opcode == 8 || f.opcode == 9)
		return REFUSED_NO_OPERAND;
	if (f.opcode >= 0x20 && f.opcode <= 0x23)
		return REFUSED_CONTROL;
	return f.opcode == 0x1a || f.opcode == 0x1b ? REFUSED_MPX : REASONS;
}

/* The operand was filled with a pattern and watched for change. REASONS: it is measured. */
static enum reason why_not_measured(const struct measured *m, const struct insn *insn)
{
	unsigned op = insn->fields.opcode;
	bool measured =
		!strcmp(m->use, "NONE") || !strcmp(m->use, "R") || !strcmp(m->use, "W") || !strcmp(m->use, "RW");

	if (!measured && (insn->exec == EXEC_CALL || insn->exec == EXEC_JMP))
		return MEASURED_BRANCH;
	if (insn->flags & INSN_BIT_OFFSET && (!measured || insn->op_size == 2))
		return MEASURED_BITS;
	if (!measured && insn->exec == EXEC_STEP && insn->fields.map != MAP_0 && !strncmp(m->use, "OTHER", 5))
		return MEASURED_PRIVILEGED;
	if (!measured && insn->fields.map == MAP_0F && (op == 0xae || op == 0xc7))
		return MEASURED_PATTERN;
	if (!measured && insn->fields.map == MAP_0 && op == 0xff)
		return MEASURED_PATTERN;
	if (insn->fields.map == MAP_0 && ((op & 0xfc) == 0x20 || (op & 0xfc) == 0x08) && !strcmp(m->use, "W"))
		return MEASURED_AND_OR;
	if (insn->fields.mask == 1 && !(insn->flags & INSN_MASKED) && !strcmp(m->use, "W") &&
	    insn->mem.use == MEM_READ_WRITE)
		return MEASURED_MASK;
	return REASONS;
}

/* The measured mask registers: k1 all ones, k2 zero. All accesses taken together; true if there are any. */
static bool accessed(const struct insn *insn, enum mem_use *use, unsigned *size)
{
	static const uint8_t zeros[64];
	static struct vector_state vector;
	struct memref refs[MEMREF_MAX];
	struct regs regs = {.mode = MODE_64, .stack_size = 8};
	unsigned n;

	vector_ones(&vector);
	vector_set_mask(&vector, 2, 0);
	vector_set_register(&vector, 0, zeros); /* measured with vvvv 0: zeros, and 5: ones */
	n = memrefs_of(insn, &regs, &vector, refs);
	*use = n ? refs[0].use : MEM_NONE;
	*size = 0;
	for (unsigned i = 0; i < n; i++)
		*size += refs[i].size;
	return n > 0;
}

static bool equals(const struct measured *m, const struct insn *insn)
{
	static const char *const uses[] = {"NONE", "R", "W", "RW"};
	enum mem_use use = insn->mem.use;
	unsigned size = insn->mem.size;

	if (insn->flags & INSN_MASKED)
		accessed(insn, &use, &size);
	if (insn->mem.index_size && use != MEM_NONE)
		size = insn->element; /* measured with all indices equal */
	CHECK_EQ(insn->length, m->length);
	CHECK_STR(uses[use], m->use);
	CHECK_EQ(size, m->size);
	CHECK_EQ(use != MEM_NONE && (insn->flags & INSN_ALIGNED), m->aligned);
	return insn->length == m->length && !strcmp(uses[use], m->use) && size == m->size;
}

static void same_when_cached(struct decoder *d, const struct measured *m, const struct insn *insn)
{
	const struct insn *cached = NULL;

	for (unsigned round = 0; round < 2; round++) {
		CHECK_EQ(decode_cached(d, m->bytes, INSN_MAX, MODE_64, &cached), DECODE_OK);
		CHECK(cached && insn_equal(cached, insn));
	}
}

/* One row of the file: equal, or of a kind that is counted. */
static void explain(struct decoder *d, const struct measured *m, unsigned *equal, unsigned count[REASONS])
{
	struct insn insn;
	bool accepted = decode(d, m->bytes, INSN_MAX, MODE_64, &insn) == DECODE_OK;
	enum reason reason = accepted ? why_not_measured(m, &insn) : why_refused(m);

	if (accepted)
		same_when_cached(d, m, &insn);
	if (reason != REASONS)
		count[reason]++;
	else if (accepted)
		*equal += equals(m, &insn);
	else
		CHECK_AT(false, "neither in the table nor of a known kind");
}

static void every_row_is_explained(void)
{
	struct decoder *d = decoder_new();
	FILE *file = fopen(TSV, "r");
	unsigned total = 0, equal = 0, explained = 0, count[REASONS] = {0};
	struct measured m;
	char line[256];

	CHECK(d && file);
	while (d && file && fgets(line, sizeof(line), file)) {
		if (line[0] == '#' || !parse(line, &m))
			continue;
		total++;
		check_row = m.name;
		explain(d, &m, &equal, count);
	}
	printf("measured encodings: %u, %u as the CPU has them; %u rows of the table\n", total, equal, table_rows());
	for (unsigned i = 0; i < REASONS; i++) {
		check_row = reasons[i].why;
		CHECK_EQ(count[i], reasons[i].rows);
		printf("  %5u %s\n", count[i], reasons[i].why);
		explained += count[i];
	}
	check_row = "";
	CHECK_EQ(total, ROWS);
	CHECK_EQ(equal + explained, total);
	if (file)
		fclose(file);
	decoder_free(d);
}

/* The bytes of every encoding of the file, sorted, to ask whether the CPU ran one. */
struct ran {
	unsigned n;
	char hex[40000][32];
};

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static struct ran *ran_new(void)
{
	struct ran *ran = calloc(1, sizeof(*ran));
	FILE *file = fopen(TSV, "r");
	char line[256];

	while (ran && file && ran->n < 40000 && fgets(line, sizeof(line), file)) {
		if (line[0] != '#' && sscanf(line, "%*[^\t]\t%31[^\t]", ran->hex[ran->n]) == 1)
			ran->n++;
	}
	if (file)
		fclose(file);
	if (ran)
		qsort(ran->hex, ran->n, sizeof(ran->hex[0]), by_text);
	return ran;
}

/* Forms of the manuals that this CPU does not have, or that could not be measured for what they do. */
static bool not_to_be_had(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;

	if (f->encoding == ENC_VEX)
		return f->map == MAP_0F38 && f->opcode >= 0x50 && f->opcode <= 0x53; /* AVX-VNNI */
	if (f->encoding != ENC_LEGACY)
		return false;
	switch (f->map) {
	case MAP_0:
		return f->opcode == 0x8e; /* loading the pattern into a segment register raises #GP */
	case MAP_0F:
		return f->opcode == 0xb2 || f->opcode == 0xb4 || f->opcode == 0xb5; /* the same */
	case MAP_0F38:
		return f->opcode >= 0xf8 /* movdiri, movdir64b; crc32 and movbe are below */ || f->opcode == 0x80 ||
		       f->opcode == 0x81; /* invept, invvpid: of another vendor */
	case MAP_0F3A:
	case MAP_5:
	case MAP_6:
		break;
	}
	return false;
}

/* If bytes[0..n) ending in a ModRM byte is accepted as a memory form, the CPU must have run it. */
static unsigned ran_if_accepted(struct decoder *d, const struct ran *ran, uint8_t bytes[INSN_MAX], unsigned n)
{
	struct insn insn;
	char hex[2 * INSN_MAX + 1];

	memset(bytes + n, 1, INSN_MAX - n);
	if (decode(d, bytes, INSN_MAX, MODE_64, &insn) != DECODE_OK || !insn.mem.present ||
	    insn.fields.modrm_at != n - 1)
		return 0;
	if (not_to_be_had(&insn))
		return 0;
	for (unsigned i = 0; i < insn.length; i++)
		snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	check_row = hex;
	CHECK_AT(bsearch(hex, ran->hex, ran->n, sizeof(ran->hex[0]), by_text), "the CPU does not have %s", insn.text);
	check_row = "";
	return 1;
}

static const uint8_t escapes[4][2] = {{0}, {0x0f}, {0x0f, 0x38}, {0x0f, 0x3a}};

/* One class of legacy encodings: a prefix, REX.W, a map; all opcodes and digits with [rbx]. */
static unsigned legacy_class(struct decoder *d, const struct ran *ran, uint8_t prefix, bool w, unsigned map)
{
	unsigned accepted = 0;

	for (unsigned i = 0; i < 0x800; i++) {
		uint8_t bytes[INSN_MAX];
		unsigned n = 0;

		if (prefix)
			bytes[n++] = prefix;
		if (w)
			bytes[n++] = 0x48;
		for (unsigned e = 0; e < 2 && escapes[map][e]; e++)
			bytes[n++] = escapes[map][e];
		bytes[n++] = (uint8_t)(i >> 3);
		bytes[n++] = (uint8_t)((i & 7) << 3 | 3);
		accepted += ran_if_accepted(d, ran, bytes, n);
	}
	return accepted;
}

/* All opcodes of one VEX class, ModRM.reg 0, with [rbx]. last: W, vvvv, L and pp. */
static unsigned vex_class(struct decoder *d, const struct ran *ran, unsigned map, uint8_t last)
{
	unsigned accepted = 0;

	for (unsigned op = 0; op < 0x100; op++) {
		uint8_t bytes[INSN_MAX] = {0xc4, (uint8_t)(0xe0 | map), last, (uint8_t)op, 0x03};

		accepted += ran_if_accepted(d, ran, bytes, 5);
	}
	return accepted;
}

static void nothing_is_accepted_that_the_cpu_lacks(void)
{
	static const uint8_t prefixes[] = {0, 0x66, 0xf3, 0xf2, 0xf0};
	struct decoder *d = decoder_new();
	struct ran *ran = ran_new();
	unsigned accepted = 0;

	CHECK(d && ran);
	if (!d || !ran)
		return;
	for (unsigned i = 0; i < 5 * 2 * 4; i++) {
		uint8_t prefix = prefixes[i / 8];

		if (prefix != 0xf0 || i % 2 == 0) /* LOCK was measured without REX.W */
			accepted += legacy_class(d, ran, prefix, i % 2, i / 2 % 4);
	}
	for (unsigned i = 0; i < 3 * 32; i++) {
		unsigned vvvv = i & 1 ? 5 : 0;

		accepted += vex_class(d, ran, 1 + i / 32, (uint8_t)((i & 16) << 3 | (~vvvv & 15) << 3 | (i >> 1 & 7)));
	}
	printf("accepted forms with [rbx]: %u\n", accepted);
	CHECK(accepted > 14000);
	free(ran);
	decoder_free(d);
}

CHECK_MAIN(CHECK_TEST(every_row_is_explained), CHECK_TEST(nothing_is_accepted_that_the_cpu_lacks))
