/*
 * cpu_names.h: what CPUID says a CPU has, by the names of Linux's /proc/cpuinfo.
 *
 * A closed table: bits that are not in it have no name here and cannot be chosen.
 * OSXSAVE and OSPKE are not in it: they mirror CR4.
 */
#ifndef VMM_MACHINE_CPU_NAMES_H
#define VMM_MACHINE_CPU_NAMES_H

#include <stdint.h>

/*
 * The levels of the x86-64 psABI ("Micro-Architecture Levels") by their numbers, and two kinds of what they do not
 * name: what is for the system (paging, interrupt controllers, mitigations), which every level leaves as it is, and
 * instructions for programs, which no level has.
 */
enum cpu_level {
	CPU_SYSTEM = 0,
	CPU_LEVEL_MAX = 4,
	CPU_EXTENSION = 5,
};

enum cpu_register { CPU_EAX, CPU_EBX, CPU_ECX, CPU_EDX };

struct cpu_name {
	const char *name;
	uint32_t leaf, subleaf;
	uint8_t reg; /* enum cpu_register */
	uint8_t bit;
	uint8_t level; /* the lowest that names it, or of enum cpu_level */
};

#define CPU_NAMES_MAX 256

extern const struct cpu_name cpu_names[];
extern const unsigned cpu_name_count;

/* The number of the name text[0..length), or -1. */
int cpu_name_find(const char *text, unsigned length);

/* What does not work without something else. */
struct cpu_need {
	const char *name, *needs;
};

extern const struct cpu_need cpu_needs[];
extern const unsigned cpu_need_count;

#endif
