/*
 * machine.h: one virtual machine, from options to its end.
 */
#ifndef VMM_MACHINE_MACHINE_H
#define VMM_MACHINE_MACHINE_H

#include "vmm/machine/options.h"

/*
 * Build the machine, run the guest to its end, write what was asked for
 * (dump, saved memory, statistics) and undo everything. Returns the exit status
 * of lodestore(1): the guest's own (isa-debug-exit), or an enum exit_status; when
 * it is not the guest's own, *e says why in words, else e->text is empty.
 */
int machine_run(const struct machine_options *options, struct error *e);

#endif
