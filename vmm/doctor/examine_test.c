/* examine_test.c: hosts without KVM, and the KVM of this one if it has any. */
#include "vmm/doctor/examine.h"

#include "tests/check.h"
#include "vmm/clock.h"
#include "vmm/doctor/probe_run.h"

#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool host_has_kvm(void)
{
	return access("/dev/kvm", R_OK | W_OK) == 0;
}

static void test_no_kvm(void)
{
	static const struct {
		const char *device;
		enum doctor_id id;
		const char *detail; /* a part of it */
	} rows[] = {
		{"/nonexistent/kvm", DOCTOR_DEVICE, "/nonexistent/kvm is absent"},
		{"/", DOCTOR_DEVICE, "directory"},
		{"/dev/null", DOCTOR_API, "KVM_GET_API_VERSION"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct doctor_findings f;

		check_row = rows[i].device;
		examine(rows[i].device, EXAMINE_ALL, &f);
		CHECK_EQ(f.items[rows[i].id].result, DOCTOR_NO);
		CHECK(strstr(f.items[rows[i].id].detail, rows[i].detail) != NULL);
		CHECK_EQ(f.items[DOCTOR_LOAD_3].result, DOCTOR_UNTRIED);
		CHECK_EQ(f.fit, DOCTOR_FIT_NO);
		CHECK(strstr(f.reason, rows[i].detail) != NULL);
	}
}

static void test_no_permission(void)
{
	char path[] = "/tmp/lodestore-doctor-XXXXXX", member[64];
	const struct group *group = getgrgid(1);
	int fd = mkstemp(path);
	struct doctor_findings f;
	struct stat st;

	if (geteuid() == 0 && (fchown(fd, 1, 1) < 0 || seteuid(65534) < 0 || stat(path, &st) < 0)) {
		SKIP("root, and not able to be someone else");
		CHECK_EQ(seteuid(0), 0);
	} else {
		fchmod(fd, 0);
		examine(path, EXAMINE_ALL, &f);
		CHECK_EQ(f.items[DOCTOR_DEVICE].result, DOCTOR_NO);
		CHECK(strstr(f.items[DOCTOR_DEVICE].detail, "only its owner") != NULL);
		CHECK_EQ(seteuid(getuid()), 0);
		fchmod(fd, 0660);
		if (getuid() == 0 && seteuid(65534) == 0) {
			examine(path, EXAMINE_ALL, &f);
			snprintf(member, sizeof(member), "be a member of group %s", group ? group->gr_name : "1");
			CHECK(strstr(f.items[DOCTOR_DEVICE].detail, member) != NULL);
			CHECK_EQ(seteuid(0), 0);
		}
	}
	close(fd);
	unlink(path);
}

/* Whatever it finds: in time, nothing hangs, nothing contradicts itself. */
static void test_this_host(void)
{
	struct doctor_findings f;
	uint64_t began = now_ns();

	if (!host_has_kvm()) {
		SKIP("/dev/kvm cannot be opened");
		return;
	}
	examine("/dev/kvm", EXAMINE_ALL, &f);
	CHECK(now_ns() - began < 10000000000ull);
	for (unsigned i = 0; i < DOCTOR_ITEMS; i++) {
		check_row = doctor_name((enum doctor_id)i);
		CHECK(f.items[i].detail[0]);
		CHECK(f.items[i].result != DOCTOR_HANGS);
	}
	if (f.items[DOCTOR_VM].result != DOCTOR_YES)
		return;
	CHECK_EQ(f.items[DOCTOR_RUN_3].result, DOCTOR_YES);
	CHECK(f.items[DOCTOR_EXIT_COST_0].ns > 0);
	CHECK(!(f.cpl0_exact && f.cpl0_interpreted));
	if (f.kvm == DOCTOR_KVM_PVM)
		CHECK_EQ(f.fit, DOCTOR_FIT_CPL3);
}

static void test_ask(void)
{
	struct doctor_item item = {.result = DOCTOR_HANGS};
	char why[160] = "";

	if (!host_has_kvm()) {
		CHECK(doctor_ask(DOCTOR_LOAD_3, &item, why, sizeof(why)) < 0);
		CHECK(why[0]);
		CHECK_EQ(item.result, DOCTOR_HANGS);
		return;
	}
	CHECK_EQ(doctor_ask(DOCTOR_LOAD_3, &item, why, sizeof(why)), 0);
	CHECK(item.result != DOCTOR_UNTRIED && item.result != DOCTOR_HANGS);
	CHECK_EQ(doctor_ask(DOCTOR_PIT, &item, why, sizeof(why)), 0);
	CHECK(item.result != DOCTOR_UNTRIED);
}

/* The guest never ends: the run does. The signal is given back. */
static void test_watchdog(void)
{
	static const uint8_t forever[] = {0xeb, 0xfe};
	struct probe_host host = {.kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC)};
	struct sigaction before, after;
	struct probe_watch watch;
	struct probe_vm vm;

	if (host.kvm < 0) {
		SKIP("/dev/kvm cannot be opened");
		return;
	}
	host.cpuid.nent = sizeof(host.cpuid.entries) / sizeof(host.cpuid.entries[0]);
	CHECK_EQ(ioctl(host.kvm, KVM_GET_SUPPORTED_CPUID, &host.cpuid), 0);
	sigaction(SIGRTMIN + 5, NULL, &before);
	CHECK_EQ(probe_watch_begin(&watch), 0);
	for (unsigned cpl = 0; cpl <= 3; cpl += 3) {
		struct probe_start start = {.code = forever, .size = sizeof(forever), .cpl = cpl};
		uint64_t began = now_ns();

		CHECK_EQ(probe_vm_open(&vm, &host, 100000000), 0);
		CHECK_EQ(probe_vm_start(&vm, &start), 0);
		CHECK_EQ(probe_vm_run(&vm), PROBE_HANG);
		CHECK_EQ(probe_vm_run(&vm), PROBE_HANG); /* the limit is for all of its runs */
		CHECK(now_ns() - began < 3000000000ull);
		probe_vm_close(&vm);
	}
	probe_watch_end(&watch);
	sigaction(SIGRTMIN + 5, NULL, &after);
	CHECK(before.sa_handler == after.sa_handler);
	close(host.kvm);
}

CHECK_MAIN(CHECK_TEST(test_no_kvm), CHECK_TEST(test_no_permission), CHECK_TEST(test_this_host), CHECK_TEST(test_ask),
	   CHECK_TEST(test_watchdog))
