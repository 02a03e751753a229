#include "vmm/conform/readings.h"

#include "decoder/table.h"
#include "vmm/conform/tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KINDS (OTHER_DECODERS * READINGS * DECODER_ENCODINGS)

struct readings {
	unsigned count, capacity;
	struct reading *entries;
	uint32_t *index; /* by row (the last: none) and kind: its entry + 1 */
};

struct readings *readings_new(void)
{
	struct readings *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->index = calloc((size_t)(table_rows() + 1) * KINDS, sizeof(*r->index));
	if (r->index)
		return r;
	free(r);
	return NULL;
}

void readings_free(struct readings *r)
{
	if (!r)
		return;
	free(r->entries);
	free(r->index);
	free(r);
}

static struct reading *add(struct readings *r)
{
	if (r->count == r->capacity) {
		unsigned capacity = r->capacity ? 2 * r->capacity : 256;
		struct reading *more = realloc(r->entries, capacity * sizeof(*more));

		if (!more)
			return NULL;
		r->entries = more;
		r->capacity = capacity;
	}
	return &r->entries[r->count++];
}

static struct reading *entry_of(struct readings *r, const struct reading *key)
{
	size_t row = key->row < table_rows() ? key->row : table_rows();
	size_t kind = ((size_t)key->who * READINGS + key->how) * DECODER_ENCODINGS + key->encoding;
	uint32_t *at = &r->index[row * KINDS + kind];
	struct reading *entry;

	if (*at)
		return &r->entries[*at - 1];
	entry = add(r);
	if (!entry)
		return NULL;
	*entry = *key;
	*at = r->count;
	return entry;
}

static struct reading key_of(const struct insn *insn, const uint8_t *bytes, unsigned length)
{
	struct reading key = {.row = TABLE_NO_ROW, .length = (uint8_t)length};

	memcpy(key.bytes, bytes, length);
	if (!insn)
		return key;
	key.row = insn->row;
	key.encoding = insn->fields.encoding;
	key.opcode = insn->fields.opcode;
	memcpy(key.text, insn->text, sizeof(key.text));
	return key;
}

int readings_note(struct readings *r, const struct decoder *d, const struct insn *insn, const uint8_t *bytes,
		  unsigned length, bool same, bool different)
{
	enum other_reading how[OTHER_DECODERS];
	struct reading key, *entry;

	decoder_last_readings(d, how);
	for (unsigned who = 0; who < OTHER_DECODERS; who++) {
		if (how[who] == READING_SAME)
			continue;
		key = key_of(insn, bytes, length);
		key.who = (enum other_decoder)who;
		key.how = how[who];
		entry = entry_of(r, &key);
		if (!entry)
			return -ENOMEM;
		entry->cases++;
		entry->same += same;
		entry->different += different;
	}
	return 0;
}

static const char *how_text(enum other_reading how)
{
	switch (how) {
	case READING_SAME:
		return "agrees";
	case READING_NONE:
		return "cannot read it";
	case READING_LENGTH:
		return "another length";
	case READING_OPERAND:
		return "an operand in memory, or none, where the other is";
	case READING_ADDRESS:
		return "another address";
	case READINGS:
		break;
	}
	return "?";
}

/* Encoding, opcode and form, as in a line of the table. */
static void write_form(const struct reading *e, FILE *out)
{
	char opcode[TALLY_OPCODE] = "";

	if (e->row == TABLE_NO_ROW) {
		fputs("\t\t", out);
		return;
	}
	tally_opcode(e->row, e->opcode, opcode);
	fprintf(out, "%s\t%s\t%s", tally_encoding(e->encoding), opcode, table_row(e->row)->name);
}

void readings_write(const struct readings *r, struct decoder *d, FILE *out)
{
	static const char *const who[OTHER_DECODERS] = {"Capstone", "Zydis"};

	for (unsigned i = 0; i < r->count; i++) {
		const struct reading *e = &r->entries[i];
		char theirs[INSN_TEXT];

		decode_text_of(d, e->who, e->bytes, e->length, MODE_64, theirs);
		fprintf(out, "# differs %s\t%s\t", who[e->who], how_text(e->how));
		write_form(e, out);
		fprintf(out, "\t%llu\t%llu\t%llu\t", (unsigned long long)e->cases, (unsigned long long)e->same,
			(unsigned long long)e->different);
		for (unsigned at = 0; at < e->length; at++)
			fprintf(out, "%s%02x", at ? " " : "", e->bytes[at]);
		fprintf(out, "\t%s\t%s\n", e->text, theirs);
	}
}
