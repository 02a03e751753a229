/*
 * handlers.h: the instructions that are carried out by hand, one function per
 * row of enum execution.
 *
 * Each is as execute(), but finds out->regs already filled with the registers
 * before, RIP advanced and RF cleared; what it leaves there counts on EXECUTE_OK only.
 */
#ifndef VMM_EXECUTE_HANDLERS_H
#define VMM_EXECUTE_HANDLERS_H

#include "vmm/execute/execute.h"

/* stack.c */
enum execute_status handle_push(const struct execution_in *in, struct execution_out *out);
enum execute_status handle_pop(const struct execution_in *in, struct execution_out *out);
enum execute_status handle_leave(const struct execution_in *in, struct execution_out *out);

/* branch.c */
enum execute_status handle_call(const struct execution_in *in, struct execution_out *out);
enum execute_status handle_jmp(const struct execution_in *in, struct execution_out *out);
enum execute_status handle_ret(const struct execution_in *in, struct execution_out *out);

/* string.c */
enum execute_status handle_string(const struct execution_in *in, struct execution_out *out);

/* gather.c; vector is changed on EXECUTE_OK only */
enum execute_status handle_gather(const struct execution_in *in, struct vector_state *vector,
				  struct execution_out *out);
enum execute_status handle_scatter(const struct execution_in *in, struct vector_state *vector,
				   struct execution_out *out);

/* enter.c */
enum execute_status handle_enter(const struct execution_in *in, struct execution_out *out);

/* copy.c */
enum execute_status handle_xlat(const struct execution_in *in, struct execution_out *out);
enum execute_status handle_copy64(const struct execution_in *in, struct execution_out *out);

/* segment.c */
enum execute_status handle_segment(const struct execution_in *in, struct execution_out *out);

/* operands.c: what the handlers share. */

/* As memcpy() and memset(), for small sizes that vary. */
void operand_copy(void *to, const void *from, size_t size);
void operand_fill(void *to, uint8_t value, size_t size);

/* *after is the registers before, RIP past the instruction and RF cleared. */
void operand_retire(const struct execution_in *in, struct regs *after);

/* As that, but that the general registers are left alone. */
void operand_retire_rest(const struct execution_in *in, struct regs *after);

/* The index of the access with this role, or -1. */
int operand_ref(const struct execution_in *in, enum memref_role role);

/* What refs[i] loaded, zero-extended; its size is at most 8. 0 if i is negative. */
uint64_t operand_loaded(const struct execution_in *in, int i);

/* Put the low refs[i].size bytes, at most 8, of value where refs[i] stores. */
void operand_store(const struct execution_in *in, int i, struct execution_out *out, uint64_t value);

/* The immediate, sign-extended; 0 if there is none. */
int64_t operand_imm(const struct insn *insn);

/* The general register that ModRM.rm names. */
unsigned operand_rm_gpr(const struct insn *insn);

/* Does ModRM.rm name memory? False without ModRM. */
bool operand_rm_is_memory(const struct insn *insn);

/* Move the stack pointer by distance, wrapped to the stack's width. */
void operand_move_rsp(struct regs *regs, int64_t distance);

/* Sets out->why and gives EXECUTE_REFUSED. */
enum execute_status operand_refuse(struct execution_out *out, const char *why);

#endif
