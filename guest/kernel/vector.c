/* vector.c: whose vector state is in the CPU, and its areas. */
#include "guest/kernel/vector.h"

#include "guest/kernel/cpu.h"

#include <string.h>

/*
 * What is saved: x87, SSE, AVX and AVX-512, whose areas in the standard format end at
 * MACHINE_VECTOR_AREA. Intel SDM Vol 1, "XSAVE-Managed Features".
 */
#define COMPONENTS 0xe7u
#define CONTROL_WORD 0x37fu /* x87: all exceptions masked */
#define MXCSR_OFFSET 24
#define MXCSR 0x1f80u

static struct {
	struct process *owner; /* of what is in the CPU's registers; NULL: of nobody */
	bool has_xsave;
} vector;

static void save(uint8_t *area)
{
	if (vector.has_xsave)
		__asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(COMPONENTS), "d"(0) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

static void restore(const uint8_t *area)
{
	if (vector.has_xsave)
		__asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(COMPONENTS), "d"(0) : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

/* Without XSAVE, or where it is not enabled, user code has no more than x87 and SSE either. */
void vector_init(void)
{
	vector.has_xsave = cpu_has_xsave();
}

void vector_load(struct process *p)
{
	if (vector.owner == p)
		return;
	if (vector.owner)
		save(kernel_vector_area(vector.owner));
	restore(kernel_vector_area(p));
	vector.owner = p;
}

void vector_drop(const struct process *p)
{
	if (vector.owner == p)
		vector.owner = NULL;
}

void machine_vector_save(struct process *p)
{
	if (vector.owner != p)
		return;
	save(kernel_vector_area(p));
	vector.owner = NULL;
}

void machine_vector_reset(uint8_t area[MACHINE_VECTOR_AREA])
{
	uint16_t control = CONTROL_WORD;
	uint32_t mxcsr = MXCSR;

	memset(area, 0, MACHINE_VECTOR_AREA);
	memcpy(area, &control, sizeof(control));
	memcpy(area + MXCSR_OFFSET, &mxcsr, sizeof(mxcsr));
}
