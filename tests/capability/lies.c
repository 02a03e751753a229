/*
 * Answers that make no sense: each faults its client, once, and nobody else notices. (At 0x28 null is named, which what
 * has been destroyed is too: that is fault 5.)
 *
 * modules: client liar ram
 * line: load 0x0: fault 4
 * line: load 0x8: fault 4
 * line: load 0x10: fault 4
 * line: load 0x18: fault 4
 * line: load 0x20: fault 4
 * line: load 0x28: fault 5
 * line: load 0x30: fault 4
 * line: load 0x38: fault 4
 * line: load 0x40: fault 4
 * line: load 0x48: fault 4
 * line: load 0x50 = 0x101010101010101
 * line: load 0x58 = 0x0
 * line: store 0x0 0x1
 * line: load 0x0 = 0x0
 */
#include "guest/user/keeper/liar.h"
#include "tests/capability/test.h"

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct child client, liar, ram;

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	client = test_client();
	liar = test_start("liar", 0, 0);
	child_map(&client, child_virtual_page(&liar, 0, 0));
	for (uint64_t offset = 0; offset <= LIAR_TWICE + 8; offset += 8)
		test_load(&client, offset);
	test_store(&client, 0, 1); /* of a store nothing is asked but that it is done */
	ram = test_start("ram", 0, 0);
	child_map(&client, child_virtual_page(&ram, 0, 0));
	test_load(&client, 0);
	test_end(0);
}
