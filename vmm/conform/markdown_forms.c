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
	unsigned long long count = 0, encodings = 0, mismatches = 0, forms_of[SIDES] = {0}, cases[SIDES] = {0};

	for (unsigned i = 0; i < forms->count; i++) {
		const struct form *form = &forms->list[i];

		if (strcmp(form->how, how) != 0)
			continue;
		count++;
		encodings += form->encodings;
		for (unsigned s = 0; s < SIDES; s++) {
			forms_of[s] += form->sides[s].cases > 0;
			cases[s] += form->sides[s].cases;
			mismatches += form->sides[s].mismatches;
		}
	}
	fprintf(out, "| %s | %llu | %llu | %llu | %llu | %llu | %llu | %llu |\n", how, count, encodings,
		forms_of[SIDE_PROCESS], cases[SIDE_PROCESS], forms_of[SIDE_VM], cases[SIDE_VM], mismatches);
}

void markdown_ways(const struct forms *forms, FILE *out)
{
	fputs("| how | forms | encodings | compared in a process | cases | compared in a VM | cases | mismatches |\n"
	      "|---|--:|--:|--:|--:|--:|--:|--:|\n",
	      out);
	for (unsigned i = 0; i < forms->count; i++)
		if (is_first(forms, i))
			tell_way(forms, forms->list[i].how, out);
}

/* --- what was not compared ------------------------------------------------------- */

static bool is_gap(const struct form *form)
{
	return strcmp(forms_verdict(&form->sides[SIDE_PROCESS]), "compared") != 0 ||
	       strcmp(forms_verdict(&form->sides[SIDE_VM]), "compared") != 0;
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
	if (!is_gap(&forms->list[index]))
		return false;
	for (unsigned i = 0; i < index; i++)
		if (is_gap(&forms->list[i]) && is_alike(&forms->list[i], &forms->list[index]))
			return false;
	return true;
}

static void tell_heading(const struct forms *forms, const struct form *first, FILE *out)
{
	const char *process = forms_verdict(&first->sides[SIDE_PROCESS]), *vm = forms_verdict(&first->sides[SIDE_VM]);
	unsigned count = 0;

	for (unsigned i = 0; i < forms->count; i++)
		count += is_gap(&forms->list[i]) && is_alike(&forms->list[i], first);
	if (strcmp(process, vm) == 0)
		fprintf(out, "\n### %u form%s: %s\n\n", count, count == 1 ? "" : "s", process);
	else
		fprintf(out, "\n### %u form%s: in a process %s; in a VM %s\n\n", count, count == 1 ? "" : "s", process,
			vm);
}

/* With the numbers of cases only where there are any. */
static void tell_group(const struct forms *forms, const struct form *first, FILE *out)
{
	bool counts = false;

	for (unsigned i = 0; i < forms->count; i++) {
		const struct form_side *s = forms->list[i].sides;

		counts |= is_gap(&forms->list[i]) && is_alike(&forms->list[i], first) &&
			  (s[SIDE_PROCESS].cases || s[SIDE_VM].cases || s[SIDE_PROCESS].refused || s[SIDE_VM].refused);
	}
	tell_heading(forms, first, out);
	fprintf(out, "| encoding | opcode | form | operand size | how |%s\n|---|---|---|---|---|%s\n",
		counts ? " compared in a process | refused | compared in a VM | refused |" : "",
		counts ? "--:|--:|--:|--:|" : "");
	for (unsigned i = 0; i < forms->count; i++) {
		const struct form *form = &forms->list[i];

		if (!is_gap(form) || !is_alike(form, first))
			continue;
		fprintf(out, "| %s | %s | %s | %s | %s |", form->encoding, form->opcode, form->name, form->sizes,
			form->how);
		for (unsigned s = 0; counts && s < SIDES; s++)
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
	fputs("| encoding | opcode | form | operand size | how | encodings | cases in a process | exceptions | cases "
	      "in "
	      "a VM | exceptions | mismatches |\n"
	      "|---|---|---|---|---|--:|--:|--:|--:|--:|--:|\n",
	      out);
	for (unsigned i = 0; i < forms->count; i++) {
		const struct form *form = &forms->list[i];
		const struct form_side *process = &form->sides[SIDE_PROCESS], *vm = &form->sides[SIDE_VM];

		fprintf(out, "| %s | %s | %s | %s | %s | %llu | %llu | %llu | %llu | %llu | %llu |\n", form->encoding,
			form->opcode, form->name, form->sizes, form->how, form->encodings, process->cases,
			process->faults, vm->cases, vm->faults, process->mismatches + vm->mismatches);
	}
}
