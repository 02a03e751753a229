#include "vmm/execute/vector_write.h"

#include <stdbool.h>
#include <string.h>

#define XSTATE_BV 512 /* Intel SDM Vol 1, "XSAVE Header" */
#define MXCSR 24
#define MXCSR_DEFAULT 0x1f80u

enum component { COMPONENT_XMM = 1, COMPONENT_YMM_HIGH, COMPONENT_MASKS = 5, COMPONENT_ZMM_HIGH, COMPONENT_ZMM_16_31 };

static bool all_zero(const uint8_t *bytes, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

/* Make the area's bytes of a component count. */
static void leave_initial_state(struct vector_state *vector, unsigned component, uint64_t present)
{
	uint32_t mxcsr = MXCSR_DEFAULT;

	/* MXCSR counts where either of the two is in use */
	if (!(present & (XSTATE_SSE | XSTATE_AVX)) && component <= COMPONENT_YMM_HIGH)
		memcpy(vector->area + MXCSR, &mxcsr, sizeof(mxcsr));
	memset(vector->area + vector->layout.offset[component], 0, vector->layout.size[component]);
	present |= 1ull << component;
	memcpy(vector->area + XSTATE_BV, &present, sizeof(present));
}

static void write_component(struct vector_state *vector, unsigned component, unsigned at, unsigned n,
			    const uint8_t *bytes)
{
	uint64_t present;

	if (!(vector->features >> component & 1) || at + n > vector->layout.size[component])
		return;
	memcpy(&present, vector->area + XSTATE_BV, sizeof(present));
	if (!(present >> component & 1)) {
		if (all_zero(bytes, n))
			return;
		leave_initial_state(vector, component, present);
	}
	memcpy(vector->area + vector->layout.offset[component] + at, bytes, n);
}

void vector_write_register(struct vector_state *vector, unsigned reg, const uint8_t bytes[64])
{
	if (reg >= 16) {
		write_component(vector, COMPONENT_ZMM_16_31, 64 * (reg - 16), 64, bytes);
		return;
	}
	write_component(vector, COMPONENT_XMM, 16 * reg, 16, bytes);
	write_component(vector, COMPONENT_YMM_HIGH, 16 * reg, 16, bytes + 16);
	write_component(vector, COMPONENT_ZMM_HIGH, 32 * reg, 32, bytes + 32);
}

void vector_write_mask(struct vector_state *vector, unsigned reg, uint64_t value)
{
	uint8_t bytes[8];

	memcpy(bytes, &value, sizeof(bytes));
	write_component(vector, COMPONENT_MASKS, 8 * (reg & 7), 8, bytes);
}
