/*
 * The closed table against a CPU: tests/data/hw_mem_access.tsv holds length, size,
 * direction and alignment of tens of thousands of encodings, measured with guard
 * pages. Every one that decode() accepts must be as the CPU has it.
 */
#include "decoder/decode.h"
#include "decoder/insn_equal.h"
#include "decoder/memref.h"
#include "decoder/table.h"
#include "tests/check.h"
#include "tests/vector_ones.h"

#include <stdlib.h>

#define TSV "tests/data/hw_mem_access.tsv"
#define LEAST_ACCEPTED 14990 /* rows of the file; may only grow */
#define LEAST_MEASURED 14700 /* of these, fully measured and equal */

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

/*
 * Rows that say something else than the architecture, each for a reason of the
 * measurement. The operand was filled with a pattern and watched for change.
 */
static const char *not_measurable(const struct measured *m, const struct insn *insn)
{
	unsigned op = insn->fields.opcode;

	if (strcmp(m->use, "NONE") && strcmp(m->use, "R") && strcmp(m->use, "W") && strcmp(m->use, "RW")) {
		if (insn->exec == EXEC_CALL || insn->exec == EXEC_JMP)
			return "the branch went where the operand said";
		if (insn->flags & INSN_BIT_OFFSET)
			return "the bit offset left the measured page";
		if (insn->fields.map == MAP_0F && op == 0xae)
			return "ldmxcsr of a pattern with reserved bits raises #GP";
		return NULL;
	}
	if (insn->fields.mask == 1 && !(insn->flags & INSN_MASKED) && !strcmp(m->use, "W"))
		return "with a mask of ones the bytes that stay cannot be seen to be read";
	if (insn->flags & INSN_BIT_OFFSET && insn->op_size == 2)
		return "the bit offset moved the operand within the page";
	if (insn->fields.map == MAP_0 && (op & 0xfc) == 0x20 && !strcmp(m->use, "W"))
		return "and with an all-zero register looks like a plain store";
	if (insn->fields.map == MAP_0 && (op & 0xfc) == 0x08 && !strcmp(m->use, "W"))
		return "or with an all-one register looks like a plain store";
	return NULL;
}

/* The measured mask registers: k1 all ones, k2 zero. All accesses taken together; true if there are any. */
static bool accessed(const struct insn *insn, enum mem_use *use, unsigned *size)
{
	static struct vector_state vector;
	struct memref refs[MEMREF_MAX];
	struct regs regs = {.mode = MODE_64, .stack_size = 8};
	unsigned n;

	vector_ones(&vector);
	vector_set_mask(&vector, 2, 0);
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

static void table_is_as_the_cpu(void)
{
	struct decoder *d = decoder_new();
	FILE *file = fopen(TSV, "r");
	unsigned total = 0, accepted = 0, equal = 0;
	struct measured m;
	struct insn insn;
	char line[256];

	CHECK(d && file);
	while (d && file && fgets(line, sizeof(line), file)) {
		enum decode_status status;

		if (line[0] == '#' || !parse(line, &m))
			continue;
		total++;
		check_row = m.name;
		status = decode(d, m.bytes, INSN_MAX, MODE_64, &insn);
		/* what ran on a CPU is not invalid, and no form is held that Capstone and we read differently */
		CHECK(status == DECODE_OK || status == DECODE_UNKNOWN);
		if (status != DECODE_OK)
			continue;
		accepted++;
		same_when_cached(d, &m, &insn);
		if (!not_measurable(&m, &insn))
			equal += equals(&m, &insn);
	}
	check_row = "";
	printf("measured encodings: %u of %u accepted, %u equal; %u rows\n", accepted, total, equal, table_rows());
	CHECK(accepted >= LEAST_ACCEPTED);
	CHECK(equal >= LEAST_MEASURED);
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

/* If bytes[0..n) ending in a ModRM byte is accepted as a memory form, the CPU must have run it. */
static unsigned ran_if_accepted(struct decoder *d, const struct ran *ran, uint8_t bytes[INSN_MAX], unsigned n)
{
	struct insn insn;
	char hex[2 * INSN_MAX + 1];

	memset(bytes + n, 1, INSN_MAX - n);
	if (decode(d, bytes, INSN_MAX, MODE_64, &insn) != DECODE_OK || !insn.mem.present ||
	    insn.fields.modrm_at != n - 1)
		return 0;
	if (insn.fields.map == MAP_0 && insn.fields.opcode == 0x8e)
		return 0; /* loading the pattern into a segment register raises #GP */
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

CHECK_MAIN(CHECK_TEST(table_is_as_the_cpu), CHECK_TEST(nothing_is_accepted_that_the_cpu_lacks))
