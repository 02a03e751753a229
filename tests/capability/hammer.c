/*
 * A program for `load`: it adds one to the word at CHILD_OBJECT with LOCK XADD until it faults, and counts in R12 how
 * often it did.
 */
#include "guest/user/lib/child.h"
#include "guest/user/lib/start.h"

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	(void)a, (void)b, (void)c, (void)d;
	__asm__ volatile("xorl %%r12d, %%r12d\n"
			 "1:	movl $1, %%eax\n"
			 "	lock xaddq %%rax, (%0)\n"
			 "	incq %%r12\n"
			 "	jmp 1b"
			 :
			 : "r"(CHILD_OBJECT)
			 : "rax", "r12", "memory", "cc");
	__builtin_unreachable();
}
