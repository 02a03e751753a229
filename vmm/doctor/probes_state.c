#include "vmm/doctor/probes.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define MEMORY_VALUE 0x1122334455667788ull
#define ANSWER 0x123456789abcdef0ull

/* EFAULT, registers read and changed in kvm_run only, and on. */
static void sync_trap(struct probe_vm *vm, const struct probe_start *start, struct doctor_item *item)
{
	struct kvm_sync_regs *sync = &vm->run->s.regs;
	enum probe_stop stop = probe_vm_run(vm);
	struct kvm_regs after;
	char why[100];

	if (stop != PROBE_FAULT) {
		item_stopped(item, vm, stop, "no EFAULT");
		return;
	}
	if (sync->regs.rip != PROBE_CODE + 3 || sync->regs.rax != 1 || sync->regs.rbx != PROBE_TARGET ||
	    sync->sregs.cr3 == UINT64_MAX || sync->events.nmi.pad) {
		item_set(item, DOCTOR_NO, "the area is not filled at EFAULT");
		return;
	}
	sync->regs.rip += 3;
	sync->regs.rcx = ANSWER;
	vm->run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
	stop = probe_vm_run(vm);
	vm->run->kvm_dirty_regs = 0;
	after = probe_vm_regs(vm);
	if (!probe_vm_finished(vm, start, stop, why, sizeof(why)))
		item_stopped(item, vm, stop, "after changing RIP in the area");
	else if (after.rcx != ANSWER || after.rax != 2)
		item_set(item, DOCTOR_NO, "what is put into the area does not reach the guest");
	else
		item_set(item, DOCTOR_YES, "read at EFAULT and written back, without another call");
}

void probe_sync_regs(const struct probe_ask *ask, struct doctor_item *item)
{
	/* inc rax; mov rcx, [rbx]; inc rax */
	static const uint8_t code[] = {0x48, 0xff, 0xc0, 0x48, 0x8b, 0x0b, 0x48, 0xff, 0xc0};
	const uint64_t wanted = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS;
	struct probe_start start = {.code = code, .size = sizeof(code), .cpl = ask->cpl, .rbx = PROBE_TARGET};
	int offered = ioctl(ask->host->kvm, KVM_CHECK_EXTENSION, KVM_CAP_SYNC_REGS);
	struct probe_vm *vm = ask->vm;
	int err;

	if (offered < 0 || ((unsigned)offered & wanted) != wanted) {
		item_set(item, DOCTOR_NO, "KVM_CAP_SYNC_REGS offers 0x%x, 0x%llx is needed", (unsigned)offered,
			 (unsigned long long)wanted);
		return;
	}
	err = probe_vm_protect(vm, PROBE_TARGET, PROT_NONE);
	if (!err)
		err = probe_vm_start(vm, &start);
	if (err) {
		item_failed(item, vm, err);
		return;
	}
	memset(&vm->run->s.regs, 0xff, sizeof(vm->run->s.regs));
	vm->run->kvm_valid_regs = wanted;
	sync_trap(vm, &start, item);
}

/* A vector register as wide as the probe wants, by its pieces in an XSAVE area. */
struct pieces {
	uint64_t components; /* XCR0 bits needed */
	unsigned size; /* of the register, bytes: 32 or 64 */
	unsigned ymm_offset, zmm_offset; /* of the components in the area */
	bool offered; /* by KVM_GET_SUPPORTED_CPUID; some KVM does not, and it works all the same */
};

static const struct kvm_cpuid_entry2 *cpuid_of(const struct probe_host *host, uint32_t function, uint32_t index)
{
	for (unsigned i = 0; i < host->cpuid.nent; i++)
		if (host->cpuid.entries[i].function == function && host->cpuid.entries[i].index == index)
			return &host->cpuid.entries[i];
	return NULL;
}

/* Where component n is. 0 if there is none such, or no place for it in struct kvm_xsave. */
static unsigned component_offset(const struct probe_host *host, unsigned n, unsigned size)
{
	const struct kvm_cpuid_entry2 *leaf = cpuid_of(host, 0xd, n);

	return leaf && leaf->ebx >= 576 && leaf->ebx <= sizeof(struct kvm_xsave) - size ? leaf->ebx : 0;
}

/* Copy register n between `value` and the area, piece by piece. */
static void register_copy(const struct pieces *p, struct kvm_xsave *area, unsigned n, uint8_t *value, bool to_area)
{
	uint8_t *bytes = (uint8_t *)area->region;
	struct {
		unsigned from, size, at;
	} parts[] = {{0, 16, 160 + 16 * n}, {16, 16, p->ymm_offset + 16 * n}, {32, 32, p->zmm_offset + 32 * n}};

	for (unsigned i = 0; i < 3 && parts[i].from < p->size; i++) {
		if (to_area)
			memcpy(bytes + parts[i].at, value + parts[i].from, parts[i].size);
		else
			memcpy(value + parts[i].from, bytes + parts[i].at, parts[i].size);
	}
}

static int xsave_get(struct probe_vm *vm, struct kvm_xsave *area)
{
	vm->failed = "KVM_GET_XSAVE";
	return ioctl(vm->vcpu, KVM_GET_XSAVE, area) < 0 ? -errno : 0;
}

/* Register 1 := value, by the host. */
static int register_give(struct probe_vm *vm, const struct pieces *p, uint8_t *value)
{
	struct kvm_xsave area;
	int err = xsave_get(vm, &area);

	if (err)
		return err;
	area.region[128] |= (uint32_t)p->components; /* XSTATE_BV, at byte 512 */
	register_copy(p, &area, 1, value, true);
	vm->failed = "KVM_SET_XSAVE";
	return ioctl(vm->vcpu, KVM_SET_XSAVE, &area) < 0 ? -errno : 0;
}

/* The program loads register 0 from PROBE_TARGET and stores register 1 one register further. */
static void vector_program(const struct probe_ask *ask, const struct pieces *p, const uint8_t *code, size_t size,
			   struct doctor_item *item)
{
	struct probe_start start = {
		.code = code, .size = size, .cpl = ask->cpl, .rbx = PROBE_TARGET, .xcr0 = p->components};
	uint8_t in_memory[64], in_register[64], seen[64] = {0};
	struct probe_vm *vm = ask->vm;
	struct kvm_xsave area;
	enum probe_stop stop;
	char why[100];
	int err;

	for (unsigned i = 0; i < sizeof(in_memory); i++) {
		in_memory[i] = (uint8_t)(i + 1);
		in_register[i] = (uint8_t)(0xff - i);
	}
	memcpy(vm->memory + PROBE_TARGET, in_memory, sizeof(in_memory));
	err = probe_vm_start(vm, &start);
	if (!err)
		err = register_give(vm, p, in_register);
	if (err) {
		item_failed(item, vm, err);
		return;
	}
	stop = probe_vm_run(vm);
	if (!probe_vm_finished(vm, &start, stop, why, sizeof(why))) {
		item_stopped(item, vm, stop, p->offered ? "a plain move" : "a plain move (not in KVM's CPUID)");
		return;
	}
	err = xsave_get(vm, &area);
	if (err) {
		item_failed(item, vm, err);
		return;
	}
	register_copy(p, &area, 0, seen, false);
	if (memcmp(vm->memory + PROBE_TARGET + p->size, in_register, p->size) != 0)
		item_set(item, DOCTOR_NO, "what KVM_SET_XSAVE gives does not reach the guest");
	else if (memcmp(seen, in_memory, p->size) != 0)
		item_set(item, DOCTOR_NO, "KVM_GET_XSAVE does not show the guest's register");
	else
		item_set(item, DOCTOR_YES, "%u-byte registers, by KVM_GET_XSAVE and KVM_SET_XSAVE%s", p->size,
			 p->offered ? "" : "; not in KVM's CPUID");
}

/* Try it if the state has a place, offered or not. */
static void vector_try(const struct probe_ask *ask, const struct pieces *p, const uint8_t *code, size_t size,
		       const char *name, struct doctor_item *item)
{
	if (p->ymm_offset && (p->size == 32 || p->zmm_offset))
		vector_program(ask, p, code, size, item);
	else
		item_set(item, DOCTOR_NO, "KVM offers no %s to guests", name);
}

void probe_avx(const struct probe_ask *ask, struct doctor_item *item)
{
	/* vmovdqu ymm0, [rbx]; vmovdqu [rbx+32], ymm1 */
	static const uint8_t code[] = {0xc5, 0xfe, 0x6f, 0x03, 0xc5, 0xfe, 0x7f, 0x4b, 0x20};
	const struct kvm_cpuid_entry2 *leaf = cpuid_of(ask->host, 1, 0);
	struct pieces pieces = {.components = 0x7,
				.size = 32,
				.ymm_offset = component_offset(ask->host, 2, 256),
				.offered = leaf && (leaf->ecx & 1u << 28)};

	vector_try(ask, &pieces, code, sizeof(code), "AVX", item);
}

void probe_avx512(const struct probe_ask *ask, struct doctor_item *item)
{
	/* vmovdqu64 zmm0, [rbx]; vmovdqu64 [rbx+64], zmm1 */
	static const uint8_t code[] = {0x62, 0xf1, 0xfe, 0x48, 0x6f, 0x03, 0x62, 0xf1, 0xfe, 0x48, 0x7f, 0x4b, 0x01};
	const struct kvm_cpuid_entry2 *leaf = cpuid_of(ask->host, 7, 0);
	struct pieces pieces = {.components = 0xe7,
				.size = 64,
				.ymm_offset = component_offset(ask->host, 2, 256),
				.zmm_offset = component_offset(ask->host, 6, 512),
				.offered = leaf && (leaf->ebx & 1u << 16)};

	vector_try(ask, &pieces, code, sizeof(code), "AVX-512", item);
}
