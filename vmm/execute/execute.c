#include "vmm/execute/execute.h"

#include "vmm/execute/handlers.h"
#include "vmm/execute/host_fault.h"
#include "vmm/execute/host_shift.h"
#include "vmm/execute/on_host.h"
#include "vmm/execute/register_stub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct executor {
	struct vector_host host;
	struct stub_cache *stubs;
	struct register_stubs *registers;
	struct features features; /* of the guest */
	bool shift_is_wrong; /* host_shift.h */
};

struct executor *executor_new(void)
{
	struct executor *x = aligned_alloc(_Alignof(struct executor), sizeof(*x));
	int error;

	if (!x)
		return NULL;
	features_of_host(&x->features);
	x->shift_is_wrong = !host_shift_is_right();
	vector_host_read(&x->host); /* without XSAVE, vector forms are refused one by one */
	x->stubs = stub_cache_new();
	if (!x->stubs) {
		error = -errno;
		goto free_executor;
	}
	x->registers = register_stubs_new();
	error = x->registers ? host_fault_install() : -errno;
	if (!error)
		return x;
	register_stubs_free(x->registers);
	stub_cache_free(x->stubs);
free_executor:
	free(x);
	errno = -error;
	return NULL;
}

void executor_free(struct executor *x)
{
	if (!x)
		return;
	host_fault_remove();
	register_stubs_free(x->registers);
	stub_cache_free(x->stubs);
	free(x);
}

void executor_offer(struct executor *x, const struct features *features)
{
	x->features = *features;
}

enum execute_status execute_check(struct executor *x, const struct insn *insn, const struct regs *regs, uint64_t xcr0,
				  uint8_t *number)
{
	struct needs needs;
	int vector;

	if (needs_nothing(insn))
		return EXECUTE_OK;
	needs = needs_of(insn);
	vector = needs_unmet(&needs, regs, &x->features, xcr0);
	if (vector == NEEDS_MET)
		return EXECUTE_OK;
	*number = (uint8_t)vector;
	return EXECUTE_EXCEPTION;
}

/* One handler's answer; made->regs is what it starts from and leaves. */
static enum execute_status handle(const struct execution_in *in, struct vector_state *vector,
				  struct execution_out *made)
{
	switch (in->insn->exec) {
	case EXEC_PUSH:
		return handle_push(in, made);
	case EXEC_POP:
		return handle_pop(in, made);
	case EXEC_CALL:
		return handle_call(in, made);
	case EXEC_JMP:
		return handle_jmp(in, made);
	case EXEC_RET:
		return handle_ret(in, made);
	case EXEC_LEAVE:
		return handle_leave(in, made);
	case EXEC_STRING:
		return handle_string(in, made);
	case EXEC_SEGMENT:
		return handle_segment(in, made);
	case EXEC_ENTER:
		return handle_enter(in, made);
	case EXEC_XLAT:
		return handle_xlat(in, made);
	case EXEC_COPY64:
		return handle_copy64(in, made);
	case EXEC_GATHER:
		return handle_gather(in, vector, made);
	case EXEC_SCATTER:
		return handle_scatter(in, vector, made);
	case EXEC_PORT:
		return operand_refuse(made, "a port is read or written beside the memory");
	case EXEC_STEP:
		return operand_refuse(made, "it changes more than registers and its operand: it needs a private step");
	case EXEC_FLUSH:
		return EXECUTE_OK; /* the operand was checked, which is all that can be seen */
	case EXEC_STUB:
	case EXEC_MASKMOV:
	case EXEC_NONE:
		break;
	}
	return operand_refuse(made, "this instruction touches no memory: there is nothing to carry out");
}

/* Handlers work on a copy, so that what they leave half done never shows. */
static enum execute_status by_hand(const struct execution_in *in, struct vector_state *vector,
				   struct execution_out *out)
{
	struct execution_out made;
	enum execute_status status;

	operand_retire(in, &made.regs);
	made.repeats = false;
	status = handle(in, vector, &made);
	switch (status) {
	case EXECUTE_OK:
		regs_copy(&out->regs, &made.regs);
		out->repeats = made.repeats;
		out->unstored = false;
		for (unsigned i = 0; i < in->nrefs; i++) {
			if (in->refs[i].use != MEM_READ)
				memcpy(out->stored[i], made.stored[i], sizeof(made.stored[i]));
		}
		break;
	case EXECUTE_EXCEPTION:
		out->vector = made.vector;
		break;
	case EXECUTE_REFUSED:
		out->why = made.why;
		break;
	case EXECUTE_BEYOND: /* no handler's */
		break;
	}
	return status;
}

enum execute_status execute(struct executor *x, const struct execution_in *in, struct vector_state *vector,
			    struct execution_out *out)
{
	if (x->shift_is_wrong && host_shift_concerns(in->insn))
		return operand_refuse(out, "this host's CPU misplaces the operand of such a shift");
	if (in->insn->exec == EXEC_STUB || in->insn->exec == EXEC_MASKMOV)
		return on_host(x->stubs, &x->host, in, vector, out);
	if (in->insn->exec == EXEC_NONE)
		return register_run(x->registers, &x->host, in, vector, out);
	return by_hand(in, vector, out);
}
