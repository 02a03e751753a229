#include "vmm/doctor/probe_run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define VECTOR_UD 6

static enum probe_stop stop_of_exit(uint32_t exit_reason)
{
	switch (exit_reason) {
	case KVM_EXIT_HLT:
		return PROBE_HALT;
	case KVM_EXIT_MMIO:
		return PROBE_MMIO;
	case KVM_EXIT_IO:
		return PROBE_IO;
	case KVM_EXIT_DEBUG:
		return PROBE_DEBUG;
	case KVM_EXIT_INTERNAL_ERROR:
		return PROBE_INTERNAL;
	case KVM_EXIT_SHUTDOWN:
		return PROBE_SHUTDOWN;
	default: /* not an enum: KVM may have any number here */
		return PROBE_OTHER;
	}
}

enum probe_stop probe_vm_run(struct probe_vm *vm)
{
	for (;;) {
		vm->error = ioctl(vm->vcpu, KVM_RUN, 0) < 0 ? errno : 0;
		if (vm->error == EINTR || vm->error == EAGAIN) {
			if (__atomic_load_n(&vm->run->immediate_exit, __ATOMIC_RELAXED))
				return PROBE_HANG;
			continue; /* exit_reason is stale: do not look at it */
		}
		if (vm->error == EFAULT)
			return PROBE_FAULT;
		return vm->error ? PROBE_OTHER : stop_of_exit(vm->run->exit_reason);
	}
}

static bool vector_has_error_code(unsigned vector)
{
	return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21;
}

int probe_vm_end(struct probe_vm *vm, struct probe_end *end)
{
	struct kvm_regs regs = probe_vm_regs(vm);
	uint64_t frame = regs.rsp;

	if (regs.rip < PROBE_HANDLERS || regs.rip >= PROBE_HANDLERS + PAGE_SIZE) {
		*end = (struct probe_end){.vector = PROBE_VECTOR_NONE, .rip = regs.rip};
		return 0;
	}
	if (frame > PROBE_MEMORY - 48)
		return -EFAULT;
	end->vector = (unsigned)(regs.rip - PROBE_HANDLERS) / 16;
	end->error_code = 0;
	if (vector_has_error_code(end->vector)) {
		end->error_code = probe_vm_read64(vm, frame);
		frame += 8;
	}
	end->rip = probe_vm_read64(vm, frame);
	end->cpl = probe_vm_read64(vm, frame + 8) & 3;
	return 0;
}

static void describe_halt(struct probe_vm *vm, char *text, size_t n)
{
	struct probe_end end;

	if (probe_vm_end(vm, &end) < 0)
		snprintf(text, n, "an exception without a frame");
	else if (end.vector == PROBE_VECTOR_NONE)
		snprintf(text, n, "HLT at RIP 0x%llx", (unsigned long long)end.rip);
	else
		snprintf(text, n, "exception %u (error 0x%llx) at RIP 0x%llx, CPL %u", end.vector,
			 (unsigned long long)end.error_code, (unsigned long long)end.rip, end.cpl);
}

void probe_vm_describe(struct probe_vm *vm, enum probe_stop stop, char *text, size_t n)
{
	const struct kvm_run *run = vm->run;

	switch (stop) {
	case PROBE_FAULT:
		snprintf(text, n, "EFAULT at RIP 0x%llx", (unsigned long long)probe_vm_regs(vm).rip);
		return;
	case PROBE_HALT:
		describe_halt(vm, text, n);
		return;
	case PROBE_MMIO:
		snprintf(text, n, "KVM_EXIT_MMIO, %s of %u bytes at 0x%llx", run->mmio.is_write ? "store" : "load",
			 run->mmio.len, (unsigned long long)run->mmio.phys_addr);
		return;
	case PROBE_IO:
		snprintf(text, n, "KVM_EXIT_IO at port 0x%x", run->io.port);
		return;
	case PROBE_DEBUG:
		snprintf(text, n, "KVM_EXIT_DEBUG at RIP 0x%llx", (unsigned long long)probe_vm_regs(vm).rip);
		return;
	case PROBE_INTERNAL:
		snprintf(text, n, "KVM_EXIT_INTERNAL_ERROR %u", run->internal.suberror);
		return;
	case PROBE_SHUTDOWN:
		snprintf(text, n, "triple fault");
		return;
	case PROBE_HANG:
		snprintf(text, n, "no end within the time limit");
		return;
	case PROBE_OTHER:
		if (vm->error)
			snprintf(text, n, "KVM_RUN: %s", strerror(vm->error));
		else
			snprintf(text, n, "exit reason %u", run->exit_reason);
		return;
	}
}

bool probe_vm_finished(struct probe_vm *vm, const struct probe_start *start, enum probe_stop stop, char *why, size_t n)
{
	struct probe_end end;

	if (stop == PROBE_HALT && probe_vm_end(vm, &end) == 0) {
		uint64_t ending = PROBE_CODE + start->size;

		if (start->cpl == 0 && end.vector == PROBE_VECTOR_NONE && end.rip == ending + 1)
			return true;
		if (start->cpl == 3 && end.vector == VECTOR_UD && end.rip == ending && end.cpl == 3)
			return true;
	}
	probe_vm_describe(vm, stop, why, n);
	return false;
}
