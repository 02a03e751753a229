#include "vmm/machine/cpu_model.h"

#include "vmm/machine/cpu_leaves.h"

#include <linux/kvm.h>
#include <string.h>

static bool in(const struct cpu_set *set, unsigned feature)
{
	return set->bits[feature / 64] >> (feature % 64) & 1;
}

static void put(struct cpu_set *set, unsigned feature, bool there)
{
	uint64_t bit = 1ull << (feature % 64);

	set->bits[feature / 64] = there ? set->bits[feature / 64] | bit : set->bits[feature / 64] & ~bit;
}

static unsigned number_of(const char *name)
{
	return (unsigned)cpu_name_find(name, (unsigned)strlen(name)); /* of a table: there is one */
}

/* --- what is asked for --------------------------------------------------------- */

static bool parse_base(const char *text, unsigned length, unsigned *level)
{
	static const char *const names[] = {"host", "x86-64-v1", "x86-64-v2", "x86-64-v3", "x86-64-v4"};

	for (unsigned i = 0; i <= CPU_LEVEL_MAX; i++) {
		if (strlen(names[i]) == length && memcmp(names[i], text, length) == 0) {
			*level = i;
			return true;
		}
	}
	return false;
}

static void choose(struct cpu_model *model, unsigned feature, bool there)
{
	put(&model->added, feature, there);
	put(&model->removed, feature, !there);
}

/* With a feature comes all that it needs; with one that goes, all that needs it goes. */
static void follow(struct cpu_model *model, unsigned feature, bool there)
{
	struct cpu_set done = {.bits = {0}};
	bool more = true;

	put(&done, feature, true);
	while (more) {
		more = false;
		for (unsigned i = 0; i < cpu_need_count; i++) {
			unsigned name = number_of(cpu_needs[i].name), needs = number_of(cpu_needs[i].needs);
			unsigned from = there ? name : needs, to = there ? needs : name;

			if (in(&done, from) && !in(&done, to)) {
				put(&done, to, true);
				more = true;
			}
		}
	}
	for (unsigned i = 0; i < cpu_name_count; i++)
		if (in(&done, i))
			choose(model, i, there);
}

static int parse_feature(const char *text, unsigned length, struct cpu_model *model, struct error *e)
{
	int feature = -1;

	if (length > 1 && (*text == '+' || *text == '-'))
		feature = cpu_name_find(text + 1, length - 1);
	else
		return error_set(e, STATUS_USAGE, "'%.*s' is not +FEATURE or -FEATURE", (int)length, text);
	if (feature < 0)
		return error_set(e, STATUS_USAGE, "'%.*s': no feature of that name; names are as in /proc/cpuinfo",
				 (int)length, text);
	follow(model, (unsigned)feature, *text == '+');
	return 0;
}

/* What was asked for by name and undone by a later name: one of the two is a mistake. */
static int check_kept(const char *text, const struct cpu_model *model, struct error *e)
{
	for (const char *at = text; *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] != '\0')) {
		unsigned length = (unsigned)strcspn(at, ",");
		int feature = *at == '+' || *at == '-' ? cpu_name_find(at + 1, length - 1) : -1;

		if (feature >= 0 && !in(*at == '+' ? &model->added : &model->removed, (unsigned)feature))
			return error_set(e, STATUS_USAGE, "'%.*s' is undone by what stands after it", (int)length, at);
	}
	return 0;
}

int cpu_model_parse(const char *text, struct cpu_model *out, struct error *e)
{
	struct cpu_model model = {.level = 0};
	const char *at = text;

	if (*at != '+' && *at != '-') {
		unsigned length = (unsigned)strcspn(at, ",");

		if (!parse_base(at, length, &model.level))
			return error_set(e, STATUS_USAGE,
					 "'%.*s' is not host, x86-64-v1, x86-64-v2, x86-64-v3 or x86-64-v4",
					 length > 80 ? 80 : (int)length, at);
		at += length;
		if (*at == ',')
			at++;
		else
			at = "";
	}
	for (bool more = *at != '\0' || text[strlen(text) - 1] == ','; more;) {
		unsigned length = (unsigned)strcspn(at, ",");

		if (length > 80)
			return error_set(e, STATUS_USAGE, "'%.80s...': no feature has so long a name", at);
		if (parse_feature(at, length, &model, e) < 0)
			return -1;
		more = at[length] == ',';
		at += length + more;
	}
	if (check_kept(text, &model, e) < 0)
		return -1;
	*out = model;
	return 0;
}

/* --- what is shown -------------------------------------------------------------- */

bool cpu_has(const struct kvm_cpuid2 *cpuid, const char *name)
{
	int feature = cpu_name_find(name, (unsigned)strlen(name));

	return feature >= 0 && cpu_leaves_have(cpuid, (unsigned)feature);
}

static bool level_names(const struct cpu_model *model, unsigned feature)
{
	unsigned level = cpu_names[feature].level;

	return model->level > 0 && level > CPU_SYSTEM && level <= model->level;
}

static bool hides(const struct cpu_model *model, unsigned feature)
{
	if (in(&model->added, feature))
		return false;
	return in(&model->removed, feature) || (model->level > 0 && cpu_names[feature].level > model->level);
}

bool cpu_model_hides(const struct cpu_model *model, const char *name)
{
	int feature = cpu_name_find(name, (unsigned)strlen(name));

	return feature >= 0 && hides(model, (unsigned)feature);
}

static int check_offered(const struct cpu_model *model, const struct kvm_cpuid2 *cpuid, struct error *e)
{
	for (unsigned i = 0; i < cpu_name_count; i++) {
		bool wanted = in(&model->added, i) || (level_names(model, i) && !in(&model->removed, i));

		if (!wanted || cpu_leaves_have(cpuid, i))
			continue;
		if (!level_names(model, i))
			return error_set(e, STATUS_HOST, "--cpu: +%s: this host's KVM does not offer it",
					 cpu_names[i].name);
		return error_set(e, STATUS_HOST, "--cpu: x86-64-v%u has %s, which this host's KVM does not offer",
				 model->level, cpu_names[i].name);
	}
	return 0;
}

int cpu_model_apply(const struct cpu_model *model, struct kvm_cpuid2 *cpuid, struct error *e)
{
	struct cpu_model all = *model;

	if (check_offered(model, cpuid, e) < 0)
		return -1;
	/* what a level hides takes with it what needs it, as a name does */
	for (unsigned i = 0; i < cpu_name_count; i++)
		if (hides(model, i))
			follow(&all, i, false);
	if (model->level > 0)
		cpu_leaves_hide_unnamed(cpuid);
	for (unsigned i = 0; i < cpu_name_count; i++)
		if (hides(&all, i))
			cpu_leaves_hide(cpuid, i);
	cpu_leaves_settle(cpuid);
	return 0;
}
