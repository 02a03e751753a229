/*
 * client.c: the client itself. It cannot tell what stands at CHILD_OBJECT.
 */
#include "guest/user/program/client.h"

#include "guest/user/lib/start.h"

/* If it faults, who handles the fault lets it go on where R15 says: client_parent.c. */
#define GUARDED(instruction_, result_, address_, value_)                                                               \
	__asm__ volatile("leaq 1f(%%rip), %%r15\n\t" instruction_ "\n1:"                                               \
			 : "+a"(result_)                                                                               \
			 : "d"(address_), "b"(value_)                                                                  \
			 : "rsi", "rdi", "r15", "memory", "cc")

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

static uint64_t now(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

static uint64_t time_loads(volatile uint64_t *at, uint64_t n)
{
	uint64_t before = now();

	for (uint64_t i = 0; i < n; i++)
		(void)*at;
	return now() - before;
}

static uint64_t time_calls(uint64_t n)
{
	uint64_t before = now();

	for (uint64_t i = 0; i < n; i++)
		message_ask(START_SLOT_CLOCK, CLOCK_NOW, 0, 0, 0, 0);
	return now() - before;
}

/* The client negotiates itself, and maps what it gets. */
static uint64_t connect(uint64_t order)
{
	uint64_t result = message_ask(CHILD_SLOT_TARGET, order, 0, 0, 0, CHILD_SLOT_FREE);

	if (result != RESULT_OK)
		return result;
	return message_ask(START_SLOT_SPACE, SPACE_SET, CHILD_OBJECT_SLOT, 0, CHILD_SLOT_FREE, 0);
}

static uint64_t obey(uint64_t command, uint64_t offset, uint64_t word)
{
	uint64_t at = CHILD_OBJECT + offset, result = 0;

	switch (command) {
	case CLIENT_LOAD:
		GUARDED("movq (%%rdx), %%rax", result, at, word);
		break;
	case CLIENT_STORE:
		GUARDED("movq %%rbx, (%%rdx)", result, at, word);
		break;
	case CLIENT_ADD:
		result = word;
		GUARDED("lock xaddq %%rax, (%%rdx)", result, at, word);
		break;
	case CLIENT_MOVE:
		word += CHILD_OBJECT;
		GUARDED("movq %%rdx, %%rsi; movq %%rbx, %%rdi; movsq", result, at, word);
		break;
	case CLIENT_SEGMENT:
		GUARDED("movw (%%rdx), %%fs", result, at, word);
		break;
	case CLIENT_FAR:
		GUARDED("lfsl (%%rdx), %%esi", result, at, word);
		break;
	case CLIENT_EXERCISE:
		return exercise((volatile uint64_t *)at);
	case CLIENT_TIME_LOADS:
		return time_loads((volatile uint64_t *)at, word);
	case CLIENT_TIME_CALLS:
		return time_calls(word);
	case CLIENT_CONNECT:
		return connect(word);
	default:
		break;
	}
	return result;
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct message m = {.order = CLIENT_DONE};

	(void)a, (void)b, (void)c, (void)d;
	while (message_call(CHILD_SLOT_PARENT, &m) != RESULT_NULL) {
		m.word[0] = obey(m.order, m.word[0], m.word[1]);
		m.order = CLIENT_DONE;
	}
}
