/*
 * on_host.h: EXEC_STUB, the instructions that the host CPU carries out.
 */
#ifndef VMM_EXECUTE_ON_HOST_H
#define VMM_EXECUTE_ON_HOST_H

#include "vmm/execute/vector_host.h"
#include "vmm/execute/execute.h"
#include "vmm/execute/stub_cache.h"

/* The six status flags as the host's `cmp` of size 1, 2, 4 or 8 bytes leaves them. */
uint64_t on_host_cmp(uint64_t left, uint64_t right, unsigned size);

/* As execute(). */
enum execute_status on_host(struct stub_cache *cache, const struct vector_host *host, const struct execution_in *in,
			    struct vector_state *vector, struct execution_out *out);

#endif
