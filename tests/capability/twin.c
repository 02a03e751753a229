/*
 * A program for `twins`: pieces of code on a page, each of which gives one number that depends on every register, flag
 * and byte that it can have changed.
 */
#include "tests/capability/twin.h"

#include "guest/user/lib/start.h"

#define A 0x1122334455667788ull
#define B 0xfedcba9876543210ull
#define STATUS_FLAGS 0x8d5ull

/* An instruction or more: RAX in and out, RBX and RCX in, the page in RDX; the status flags that came, if defined. */
#define RUN(code_, flags_, rax_, rbx_, rcx_)                                                                           \
	({                                                                                                             \
		uint64_t ax = (rax_), bx = (rbx_), cx = (rcx_), dx = TWIN_PAGE, status;                                \
		__asm__ volatile("xorl %%esi, %%esi\n\t" code_ "\n\tpushfq\n\tpopq %%rdi"                              \
				 : "+a"(ax), "+b"(bx), "+c"(cx), "+d"(dx), "=&D"(status)                               \
				 :                                                                                     \
				 : "rsi", "r8", "memory", "cc");                                                       \
		mix(mix(mix(mix(1, ax), bx), cx), (flags_) ? status &STATUS_FLAGS : 0);                                \
	})

static uint64_t mix(uint64_t sum, uint64_t value)
{
	return (sum ^ value) * 0x100000001b3ull + (sum >> 7);
}

static uint64_t widths(void)
{
	return RUN("movb %%al, 1(%%rdx); movw %%bx, 2(%%rdx); movl %%ecx, 4(%%rdx); movq (%%rdx), %%rcx\n\t"
		   "movb 5(%%rdx), %%al; movw 6(%%rdx), %%bx; movl $0x7f, 12(%%rdx)",
		   0, A, B, 0x5a5a5a5a);
}

static uint64_t extended(void)
{
	return RUN("movzbl (%%rdx), %%eax; movswq 6(%%rdx), %%rbx; movslq 12(%%rdx), %%rcx; movbeq 3(%%rdx), %%r8\n\t"
		   "addq %%r8, %%rcx",
		   1, A, B, 0);
}

static uint64_t unaligned(void)
{
	return RUN("movq %%rax, 5(%%rdx); addl %%ebx, 3(%%rdx); movq 7(%%rdx), %%rcx", 1, A, B, 0);
}

static uint64_t crossing_in(void)
{
	return RUN("movq %%rax, -3(%%rdx); addq %%rbx, -5(%%rdx); movq -1(%%rdx), %%rcx", 1, A, B, 0);
}

static uint64_t crossing_out(void)
{
	return RUN("movq %%rax, 0xffd(%%rdx); subq %%rbx, 0xffb(%%rdx); movq 0xfff(%%rdx), %%rcx", 1, A, B, 0);
}

static uint64_t arithmetic(void)
{
	return RUN("addq %%rax, (%%rdx); sbbl %%ebx, 4(%%rdx); adcb $0x80, (%%rdx); negw 8(%%rdx); xorq 8(%%rdx), "
		   "%%rcx\n\t"
		   "incl 12(%%rdx); shlq $3, (%%rdx); cmpq %%rax, (%%rdx)",
		   1, A, B, 7);
}

static uint64_t locked(void)
{
	return RUN("lock addq %%rax, (%%rdx); lock orl %%ebx, 4(%%rdx); lock decb 3(%%rdx); lock xaddq %%rcx, (%%rdx)",
		   1, A, B, 7);
}

static uint64_t exchanged(void)
{
	return RUN("xchgq %%rax, (%%rdx); xchgb %%bl, 9(%%rdx); xchgl %%ecx, 10(%%rdx)", 0, A, B, 7);
}

static uint64_t compared(void)
{
	return RUN("movq (%%rdx), %%rax; lock cmpxchgq %%rbx, (%%rdx); setz %%cl; cmpxchgl %%ebx, 8(%%rdx)", 1, A, B,
		   0);
}

static uint64_t wide_compare(void)
{
	uint64_t low = A, high = B, same;

	__asm__ volatile("lock cmpxchg16b (%[page])\n\tsetz %%cl\n\tmovzbl %%cl, %%ecx"
			 : "+a"(low), "+d"(high), "=c"(same)
			 : [page] "S"(TWIN_PAGE), "b"(B), "c"(A)
			 : "memory", "cc");
	return mix(mix(low, high), same);
}

static uint64_t bits(void)
{
	return RUN("btsq $5, (%%rdx); setc %%cl; btrq %%rax, (%%rdx); btcl $31, 4(%%rdx)", 0, 77, B, 0);
}

static uint64_t conditions(void)
{
	return RUN("cmpq %%rax, %%rbx; seta 3(%%rdx); cmovbq (%%rdx), %%rcx; setl 4(%%rdx); testb $0x10, (%%rdx)", 1, A,
		   B, 3);
}

static uint64_t stack(void)
{
	return RUN("movq %%rsp, %%r8; leaq 0x40(%%rdx), %%rsp; pushq %%rax; pushq $-5; pushw %%bx; popw %%cx; popq "
		   "%%rbx\n\t"
		   "popq %%rax; pushq (%%rdx); popq 8(%%rdx); movq %%r8, %%rsp",
		   0, A, B, 0);
}

static uint64_t frame(void)
{
	return RUN("movq %%rsp, %%r8; leaq 0x40(%%rdx), %%rsp; pushq %%rbp; leaq 0x40(%%rdx), %%rbp; enter $8, $0; "
		   "movq %%rbp, "
		   "%%rcx; leave; popq %%rbp; movq %%r8, %%rsp",
		   0, A, B, 0);
}

static uint64_t called(void)
{
	return RUN(
		"movq %%rsp, %%r8; leaq 0x40(%%rdx), %%rsp; call 1f; 1: popq %%rcx; subq 0x38(%%rdx), %%rcx\n\t"
		"pushq $2f - 1b; addq $0, (%%rsp); popq %%rbx; leaq 2f(%%rip), %%rsi; pushq %%rsi; ret; 2: movq %%r8, "
		"%%rsp; xorl %%esi, %%esi",
		0, A, B, 0);
}

static uint64_t flags_popped(void)
{
	return RUN("movq %%rsp, %%r8; leaq 0x40(%%rdx), %%rsp; pushq $0x8d5; popfq; pushfq; popq %%rcx; andl $0x8d5, "
		   "%%ecx\n\t"
		   "movq %%r8, %%rsp",
		   0, A, B, 0);
}

/* Around a string: where it begins and ends is told from the page, so that the number does not depend on the image. */
static uint64_t string(uint64_t to, uint64_t from, uint64_t count)
{
	uint64_t di = to, si = from;

	__asm__ volatile("cld; rep movsb" : "+D"(di), "+S"(si), "+c"(count) : : "memory");
	return mix(mix(di - to, si - from), count);
}

static uint64_t string_in(void)
{
	static uint64_t words[2] = {A, B};

	return string(TWIN_PAGE + 1, (uint64_t)words, sizeof(words));
}

static uint64_t string_out(void)
{
	static uint64_t words[2];
	uint64_t sum = string((uint64_t)words, TWIN_PAGE + 3, sizeof(words));

	return mix(mix(sum, words[0]), words[1]);
}

static uint64_t string_within(void)
{
	return string(TWIN_PAGE + 3, TWIN_PAGE, 5);
}

static uint64_t scanned(void)
{
	uint64_t di = TWIN_PAGE, count = 16, status;

	__asm__ volatile("repne scasb; pushfq; popq %2"
			 : "+D"(di), "+c"(count), "=r"(status)
			 : "a"(0x55)
			 : "cc", "memory");
	return mix(mix(di, count), status & STATUS_FLAGS);
}

static uint64_t vector(void)
{
	uint64_t low, high;

	__asm__ volatile("movups (%2), %%xmm1; paddq (%2), %%xmm1; movups %%xmm1, 4(%2); movhps 8(%2), %%xmm1\n\t"
			 "movq %%xmm1, %0; psrldq $8, %%xmm1; movq %%xmm1, %1"
			 : "=r"(low), "=r"(high)
			 : "r"(TWIN_PAGE)
			 : "memory");
	return mix(low, high);
}

static uint64_t floating(void)
{
	uint64_t value;

	__asm__ volatile("fninit; fildq (%1); fld1; faddp; fistpq 8(%1); movq 8(%1), %0"
			 : "=r"(value)
			 : "r"(TWIN_PAGE)
			 : "memory");
	return value;
}

static uint64_t saved_state(void)
{
	return RUN("fninit; fnstcw 2(%%rdx); fldcw 2(%%rdx); stmxcsr 4(%%rdx); ldmxcsr 4(%%rdx); movq (%%rdx), %%rax",
		   0, A, B, 0);
}

static uint64_t divided(void)
{
	uint64_t quotient = 1234567, remainder = 0;

	__asm__ volatile("movl $1000, (%2); divl (%2); imull $77, (%2), %%ecx; addl %%ecx, %%eax"
			 : "+a"(quotient), "+d"(remainder)
			 : "S"(TWIN_PAGE)
			 : "rcx", "memory", "cc");
	return mix(quotient, remainder);
}

static uint64_t jumped(void)
{
	return RUN("leaq 1f(%%rip), %%rsi; movq %%rsi, (%%rdx); jmp *(%%rdx); movl $1, %%eax; 1: movq $0, (%%rdx)\n\t"
		   "xorl %%esi, %%esi",
		   0, A, B, 0);
}

/* mov $7, %eax; inc %eax; ret */
static uint64_t code_on_it(void)
{
	uint64_t value;

	__asm__ volatile("movabsq $0xc3c0ff00000007b8, %%rcx; movq %%rcx, (%1); call *%1"
			 : "=&a"(value)
			 : "r"(TWIN_PAGE)
			 : "rcx", "memory", "cc");
	return value;
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	static uint64_t (*const piece[TWIN_COUNT])(void) = {
#define TWIN_FUNCTION(name_) [TWIN_##name_] = name_,
		TWIN_PIECES(TWIN_FUNCTION)
#undef TWIN_FUNCTION
	};
	volatile uint64_t *page = (volatile uint64_t *)TWIN_PAGE;
	struct message m = {.order = RESULT_OK};

	(void)a, (void)b, (void)c, (void)d;
	while (message_call(CHILD_SLOT_PARENT, &m) != RESULT_NULL) {
		uint64_t which = m.word[0] % TWIN_COUNT, sum;

		page[0] = A;
		page[1] = B;
		sum = piece[which]();
		m.word[0] = mix(mix(sum, page[0]), page[1]);
		m.order = RESULT_OK;
	}
}
