/*
 * numbers.c: pseudo-random numbers, worked out in pages at an address that nobody else uses, and told to a trace.
 *
 * Compiled by tcc in the guest. tests/virtio/run has the address and the size as well.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <unistd.h>

#define AT ((uint32_t *)0x100000000000)
#define BYTES (8 * 4096)
#define PORT_MARK 0x6c6c /* guest/abi/mark.h */

static void mark(unsigned number)
{
	__asm__ volatile("outl %0, %1" : : "a"(number), "d"((unsigned short)PORT_MARK));
}

int main(void)
{
	uint32_t *at =
		mmap(AT, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1, 0);
	uint32_t x = 1;
	unsigned count = BYTES / sizeof(*at);

	if (at != AT || iopl(3) < 0)
		return 1;
	mark(1); /* the pages are there: from here on they are kept */
	for (unsigned i = 0; i < count; i += 8) {
		x = x * 1664525 + 1013904223;
		at[i] = x;
	}
	mark(2);
	for (unsigned i = 0; i < count; i += 8) {
		x = at[i];
		for (unsigned j = 0; j < 20; j++)
			printf("%u\n", (unsigned)(x >> j % 16) ^ j * 2654435761u);
	}
	fclose(stdout);
	if (fork() == 0)
		pause(); /* the pages stay what they are: nobody else gets them */
	return 0;
}
