#include "vmm/conform/suite.h"

#include "vmm/clock.h"
#include "vmm/conform/random.h"
#include "vmm/conform/spell.h"

#include <string.h>

double suite_now(void)
{
	return (double)now_ns() / 1e9;
}

static void show(struct suite *s, const struct conform_case *c)
{
	struct judge *j = s->judge;
	uint64_t cases = j->cases, mismatches = j->mismatches;

	if (s->shown++ >= s->shown_max)
		return;
	judge_minimize(j, *c);
	j->cases = cases; /* those of minimizing do not count */
	j->mismatches = mismatches;
	judge_print(j, s->out);
}

/* One case, told if it fails. */
static int take(struct suite *s, const struct conform_case *c, struct error *e)
{
	switch (judge_case(s->judge, c)) {
	case JUDGED_SAME:
	case JUDGED_KNOWN:
	case JUDGED_REFUSED:
	case JUDGED_SKIPPED:
		return 0;
	case JUDGED_DIFFERENT:
		show(s, c);
		return 0;
	case JUDGED_LOST: {
		char text[CASE_TEXT];

		case_print(c, text);
		return error_set(e, STATUS_HOST, "conform: case %s: %.300s", text, s->judge->difference);
	}
	}
	return 0;
}

static bool is_wanted(const struct suite *s, unsigned row)
{
	return !s->only || strstr(table_row(row)->name, s->only) != NULL;
}

/* What an immediate of one byte chooses from (predicates, lanes) is small: every second case goes through it. */
static uint64_t immediate(struct random *r, unsigned turn)
{
	uint64_t any = random_next(r);

	return turn & 1 ? (any & ~0xffull) | (turn >> 1 & 31) : any;
}

/* The case of a spelling; false if the row does not take it. */
static bool spell_case(struct suite *s, unsigned row, const struct spelling *sp, unsigned turn, uint64_t seed,
		       struct conform_case *out)
{
	struct random r = random_of(seed);
	uint8_t bytes[SPELL_MAX];
	struct insn insn;
	unsigned n = spell(table_row(row), sp, immediate(&r, turn), bytes);

	if (n > INSN_MAX)
		n = INSN_MAX;
	if (decode(s->judge->harness->host.decoder, bytes, n, MODE_64, &insn) != DECODE_OK || insn.row != row)
		return false;
	*out = (struct conform_case){.length = insn.length, .seed = seed};
	memcpy(out->bytes, bytes, insn.length);
	return true;
}

static bool has_time(struct suite *s, double end)
{
	if (s->seconds > 0 && suite_now() > end)
		s->out_of_time = true;
	return !s->out_of_time;
}

/* --- the table ---------------------------------------------------------------- */

/* All cases of one variant of one opcode. */
static int take_variant(struct suite *s, unsigned row, uint8_t opcode, unsigned variant, struct error *e)
{
	unsigned refused = 0;

	for (unsigned i = 0; i < s->each; i++) {
		struct spelling sp = spell_variant(table_row(row), variant, i + opcode);
		struct conform_case c;

		sp.opcode = opcode;
		sp.form = (uint8_t)((i + row) % SPELL_FORMS);
		if (!spell_case(s, row, &sp, i, s->seed + ((uint64_t)row << 32 | opcode << 16 | variant << 8) + i,
				&c)) {
			if (++refused == SPELL_FORMS && i + 1 == SPELL_FORMS)
				return 0; /* no form of address makes it one of this row's */
			continue;
		}
		c.place = (uint8_t)(((i + row) / SPELL_FORMS + i) % PLACES);
		if (take(s, &c, e) < 0)
			return -1;
	}
	return 0;
}

/* Without one, the random suite would look for ever. */
static int check_wanted(const struct suite *s, struct error *e)
{
	for (unsigned row = 0; row < table_rows(); row++)
		if (is_wanted(s, row))
			return 0;
	return error_set(e, STATUS_USAGE, "conform: --only: no row of the table has '%.60s' in its name", s->only);
}

int suite_table(struct suite *s, struct error *e)
{
	double end = suite_now() + s->seconds;

	if (check_wanted(s, e) < 0)
		return -1;

	for (unsigned row = s->part; row < table_rows() && has_time(s, end); row += s->parts ? s->parts : 1) {
		const struct table_row *r = table_row(row);
		unsigned opcodes = r->opcodes ? r->opcodes : 1;

		for (unsigned o = 0; is_wanted(s, row) && o < opcodes; o++) {
			for (unsigned v = 0; v < spell_variants(r) && has_time(s, end); v++) {
				if (take_variant(s, row, (uint8_t)(r->opcode + o), v, e) < 0)
					return -1;
			}
		}
	}
	return 0;
}

/* --- at random ------------------------------------------------------------------ */

/* Change a byte, add a prefix, drop a byte. */
static void mutate(struct random *r, struct conform_case *c)
{
	static const uint8_t prefixes[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66,
					   0x67, 0xf0, 0xf2, 0xf3, 0x40, 0x48, 0x4f};
	unsigned at = random_below(r, c->length);

	switch (random_below(r, 4)) {
	case 0:
		c->bytes[at] ^= (uint8_t)(1u << random_below(r, 8));
		break;
	case 1:
		c->bytes[at] = (uint8_t)random_next(r);
		break;
	case 2:
		if (c->length == INSN_MAX)
			break;
		at = random_below(r, 3) < c->length ? random_below(r, 2) : 0;
		memmove(c->bytes + at + 1, c->bytes + at, (size_t)(c->length - at));
		c->bytes[at] = prefixes[random_below(r, sizeof(prefixes))];
		c->length++;
		break;
	default:
		if (c->length < 2)
			break;
		memmove(c->bytes + at, c->bytes + at + 1, (size_t)(c->length - at - 1));
		c->bytes[--c->length] = 0;
		break;
	}
}

/* What mutation made longer or shorter: take the bytes that count, more of them if need be. */
static void settle(struct suite *s, struct random *r, struct conform_case *c)
{
	struct insn insn;

	for (unsigned i = c->length; i < INSN_MAX; i++)
		c->bytes[i] = (uint8_t)random_next(r);
	if (decode(s->judge->harness->host.decoder, c->bytes, INSN_MAX, MODE_64, &insn) == DECODE_OK)
		c->length = insn.length;
}

static bool random_case(struct suite *s, struct random *r, struct conform_case *c)
{
	unsigned row = random_below(r, table_rows());
	const struct table_row *from = table_row(row);
	struct spelling sp = spell_variant(from, random_below(r, spell_variants(from)), random_below(r, 1024));

	if (!is_wanted(s, row))
		return false;
	sp.opcode = (uint8_t)(from->opcode + random_below(r, from->opcodes ? from->opcodes : 1));
	sp.form = (uint8_t)random_below(r, SPELL_FORMS);
	if (!spell_case(s, row, &sp, random_below(r, 64), random_next(r), c))
		return false;
	c->place = (uint8_t)(random_below(r, 3) ? random_below(r, PLACE_ABSENT_SECOND) : random_below(r, PLACES));
	for (unsigned i = random_below(r, 4); i > 1; i--)
		mutate(r, c);
	settle(s, r, c);
	return true;
}

int suite_random(struct suite *s, uint64_t count, struct error *e)
{
	double end = suite_now() + s->seconds;
	struct random r = random_of(s->seed);

	if (check_wanted(s, e) < 0)
		return -1;
	for (uint64_t i = 0; i < count;) {
		struct conform_case c;

		if (!random_case(s, &r, &c))
			continue;
		s->drawn = ++i;
		if (i % 64 == 0 && !has_time(s, end))
			break;
		if (take(s, &c, e) < 0)
			return -1;
	}
	return 0;
}
