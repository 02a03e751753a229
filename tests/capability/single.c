/*
 * PROCESS_STEP: one instruction, whatever it is, then the process is stopped again. A PUSHF sees the trap flag that it
 * is done with.
 *
 * modules: client probe
 * line: nop: at 0x1, rax 0x63, vector 1
 * line: rep movsb, the last byte: at 0x3, rax 0x63, vector 1
 * line: a system call: at 0x5, rax 0x1, vector 1
 * line: pushfq: at 0x6, rax 0x1, vector 1
 * line: popq: at 0x7, rax 0x302, vector 1
 * line: jmp: at 0x9, rax 0x302, vector 1
 * line: hlt: at 0x9, rax 0x302, vector 13
 */
#include "tests/capability/test.h"

#define NO_KIND 0x63 /* of an invocation: answered in RAX, at once */

static struct process_registers registers_of(const struct child *child)
{
	struct process_registers r = {0};
	struct message m = {.order = PROCESS_GET_REGISTERS, .buffer = &r, .room = sizeof(r)};

	message_call(child->process, &m);
	return r;
}

static void step(const struct child *child, const char *what)
{
	struct process_registers r;
	uint64_t at, rax, fault;

	message_ask(child->process, PROCESS_STEP, 0, 0, 0, 0);
	do {
		test_sleep(1);
		r = registers_of(child);
	} while (r.fault == FAULT_NONE);
	at = r.rip - CHILD_OBJECT;
	rax = r.rax;
	fault = r.fault_code;
	print("%s: at 0x%lx, rax 0x%lx, vector %lu\n", what, at, rax, fault);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	/* nop; rep movsb; the system call; pushfq; popq %rax; jmp to the next; hlt */
	uint8_t code[] = {0x90, 0xf3, 0xa4, 0x0f, 0x05, 0x9c, 0x58, 0xeb, 0x00, 0xf4};
	struct message write = {.order = PAGE_WRITE, .string = code, .length = sizeof(code)};
	struct process_registers r = {.rip = CHILD_OBJECT,
				      .rax = NO_KIND,
				      .rsp = CHILD_OBJECT + 0x800,
				      .rsi = CHILD_OBJECT + 0x400,
				      .rdi = CHILD_OBJECT + 0x401,
				      .rcx = 1,
				      .rflags = 2};
	struct message set = {.order = PROCESS_SET_REGISTERS, .string = &r, .length = sizeof(r)};
	struct child child;

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	if (!child_make("probe", &child))
		test_end(1);
	if (start_flags & START_CALLS_BY_UD2)
		code[4] = 0x0b;
	message_call(child.page, &write);
	message_call(child.process, &set);
	step(&child, "nop");
	step(&child, "rep movsb, the last byte");
	step(&child, "a system call");
	step(&child, "pushfq");
	step(&child, "popq");
	step(&child, "jmp");
	step(&child, "hlt");
	test_end(0);
}
