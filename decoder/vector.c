#include "decoder/vector.h"

#include <cpuid.h>
#include <string.h>

#define XSTATE_BV 512 /* Intel SDM Vol 1, "XSAVE Header" */
#define HEADER_END 576
#define FCW_DEFAULT 0x37f
#define FSW 2
#define FSW_TOP 0x38 /* of its high byte */
#define TAGS 4
#define MXCSR 24
#define MXCSR_DEFAULT 0x1f80u
#define CPUID_XSAVES 0x8u
#define ST0 32
#define XMM0 160

enum component { COMPONENT_YMM_HIGH = 2, COMPONENT_MASKS = 5, COMPONENT_ZMM_HIGH, COMPONENT_ZMM_16_31 };

/* Intel SDM Vol 2, "CPUID", leaf 0Dh; Vol 1, "Legacy Region of an XSAVE Area". */
void vector_layout_read(struct vector_layout *out)
{
	struct vector_layout layout = {.offset = {0, XMM0}, .size = {XMM0, 256}};
	unsigned a, b, c, d;

	for (unsigned i = COMPONENT_YMM_HIGH; i < XSTATE_COMPONENTS; i++) {
		unsigned size = 0, offset = 0;

		if (!__get_cpuid_count(0xd, i, &size, &offset, &c, &d) || !offset || offset > XSAVE_AREA ||
		    size > XSAVE_AREA - offset)
			continue;
		layout.offset[i] = (uint16_t)offset;
		layout.size[i] = (uint16_t)size;
	}
	layout.has_xsaves = __get_cpuid_count(0xd, 1, &a, &b, &c, &d) && (a & CPUID_XSAVES);
	*out = layout;
}

void vector_settle(struct vector_state *vector)
{
	uint32_t mxcsr = MXCSR_DEFAULT;
	uint64_t present;

	memcpy(&present, vector->area + XSTATE_BV, sizeof(present));
	if (vector->layout.has_xsaves && !(present & XSTATE_SSE))
		memcpy(vector->area + MXCSR, &mxcsr, sizeof(mxcsr));
}

unsigned vector_end(const struct vector_state *vector, uint64_t named)
{
	unsigned end = HEADER_END;

	for (unsigned i = COMPONENT_YMM_HIGH; i < XSTATE_COMPONENTS; i++) {
		unsigned last = (unsigned)vector->layout.offset[i] + vector->layout.size[i];

		if (vector->features & named & 1ull << i && vector->layout.size[i] && last <= XSAVE_AREA && last > end)
			end = last;
	}
	return end;
}

/* n bytes of a component, from its byte `at` on; zeros if it is absent or in its initial state. */
static void component_bytes(const struct vector_state *vector, unsigned component, unsigned at, unsigned n,
			    uint8_t *out)
{
	uint64_t present;

	memcpy(&present, vector->area + XSTATE_BV, sizeof(present));
	memset(out, 0, n);
	if (at + n <= vector->layout.size[component] && (present & vector->features & 1ull << component))
		memcpy(out, vector->area + vector->layout.offset[component] + at, n);
}

void vector_register(const struct vector_state *vector, unsigned reg, uint8_t out[64])
{
	if (reg >= 16) {
		component_bytes(vector, COMPONENT_ZMM_16_31, 64 * (reg - 16), 64, out);
		return;
	}
	component_bytes(vector, 1, 16 * reg, 16, out);
	component_bytes(vector, COMPONENT_YMM_HIGH, 16 * reg, 16, out + 16);
	component_bytes(vector, COMPONENT_ZMM_HIGH, 32 * reg, 32, out + 32);
}

uint64_t vector_mask_register(const struct vector_state *vector, unsigned reg)
{
	uint8_t bytes[8];
	uint64_t value;

	component_bytes(vector, COMPONENT_MASKS, 8 * (reg & 7), 8, bytes);
	memcpy(&value, bytes, sizeof(value));
	return value;
}

/* The area holds ST(0)..ST(7); MM registers are the physical ones. Intel SDM Vol 1, "MMX Registers". */
uint64_t vector_mmx(const struct vector_state *vector, unsigned reg)
{
	uint8_t fsw[2], bytes[8];
	uint64_t value;
	unsigned top;

	component_bytes(vector, 0, FSW, 2, fsw);
	top = fsw[1] >> 3 & 7;
	component_bytes(vector, 0, ST0 + 16 * ((reg - top) & 7), 8, bytes);
	memcpy(&value, bytes, sizeof(value));
	return value;
}

void vector_enter_mmx(struct vector_state *vector)
{
	uint8_t *area = vector->area, physical[128];
	uint64_t present;
	unsigned top;

	memcpy(&present, area + XSTATE_BV, sizeof(present));
	if (!(present & XSTATE_X87)) {
		memset(area, 0, MXCSR);
		memset(area + ST0, 0, sizeof(physical));
		memcpy(area, &(uint16_t){FCW_DEFAULT}, sizeof(uint16_t));
		present |= XSTATE_X87;
		memcpy(area + XSTATE_BV, &present, sizeof(present));
	}
	top = area[FSW + 1] >> 3 & 7;
	for (unsigned i = 0; i < 8; i++)
		memcpy(physical + 16 * ((top + i) & 7), area + ST0 + 16 * i, 16);
	memcpy(area + ST0, physical, sizeof(physical));
	area[FSW + 1] &= (uint8_t)~FSW_TOP;
	area[TAGS] = 0xff;
}
