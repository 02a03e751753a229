/*
 * options.h: what a machine is made from. Filled by the command line and by
 * configs/ files; strings live as long as the machine.
 */
#ifndef VMM_MACHINE_OPTIONS_H
#define VMM_MACHINE_OPTIONS_H

#include "capmodel/catalog.h"
#include "vmm/boot/boot.h"
#include "vmm/device/virtio/slot.h"
#include "vmm/machine/cpu_model.h"

#include <stdbool.h>

#define CPUS_MAX 64 /* vCPUs of a machine */

enum range_base {
	RANGE_GPA, /* guest-physical: start, size */
	RANGE_VA, /* guest-virtual, translated through the guest's tables once they map it */
	RANGE_SYM, /* symbol + start, size (0: the symbol's own, else to the end of its page) */
};

/*
 * "gpa:START+SIZE", "gpa:START..END", "va:…", "sym:NAME[+off][,size]", each with ":w" after it for stores only; the
 * last two with ":u" for the addresses of a program.
 */
struct range {
	enum range_base base;
	uint64_t start, size;
	char symbol[128]; /* RANGE_SYM */
	bool stores_only;
	bool of_user; /* translated only while the guest is at CPL 3 */
	const char *text; /* as the user wrote it */
};

struct virtual_range {
	struct range range;
	const char *keeper; /* spec, see capmodel/catalog.h */
	/*
	 * Or, if not NULL, who makes it: the keeper of one run of memory at start; NULL: no memory. What later
	 * ranges say of this memory is then not looked at.
	 */
	struct keeper *(*make)(void *self, gpa_t start, const struct keeper_env *env);
	void *self;
};

struct saved_range {
	struct range range;
	const char *path;
};

enum absent_policy {
	ABSENT_DEFAULT, /* as the boot protocol says */
	ABSENT_STOP, /* stop with a report */
	ABSENT_ONES, /* read all ones, drop stores, count */
};

/* The file of a virtio block device. */
struct disk {
	const char *path;
	bool read_only;
};

#define OPTIONS_VIRTUAL_MAX 64
#define OPTIONS_EXTRA_MAX 16
#define OPTIONS_SAVED_MAX 16

struct trace_options;

struct machine_options {
	struct boot_options boot;
	struct cpu_model cpu;
	uint64_t memory; /* bytes, 16 MiB or more, a multiple of the page size */
	unsigned nextra;
	struct range extra[OPTIONS_EXTRA_MAX]; /* RANGE_GPA: further RAM at fixed addresses */
	unsigned nvirtual;
	struct virtual_range virtual[OPTIONS_VIRTUAL_MAX];
	unsigned nsaved;
	struct saved_range saved[OPTIONS_SAVED_MAX]; /* memory written to files at the end */
	unsigned ndisks; /* in slots VIRTIO_SLOT_DISK and following; boot.virtio has all devices */
	struct disk disks[VIRTIO_DISKS_MAX];
	enum absent_policy absent;
	const char *dump; /* final state as JSON, or NULL; "-": stdout */
	const char *log; /* access lines; NULL: stderr, "-": stdout */
	unsigned run_length; /* instructions that the monitor may carry out after an access; 0: none */
	double timeout; /* seconds, 0: none */
	const char *control; /* a unix socket for commands, or NULL */
	bool stats;
	bool vga; /* the guest's text screen on standard output, and what is typed on its keyboard */
	const char *screen; /* the text screen as a picture (PNG), at the end; or NULL */
	bool serial_to_stderr; /* the guest's serial line: standard output is somebody else's */
	const struct trace_options *trace; /* NULL: nothing is recorded */
};

#endif
