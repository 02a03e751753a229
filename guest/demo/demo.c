/*
 * demo.c: the same program on an ordinary page and on a virtual one.
 *
 * A bare guest at CPL 3. It does loads, stores and read-modify-writes of several
 * widths to the page at rbx's address and to the one at rcx's, prints what each
 * gave on the serial line, and ends with status 0 if they agree. It cannot tell
 * which of the two is memory and which is a keeper.
 */
#include <stdint.h>

#define COM1 0x3f8
#define DEBUG_EXIT 0xf4

static void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void print(const char *text)
{
	for (; *text; text++)
		out8(COM1, (uint8_t)*text);
}

static void print_hex(uint64_t value)
{
	print("0x");
	for (int shift = 60; shift >= 0; shift -= 4)
		out8(COM1, (uint8_t) "0123456789abcdef"[(value >> shift) & 15]);
}

/* One number that depends on every value that the page gave back. */
static uint64_t exercise(volatile uint64_t *page)
{
	volatile uint8_t *bytes = (volatile uint8_t *)page;
	uint64_t sum, old = 0x5a5a;

	page[0] = 0x1122334455667788;
	sum = page[0];
	bytes[3] = 0xee;
	sum = sum * 31 + page[0];
	__asm__ volatile("lock addq %1, %0" : "+m"(page[0]) : "r"(sum) : "cc");
	__asm__ volatile("xchgq %0, %1" : "+r"(old), "+m"(page[0]));
	sum = sum * 31 + old;
	__asm__ volatile("cld; rep stosb" : : "D"(&bytes[64]), "a"(0x42), "c"(4) : "memory");
	return sum * 31 + page[8] + *(volatile uint32_t *)&bytes[62];
}

void demo(volatile uint64_t *ordinary, volatile uint64_t *virtual_page);
void demo(volatile uint64_t *ordinary, volatile uint64_t *virtual_page)
{
	uint64_t a = exercise(ordinary), b = exercise(virtual_page);

	print("ordinary page: ");
	print_hex(a);
	print("\r\nvirtual page:  ");
	print_hex(b);
	print(a == b ? "\r\nthe same\r\n" : "\r\nDIFFERENT\r\n");
	out8(DEBUG_EXIT, a != b);
	for (;;)
		;
}
