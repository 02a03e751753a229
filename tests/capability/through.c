/*
 * Behind a membrane as before it: who is asked in the end hears of its steps, and of what will not be completed; and
 * what the membrane forwards to can be rescinded while it is asked.
 *
 * modules: client membrane stepper puppet ram
 * line:   stepper: 0x10 size 8: before 0x0, after 0x5, undone
 * line:   stepper: 0x10 size 8: before 0x0, after 0x5
 * line: added: 0x0
 * line:   stepper: 0x10 size 8: before 0x5, after 0x5
 * line: loaded: 0x5
 * line: asked, then rescinded behind the membrane: fault 5
 * line: late answer: 1
 * line: held, then rescinded before it: fault 5, told gone 1
 * line: the membrane's page destroyed, and then touched: fault 5, again 5
 */
#include "tests/capability/pulled.h"
#include "tests/capability/wrapped.h"

static void steps(const struct child *client)
{
	struct child stepper = test_start("stepper", 0, 1);
	struct wrapped w = wrapped_make(child_virtual_page(&stepper, 0, 0), true);

	child_map(client, w.handed_out);
	print("added: 0x%lx\n", client_do(client, CLIENT_ADD, 0x10, 5).value);
	print("loaded: 0x%lx\n", client_do(client, CLIENT_LOAD, 0x10, 0).value);
	wrapped_forget(&w);
}

static void behind(const struct child *client, const struct pulled *puppet, uint8_t page)
{
	struct revocable r = revocable_make(page);
	struct wrapped w = wrapped_make(r.facet, true);

	child_map(client, w.handed_out);
	client_tell(CLIENT_LOAD, 0x10, 0);
	pulled_wait(puppet, 1);
	message_ask(r.control, FORWARDER_RESCIND, 0, 0, 0, 0);
	print("asked, then rescinded behind the membrane: fault %lu\n", client_wait(client).fault);
	print("late answer: %lu\n", pulled_answer(puppet, 0, ANSWER_DONE, 5, 8));
	wrapped_forget(&w);
	revocable_end(&r);
}

static void before(const struct child *client, const struct pulled *puppet, uint8_t page)
{
	struct wrapped w = wrapped_make(page, true);
	struct revocable r = revocable_make(w.handed_out);
	uint64_t gone = pulled_state(puppet).gone, fault;

	child_map(client, r.facet);
	client_tell(CLIENT_ADD, 0x10, 5);
	pulled_wait(puppet, 1);
	pulled_answer(puppet, 0, ANSWER_DONE, 5, 8);
	pulled_wait(puppet, 1);
	message_ask(r.control, FORWARDER_RESCIND, 0, 0, 0, 0);
	fault = client_wait(client).fault;
	print("held, then rescinded before it: fault %lu, told gone %lu\n", fault, pulled_state(puppet).gone - gone);
}

/* The membrane holds what is null now, and forwards to that. */
static void destroyed(const struct child *client)
{
	struct child ram = test_start("ram", 0, 0);
	struct wrapped w = wrapped_make(child_virtual_page(&ram, 0, 0), true);
	uint64_t fault;

	child_map(client, w.handed_out);
	client_do(client, CLIENT_STORE, 0x10, 5);
	message_ask(START_SLOT_BANK, BANK_FREE, 0, 0, ram.endpoint, 0);
	fault = client_do(client, CLIENT_LOAD, 0x10, 0).fault;
	print("the membrane's page destroyed, and then touched: fault %lu, again %lu\n", fault,
	      client_do(client, CLIENT_STORE, 0x10, 5).fault);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct pulled puppet = pulled_make();
	struct child client;
	uint8_t page = child_virtual_page(&puppet.child, 1, 0);

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	client = test_client();
	steps(&client);
	behind(&client, &puppet, page);
	before(&client, &puppet, page);
	destroyed(&client);
	test_end(0);
}
