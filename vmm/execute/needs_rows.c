#include "vmm/execute/needs_rows.h"

#include "vmm/execute/features.h"

#define NP 1
#define P66 2
#define F3 4
#define F2 8
#define ALL 15
#define W0 NEEDS_W_0
#define W1 NEEDS_W_1

#define ROW(encoding_, map_, prefixes_, first_, last_, w_, len_, vector_, mmx_, feature_)                              \
	{                                                                                                              \
		.encoding = encoding_, .map = map_, .prefixes = prefixes_, .first = first_, .last = last_, .w = w_,    \
		.len_min = len_, .vector = vector_, .mmx = mmx_, .features = 1ull << FEATURE_##feature_                \
	}
#define INTEGER(map_, prefixes_, first_, last_, w_, feature_)                                                          \
	ROW(ENC_LEGACY, map_, prefixes_, first_, last_, w_, 0, false, false, feature_)
#define LEGACY(map_, prefixes_, first_, last_, feature_)                                                               \
	ROW(ENC_LEGACY, map_, prefixes_, first_, last_, 0, 0, true, false, feature_)
#define MMX(map_, first_, last_, feature_) ROW(ENC_LEGACY, map_, NP, first_, last_, 0, 0, true, true, feature_)
#define VEX(map_, prefixes_, first_, last_, feature_)                                                                  \
	ROW(ENC_VEX, map_, prefixes_, first_, last_, 0, 0, false, false, feature_)
#define VEX_256(map_, prefixes_, first_, last_, feature_)                                                              \
	ROW(ENC_VEX, map_, prefixes_, first_, last_, 0, 32, false, false, feature_)
#define EVEX(map_, prefixes_, first_, last_, w_, feature_)                                                             \
	ROW(ENC_EVEX, map_, prefixes_, first_, last_, w_, 0, false, false, feature_)

const struct needs_row needs_rows[] = {
	/* save areas and integer instructions of 0F */
	INTEGER(MAP_0F, F3, 0xb8, 0xb8, 0, POPCNT),
	INTEGER(MAP_0F, NP, 0xc3, 0xc3, 0, SSE2), /* movnti */
	/* SSE and MMX of 0F */
	LEGACY(MAP_0F, F3, 0x12, 0x12, SSE3),
	LEGACY(MAP_0F, F3, 0x16, 0x16, SSE3),
	LEGACY(MAP_0F, F2, 0x12, 0x12, SSE3),
	LEGACY(MAP_0F, F2 | F3, 0x2b, 0x2b, SSE4A),
	LEGACY(MAP_0F, F2 | P66, 0x7c, 0x7d, SSE3),
	LEGACY(MAP_0F, F2 | P66, 0xd0, 0xd0, SSE3),
	LEGACY(MAP_0F, F2, 0xf0, 0xf0, SSE3),
	LEGACY(MAP_0F, P66, 0x00, 0xff, SSE2),
	LEGACY(MAP_0F, F2, 0x00, 0xff, SSE2),
	LEGACY(MAP_0F, F3, 0x5a, 0x5b, SSE2),
	LEGACY(MAP_0F, F3, 0x6f, 0x7f, SSE2),
	LEGACY(MAP_0F, F3, 0xd6, 0xe6, SSE2),
	LEGACY(MAP_0F, F3, 0x00, 0xff, SSE),
	LEGACY(MAP_0F, NP, 0x5a, 0x5b, SSE2),
	MMX(MAP_0F, 0x60, 0x6f, MMX),
	MMX(MAP_0F, 0x70, 0x70, SSE), /* pshufw */
	MMX(MAP_0F, 0x71, 0x7f, MMX),
	MMX(MAP_0F, 0xc4, 0xc5, SSE), /* pinsrw, pextrw */
	MMX(MAP_0F, 0xd4, 0xd4, SSE2), /* paddq */
	MMX(MAP_0F, 0xd7, 0xd7, SSE),
	MMX(MAP_0F, 0xda, 0xda, SSE), /* pminub, pmaxub, pavgb, pavgw, pmulhuw, movntq, pminsw, pmaxsw */
	MMX(MAP_0F, 0xde, 0xde, SSE),
	MMX(MAP_0F, 0xe0, 0xe0, SSE),
	MMX(MAP_0F, 0xe3, 0xe4, SSE),
	MMX(MAP_0F, 0xe7, 0xe7, SSE),
	MMX(MAP_0F, 0xea, 0xea, SSE),
	MMX(MAP_0F, 0xee, 0xee, SSE),
	MMX(MAP_0F, 0xf4, 0xf4, SSE2), /* pmuludq */
	MMX(MAP_0F, 0xf6, 0xf7, SSE), /* psadbw, maskmovq */
	MMX(MAP_0F, 0xfb, 0xfb, SSE2), /* psubq */
	MMX(MAP_0F, 0xd1, 0xfe, MMX),
	LEGACY(MAP_0F, NP, 0x10, 0x5f, SSE),
	LEGACY(MAP_0F, NP, 0xc2, 0xc6, SSE),
	/* SSSE3 and later */
	MMX(MAP_0F38, 0x00, 0x0b, SSSE3),
	MMX(MAP_0F38, 0x1c, 0x1e, SSSE3),
	LEGACY(MAP_0F38, P66, 0x00, 0x0b, SSSE3),
	LEGACY(MAP_0F38, P66, 0x1c, 0x1e, SSSE3),
	LEGACY(MAP_0F38, P66, 0x37, 0x37, SSE4_2),
	LEGACY(MAP_0F38, P66, 0x10, 0x41, SSE4_1),
	LEGACY(MAP_0F38, NP, 0xc8, 0xcd, SHA),
	LEGACY(MAP_0F38, P66, 0xcf, 0xcf, GFNI),
	LEGACY(MAP_0F38, P66, 0xdb, 0xdf, AES),
	INTEGER(MAP_0F38, NP | P66, 0xf0, 0xf1, 0, MOVBE),
	INTEGER(MAP_0F38, F2, 0xf0, 0xf1, 0, SSE4_2), /* crc32 */
	INTEGER(MAP_0F38, P66 | F3, 0xf6, 0xf6, 0, ADX),
	INTEGER(MAP_0F38, P66, 0xf8, 0xf8, 0, MOVDIR64B),
	INTEGER(MAP_0F38, NP, 0xf9, 0xf9, 0, MOVDIRI),
	MMX(MAP_0F3A, 0x0f, 0x0f, SSSE3),
	LEGACY(MAP_0F3A, P66, 0x0f, 0x0f, SSSE3),
	LEGACY(MAP_0F3A, P66, 0x08, 0x42, SSE4_1),
	LEGACY(MAP_0F3A, P66, 0x44, 0x44, PCLMUL),
	LEGACY(MAP_0F3A, P66, 0x60, 0x63, SSE4_2),
	LEGACY(MAP_0F3A, NP, 0xcc, 0xcc, SHA),
	LEGACY(MAP_0F3A, P66, 0xce, 0xcf, GFNI),
	LEGACY(MAP_0F3A, P66, 0xdf, 0xdf, AES),
	/* VEX: what is more than AVX. 256-bit integers are AVX2, but for plain moves and tests. */
	ROW(ENC_VEX, MAP_0F, NP, 0x90, 0x93, W1, 0, false, false, AVX512BW), /* kmovq */
	ROW(ENC_VEX, MAP_0F, P66, 0x90, 0x93, W0, 0, false, false, AVX512DQ), /* kmovb */
	ROW(ENC_VEX, MAP_0F, P66, 0x90, 0x93, W1, 0, false, false, AVX512BW), /* kmovd */
	VEX_256(MAP_0F, P66, 0x60, 0x6e, AVX2),
	VEX_256(MAP_0F, ALL, 0x70, 0x76, AVX2),
	VEX_256(MAP_0F, P66, 0xd1, 0xd5, AVX2),
	VEX_256(MAP_0F, P66, 0xd8, 0xe5, AVX2),
	VEX_256(MAP_0F, P66, 0xe8, 0xef, AVX2),
	VEX_256(MAP_0F, P66, 0xf1, 0xfe, AVX2),
	VEX_256(MAP_0F38, P66, 0x00, 0x0b, AVX2),
	VEX(MAP_0F38, P66, 0x13, 0x13, F16C),
	VEX(MAP_0F38, P66, 0x16, 0x16, AVX2),
	VEX_256(MAP_0F38, P66, 0x1c, 0x2b, AVX2),
	VEX(MAP_0F38, P66, 0x36, 0x36, AVX2),
	VEX_256(MAP_0F38, P66, 0x30, 0x40, AVX2),
	VEX(MAP_0F38, P66, 0x45, 0x47, AVX2),
	VEX(MAP_0F38, P66, 0x50, 0x53, AVX_VNNI),
	VEX(MAP_0F38, P66, 0x58, 0x5a, AVX2),
	VEX(MAP_0F38, P66, 0x78, 0x79, AVX2),
	VEX(MAP_0F38, P66, 0x8c, 0x93, AVX2),
	VEX(MAP_0F38, P66, 0xb4, 0xb5, AVX_IFMA),
	VEX(MAP_0F38, P66, 0x96, 0xbf, FMA),
	VEX(MAP_0F38, P66, 0xcf, 0xcf, GFNI),
	VEX_256(MAP_0F38, P66, 0xdc, 0xdf, VAES),
	VEX(MAP_0F38, P66, 0xdb, 0xdf, AES),
	VEX(MAP_0F38, NP, 0xf2, 0xf3, BMI1),
	VEX(MAP_0F38, NP, 0xf7, 0xf7, BMI1),
	VEX(MAP_0F38, ALL, 0xf5, 0xf7, BMI2),
	VEX(MAP_0F3A, P66, 0x00, 0x02, AVX2),
	VEX_256(MAP_0F3A, P66, 0x0e, 0x0f, AVX2),
	VEX(MAP_0F3A, P66, 0x1d, 0x1d, F16C),
	VEX(MAP_0F3A, P66, 0x38, 0x39, AVX2),
	VEX_256(MAP_0F3A, P66, 0x42, 0x42, AVX2),
	VEX_256(MAP_0F3A, P66, 0x44, 0x44, VPCLMUL),
	VEX(MAP_0F3A, P66, 0x44, 0x44, PCLMUL),
	VEX(MAP_0F3A, P66, 0x46, 0x46, AVX2),
	VEX_256(MAP_0F3A, P66, 0x4c, 0x4c, AVX2),
	VEX(MAP_0F3A, P66, 0xce, 0xcf, GFNI),
	VEX(MAP_0F3A, P66, 0xdf, 0xdf, AES),
	VEX(MAP_0F3A, F2, 0xf0, 0xf0, BMI2),
	/* EVEX: what is more than AVX512F; DQ and BW first */
	EVEX(MAP_0F, NP | P66, 0x54, 0x57, 0, AVX512DQ),
	EVEX(MAP_0F, NP, 0x5b, 0x5b, W1, AVX512DQ),
	EVEX(MAP_0F, P66, 0x78, 0x7b, 0, AVX512DQ),
	EVEX(MAP_0F, F3 | F2, 0x7a, 0x7a, W1, AVX512DQ),
	EVEX(MAP_0F, F3, 0xe6, 0xe6, W1, AVX512DQ),
	EVEX(MAP_0F, P66, 0x60, 0x61, 0, AVX512BW),
	EVEX(MAP_0F, P66, 0x63, 0x65, 0, AVX512BW),
	EVEX(MAP_0F, P66, 0x67, 0x69, 0, AVX512BW),
	EVEX(MAP_0F, P66, 0x6b, 0x6b, 0, AVX512BW),
	EVEX(MAP_0F, F2, 0x6f, 0x6f, 0, AVX512BW),
	EVEX(MAP_0F, F2, 0x7f, 0x7f, 0, AVX512BW),
	EVEX(MAP_0F, F3 | F2, 0x70, 0x70, 0, AVX512BW),
	EVEX(MAP_0F, P66, 0x71, 0x71, 0, AVX512BW),
	EVEX(MAP_0F, P66, 0x74, 0x75, 0, AVX512BW),
	EVEX(MAP_0F, P66, 0xc4, 0xc5, 0, AVX512BW),
	EVEX(MAP_0F, P66, 0xd1, 0xd1, 0, AVX512BW),
	EVEX(MAP_0F, P66, 0xd5, 0xd5, 0, AVX512BW),
	EVEX(MAP_0F, P66, 0xd8, 0xda, 0, AVX512BW),
	EVEX(MAP_0F, P66, 0xdc, 0xde, 0, AVX512BW),
	EVEX(MAP_0F, P66, 0xe0, 0xe1, 0, AVX512BW),
	EVEX(MAP_0F, P66, 0xe3, 0xe5, 0, AVX512BW),
	EVEX(MAP_0F, P66, 0xe8, 0xea, 0, AVX512BW),
	EVEX(MAP_0F, P66, 0xec, 0xee, 0, AVX512BW),
	EVEX(MAP_0F, P66, 0xf1, 0xf1, 0, AVX512BW),
	EVEX(MAP_0F, P66, 0xf5, 0xf6, 0, AVX512BW),
	EVEX(MAP_0F, P66, 0xf8, 0xf9, 0, AVX512BW),
	EVEX(MAP_0F, P66, 0xfc, 0xfd, 0, AVX512BW),
	EVEX(MAP_0F38, P66, 0x00, 0x0b, 0, AVX512BW),
	EVEX(MAP_0F38, P66, 0x10, 0x12, W1, AVX512BW),
	EVEX(MAP_0F38, F3, 0x10, 0x10, 0, AVX512BW),
	EVEX(MAP_0F38, F3, 0x20, 0x20, 0, AVX512BW),
	EVEX(MAP_0F38, F3, 0x30, 0x30, 0, AVX512BW),
	EVEX(MAP_0F38, P66, 0x19, 0x19, W0, AVX512DQ),
	EVEX(MAP_0F38, P66, 0x1a, 0x1a, W1, AVX512DQ),
	EVEX(MAP_0F38, P66, 0x1b, 0x1b, W0, AVX512DQ),
	EVEX(MAP_0F38, P66, 0x1c, 0x1d, 0, AVX512BW),
	EVEX(MAP_0F38, P66, 0x20, 0x20, 0, AVX512BW),
	EVEX(MAP_0F38, P66 | F3, 0x26, 0x26, 0, AVX512BW),
	EVEX(MAP_0F38, P66, 0x2b, 0x2b, 0, AVX512BW),
	EVEX(MAP_0F38, P66, 0x30, 0x30, 0, AVX512BW),
	EVEX(MAP_0F38, P66, 0x38, 0x38, 0, AVX512BW),
	EVEX(MAP_0F38, P66, 0x3a, 0x3a, 0, AVX512BW),
	EVEX(MAP_0F38, P66, 0x3c, 0x3c, 0, AVX512BW),
	EVEX(MAP_0F38, P66, 0x3e, 0x3e, 0, AVX512BW),
	EVEX(MAP_0F38, P66, 0x40, 0x40, W1, AVX512DQ),
	EVEX(MAP_0F38, P66, 0x44, 0x44, 0, AVX512CD),
	EVEX(MAP_0F38, P66, 0x50, 0x53, 0, AVX512_VNNI),
	EVEX(MAP_0F38, F3, 0x52, 0x52, 0, AVX512_BF16),
	EVEX(MAP_0F38, P66, 0x54, 0x54, 0, AVX512_BITALG),
	EVEX(MAP_0F38, P66, 0x55, 0x55, 0, AVX512_VPOPCNTDQ),
	EVEX(MAP_0F38, P66, 0x59, 0x59, W0, AVX512DQ),
	EVEX(MAP_0F38, P66, 0x5a, 0x5a, W1, AVX512DQ),
	EVEX(MAP_0F38, P66, 0x5b, 0x5b, W0, AVX512DQ),
	EVEX(MAP_0F38, P66, 0x62, 0x63, 0, AVX512_VBMI2),
	EVEX(MAP_0F38, P66, 0x66, 0x66, 0, AVX512BW), /* vpblendm b, w */
	EVEX(MAP_0F38, F2, 0x68, 0x68, 0, AVX512_VP2INTERSECT),
	EVEX(MAP_0F38, P66, 0x70, 0x73, 0, AVX512_VBMI2),
	EVEX(MAP_0F38, F3 | F2, 0x72, 0x72, 0, AVX512_BF16),
	EVEX(MAP_0F38, P66, 0x75, 0x75, W0, AVX512_VBMI),
	EVEX(MAP_0F38, P66, 0x75, 0x75, W1, AVX512BW),
	EVEX(MAP_0F38, P66, 0x78, 0x79, 0, AVX512BW),
	EVEX(MAP_0F38, P66, 0x7d, 0x7d, W0, AVX512_VBMI),
	EVEX(MAP_0F38, P66, 0x7d, 0x7d, W1, AVX512BW),
	EVEX(MAP_0F38, P66, 0x83, 0x83, 0, AVX512_VBMI),
	EVEX(MAP_0F38, P66, 0x8d, 0x8d, W0, AVX512_VBMI),
	EVEX(MAP_0F38, P66, 0x8d, 0x8d, W1, AVX512BW),
	EVEX(MAP_0F38, P66, 0x8f, 0x8f, 0, AVX512_BITALG),
	EVEX(MAP_0F38, P66, 0xb4, 0xb5, 0, AVX512_IFMA),
	EVEX(MAP_0F38, P66, 0xc4, 0xc4, 0, AVX512CD),
	EVEX(MAP_0F38, P66, 0xcf, 0xcf, 0, GFNI),
	EVEX(MAP_0F38, P66, 0xdc, 0xdf, 0, VAES),
	EVEX(MAP_0F3A, P66, 0x0f, 0x0f, 0, AVX512BW),
	EVEX(MAP_0F3A, P66, 0x14, 0x15, 0, AVX512BW),
	EVEX(MAP_0F3A, P66, 0x16, 0x16, 0, AVX512DQ),
	EVEX(MAP_0F3A, P66, 0x18, 0x19, W1, AVX512DQ),
	EVEX(MAP_0F3A, P66, 0x1a, 0x1b, W0, AVX512DQ),
	EVEX(MAP_0F3A, P66, 0x20, 0x20, 0, AVX512BW),
	EVEX(MAP_0F3A, P66, 0x22, 0x22, 0, AVX512DQ),
	EVEX(MAP_0F3A, P66, 0x38, 0x39, W1, AVX512DQ),
	EVEX(MAP_0F3A, P66, 0x3a, 0x3b, W0, AVX512DQ),
	EVEX(MAP_0F3A, P66, 0x3e, 0x3f, 0, AVX512BW),
	EVEX(MAP_0F3A, P66, 0x42, 0x42, 0, AVX512BW),
	EVEX(MAP_0F3A, P66, 0x44, 0x44, 0, VPCLMUL),
	EVEX(MAP_0F3A, P66, 0x50, 0x51, 0, AVX512DQ),
	EVEX(MAP_0F3A, P66, 0x56, 0x57, 0, AVX512DQ),
	EVEX(MAP_0F3A, P66, 0x66, 0x67, 0, AVX512DQ),
	EVEX(MAP_0F3A, P66, 0x70, 0x73, 0, AVX512_VBMI2),
	EVEX(MAP_0F3A, P66, 0xce, 0xcf, 0, GFNI),
};

const unsigned needs_row_count = sizeof(needs_rows) / sizeof(needs_rows[0]);
