/*
 * boot.h: how a guest of lodestore's own ABI is started. For both sides, and
 * without any include: a guest is freestanding.
 *
 * An image is an ELF64 executable with the note of note.h. It starts at e_entry in
 * 64-bit mode, CPL 0, interrupts off, with
 *	- RDI: the guest-physical address of a struct guest_boot; all other general
 *	  registers zero, but for
 *	- RSP: the end of a stack of GUEST_BOOT_STACK bytes in system memory;
 *	- all physical addresses up to the end of memory, and at least 4 GiB, mapped
 *	  to themselves, readable, writable and executable;
 *	- segments whose p_vaddr is not their p_paddr also mapped at p_vaddr, in 4 KiB
 *	  pages with the segment's own rights (CR0.WP and EFER.NXE are on);
 *	- a GDT with the selectors below, a TSS, and an IDT without a single gate: a
 *	  fault before the guest has its own IDT is a triple fault;
 *	- SSE enabled, and CR4.OSXSAVE where the CPU has it.
 * The record, its parts, the tables and the stack lie in memory of kind
 * GUEST_MEMORY_SYSTEM, which the guest may use up once it has its own. Usable memory in
 * which nothing of these, nor of the image or a module, lies is zero.
 *
 * Addresses are guest-physical and sizes are in bytes throughout. Text ends in a
 * zero byte.
 */
#ifndef GUEST_ABI_BOOT_H
#define GUEST_ABI_BOOT_H

#define GUEST_BOOT_MAGIC 0x65726f7473646f6cull /* "lodstore" as little-endian bytes */
#define GUEST_BOOT_VERSION 1
#define GUEST_BOOT_STACK 0x8000

#define GUEST_SELECTOR_CODE 0x08
#define GUEST_SELECTOR_DATA 0x10
#define GUEST_SELECTOR_USER_DATA 0x23
#define GUEST_SELECTOR_USER_CODE 0x2b
#define GUEST_SELECTOR_TSS 0x30

#define GUEST_MEMORY_USABLE 1 /* main memory; the image and modules lie in it */
#define GUEST_MEMORY_EXTRA 2 /* memory asked for at a fixed address, for a purpose of its user's */
#define GUEST_MEMORY_SYSTEM 3 /* this record and what belongs to it */
#define GUEST_MEMORY_IMAGE 4 /* a segment of the image; also part of a usable or extra range */
#define GUEST_MEMORY_MODULE 5 /* a module; also part of a usable range */

#ifndef __ASSEMBLER__
struct guest_boot_memory {
	unsigned long long start, size;
	unsigned int kind; /* GUEST_MEMORY_* */
	unsigned int reserved; /* zero */
};

struct guest_boot_module {
	unsigned long long name; /* address of its file's name without folders */
	unsigned long long start, size; /* start is page-aligned */
};

#endif

/* This KVM cannot do SYSCALL: take calls by UD2, which raises #UD. */
#define GUEST_BOOT_NO_SYSCALL 0x1

#ifndef __ASSEMBLER__
/* A later version only appends fields; size tells how far this one goes. */
struct guest_boot {
	unsigned long long magic;
	unsigned int version;
	unsigned int size; /* of this record */
	unsigned long long command_line; /* address of a text, empty if there is none */
	unsigned long long rsdp; /* address of ACPI's root pointer, or 0 */
	unsigned long long memory; /* address of an array of struct guest_boot_memory, usable ones sorted by start */
	unsigned long long modules; /* address of an array of struct guest_boot_module */
	unsigned int nmemory, nmodules;
	unsigned int flags; /* GUEST_BOOT_* */
	unsigned int reserved; /* zero */
	/* a page-aligned range for pages of virtual.h that need no memory of their own; 0 and 0 if there is none */
	unsigned long long window, window_size;
};

_Static_assert(sizeof(struct guest_boot_memory) == 24, "boot ABI: memory");
_Static_assert(sizeof(struct guest_boot_module) == 24, "boot ABI: module");
_Static_assert(sizeof(struct guest_boot) == 80, "boot ABI: record");
#endif

#endif
