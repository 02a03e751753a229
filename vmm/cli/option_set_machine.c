/* option_set_machine.c: the setters of what belongs to the machine, not to what it boots. */
#include "vmm/cli/option_set.h"

#include "vmm/access/run.h"
#include "vmm/cli/value.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int set_run_length(struct run_options *o, const char *first, const char *second, struct error *e)
{
	uint64_t length;

	(void)second;
	if (value_number(first, &length, e) < 0)
		return -1;
	if (length > RUN_LENGTH_MAX)
		return error_set(e, STATUS_USAGE, "'%.80s' is more than %u", first, RUN_LENGTH_MAX);
	o->machine.run_length = (unsigned)length;
	return 0;
}

/* KVM may allow fewer. */
int set_cpus(struct run_options *o, const char *first, const char *second, struct error *e)
{
	uint64_t count;

	(void)second;
	if (value_number(first, &count, e) < 0)
		return -1;
	if (count == 0)
		return error_set(e, STATUS_USAGE, "'%.80s' is no number of vCPUs", first);
	if (count > CPUS_MAX)
		return error_set(e, STATUS_USAGE, "%" PRIu64 " vCPUs: lodestore runs %u at most", count, CPUS_MAX);
	o->machine.boot.cpus = (unsigned)count;
	return 0;
}

int set_cpu(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second;
	return cpu_model_parse(first, &o->machine.cpu, e);
}

/* Up to ten years, so that it fits any clock. */
int set_timeout(struct run_options *o, const char *first, const char *second, struct error *e)
{
	bool digit = (*first >= '0' && *first <= '9') || *first == '.';
	char *end;
	double seconds = strtod(first, &end);

	(void)second;
	if (!digit || end == first || *end || !isfinite(seconds) || seconds > 315360000.0)
		return error_set(e, STATUS_USAGE, "'%.80s' is not a number of seconds", first);
	o->machine.timeout = seconds;
	return 0;
}

int set_control(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second;
	return value_path(first, &o->machine.control, e);
}

int set_vga(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second, (void)e;
	o->machine.vga = o->machine.boot.screen = value_truth(first);
	return 0;
}

int set_screen(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second;
	return value_path(first, &o->machine.screen, e);
}

int set_stats(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second, (void)e;
	o->machine.stats = value_truth(first);
	return 0;
}

/* FILE or FILE,ro */
int set_disk(struct run_options *o, const char *first, const char *second, struct error *e)
{
	struct machine_options *m = &o->machine;
	struct disk disk = {.path = first};
	size_t length = strlen(first);

	(void)second;
	if (m->ndisks == VIRTIO_DISKS_MAX)
		return value_full(e, VIRTIO_DISKS_MAX);
	if (length >= 3 && strcmp(first + length - 3, ",ro") == 0) {
		disk.read_only = true;
		disk.path = run_options_keep(o, first, length - 3);
		if (!disk.path)
			return error_set(e, STATUS_HOST, "no memory");
	}
	if (value_path(disk.path, &disk.path, e) < 0)
		return -1;
	m->boot.virtio |= 1u << (VIRTIO_SLOT_DISK + m->ndisks);
	m->disks[m->ndisks++] = disk;
	return 0;
}

static void set_slot(struct run_options *o, enum virtio_slot slot, bool there)
{
	uint32_t bit = 1u << slot;

	o->machine.boot.virtio = there ? o->machine.boot.virtio | bit : o->machine.boot.virtio & ~bit;
}

int set_virtio_console(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second, (void)e;
	set_slot(o, VIRTIO_SLOT_CONSOLE, value_truth(first));
	return 0;
}

int set_entropy(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second, (void)e;
	set_slot(o, VIRTIO_SLOT_ENTROPY, value_truth(first));
	return 0;
}
