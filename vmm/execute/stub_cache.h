/*
 * stub_cache.h: the stubs built so far, looked up by the bytes of the instruction.
 *
 * A stub is one rewritten instruction and a ret. Before it is kept, the rewritten
 * bytes are decoded and must be the same instruction on the scratch slot. When
 * the code memory is full, all stubs are dropped. For one thread at a time.
 */
#ifndef VMM_EXECUTE_STUB_CACHE_H
#define VMM_EXECUTE_STUB_CACHE_H

#include "decoder/insn.h"
#include "vmm/execute/needs.h"

struct stub_cache;

struct stub {
	const uint8_t *code; /* to call */
	enum unit unit;
	int8_t rsp_became; /* enum gpr that stands for RSP, or REG_NONE */
	uint8_t components; /* of the vector state that it touches: XSTATE_* */
};

/* NULL with errno set. */
struct stub_cache *stub_cache_new(void);
void stub_cache_free(struct stub_cache *cache);

/*
 * The stub of insn, built if it is new; NULL if it cannot be rewritten or checked,
 * and then *why says so. It holds until the next call.
 */
const struct stub *stub_cache_get(struct stub_cache *cache, const struct insn *insn, const char **why);

/* The SLOT_SIZE bytes, aligned to as much, that every stub has its operand on. */
uint8_t *stub_cache_slot(struct stub_cache *cache);

#endif
