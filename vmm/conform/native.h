/*
 * native.h: the CPU's side within this process: the instruction itself, on the arena.
 *
 * It shares no code with vmm/execute/, whose judge it is: it loads all registers,
 * RSP too, flags by POPF, bases by WRFSBASE, and catches what the CPU raises as
 * signals. One in a process, one thread.
 */
#ifndef VMM_CONFORM_NATIVE_H
#define VMM_CONFORM_NATIVE_H

#include "vmm/conform/harness.h"

struct native;

/* Map the arena and the code page and catch signals. NULL with *e filled. */
struct native *native_open(struct error *e);
void native_close(struct native *native);

/* The arena's bytes, writable. */
uint8_t *native_bytes(struct native *native);

/* This process's segment registers, as instructions read them. */
void native_selectors(uint16_t out[SEG_COUNT]);

/* Can FS and GS be given a base? */
bool native_has_bases(void);

void native_run(struct native *native, const struct scene *scene, struct result *out);

#endif
