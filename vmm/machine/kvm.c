#include "vmm/machine/kvm.h"

#include <asm/kvm_para.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define KVM_DEVICE "/dev/kvm"
#define CPUID_ENTRIES 256
/* Three pages for KVM's own use on Intel, in the gap below 4 GiB (Documentation/virt/kvm/api.rst). */
#define TSS_ADDRESS 0xfffbd000ull
#define IDENTITY_MAP_ADDRESS 0xfffbc000ull

static const struct {
	int id;
	const char *name;
} needed[] = {
	{KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY"},
	{KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT"},
	{KVM_CAP_VCPU_EVENTS, "KVM_CAP_VCPU_EVENTS"},
	{KVM_CAP_SYNC_MMU, "KVM_CAP_SYNC_MMU"},
	{KVM_CAP_XSAVE, "KVM_CAP_XSAVE"},
	{KVM_CAP_EXT_CPUID, "KVM_CAP_EXT_CPUID"},
};

static int explain_open(struct error *e)
{
	struct stat st;
	const struct group *group;

	if (errno == ENOENT)
		return error_set(e, STATUS_HOST,
				 KVM_DEVICE
				 ": not there; load kvm_intel or kvm_amd, or use a host with virtualization");
	if (errno != EACCES || stat(KVM_DEVICE, &st) < 0)
		return error_set(e, STATUS_HOST, KVM_DEVICE ": %s", strerror(errno));
	group = getgrgid(st.st_gid);
	return error_set(e, STATUS_HOST,
			 KVM_DEVICE ": no permission; be root or join its group \"%s\" (usermod -aG %s USER)",
			 group ? group->gr_name : "?", group ? group->gr_name : "?");
}

static int check_capabilities(int fd, struct error *e)
{
	int version = ioctl(fd, KVM_GET_API_VERSION, 0);
	int sync;

	if (version != KVM_API_VERSION)
		return error_set(e, STATUS_HOST, KVM_DEVICE ": API version %d, need %d", version, KVM_API_VERSION);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (ioctl(fd, KVM_CHECK_EXTENSION, needed[i].id) <= 0)
			return error_set(e, STATUS_HOST, KVM_DEVICE ": this KVM lacks %s", needed[i].name);
	sync = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_SYNC_REGS);
	if (sync < 0 || (sync & KVM_SYNC_X86_VALID_FIELDS) != KVM_SYNC_X86_VALID_FIELDS)
		return error_set(e, STATUS_HOST, KVM_DEVICE ": this KVM lacks KVM_CAP_SYNC_REGS (has 0x%x)", sync);
	return 0;
}

static int read_cpuid(struct kvm *kvm, struct error *e)
{
	kvm->cpuid = calloc(1, sizeof(*kvm->cpuid) + CPUID_ENTRIES * sizeof(struct kvm_cpuid_entry2));
	if (!kvm->cpuid)
		return error_set(e, STATUS_HOST, "out of memory");
	kvm->cpuid->nent = CPUID_ENTRIES;
	if (ioctl(kvm->device_fd, KVM_GET_SUPPORTED_CPUID, kvm->cpuid) < 0)
		return error_set(e, STATUS_HOST, KVM_DEVICE ": KVM_GET_SUPPORTED_CPUID: %s", strerror(errno));
	kvm->phys_bits = 36; /* Intel SDM Vol 2, "CPUID": where leaf 80000008H is absent */
	for (unsigned i = 0; i < kvm->cpuid->nent; i++)
		if (kvm->cpuid->entries[i].function == 0x80000008)
			kvm->phys_bits = kvm->cpuid->entries[i].eax & 0xff;
	return 0;
}

static int create_vm(struct kvm *kvm, struct error *e)
{
	uint64_t identity = IDENTITY_MAP_ADDRESS;

	kvm->vm_fd = ioctl(kvm->device_fd, KVM_CREATE_VM, 0);
	if (kvm->vm_fd < 0)
		return error_set(e, STATUS_HOST, KVM_DEVICE ": KVM_CREATE_VM: %s", strerror(errno));
	/* needed by Intel hosts without unrestricted guest only; others refuse or ignore them */
	(void)ioctl(kvm->vm_fd, KVM_SET_IDENTITY_MAP_ADDR, &identity);
	(void)ioctl(kvm->vm_fd, KVM_SET_TSS_ADDR, TSS_ADDRESS);
	kvm->run_size = ioctl(kvm->device_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (kvm->run_size < (int)sizeof(struct kvm_run))
		return error_set(e, STATUS_HOST, KVM_DEVICE ": KVM_GET_VCPU_MMAP_SIZE gives %d", kvm->run_size);
	return 0;
}

int kvm_open(struct kvm *kvm, struct error *e)
{
	*kvm = (struct kvm){.device_fd = -1, .vm_fd = -1};
	kvm->device_fd = open(KVM_DEVICE, O_RDWR | O_CLOEXEC);
	if (kvm->device_fd < 0)
		return explain_open(e);
	if (check_capabilities(kvm->device_fd, e) < 0 || read_cpuid(kvm, e) < 0 || create_vm(kvm, e) < 0) {
		kvm_close(kvm);
		return -1;
	}
	return 0;
}

void kvm_close(struct kvm *kvm)
{
	if (kvm->vm_fd >= 0)
		close(kvm->vm_fd);
	if (kvm->device_fd >= 0)
		close(kvm->device_fd);
	free(kvm->cpuid);
	*kvm = (struct kvm){.device_fd = -1, .vm_fd = -1};
}

int kvm_add_memory(struct kvm *kvm, const struct ram *ram, struct error *e)
{
	for (unsigned i = 0; i < ram->nregions; i++) {
		const struct ram_region *region = &ram->regions[i];
		struct kvm_userspace_memory_region slot = {
			.slot = i,
			.guest_phys_addr = region->start.v,
			.memory_size = region->size,
			.userspace_addr = (uintptr_t)ram_guest_bytes(ram, region->start, region->size),
		};

		if (ioctl(kvm->vm_fd, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
			return error_set(e, STATUS_HOST, "memory at gpa 0x%llx, 0x%llx bytes: KVM refuses: %s",
					 (unsigned long long)region->start.v, (unsigned long long)region->size,
					 strerror(errno));
	}
	return 0;
}

void kvm_tell_msrs(struct kvm *kvm)
{
	struct kvm_enable_cap tell = {
		.cap = KVM_CAP_X86_USER_SPACE_MSR,
		.args = {KVM_MSR_EXIT_REASON_UNKNOWN | KVM_MSR_EXIT_REASON_INVAL},
	};

	kvm->tells_msrs = ioctl(kvm->device_fd, KVM_CHECK_EXTENSION, KVM_CAP_X86_USER_SPACE_MSR) > 0 &&
			  ioctl(kvm->vm_fd, KVM_ENABLE_CAP, &tell) == 0;
}

#define GSIS 24
#define PIC_PINS 8

/*
 * As a PC is wired: the timer's interrupt 0 is pin 2 of the I/O APIC (the MADT of
 * boot/acpi.c says so), every other line has its own number; 0 to 15 also reach the PICs.
 */
static int route_interrupts(struct kvm *kvm, struct error *e)
{
	struct kvm_irq_routing *routing =
		calloc(1, sizeof(*routing) + (2 * PIC_PINS + GSIS) * sizeof(routing->entries[0]));
	unsigned n = 0;
	int err;

	if (!routing)
		return error_set(e, STATUS_HOST, "out of memory");
	for (unsigned gsi = 0; gsi < 2 * PIC_PINS; gsi++) {
		if (gsi == 2)
			continue; /* the cascade */
		routing->entries[n++] = (struct kvm_irq_routing_entry){
			.gsi = gsi,
			.type = KVM_IRQ_ROUTING_IRQCHIP,
			.u.irqchip = {gsi < PIC_PINS ? KVM_IRQCHIP_PIC_MASTER : KVM_IRQCHIP_PIC_SLAVE, gsi % PIC_PINS},
		};
	}
	for (unsigned gsi = 0; gsi < GSIS; gsi++) {
		if (gsi == 2)
			continue; /* its pin is the timer's */
		routing->entries[n++] = (struct kvm_irq_routing_entry){
			.gsi = gsi,
			.type = KVM_IRQ_ROUTING_IRQCHIP,
			.u.irqchip = {KVM_IRQCHIP_IOAPIC, gsi == 0 ? 2 : gsi},
		};
	}
	routing->nr = n;
	err = ioctl(kvm->vm_fd, KVM_SET_GSI_ROUTING, routing);
	free(routing);
	if (err < 0)
		return error_set(e, STATUS_HOST, KVM_DEVICE ": KVM_SET_GSI_ROUTING: %s", strerror(errno));
	return 0;
}

int kvm_add_irqchip(struct kvm *kvm, struct error *e)
{
	struct kvm_pit_config pit = {.flags = KVM_PIT_SPEAKER_DUMMY};

	if (ioctl(kvm->vm_fd, KVM_CREATE_IRQCHIP, 0) < 0)
		return error_set(e, STATUS_HOST, KVM_DEVICE ": KVM_CREATE_IRQCHIP: %s", strerror(errno));
	if (ioctl(kvm->vm_fd, KVM_CREATE_PIT2, &pit) < 0)
		return error_set(e, STATUS_HOST, KVM_DEVICE ": KVM_CREATE_PIT2: %s", strerror(errno));
	kvm->has_irqchip = true;
	return route_interrupts(kvm, e);
}

void kvm_irq(const struct kvm *kvm, unsigned line, bool level)
{
	struct kvm_irq_level irq = {.irq = line, .level = level};

	(void)ioctl(kvm->vm_fd, KVM_IRQ_LINE, &irq); /* fails only for a line that does not exist */
}

/* --- what the guest's CPU has ----------------------------------------------------- */

#define CPUID_1_ECX_TSC_DEADLINE (1u << 24)
#define CPUID_1_ECX_HYPERVISOR (1u << 31)
/* Of what KVM offers its guests, the clock alone: the rest would have KVM write to memory that may be kept. */
#define KVM_FEATURES                                                                                                   \
	((1u << KVM_FEATURE_CLOCKSOURCE) | (1u << KVM_FEATURE_CLOCKSOURCE2) | (1u << KVM_FEATURE_NOP_IO_DELAY) |       \
	 (1u << KVM_FEATURE_CLOCKSOURCE_STABLE_BIT))

/*
 * A guest that brings its own kernel is told that this is KVM: it then has the clock from KVM, and need not measure
 * it against a timer that a busy host serves late. Source: Linux, Documentation/virt/kvm/x86/cpuid.rst.
 */
static void tell_cpuid(const struct kvm *kvm)
{
	struct kvm_cpuid2 *cpuid = kvm->cpuid;
	bool deadline = ioctl(kvm->device_fd, KVM_CHECK_EXTENSION, KVM_CAP_TSC_DEADLINE_TIMER) > 0;

	for (unsigned i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];

		if (entry->function == 1)
			entry->ecx |= CPUID_1_ECX_HYPERVISOR | (deadline ? CPUID_1_ECX_TSC_DEADLINE : 0);
		if (entry->function == KVM_CPUID_FEATURES)
			entry->eax &= KVM_FEATURES;
	}
}

int kvm_choose_cpu(struct kvm *kvm, const struct cpu_model *model, struct error *e)
{
	static const struct cpu_model host;

	if (kvm->has_irqchip)
		tell_cpuid(kvm);
	if (memcmp(model, &host, sizeof(host)) == 0)
		return 0;
	return cpu_model_apply(model, kvm->cpuid, e);
}

bool kvm_pages_are_nested(void)
{
	static const char *const parameters[] = {
		"/sys/module/kvm_intel/parameters/ept",
		"/sys/module/kvm_amd/parameters/npt",
	};
	char value = 'N';

	for (unsigned i = 0; i < sizeof(parameters) / sizeof(parameters[0]) && value != 'Y' && value != '1'; i++) {
		int fd = open(parameters[i], O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			continue;
		if (read(fd, &value, 1) != 1)
			value = 'N';
		close(fd);
	}
	return value == 'Y' || value == '1';
}
