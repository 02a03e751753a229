/*
 * test.h: what the first processes that are tests have in common.
 */
#ifndef TESTS_CAPABILITY_TEST_H
#define TESTS_CAPABILITY_TEST_H

#include "guest/user/lib/child.h"
#include "guest/user/lib/print.h"
#include "guest/user/lib/start.h"
#include "guest/user/program/client.h"

static inline void test_end(uint8_t status)
{
	message_ask(START_SLOT_CONSOLE, CONSOLE_EXIT, status, 0, 0, 0);
	for (;;)
		;
}

/* A program that runs; the test ends if it cannot be made. */
static inline struct child test_start(const char *name, uint8_t target, uint64_t argument)
{
	struct child child;

	if (!child_make(name, &child)) {
		print("cannot make %s\n", name);
		test_end(1);
	}
	if (target)
		child_give(&child, CHILD_SLOT_TARGET, target);
	child_start(&child, argument, 0);
	return child;
}

static inline struct child test_client(void)
{
	struct child client;

	if (!client_make(&client)) {
		print("cannot make a client\n");
		test_end(1);
	}
	return client;
}

/* Do it, and print it: "load 0x8 = 0x1", or "load 0x8: fault 5". */
static inline struct client_result test_load(const struct child *client, uint64_t offset)
{
	struct client_result r = client_do(client, CLIENT_LOAD, offset, 0);

	if (r.fault)
		print("load 0x%lx: fault %lu\n", offset, r.fault);
	else
		print("load 0x%lx = 0x%lx\n", offset, r.value);
	return r;
}

static inline struct client_result test_store(const struct child *client, uint64_t offset, uint64_t value)
{
	struct client_result r = client_do(client, CLIENT_STORE, offset, value);

	if (r.fault)
		print("store 0x%lx 0x%lx: fault %lu\n", offset, value, r.fault);
	else
		print("store 0x%lx 0x%lx\n", offset, value);
	return r;
}

static inline void test_sleep(uint64_t ticks)
{
	message_ask(START_SLOT_CLOCK, CLOCK_SLEEP, ticks, 0, 0, 0);
}

static inline uint64_t test_ticks(void)
{
	struct message m = {.order = CLOCK_NOW};

	message_call(START_SLOT_CLOCK, &m);
	return m.word[1];
}

#endif
