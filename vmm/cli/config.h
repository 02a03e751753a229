/*
 * config.h: options from a file in libconfig's syntax.
 *
 * Every option of option_table.h that is about the machine is a key of the same
 * name. Relative paths are relative to the folder of the file. "@include" is
 * refused, and so are numbers that libconfig would cut to fewer bits.
 */
#ifndef VMM_CLI_CONFIG_H
#define VMM_CLI_CONFIG_H

#include "vmm/cli/options.h"

/* 0, or -1 with *e naming file, line and what was expected; o then holds what came before. */
int config_file_read(struct run_options *o, const char *path, struct error *e);

/* The same for a text at hand; path is its name, and its folder counts for relative paths. */
int config_text_read(struct run_options *o, const char *path, const char *text, size_t length, struct error *e);

#endif
