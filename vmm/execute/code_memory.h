/*
 * code_memory.h: memory for stubs, and the slot their operand stands on.
 *
 * The code has two views of the same pages: run (read, execute) and write
 * (read, write). No mapping is ever both writable and executable. The slot lies
 * behind the run view, within reach of a RIP-relative displacement, between two
 * pages that nothing can touch: an operand larger than it should be faults.
 */
#ifndef VMM_EXECUTE_CODE_MEMORY_H
#define VMM_EXECUTE_CODE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#define SLOT_SIZE 4096 /* one page: more than the largest operand, an XSAVE area */

struct code_memory {
	uint8_t *run;
	uint8_t *write;
	uint8_t *slot;
	size_t size; /* of each view, bytes */
};

/* size is a multiple of the page size, below 1 GiB. 0, or -errno and *out untouched. */
int code_memory_map(size_t size, struct code_memory *out);
void code_memory_unmap(struct code_memory *memory);

/*
 * Make what was just written through the write view safe to run on this
 * thread. Source: Intel SDM Vol 3, "Handling Self- and Cross-Modifying Code":
 * other linear addresses of the same memory need a serializing instruction.
 */
void code_memory_serialize(void);

#endif
