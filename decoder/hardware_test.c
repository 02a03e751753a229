/*
 * The closed table against a CPU: tests/data/hw_mem_access.tsv holds length, size,
 * direction and alignment of tens of thousands of encodings, measured with guard
 * pages. Every one that decode() accepts must be as the CPU has it.
 */
#include "decoder/decode.h"
#include "decoder/insn_equal.h"
#include "decoder/table.h"
#include "tests/check.h"

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
	if (insn->flags & INSN_BIT_OFFSET && insn->op_size == 2)
		return "the bit offset moved the operand within the page";
	if (insn->fields.map == MAP_0 && (op & 0xfc) == 0x20 && !strcmp(m->use, "W"))
		return "and with an all-zero register looks like a plain store";
	if (insn->fields.map == MAP_0 && (op & 0xfc) == 0x08 && !strcmp(m->use, "W"))
		return "or with an all-one register looks like a plain store";
	return NULL;
}

static bool equals(const struct measured *m, const struct insn *insn)
{
	static const char *const uses[] = {"NONE", "R", "W", "RW"};

	CHECK_EQ(insn->length, m->length);
	CHECK_STR(uses[insn->mem.use], m->use);
	CHECK_EQ(insn->mem.size, m->size);
	CHECK_EQ((insn->flags & INSN_ALIGNED) != 0, m->aligned);
	return insn->length == m->length && !strcmp(uses[insn->mem.use], m->use) && insn->mem.size == m->size;
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

CHECK_MAIN(CHECK_TEST(table_is_as_the_cpu))
