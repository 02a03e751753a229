/*
 * serve.c: the exits that are not an access: ports, absent memory, the guest's ways to end.
 */
#include "vmm/access/fault.h"
#include "vmm/declared/declared.h"
#include "vmm/machine/state.h"
#include "vmm/machine/traced.h"

#include <string.h>

void serve_absent(struct cpu *c)
{
	struct kvm_run *run = c->vcpu.run;

	if (!c->env.ones_for_absent) {
		machine_stop(c, STOP_REFUSED, STATUS_GUEST,
			     "rip 0x%llx: %s of %u byte%s at gpa 0x%llx, which is neither memory nor kept",
			     (unsigned long long)run->s.regs.regs.rip, run->mmio.is_write ? "store" : "load",
			     run->mmio.len, run->mmio.len == 1 ? "" : "s", (unsigned long long)run->mmio.phys_addr);
		return;
	}
	c->env.absent_accesses++;
	if (!run->mmio.is_write)
		memset(run->mmio.data, 0xff, sizeof(run->mmio.data));
}

/*
 * The others held, and none of them in an access to a declared page, which the call may wait for. False: the guest is
 * stopped.
 */
static bool hold_idle(struct cpu *c)
{
	while (machine_hold(c)) {
		if (declared_is_idle(c->env.declared))
			return true;
		machine_release(c);
		if (hold_is_mine(c->machine->hold, c->vcpu.id)) {
			machine_stop(c, STOP_UNSUPPORTED, STATUS_UNSUPPORTED,
				     "rip 0x%llx: a call in a private step, while another vCPU is in an access to a "
				     "declared page",
				     (unsigned long long)c->vcpu.run->s.regs.regs.rip);
			return false;
		}
		declared_wait(c->env.declared, &c->env);
	}
	return false;
}

/* A call of a guest that answers for pages of its own. */
static bool call(struct cpu *c, uint32_t value)
{
	const struct kvm_run *run = c->vcpu.run;
	const struct kvm_sregs *s = &run->s.regs.sregs;
	struct declared_tables tables = {
		.gdt = {s->gdt.base, s->gdt.limit},
		.idt = {s->idt.base, s->idt.limit},
		.tss = {s->tr.base, s->tr.limit},
	};
	struct regs regs;
	bool done;

	if (!c->env.declared || run->io.size != 4)
		return false;
	fault_photo(&c->vcpu, &regs);
	if (!hold_idle(c))
		return false;
	done = declared_out(c->env.declared, &c->env, &regs, &tables, run->io.port, value);
	machine_release(c);
	return done;
}

/* The bus may wait for the one who reads the guest's output. */
static uint32_t on_bus(struct cpu *c, bool out, uint32_t value)
{
	const struct kvm_run *run = c->vcpu.run;
	struct machine *m = c->machine;

	hold_rest(m->hold, c->vcpu.id);
	if (out)
		bus_out(&m->bus, run->io.port, run->io.size, value);
	else
		value = bus_in(&m->bus, run->io.port, run->io.size);
	hold_resume(m->hold, c->vcpu.id);
	return value;
}

void serve_port(struct cpu *c)
{
	struct kvm_run *run = c->vcpu.run;
	uint8_t *at = (uint8_t *)run + run->io.data_offset;

	for (uint32_t i = 0; i < run->io.count; i++, at += run->io.size) {
		uint32_t value = 0;

		if (run->io.direction == KVM_EXIT_IO_OUT) {
			memcpy(&value, at, run->io.size);
			if (!traced_out(c, run->io.port, run->io.size, value) && !call(c, value))
				on_bus(c, true, value);
		} else {
			if (!traced_in(c, run->io.port, run->io.size, &value))
				value = on_bus(c, false, 0);
			memcpy(at, &value, run->io.size);
		}
	}
}

void serve_hlt(struct cpu *c)
{
	uint64_t rip = c->vcpu.run->s.regs.regs.rip - 1; /* KVM reports it past the HLT */
	uint64_t linear = c->vcpu.run->s.regs.sregs.cs.base + rip;
	uint64_t handlers = c->machine->boot_state.handlers.v;

	if (handlers && linear >= handlers && linear < handlers + 256 * BOOT_HANDLER_STRIDE)
		exception_stop(c, (unsigned)((linear - handlers) / BOOT_HANDLER_STRIDE));
	else if (atomic_fetch_sub(&c->machine->running, 1) == 1)
		machine_stop(c, STOP_HLT, STATUS_OK, "the guest halted at rip 0x%llx", (unsigned long long)rip);
	else
		c->halted = true; /* the guest has ended when the last has */
}

void serve_internal(struct cpu *c)
{
	const struct kvm_run *run = c->vcpu.run;

	machine_stop(c, STOP_HOST, STATUS_HOST, "KVM internal error %u at rip 0x%llx", run->internal.suberror,
		     (unsigned long long)run->s.regs.regs.rip);
}

void serve_system(struct cpu *c)
{
	if (c->vcpu.run->system_event.type == KVM_SYSTEM_EVENT_RESET)
		machine_stop(c, STOP_RESET, STATUS_OK, "the guest asked for a reset");
	else
		machine_stop(c, STOP_POWER_OFF, STATUS_OK, "the guest powered off");
}

void serve_in_step(void *machine, struct vcpu *vcpu, enum exit_kind kind)
{
	struct cpu *c = &((struct machine *)machine)->cpus[vcpu->id];

	if (kind == EXIT_PORT)
		serve_port(c);
	else if (kind == EXIT_MSR)
		msr_refuse(&c->msrs, vcpu->run);
	else if (kind == EXIT_MMIO)
		serve_absent(c);
}
