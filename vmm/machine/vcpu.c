#include "vmm/machine/vcpu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MSR_EFER 0xc0000080u

static int host_error(struct error *e, const char *what)
{
	return error_set(e, STATUS_HOST, "vCPU: %s: %s", what, strerror(errno));
}

/* Leaves that name the CPU's own number. Intel SDM Vol 2, "CPUID". */
static void number_cpuid(struct kvm_cpuid2 *cpuid, unsigned id)
{
	for (unsigned i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];

		if (entry->function == 1)
			entry->ebx = (entry->ebx & 0x0000ffffu) | (id << 24) | (1u << 16);
		if (entry->function == 0xb || entry->function == 0x1f)
			entry->edx = id;
		if (entry->function == 0x8000001e) { /* AMD APM Vol 3, "CPUID Fn8000_001E": each is a core of its own */
			entry->eax = id;
			entry->ebx = id;
		}
	}
}

static int set_features(struct vcpu *vcpu, const struct kvm *kvm, struct error *e)
{
	struct kvm_cpuid2 *cpuid = kvm->cpuid;
	struct kvm_xcrs xcrs = {0};

	number_cpuid(cpuid, vcpu->id);
	if (ioctl(vcpu->fd, KVM_SET_CPUID2, cpuid) < 0)
		return host_error(e, "KVM_SET_CPUID2");
	vcpu->features = XSTATE_X87 | XSTATE_SSE;
	for (unsigned i = 0; i < cpuid->nent; i++)
		if (cpuid->entries[i].function == 0xd && cpuid->entries[i].index == 0)
			vcpu->features |= cpuid->entries[i].eax & (XSTATE_AVX | XSTATE_AVX512);
	/* what the guest's own XSETBV would do later; hosts without it run with x87 and SSE */
	xcrs.nr_xcrs = 1;
	xcrs.xcrs[0].value = vcpu->features;
	if (ioctl(vcpu->fd, KVM_SET_XCRS, &xcrs) < 0)
		vcpu->features = XSTATE_X87 | XSTATE_SSE;
	return 0;
}

/*
 * The host's own clock. A vCPU is made with the frequency that KVM found when it was loaded. If Linux has refined its
 * own since, upwards and by more than kvm.tsc_tolerance_ppm, and the CPU cannot scale, KVM multiplies that vCPU's time
 * stamps by 0: its kvm-clock and the timer of its APIC stand still. Where the frequency is not known, nothing is lost.
 */
static void set_clock(const struct vcpu *vcpu)
{
	(void)ioctl(vcpu->fd, KVM_SET_TSC_KHZ, 0);
}

int vcpu_open(struct vcpu *vcpu, const struct kvm *kvm, unsigned id, struct error *e)
{
	*vcpu = (struct vcpu){.fd = -1, .id = id, .run_size = (size_t)kvm->run_size};
	vcpu->fd = ioctl(kvm->vm_fd, KVM_CREATE_VCPU, id);
	if (vcpu->fd < 0)
		return host_error(e, "KVM_CREATE_VCPU");
	vcpu->run = mmap(NULL, vcpu->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED) {
		vcpu->run = NULL;
		return host_error(e, "mmap of kvm_run");
	}
	set_clock(vcpu);
	vcpu->vector = aligned_alloc(64, sizeof(*vcpu->vector));
	if (!vcpu->vector)
		return host_error(e, "vector state");
	vector_layout_read(&vcpu->vector->layout);
	if (set_features(vcpu, kvm, e) < 0)
		return -1;
	vcpu->run->kvm_valid_regs = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS;
	return 0;
}

void vcpu_close(struct vcpu *vcpu)
{
	if (vcpu->run)
		munmap(vcpu->run, vcpu->run_size);
	if (vcpu->fd >= 0)
		close(vcpu->fd);
	free(vcpu->vector);
	*vcpu = (struct vcpu){.fd = -1};
}

static struct kvm_segment segment_of(const struct boot_state *state, enum segment which)
{
	const struct regs *regs = &state->regs;
	const struct segment_reg *from = &regs->seg[which];
	bool code = which == SEG_CS;

	return (struct kvm_segment){
		.base = from->base,
		.limit = from->limit,
		.selector = from->selector,
		.type = from->type,
		.present = from->usable,
		.unusable = !from->usable,
		.dpl = regs->cpl,
		.s = 1,
		.l = code && regs->mode == MODE_64,
		.db = code ? regs->mode == MODE_32 : regs->stack_size != 2,
		.g = from->limit > 0xfffff,
	};
}

static void fill_sregs(const struct boot_state *state, struct kvm_sregs *sregs)
{
	const struct regs *regs = &state->regs;

	sregs->es = segment_of(state, SEG_ES);
	sregs->cs = segment_of(state, SEG_CS);
	sregs->ss = segment_of(state, SEG_SS);
	sregs->ds = segment_of(state, SEG_DS);
	sregs->fs = segment_of(state, SEG_FS);
	sregs->gs = segment_of(state, SEG_GS);
	sregs->tr = (struct kvm_segment){.base = state->tss_base,
					 .limit = state->tss_limit ? state->tss_limit : 0xffff,
					 .selector = state->tss_selector,
					 .type = 11, /* busy TSS */
					 .present = 1};
	sregs->ldt = (struct kvm_segment){.unusable = 1};
	sregs->gdt.base = state->gdt_base;
	sregs->gdt.limit = (uint16_t)state->gdt_limit;
	sregs->idt.base = state->idt_base;
	sregs->idt.limit = (uint16_t)state->idt_limit;
	sregs->cr0 = regs->cr0;
	sregs->cr3 = regs->cr3;
	sregs->cr4 = regs->cr4;
	sregs->efer = regs->efer;
}

static void fill_regs(const struct regs *from, struct kvm_regs *to)
{
	*to = (struct kvm_regs){
		.rax = from->gpr[GPR_RAX],
		.rbx = from->gpr[GPR_RBX],
		.rcx = from->gpr[GPR_RCX],
		.rdx = from->gpr[GPR_RDX],
		.rsi = from->gpr[GPR_RSI],
		.rdi = from->gpr[GPR_RDI],
		.rsp = from->gpr[GPR_RSP],
		.rbp = from->gpr[GPR_RBP],
		.r8 = from->gpr[GPR_R8],
		.r9 = from->gpr[GPR_R9],
		.r10 = from->gpr[GPR_R10],
		.r11 = from->gpr[GPR_R11],
		.r12 = from->gpr[GPR_R12],
		.r13 = from->gpr[GPR_R13],
		.r14 = from->gpr[GPR_R14],
		.r15 = from->gpr[GPR_R15],
		.rip = from->rip,
		.rflags = from->rflags | RFLAGS_FIXED,
	};
}

int vcpu_start(struct vcpu *vcpu, const struct boot_state *state, struct error *e)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	if (ioctl(vcpu->fd, KVM_GET_SREGS, &sregs) < 0)
		return host_error(e, "KVM_GET_SREGS");
	fill_sregs(state, &sregs);
	if (ioctl(vcpu->fd, KVM_SET_SREGS, &sregs) < 0)
		return host_error(e, "KVM_SET_SREGS");
	fill_regs(&state->regs, &regs);
	if (ioctl(vcpu->fd, KVM_SET_REGS, &regs) < 0)
		return host_error(e, "KVM_SET_REGS");
	return 0;
}

int vcpu_sync(struct vcpu *vcpu, struct error *e)
{
	struct kvm_sync_regs *sync = &vcpu->run->s.regs;

	if (ioctl(vcpu->fd, KVM_GET_REGS, &sync->regs) < 0)
		return host_error(e, "KVM_GET_REGS");
	return ioctl(vcpu->fd, KVM_GET_SREGS, &sync->sregs) < 0 ? host_error(e, "KVM_GET_SREGS") : 0;
}

struct vector_state *vcpu_vector(void *self)
{
	struct vcpu *vcpu = self;
	struct kvm_xcrs xcrs;

	if (vcpu->vector_read)
		return vcpu->vector;
	if (ioctl(vcpu->fd, KVM_GET_XSAVE, vcpu->vector->area) < 0)
		return NULL;
	vector_settle(vcpu->vector);
	/* components that the guest has not enabled are in their initial state: harmless to load */
	if (ioctl(vcpu->fd, KVM_GET_XCRS, &xcrs) == 0 && xcrs.nr_xcrs > 0)
		vcpu->features = xcrs.xcrs[0].value;
	vcpu->vector->features = vcpu->features;
	vcpu->vector_read = true;
	return vcpu->vector;
}
