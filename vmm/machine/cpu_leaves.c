#include "vmm/machine/cpu_leaves.h"

#include "vmm/machine/cpu_model.h"

#include <linux/kvm.h>
#include <stddef.h>

#define LEAF_FEATURES 7
#define LEAF_XSAVE 0xd

/* Intel SDM Vol 1, "The Legacy Region of an XSAVE Area", "XSAVE Header". */
#define XSAVE_LEGACY_AND_HEADER 576u

static uint32_t *register_of(struct kvm_cpuid_entry2 *entry, enum cpu_register reg)
{
	uint32_t *const registers[] = {&entry->eax, &entry->ebx, &entry->ecx, &entry->edx};

	return registers[reg];
}

/* True also of leaves without subleaves, whose index is 0. */
static bool is_leaf(const struct kvm_cpuid_entry2 *entry, uint32_t leaf, uint32_t subleaf)
{
	return entry->function == leaf && entry->index == subleaf;
}

bool cpu_leaves_have(const struct kvm_cpuid2 *cpuid, unsigned feature)
{
	const struct cpu_name *name = &cpu_names[feature];

	for (unsigned i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 entry = cpuid->entries[i];

		if (is_leaf(&entry, name->leaf, name->subleaf))
			return *register_of(&entry, name->reg) >> name->bit & 1;
	}
	return false;
}

/* AMD's CPUs say again in 80000001H EDX what leaf 1 says there, but for the bits 10 and above that are syscall's. */
#define AMD_COPIES 0x0183f3ffu

void cpu_leaves_hide(struct kvm_cpuid2 *cpuid, unsigned feature)
{
	const struct cpu_name *name = &cpu_names[feature];
	bool copied = name->leaf == 1 && name->reg == CPU_EDX && (AMD_COPIES >> name->bit & 1);

	for (unsigned i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];

		if (is_leaf(entry, name->leaf, name->subleaf))
			*register_of(entry, name->reg) &= ~(1u << name->bit);
		if (copied && entry->function == 0x80000001)
			entry->edx &= ~(1u << name->bit);
	}
}

static uint32_t named(uint32_t leaf, uint32_t subleaf, enum cpu_register reg)
{
	uint32_t bits = 0;

	for (unsigned i = 0; i < cpu_name_count; i++)
		if (cpu_names[i].leaf == leaf && cpu_names[i].subleaf == subleaf && cpu_names[i].reg == reg)
			bits |= 1u << cpu_names[i].bit;
	return bits;
}

void cpu_leaves_hide_unnamed(struct kvm_cpuid2 *cpuid)
{
	for (unsigned i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];

		if (entry->function != LEAF_FEATURES)
			continue;
		if (entry->index > 0) { /* in subleaf 0 it is the number of the last subleaf */
			entry->eax &= named(LEAF_FEATURES, entry->index, CPU_EAX);
			entry->ebx &= named(LEAF_FEATURES, entry->index, CPU_EBX);
		}
		entry->ecx &= named(LEAF_FEATURES, entry->index, CPU_ECX);
		entry->edx &= named(LEAF_FEATURES, entry->index, CPU_EDX);
	}
}

/* --- leaf 0DH -------------------------------------------------------------------- */

/* Whose registers a component of XSAVE holds. Intel SDM Vol 1, "XSAVE-Supported Features and State-Component Bitmaps".
 */
static const struct {
	uint8_t component;
	const char *of;
} components[] = {
	{2, "avx"},     {3, "mpx"},       {4, "mpx"},       {5, "avx512f"},   {6, "avx512f"},
	{7, "avx512f"}, {8, "intel_pt"},  {9, "pku"},       {10, "enqcmd"},   {11, "shstk"},
	{12, "shstk"},  {15, "arch_lbr"}, {17, "amx_tile"}, {18, "amx_tile"}, {62, "lwp"},
};

/* Those that go with a feature that is not there; of all others nothing is known, and they stay. */
static uint64_t gone(const struct kvm_cpuid2 *cpuid)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < sizeof(components) / sizeof(components[0]); i++)
		if (!cpu_has(cpuid, components[i].of))
			bits |= 1ull << components[i].component;
	return cpu_has(cpuid, "xsave") ? bits : ~0ull;
}

static void clear(struct kvm_cpuid_entry2 *entry)
{
	entry->eax = entry->ebx = entry->ecx = entry->edx = 0;
}

/* The size of an area for all components that are left, in the standard format: 0DH, subleaf 0, ECX. */
static uint32_t area_size(const struct kvm_cpuid2 *cpuid, uint64_t left)
{
	uint32_t size = XSAVE_LEGACY_AND_HEADER;

	for (unsigned i = 0; i < cpuid->nent; i++) {
		const struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];

		if (entry->function == LEAF_XSAVE && entry->index >= 2 && entry->index < 63 &&
		    (left >> entry->index & 1) && entry->ebx + entry->eax > size)
			size = entry->ebx + entry->eax;
	}
	return size;
}

static void settle_xsave(struct kvm_cpuid2 *cpuid)
{
	uint64_t absent = gone(cpuid), left = 0;
	struct kvm_cpuid_entry2 *first = NULL;

	for (unsigned i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];

		if (entry->function != LEAF_XSAVE)
			continue;
		if (entry->index == 0) {
			first = entry;
			entry->eax &= ~(uint32_t)absent;
			entry->edx &= ~(uint32_t)(absent >> 32);
			left = (uint64_t)entry->edx << 32 | entry->eax;
		} else if (entry->index == 1) { /* ECX and EDX: components of XSAVES alone */
			bool supervisor = cpu_has(cpuid, "xsaves");

			entry->ecx = supervisor ? entry->ecx & ~(uint32_t)absent : 0;
			entry->edx = supervisor ? entry->edx & ~(uint32_t)(absent >> 32) : 0;
		} else if (entry->index < 64 && (absent >> entry->index & 1)) {
			clear(entry);
		}
	}
	if (!first)
		return;
	if (left == 0)
		clear(first);
	else
		first->ecx = area_size(cpuid, left); /* EBX, for the XCR0 of the moment, is KVM's */
}

/* --- leaves that describe one feature -------------------------------------------- */

static const struct {
	uint32_t leaf;
	const char *of;
} described[] = {
	{5, "monitor"},      {0x12, "sgx"},       {0x14, "intel_pt"},         {0x1c, "arch_lbr"},
	{0x1d, "amx_tile"},  {0x1e, "amx_tile"},  {0x40000000, "hypervisor"}, {0x40000001, "hypervisor"},
	{0x8000000a, "svm"}, {0x8000001b, "ibs"}, {0x8000001c, "lwp"},        {0x8000001e, "topoext"},
};

void cpu_leaves_settle(struct kvm_cpuid2 *cpuid)
{
	settle_xsave(cpuid);
	for (unsigned i = 0; i < cpuid->nent; i++)
		for (unsigned j = 0; j < sizeof(described) / sizeof(described[0]); j++)
			if (cpuid->entries[i].function == described[j].leaf && !cpu_has(cpuid, described[j].of))
				clear(&cpuid->entries[i]);
}
