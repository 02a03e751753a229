/* markdown_forms.c: the parts of docs/conformance.md that go by form. */
#include "vmm/conform/markdown.h"

#include <string.h>

/* --- which way ------------------------------------------------------------------ */

static bool is_first(const struct forms *forms, unsigned index)
{
	for (unsigned i = 0; i < index; i++)
		if (strcmp(forms->list[i].how, forms->list[index].how) == 0)
			return false;
	return true;
}

static void tell_way(const struct forms *forms, const char *how, FILE *out)
{
	unsigned long long count = 0, encodings = 0, mismatches = 0, compared[SIDES] = {0}, cases[SIDES] = {0};

	for (unsigned i = 0; i < forms->count; i++) {
		const struct form *form = &forms->list[i];

		if (strcmp(form->how, how) != 0)
			continue;
		count++;
		encodings += form->encodings;
		for (unsigned s = 0; s < SIDES; s++) {
			compared[s] += form->sides[s].cases > 0;
			cases[s] += form->sides[s].cases;
			mismatches += form->sides[s].mismatches;
		}
	}
	fprintf(out, "| %s | %llu | %llu |", how, count, encodings);
	for (unsigned s = 0; s < SIDES; s++)
		if (forms_has_side(forms, (enum side)s))
			fprintf(out, " %llu | %llu |", compared[s], cases[s]);
	fprintf(out, " %llu |\n", mismatches);
}

void markdown_ways(const struct forms *forms, FILE *out)
{
	fputs("| how | forms | encodings |", out);
	for (unsigned s = 0; s < SIDES; s++)
		if (forms_has_side(forms, (enum side)s))
			fprintf(out, " compared %s | cases |", forms_side((enum side)s));
	fputs(" mismatches |\n|---|--:|--:|", out);
	for (unsigned s = 0; s < SIDES; s++)
		if (forms_has_side(forms, (enum side)s))
			fputs("--:|--:|", out);
	fputs("--:|\n", out);
	for (unsigned i = 0; i < forms->count; i++)
		if (is_first(forms, i))
			tell_way(forms, forms->list[i].how, out);
}

/* --- what was not compared ------------------------------------------------------- */

/* What QEMU's CPU has not, but this host's, is none. */
static bool is_gap(const struct forms *forms, const struct form *form)
{
	for (unsigned s = 0; s < SIDE_SVM; s++)
		if (forms_has_side(forms, (enum side)s) && strcmp(forms_verdict(&form->sides[s]), "compared") != 0)
			return true;
	return false;
}

static bool is_alike(const struct form *a, const struct form *b)
{
	for (unsigned s = 0; s < SIDES; s++)
		if (strcmp(forms_verdict(&a->sides[s]), forms_verdict(&b->sides[s])) != 0)
			return false;
	return true;
}

static bool begins_group(const struct forms *forms, unsigned index)
{
	if (!is_gap(forms, &forms->list[index]))
		return false;
	for (unsigned i = 0; i < index; i++)
		if (is_alike(&forms->list[i], &forms->list[index]))
			return false;
	return true;
}

/* One verdict, if it is the same everywhere, else each. */
static void tell_heading(const struct forms *forms, const struct form *first, FILE *out)
{
	const char *common = NULL;
	unsigned count = 0;
	bool same = true, begun = false;

	for (unsigned i = 0; i < forms->count; i++)
		count += is_alike(&forms->list[i], first);
	for (unsigned s = 0; s < SIDES; s++) {
		const char *verdict = forms_verdict(&first->sides[s]);

		if (!forms_has_side(forms, (enum side)s))
			continue;
		same &= !common || strcmp(common, verdict) == 0;
		common = verdict;
	}
	fprintf(out, "\n### %u form%s: %s\n\n", count, count == 1 ? "" : "s", same ? common : "by where it ran");
	for (unsigned s = 0; s < SIDES && !same; s++) {
		if (forms_has_side(forms, (enum side)s))
			fprintf(out, "- %s: %s\n", forms_side((enum side)s), forms_verdict(&first->sides[s]));
		begun = true;
	}
	if (begun)
		fputc('\n', out);
}

/* Has any form of the group cases there, compared or refused? Only then is there a column of them. */
static bool has_cases(const struct forms *forms, const struct form *first, enum side side)
{
	for (unsigned i = 0; i < forms->count; i++) {
		const struct form_side *s = &forms->list[i].sides[side];

		if (is_alike(&forms->list[i], first) && (s->cases || s->refused))
			return true;
	}
	return false;
}

static void tell_group(const struct forms *forms, const struct form *first, FILE *out)
{
	bool counts[SIDES];

	tell_heading(forms, first, out);
	fputs("| encoding | opcode | form | operand size | how |", out);
	for (unsigned s = 0; s < SIDES; s++) {
		counts[s] = has_cases(forms, first, (enum side)s);
		if (counts[s])
			fprintf(out, " compared %s | refused |", forms_side((enum side)s));
	}
	fputs("\n|---|---|---|---|---|", out);
	for (unsigned s = 0; s < SIDES; s++)
		fputs(counts[s] ? "--:|--:|" : "", out);
	fputc('\n', out);
	for (unsigned i = 0; i < forms->count; i++) {
		const struct form *form = &forms->list[i];

		if (!is_alike(form, first))
			continue;
		fprintf(out, "| %s | %s | %s | %s | %s |", form->encoding, form->opcode, form->name, form->sizes,
			form->how);
		for (unsigned s = 0; s < SIDES; s++)
			if (counts[s])
				fprintf(out, " %llu | %llu |", form->sides[s].cases, form->sides[s].refused);
		fputc('\n', out);
	}
}

void markdown_gaps(const struct forms *forms, FILE *out)
{
	for (unsigned i = 0; i < forms->count; i++)
		if (begins_group(forms, i))
			tell_group(forms, &forms->list[i], out);
}

/* --- all ------------------------------------------------------------------------- */

void markdown_forms(const struct forms *forms, FILE *out)
{
	fputs("| encoding | opcode | form | operand size | how | encodings |", out);
	for (unsigned s = 0; s < SIDES; s++)
		if (forms_has_side(forms, (enum side)s))
			fprintf(out, " cases %s | exceptions |", forms_side((enum side)s));
	fputs(" mismatches |\n|---|---|---|---|---|--:|", out);
	for (unsigned s = 0; s < SIDES; s++)
		if (forms_has_side(forms, (enum side)s))
			fputs("--:|--:|", out);
	fputs("--:|\n", out);
	for (unsigned i = 0; i < forms->count; i++) {
		const struct form *form = &forms->list[i];
		unsigned long long mismatches = 0;

		fprintf(out, "| %s | %s | %s | %s | %s | %llu |", form->encoding, form->opcode, form->name, form->sizes,
			form->how, form->encodings);
		for (unsigned s = 0; s < SIDES; s++) {
			mismatches += form->sides[s].mismatches;
			if (forms_has_side(forms, (enum side)s))
				fprintf(out, " %llu | %llu |", form->sides[s].cases, form->sides[s].faults);
		}
		fprintf(out, " %llu |\n", mismatches);
	}
}
