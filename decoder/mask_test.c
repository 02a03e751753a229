/*
 * Which bytes masked instructions touch, by tables: runs of active elements,
 * broadcast, tiles, compressed ones, gathers, sign-bit masks, save areas.
 */
#include "decoder/decode.h"
#include "decoder/memref.h"
#include "tests/check.h"
#include "tests/vector_ones.h"

#define RBX 0x1000

struct expected {
	uint16_t at;
	uint64_t ea;
	unsigned size;
};

static const struct row {
	const char *name, *hex;
	uint64_t mask; /* k1 */
	unsigned n;
	struct expected refs[5];
} rows[] = {
	{"no mask: the whole", "62f17c481003", 0, 1, {{0, RBX, 64}}},
	{"nothing active", "62f17c491003", 0, 0, {{0}}},
	{"bits beyond the elements do not count", "62f17c491003", 0xffff0000, 0, {{0}}},
	{"all active", "62f17c491003", 0xffff, 1, {{0, RBX, 64}}},
	{"one run", "62f17c491003", 0x3c, 1, {{8, RBX + 8, 16}}},
	{"runs", "62f17c491003", 0x8015, 4, {{0, RBX, 4}, {8, RBX + 8, 4}, {16, RBX + 16, 4}, {60, RBX + 60, 4}}},
	{"a store", "62f17c491103", 0x6, 1, {{4, RBX + 4, 8}}},
	{"xmm has four elements", "62f17c091003", 0xf8, 1, {{12, RBX + 12, 4}}},
	{"quadwords", "62f1fd491003", 0x82, 2, {{8, RBX + 8, 8}, {56, RBX + 56, 8}}},
	{"64 bytes", "62f17f496f03", 1ull << 63 | 7, 2, {{0, RBX, 3}, {63, RBX + 63, 1}}},
	{"64 bytes, all", "62f17f496f03", ~0ull, 1, {{0, RBX, 64}}},
	{"a scalar by bit 0", "62f17e495803", 1, 1, {{0, RBX, 4}}},
	{"a scalar without bit 0", "62f17e495803", 0xfe, 0, {{0}}},
	{"broadcast if any", "62f17c595803", 0x8000, 1, {{0, RBX, 4}}},
	{"broadcast if none", "62f17c595803", 0, 0, {{0}}},
	{"vbroadcastss if any", "62f27d491803", 0x4000, 1, {{0, RBX, 4}}},
	{"a tile of four: folded", "62f27d491a03", 0x0810, 2, {{0, RBX, 4}, {12, RBX + 12, 4}}},
	{"a tile of two", "62f27d491903", 0xa0, 1, {{4, RBX + 4, 4}}},
	{"widening: the narrow elements", "62f27d493003", 0x80000001, 2, {{0, RBX, 1}, {31, RBX + 31, 1}}},
	{"narrowing store", "62f27e493103", 0x8001, 2, {{0, RBX, 1}, {15, RBX + 15, 1}}},
	{"a shuffle knows no suppression", "62f17c491403", 0, 1, {{0, RBX, 64}}},
	{"compress", "62f27d498a03", 0x8421, 1, {{0, RBX, 16}}},
	{"compress of nothing", "62f27d498a03", 0, 0, {{0}}},
	{"expand", "62f2fd498803", 0xff, 1, {{0, RBX, 64}}},
	{"compressed displacement", "62f17c49104301", 0x2, 1, {{4, RBX + 68, 4}}},
	/* zmm2: indices 0, 1, 2, .. of 4 bytes, or as 8 bytes 0x100000000, 0x300000002, .. */
	{"gather", "62f27d49904c9300", 0x805, 3, {{0, RBX, 4}, {8, RBX + 8, 4}, {44, RBX + 44, 4}}},
	{"gather of quadwords by dwords", "62f2fd49904cd300", 0x81, 2, {{0, RBX, 8}, {56, RBX + 56, 8}}},
	{"gather by quadwords", "62f27d49914c1300", 0x2, 1, {{4, RBX + 0x300000002, 4}}},
	{"scatter, displaced", "62f27d49a04c9301", 0x8, 1, {{12, RBX + 16, 4}}},
	{"gather with 67 wraps", "6762f27d49904c93ff", 1, 1, {{0, RBX - 4, 4}}},
	/* ymm3: sign bits of dwords 1 and 2, quadword 1 (its top dword is 3, unset) */
	{"vmaskmovps", "c4e2652c03", 0, 1, {{4, RBX + 4, 8}}},
	{"vpmaskmovq store", "c4e2e58e03", 0, 1, {{0, RBX, 8}}},
	{"VEX gather", "c4e26590049300", 0, 2, {{4, RBX + 4, 4}, {8, RBX + 8, 4}}},
	{"maskmovdqu at rdi", "660ff7c3", 0, 2, {{7, 0x2007, 1}, {11, 0x200b, 1}}},
	{"all of it, in pieces", "dd23", 0, 2, {{0, RBX, 64}, {64, RBX + 64, 44}}},
};

static void registers(struct vector_state *vector, uint64_t mask)
{
	static const uint8_t signs[64] = {[7] = 0x80, [11] = 0x80};
	uint8_t indices[64] = {0};

	for (unsigned i = 0; i < 16; i++)
		indices[4 * i] = (uint8_t)i;
	vector_ones(vector);
	vector_set_mask(vector, 1, mask);
	vector_set_register(vector, 2, indices);
	vector_set_register(vector, 3, signs);
}

static bool decoded(struct decoder *d, const char *hex, struct insn *insn)
{
	uint8_t bytes[INSN_MAX] = {0};
	unsigned n = 0;

	for (; *hex; hex += 2)
		sscanf(hex, "%2hhx", &bytes[n++]);
	return decode(d, bytes, INSN_MAX, MODE_64, insn) == DECODE_OK;
}

static void active_elements_are_touched(void)
{
	static struct vector_state vector;
	struct decoder *d = decoder_new();

	for (unsigned i = 0; d && i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct regs regs = {.gpr = {[GPR_RBX] = RBX, [GPR_RDI] = 0x2000}, .mode = MODE_64, .stack_size = 8};
		struct memref refs[MEMREF_MAX];
		struct insn insn;
		unsigned n;

		check_row = rows[i].name;
		registers(&vector, rows[i].mask);
		CHECK(decoded(d, rows[i].hex, &insn));
		n = memrefs_of(&insn, &regs, &vector, refs);
		CHECK_EQ(n, rows[i].n);
		for (unsigned r = 0; r < n && r < rows[i].n; r++) {
			CHECK_EQ(refs[r].role, MEMREF_OPERAND);
			CHECK_EQ(refs[r].at, rows[i].refs[r].at);
			CHECK_EQ(refs[r].ea, rows[i].refs[r].ea);
			CHECK_EQ(refs[r].gva.v, rows[i].refs[r].ea);
			CHECK_EQ(refs[r].size, rows[i].refs[r].size);
		}
	}
	check_row = "";
	CHECK(d);
	decoder_free(d);
}

/* A component in its initial state is zeros, whatever its bytes. */
static void initial_state_is_zero(void)
{
	static struct vector_state vector;
	struct regs regs = {.gpr = {[GPR_RBX] = RBX}, .mode = MODE_64, .stack_size = 8};
	struct memref refs[MEMREF_MAX];
	struct decoder *d = decoder_new();
	struct insn insn;

	registers(&vector, 0xffff);
	CHECK(decoded(d, "62f17c491003", &insn));
	CHECK_EQ(memrefs_of(&insn, &regs, &vector, refs), 1);
	vector.area[512] &= 0xdf; /* XSTATE_BV: no mask registers */
	CHECK_EQ(memrefs_of(&insn, &regs, &vector, refs), 0);
	registers(&vector, 0xffff);
	vector.features &= ~XSTATE_AVX512;
	CHECK_EQ(memrefs_of(&insn, &regs, &vector, refs), 0);
	CHECK_EQ(memrefs_of(&insn, &regs, NULL, refs), 0);
	decoder_free(d);
}

/* How many bytes of a save area, to where, by the components that XCR0 and EDX:EAX name. */
static void save_areas_follow_their_components(void)
{
	static const struct {
		const char *name, *hex;
		uint64_t features, rax, rdx;
		unsigned bytes, end;
		enum mem_use use;
	} areas[] = {
		{"fxsave", "0fae03", 3, 0, 0, 512, 512, MEM_READ_WRITE},
		{"fxrstor", "0fae0b", 3, 0, 0, 512, 512, MEM_READ},
		{"xsave of nothing", "0fae23", 0xe7, 0, 0, 576, 576, MEM_READ_WRITE},
		{"xsave of SSE", "0fae23", 0xe7, 3, 0, 576, 576, MEM_READ_WRITE},
		{"xsave of AVX", "0fae23", 0xe7, 7, 0, 832, 832, MEM_READ_WRITE},
		{"xsave without AVX in XCR0", "0fae23", 3, 7, 0, 576, 576, MEM_READ_WRITE},
		{"xsave of the masks alone", "0fae23", 0xe7, 0x20, 0, 640, 1152, MEM_READ_WRITE},
		{"xsavec packs them", "0fc723", 0xe7, 0x20, 0, 640, 640, MEM_READ_WRITE},
		{"xsave of all", "0fae23", 0xe7, ~0ull, ~0ull, 2432, 2688, MEM_READ_WRITE},
		{"xsavec of all", "0fc723", 0xe7, ~0ull, ~0ull, 2432, 2432, MEM_READ_WRITE},
		{"xrstor of all, gaps included", "0fae2b", 0xe7, ~0ull, ~0ull, 2688, 2688, MEM_READ},
		{"xrstor of SSE", "0fae2b", 0xe7, 3, 0, 576, 576, MEM_READ},
		{"xrstor of the masks alone", "0fae2b", 0xe7, 0x20, 0, 1152, 1152, MEM_READ},
		{"xrstor without them in XCR0", "0fae2b", 7, 0x24, 0, 832, 832, MEM_READ},
		{"the upper half of RAX does not count", "0fae23", 0xe7, 0xff00000003, 0, 576, 576, MEM_READ_WRITE},
	};
	static struct vector_state vector;
	struct decoder *d = decoder_new();

	for (unsigned i = 0; d && i < sizeof(areas) / sizeof(areas[0]); i++) {
		struct regs regs = {.gpr = {areas[i].rax, [GPR_RDX] = areas[i].rdx}, .mode = MODE_64, .stack_size = 8};
		struct memref refs[MEMREF_MAX];
		struct insn insn;
		unsigned n, bytes = 0;

		check_row = areas[i].name;
		registers(&vector, 0);
		vector.features = areas[i].features;
		CHECK(decoded(d, areas[i].hex, &insn));
		n = memrefs_of(&insn, &regs, &vector, refs);
		for (unsigned r = 0; r < n; r++) {
			bytes += refs[r].size;
			CHECK_EQ(refs[r].use, areas[i].use);
			CHECK(refs[r].size <= 64);
		}
		CHECK_EQ(bytes, areas[i].bytes);
		CHECK_EQ(n ? refs[n - 1].at + refs[n - 1].size : 0u, areas[i].end);
	}
	check_row = "";
	decoder_free(d);
}

/* Kept apart from the layout of the tests: this host's own, if it has one, holds together. */
static void layout_of_this_host(void)
{
	struct vector_layout layout;

	vector_layout_read(&layout);
	CHECK_EQ(layout.size[0], 160);
	CHECK_EQ(layout.offset[1], 160);
	for (unsigned i = 2; i < XSTATE_COMPONENTS; i++) {
		CHECK(!layout.size[i] || layout.offset[i] >= 576);
		CHECK(layout.offset[i] + layout.size[i] <= XSAVE_AREA);
	}
}

CHECK_MAIN(CHECK_TEST(active_elements_are_touched), CHECK_TEST(initial_state_is_zero),
	   CHECK_TEST(save_areas_follow_their_components), CHECK_TEST(layout_of_this_host))
