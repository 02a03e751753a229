#include "vmm/conform/probe.h"

#include "vmm/conform/arena.h"

#include <string.h>

/*
 * Which of RFLAGS does this KVM bring back from a guest as it was put there? nop with all
 * of them set; TF is another matter.
 */
uint64_t probe_flags(struct harness *h)
{
	const uint64_t all = RFLAGS_STATUS | RFLAGS_IF | RFLAGS_DF | RFLAGS_NT | RFLAGS_AC | RFLAGS_ID;
	static struct scene s;
	static struct result out;

	s.insn.bytes[0] = 0x90;
	s.insn.length = 1;
	s.regs.rip = ARENA_RIP;
	s.regs.rflags = RFLAGS_FIXED | all;
	s.regs.gpr[GPR_RSP] = arena_address(ARENA_STACK_VIRTUAL);
	h->cpu(h->self, &s, &out);
	return out.kind == RESULT_DONE ? out.rflags & all : all;
}

/* mov [rbx],cs */
bool probe_other_selectors(struct harness *h, uint16_t cs)
{
	static const uint8_t bytes[] = {0x8c, 0x0b};
	static struct scene s;
	static struct result out;
	uint16_t selector;

	memcpy(s.insn.bytes, bytes, sizeof(bytes));
	s.insn.length = sizeof(bytes);
	s.regs.rip = ARENA_RIP;
	s.regs.rflags = RFLAGS_FIXED | RFLAGS_IF;
	s.regs.gpr[GPR_RBX] = arena_address(ARENA_MEMORY);
	s.regs.gpr[GPR_RSP] = arena_address(ARENA_STACK_VIRTUAL);
	h->cpu(h->self, &s, &out);
	memcpy(&selector, h->cpu_bytes + ARENA_MEMORY * ARENA_PAGE, sizeof(selector));
	return out.kind != RESULT_DONE || selector != cs;
}

/* lzcnt rax,[rbx] of 1: KVM's emulator takes it for bsr, and gives 0 instead of 63. */
bool probe_emulated(struct harness *h)
{
	static const uint8_t bytes[] = {0xf3, 0x48, 0x0f, 0xbd, 0x03};
	static struct scene s;
	static struct result out;

	memcpy(s.insn.bytes, bytes, sizeof(bytes));
	s.insn.length = sizeof(bytes);
	s.regs.rip = ARENA_RIP;
	s.regs.rflags = RFLAGS_FIXED | RFLAGS_IF;
	s.regs.gpr[GPR_RBX] = arena_address(ARENA_MEMORY);
	s.regs.gpr[GPR_RSP] = arena_address(ARENA_STACK_VIRTUAL);
	memcpy(h->cpu_bytes + ARENA_MEMORY * ARENA_PAGE, &(uint64_t){1}, 8);
	h->cpu(h->self, &s, &out);
	return out.kind == RESULT_DONE && out.gpr[GPR_RAX] == 0;
}
