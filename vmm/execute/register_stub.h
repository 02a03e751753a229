/*
 * register_stub.h: instructions that touch no memory, where KVM's emulator gives up
 * on them and the CPU has not run them.
 *
 * A register form has no operand to rewrite, so its stub is the instruction itself,
 * after the same two locks: the closed table, or the short list here (x87 on its stack,
 * fwait, emms, vzeroupper, vzeroall); and the list of opcodes that may run on the host.
 * Nothing that names RSP runs, since the host keeps its stack. In 64-bit mode only.
 */
#ifndef VMM_EXECUTE_REGISTER_STUB_H
#define VMM_EXECUTE_REGISTER_STUB_H

#include "vmm/execute/execute.h"
#include "vmm/execute/vector_host.h"

#include <stddef.h>

struct register_stubs; /* for one thread at a time */

/* NULL with errno set. */
struct register_stubs *register_stubs_new(void);
void register_stubs_free(struct register_stubs *stubs);

/*
 * Are the bytes a register form that the closed table does not hold, because no form of
 * it touches memory? Then *out is the instruction but for its text; otherwise *out is untouched.
 */
bool register_form(const uint8_t *bytes, size_t n, enum cpu_mode mode, struct insn *out);

/* As execute(), for an instruction with EXEC_NONE. */
enum execute_status register_run(struct register_stubs *stubs, const struct vector_host *host,
				 const struct execution_in *in, struct vector_state *vector, struct execution_out *out);

#endif
