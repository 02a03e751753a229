/*
 * features.h: which instructions a guest's CPU has, by its CPUID.
 *
 * A record of what was offered to the guest. An instruction of a class that is
 * not in it raises #UD, whatever the host's CPU has.
 */
#ifndef VMM_EXECUTE_FEATURES_H
#define VMM_EXECUTE_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

/* Intel SDM Vol 2, "CPUID"; AMD APM Vol 3, "Obtaining Processor Information Via the CPUID Instruction". */
enum feature {
	FEATURE_ALWAYS, /* every CPU of 64 bits has it */
	FEATURE_MMX,
	FEATURE_FXSR,
	FEATURE_SSE,
	FEATURE_SSE2,
	FEATURE_SSE3,
	FEATURE_SSSE3,
	FEATURE_SSE4_1,
	FEATURE_SSE4_2,
	FEATURE_SSE4A,
	FEATURE_POPCNT,
	FEATURE_MOVBE,
	FEATURE_CX16,
	FEATURE_AES,
	FEATURE_PCLMUL,
	FEATURE_SHA,
	FEATURE_GFNI,
	FEATURE_ADX,
	FEATURE_MOVDIRI,
	FEATURE_MOVDIR64B,
	FEATURE_BMI1,
	FEATURE_BMI2,
	FEATURE_XSAVE,
	FEATURE_XSAVEOPT,
	FEATURE_XSAVEC,
	FEATURE_AVX,
	FEATURE_AVX2,
	FEATURE_F16C,
	FEATURE_FMA,
	FEATURE_VAES,
	FEATURE_VPCLMUL,
	FEATURE_AVX_VNNI,
	FEATURE_AVX_IFMA,
	FEATURE_AVX512F,
	FEATURE_AVX512VL,
	FEATURE_AVX512BW,
	FEATURE_AVX512DQ,
	FEATURE_AVX512CD,
	FEATURE_AVX512_IFMA,
	FEATURE_AVX512_VBMI,
	FEATURE_AVX512_VBMI2,
	FEATURE_AVX512_VNNI,
	FEATURE_AVX512_BITALG,
	FEATURE_AVX512_VPOPCNTDQ,
	FEATURE_AVX512_BF16,
	FEATURE_AVX512_VP2INTERSECT,
	FEATURE_AVX512_FP16,
	FEATURES,
};

struct features {
	uint64_t has; /* bit by enum feature; bit 0 is always set */
};

/* None but FEATURE_ALWAYS. */
void features_none(struct features *features);

/* Add what one leaf of CPUID offers: reg[] is EAX, EBX, ECX, EDX. Leaves that name no feature add none. */
void features_add(struct features *features, uint32_t leaf, uint32_t subleaf, const uint32_t reg[4]);

/* What this host's own CPUID offers. */
void features_of_host(struct features *features);

static inline bool features_have(const struct features *features, enum feature feature)
{
	return features->has >> feature & 1;
}

#endif
