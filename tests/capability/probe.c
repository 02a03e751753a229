/*
 * A program that does one forbidden thing each time it is started, for `isolation`.
 */
#include "tests/capability/probe.h"

#include "guest/user/lib/child.h"
#include "guest/user/lib/start.h"

static void read_at(uint64_t address)
{
	(void)*(volatile uint64_t *)address;
}

static void do_it(uint64_t what)
{
	switch (what) {
	case PROBE_PORT:
		__asm__ volatile("outb %%al, $0xf4" : : "a"(3));
		break;
	case PROBE_CALL_PORT:
		__asm__ volatile("outl %%eax, %%dx" : : "a"(0), "d"(0x6c68));
		break;
	case PROBE_HALT:
		__asm__ volatile("hlt");
		break;
	case PROBE_INTERRUPTS_OFF:
		__asm__ volatile("cli");
		break;
	case PROBE_PAGE_TABLES:
		__asm__ volatile("movq %0, %%cr3" : : "r"(0ull));
		break;
	case PROBE_BREAKPOINT:
		__asm__ volatile("int3");
		break;
	case PROBE_DIVIDE:
		__asm__ volatile("divl %0" : : "r"(0), "a"(1), "d"(0));
		break;
	case PROBE_JUMP_AWAY:
		__asm__ volatile("jmp *%0" : : "r"(0xffff800000100000ull));
		break;
	case PROBE_JUMP_NOWHERE:
		__asm__ volatile("jmp *%0" : : "r"(0x10ull));
		break;
	case PROBE_STACK_AWAY:
		__asm__ volatile("movq %0, %%rsp; pushq $1" : : "r"(0xffffffff80200000ull));
		break;
	case PROBE_KERNEL_IMAGE:
		read_at(0xffffffff80100000);
		break;
	case PROBE_KERNEL_MEMORY:
		read_at(0xffff800000100000);
		break;
	case PROBE_LOW_MEMORY:
		read_at(0x1000);
		break;
	case PROBE_WINDOW:
		read_at(0xc0000000);
		break;
	case PROBE_NOT_CANONICAL:
		read_at(0x1234567812345678);
		break;
	case PROBE_EXECUTE:
		read_at(CHILD_OBJECT);
		__asm__ volatile("jmp *%0" : : "r"(CHILD_OBJECT));
		break;
	case PROBE_STORE:
		read_at(CHILD_OBJECT);
		*(volatile uint64_t *)CHILD_OBJECT = 1;
		break;
	default:
		break;
	}
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	(void)b, (void)c, (void)d;
	do_it(a);
}
