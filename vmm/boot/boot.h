/*
 * boot.h: from an image file to guest memory and the first registers.
 *
 * A boot protocol has two steps, because the memory plan must be known before
 * memory is mapped: plan() reads and checks the image and may add regions;
 * load() writes into the monitor's view and yields the state the vCPU starts in.
 * Images are hostile: every size and offset is checked, and every error names the
 * file, the place in it and what is wrong.
 */
#ifndef VMM_BOOT_BOOT_H
#define VMM_BOOT_BOOT_H

#include "decoder/regs.h"
#include "vmm/boot/image.h"
#include "vmm/boot/symbols.h"
#include "vmm/error.h"
#include "vmm/machine/ram.h"

struct boot_module {
	const char *path; /* multiboot: "PATH" or "PATH ARGUMENTS" */
	gpa_t at; /* bare: where to put it; others: ignored */
	bool has_at;
};

enum boot_kind { BOOT_AUTO, BOOT_BARE, BOOT_ELF, BOOT_LINUX, BOOT_MULTIBOOT, BOOT_MULTIBOOT2 };

#define BOOT_KINDS 6

/* As --boot takes it. */
const char *boot_kind_name(enum boot_kind kind);

/* What mode of the CPU a bare guest starts in; mode.h has their properties. */
enum boot_mode {
	BOOT_MODE_64,
	BOOT_MODE_COMPAT, /* 32-bit code under 64-bit tables */
	BOOT_MODE_32, /* protected, no paging */
	BOOT_MODE_32_PAGING,
	BOOT_MODE_PAE,
	BOOT_MODE_16, /* protected */
	BOOT_MODE_REAL,
};

/* What a gate pushes. Intel SDM Vol 3, "Exception- or Interrupt-Handler Procedures", "Stack Frame" of each. */
enum boot_frame {
	BOOT_FRAME_64, /* SS:RSP always */
	BOOT_FRAME_32, /* SS:ESP when the privilege level changes */
	BOOT_FRAME_16, /* as that, in words of two bytes */
	BOOT_FRAME_REAL, /* three words, never an error code */
};

#define BOOT_MODULES_MAX 32
#define BOOT_WINDOW_DEFAULT (64ull << 20)

/* A register preset of the bare protocol, as "rax=5". */
struct boot_preset {
	enum gpr gpr;
	uint64_t value;
};

/* What the user asked for. Strings live as long as the machine. */
struct boot_options {
	enum boot_kind kind;
	const char *image;
	gpa_t image_at; /* bare flat image: where; ignored for ELF */
	unsigned nmodules;
	struct boot_module modules[BOOT_MODULES_MAX];
	const char *append; /* kernel command line, or NULL */
	const char *initrd; /* or NULL */
	const char *symbols; /* System.map or nm output, or NULL */
	unsigned cpus; /* that the firmware's tables tell of; 0: one */
	bool screen; /* the PC has a text screen and a keyboard: its firmware tells of them */
	uint32_t virtio; /* bit i: there is a device in slot i of device/virtio/slot.h, as they tell too */
	bool has_window; /* elf: else BOOT_WINDOW_DEFAULT, for an image that wants one */
	uint64_t window; /* bytes, 0: none */
	/* for each protocol an option that was given and has no meaning there, as "--cpl"; NULL: none */
	const char *foreign[BOOT_KINDS];
	/* bare only */
	enum boot_mode mode;
	bool has_entry;
	uint64_t entry, stack; /* stack 0: the end of memory, or of the 64 KiB segment (then an offset in it) */
	unsigned cpl; /* 0 or 3 */
	uint64_t page_size; /* identity map: 4096, 2 MiB or, with 32-bit paging, 4 MiB */
	unsigned npresets;
	struct boot_preset presets[GPR_COUNT];
};

/* The first vCPU's state: what regs holds, plus the descriptor tables. */
struct boot_state {
	struct regs regs;
	uint64_t gdt_base, idt_base, tss_base;
	uint32_t gdt_limit, idt_limit, tss_limit;
	uint16_t tss_selector;
	/* bare: exceptions end in HLT at handlers + BOOT_HANDLER_STRIDE*vector; {0} when the guest has its own */
	gpa_t handlers;
	enum boot_frame frame; /* what those handlers find on their stack */
	bool needs_irqchip; /* PIC, IOAPIC, LAPIC and PIT of KVM's */
	bool answers_pages; /* the guest answers for pages of its own: guest/abi/virtual.h */
	gpa_t window; /* for such pages: a region without memory of its own; size 0 if there is none */
	uint64_t window_size;
	bool ones_for_absent; /* what is neither memory nor kept reads all ones, instead of stopping the guest */
	/* bare: the others start as the first does (boot_state_of()); else they wait for INIT and SIPI */
	bool all_start;
	uint64_t tss_of_others; /* linear address of the second vCPU's TSS; the next ones follow */
};

#define BOOT_HANDLER_STRIDE 16
#define BOOT_CPU_SIZE 0x4000u /* of each further vCPU in the system region: its TSS, and its stack for exceptions */
#define BOOT_CPU_STACK 0x10000u /* from one vCPU's first stack pointer down to the next one's */

/*
 * A vCPU's first state where all start: that of the first, but with its own TSS, its number in RDI and its stack
 * pointer BOOT_CPU_STACK bytes below the one's before it.
 */
struct boot_state boot_state_of(const struct boot_state *first, unsigned vcpu);

struct boot;

/* Read and check; add the regions the protocol needs. NULL with *e filled. */
struct boot *boot_plan(const struct boot_options *options, struct ram *ram, struct error *e);

/* Does the image want to know whether this KVM can do SYSCALL? Then boot_no_syscall() says that it cannot. */
bool boot_asks_syscall(const struct boot *boot);
void boot_no_syscall(struct boot *boot);

/* After ram_map(). 0, or -1 with *e filled. */
int boot_load(struct boot *boot, struct ram *ram, struct boot_state *state, struct error *e);

enum boot_kind boot_kind_of(const struct boot *boot);

/* A kernel that maps itself: what its tables do not map at its start, they may map later. */
bool boot_sets_up_paging(const struct boot *boot);

/* Symbols of the image and of options->symbols; may be empty, never NULL. */
const struct symbols *boot_symbols(const struct boot *boot);

/* How the executable begins that options->symbols names; NULL if it is none. */
const struct program_start *boot_program(const struct boot *boot);

/* The physical address of an image's virtual address by its program headers; false if none holds it. */
bool boot_phys_of(const struct boot *boot, uint64_t vaddr, gpa_t *gpa);

void boot_free(struct boot *boot);

#endif
