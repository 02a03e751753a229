#include "vmm/doctor/examine.h"

#include "vmm/clock.h"
#include "vmm/doctor/probes.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIMIT_NS 9000000000ull /* of all probes */
#define PROBE_LIMIT_NS 1000000000ull /* of one */

static const struct {
	enum doctor_id id;
	enum doctor_id needs; /* DOCTOR_YES there, or this one is not tried */
	unsigned cpl;
	void (*ask)(const struct probe_ask *ask, struct doctor_item *item);
} probes[] = {
	{DOCTOR_RUN_0, DOCTOR_VM, 0, probe_loop},
	{DOCTOR_RUN_3, DOCTOR_VM, 3, probe_loop},
	{DOCTOR_LOAD_0, DOCTOR_RUN_0, 0, probe_load},
	{DOCTOR_LOAD_3, DOCTOR_RUN_3, 3, probe_load},
	{DOCTOR_STORE_0, DOCTOR_RUN_0, 0, probe_store},
	{DOCTOR_STORE_3, DOCTOR_RUN_3, 3, probe_store},
	{DOCTOR_READONLY_0, DOCTOR_RUN_0, 0, probe_readonly},
	{DOCTOR_READONLY_3, DOCTOR_RUN_3, 3, probe_readonly},
	{DOCTOR_LOCK_0, DOCTOR_RUN_0, 0, probe_lock},
	{DOCTOR_LOCK_3, DOCTOR_RUN_3, 3, probe_lock},
	{DOCTOR_WIDE_0, DOCTOR_RUN_0, 0, probe_wide},
	{DOCTOR_WIDE_3, DOCTOR_RUN_3, 3, probe_wide},
	{DOCTOR_STEP_0, DOCTOR_RUN_0, 0, probe_step},
	{DOCTOR_STEP_3, DOCTOR_RUN_3, 3, probe_step},
	{DOCTOR_INJECT_0, DOCTOR_RUN_0, 0, probe_inject},
	{DOCTOR_INJECT_3, DOCTOR_RUN_3, 3, probe_inject},
	{DOCTOR_SYNC_REGS, DOCTOR_LOAD_3, 3, probe_sync_regs},
	{DOCTOR_AVX_0, DOCTOR_RUN_0, 0, probe_avx},
	{DOCTOR_AVX_3, DOCTOR_RUN_3, 3, probe_avx},
	{DOCTOR_AVX512_0, DOCTOR_RUN_0, 0, probe_avx512},
	{DOCTOR_AVX512_3, DOCTOR_RUN_3, 3, probe_avx512},
	{DOCTOR_MMIO_RIP, DOCTOR_RUN_0, 0, probe_mmio_rip},
	{DOCTOR_SYSCALL, DOCTOR_RUN_3, 3, probe_syscall},
	{DOCTOR_INT, DOCTOR_RUN_3, 3, probe_int},
	{DOCTOR_IMMEDIATE_EXIT, DOCTOR_VM, 0, probe_immediate_exit},
	{DOCTOR_EXIT_COST_0, DOCTOR_RUN_0, 0, probe_exit_cost},
	{DOCTOR_EXIT_COST_3, DOCTOR_RUN_3, 3, probe_exit_cost},
	{DOCTOR_FAULT_COST_0, DOCTOR_LOAD_0, 0, probe_fault_cost},
	{DOCTOR_FAULT_COST_3, DOCTOR_LOAD_3, 3, probe_fault_cost},
};

#define CAPABILITY(name)                                                                                               \
	{                                                                                                              \
#name, name                                                                                            \
	}

static const struct {
	const char *name;
	int number;
} needed[] = {
	CAPABILITY(KVM_CAP_USER_MEMORY), CAPABILITY(KVM_CAP_NR_MEMSLOTS),    CAPABILITY(KVM_CAP_SYNC_REGS),
	CAPABILITY(KVM_CAP_EXT_CPUID),   CAPABILITY(KVM_CAP_IMMEDIATE_EXIT), CAPABILITY(KVM_CAP_VCPU_EVENTS),
	CAPABILITY(KVM_CAP_XSAVE),       CAPABILITY(KVM_CAP_XCRS),           CAPABILITY(KVM_CAP_SET_GUEST_DEBUG),
	CAPABILITY(KVM_CAP_MP_STATE),    CAPABILITY(KVM_CAP_IRQCHIP),        CAPABILITY(KVM_CAP_PIT2),
};

/* Why the device cannot be opened, in words a user can act on. */
static void device_refused(const char *device, int err, struct doctor_item *item)
{
	const struct group *group;
	struct stat st;

	if (err == ENOENT) {
		item_set(item, DOCTOR_NO, "%s is absent: no KVM module is loaded, or the CPU offers none", device);
		return;
	}
	if (err != EACCES || stat(device, &st) < 0) {
		item_set(item, DOCTOR_NO, "%s: %s", device, strerror(err));
		return;
	}
	group = getgrgid(st.st_gid);
	if (!(st.st_mode & S_IRGRP) || !(st.st_mode & S_IWGRP))
		item_set(item, DOCTOR_NO, "no permission to open %s: only its owner, user %u, may (mode %03o)", device,
			 st.st_uid, st.st_mode & 0777);
	else if (group)
		item_set(item, DOCTOR_NO, "no permission to open %s: be a member of group %s", device, group->gr_name);
	else
		item_set(item, DOCTOR_NO, "no permission to open %s: be a member of group %u", device, st.st_gid);
}

/* What to call one after the other on the device. True if a guest can be tried. */
static bool device_open(const char *device, struct probe_host *host, struct doctor_findings *out)
{
	int version;

	host->kvm = open(device, O_RDWR | O_CLOEXEC);
	if (host->kvm < 0) {
		device_refused(device, errno, &out->items[DOCTOR_DEVICE]);
		return false;
	}
	item_set(&out->items[DOCTOR_DEVICE], DOCTOR_YES, "%s", device);
	version = ioctl(host->kvm, KVM_GET_API_VERSION, 0);
	if (version < 0) {
		item_set(&out->items[DOCTOR_API], DOCTOR_NO, "KVM_GET_API_VERSION: %s", strerror(errno));
		return false;
	}
	if (version != KVM_API_VERSION) {
		item_set(&out->items[DOCTOR_API], DOCTOR_NO, "version %d, %d is needed", version, KVM_API_VERSION);
		return false;
	}
	item_set(&out->items[DOCTOR_API], DOCTOR_YES, "version %d", version);
	host->cpuid.nent = sizeof(host->cpuid.entries) / sizeof(host->cpuid.entries[0]);
	if (ioctl(host->kvm, KVM_GET_SUPPORTED_CPUID, &host->cpuid) < 0) {
		item_set(&out->items[DOCTOR_VM], DOCTOR_NO, "KVM_GET_SUPPORTED_CPUID: %s", strerror(errno));
		return false;
	}
	return true;
}

static void examine_capabilities(const struct probe_host *host, struct doctor_item *item)
{
	char missing[sizeof(item->detail)] = "";

	for (unsigned i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (ioctl(host->kvm, KVM_CHECK_EXTENSION, needed[i].number) <= 0) {
			strncat(missing, " ", sizeof(missing) - strlen(missing) - 1);
			strncat(missing, needed[i].name, sizeof(missing) - strlen(missing) - 1);
		}
	if (missing[0])
		item_set(item, DOCTOR_NO, "missing:%.140s", missing);
	else
		item_set(item, DOCTOR_YES, "all %zu that are needed", sizeof(needed) / sizeof(needed[0]));
}

/* A guest of its own for one question. */
static void examine_one(const struct probe_host *host, unsigned n, uint64_t limit_ns, struct doctor_item *item)
{
	struct probe_vm vm;
	struct probe_ask ask = {.host = host, .vm = &vm, .cpl = probes[n].cpl};
	int err = probe_vm_open(&vm, host, limit_ns);

	if (err)
		item_failed(item, &vm, err);
	else
		probes[n].ask(&ask, item);
	probe_vm_close(&vm);
}

static void examine_vm(const struct probe_host *host, struct doctor_item *item)
{
	struct probe_vm vm;
	int err = probe_vm_open(&vm, host, PROBE_LIMIT_NS);

	if (err)
		item_failed(item, &vm, err);
	else
		item_set(item, DOCTOR_YES, "a VM with memory and a vCPU");
	probe_vm_close(&vm);
}

/* The interrupt controllers need a VM without a vCPU. */
static void examine_irqchip(const struct probe_host *host, struct doctor_item *irqchip, struct doctor_item *pit)
{
	struct kvm_pit_config config = {0};
	int vm = ioctl(host->kvm, KVM_CREATE_VM, 0);

	if (vm < 0) {
		item_set(irqchip, DOCTOR_NO, "KVM_CREATE_VM: %s", strerror(errno));
		return;
	}
	if (ioctl(vm, KVM_CREATE_IRQCHIP, 0) < 0) {
		item_set(irqchip, DOCTOR_NO, "KVM_CREATE_IRQCHIP: %s", strerror(errno));
	} else {
		item_set(irqchip, DOCTOR_YES, "KVM_CREATE_IRQCHIP");
		if (ioctl(vm, KVM_CREATE_PIT2, &config) < 0)
			item_set(pit, DOCTOR_NO, "KVM_CREATE_PIT2: %s", strerror(errno));
		else
			item_set(pit, DOCTOR_YES, "KVM_CREATE_PIT2");
	}
	close(vm);
}

static void examine_wanted(const struct probe_host *host, uint64_t wanted, uint64_t deadline,
			   struct doctor_findings *out)
{
	for (unsigned n = 0; n < sizeof(probes) / sizeof(probes[0]); n++) {
		struct doctor_item *item = &out->items[probes[n].id];
		uint64_t now = now_ns();
		enum doctor_id needs = probes[n].needs;

		if (!(wanted >> probes[n].id & 1))
			continue;
		if ((wanted >> needs & 1) && out->items[needs].result != DOCTOR_YES)
			item_set(item, DOCTOR_UNTRIED, "needs %s", doctor_name(needs));
		else if (now >= deadline)
			item_set(item, DOCTOR_UNTRIED, "no time left");
		else
			examine_one(host, n, deadline - now < PROBE_LIMIT_NS ? deadline - now : PROBE_LIMIT_NS, item);
	}
}

/* Which module serves the device: the one loaded; where several are built in, the one of this CPU. */
static enum doctor_kvm kvm_of_host(void)
{
	unsigned a, b, c, d;

	if (access("/sys/module/kvm_pvm", F_OK) == 0)
		return DOCTOR_KVM_PVM;
	if (access("/sys/module/kvm_amd", F_OK) == 0 && __get_cpuid(0x80000001, &a, &b, &c, &d) && (c & 1u << 2))
		return DOCTOR_KVM_AMD;
	if (access("/sys/module/kvm_intel", F_OK) == 0 && __get_cpuid(1, &a, &b, &c, &d) && (c & 1u << 5))
		return DOCTOR_KVM_INTEL;
	return DOCTOR_KVM_UNKNOWN;
}

static void kvm_describe(enum doctor_kvm kvm, char *text, size_t n)
{
	static const char *const names[] = {[DOCTOR_KVM_UNKNOWN] = "unknown",
					    [DOCTOR_KVM_INTEL] = "kvm_intel",
					    [DOCTOR_KVM_AMD] = "kvm_amd",
					    [DOCTOR_KVM_PVM] = "kvm_pvm"};
	const char *parameter = kvm == DOCTOR_KVM_INTEL ? "ept" : "npt";
	char path[80], value[8] = "";
	FILE *file;

	snprintf(text, n, "%s", names[kvm]);
	if (kvm == DOCTOR_KVM_UNKNOWN)
		return;
	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", names[kvm], parameter);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(value, sizeof(value), file)) {
		value[strcspn(value, "\n")] = 0;
		snprintf(text, n, "%s, %s=%s", names[kvm], parameter, value);
	}
	fclose(file);
}

void examine_kvm_text(char *text, size_t n)
{
	kvm_describe(kvm_of_host(), text, n);
}

void examine(const char *device, uint64_t wanted, struct doctor_findings *out)
{
	uint64_t deadline = now_ns() + LIMIT_NS;
	struct probe_host host = {.kvm = -1};
	struct probe_watch watch;
	int err;

	*out = (struct doctor_findings){.kvm = kvm_of_host()};
	for (unsigned i = 0; i < DOCTOR_ITEMS; i++)
		item_set(&out->items[i], DOCTOR_UNTRIED, "not tried");
	kvm_describe(out->kvm, out->kvm_text, sizeof(out->kvm_text));
	err = probe_watch_begin(&watch);
	if (err) {
		item_set(&out->items[DOCTOR_DEVICE], DOCTOR_NO, "sigaction: %s", strerror(-err));
	} else {
		if (device_open(device, &host, out)) {
			examine_capabilities(&host, &out->items[DOCTOR_CAPABILITIES]);
			examine_vm(&host, &out->items[DOCTOR_VM]);
			if (wanted & (1ull << DOCTOR_IRQCHIP | 1ull << DOCTOR_PIT))
				examine_irqchip(&host, &out->items[DOCTOR_IRQCHIP], &out->items[DOCTOR_PIT]);
			if (out->items[DOCTOR_VM].result == DOCTOR_YES)
				examine_wanted(&host, wanted, deadline, out);
		}
		probe_watch_end(&watch);
	}
	if (host.kvm >= 0)
		close(host.kvm);
	follows(out);
}
