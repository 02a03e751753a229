#include "vmm/doctor/probes.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define VECTOR_DB 1
#define VECTOR_PF 14
#define VECTOR_PLAIN 20 /* one that has no error code and no other cause here */
#define VECTOR_INT 0x40
#define MEMORY_VALUE 0x1122334455667788ull
#define SPURIOUS_STOPS 16

static int step_set(struct probe_vm *vm, bool on)
{
	struct kvm_guest_debug debug = {.control = on ? KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP : 0};

	vm->failed = "KVM_SET_GUEST_DEBUG";
	return ioctl(vm->vcpu, KVM_SET_GUEST_DEBUG, &debug) < 0 ? -errno : 0;
}

/* In the handler of #DB: halted there, or (still stepping) stopped there. */
static bool guest_has_db(struct probe_vm *vm, enum probe_stop stop)
{
	uint64_t rip = probe_vm_regs(vm).rip, handler = PROBE_HANDLERS + 16 * VECTOR_DB;

	return (stop == PROBE_HALT || stop == PROBE_DEBUG) && rip >= handler && rip < handler + 16;
}

/* One step that must end with RIP at +offset. False with *item set if it does not. */
static bool step_to(struct probe_vm *vm, unsigned offset, unsigned *spurious, struct doctor_item *item)
{
	uint64_t before = probe_vm_regs(vm).rip;
	enum probe_stop stop;

	for (unsigned i = 0; i < SPURIOUS_STOPS; i++) {
		stop = probe_vm_run(vm);
		if (stop != PROBE_DEBUG || probe_vm_regs(vm).rip != before)
			break;
		++*spurious; /* some KVMs report a stop without a step */
	}
	if (stop == PROBE_DEBUG && probe_vm_regs(vm).rip == PROBE_CODE + offset)
		return true;
	if (guest_has_db(vm, stop))
		item_set(item, DOCTOR_NO, "the guest itself gets the #DB");
	else
		item_stopped(item, vm, stop, "no stop after one instruction");
	return false;
}

/*
 * Two plain steps, then what a private step does: a load of a closed page does not go
 * through, with the page open it is the one instruction that does.
 */
static void step_program(struct probe_vm *vm, struct doctor_item *item)
{
	unsigned spurious = 0;
	enum probe_stop stop;

	if (!step_to(vm, 3, &spurious, item) || !step_to(vm, 6, &spurious, item))
		return;
	if (probe_vm_regs(vm).rax != 2) {
		item_set(item, DOCTOR_NO, "RIP moved, but the instructions had no effect");
		return;
	}
	stop = probe_vm_run(vm);
	if (stop == PROBE_MMIO) {
		item_set(item, DOCTOR_YES, "plain instructions; a trapped one is emulated");
		return;
	}
	if (stop != PROBE_FAULT || probe_vm_regs(vm).rip != PROBE_CODE + 6) {
		item_stopped(item, vm, stop, "stepping at a closed page");
		return;
	}
	probe_vm_protect(vm, PROBE_TARGET, PROT_READ | PROT_WRITE);
	if (!step_to(vm, 9, &spurious, item))
		return;
	if (probe_vm_regs(vm).rcx != MEMORY_VALUE)
		item_set(item, DOCTOR_NO, "a step over an opened page gave a wrong value");
	else
		item_set(item, DOCTOR_YES, "also over an opened page%s",
			 spurious ? "; with stops at an unmoved RIP" : "");
}

void probe_step(const struct probe_ask *ask, struct doctor_item *item)
{
	/* inc rax; inc rax; mov rcx, [rbx] */
	static const uint8_t code[] = {0x48, 0xff, 0xc0, 0x48, 0xff, 0xc0, 0x48, 0x8b, 0x0b};
	struct probe_start start = {.code = code, .size = sizeof(code), .cpl = ask->cpl, .rbx = PROBE_TARGET};
	struct probe_vm *vm = ask->vm;
	enum probe_stop stop;
	char why[100];
	int err;

	probe_vm_write64(vm, PROBE_TARGET, MEMORY_VALUE);
	err = probe_vm_protect(vm, PROBE_TARGET, PROT_NONE);
	if (!err)
		err = probe_vm_start(vm, &start);
	if (!err)
		err = step_set(vm, true);
	if (err) {
		item_failed(item, vm, err);
		return;
	}
	step_program(vm, item);
	if (item->result != DOCTOR_YES || vm->run->exit_reason == KVM_EXIT_MMIO)
		return;
	step_set(vm, false);
	stop = probe_vm_run(vm);
	if (!probe_vm_finished(vm, &start, stop, why, sizeof(why)))
		item_stopped(item, vm, stop, "after stepping was turned off");
}

/* Inject one exception before the first instruction. False with *item set if it does not arrive as it must. */
static bool inject(const struct probe_ask *ask, uint8_t vector, bool has_error_code, uint32_t error_code,
		   struct doctor_item *item)
{
	static const uint8_t nop[] = {0x90};
	struct probe_start start = {.code = nop, .size = sizeof(nop), .cpl = ask->cpl};
	struct kvm_vcpu_events events = {
		.exception = {.injected = 1, .nr = vector, .has_error_code = has_error_code, .error_code = error_code}};
	struct probe_vm *vm = ask->vm;
	struct probe_end end;
	enum probe_stop stop;
	int err = probe_vm_start(vm, &start);

	if (!err && ioctl(vm->vcpu, KVM_SET_VCPU_EVENTS, &events) < 0) {
		err = -errno;
		vm->failed = "KVM_SET_VCPU_EVENTS";
	}
	if (err) {
		item_failed(item, vm, err);
		return false;
	}
	stop = probe_vm_run(vm);
	if (stop == PROBE_HALT && probe_vm_end(vm, &end) == 0 && end.vector == vector && end.error_code == error_code &&
	    end.rip == PROBE_CODE && end.cpl == ask->cpl)
		return true;
	item_stopped(item, vm, stop, "injected, but then");
	return false;
}

void probe_inject(const struct probe_ask *ask, struct doctor_item *item)
{
	if (inject(ask, VECTOR_PF, true, 0x7, item) && inject(ask, VECTOR_PLAIN, false, 0, item))
		item_set(item, DOCTOR_YES, "vector 14 with its error code, vector 20 without");
}

void probe_syscall(const struct probe_ask *ask, struct doctor_item *item)
{
	static const uint8_t code[] = {0x0f, 0x05};
	struct probe_start start = {.code = code, .size = sizeof(code), .cpl = 3};
	int err = probe_vm_start(ask->vm, &start);
	struct kvm_sregs sregs;
	struct probe_end end;
	enum probe_stop stop;

	if (err) {
		item_failed(item, ask->vm, err);
		return;
	}
	stop = probe_vm_run(ask->vm);
	if (stop != PROBE_HALT || probe_vm_end(ask->vm, &end) < 0 || ioctl(ask->vm->vcpu, KVM_GET_SREGS, &sregs) < 0)
		item_stopped(item, ask->vm, stop, "no entry");
	else if (end.vector == PROBE_VECTOR_NONE && end.rip == PROBE_SYSCALL + 1 && sregs.ss.dpl == 0)
		item_set(item, DOCTOR_YES, "enters at CPL 0");
	else if (end.rip == PROBE_SYSCALL && end.cpl == 3)
		item_set(item, DOCTOR_NO, "enters, but still at CPL 3 (its HLT raised exception %u)", end.vector);
	else
		item_stopped(item, ask->vm, stop, "no entry");
}

void probe_int(const struct probe_ask *ask, struct doctor_item *item)
{
	static const uint8_t code[] = {0xcd, VECTOR_INT};
	struct probe_start start = {.code = code, .size = sizeof(code), .cpl = 3};
	int err = probe_vm_start(ask->vm, &start);
	struct probe_end end;
	enum probe_stop stop;

	if (err) {
		item_failed(item, ask->vm, err);
		return;
	}
	stop = probe_vm_run(ask->vm);
	if (stop == PROBE_HALT && probe_vm_end(ask->vm, &end) == 0 && end.vector == VECTOR_INT &&
	    end.rip == PROBE_CODE + 2 && end.cpl == 3)
		item_set(item, DOCTOR_YES, "reaches its gate");
	else
		item_stopped(item, ask->vm, stop, "does not reach its gate");
}

void probe_immediate_exit(const struct probe_ask *ask, struct doctor_item *item)
{
	static const uint8_t nop[] = {0x90};
	struct probe_start start = {.code = nop, .size = sizeof(nop), .cpl = ask->cpl};
	struct probe_vm *vm = ask->vm;
	int err = probe_vm_start(vm, &start), result, cause;

	if (err) {
		item_failed(item, vm, err);
		return;
	}
	vm->run->immediate_exit = 1;
	result = ioctl(vm->vcpu, KVM_RUN, 0);
	cause = errno;
	if (result == 0 || cause != EINTR)
		item_set(item, DOCTOR_NO, "KVM_RUN: %s", result ? strerror(cause) : "an exit");
	else if (probe_vm_regs(vm).rip != PROBE_CODE)
		item_set(item, DOCTOR_NO, "EINTR, but the guest ran");
	else
		item_set(item, DOCTOR_YES, "EINTR, nothing executed");
}
