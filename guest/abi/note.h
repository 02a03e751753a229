/*
 * note.h: the ELF note by which an image says that it is a guest of lodestore's
 * own ABI (boot.h). For C and for assembler.
 *
 * In a C file: GUEST_ABI_NOTE(0);   in assembler: guest_abi_note 0
 * The linker script must give the section .note.lodestore a PT_NOTE segment.
 */
#ifndef GUEST_ABI_NOTE_H
#define GUEST_ABI_NOTE_H

#define GUEST_ABI_VERSION 1

#define GUEST_NOTE_NAME "lodestore"
#define GUEST_NOTE_TYPE 1
#define GUEST_NOTE_DESC_SIZE 8 /* u32 version, u32 flags */

/* Flags. The guest wants KVM's PIC, IOAPIC, local APIC and PIT; HLT then waits for an interrupt. */
#define GUEST_WANTS_IRQCHIP 1
/* The guest answers for pages of its own (virtual.h), and wants a window for them. */
#define GUEST_WANTS_WINDOW 2

#ifdef __ASSEMBLER__
/* clang-format off */
.macro guest_abi_note flags
	.pushsection .note.lodestore, "a", @note
	.balign 4
	.long 10, GUEST_NOTE_DESC_SIZE, GUEST_NOTE_TYPE
	.asciz GUEST_NOTE_NAME
	.balign 4
	.long GUEST_ABI_VERSION, \flags
	.popsection
.endm
/* clang-format on */
#else
#define GUEST_ABI_NOTE(flags_)                                                                                         \
	__attribute__((section(".note.lodestore"), used, aligned(4))) static const struct {                            \
		unsigned name_size, desc_size, type;                                                                   \
		char name[12]; /* padded to a multiple of 4 */                                                         \
		unsigned version, flags;                                                                               \
	} guest_abi_note = {sizeof(GUEST_NOTE_NAME), GUEST_NOTE_DESC_SIZE, GUEST_NOTE_TYPE,                            \
			    GUEST_NOTE_NAME,         GUEST_ABI_VERSION,    (flags_)}
#endif

#endif
