/*
 * Vector registers are a process's own: no other one finds in them what it left there, nor changes them. All that XCR0
 * has, for user code can use it all, whatever KVM says of it.
 *
 * modules: filled
 * line: what XCR0 has beyond SSE is looked at
 * line: one at its start: 0 bytes are not zero
 * line: two at its start, when one has filled its registers: 0 bytes are not zero
 * line: one, when two has filled its own: 0 bytes are another's
 * line: two: 0 bytes are another's
 * line: three in the place of one, which is destroyed: 0 bytes are not zero
 */
#include "tests/capability/filled.h"
#include "tests/capability/test.h"

static struct child start(uint8_t *entry)
{
	struct child child = test_start("filled", 0, 0);

	*entry = child_entry(&child, 0);
	return child;
}

static uint64_t ask(uint8_t entry, uint64_t order, uint64_t byte)
{
	struct message m = {.order = order, .word = {byte}};

	message_call(entry, &m);
	return m.word[0];
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	uint8_t first, second, third;
	struct child one = start(&first);

	(void)a, (void)b, (void)c, (void)d;
	print("what XCR0 has beyond SSE is %s\n",
	      ask(first, FILLED_FACULTIES, 0) & ~0x3ull ? "looked at" : "not there: a host that cannot show it");
	print("one at its start: %lu bytes are not zero\n", ask(first, FILLED_LOOK, 0));
	ask(first, FILLED_FILL, 0x5a);
	start(&second);
	print("two at its start, when one has filled its registers: %lu bytes are not zero\n",
	      ask(second, FILLED_LOOK, 0));
	ask(second, FILLED_FILL, 0x69);
	print("one, when two has filled its own: %lu bytes are another's\n", ask(first, FILLED_LOOK, 0x5a));
	print("two: %lu bytes are another's\n", ask(second, FILLED_LOOK, 0x69));
	message_ask(START_SLOT_BANK, BANK_FREE, 0, 0, one.process, 0);
	start(&third);
	print("three in the place of one, which is destroyed: %lu bytes are not zero\n", ask(third, FILLED_LOOK, 0));
	test_end(0);
}
