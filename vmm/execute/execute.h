/*
 * execute.h: carry out one instruction, its memory given and taken as bytes.
 *
 * The stage between load and store. It gets a const record of the registers and
 * what every load returned; it yields the registers after, and the bytes of every
 * store. It touches no guest memory and knows no KVM, so it is tested on any
 * host against the CPU itself.
 *
 * EXEC_STUB forms run on the host CPU: the instruction is re-encoded with its
 * memory operand at a RIP-relative scratch slot (stub.h). The others are short
 * handlers, one per row of enum execution.
 */
#ifndef VMM_EXECUTE_EXECUTE_H
#define VMM_EXECUTE_EXECUTE_H

#include "decoder/insn.h"
#include "decoder/memref.h"
#include "decoder/vector.h"
#include "vmm/execute/features.h"

#include <stddef.h>

struct executor; /* the stubs built so far and their code pages; for one thread at a time */

/* NULL with errno set when memory for code cannot be had. */
struct executor *executor_new(void);
void executor_free(struct executor *x);

/* What the guest's CPUID offers; until this is called, what the host's does. */
void executor_offer(struct executor *x, const struct features *features);

enum execute_status {
	EXECUTE_OK,
	/*
	 * The CPU raises out->vector at this instruction; nothing else in *out changed. Of the
	 * vector state, MXCSR and the x87 status may have: the exception's handler looks there.
	 */
	EXECUTE_EXCEPTION,
	EXECUTE_REFUSED, /* this form cannot be carried out (yet): out->why says so in words */
	EXECUTE_BEYOND, /* xrstor: the area's header names bytes that no reference loaded */
};

struct execution_in {
	const struct insn *insn;
	const struct regs *regs;
	/* refs as memrefs_of() gave them; loaded[i] holds refs[i].size bytes if refs[i].use reads */
	unsigned nrefs;
	const struct memref *refs;
	const uint8_t (*loaded)[64];
	/* EXEC_GATHER, EXEC_SCATTER: a later element faults; refs are those before it, and RIP is to stay */
	bool partial;
};

struct execution_out {
	struct regs regs; /* rip advanced (or, REP with elements left, not), RF cleared */
	bool repeats; /* REP: elements are left, rip is still on the instruction */
	bool unstored; /* x87: an unmasked exception kept the result back, so that nothing is to be stored */
	uint8_t vector; /* EXECUTE_EXCEPTION */
	const char *why; /* EXECUTE_REFUSED */
	uint8_t stored[MEMREF_MAX][64]; /* stored[i]: refs[i].size bytes if refs[i].use writes */
};

/*
 * The exception that insn raises before it touches any memory: #UD where the guest
 * has no such instruction or has not enabled it, #NM. EXECUTE_OK, or
 * EXECUTE_EXCEPTION with *number set. For instructions that the CPU has not begun
 * itself: where it has, it has looked at all this. xcr0 is the guest's.
 */
enum execute_status execute_check(struct executor *x, const struct insn *insn, const struct regs *regs, uint64_t xcr0,
				  uint8_t *number);

/*
 * vector is read and written only if insn->flags has INSN_VECTOR; else it may be
 * NULL. On EXECUTE_OK *out is complete; otherwise only vector or why is set.
 */
enum execute_status execute(struct executor *x, const struct execution_in *in, struct vector_state *vector,
			    struct execution_out *out);

/*
 * May further elements of this string instruction be carried out together, once one was? movs and
 * stos, forward, in 64-bit mode with 64-bit addresses, not stepped. regs: before it.
 */
bool execute_goes_on(const struct insn *insn, const struct regs *regs);

/*
 * After EXECUTE_OK with out->repeats: so many further elements, at most RCX. bytes[i] are those of
 * refs[i], all together and in the order of the elements; they may overlap.
 */
void execute_go_on(const struct insn *insn, uint64_t elements, const struct memref *refs, uint8_t *const bytes[],
		   struct execution_out *out);

#endif
