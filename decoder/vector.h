/*
 * vector.h: x87, MXCSR, XMM, YMM, ZMM and mask registers of a vCPU.
 *
 * The bytes are an XSAVE area in the standard (non-compacted) format, as
 * KVM_GET_XSAVE gives it, and are loaded and stored by XRSTOR and XSAVE.
 * Source: Intel SDM Vol 1, "Managing State Using the XSAVE Feature Set".
 */
#ifndef DECODER_VECTOR_H
#define DECODER_VECTOR_H

#include <stdbool.h>
#include <stdint.h>

#define XSAVE_AREA 4096

#define XSTATE_X87 0x1ull
#define XSTATE_SSE 0x2ull
#define XSTATE_AVX 0x4ull
#define XSTATE_ZMM_HIGH 0x40ull /* the upper halves of ZMM0-15 */
#define XSTATE_AVX512 0xe0ull

#define XSTATE_COMPONENTS 10 /* 0 x87, 1 SSE, 2 AVX, 5 masks, 6 upper halves of ZMM0-15, 7 ZMM16-31, 9 PKRU */

/*
 * Where the components stand in the standard format, bytes; CPUs differ. The area
 * is the host's (KVM gives it so), hence so is the layout. size 0: there is none.
 */
struct vector_layout {
	uint16_t offset[XSTATE_COMPONENTS];
	uint16_t size[XSTATE_COMPONENTS];
	bool has_xsaves; /* the kernel saves with XSAVES: see vector_settle() */
};

/* This host's, by CPUID leaf 0Dh. Slow in a virtual machine: once. */
void vector_layout_read(struct vector_layout *out);

struct vector_state {
	_Alignas(64) uint8_t area[XSAVE_AREA];
	uint64_t features; /* XCR0 of the guest: which components are valid and may be touched */
	struct vector_layout layout;
};

/*
 * To be called with what KVM_GET_XSAVE gave. XSAVES writes no MXCSR where SSE is in its
 * initial state, MXCSR included, and the kernel then gives an old one: put the initial
 * one there. Intel SDM Vol 1, "Operation of XSAVES"; measured.
 */
void vector_settle(struct vector_state *vector);

/* Where, in the standard format, the last of the named components that the guest has ends; at least after the header.
 */
unsigned vector_end(const struct vector_state *vector, uint64_t named);

/* Register 0..31 as ZMM: what of it the vCPU does not have or never set is 0. */
void vector_register(const struct vector_state *vector, unsigned reg, uint8_t out[64]);

/* Mask register 0..7, and MMX register 0..7. */
uint64_t vector_mask_register(const struct vector_state *vector, unsigned reg);
uint64_t vector_mmx(const struct vector_state *vector, unsigned reg);

/*
 * From x87 to MMX state, as any MMX instruction does it: TOP becomes 0 and all registers valid, the MMX
 * registers stay. Intel SDM Vol 1, "The MMX State and MMX Register Aliasing".
 */
void vector_enter_mmx(struct vector_state *vector);

#endif
