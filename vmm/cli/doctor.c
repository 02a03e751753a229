/* lodestore doctor: what this host's KVM can do. */
#include "vmm/doctor/doctor.h"

#include "vmm/cli/flags.h"
#include "vmm/cli/verbs.h"

int verb_doctor(int argc, char **argv)
{
	bool json = false, help = false;
	const struct flag flags[] = {{"json", &json, NULL}, {NULL, NULL, NULL}};
	struct error e;
	int operands = flags_read(argc, argv, flags, &help, &e);

	if (operands < 0)
		return verb_fail(&e);
	if (help) {
		puts("usage: lodestore doctor [--json]\n"
		     "\n"
		     "Run small guests on this host's KVM and say what it can do, and what follows.\n"
		     "\n"
		     "  --json    one JSON object instead of text\n"
		     "  --help    print this\n"
		     "\n"
		     "The status is 0 if guests can be run, at least at privilege level 3, else 4.");
		return STATUS_OK;
	}
	if (operands < argc) {
		error_set(&e, STATUS_USAGE, "doctor takes no '%.100s'; see 'lodestore doctor --help'", argv[operands]);
		return verb_fail(&e);
	}
	return doctor(json, stdout);
}
