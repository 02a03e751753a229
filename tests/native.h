/*
 * native.h: run one instruction on this CPU with chosen registers, on ordinary memory.
 *
 * The judge of what is executed by other means, so it shares no code with it: all
 * sixteen registers are loaded, RSP too, flags by popf, and the code jumps back
 * instead of returning. For single-threaded tests; include it once a program.
 */
#ifndef TESTS_NATIVE_H
#define TESTS_NATIVE_H

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#undef REG_RIP /* <signal.h> has one of its own, and insn.h another */

struct native {
	uint64_t gpr[16]; /* in and out, in the order of their encoding */
	uint64_t flags; /* in: bits of RFLAGS; out: RFLAGS */
	uint8_t *code; /* set by native_run() */
	uint8_t *area; /* XSAVE area, in and out, or NULL */
	uint64_t mask; /* its components */
	uint64_t host_rsp, host_control;
};

/* Global, as what the assembly defines: link-time optimization may put the two into different objects. */
extern struct native judge_cpu;
struct native judge_cpu __attribute__((used));
static sigjmp_buf native_fault;
static volatile sig_atomic_t native_inside;

void judge_enter(void);
extern const char judge_back[];

__asm__(".text\n"
	".globl judge_enter, judge_back\n"
	"judge_enter:\n"
	"	push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15; pushfq\n"
	"	stmxcsr judge_cpu+168(%rip)\n"
	"	fnstcw judge_cpu+172(%rip)\n"
	"	mov %rsp, judge_cpu+160(%rip)\n"
	"	mov judge_cpu+144(%rip), %rcx\n"
	"	test %rcx, %rcx\n"
	"	jz 1f\n"
	"	mov judge_cpu+152(%rip), %eax\n"
	"	mov judge_cpu+156(%rip), %edx\n"
	"	xrstor64 (%rcx)\n"
	"1:	pushq judge_cpu+128(%rip)\n"
	"	popfq\n"
	"	mov judge_cpu+0(%rip), %rax; mov judge_cpu+8(%rip), %rcx; mov judge_cpu+16(%rip), %rdx\n"
	"	mov judge_cpu+24(%rip), %rbx; mov judge_cpu+32(%rip), %rsp; mov judge_cpu+40(%rip), %rbp\n"
	"	mov judge_cpu+48(%rip), %rsi; mov judge_cpu+56(%rip), %rdi; mov judge_cpu+64(%rip), %r8\n"
	"	mov judge_cpu+72(%rip), %r9; mov judge_cpu+80(%rip), %r10; mov judge_cpu+88(%rip), %r11\n"
	"	mov judge_cpu+96(%rip), %r12; mov judge_cpu+104(%rip), %r13; mov judge_cpu+112(%rip), %r14\n"
	"	mov judge_cpu+120(%rip), %r15\n"
	"	jmp *judge_cpu+136(%rip)\n"
	"judge_back:\n"
	"	mov %rax, judge_cpu+0(%rip); mov %rcx, judge_cpu+8(%rip); mov %rdx, judge_cpu+16(%rip)\n"
	"	mov %rbx, judge_cpu+24(%rip); mov %rsp, judge_cpu+32(%rip); mov %rbp, judge_cpu+40(%rip)\n"
	"	mov %rsi, judge_cpu+48(%rip); mov %rdi, judge_cpu+56(%rip); mov %r8, judge_cpu+64(%rip)\n"
	"	mov %r9, judge_cpu+72(%rip); mov %r10, judge_cpu+80(%rip); mov %r11, judge_cpu+88(%rip)\n"
	"	mov %r12, judge_cpu+96(%rip); mov %r13, judge_cpu+104(%rip); mov %r14, judge_cpu+112(%rip)\n"
	"	mov %r15, judge_cpu+120(%rip)\n"
	"	mov judge_cpu+160(%rip), %rsp\n"
	"	pushfq\n"
	"	popq judge_cpu+128(%rip)\n"
	"	mov judge_cpu+144(%rip), %rcx\n"
	"	test %rcx, %rcx\n"
	"	jz 1f\n"
	"	mov judge_cpu+152(%rip), %eax\n"
	"	mov judge_cpu+156(%rip), %edx\n"
	"	xsave64 (%rcx)\n"
	"	fninit\n"
	"	fldcw judge_cpu+172(%rip)\n"
	"	ldmxcsr judge_cpu+168(%rip)\n"
	"1:	popfq; pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp\n"
	"	ret\n");

_Static_assert(__builtin_offsetof(struct native, host_rsp) == 160, "native.h: the assembly");

static inline void native_on_signal(int number)
{
	if (!native_inside) {
		signal(number, SIG_DFL);
		raise(number);
		return;
	}
	native_inside = 0;
	siglongjmp(native_fault, number);
}

/* Call before the code under test installs handlers of its own. */
static inline void native_setup(void)
{
	static const int signals[] = {SIGFPE, SIGSEGV, SIGBUS, SIGILL};
	struct sigaction action = {.sa_handler = native_on_signal, .sa_flags = SA_ONSTACK};
	static uint8_t signal_stack[1 << 16];
	stack_t stack = {.ss_size = sizeof(signal_stack), .ss_sp = signal_stack};

	sigaltstack(&stack, NULL);
	for (unsigned i = 0; i < 4; i++)
		sigaction(signals[i], &action, NULL);
	if (!judge_cpu.code)
		judge_cpu.code =
			mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Run the instruction with *cpu, and leave there what came of it. 0, or the signal it raised: *cpu is then as before.
 */
static inline int native_run(const uint8_t *bytes, unsigned length, struct native *cpu)
{
	static const uint8_t jump[6] = {0xff, 0x25, 0, 0, 0, 0};
	const char *back = judge_back;
	uint8_t *code = judge_cpu.code;
	int number;

	memcpy(code, bytes, length);
	memcpy(code + length, jump, sizeof(jump));
	memcpy(code + length + sizeof(jump), &back, sizeof(back));
	cpu->code = code;
	judge_cpu = *cpu;
	number = sigsetjmp(native_fault, 1);
	if (number == 0) {
		native_inside = 1;
		judge_enter();
		native_inside = 0;
		*cpu = judge_cpu;
	} else {
		__asm__ volatile("cld; fninit; fldcw %0; ldmxcsr %1"
				 :
				 : "m"(*((const char *)&judge_cpu.host_control + 4)), "m"(judge_cpu.host_control));
	}
	return number;
}

/*
 * The x87 unit's notes of its last instruction (opcode, address, operand: bytes 6..23 of the areas). Some CPUs
 * lose them over XRSTOR and XSAVE (AMD APM Vol 2, "FXSAVE and FXRSTOR Instructions"). Where the instruction was none of
 * the unit's and ours are as before, that is right, and native's become the same.
 */
static inline void native_forgive_notes(const struct native *cpu, const uint8_t *before, const uint8_t *ours,
					uint8_t *native)
{
	const uint8_t *code = cpu->code;

	if (memcmp(native + 8, &code, sizeof(code)) != 0 && memcmp(ours + 6, before + 6, 18) == 0)
		memcpy(native + 6, before + 6, 18);
}

#endif
