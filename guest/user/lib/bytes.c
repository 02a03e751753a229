/* bytes.c: what the compiler calls by itself. */
#include <stddef.h>
#include <stdint.h>

void *memset(void *at, int byte, size_t size);
void *memcpy(void *to, const void *from, size_t size);
int memcmp(const void *a, const void *b, size_t size);

void *memset(void *at, int byte, size_t size)
{
	void *next = at;

	__asm__ volatile("rep stosb" : "+D"(next), "+c"(size) : "a"(byte) : "memory");
	return at;
}

void *memcpy(void *to, const void *from, size_t size)
{
	void *next = to;

	__asm__ volatile("rep movsb" : "+D"(next), "+S"(from), "+c"(size) : : "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *x = a, *y = b;

	for (; size; size--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}
