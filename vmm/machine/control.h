/*
 * control.h: commands on a machine that runs: the socket of --control, and Ctrl-A on the terminal.
 *
 * vmm/control/ has the commands and those who give them; here is what they do to this machine. None of this runs on a
 * vCPU's thread; the vCPUs are held for it (machine_pause()).
 */
#ifndef VMM_MACHINE_CONTROL_H
#define VMM_MACHINE_CONTROL_H

#include "vmm/control/monitor.h"
#include "vmm/device/escape.h"
#include "vmm/machine/state.h"

/* The socket is there, if one is asked for; nobody answers yet. 0, or -1 with *e filled. */
int control_open(struct machine *m, struct error *e);

/* From here to control_stop() commands are taken. 0, or -1 with *e filled. */
int control_start(struct machine *m, struct error *e);
void control_stop(struct machine *m);
void control_free(struct machine *m);

/* The guest is to end: a pause is over soon. From any thread. */
void control_let_go(const struct machine *m);

/* A key after Ctrl-A, as struct platform_host says. */
enum escape control_key(void *machine, uint8_t key);

/* --- arm.c: with all vCPUs held, as struct monitor_host says --------------------------------------- */

void arm_list(struct machine *m, monitor_each *each, void *to);
int arm_range(struct machine *m, const char *range, const char *keeper, unsigned vcpu, monitor_each *each, void *to,
	      struct error *e);
int arm_undo(struct machine *m, const char *range, monitor_each *each, void *to, struct error *e);
void arm_free(struct machine *m);

#endif
