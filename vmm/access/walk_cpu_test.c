/*
 * walk_cpu_test.c: the truth about a page walk is the CPU. A guest makes one access
 * under random rights and control bits; walk() must foretell the page fault, its error
 * code and CR2, and walk_mark() the accessed and dirty bits.
 */
#include "vmm/access/walk.h"

#include "tests/check.h"
#include "vmm/doctor/probe_run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ROUNDS 150
#define PD 0x3000ull
#define PT 0x4000ull
#define OUR_PT 0x12000ull /* maps GVA, so that its rights are no other page's */
#define GVA 0x200000ull

#define P 0x1ull
#define W 0x2ull
#define U 0x4ull
#define RSVD 0x8ull
#define NX (1ull << 63)

struct trial {
	unsigned cpl;
	enum walk_use use;
	uint64_t pde, pte;
	uint64_t cr0_without, cr4_with, rflags_with, efer_with;
};

static uint8_t memory_before[PROBE_MEMORY];

static void *entry(void *self, gpa_t gpa, unsigned size)
{
	uint8_t *memory = self;

	return gpa.v <= PROBE_MEMORY - size ? memory + gpa.v : NULL;
}

static uint64_t one_in(unsigned n, uint64_t bits)
{
	return random() % n ? 0 : bits;
}

static const struct kvm_cpuid_entry2 *cpuid_of(const struct probe_host *host, uint32_t function)
{
	for (unsigned i = 0; i < host->cpuid.nent; i++)
		if (host->cpuid.entries[i].function == function && host->cpuid.entries[i].index == 0)
			return &host->cpuid.entries[i];
	return NULL;
}

static struct trial random_trial(const struct probe_host *host, unsigned phys_bits)
{
	const struct kvm_cpuid_entry2 *leaf = cpuid_of(host, 7);
	bool smep = leaf && (leaf->ebx & 1u << 7), smap = leaf && (leaf->ebx & 1u << 20);
	struct trial t = {.cpl = random() % 2 ? 3 : 0, .use = (enum walk_use)(random() % 3)};

	t.pde = P | W | U;
	t.pte = P | W | U;
	t.pde ^= one_in(16, P) | one_in(6, W) | one_in(6, U) | one_in(8, NX) | one_in(20, 1ull << 51);
	t.pte ^= one_in(8, P) | one_in(3, W) | one_in(3, U) | one_in(4, NX) | one_in(10, 1ull << 51);
	if (phys_bits > 51) {
		t.pde &= ~(1ull << 51);
		t.pte &= ~(1ull << 51);
	}
	t.cr0_without = one_in(2, CR0_WP);
	t.cr4_with = (smep ? one_in(2, CR4_SMEP) : 0) | (smap ? one_in(2, CR4_SMAP) : 0);
	t.rflags_with = one_in(2, RFLAGS_AC);
	t.efer_with = random() % 4 ? EFER_NXE : 0;
	return t;
}

/* The guest's own pages: to CPL 0 its own, but for code and stack of a guest at CPL 3. */
static void tables_put(struct probe_vm *vm, const struct trial *t)
{
	for (uint64_t gpa = 0; gpa < PROBE_MEMORY; gpa += PAGE_SIZE) {
		bool user = t->cpl == 3 && (gpa == PROBE_CODE || gpa == PROBE_CODE - PAGE_SIZE);

		probe_vm_write64(vm, PT + gpa / PAGE_SIZE * 8, gpa | P | W | (user ? U : 0));
	}
	probe_vm_write64(vm, PD + GVA / 0x200000 * 8, OUR_PT | t->pde);
	probe_vm_write64(vm, OUR_PT, PROBE_TARGET | t->pte);
	/* what a fetch finds there: the ending of the program */
	memcpy(vm->memory + PROBE_TARGET, t->cpl == 3 ? "\x0f\x0b" : "\xf4\x90", 2);
}

/* Put the guest where it makes the access. *regs is what walk() is asked with. */
static int trial_start(struct probe_vm *vm, const struct trial *t, struct regs *regs)
{
	static const uint8_t code[][3] = {
		[WALK_READ] = {0x48, 0x8b, 0x03}, /* mov rax, [rbx] */
		[WALK_WRITE] = {0x88, 0x0b, 0x90}, /* mov [rbx], cl; nop */
		[WALK_FETCH] = {0xff, 0xe3, 0x90}, /* jmp rbx */
	};
	struct probe_start start = {.code = code[t->use], .size = 3, .cpl = t->cpl, .rbx = GVA};
	struct kvm_sregs sregs;
	struct kvm_regs gprs;

	tables_put(vm, t);
	if (probe_vm_start(vm, &start) < 0 || ioctl(vm->vcpu, KVM_GET_SREGS, &sregs) < 0)
		return -1;
	sregs.cr0 &= ~t->cr0_without;
	sregs.cr4 |= t->cr4_with;
	sregs.efer |= t->efer_with;
	gprs = probe_vm_regs(vm);
	gprs.rflags |= t->rflags_with;
	*regs = (struct regs){.cr0 = sregs.cr0,
			      .cr3 = sregs.cr3,
			      .cr4 = sregs.cr4,
			      .efer = sregs.efer,
			      .rflags = gprs.rflags,
			      .cpl = (uint8_t)t->cpl};
	return ioctl(vm->vcpu, KVM_SET_SREGS, &sregs) < 0 || ioctl(vm->vcpu, KVM_SET_REGS, &gprs) < 0 ? -1 : 0;
}

/* Past the access, by HLT at CPL 0 or UD2 at CPL 3. */
static bool went_through(const struct trial *t, const struct probe_end *end)
{
	uint64_t ending = t->use == WALK_FETCH ? GVA : PROBE_CODE + 3;

	if (t->cpl == 3)
		return end->vector == 6 && end->rip == ending;
	return end->vector == PROBE_VECTOR_NONE && end->rip == ending + 1;
}

static void check_trial(struct probe_vm *vm, const struct trial *t, unsigned phys_bits, unsigned seen[2])
{
	struct walk_memory memory = {memory_before, entry};
	struct kvm_sregs sregs = {0};
	struct probe_end end = {0};
	char words[100], row[200];
	enum probe_stop stop;
	struct regs regs;
	struct walk w;

	CHECK_EQ(trial_start(vm, t, &regs), 0);
	memcpy(memory_before, vm->memory, PROBE_MEMORY);
	walk(&regs, &memory, phys_bits, (gva_t){GVA}, t->use, &w);
	stop = probe_vm_run(vm);
	probe_vm_describe(vm, stop, words, sizeof(words));
	snprintf(row, sizeof(row),
		 "CPL %u %s, PDE %" PRIx64 " PTE %" PRIx64 " CR0 %" PRIx64 " CR4 %" PRIx64 " AC %d NXE %d: %s", t->cpl,
		 t->use == WALK_READ    ? "read"
		 : t->use == WALK_WRITE ? "write"
					: "fetch",
		 t->pde, t->pte, regs.cr0, regs.cr4, !!t->rflags_with, !!t->efer_with, words);
	check_row = row;
	CHECK_EQ(stop, PROBE_HALT);
	CHECK_EQ(probe_vm_end(vm, &end), 0);
	seen[w.status == WALK_OK]++;
	if (w.status == WALK_OK) {
		CHECK(went_through(t, &end));
		CHECK_EQ(w.gpa.v, PROBE_TARGET);
		CHECK(walk_mark(&w));
		CHECK_EQ(probe_vm_read64(vm, PD + 8), *(uint64_t *)(memory_before + PD + 8));
		CHECK_EQ(probe_vm_read64(vm, OUR_PT), *(uint64_t *)(memory_before + OUR_PT));
	} else {
		ioctl(vm->vcpu, KVM_GET_SREGS, &sregs);
		CHECK_EQ(end.vector, 14);
		/* QEMU's software CPU forgets P beside RSVD; the manual has them together */
		CHECK_EQ(end.error_code & RSVD ? end.error_code | P : end.error_code, w.error);
		CHECK_EQ(sregs.cr2, GVA);
	}
	check_row = "";
}

static void test_against_cpu(void)
{
	struct probe_host host = {.kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC)};
	const struct kvm_cpuid_entry2 *leaf;
	unsigned seen[2] = {0};
	struct probe_watch watch;

	if (host.kvm < 0) {
		SKIP("/dev/kvm cannot be opened");
		return;
	}
	host.cpuid.nent = sizeof(host.cpuid.entries) / sizeof(host.cpuid.entries[0]);
	CHECK_EQ(ioctl(host.kvm, KVM_GET_SUPPORTED_CPUID, &host.cpuid), 0);
	leaf = cpuid_of(&host, 0x80000008);
	CHECK_EQ(probe_watch_begin(&watch), 0);
	srandom(1);
	for (unsigned i = 0; i < ROUNDS && leaf && check_failures < 10; i++) {
		unsigned phys_bits = leaf->eax & 0xff;
		struct trial t = random_trial(&host, phys_bits);
		struct probe_vm vm;

		/* a VM each: KVM does not see what the host writes to tables it has shadowed */
		if (probe_vm_open(&vm, &host, 2000000000) == 0)
			check_trial(&vm, &t, phys_bits, seen);
		else
			CHECK_AT(false, "%s", vm.failed);
		probe_vm_close(&vm);
	}
	probe_watch_end(&watch);
	close(host.kvm);
	CHECK(seen[0] > ROUNDS / 5 && seen[1] > ROUNDS / 5);
}

CHECK_MAIN(CHECK_TEST(test_against_cpu))
