/*
 * arena.h: the few pages that every case of the conformance suite touches.
 *
 * They lie at the same addresses for both ways of running an instruction, on
 * ordinary memory by the CPU and on virtual pages by lodestore, so that registers
 * and memory can be compared as they are. Below 4 GiB, so that a 32-bit address
 * reaches them.
 */
#ifndef VMM_CONFORM_ARENA_H
#define VMM_CONFORM_ARENA_H

#include <stdbool.h>
#include <stdint.h>

#define ARENA_BASE 0x40000000ull
#define ARENA_PAGE 4096u
#define ARENA_PAGES 12u
#define ARENA_SIZE (ARENA_PAGES * ARENA_PAGE)
#define ARENA_CODE 0x40040000ull /* the page the instruction is fetched from */
#define ARENA_RIP (ARENA_CODE + 0x800) /* where it stands */
#define ARENA_LANDING (ARENA_CODE + 0x100) /* where branches go: 256 bytes that all end the case */

/* What a page of the arena is when lodestore answers; for the CPU those that are virtual are memory. */
enum arena_page {
	ARENA_GUARD_LOW, /* not present */
	ARENA_VIRTUAL_A,
	ARENA_VIRTUAL_B,
	ARENA_MEMORY,
	ARENA_VIRTUAL_C,
	ARENA_GUARD_MIDDLE, /* not present */
	ARENA_READ_ONLY, /* virtual, and not writable by its page table entry */
	ARENA_GUARD_STACK, /* not present */
	ARENA_STACK_MEMORY,
	ARENA_STACK_VIRTUAL,
	ARENA_GUARD_HIGH, /* not present */
	ARENA_UNUSED, /* not present */
};

static inline uint64_t arena_address(enum arena_page page)
{
	return ARENA_BASE + (uint64_t)page * ARENA_PAGE;
}

static inline bool arena_present(enum arena_page page)
{
	return page != ARENA_GUARD_LOW && page != ARENA_GUARD_MIDDLE && page != ARENA_GUARD_STACK &&
	       page != ARENA_GUARD_HIGH && page != ARENA_UNUSED;
}

static inline bool arena_virtual(enum arena_page page)
{
	return arena_present(page) && page != ARENA_MEMORY && page != ARENA_STACK_MEMORY;
}

static inline bool arena_writable(enum arena_page page)
{
	return arena_present(page) && page != ARENA_READ_ONLY;
}

/* Does [gva, gva+size) lie in the arena, guards included? */
static inline bool arena_holds(uint64_t gva, uint64_t size)
{
	return gva >= ARENA_BASE && gva - ARENA_BASE <= ARENA_SIZE - size;
}

#endif
