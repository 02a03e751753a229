/*
 * carry_out.h: for tests, one instruction from its bytes through execute().
 */
#ifndef TESTS_CARRY_OUT_H
#define TESTS_CARRY_OUT_H

#include "decoder/decode.h"
#include "vmm/execute/execute.h"

#include <stdlib.h>
#include <string.h>

struct carry_out {
	struct decoder *decoder;
	struct executor *executor;
	struct insn insn;
	struct memref refs[MEMREF_MAX];
	unsigned nrefs;
	uint8_t loaded[MEMREF_MAX][64];
	struct execution_out out;
	bool decoded; /* of the last instruction */
};

/* As a system leaves them that lets its programs use every register. */
#define CARRY_OUT_CONTROL .cr0 = CR0_PE | CR0_NE, .cr4 = CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE

static inline void carry_out_begin(struct carry_out *c)
{
	memset(c, 0, sizeof(*c));
	c->decoder = decoder_new();
	c->executor = executor_new();
}

static inline void carry_out_end(struct carry_out *c)
{
	executor_free(c->executor);
	decoder_free(c->decoder);
}

/* Decode hex ("48 03 03") and find its accesses. False if it does not decode. */
static inline bool carry_out_decode(struct carry_out *c, const char *hex, const struct regs *regs)
{
	uint8_t bytes[INSN_MAX];
	unsigned n = 0;
	char *end;

	for (unsigned long byte; n < INSN_MAX && (byte = strtoul(hex, &end, 16), end != hex); hex = end)
		bytes[n++] = (uint8_t)byte;
	c->decoded = decode(c->decoder, bytes, n, regs->mode, &c->insn) == DECODE_OK && c->insn.length == n;
	c->nrefs = c->decoded ? memrefs_of(&c->insn, regs, NULL, c->refs) : 0;
	return c->decoded;
}

/* Execute what was decoded; c->loaded is what the loads give. */
static inline enum execute_status carry_out(struct carry_out *c, const struct regs *regs, struct vector_state *vector)
{
	struct execution_in in = {&c->insn, regs, c->nrefs, c->refs, (const uint8_t(*)[64])c->loaded, false};

	return execute(c->executor, &in, vector, &c->out);
}

#endif
