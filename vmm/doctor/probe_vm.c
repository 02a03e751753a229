#include "vmm/doctor/probe_vm.h"

#include "decoder/regs.h"
#include "vmm/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PML4 0x1000ull
#define PDPT 0x2000ull
#define PD 0x3000ull
#define PT 0x4000ull
#define GDT 0x5000ull
#define TSS 0x5800ull
#define IDT 0x6000ull
#define STACK_0 0x9000ull /* tops */
#define STACK_3 0xa000ull

#define ENTRY_USER 0x7ull /* present, writable, user */
#define CR0_BITS (CR0_PE | CR0_WP | CR0_PG | 0x32) /* MP, ET, NE */
#define CR4_SSE (CR4_OSFXSR | CR4_OSXMMEXCPT)
#define EFER_SCE 0x1ull
#define RFLAGS_IOPL3 0x3000ull
#define MSR_STAR 0xc0000081u
#define MSR_LSTAR 0xc0000082u
#define MSR_FMASK 0xc0000084u

#define VECTOR_INT 0x40

static const uint8_t ending_0[] = {0xf4}; /* hlt */
static const uint8_t ending_3[] = {0x0f, 0x0b}; /* ud2 */

uint64_t probe_vm_read64(const struct probe_vm *vm, uint64_t gpa)
{
	uint64_t value;

	memcpy(&value, vm->memory + gpa, sizeof(value));
	return value;
}

void probe_vm_write64(struct probe_vm *vm, uint64_t gpa, uint64_t value)
{
	memcpy(vm->memory + gpa, &value, sizeof(value));
}

/* The watchdog: a signal whose handler tells KVM_RUN to come back at once. */

static int watch_signal(void)
{
	return SIGRTMIN + 5;
}

static void on_watchdog(int number, siginfo_t *info, void *context)
{
	struct kvm_run *run = info->si_value.sival_ptr;

	(void)number;
	(void)context;
	if (info->si_code == SI_TIMER)
		__atomic_store_n(&run->immediate_exit, 1, __ATOMIC_RELAXED);
}

int probe_watch_begin(struct probe_watch *old)
{
	struct sigaction action = {.sa_sigaction = on_watchdog, .sa_flags = SA_SIGINFO};
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, watch_signal());
	if (sigaction(watch_signal(), &action, &old->action) < 0)
		return -errno;
	return -pthread_sigmask(SIG_UNBLOCK, &ours, &old->mask);
}

void probe_watch_end(const struct probe_watch *old)
{
	pthread_sigmask(SIG_SETMASK, &old->mask, NULL);
	sigaction(watch_signal(), &old->action, NULL);
}

static int watchdog_arm(struct probe_vm *vm, uint64_t limit_ns)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = watch_signal()};
	struct itimerspec limit = {
		.it_value = {.tv_sec = (time_t)(limit_ns / 1000000000u), .tv_nsec = (long)(limit_ns % 1000000000u)},
		.it_interval = {.tv_nsec = 50000000}};

	event.sigev_value.sival_ptr = vm->run;
	event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	if (timer_create(CLOCK_MONOTONIC, &event, &vm->timer) < 0)
		return -errno;
	vm->has_timer = true;
	return timer_settime(vm->timer, 0, &limit, NULL) < 0 ? -errno : 0;
}

/* What the guest finds in memory */

static void descriptor_put(struct probe_vm *vm, unsigned selector, uint64_t descriptor)
{
	probe_vm_write64(vm, GDT + selector, descriptor);
}

static void gate_put(struct probe_vm *vm, unsigned vector)
{
	uint64_t handler = PROBE_HANDLERS + 16 * vector;
	uint64_t dpl = vector == VECTOR_INT ? 3 : 0;

	probe_vm_write64(vm, IDT + 16 * vector,
			 (handler & 0xffff) | 8ull << 16 | (0x8e00 | dpl << 13) << 32 | (handler >> 16) << 48);
	memcpy(vm->memory + handler, "\xf4\xeb\xfd", 3); /* hlt; jmp to it */
}

static void tables_put(struct probe_vm *vm)
{
	probe_vm_write64(vm, PML4, PDPT | ENTRY_USER);
	probe_vm_write64(vm, PDPT, PD | ENTRY_USER);
	probe_vm_write64(vm, PD, PT | ENTRY_USER);
	for (uint64_t gpa = 0; gpa < PROBE_MEMORY; gpa += PAGE_SIZE)
		probe_vm_write64(vm, PT + gpa / PAGE_SIZE * 8, gpa | ENTRY_USER);
	probe_vm_write64(vm, PT + PROBE_HOLE / PAGE_SIZE * 8, PROBE_HOLE | ENTRY_USER);

	descriptor_put(vm, 0x08, 0x00af9b000000ffff); /* code 0 */
	descriptor_put(vm, 0x10, 0x00cf93000000ffff); /* stack and data 0 */
	descriptor_put(vm, 0x20, 0x00cff3000000ffff); /* stack and data 3 */
	descriptor_put(vm, 0x28, 0x00affb000000ffff); /* code 3 */
	descriptor_put(vm, 0x30, 0x0000890000000067 | (TSS & 0xffffff) << 16);
	probe_vm_write64(vm, TSS + 4, STACK_0);
	for (unsigned vector = 0; vector < 256; vector++)
		gate_put(vm, vector);
	memcpy(vm->memory + PROBE_SYSCALL, ending_0, sizeof(ending_0));
}

/* Note the call that failed. */
static int failed(struct probe_vm *vm, const char *call)
{
	vm->failed = call;
	return -errno;
}

static int memory_open(struct probe_vm *vm)
{
	struct kvm_userspace_memory_region slot = {.memory_size = PROBE_MEMORY};

	vm->memfd = memfd_create("lodestore-doctor", MFD_CLOEXEC);
	if (vm->memfd < 0 || ftruncate(vm->memfd, PROBE_MEMORY) < 0)
		return failed(vm, "memfd_create");
	vm->guest_view = mmap(NULL, PROBE_MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, vm->memfd, 0);
	vm->memory = mmap(NULL, PROBE_MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, vm->memfd, 0);
	if (vm->guest_view == MAP_FAILED || vm->memory == MAP_FAILED)
		return failed(vm, "mmap of memory");
	slot.userspace_addr = (uintptr_t)vm->guest_view;
	if (ioctl(vm->vm, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
		return failed(vm, "KVM_SET_USER_MEMORY_REGION");
	tables_put(vm);
	return 0;
}

static int vcpu_open(struct probe_vm *vm, const struct probe_host *host)
{
	int run_size = ioctl(host->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	if (run_size < 0)
		return failed(vm, "KVM_GET_VCPU_MMAP_SIZE");
	vm->vcpu = ioctl(vm->vm, KVM_CREATE_VCPU, 0);
	if (vm->vcpu < 0)
		return failed(vm, "KVM_CREATE_VCPU");
	vm->run_size = (size_t)run_size;
	vm->run = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu, 0);
	if (vm->run == MAP_FAILED)
		return failed(vm, "mmap of the vCPU");
	if (ioctl(vm->vcpu, KVM_SET_CPUID2, &host->cpuid) < 0)
		return failed(vm, "KVM_SET_CPUID2");
	return 0;
}

int probe_vm_open(struct probe_vm *vm, const struct probe_host *host, uint64_t limit_ns)
{
	int err;

	*vm = (struct probe_vm){.vm = -1, .vcpu = -1, .memfd = -1, .failed = ""};
	vm->guest_view = vm->memory = MAP_FAILED;
	vm->run = MAP_FAILED;
	vm->vm = ioctl(host->kvm, KVM_CREATE_VM, 0);
	if (vm->vm < 0)
		return failed(vm, "KVM_CREATE_VM");
	ioctl(vm->vm, KVM_SET_TSS_ADDR, 0xfffbd000); /* old Intel CPUs need it, others have no such call */
	err = memory_open(vm);
	if (!err)
		err = vcpu_open(vm, host);
	if (!err) {
		err = watchdog_arm(vm, limit_ns);
		if (err)
			vm->failed = "timer_create";
	}
	return err;
}

void probe_vm_close(struct probe_vm *vm)
{
	if (vm->has_timer)
		timer_delete(vm->timer);
	if (vm->run != MAP_FAILED)
		munmap(vm->run, vm->run_size);
	if (vm->vcpu >= 0)
		close(vm->vcpu);
	if (vm->guest_view != MAP_FAILED)
		munmap(vm->guest_view, PROBE_MEMORY);
	if (vm->memory != MAP_FAILED)
		munmap(vm->memory, PROBE_MEMORY);
	if (vm->memfd >= 0)
		close(vm->memfd);
	if (vm->vm >= 0)
		close(vm->vm);
}

/* Registers */

static void sregs_fill(struct kvm_sregs *s, unsigned cpl, bool xsave)
{
	struct kvm_segment code = {.limit = ~0u, .selector = 0x08, .type = 0xb, .present = 1, .s = 1, .l = 1, .g = 1};
	struct kvm_segment stack = {.limit = ~0u, .selector = 0x10, .type = 0x3, .present = 1, .s = 1, .db = 1, .g = 1};

	if (cpl == 3) {
		code.selector = 0x2b;
		stack.selector = 0x23;
	}
	code.dpl = stack.dpl = (uint8_t)cpl;
	s->cs = code;
	s->ss = s->ds = s->es = s->fs = s->gs = stack;
	s->tr = (struct kvm_segment){.base = TSS, .limit = 0x67, .selector = 0x30, .type = 0xb, .present = 1};
	s->ldt = (struct kvm_segment){.unusable = 1};
	s->gdt = (struct kvm_dtable){.base = GDT, .limit = 0x3f};
	s->idt = (struct kvm_dtable){.base = IDT, .limit = 0xfff};
	s->cr0 = CR0_BITS;
	s->cr3 = PML4;
	s->cr4 = CR4_PAE | CR4_SSE | (xsave ? CR4_OSXSAVE : 0);
	s->efer = EFER_LME | EFER_LMA | EFER_SCE;
}

static int msrs_set(struct probe_vm *vm)
{
	struct {
		uint32_t nmsrs, padding; /* as struct kvm_msrs */
		struct kvm_msr_entry entries[3];
	} msrs = {
		.nmsrs = 3,
		.entries = {{.index = MSR_STAR, .data = 0x08ull << 32 | 0x18ull << 48},
			    {.index = MSR_LSTAR, .data = PROBE_SYSCALL},
			    {.index = MSR_FMASK, .data = RFLAGS_IF}},
	};

	return ioctl(vm->vcpu, KVM_SET_MSRS, &msrs) == 3 ? 0 : failed(vm, "KVM_SET_MSRS");
}

static int xcr0_set(struct probe_vm *vm, uint64_t xcr0)
{
	struct kvm_xcrs xcrs = {.nr_xcrs = 1, .xcrs = {{.xcr = 0, .value = xcr0}}};

	return ioctl(vm->vcpu, KVM_SET_XCRS, &xcrs) < 0 ? failed(vm, "KVM_SET_XCRS") : 0;
}

int probe_vm_start(struct probe_vm *vm, const struct probe_start *start)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs = {
		.rip = PROBE_CODE,
		/* with IF clear, Bochs's VMX neither leaves a loop for a signal nor ever finishes a step */
		.rflags = RFLAGS_FIXED | RFLAGS_IF | (start->cpl == 3 ? RFLAGS_IOPL3 : 0),
		.rsp = start->cpl == 3 ? STACK_3 : STACK_0,
		.rax = start->rax,
		.rbx = start->rbx,
		.rcx = start->rcx,
	};

	memset(vm->memory + PROBE_CODE, 0, PAGE_SIZE);
	memcpy(vm->memory + PROBE_CODE, start->code, start->size);
	if (start->cpl == 3)
		memcpy(vm->memory + PROBE_CODE + start->size, ending_3, sizeof(ending_3));
	else
		memcpy(vm->memory + PROBE_CODE + start->size, ending_0, sizeof(ending_0));
	if (ioctl(vm->vcpu, KVM_GET_SREGS, &sregs) < 0)
		return failed(vm, "KVM_GET_SREGS");
	sregs_fill(&sregs, start->cpl, start->xcr0 != 0);
	if (ioctl(vm->vcpu, KVM_SET_SREGS, &sregs) < 0)
		return failed(vm, "KVM_SET_SREGS");
	if (ioctl(vm->vcpu, KVM_SET_REGS, &regs) < 0)
		return failed(vm, "KVM_SET_REGS");
	if (start->xcr0 && xcr0_set(vm, start->xcr0) < 0)
		return -EINVAL;
	return msrs_set(vm);
}

struct kvm_regs probe_vm_regs(struct probe_vm *vm)
{
	struct kvm_regs regs;

	if (ioctl(vm->vcpu, KVM_GET_REGS, &regs) < 0)
		memset(&regs, 0xff, sizeof(regs));
	return regs;
}

int probe_vm_protect(struct probe_vm *vm, uint64_t gpa, int prot)
{
	return mprotect(vm->guest_view + gpa, PAGE_SIZE, prot) < 0 ? -errno : 0;
}
