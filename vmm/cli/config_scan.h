/*
 * config_scan.h: what libconfig would take silently and must not.
 *
 * libconfig 1.5 cuts integers to 32 bits (64 with an L) without a word, and
 * follows "@include" to any file. The scan knows just enough of its syntax to
 * find both: strings, comments and words.
 */
#ifndef VMM_CLI_CONFIG_SCAN_H
#define VMM_CLI_CONFIG_SCAN_H

#include "vmm/error.h"

#include <stddef.h>

/* 0 if libconfig may read text[0..length), else -1 with *e naming path, line and cause. */
int config_scan(const char *path, const char *text, size_t length, struct error *e);

#endif
