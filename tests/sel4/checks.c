/* checks.c: one instruction each, or a few. */
#include "checks.h"

static uint64_t bytes(uint8_t *memory)
{
	volatile uint8_t *at = memory;
	uint64_t sum = 0;

	for (unsigned i = 0; i < CHECK_BYTES; i++)
		at[i] = (uint8_t)(at[i] + i);
	for (unsigned i = 0; i < CHECK_BYTES; i++)
		sum = sum * 31 + at[i];
	return sum;
}

static uint64_t widths(uint8_t *memory)
{
	uint64_t a, b, c, d;

	__asm__ volatile("movb $0x81, 3(%4); movw $0x8283, 8(%4); movl $0x84858687, 17(%4); movq $-7, 32(%4)\n"
			 "movzbl 3(%4), %k0; movswq 8(%4), %1; movslq 17(%4), %2; movq 29(%4), %3"
			 : "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(d)
			 : "r"(memory)
			 : "memory");
	return a ^ b << 8 ^ c << 16 ^ d;
}

static uint64_t lock_xadd(uint8_t *memory)
{
	uint64_t byte = 0x7f, word = 0x1234, dword = 0x9abcdef0, qword = 0x1122334455667788;

	__asm__ volatile("lock xaddb %b0, 1(%4); lock xaddw %w1, 2(%4); lock xaddl %k2, 4(%4); lock xaddq %3, 8(%4)"
			 : "+q"(byte), "+r"(word), "+r"(dword), "+r"(qword)
			 : "r"(memory)
			 : "memory");
	return byte ^ word << 8 ^ dword << 16 ^ qword;
}

static uint64_t compare_and_exchange(uint8_t *memory)
{
	uint64_t found = *(volatile uint64_t *)memory, other = found + 1;
	uint8_t did, did_again;

	__asm__ volatile("lock cmpxchgq %3, (%4); setz %0\n"
			 "lock cmpxchgq %3, (%4); setz %1"
			 : "=&q"(did), "=&q"(did_again), "+a"(found)
			 : "r"(other), "r"(memory)
			 : "memory", "cc");
	return found << 2 ^ did << 1 ^ did_again;
}

static uint64_t compare_16_bytes(uint8_t *memory)
{
	uint64_t low = ((volatile uint64_t *)memory)[2], high = ((volatile uint64_t *)memory)[3];
	uint8_t did;

	__asm__ volatile("lock cmpxchg16b 16(%3); setz %0"
			 : "=q"(did), "+a"(low), "+d"(high)
			 : "r"(memory), "b"(0x1111111122222222), "c"(0x3333333344444444)
			 : "memory", "cc");
	return low ^ high ^ did;
}

static uint64_t modify(uint8_t *memory)
{
	uint64_t flags, value = 0x55;

	__asm__ volatile("lock incl (%2); lock btsq $3, 8(%2); xchgw %w1, 6(%2); negb 20(%2); addq $-1, 24(%2)\n"
			 "pushfq; popq %0"
			 : "=&r"(flags), "+r"(value)
			 : "r"(memory)
			 : "memory", "cc");
	return value ^ (flags & 0x8d5) << 32; /* the flags of arithmetic */
}

static uint64_t stack(uint8_t *memory)
{
	uint64_t value;

	__asm__ volatile("pushq 8(%1); popq 40(%1); pushq $77; popq 48(%1); movq 40(%1), %0"
			 : "=&r"(value)
			 : "r"(memory)
			 : "memory");
	return value;
}

/* Within it, into it, out of it, and looked through. */
static uint64_t strings(uint8_t *memory)
{
	uint8_t own[64];
	uint8_t *from = memory, *to = memory + 64;
	uint64_t count = 61, sum = 0;

	__asm__ volatile("rep movsb" : "+S"(from), "+D"(to), "+c"(count) : : "memory");
	to = memory + 128;
	count = 9;
	__asm__ volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(0x0102030405060708) : "memory");
	from = memory + 60;
	to = own;
	count = sizeof(own) / 4;
	__asm__ volatile("rep movsl" : "+S"(from), "+D"(to), "+c"(count) : : "memory");
	to = memory;
	count = CHECK_BYTES;
	__asm__ volatile("repne scasb" : "+D"(to), "+c"(count) : "a"(8) : "memory", "cc");
	for (unsigned i = 0; i < sizeof(own); i++)
		sum = sum * 31 + own[i];
	return sum ^ count << 56;
}

static uint64_t vectors(uint8_t *memory)
{
	uint64_t low, high;

	__asm__ volatile("movdqu 3(%2), %%xmm0; paddb 16(%2), %%xmm0; movdqa %%xmm0, 32(%2)\n"
			 "movups %%xmm0, 51(%2); movq 32(%2), %%xmm1; cvtsi2sdl 16(%2), %%xmm1; movhpd %%xmm1, 80(%2)\n"
			 "punpcklqdq %%xmm1, %%xmm0; movq %%xmm0, %0; psrldq $8, %%xmm0; movq %%xmm0, %1"
			 : "=&r"(low), "=&r"(high)
			 : "r"(memory)
			 : "memory"); /* xmm0 and xmm1 too: no code of the compiler's uses them */
	return low ^ high;
}

const struct check checks[] = {
	{"bytes", bytes},
	{"loads and stores of each width", widths},
	{"lock xadd", lock_xadd},
	{"lock cmpxchg", compare_and_exchange},
	{"lock cmpxchg16b", compare_16_bytes},
	{"read-modify-write", modify},
	{"push and pop", stack},
	{"strings", strings},
	{"SSE", vectors},
};
const unsigned nchecks = sizeof(checks) / sizeof(checks[0]);
