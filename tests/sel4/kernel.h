/*
 * kernel.h: what the root task says to seL4, for x86-64: one system call, capabilities by their slots.
 *
 * Numbers are those of the seL4 Reference Manual, "System Calls", "Bootinfo" and "API Reference". Some differ with how
 * a kernel was configured, and no kernel says how it was: those are found by asking (find_label(), find_boot_memory()).
 */
#ifndef TESTS_SEL4_KERNEL_H
#define TESTS_SEL4_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

/* Slots of the root task's capabilities. */
#define SLOT_CAPABILITIES 2u /* of the table that these are in */
#define SLOT_ADDRESSES 3u /* of its virtual addresses */
#define SLOT_PORTS 7u /* of all ports */

/* Answers. */
#define ANSWER_DONE 0u
#define ANSWER_NO_SUCH_OPERATION 3u

/* Of memory: what is to become of it. */
#define LABEL_RETYPE 1u
#define TYPE_MEMORY 0u

struct slots {
	uint64_t first, end;
};

struct memory {
	uint64_t at;
	uint8_t bits; /* its size is a power of two */
	uint8_t is_device;
	uint8_t reserved[6];
};

/* Where more than four words of a message, and capabilities in it, are. */
struct message_page {
	uint64_t tag, words[120], own, capabilities[3];
};

struct boot_info {
	uint64_t more, node, nodes, iommu_levels;
	struct message_page *message;
	struct slots empty, shared, image, image_tables, iommu, more_pages;
	uint64_t table_bits, domain;
	struct slots rest[]; /* of memory, and then one struct memory for each; with MCS another one stands before */
};

/* capability is to do label with words, and with the capability given unless that is 0. Returns the answer. */
uint64_t kernel_call(struct message_page *page, uint64_t capability, uint64_t label, uint64_t given,
		     const uint64_t words[6]);

#endif
