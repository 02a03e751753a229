#include "decoder/vector.h"
#include "vmm/execute/vector_host.h"

#include <cpuid.h>
#include <stdbool.h>
#include <string.h>

#define HEADER 512 /* XSTATE_BV; Intel SDM Vol 1, "XSAVE Header" */
#define XCOMP_BV 520
#define MXCSR 24
#define MXCSR_MASK 28
#define FOP 6
#define FOP_BITS 0x7ff
#define FIP 8
#define FDP 16
#define MXCSR_DEFAULT 0x1f80u
#define CPUID_OSXSAVE 0x08000000u
#define KNOWN (XSTATE_X87 | XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512)

static uint64_t get64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint32_t get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t read_xcr0(void)
{
	uint32_t low, high;

	__asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (uint64_t)high << 32 | low;
}

/* Which MXCSR bits this CPU has. Intel SDM Vol 1, "Guidelines for Writing to the MXCSR Register". */
static uint32_t read_mxcsr_mask(void)
{
	_Alignas(16) uint8_t area[512] = {0};
	uint32_t mask;

	__asm__ volatile("fxsave64 %0" : "=m"(area));
	mask = get32(area + MXCSR_MASK);
	return mask ? mask : 0xffbf;
}

bool vector_host_read(struct vector_host *host)
{
	unsigned a, b, c = 0, d;

	memset(host, 0, sizeof(*host));
	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & CPUID_OSXSAVE))
		return false;
	host->xcr0 = read_xcr0();
	host->mxcsr_mask = read_mxcsr_mask();
	return true;
}

bool vector_admit(const struct vector_host *host, struct vector_state *vector, uint64_t *mask)
{
	uint64_t present = get64(vector->area + HEADER);
	uint32_t mxcsr = MXCSR_DEFAULT;

	if ((present & ~host->xcr0) || get64(vector->area + XCOMP_BV) || get64(vector->area + XCOMP_BV + 8))
		return false;
	*mask = vector->features & host->xcr0 & KNOWN;
	if ((*mask & (XSTATE_X87 | XSTATE_SSE)) != (XSTATE_X87 | XSTATE_SSE))
		return false;
	/* XRSTOR takes MXCSR from the area even where XSTATE_BV says that all is in its initial state */
	if (!(present & (XSTATE_SSE | XSTATE_AVX)))
		memcpy(vector->area + MXCSR, &mxcsr, sizeof(mxcsr));
	return !(get32(vector->area + MXCSR) & ~host->mxcsr_mask);
}

void vector_after(struct vector_state *vector)
{
	uint64_t present = get64(vector->area + HEADER) | XSTATE_SSE;

	/* XSTATE_BV does not follow MXCSR, but who reads the area may not look at MXCSR without it */
	if (get32(vector->area + MXCSR) != MXCSR_DEFAULT)
		memcpy(vector->area + HEADER, &present, sizeof(present));
}

static uint16_t get16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

void vector_x87_at(struct vector_state *vector, const struct vector_x87 *stub, const struct vector_x87 *guest)
{
	uint16_t opcode = guest->opcode & FOP_BITS;

	if (get64(vector->area + FIP) != stub->ip)
		return;
	memcpy(vector->area + FIP, &guest->ip, sizeof(guest->ip));
	if (get64(vector->area + FDP) == stub->operand)
		memcpy(vector->area + FDP, &guest->operand, sizeof(guest->operand));
	if (get16(vector->area + FOP) == (stub->opcode & FOP_BITS))
		memcpy(vector->area + FOP, &opcode, sizeof(opcode));
}
