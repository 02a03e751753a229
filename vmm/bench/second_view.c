#include "vmm/bench/second_view.h"

#include "vmm/bench/guest.h"
#include "vmm/clock.h"
#include "vmm/machine/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define ROUNDS 201

/* What a program's instruction can see or change and KVM's sync area does not carry. Intel SDM Vol 4. */
static const uint32_t msrs[] = {
	0x10, /* TSC */
	0x174, /* SYSENTER_CS, ESP, EIP */
	0x175,      0x176,      0x1d9, /* DEBUGCTL */
	0x277, /* PAT */
	0xc0000081, /* STAR, LSTAR, CSTAR, FMASK */
	0xc0000082, 0xc0000083, 0xc0000084, 0xc0000102, /* KERNEL_GS_BASE */
	0xc0000103, /* TSC_AUX */
};

#define NMSRS (sizeof(msrs) / sizeof(msrs[0]))

/* A vCPU's state beside its registers. */
struct moved {
	struct kvm_xcrs xcrs;
	struct kvm_debugregs debug;
	struct {
		uint32_t count, padding; /* as struct kvm_msrs */
		struct kvm_msr_entry entries[NMSRS];
	} msrs;
	struct kvm_xsave xsave; /* the 4 KiB of it */
};

/* KVM does as many MSRs as it knows of, from the first on. */
static int move(int from, int to, struct moved *state)
{
	int known;

	state->msrs.count = NMSRS;
	for (unsigned i = 0; i < NMSRS; i++)
		state->msrs.entries[i].index = msrs[i];
	known = ioctl(from, KVM_GET_MSRS, &state->msrs);
	if (known < 0 || ioctl(from, KVM_GET_XSAVE, &state->xsave) < 0 || ioctl(from, KVM_GET_XCRS, &state->xcrs) < 0 ||
	    ioctl(from, KVM_GET_DEBUGREGS, &state->debug) < 0)
		return -1;
	state->msrs.count = (uint32_t)known;
	if (ioctl(to, KVM_SET_XCRS, &state->xcrs) < 0 || ioctl(to, KVM_SET_XSAVE, &state->xsave) < 0 ||
	    ioctl(to, KVM_SET_DEBUGREGS, &state->debug) < 0 || ioctl(to, KVM_SET_MSRS, &state->msrs) < 0)
		return -1;
	return 0;
}

static void move_registers(const struct vcpu *from, struct vcpu *to)
{
	to->run->s.regs = from->run->s.regs;
	to->run->kvm_dirty_regs = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS;
}

/* One instruction. 0, or -1 with *e filled: KVM does not say that it was one. */
static int step(const struct vcpu *vcpu, struct error *e)
{
	int err = ioctl(vcpu->fd, KVM_RUN, 0) < 0 ? errno : 0;

	if (err == 0 && vcpu->run->exit_reason == KVM_EXIT_DEBUG)
		return 0;
	return error_set(e, STATUS_HOST, "a second view: no single step: %s",
			 err ? strerror(err) : exit_kind_name(exit_classify(0, vcpu->run)));
}

/* KVM notes RIP when stepping is turned on: registers that are still in the sync area go there first. */
static int set_stepping(const struct vcpu *vcpu, struct error *e)
{
	struct kvm_guest_debug debug = {.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP};

	if (vcpu->run->kvm_dirty_regs) {
		vcpu->run->immediate_exit = 1;
		(void)ioctl(vcpu->fd, KVM_RUN, 0); /* EINTR */
		vcpu->run->immediate_exit = 0;
	}
	return ioctl(vcpu->fd, KVM_SET_GUEST_DEBUG, &debug) < 0
		       ? error_set(e, STATUS_HOST, "a second view: KVM_SET_GUEST_DEBUG: %s", strerror(errno))
		       : 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof(*values), compare);
	return values[ROUNDS / 2];
}

static double since(uint64_t start)
{
	return (double)(now_ns() - start);
}

static int measure_there(struct vcpu *here, struct vcpu *there, struct second_view *out, struct error *e)
{
	double moves[ROUNDS], steps[ROUNDS];
	struct moved state;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t start = now_ns();

		memset(&state, 0, sizeof(state));
		move_registers(here, there);
		if (move(here->fd, there->fd, &state) < 0)
			return error_set(e, STATUS_HOST, "a second view: the state there: %s", strerror(errno));
		moves[i] = since(start);
		start = now_ns();
		if (set_stepping(there, e) < 0 || step(there, e) < 0)
			return -1;
		steps[i] = since(start);
		start = now_ns();
		move_registers(there, here);
		if (move(there->fd, here->fd, &state) < 0)
			return error_set(e, STATUS_HOST, "a second view: the state back: %s", strerror(errno));
		moves[i] += since(start);
	}
	out->move_ns = median(moves);
	out->step_ns = median(steps);
	return 0;
}

static int measure_here(struct machine *m, struct second_view *out, struct error *e)
{
	const gpa_t page = {m->options->virtual[0].range.start};
	struct vcpu *here = &m->cpus[0].vcpu;
	double opens[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t start = now_ns();

		if (trap_set(m->trap, page, TRAP_NONE) < 0 || set_stepping(here, e) < 0)
			return error_set(e, STATUS_HOST, "a second view: the page here does not open");
		if (step(here, e) < 0)
			return -1;
		if (trap_set(m->trap, page, TRAP_ALL) < 0)
			return error_set(e, STATUS_HOST, "a second view: the page here does not close");
		opens[i] = since(start);
	}
	out->open_ns = median(opens);
	return 0;
}

/* The monitor's view is always open: that is what the second VM is given. */
static int open_there(const struct machine *m, struct kvm *kvm, struct vcpu *there, struct error *e)
{
	struct ram view = m->ram;

	view.guest_view = view.monitor_view;
	if (kvm_open(kvm, e) < 0)
		return -1;
	return kvm_add_memory(kvm, &view, e) < 0 ? -1 : vcpu_open(there, kvm, 0, e);
}

int second_view_measure(struct second_view *out, struct error *e)
{
	struct second_view found = {.make_ns = 0};
	struct vcpu there = {.fd = -1};
	struct kvm kvm = {.device_fd = -1, .vm_fd = -1};
	struct guest guest;
	struct machine *m;
	uint64_t start;
	int err;

	if (guest_open(&guest, GUEST_LOAD, 1000000, e) < 0)
		return -1;
	guest.options.boot.cpl = 0; /* where every KVM can single-step */
	m = machine_build(&guest.options, e);
	if (!m) {
		guest_close(&guest);
		return -1;
	}
	start = now_ns();
	err = open_there(m, &kvm, &there, e);
	found.make_ns = since(start);
	/* KVM fills the sync area when it has run: the first step is here */
	if (err == 0)
		err = measure_here(m, &found, e);
	if (err == 0)
		err = measure_there(&m->cpus[0].vcpu, &there, &found, e);
	vcpu_close(&there);
	kvm_close(&kvm);
	machine_demolish(m);
	guest_close(&guest);
	if (err == 0)
		*out = found;
	return err;
}
