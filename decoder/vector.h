/*
 * vector.h: x87, MXCSR, XMM, YMM, ZMM and mask registers of a vCPU.
 *
 * The bytes are an XSAVE area in the standard (non-compacted) format, as
 * KVM_GET_XSAVE gives it, and are loaded and stored by XRSTOR and XSAVE.
 * Source: Intel SDM Vol 1, "Managing State Using the XSAVE Feature Set".
 */
#ifndef DECODER_VECTOR_H
#define DECODER_VECTOR_H

#include <stdint.h>

#define XSAVE_AREA 4096

#define XSTATE_X87 0x1ull
#define XSTATE_SSE 0x2ull
#define XSTATE_AVX 0x4ull
#define XSTATE_AVX512 0xe0ull

struct vector_state {
	_Alignas(64) uint8_t area[XSAVE_AREA];
	uint64_t features; /* XCR0 of the guest: which components are valid and may be touched */
};

#endif
