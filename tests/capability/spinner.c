/*
 * A program that never waits, for `preempt`: it looks at its own vector, x87 and segment state until its time is over.
 * RSI: cycles. FS's base is its image. It calls its parent with: 1 if all stayed as it was, when it began and ended.
 */
#include "guest/user/lib/child.h"
#include "guest/user/lib/start.h"

static uint64_t value;

static uint64_t now(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct message m = {.word = {0, now()}};
	uint64_t xmm, name, back = 0;

	(void)c, (void)d;
	value = b;
	__asm__ volatile("movq %0, %%xmm7\n\tfildq %1" : : "r"(b), "m"(value));
	while (now() - m.word[1] < a)
		;
	__asm__ volatile("movq %%xmm7, %0\n\tfistpq %1" : "=r"(xmm), "=m"(back));
	__asm__ volatile("movq %%fs:%c1, %0" : "=r"(name) : "i"(START_NAME_OFFSET));
	m.word[0] = xmm == b && back == b && name == *(const uint64_t *)(START_ADDRESS + START_NAME_OFFSET);
	m.word[2] = now();
	message_call(CHILD_SLOT_PARENT, &m);
}
