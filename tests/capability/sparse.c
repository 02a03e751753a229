/*
 * A process that touches so many far-apart addresses that the kernel's page tables do not suffice: they are made anew,
 * and every address reaches the page that the space says. One page at all of them.
 *
 * modules: client
 * line: stored at 300 addresses
 * line: wrong at: 0
 * line: beyond the space: fault 1
 * line: read-only: fault 2
 * line: load 0x0 = 0x12b
 */
#include "tests/capability/test.h"

#define ADDRESSES 300ull
#define LEVELS 7 /* spaces of 2^(16+4*level) bytes */
#define TOP_EXPONENT 28

/* A space whose every slot holds the same. */
static uint8_t full_space(unsigned exponent, uint8_t with)
{
	uint8_t space = child_alloc(TYPE_SPACE, exponent);

	for (uint64_t i = 0; i < 16; i++)
		message_ask(space, SPACE_SET, i, 0, with, 0);
	return space;
}

/* Relative to CHILD_OBJECT, as the client's commands have it. */
static uint64_t address(uint64_t i)
{
	return (1ull << 40) + (i << 30) + (i << 21 & 0x1fe00000) + 8 * i - CHILD_OBJECT;
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct child client;
	uint8_t page, memory, root;
	uint64_t wrong = 0;

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	client = test_client();
	page = child_alloc(TYPE_PAGE, 0);
	memory = page;
	for (unsigned level = 0; level < LEVELS; level++)
		memory = full_space(4 * level, memory);
	root = full_space(TOP_EXPONENT, memory);
	message_ask(root, SPACE_SET, 0, 0, client.space, 0);
	message_ask(root, SPACE_SET, 15, 0, 0, 0);
	message_ask(client.process, PROCESS_SET_SPACE, 0, 0, root, 0);
	for (uint64_t i = 0; i < ADDRESSES; i++)
		wrong += client_do(&client, CLIENT_STORE, address(i), i).fault != FAULT_NONE;
	print("stored at %lu addresses\n", (uint64_t)ADDRESSES);
	for (uint64_t i = 0; i < ADDRESSES; i += 37)
		wrong +=
			client_do(&client, CLIENT_LOAD, address(ADDRESSES - 1 - i) - 8 * (ADDRESSES - 1 - i) + 8 * i, 0)
				.value != i;
	print("wrong at: %lu\n", wrong);
	print("beyond the space: fault %lu\n", client_do(&client, CLIENT_LOAD, 15ull << 40, 0).fault);
	message_ask(page, ORDER_REDUCE, RESTRICT_READ_ONLY, 0, 0, page);
	child_map(&client, page);
	print("read-only: fault %lu\n", client_do(&client, CLIENT_STORE, 0, 1).fault);
	message_ask(root, SPACE_SET, 15, 0, memory, 0);
	client_do(&client, CLIENT_STORE, (15ull << 40) - CHILD_OBJECT, ADDRESSES - 1);
	test_load(&client, 0);
	test_end(0);
}
