#include "vmm/doctor/report.h"

/* A JSON string, RFC 8259. */
static void json_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c < 0x20)
			fprintf(out, "\\u%04x", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

static void json_member(FILE *out, const char *name, const char *value)
{
	json_string(out, name);
	fputs(": ", out);
	json_string(out, value);
}

void report_json(const struct doctor_findings *f, const char *kernel, FILE *out)
{
	fputs("{", out);
	json_member(out, "kvm", f->kvm_text);
	fputs(", ", out);
	json_member(out, "kernel", kernel);
	fputs(",\n \"items\": [", out);
	for (unsigned i = 0; i < DOCTOR_ITEMS; i++) {
		const struct doctor_item *item = &f->items[i];

		fputs(i ? ",\n  {" : "\n  {", out);
		json_member(out, "name", doctor_name((enum doctor_id)i));
		fputs(", ", out);
		json_member(out, "result", doctor_result_name(item->result));
		fputs(", ", out);
		json_member(out, "detail", item->detail);
		if (item->ns)
			fprintf(out, ", \"ns\": %llu", (unsigned long long)item->ns);
		fputs("}", out);
	}
	fputs("\n ],\n \"follows\": [", out);
	for (unsigned i = 0; i < f->nfollows; i++) {
		fputs(i ? ",\n  " : "\n  ", out);
		json_string(out, f->follows[i]);
	}
	fputs("\n ],\n ", out);
	json_member(out, "fit", doctor_fit_name(f->fit));
	fputs(", ", out);
	json_member(out, "reason", f->reason);
	fputs("}\n", out);
}

void report_text(const struct doctor_findings *f, const char *kernel, FILE *out)
{
	fprintf(out, "KVM: %s%s; Linux %s\n\n", f->kvm_text, f->cpl0_interpreted ? " (odd: CPL 0 is interpreted)" : "",
		kernel);
	for (unsigned i = 0; i < DOCTOR_ITEMS; i++)
		fprintf(out, "  %-20s %-9s %s\n", doctor_name((enum doctor_id)i),
			doctor_result_name(f->items[i].result), f->items[i].detail);
	fputs("\nWhat follows:\n", out);
	for (unsigned i = 0; i < f->nfollows; i++)
		fprintf(out, "  - %s\n", f->follows[i]);
	switch (f->fit) {
	case DOCTOR_FIT_NO:
		fprintf(out, "\nFit for lodestore's own tests: no; %s\n", f->reason);
		return;
	case DOCTOR_FIT_CPL3:
		fprintf(out, "\nFit for lodestore's own tests: CPL 3 only; %s\n", f->reason);
		return;
	case DOCTOR_FIT_YES:
		fputs("\nFit for lodestore's own tests: yes\n", out);
		return;
	}
}
