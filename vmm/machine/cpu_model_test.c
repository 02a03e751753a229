#include "vmm/machine/cpu_model.h"

#include "tests/check.h"
#include "vmm/machine/cpu_leaves.h"

#include <linux/kvm.h>
#include <stdlib.h>

#define ENTRIES 24

/* A CPU that has all of the table; the sizes and places of its XSAVE components are those of real ones. */
static struct kvm_cpuid2 *all_there(void)
{
	static const uint32_t leaves[][2] = {{1, 0},          {6, 0},          {7, 0},         {7, 1},
					     {0x80000001, 0}, {0x80000007, 0}, {0x80000008, 0}};
	static const uint32_t xsave[][5] = {/* index, EAX, EBX, ECX, EDX */
					    {0, 0x602e7, 0x240, 0x2b00, 0},
					    {1, 0xf, 0x340, 0x1800, 0},
					    {2, 0x100, 0x240, 0, 0},
					    {5, 0x40, 0x440, 0, 0},
					    {6, 0x200, 0x480, 0, 0},
					    {7, 0x400, 0x680, 0, 0},
					    {9, 8, 0xa80, 0, 0},
					    {11, 0x10, 0, 1, 0},
					    {12, 0x18, 0, 1, 0},
					    {17, 0x40, 0xac0, 2, 0},
					    {18, 0x2000, 0xb00, 6, 0}};
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) + ENTRIES * sizeof(cpuid->entries[0]));

	for (unsigned i = 0; i < 7; i++) {
		struct kvm_cpuid_entry2 *entry = &cpuid->entries[cpuid->nent++];

		*entry = (struct kvm_cpuid_entry2){leaves[i][0], leaves[i][1], 0, ~0u, ~0u, ~0u, ~0u, {0}};
		if (leaves[i][0] == 7 && leaves[i][1] == 0)
			entry->eax = 1;
	}
	for (unsigned i = 0; i < 11; i++)
		cpuid->entries[cpuid->nent++] = (struct kvm_cpuid_entry2){
			0xd, xsave[i][0], 1, xsave[i][1], xsave[i][2], xsave[i][3], xsave[i][4], {0}};
	cpuid->entries[cpuid->nent++] = (struct kvm_cpuid_entry2){0x8000000a, 0, 0, 1, 2, 0, 3, {0}};
	return cpuid;
}

static struct kvm_cpuid_entry2 *leaf(struct kvm_cpuid2 *cpuid, uint32_t function, uint32_t index)
{
	for (unsigned i = 0; i < cpuid->nent; i++)
		if (cpuid->entries[i].function == function && cpuid->entries[i].index == index)
			return &cpuid->entries[i];
	return NULL;
}

/* "a b -c": a and b are shown, c is not. The first that is otherwise, or NULL. */
static const char *not_so(const struct kvm_cpuid2 *cpuid, const char *expected)
{
	static char name[40];

	for (const char *at = expected; *at; at += strspn(at, " ")) {
		size_t length = strcspn(at, " ");
		bool hidden = *at == '-';

		snprintf(name, sizeof(name), "%.*s", (int)(length - hidden), at + hidden);
		if (cpu_name_find(name, (unsigned)strlen(name)) < 0 || cpu_has(cpuid, name) == hidden)
			return name;
		at += length;
	}
	return NULL;
}

static void what_is_shown(void)
{
	static const struct {
		const char *model, *expected;
	} cases[] = {
		{"host", "fpu sse avx512f avx512_fp16 svm la57 gfni"},
		{"host,-avx512f", "avx2 avx fma -avx512f -avx512vl -avx512_fp16 xsave amx_tile"},
		{"-avx", "-avx -avx2 -fma -vaes -avx512f xsave sse4_2 pku"},
		{"-xsave", "-xsave -xsaveopt -xsaves -avx -pku -amx_tile -shstk sse4_2 aes"},
		{"-la57,-svm", "-la57 -svm lm avx512f"},
		{"x86-64-v1", "sse2 cmov cx8 fxsr syscall -pni -popcnt -cx16 -xsave -aes -rdrand nx smep apic svm"},
		{"x86-64-v2", "pni ssse3 sse4_1 sse4_2 popcnt cx16 lahf_lm -avx -xsave -xsaveopt -pku -shstk -aes "
			      "-pclmulqdq -mmxext nx"},
		{"x86-64-v3", "avx avx2 bmi1 bmi2 f16c fma abm movbe xsave xsaveopt -avx512f -avx_vnni -gfni -rtm"},
		{"x86-64-v4", "avx512f avx512bw avx512cd avx512dq avx512vl -avx512_fp16 -avx512vbmi -amx_tile"},
		{"x86-64-v2,+avx2", "avx2 avx xsave -fma -bmi1 -aes"},
		{"x86-64-v3,-avx2,+aes", "avx aes fma -avx2"},
		{"x86-64-v2,+rdrand,-nx", "rdrand -nx"},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kvm_cpuid2 *cpuid = all_there();
		struct cpu_model model;
		struct error e = {.text = ""};
		const char *wrong = "(refused)";

		check_row = cases[i].model;
		if (cpu_model_parse(cases[i].model, &model, &e) == 0 && cpu_model_apply(&model, cpuid, &e) == 0)
			wrong = not_so(cpuid, cases[i].expected);
		CHECK_AT(wrong == NULL, "%s is not as expected %s", wrong, e.text);
		free(cpuid);
	}
}

static void what_is_no_model(void)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"", "''"},
		{"pentium", "'pentium' is not host"},
		{"x86-64-v5", "'x86-64-v5' is not host"},
		{"host,", "'' is not +FEATURE"},
		{"host,avx", "'avx' is not +FEATURE"},
		{"host,+frob", "'+frob': no feature of that name"},
		{"host,+", "'+' is not +FEATURE"},
		{"+avx2,", "'' is not +FEATURE"},
		{"host,+osxsave", "'+osxsave': no feature"}, /* CR4's */
		{"host,+avx2,-avx", "'+avx2' is undone"},
		{"-avx,+avx512f", "'-avx' is undone"},
		{"host,host", "'host' is not +FEATURE"},
	};
	const struct cpu_model untouched = {.level = 3};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cpu_model model = untouched;
		struct error e = {.text = ""};

		check_row = cases[i].text;
		CHECK_EQ(cpu_model_parse(cases[i].text, &model, &e), -1);
		CHECK_AT(strstr(e.text, cases[i].why) != NULL, "\"%s\" lacks \"%s\"", e.text, cases[i].why);
		CHECK_EQ(e.status, STATUS_USAGE);
		CHECK(memcmp(&model, &untouched, sizeof(model)) == 0);
	}
}

static void what_kvm_does_not_offer(void)
{
	static const struct {
		const char *model, *missing, *why;
	} cases[] = {
		{"+avx2", "avx2", "+avx2: this host's KVM does not offer it"},
		{"+avx2", "xsave", "+xsave: this host's KVM does not offer it"}, /* which avx2 needs */
		{"x86-64-v3", "fma", "x86-64-v3 has fma, which"},
		{"x86-64-v3,+fma", "fma", "x86-64-v3 has fma, which"},
		{"x86-64-v3,-fma", "fma", NULL},
		{"x86-64-v2", "fma", NULL},
		{"-la57", "la57", NULL}, /* there is nothing to take away */
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kvm_cpuid2 *cpuid = all_there(), before;
		size_t size = ENTRIES * sizeof(cpuid->entries[0]);
		struct kvm_cpuid_entry2 entries[ENTRIES];
		struct cpu_model model;
		struct error e = {.text = ""};
		int err;

		check_row = cases[i].why ? cases[i].why : cases[i].model;
		cpu_leaves_hide(cpuid, (unsigned)cpu_name_find(cases[i].missing, (unsigned)strlen(cases[i].missing)));
		before = *cpuid;
		memcpy(entries, cpuid->entries, size);
		CHECK_EQ(cpu_model_parse(cases[i].model, &model, &e), 0);
		err = cpu_model_apply(&model, cpuid, &e);
		CHECK_EQ(err, cases[i].why ? -1 : 0);
		if (cases[i].why) {
			CHECK_AT(strstr(e.text, cases[i].why) != NULL, "\"%s\"", e.text);
			CHECK(before.nent == cpuid->nent && memcmp(entries, cpuid->entries, size) == 0);
		}
		free(cpuid);
	}
}

/* Leaf 0DH says what the features say. */
static void components_of_xsave(void)
{
	static const struct {
		const char *model;
		uint32_t components, size, supervisor;
	} cases[] = {
		{"-avx512f", 0x60207, 0x2b00, 0x1800},     {"-avx512f,-amx_tile", 0x207, 0xa88, 0x1800},
		{"-avx,-pku,-amx_tile", 3, 0x240, 0x1800}, {"-amx_tile,-pku", 0xe7, 0xa80, 0x1800},
		{"-xsaves", 0x602e7, 0x2b00, 0},           {"-xsave", 0, 0, 0},
		{"x86-64-v3", 0x207, 0xa88, 0x1800},       {"x86-64-v2", 0, 0, 0},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kvm_cpuid2 *cpuid = all_there();
		struct cpu_model model;
		struct error e;

		check_row = cases[i].model;
		CHECK_EQ(cpu_model_parse(cases[i].model, &model, &e), 0);
		CHECK_EQ(cpu_model_apply(&model, cpuid, &e), 0);
		CHECK_EQ(leaf(cpuid, 0xd, 0)->eax, cases[i].components);
		CHECK_EQ(leaf(cpuid, 0xd, 0)->ecx, cases[i].size);
		CHECK_EQ(leaf(cpuid, 0xd, 1)->ecx, cases[i].supervisor);
		for (uint32_t n = 2; n < 19; n++)
			if (leaf(cpuid, 0xd, n) && n != 11 && n != 12)
				CHECK_EQ(leaf(cpuid, 0xd, n)->eax != 0, cases[i].components >> n & 1);
		free(cpuid);
	}
}

static void other_leaves(void)
{
	struct kvm_cpuid2 *cpuid = all_there();
	struct cpu_model model;
	struct error e;

	CHECK_EQ(cpu_model_parse("-svm,-mmx", &model, &e), 0);
	CHECK_EQ(cpu_model_apply(&model, cpuid, &e), 0);
	CHECK_EQ(leaf(cpuid, 0x8000000a, 0)->eax, 0);
	CHECK_EQ(leaf(cpuid, 0x80000001, 0)->edx >> 23 & 1, 0); /* AMD's copy */
	CHECK_EQ(leaf(cpuid, 7, 0)->eax, 1);
	CHECK_EQ(leaf(cpuid, 7, 1)->eax, ~0u); /* host: what has no name stays */
	CHECK(cpu_model_hides(&model, "3dnow") && !cpu_model_hides(&model, "sse"));
	free(cpuid);

	cpuid = all_there();
	CHECK_EQ(cpu_model_parse("x86-64-v4", &model, &e), 0);
	CHECK_EQ(cpu_model_apply(&model, cpuid, &e), 0);
	CHECK_EQ(leaf(cpuid, 7, 0)->eax, 1); /* a count, not features */
	CHECK_EQ(leaf(cpuid, 7, 1)->eax & 7u, 0); /* SHA512, SM3, SM4: no names yet, and in no level */
	CHECK(leaf(cpuid, 0x8000000a, 0)->eax != 0);
	free(cpuid);
}

/* The table itself: names once, no two for a bit, and needs that exist and lead to no circle. */
static void the_table(void)
{
	for (unsigned i = 0; i < cpu_name_count; i++) {
		const struct cpu_name *a = &cpu_names[i];

		check_row = a->name;
		CHECK_EQ(cpu_name_find(a->name, (unsigned)strlen(a->name)), i);
		for (unsigned j = 0; j < i; j++) {
			const struct cpu_name *b = &cpu_names[j];

			CHECK(a->leaf != b->leaf || a->subleaf != b->subleaf || a->reg != b->reg || a->bit != b->bit);
		}
	}
	for (unsigned i = 0; i < cpu_need_count; i++) {
		const struct cpu_need *need = &cpu_needs[i];
		struct cpu_model model;
		struct error e;
		char text[80];

		check_row = need->name;
		CHECK(cpu_name_find(need->name, (unsigned)strlen(need->name)) >= 0);
		CHECK(cpu_name_find(need->needs, (unsigned)strlen(need->needs)) >= 0);
		/* what is needed does not itself need it */
		snprintf(text, sizeof(text), "-%s,+%s", need->name, need->needs);
		CHECK_EQ(cpu_model_parse(text, &model, &e), 0);
	}
}

CHECK_MAIN(CHECK_TEST(what_is_shown), CHECK_TEST(what_is_no_model), CHECK_TEST(what_kvm_does_not_offer),
	   CHECK_TEST(components_of_xsave), CHECK_TEST(other_leaves), CHECK_TEST(the_table))
