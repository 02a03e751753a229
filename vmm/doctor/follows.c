#include "vmm/doctor/examine.h"

#include <stdarg.h>

#define INTERPRETED_NS 200 /* for two instructions; genuine hardware takes 1, an emulated CPU up to 60 */

static bool yes(const struct doctor_findings *f, enum doctor_id id)
{
	return f->items[id].result == DOCTOR_YES;
}

/* The first of the items that is not DOCTOR_YES, or DOCTOR_ITEMS. */
static enum doctor_id first_not(const struct doctor_findings *f, const enum doctor_id *ids, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (!yes(f, ids[i]))
			return ids[i];
	return DOCTOR_ITEMS;
}

static void say(struct doctor_findings *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct doctor_findings *f, const char *format, ...)
{
	va_list args;

	if (f->nfollows == DOCTOR_FOLLOWS)
		return;
	va_start(args, format);
	vsnprintf(f->follows[f->nfollows++], sizeof(f->follows[0]), format, args);
	va_end(args);
}

static const enum doctor_id needed_always[] = {DOCTOR_DEVICE, DOCTOR_API, DOCTOR_VM, DOCTOR_CAPABILITIES,
					       DOCTOR_IMMEDIATE_EXIT};
static const enum doctor_id exact_3[] = {DOCTOR_RUN_3,      DOCTOR_LOAD_3, DOCTOR_STORE_3,
					 DOCTOR_READONLY_3, DOCTOR_LOCK_3, DOCTOR_WIDE_3};
static const enum doctor_id exact_0[] = {DOCTOR_RUN_0,      DOCTOR_LOAD_0, DOCTOR_STORE_0,
					 DOCTOR_READONLY_0, DOCTOR_LOCK_0, DOCTOR_WIDE_0};
static const enum doctor_id linux_needs[] = {DOCTOR_SYSCALL, DOCTOR_INT, DOCTOR_IRQCHIP, DOCTOR_PIT};

#define COUNT(ids) (sizeof(ids) / sizeof((ids)[0]))

/* Fit, or the item that stands against it. */
static void judge(struct doctor_findings *f)
{
	enum doctor_id against = first_not(f, needed_always, COUNT(needed_always));

	if (against == DOCTOR_ITEMS)
		against = first_not(f, exact_3, COUNT(exact_3));
	if (against == DOCTOR_ITEMS && !yes(f, DOCTOR_SYNC_REGS))
		against = DOCTOR_SYNC_REGS;
	f->fit = DOCTOR_FIT_NO;
	if (against == DOCTOR_ITEMS) {
		f->fit = DOCTOR_FIT_CPL3;
		against = first_not(f, exact_0, COUNT(exact_0));
	}
	if (against == DOCTOR_ITEMS)
		f->fit = DOCTOR_FIT_YES;
	else if (f->fit == DOCTOR_FIT_CPL3 && f->cpl0_interpreted)
		snprintf(f->reason, sizeof(f->reason), "KVM interprets CPL 0 and traps nothing whole there");
	else
		snprintf(f->reason, sizeof(f->reason), "%s: %s", doctor_name(against), f->items[against].detail);
}

/* Of a locked access to a closed page KVM's emulator makes a load and then, as a rule, gives up. */
static const char *emulation_loses(const struct doctor_findings *f)
{
	if (f->items[DOCTOR_LOCK_0].result == DOCTOR_EMULATED)
		return "wide ones are split, LOCK is lost";
	return "wide ones are split, locked ones given up after the load";
}

static void say_exactness(struct doctor_findings *f)
{
	if (f->cpl3_exact && f->cpl0_exact) {
		say(f, "guests are exact at CPL 0 and 3: each access to a virtual page traps whole, nothing executed");
		return;
	}
	if (f->cpl3_exact)
		say(f, "CPL 3 guests are exact: each access to a virtual page traps whole, with nothing executed");
	else
		say(f, "CPL 3 guests are not exact here: see the items above");
	if (f->cpl0_interpreted)
		say(f, "at CPL 0 KVM interprets every instruction (%llu ns) and emulates accesses: %s",
		    (unsigned long long)f->items[DOCTOR_RUN_0].ns / 2, emulation_loses(f));
	else if (f->items[DOCTOR_LOAD_0].result == DOCTOR_EMULATED)
		say(f, "at CPL 0 KVM emulates accesses to a virtual page: %s", emulation_loses(f));
	else if (!f->cpl0_exact)
		say(f, "CPL 0 guests are not exact here: see the items above");
}

/* "at CPL 0 and 3", "at CPL 0 only", "at CPL 3 only", NULL if at neither */
static const char *levels(bool at_0, bool at_3)
{
	if (at_0 && at_3)
		return "at CPL 0 and 3";
	return at_0 ? "at CPL 0 only" : at_3 ? "at CPL 3 only" : NULL;
}

static void say_ability(struct doctor_findings *f, const char *what, enum doctor_id at_0, enum doctor_id at_3,
			const char *else_what)
{
	const char *where = levels(yes(f, at_0), yes(f, at_3));

	if (!where)
		say(f, "%s: not possible; %s", what, else_what);
	else if (yes(f, at_0) && yes(f, at_3))
		say(f, "%s: %s", what, where);
	else
		say(f, "%s: %s; elsewhere %s", what, where, else_what);
}

static void say_kernels(struct doctor_findings *f)
{
	enum doctor_id against = first_not(f, linux_needs, COUNT(linux_needs));

	if (f->cpl0_interpreted)
		say(f, "Linux guests: no, CPL 0 is interpreted");
	else if (!f->cpl0_exact)
		say(f, "Linux guests: no, CPL 0 is not exact");
	else if (against != DOCTOR_ITEMS)
		say(f, "Linux guests: no, %s: %s", doctor_name(against), f->items[against].detail);
	else
		say(f, "Linux guests: yes");
	if (!yes(f, DOCTOR_SYSCALL) || !yes(f, DOCTOR_INT))
		say(f, "a guest kernel cannot take its calls by %s here; by ud2 it can",
		    yes(f, DOCTOR_INT)       ? "syscall"
		    : yes(f, DOCTOR_SYSCALL) ? "int N"
					     : "syscall or int N");
}

static void say_vectors(struct doctor_findings *f)
{
	const char *avx = levels(yes(f, DOCTOR_AVX_0), yes(f, DOCTOR_AVX_3));
	const char *avx512 = levels(yes(f, DOCTOR_AVX512_0), yes(f, DOCTOR_AVX512_3));

	say(f, "AVX guests: %s; AVX-512 guests: %s", avx ? avx : "no", avx512 ? avx512 : "no");
}

void follows(struct doctor_findings *f)
{
	f->cpl3_exact = first_not(f, exact_3, COUNT(exact_3)) == DOCTOR_ITEMS;
	f->cpl0_exact = first_not(f, exact_0, COUNT(exact_0)) == DOCTOR_ITEMS;
	f->cpl0_interpreted =
		f->items[DOCTOR_LOAD_0].result == DOCTOR_EMULATED && f->items[DOCTOR_RUN_0].ns >= INTERPRETED_NS;
	f->nfollows = 0;
	f->reason[0] = 0;
	judge(f);
	if (!yes(f, DOCTOR_VM)) {
		say(f, "no guest can be run");
		return;
	}
	say_exactness(f);
	say_ability(f, "private step", DOCTOR_STEP_0, DOCTOR_STEP_3, "an instruction that needs it stops the guest");
	say_ability(f, "faults given to the guest", DOCTOR_INJECT_0, DOCTOR_INJECT_3, "a fault stops the guest");
	say_kernels(f);
	say_vectors(f);
	if (f->items[DOCTOR_FAULT_COST_3].ns)
		say(f, "a virtualized access at CPL 3 costs %llu ns and what its keeper takes",
		    (unsigned long long)f->items[DOCTOR_FAULT_COST_3].ns);
}
