/*
 * option_set.h: one setter for each option, from text to the machine's options.
 *
 * All have the type of option_row.set: the strings live as long as o; -1 leaves
 * o unchanged and says in *e what is wrong with the value, not where it stood.
 */
#ifndef VMM_CLI_OPTION_SET_H
#define VMM_CLI_OPTION_SET_H

#include "vmm/cli/options.h"

typedef int option_setter(struct run_options *o, const char *first, const char *second, struct error *e);

option_setter set_image, set_module, set_boot, set_mem, set_ram, set_window, set_append, set_initrd, set_symbols,
	set_virtual, set_at, set_entry, set_stack, set_mode, set_cpl, set_page_size, set_reg, set_absent, set_dump,
	set_save, set_log, set_run_length, set_cpus, set_cpu, set_timeout, set_control, set_vga, set_screen, set_stats,
	set_disk, set_virtio_console, set_entropy, set_keepers, set_help, set_config;

#endif
