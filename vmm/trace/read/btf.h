/*
 * btf.h: the parts of a type, from the BTF of a Linux kernel.
 *
 * Source: Linux kernel documentation, "BPF Type Format (BTF)". Everything in the file is checked where it is
 * used: a stranger's file costs time at most.
 */
#ifndef VMM_TRACE_READ_BTF_H
#define VMM_TRACE_READ_BTF_H

#include "vmm/error.h"
#include "vmm/trace/read/words.h"

#include <stdbool.h>

struct btf;

/* path: raw BTF, as /sys/kernel/btf/vmlinux, or an ELF image with a section .BTF. NULL with *e filled. */
struct btf *btf_open(const char *path, struct error *e);
void btf_close(struct btf *b);

/* The structure, union, typedef or number of this name, and its size in bytes. 0: there is none. */
uint32_t btf_find(const struct btf *b, const char *name, uint64_t *size);

/* What stands at this byte of the type: ".field[3].part", "+0x4" where that has no parts. */
void btf_part(const struct btf *b, uint32_t type, uint64_t offset, struct words *out);

#endif
