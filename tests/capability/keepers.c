/*
 * Each keeper of guest/user that answers for itself, by one client that knows nothing of it.
 *
 * modules: client ram counter readonly cow lazy limiter
 * line: counter
 * line: load 0x0 = 0x0
 * line: load 0x0 = 0x1
 * line: store 0x8 0x7777
 * line: load 0x8 = 0x7777
 * line: load 0x10 = 0x7265746e756f63
 * line: load 0x4: fault 2
 * line: store 0x10 0x1: fault 2
 * line: load 0x0 = 0x2
 * line: ram
 * line: store 0xff8 0x1234
 * line: load 0xff8 = 0x1234
 * line: readonly
 * line: load 0xff8 = 0x1234
 * line: store 0xff8 0x1: fault 2
 * line: load 0xff8 = 0x1234
 * line: cow
 * line: store 0xff8 0x5678
 * line: load 0xff8 = 0x5678
 * line: what it copied: 0x1234
 * line: undo: result 0, 0 left
 * line: load 0xff8 = 0x1234
 * line: undo: result 8, 0 left
 * line: lazy
 * line:   lazy: filled
 * line: load 0x18 = 0x0
 * line: load 0x10 = 0x7265746e756f63
 * line: store 0x10 0x1
 * line: load 0x10 = 0x1
 * line: limiter
 * line: load 0xff8 = 0x1234
 * line: load 0xff8 = 0x1234
 * line: load 0xff8 = 0x1234
 * line: at least 10 ticks: yes
 */
#include "guest/user/keeper/cow.h"
#include "tests/capability/test.h"

static uint8_t keep(const struct child *client, const char *name, uint8_t target, uint64_t argument)
{
	struct child keeper;
	uint8_t page;

	print("%s\n", name);
	keeper = test_start(name, target, argument);
	page = child_virtual_page(&keeper, 0, 0);
	child_map(client, page);
	child_forget(&keeper);
	return page;
}

static void counter(const struct child *client)
{
	keep(client, "counter", 0, 0);
	test_load(client, 0);
	test_load(client, 0);
	test_store(client, 8, 0x7777);
	test_load(client, 8);
	test_load(client, 0x10);
	test_load(client, 4);
	test_store(client, 0x10, 1);
	test_load(client, 0);
}

static uint8_t ram_and_readonly(const struct child *client)
{
	uint8_t ram = keep(client, "ram", 0, 0);

	test_store(client, 0xff8, 0x1234);
	test_load(client, 0xff8);
	keep(client, "readonly", ram, 0);
	test_load(client, 0xff8);
	test_store(client, 0xff8, 1);
	test_load(client, 0xff8);
	return ram;
}

static void cow(const struct child *client, uint8_t ram)
{
	struct child keeper;
	struct message undo = {.order = COW_UNDO};
	uint64_t copied = 0;
	struct message read = {.order = PAGE_READ, .word = {0xff8, 8}, .buffer = &copied, .room = sizeof(copied)};
	uint8_t entry;

	print("cow\n");
	keeper = test_start("cow", ram, 0);
	child_map(client, child_virtual_page(&keeper, 0, 0));
	test_store(client, 0xff8, 0x5678);
	test_load(client, 0xff8);
	message_call(ram, &read);
	print("what it copied: 0x%lx\n", copied);
	entry = child_entry(&keeper, 1);
	message_call(entry, &undo);
	print("undo: result %lu, %lu left\n", undo.order, undo.word[0]);
	test_load(client, 0xff8);
	undo = (struct message){.order = COW_UNDO};
	message_call(entry, &undo);
	print("undo: result %lu, %lu left\n", undo.order, undo.word[0]);
}

static void lazy(const struct child *client)
{
	uint8_t file = child_slot();

	message_ask(child_module("counter"), SPACE_GET, 0, 0, 0, file);
	keep(client, "lazy", file, 0);
	test_load(client, 0x18);
	test_load(client, 0x10);
	test_store(client, 0x10, 1);
	test_load(client, 0x10);
}

static void limiter(const struct child *client, uint8_t ram)
{
	uint64_t before;

	keep(client, "limiter", ram, 5);
	before = test_ticks();
	for (int i = 0; i < 3; i++)
		test_load(client, 0xff8);
	print("at least 10 ticks: %s\n", test_ticks() - before >= 10 ? "yes" : "no");
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct child client;
	uint8_t ram;

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	client = test_client();
	counter(&client);
	ram = ram_and_readonly(&client);
	cow(&client, ram);
	lazy(&client);
	limiter(&client, ram);
	test_end(0);
}
