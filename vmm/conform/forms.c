#include "vmm/conform/forms.h"

#include "vmm/conform/table_file.h"

#include <stdlib.h>
#include <string.h>

#define STEPLESS "private step, which this KVM cannot single-step at CPL 3: the guest stops"

/* What a reason says in every case, without the case's own addresses and text. */
static const struct {
	const char *holds, *reason;
} reasons[] = {
	{"cannot single-step", STEPLESS},
	{"a port is read or written", STEPLESS},
	{"no handler carries out", STEPLESS},
	{"that KVM emulated", "this KVM's emulator stores by itself, and no instruction explains it: the guest stops"},
	{"for the private step", "private step, for which a process has no vCPU"},
	{"does not have it", "this CPU does not have it (#UD)"},
	{"touches no memory", "it touches no memory"},
	{"loads a segment register", "it would load this process's segment registers"},
	{"goes round for ever", "this KVM's emulator goes round for ever at it"},
	{"selectors of its own", "this KVM runs user code with selectors of its own"},
	{"emulates it where", "this KVM emulates it where the CPU raises #GP"},
	{"raises #UD where", "this KVM raises #UD where the CPU raises #GP"},
	{"brought into the arena", "no case could be aimed"},
};

static const char *reason_of(const char *why)
{
	for (unsigned i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strstr(why, reasons[i].holds))
			return reasons[i].reason;
	}
	return "for another reason";
}

static unsigned long long number(const char *text)
{
	return strtoull(text, NULL, 10);
}

static bool is_entry(const struct form *form, char *const f[TABLE_FIELDS])
{
	return strcmp(form->opcode, f[F_OPCODE]) == 0 && strcmp(form->name, f[F_FORM]) == 0 &&
	       strcmp(form->encoding, f[F_ENCODING]) == 0;
}

/* The entry of a line, or a new one. NULL: no memory. Lines of one entry mostly follow each other. */
static struct form *entry_of(struct forms *all, char *const f[TABLE_FIELDS])
{
	struct form *form;

	for (unsigned i = all->count; i-- > 0;) {
		if (is_entry(&all->list[i], f))
			return &all->list[i];
	}
	if (all->count == all->capacity) {
		unsigned capacity = all->capacity ? 2 * all->capacity : 1024;
		struct form *more = realloc(all->list, capacity * sizeof(*more));

		if (!more)
			return NULL;
		all->list = more;
		all->capacity = capacity;
	}
	form = &all->list[all->count++];
	*form = (struct form){.encodings = 0};
	f[F_HOW][strcspn(f[F_HOW], ":")] = '\0'; /* the rest explains it */
	snprintf(form->encoding, sizeof(form->encoding), "%s", f[F_ENCODING]);
	snprintf(form->opcode, sizeof(form->opcode), "%s", f[F_OPCODE]);
	snprintf(form->name, sizeof(form->name), "%s", f[F_FORM]);
	snprintf(form->how, sizeof(form->how), "%s", f[F_HOW]);
	snprintf(form->mnemonic, sizeof(form->mnemonic), "%s", f[F_MNEMONIC]);
	return form;
}

/* To "2, 4" add 8, if it is not there. */
static void add_size(struct form *form, const char *size)
{
	size_t n = strlen(form->sizes), digits = strlen(size);

	for (const char *at = form->sizes; *at; at += strcspn(at, " "), at += *at == ' ')
		if (strncmp(at, size, digits) == 0 && (at[digits] == ',' || at[digits] == '\0'))
			return;
	snprintf(form->sizes + n, sizeof(form->sizes) - n, "%s%s", n ? ", " : "", size);
}

static void add_line(struct form *form, enum side where, char *const f[TABLE_FIELDS])
{
	struct form_side *side = &form->sides[where];

	add_size(form, f[F_SIZE]);
	form->of_run += number(f[F_ENCODINGS]);
	side->cases += number(f[F_CASES]);
	side->faults += number(f[F_FAULTS]);
	side->mismatches += number(f[F_MISMATCHES]);
	side->refused += number(f[F_REFUSED]);
	side->skipped += number(f[F_SKIPPED]);
	if (f[F_WHY][0] && (!side->why || number(f[F_REFUSED])))
		side->why = reason_of(f[F_WHY]);
}

static void end_run(struct forms *all)
{
	for (unsigned i = 0; i < all->count; i++) {
		struct form *form = &all->list[i];

		if (form->of_run > form->encodings)
			form->encodings = form->of_run;
		form->of_run = 0;
	}
}

int forms_add(struct forms *all, const char *path, struct error *e)
{
	FILE *file = table_file_open(path, e);
	char line[TABLE_LINE], *f[TABLE_FIELDS];
	enum side where;
	int more;

	if (!file)
		return -1;
	if (!table_file_find(file, "harness", line)) {
		fclose(file);
		return error_set(e, STATUS_INPUT, "%s: no figure \"harness\" at its head", path);
	}
	where = strstr(line, "VM") ? SIDE_VM : SIDE_PROCESS;
	rewind(file);
	while ((more = table_file_next(file, path, line, f, e)) > 0) {
		struct form *form = entry_of(all, f);

		if (!form) {
			fclose(file);
			return error_set(e, STATUS_HOST, "out of memory");
		}
		add_line(form, where, f);
	}
	fclose(file);
	end_run(all);
	return more;
}

void forms_free(struct forms *all)
{
	free(all->list);
	*all = (struct forms){.count = 0};
}

const char *forms_verdict(const struct form_side *side)
{
	if (side->cases && !side->refused)
		return "compared";
	if (!side->cases && !side->refused && !side->skipped)
		return "not run";
	return side->why ? side->why : "for another reason";
}
