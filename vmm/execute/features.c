#include "vmm/execute/features.h"

#include <cpuid.h>

#define EAX 0
#define EBX 1
#define ECX 2
#define EDX 3

static const struct {
	enum feature feature;
	uint32_t leaf, subleaf;
	uint8_t reg, bit;
} bits[] = {
	{FEATURE_MMX, 1, 0, EDX, 23},
	{FEATURE_FXSR, 1, 0, EDX, 24},
	{FEATURE_SSE, 1, 0, EDX, 25},
	{FEATURE_SSE2, 1, 0, EDX, 26},
	{FEATURE_SSE3, 1, 0, ECX, 0},
	{FEATURE_PCLMUL, 1, 0, ECX, 1},
	{FEATURE_SSSE3, 1, 0, ECX, 9},
	{FEATURE_FMA, 1, 0, ECX, 12},
	{FEATURE_CX16, 1, 0, ECX, 13},
	{FEATURE_SSE4_1, 1, 0, ECX, 19},
	{FEATURE_SSE4_2, 1, 0, ECX, 20},
	{FEATURE_MOVBE, 1, 0, ECX, 22},
	{FEATURE_POPCNT, 1, 0, ECX, 23},
	{FEATURE_AES, 1, 0, ECX, 25},
	{FEATURE_XSAVE, 1, 0, ECX, 26},
	{FEATURE_AVX, 1, 0, ECX, 28},
	{FEATURE_F16C, 1, 0, ECX, 29},
	{FEATURE_BMI1, 7, 0, EBX, 3},
	{FEATURE_AVX2, 7, 0, EBX, 5},
	{FEATURE_BMI2, 7, 0, EBX, 8},
	{FEATURE_AVX512F, 7, 0, EBX, 16},
	{FEATURE_AVX512DQ, 7, 0, EBX, 17},
	{FEATURE_ADX, 7, 0, EBX, 19},
	{FEATURE_AVX512_IFMA, 7, 0, EBX, 21},
	{FEATURE_AVX512CD, 7, 0, EBX, 28},
	{FEATURE_SHA, 7, 0, EBX, 29},
	{FEATURE_AVX512BW, 7, 0, EBX, 30},
	{FEATURE_AVX512VL, 7, 0, EBX, 31},
	{FEATURE_AVX512_VBMI, 7, 0, ECX, 1},
	{FEATURE_AVX512_VBMI2, 7, 0, ECX, 6},
	{FEATURE_GFNI, 7, 0, ECX, 8},
	{FEATURE_VAES, 7, 0, ECX, 9},
	{FEATURE_VPCLMUL, 7, 0, ECX, 10},
	{FEATURE_AVX512_VNNI, 7, 0, ECX, 11},
	{FEATURE_AVX512_BITALG, 7, 0, ECX, 12},
	{FEATURE_AVX512_VPOPCNTDQ, 7, 0, ECX, 14},
	{FEATURE_MOVDIRI, 7, 0, ECX, 27},
	{FEATURE_MOVDIR64B, 7, 0, ECX, 28},
	{FEATURE_AVX512_VP2INTERSECT, 7, 0, EDX, 8},
	{FEATURE_AVX512_FP16, 7, 0, EDX, 23},
	{FEATURE_AVX_VNNI, 7, 1, EAX, 4},
	{FEATURE_AVX512_BF16, 7, 1, EAX, 5},
	{FEATURE_AVX_IFMA, 7, 1, EAX, 23},
	{FEATURE_XSAVEOPT, 0xd, 1, EAX, 0},
	{FEATURE_XSAVEC, 0xd, 1, EAX, 1},
	{FEATURE_SSE4A, 0x80000001, 0, ECX, 6},
};

_Static_assert(FEATURES <= 64, "one word has them all");

void features_none(struct features *features)
{
	features->has = 1ull << FEATURE_ALWAYS;
}

void features_add(struct features *features, uint32_t leaf, uint32_t subleaf, const uint32_t reg[4])
{
	for (unsigned i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		if (bits[i].leaf == leaf && bits[i].subleaf == subleaf && reg[bits[i].reg] >> bits[i].bit & 1)
			features->has |= 1ull << bits[i].feature;
	}
}

void features_of_host(struct features *features)
{
	static const uint32_t leaves[][2] = {{1, 0}, {7, 0}, {7, 1}, {0xd, 1}, {0x80000001, 0}};

	features_none(features);
	for (unsigned i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		uint32_t reg[4] = {0};

		if (__get_cpuid_count(leaves[i][0], leaves[i][1], &reg[0], &reg[1], &reg[2], &reg[3]))
			features_add(features, leaves[i][0], leaves[i][1], reg);
	}
}
