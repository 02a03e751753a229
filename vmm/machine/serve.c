/*
 * serve.c: the exits that are not an access: ports, absent memory, the guest's ways to end.
 */
#include "vmm/access/fault.h"
#include "vmm/declared/declared.h"
#include "vmm/machine/state.h"
#include "vmm/machine/traced.h"

#include <string.h>

void serve_absent(struct machine *m)
{
	struct kvm_run *run = m->vcpu.run;

	if (!m->env.ones_for_absent) {
		machine_stop(m, STOP_REFUSED, STATUS_GUEST,
			     "rip 0x%llx: %s of %u byte%s at gpa 0x%llx, which is neither memory nor kept",
			     (unsigned long long)run->s.regs.regs.rip, run->mmio.is_write ? "store" : "load",
			     run->mmio.len, run->mmio.len == 1 ? "" : "s", (unsigned long long)run->mmio.phys_addr);
		return;
	}
	m->env.absent_accesses++;
	if (!run->mmio.is_write)
		memset(run->mmio.data, 0xff, sizeof(run->mmio.data));
}

/* A call of a guest that answers for pages of its own. */
static bool call(struct machine *m, uint32_t value)
{
	const struct kvm_run *run = m->vcpu.run;
	const struct kvm_sregs *s = &run->s.regs.sregs;
	struct declared_tables tables = {
		.gdt = {s->gdt.base, s->gdt.limit},
		.idt = {s->idt.base, s->idt.limit},
		.tss = {s->tr.base, s->tr.limit},
	};
	struct regs regs;

	if (!m->env.declared || run->io.size != 4)
		return false;
	fault_photo(&m->vcpu, &regs);
	return declared_out(m->env.declared, &m->env, &regs, &tables, run->io.port, value);
}

void serve_port(struct machine *m)
{
	struct kvm_run *run = m->vcpu.run;
	uint8_t *at = (uint8_t *)run + run->io.data_offset;

	for (uint32_t i = 0; i < run->io.count; i++, at += run->io.size) {
		uint32_t value = 0;

		if (run->io.direction == KVM_EXIT_IO_OUT) {
			memcpy(&value, at, run->io.size);
			if (!traced_out(m, run->io.port, run->io.size, value) && !call(m, value))
				bus_out(&m->bus, run->io.port, run->io.size, value);
		} else {
			if (!traced_in(m, run->io.port, run->io.size, &value))
				value = bus_in(&m->bus, run->io.port, run->io.size);
			memcpy(at, &value, run->io.size);
		}
	}
}

void serve_hlt(struct machine *m)
{
	uint64_t rip = m->vcpu.run->s.regs.regs.rip - 1; /* KVM reports it past the HLT */
	uint64_t linear = m->vcpu.run->s.regs.sregs.cs.base + rip;
	uint64_t handlers = m->boot_state.handlers.v;

	if (handlers && linear >= handlers && linear < handlers + 256 * BOOT_HANDLER_STRIDE)
		exception_stop(m, (unsigned)((linear - handlers) / BOOT_HANDLER_STRIDE));
	else
		machine_stop(m, STOP_HLT, STATUS_OK, "the guest halted at rip 0x%llx", (unsigned long long)rip);
}

void serve_internal(struct machine *m)
{
	const struct kvm_run *run = m->vcpu.run;

	machine_stop(m, STOP_HOST, STATUS_HOST, "KVM internal error %u at rip 0x%llx", run->internal.suberror,
		     (unsigned long long)run->s.regs.regs.rip);
}

void serve_system(struct machine *m)
{
	if (m->vcpu.run->system_event.type == KVM_SYSTEM_EVENT_RESET)
		machine_stop(m, STOP_RESET, STATUS_OK, "the guest asked for a reset");
	else
		machine_stop(m, STOP_POWER_OFF, STATUS_OK, "the guest powered off");
}

void serve_in_step(void *self, enum exit_kind kind)
{
	struct machine *m = self;

	if (kind == EXIT_PORT)
		serve_port(m);
	else if (kind == EXIT_MMIO)
		serve_absent(m);
}
