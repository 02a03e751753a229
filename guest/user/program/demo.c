/*
 * demo: a page that is a process, told in order.
 *
 *	1. a client on a real page, and the same client on a virtual page whose keeper shows each access
 *	2. a keeper that has its client single-stepped, sees before and after, and undoes it
 *	3. a capability rescinded: the fault its holder gets
 *	4. what a load costs that a process answers
 */
#include "guest/user/lib/child.h"
#include "guest/user/lib/print.h"
#include "guest/user/lib/start.h"
#include "guest/user/program/client.h"

#define LOADS 100ul

static void end(const char *why, uint8_t status)
{
	if (why)
		print("demo: %s\n", why);
	message_ask(START_SLOT_CONSOLE, CONSOLE_EXIT, status, 0, 0, 0);
	for (;;)
		;
}

static void make(const char *name, struct child *child, uint64_t argument)
{
	if (!child_make(name, child))
		end(name, 1);
	child_start(child, argument, 0);
}

/* The same program on a page and on a process that stands for one. */
static bool same_on_both(const struct child *client)
{
	struct child logger;
	struct client_result real, virtual;
	uint8_t page = child_alloc(TYPE_PAGE, 0);

	print("A client on a real page:\n");
	real = client_do(client, CLIENT_EXERCISE, 0, 0);
	print("  result 0x%lx\n", real.value);
	if (!child_make("logger", &logger))
		end("logger", 1);
	child_give(&logger, CHILD_SLOT_TARGET, page);
	child_start(&logger, 0, 0);
	child_map(client, child_virtual_page(&logger, 0, 0));
	print("The same client on a virtual page; its keeper, a process, shows each access:\n");
	virtual = client_do(client, CLIENT_EXERCISE, 0, 0);
	print("  result 0x%lx, %s\n", virtual.value, real.value == virtual.value ? "the same" : "DIFFERENT");
	return real.fault == FAULT_NONE && virtual.fault == FAULT_NONE && real.value == virtual.value;
}

static bool step_and_undo(const struct child *client)
{
	struct child stepper;
	struct client_result r;

	print("A keeper that has its client stepped, alone, and is asked again; the first step it undoes:\n");
	make("stepper", &stepper, 1);
	child_map(client, child_virtual_page(&stepper, 0, 0));
	r = client_do(client, CLIENT_ADD, 0x10, 5);
	print("  the client added 5 to 0x%lx\n", r.value);
	r = client_do(client, CLIENT_LOAD, 0x10, 0);
	print("  and loads 0x%lx\n", r.value);
	return r.fault == FAULT_NONE && r.value == 5;
}

static bool rescind(const struct child *client, uint8_t ram)
{
	uint8_t forwarder = child_alloc(TYPE_FORWARDER, 0), handed_out = child_slot();
	struct client_result before, after;

	print("A virtual page behind a forwarder, rescinded:\n");
	message_ask(forwarder, FORWARDER_SET_TARGET, 0, 0, ram, 0);
	message_ask(forwarder, FORWARDER_GET, 0, 0, 0, handed_out);
	child_map(client, handed_out);
	client_do(client, CLIENT_STORE, 0x20, 0x7777);
	before = client_do(client, CLIENT_LOAD, 0x20, 0);
	print("  before: the client loads 0x%lx\n", before.value);
	message_ask(forwarder, FORWARDER_RESCIND, 0, 0, 0, 0);
	after = client_do(client, CLIENT_LOAD, 0x20, 0);
	print("  after: the client gets fault %lu%s\n", after.fault,
	      after.fault == FAULT_INVALID_ADDRESS ? ": nothing is there" : "");
	return before.value == 0x7777 && after.fault != FAULT_NONE;
}

static bool time(const struct child *client, uint8_t ram)
{
	struct client_result loads, calls;

	print("What it costs:\n");
	calls = client_do(client, CLIENT_TIME_CALLS, 0, LOADS);
	child_map(client, ram);
	loads = client_do(client, CLIENT_TIME_LOADS, 0, LOADS);
	print("  time: a call to the kernel and back: %lu cycles of the time stamp counter\n", calls.value / LOADS);
	print("  time: a load that a process answers: %lu\n", loads.value / LOADS);
	return loads.fault == FAULT_NONE;
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct child client, ram;
	uint8_t ram_page;
	bool right;

	(void)a, (void)b, (void)c, (void)d;
	if (!client_parent() || !client_make(&client))
		end("no client", 1);
	make("ram", &ram, 0);
	ram_page = child_virtual_page(&ram, 0, 0);
	right = same_on_both(&client);
	right = step_and_undo(&client) && right;
	right = rescind(&client, ram_page) && right;
	right = time(&client, ram_page) && right;
	end(NULL, right ? 0 : 1);
}
