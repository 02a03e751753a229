#include "vmm/execute/stub_cache.h"

#include "decoder/decode.h"
#include "tests/carry_out.h"
#include "tests/check.h"
#include "vmm/execute/code_memory.h"

static void views_and_slot(void)
{
	struct code_memory memory = {0};
	size_t size = 65536;

	CHECK_EQ(code_memory_map(size, &memory), 0);
	CHECK_EQ(memory.size, size);
	CHECK(memory.run != memory.write);
	memory.write[100] = 0x5a;
	CHECK_EQ(memory.run[100], 0x5a);
	CHECK_EQ((uintptr_t)memory.slot % SLOT_SIZE, 0);
	CHECK(memory.slot - memory.run >= 0 && memory.slot - memory.run < INT32_MAX);
	memset(memory.slot, 0, SLOT_SIZE);
	code_memory_unmap(&memory);
}

/* What /proc/self/maps says of the page at address: "rwxp" into protection. */
static void protection_of(const void *address, char protection[5])
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long from, to;
	char line[512];

	strcpy(protection, "none");
	while (maps && fgets(line, sizeof(line), maps)) {
		char found[5];

		if (sscanf(line, "%lx-%lx %4s", &from, &to, found) == 3 && (uintptr_t)address >= from &&
		    (uintptr_t)address < to)
			memcpy(protection, found, 5);
	}
	if (maps)
		fclose(maps);
}

static void never_writable_and_executable(void)
{
	struct code_memory memory;
	char protection[5];

	CHECK_EQ(code_memory_map(65536, &memory), 0);
	protection_of(memory.run, protection);
	CHECK_STR(protection, "r-xs");
	protection_of(memory.write, protection);
	CHECK_STR(protection, "rw-s");
	protection_of(memory.slot, protection);
	CHECK_STR(protection, "rw-p");
	code_memory_unmap(&memory);
}

static void the_same_bytes_are_one_stub(void)
{
	struct stub_cache *cache = stub_cache_new();
	struct decoder *d = decoder_new();
	static const uint8_t add_rbx[] = {0x48, 0x03, 0x03}, add_rcx[] = {0x48, 0x03, 0x01};
	struct insn insn, other, in_32;
	const struct stub *stub, *stub_32;
	const char *why = NULL;

	CHECK_EQ(decode(d, add_rbx, sizeof(add_rbx), MODE_64, &insn), DECODE_OK);
	CHECK_EQ(decode(d, add_rcx, sizeof(add_rcx), MODE_64, &other), DECODE_OK);
	stub = stub_cache_get(cache, &insn, &why);
	CHECK(stub != NULL);
	memset(insn.bytes + insn.length, 0xcc, INSN_MAX - insn.length); /* what lies behind does not count */
	CHECK(stub_cache_get(cache, &insn, &why) == stub);
	CHECK(stub_cache_get(cache, &other, &why) != stub);
	/* 03 01 is another instruction in 16-bit code */
	CHECK_EQ(decode(d, add_rcx + 1, 2, MODE_32, &in_32), DECODE_OK);
	stub_32 = stub_cache_get(cache, &in_32, &why);
	CHECK_EQ(decode(d, add_rcx + 1, 2, MODE_16, &insn), DECODE_OK);
	CHECK(stub_cache_get(cache, &insn, &why) != stub_32);
	CHECK(why == NULL);
	stub_cache_free(cache);
	decoder_free(d);
}

static void what_cannot_be_rewritten_has_a_reason(void)
{
	struct stub_cache *cache = stub_cache_new();
	struct decoder *d = decoder_new();
	static const uint8_t push[] = {0xff, 0x33};
	struct insn insn;
	const char *why = NULL;

	CHECK_EQ(decode(d, push, sizeof(push), MODE_64, &insn), DECODE_OK);
	CHECK(stub_cache_get(cache, &insn, &why) == NULL);
	CHECK(why && *why);
	stub_cache_free(cache);
	decoder_free(d);
}

/* add dword [rbx],imm32 with more immediates than there is room for stubs, each twice. */
static void starts_over_when_full(void)
{
	struct regs regs = {.mode = MODE_64, .stack_size = 8, .rflags = RFLAGS_FIXED};
	struct carry_out c;

	carry_out_begin(&c);
	for (uint32_t i = 0; i < 10000; i++) {
		uint8_t bytes[] = {0x81, 0x03, 0, 0, 0, 0};
		uint32_t sum;

		memcpy(bytes + 2, &i, 4);
		CHECK_EQ(decode(c.decoder, bytes, sizeof(bytes), MODE_64, &c.insn), DECODE_OK);
		c.nrefs = memrefs_of(&c.insn, &regs, NULL, c.refs);
		memcpy(c.loaded[0], &i, 4);
		for (unsigned k = 0; k < 2; k++) {
			CHECK_EQ(carry_out(&c, &regs, NULL), EXECUTE_OK);
			memcpy(&sum, c.out.stored[0], 4);
			CHECK_EQ(sum, 2 * i);
		}
	}
	carry_out_end(&c);
}

CHECK_MAIN(CHECK_TEST(views_and_slot), CHECK_TEST(never_writable_and_executable),
	   CHECK_TEST(the_same_bytes_are_one_stub), CHECK_TEST(what_cannot_be_rewritten_has_a_reason),
	   CHECK_TEST(starts_over_when_full))
