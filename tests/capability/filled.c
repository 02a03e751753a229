/*
 * A program for `vectors` that fills its x87, SSE, AVX and AVX-512 registers, as far as the CPU has them, and says
 * later whether they are still as it left them.
 */
#include "tests/capability/filled.h"

#include "guest/user/lib/message.h"
#include "guest/user/lib/start.h"

#include <stdbool.h>

#define SLOT_REPLY 11

/* An area of XSAVE in the standard format: Intel SDM Vol 1, "XSAVE Area". */
#define AREA 4096
#define X87_AT 32 /* eight registers of 10 bytes, 16 apart */
#define SSE_AT 160
#define SSE_SIZE 256
#define MXCSR_AT 24
#define STATE_BV_AT 512
#define COMPONENTS 0xe7u /* x87, SSE, AVX, AVX-512 */
#define LEGACY 0x3u

static uint8_t area[AREA] __attribute__((aligned(64)));

static void cpuid(uint32_t leaf, uint32_t index, uint32_t out[4])
{
	__asm__ volatile("cpuid" : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3]) : "a"(leaf), "c"(index));
}

static bool has_xsave(void)
{
	uint32_t out[4];

	cpuid(1, 0, out);
	return (out[2] >> 26 & 3) == 3; /* XSAVE, OSXSAVE */
}

static uint32_t components(void)
{
	uint32_t low, high;

	if (!has_xsave())
		return LEGACY;
	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low & COMPONENTS;
}

static void save(void)
{
	for (unsigned i = 0; i < AREA; i++)
		area[i] = 0;
	if (has_xsave())
		__asm__ volatile("xsave64 %0" : "+m"(area) : "a"(COMPONENTS), "d"(0));
	else
		__asm__ volatile("fxsave64 %0" : "+m"(area));
}

static void restore(void)
{
	if (has_xsave())
		__asm__ volatile("xrstor64 %0" : : "m"(area), "a"(COMPONENTS), "d"(0));
	else
		__asm__ volatile("fxrstor64 %0" : : "m"(area));
}

/* Each byte of a register that is another one; `set` makes it that one. */
static uint64_t others(unsigned at, unsigned size, uint8_t byte, bool set)
{
	uint64_t count = 0;

	for (unsigned i = at; i < at + size && i < AREA; i++) {
		count += area[i] != byte;
		if (set)
			area[i] = byte;
	}
	return count;
}

static uint64_t all_others(uint8_t byte, bool set)
{
	uint32_t has = components(), out[4];
	uint64_t count = others(SSE_AT, SSE_SIZE, byte, set);

	for (unsigned i = 0; i < 8; i++)
		count += others(X87_AT + 16 * i, 10, byte, set);
	for (unsigned i = 2; i < 8; i++)
		if (has >> i & 1) {
			cpuid(0xd, i, out);
			count += others(out[1], out[0], byte, set);
		}
	return count;
}

static void fill(uint8_t byte)
{
	save();
	all_others(byte, true);
	area[STATE_BV_AT] = (uint8_t)components();
	area[MXCSR_AT] = 0x80; /* the initial value: 0x1f80 */
	area[MXCSR_AT + 1] = 0x1f;
	restore();
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct message m = {.order = RESULT_OK};
	uint64_t to = 0;

	(void)a, (void)b, (void)c, (void)d;
	for (;;) {
		m.receive = MESSAGE_REPLY(SLOT_REPLY);
		invoke(INVOKE_RETURN, to, &m);
		to = SLOT_REPLY;
		if (m.order == FILLED_LOOK) {
			save();
			m.word[0] = all_others((uint8_t)m.word[0], false);
		} else if (m.order == FILLED_FILL) {
			fill((uint8_t)m.word[0]);
		} else {
			m.word[0] = components();
		}
		m.order = RESULT_OK;
	}
}
