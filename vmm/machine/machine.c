#include "vmm/machine/machine.h"

int machine_run(const struct machine_options *options, struct error *e)
{
	error_set(e, STATUS_UNSUPPORTED, "%s: running a machine is not built yet", options->boot.image);
	return (int)e->status;
}
