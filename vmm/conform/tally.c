#include "vmm/conform/tally.h"

#include "decoder/describe.h"
#include "decoder/table.h"

#include "vmm/conform/known.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 4096 /* a power of two */

struct tally {
	unsigned nforms, capacity;
	struct tally_form *forms;
	uint32_t *slots; /* by the hash of a form: its index + 1 */
	unsigned nslots;
	uint64_t *encodings; /* hashes of the encodings seen; 0: empty */
	unsigned nencodings, encodings_capacity; /* a power of two */
};

struct tally *tally_new(void)
{
	struct tally *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->nslots = t->encodings_capacity = SLOTS_FIRST;
	t->slots = calloc(t->nslots, sizeof(*t->slots));
	t->encodings = calloc(t->encodings_capacity, sizeof(*t->encodings));
	if (t->slots && t->encodings)
		return t;
	tally_free(t);
	return NULL;
}

void tally_free(struct tally *t)
{
	if (!t)
		return;
	free(t->forms);
	free(t->slots);
	free(t->encodings);
	free(t);
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

/* --- forms ------------------------------------------------------------------- */

static bool is_prefix_word(const char *word, size_t n)
{
	static const char *const words[] = {"lock",  "rep",      "repe",     "repz",   "repne",
					    "repnz", "xacquire", "xrelease", "data16", "bnd"};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i]) == n && memcmp(words[i], word, n) == 0)
			return true;
	}
	return false;
}

/* The first word that is no prefix. */
static void mnemonic_of(const struct insn *insn, char out[TALLY_NAME])
{
	const char *word = insn->text;
	size_t n = strcspn(word, " ");

	while (is_prefix_word(word, n) && word[n]) {
		word += n + 1;
		n = strcspn(word, " ");
	}
	snprintf(out, TALLY_NAME, "%.*s", (int)n, word);
}

static uint64_t hash_form(const struct tally_form *f)
{
	uint64_t hash = mix(f->row, (uint64_t)f->opcode << 32 | (uint64_t)f->op_size << 16 | f->mem_size);

	for (const char *c = f->mnemonic; *c; c++)
		hash = mix(hash, (uint8_t)*c);
	return hash;
}

static bool same_form(const struct tally_form *a, const struct tally_form *b)
{
	return a->row == b->row && a->opcode == b->opcode && a->op_size == b->op_size && a->mem_size == b->mem_size &&
	       strcmp(a->mnemonic, b->mnemonic) == 0;
}

/* The slot that has the form, or the empty one where it belongs. */
static uint32_t *slot_of(struct tally *t, const struct tally_form *key)
{
	unsigned i = (unsigned)hash_form(key) & (t->nslots - 1);

	while (t->slots[i] && !same_form(&t->forms[t->slots[i] - 1], key))
		i = (i + 1) & (t->nslots - 1);
	return &t->slots[i];
}

static bool grow_slots(struct tally *t)
{
	uint32_t *more;

	if (2 * t->nforms < t->nslots)
		return true;
	more = calloc(2 * (size_t)t->nslots, sizeof(*more));
	if (!more)
		return false;
	free(t->slots);
	t->slots = more;
	t->nslots *= 2;
	for (unsigned i = 0; i < t->nforms; i++)
		*slot_of(t, &t->forms[i]) = i + 1;
	return true;
}

static struct tally_form *add_form(struct tally *t, const struct tally_form *key)
{
	if (t->nforms == t->capacity) {
		unsigned capacity = t->capacity ? 2 * t->capacity : 1024;
		struct tally_form *more = realloc(t->forms, capacity * sizeof(*more));

		if (!more)
			return NULL;
		t->forms = more;
		t->capacity = capacity;
	}
	t->forms[t->nforms++] = *key;
	if (!grow_slots(t))
		return NULL;
	*slot_of(t, key) = t->nforms;
	return &t->forms[t->nforms - 1];
}

/* --- encodings --------------------------------------------------------------- */

/* What of the bytes is neither the number of a register nor a displacement nor an immediate. */
static uint64_t hash_encoding(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;
	const struct table_row *row = table_row(insn->row);
	uint64_t prefixes = (uint64_t)f->lock | (uint64_t)f->rep << 1 | (uint64_t)f->repne << 2 |
			    (uint64_t)f->opsize << 3 | (uint64_t)f->adsize << 4 | (uint64_t)(f->rex & 8) << 5;
	uint64_t hash = mix((uint64_t)insn->row << 8 | f->opcode, prefixes << 8 | f->vector_len);

	hash = mix(hash, (uint64_t)(f->seg_override + 1) << 8 | f->disp_size);
	hash = mix(hash, f->has_sib);
	hash = mix(hash, (uint64_t)(insn->mem.base == REG_RIP) << 1 | (insn->mem.base == REG_NONE));
	hash = mix(hash, insn->mem.index == REG_NONE);
	if (row->digit >= 0)
		hash = mix(hash, f->modrm >> 3 & 7);
	if (f->encoding == ENC_EVEX) /* z, L'L, b, aaa as a whole */
		hash = mix(hash, insn->bytes[f->prefix_size - 1] & 0x90);
	return hash | 1;
}

static bool add_encoding(struct tally *t, uint64_t hash);

static bool grow_encodings(struct tally *t)
{
	uint64_t *old = t->encodings;
	unsigned n = t->encodings_capacity;

	if (2 * t->nencodings < n)
		return true;
	t->encodings = calloc(2 * (size_t)n, sizeof(*old));
	if (!t->encodings) {
		t->encodings = old;
		return false;
	}
	t->encodings_capacity = 2 * n;
	t->nencodings = 0;
	for (unsigned i = 0; i < n; i++) {
		if (old[i])
			add_encoding(t, old[i]);
	}
	free(old);
	return true;
}

/* True if it was not there. */
static bool add_encoding(struct tally *t, uint64_t hash)
{
	unsigned i = (unsigned)(hash >> 20) & (t->encodings_capacity - 1);

	while (t->encodings[i] && t->encodings[i] != hash)
		i = (i + 1) & (t->encodings_capacity - 1);
	if (t->encodings[i])
		return false;
	t->encodings[i] = hash;
	t->nencodings++;
	return true;
}

struct tally_form *tally_of(struct tally *t, const struct insn *insn)
{
	struct tally_form key = {.row = insn->row, .opcode = insn->fields.opcode, .op_size = insn->op_size};
	struct tally_form *form;
	uint32_t slot;

	key.mem_size = insn->mem.present ? insn->mem.size : 0;
	mnemonic_of(insn, key.mnemonic);
	slot = *slot_of(t, &key);
	form = slot ? &t->forms[slot - 1] : add_form(t, &key);
	if (form && grow_encodings(t))
		form->encodings += add_encoding(t, hash_encoding(insn));
	return form;
}

/* --- the table ---------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
	const struct tally_form *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	if (x->opcode != y->opcode)
		return x->opcode < y->opcode ? -1 : 1;
	if (x->op_size != y->op_size)
		return x->op_size < y->op_size ? -1 : 1;
	if (x->mem_size != y->mem_size)
		return x->mem_size < y->mem_size ? -1 : 1;
	return strcmp(x->mnemonic, y->mnemonic);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Mnemonics of which at least one case was compared. */
static uint64_t count_mnemonics(const struct tally *t)
{
	const char **names = calloc(t->nforms ? t->nforms : 1, sizeof(*names));
	unsigned n = 0;
	uint64_t count = 0;

	for (unsigned i = 0; names && i < t->nforms; i++) {
		if (t->forms[i].cases)
			names[n++] = t->forms[i].mnemonic;
	}
	if (names)
		qsort(names, n, sizeof(*names), by_text);
	for (unsigned i = 0; i < n; i++)
		count += i == 0 || strcmp(names[i - 1], names[i]) != 0;
	free(names);
	return count;
}

void tally_sum(const struct tally *t, struct tally_sum *sum)
{
	*sum = (struct tally_sum){.mnemonics = count_mnemonics(t)};
	for (unsigned i = 0; i < t->nforms; i++) {
		const struct tally_form *f = &t->forms[i];

		sum->forms += f->cases > 0;
		sum->encodings += f->cases > 0 ? f->encodings : 0;
		sum->cases += f->cases;
		sum->faults += f->faults;
		sum->mismatches += f->mismatches;
		sum->known += f->known;
		sum->refused += f->refused;
		sum->skipped += f->skipped;
		sum->forms_refused += f->cases == 0 && f->refused > 0;
		sum->forms_skipped += f->cases == 0 && f->refused == 0;
	}
}

const char *tally_encoding(enum encoding encoding)
{
	switch (encoding) {
	case ENC_LEGACY:
		return "legacy";
	case ENC_VEX:
		return "VEX";
	case ENC_EVEX:
		return "EVEX";
	}
	return "?";
}

void tally_opcode(unsigned index, uint8_t opcode, char out[TALLY_OPCODE])
{
	static const char *const prefixes[] = {"", "66 ", "F3 ", "F2 ", ""};
	static const char *const maps[] = {"", "0F ", "0F38 ", "0F3A ", "MAP4 ", "MAP5 ", "MAP6 "};
	const struct table_row *row = table_row(index);
	int n = snprintf(out, TALLY_OPCODE, "%s%s%02X", prefixes[row->prefix <= PFX_ANY ? row->prefix : PFX_ANY],
			 (unsigned)row->map < sizeof(maps) / sizeof(maps[0]) ? maps[row->map] : "?", opcode);

	if (row->digit >= 0)
		snprintf(out + n, TALLY_OPCODE - (size_t)n, " /%d", row->digit);
}

static void write_form(const struct tally_form *f, FILE *out)
{
	const struct table_row *row = table_row(f->row);
	char opcode[TALLY_OPCODE];

	tally_opcode(f->row, f->opcode, opcode);
	fprintf(out, "%s\t%s\t%s\t%s\t%u\t%u\t%s\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\t%s\n",
		tally_encoding(row->encoding), opcode, f->mnemonic, row->name, f->op_size, f->mem_size,
		describe_execution(row->exec), (unsigned long long)f->encodings, (unsigned long long)f->cases,
		(unsigned long long)f->faults, (unsigned long long)f->mismatches, (unsigned long long)f->refused,
		(unsigned long long)f->skipped, f->why);
}

int tally_write(struct tally *t, const char *harness, const char *host, double seconds, const uint64_t *known,
		FILE *out)
{
	struct tally_sum s;

	tally_sum(t, &s);
	qsort(t->forms, t->nforms, sizeof(*t->forms), by_key);
	memset(t->slots, 0, t->nslots * sizeof(*t->slots));
	for (unsigned i = 0; i < t->nforms; i++)
		*slot_of(t, &t->forms[i]) = i + 1;
	fprintf(out, "# harness %s\n# host %s\n# seconds %.0f\n", harness, host, seconds);
	fprintf(out,
		"# mnemonics %llu\n# forms %llu\n# encodings %llu\n# cases %llu\n# faults %llu\n# mismatches %llu\n",
		(unsigned long long)s.mnemonics, (unsigned long long)s.forms, (unsigned long long)s.encodings,
		(unsigned long long)s.cases, (unsigned long long)s.faults, (unsigned long long)s.mismatches);
	fprintf(out, "# refused %llu\n# skipped %llu\n", (unsigned long long)s.refused, (unsigned long long)s.skipped);
	fprintf(out, "# known %llu\n# forms-refused %llu\n# forms-skipped %llu\n", (unsigned long long)s.known,
		(unsigned long long)s.forms_refused, (unsigned long long)s.forms_skipped);
	for (unsigned i = 0; i < known_rows(); i++) {
		if (known[i])
			fprintf(out, "# reason %llu\t%s\n", (unsigned long long)known[i], known_reason(i));
	}
	for (unsigned i = 0; i < t->nforms; i++)
		write_form(&t->forms[i], out);
	return fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
}
