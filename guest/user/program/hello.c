/*
 * hello: the smallest first process. It tells what it was given, and ends the machine.
 */
#include "guest/user/lib/child.h"
#include "guest/user/lib/print.h"
#include "guest/user/lib/start.h"

static void show_modules(uint64_t n)
{
	for (uint8_t i = 0; i < n && i < START_MODULES_MAX; i++) {
		char name[START_NAME_SIZE + 1] = {0};
		struct message m = {.order = PAGE_READ,
				    .word = {START_NAME_OFFSET, START_NAME_SIZE},
				    .buffer = name,
				    .room = START_NAME_SIZE};
		uint8_t slot = child_slot();

		if (message_ask(START_SLOT_MODULES + i, SPACE_GET, 0, 0, 0, slot) != RESULT_OK ||
		    message_call(slot, &m) != RESULT_OK)
			print("module %u cannot be read\n", i);
		else
			print("module %u: %s\n", i, name);
	}
}

void program(uint64_t modules, uint64_t b, uint64_t c, uint64_t d)
{
	struct message m = {.order = BANK_COUNT};

	(void)b, (void)c, (void)d;
	print("hello\n");
	show_modules(modules);
	print("bank: result %lu\n", message_call(START_SLOT_BANK, &m));
	message_ask(START_SLOT_CONSOLE, CONSOLE_EXIT, 0, 0, 0, 0);
}
