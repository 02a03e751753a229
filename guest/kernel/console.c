/* console.c: the serial line by COM1, and the port that ends the machine. */
#include "guest/kernel/console.h"

#include "guest/kernel/cpu.h"
#include "guest/kernel/machine.h"
#include "guest/kernel/trap.h"

#include <string.h>

#define COM1 0x3f8
#define DEBUG_EXIT 0xf4
#define STATUS_PANIC 0xee

static void write(const char *bytes, uint64_t size)
{
	__asm__ volatile("rep outsb" : "+S"(bytes), "+c"(size) : "d"(COM1) : "memory");
}

/* Lines end as a serial terminal wants them. */
void machine_write(const char *bytes, size_t size)
{
	size_t from = 0;

	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != '\n')
			continue;
		write(bytes + from, i - from);
		write("\r\n", 2);
		from = i + 1;
	}
	write(bytes + from, size - from);
}

void machine_exit(uint8_t status)
{
	cpu_out8(DEBUG_EXIT, status);
	for (;;)
		cpu_stop();
}

static void print(const char *text)
{
	size_t size = 0;

	while (text[size])
		size++;
	machine_write(text, size);
}

static void print_hex(const char *name, uint64_t value)
{
	char digits[16];

	for (unsigned i = 0; i < 16; i++)
		digits[i] = "0123456789abcdef"[(value >> (60 - 4 * i)) & 15];
	print(name);
	machine_write(digits, sizeof(digits));
}

void machine_panic(const char *why)
{
	print("\nkernel: ");
	print(why);
	print("\n");
	machine_exit(STATUS_PANIC);
}

void console_panic_at(unsigned vector, uint64_t code)
{
	const struct process_registers *r = trap_last_registers();

	print_hex("\nkernel: exception ", vector);
	print_hex(" code ", code);
	print_hex(" rip ", r->rip);
	print_hex(" rsp ", r->rsp);
	print_hex(" cr2 ", cpu_cr2());
	machine_panic("an exception of its own");
}
