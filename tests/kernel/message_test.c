/* message_test.c: call, return and send, capabilities in messages, and strings over virtual pages. */
#include "tests/kernel/scene.h"

#define SLOT_ENTRY 40

static struct scene with_entry(void)
{
	struct scene s = scene_make();

	rig_order(s.maker, SLOT_ENDPOINT, ENDPOINT_ENTRY, 0x42, 0, 0, SLOT_ENTRY);
	rig_order(s.maker, SLOT_CLIENT, PROCESS_SET_SLOT, 20, 0, SLOT_ENTRY, 0);
	rig_order(s.maker, SLOT_CLIENT, PROCESS_SET_SLOT, 21, 0, START_SLOT_CLOCK, 0);
	rig_order(s.maker, SLOT_SECOND, PROCESS_SET_SLOT, 20, 0, SLOT_ENTRY, 0);
	return s;
}

static void call_and_return(void)
{
	struct scene s = with_entry();
	struct rig_message m = {.order = 0x1234,
				.word = {1, 2, 3, 4},
				.send = {0, 21},
				.receive = {30, 31},
				.string = SCENE_REAL + 5,
				.length = 6,
				.buffer = SCENE_REAL + 0x100,
				.room = 3};
	struct rig_message answer = {.order = 99,
				     .word = {5, 6, 7, 8},
				     .send = {KEEPER_SLOT_PAGE},
				     .string = SCENE_KEEPER_STRING,
				     .length = 5,
				     .reply = KEEPER_SLOT_REPLY};
	const struct process_registers *k = kernel_registers(s.keeper), *c = kernel_registers(s.client);

	memcpy(rig_page(s.maker, SLOT_REAL) + 5, "gruezi", 6);
	rig_invoke(s.client, INVOKE_CALL, 20, &m);
	CHECK_EQ(s.client->wait, WAIT_REPLY);
	CHECK(rig_next() == s.keeper);
	CHECK(k->rax == INVOKE_OK && k->rdi == 0x42 && k->rsi == 0x1234);
	CHECK(k->rdx == 1 && k->r10 == 2 && k->r8 == 3 && k->r9 == 4);
	CHECK_EQ(k->r12, 2);
	CHECK_EQ(k->r14, 6);
	CHECK(memcmp(scene_bytes(), "gruezi", 6) == 0);
	CHECK_EQ(s.keeper->slot[KEEPER_SLOT_REPLY].type, TYPE_REPLY);
	memcpy(rig.memory + RIG_SIZE + 0x2000, "salut", 5);
	rig_invoke(s.keeper, INVOKE_RETURN, KEEPER_SLOT_REPLY, &answer);
	CHECK(rig_next() == s.client);
	CHECK(c->rax == INVOKE_OK && c->rdi == 0 && c->rsi == 99);
	CHECK(c->rdx == 5 && c->r10 == 6 && c->r8 == 7 && c->r9 == 8);
	CHECK_EQ(c->r12, 1);
	CHECK_EQ(c->r14, 3); /* cut to the room */
	CHECK(memcmp(rig_page(s.maker, SLOT_REAL) + 0x100, "sal\0", 4) == 0);
	CHECK_EQ(s.client->slot[30].type, TYPE_PAGE);
	CHECK_EQ(s.client->slot[31].type, TYPE_NULL);
	CHECK_EQ(s.keeper->wait, WAIT_MESSAGE);
}

static void a_reply_is_of_one_use(void)
{
	struct scene s = with_entry();
	struct rig_message m = {.order = 1}, answer = {.order = 5};
	struct process_registers once;

	rig_invoke(s.client, INVOKE_CALL, 20, &m);
	CHECK(rig_next() == s.keeper);
	s.maker->slot[SLOT_SPARE] = s.keeper->slot[KEEPER_SLOT_REPLY];
	scene_answer(&s, 4, 0, 0, 0, NULL, 0);
	once = *kernel_registers(s.client);
	CHECK_EQ(rig_ask(s.maker, SLOT_SPARE, &answer), RESULT_NULL);
	rig_invoke(s.maker, INVOKE_SEND, SLOT_SPARE, &answer);
	CHECK(memcmp(&once, kernel_registers(s.client), sizeof(once)) == 0);
	CHECK_EQ(once.rsi, 4);
}

static void senders_wait_in_order(void)
{
	struct scene s = with_entry();
	struct rig_message first = {.order = 1}, second = {.order = 2};
	const struct process_registers *k = kernel_registers(s.keeper);

	process_cancel(s.keeper);
	process_stop(s.keeper);
	rig_invoke(s.client, INVOKE_SEND, 20, &first);
	CHECK_EQ(s.client->wait, WAIT_SEND);
	rig_invoke(s.second, INVOKE_CALL, 20, &second);
	CHECK(rig_next() == NULL);
	scene_resume(&s, SLOT_KEEPER);
	CHECK(rig_next() == s.keeper);
	for (uint64_t order = 1; order <= 2; order++) {
		scene_listen(s.keeper);
		CHECK_EQ(k->rsi, order);
		CHECK_EQ(s.keeper->slot[KEEPER_SLOT_REPLY].type, order == 2 ? TYPE_REPLY : TYPE_NULL);
	}
	CHECK_EQ(s.client->wait, WAIT_NOTHING);
	CHECK_EQ(s.second->wait, WAIT_REPLY);
}

static void an_endpoint_goes(void)
{
	struct scene s = with_entry();
	struct rig_message m = {.order = 1};

	process_cancel(s.keeper);
	process_stop(s.keeper);
	rig_invoke(s.client, INVOKE_SEND, 20, &m);
	rig_invoke(s.second, INVOKE_CALL, 20, &m);
	scene_resume(&s, SLOT_SECOND);
	rig_order(s.maker, START_SLOT_BANK, BANK_FREE, 0, 0, SLOT_ENDPOINT, 0);
	CHECK(rig_next() == s.second);
	CHECK_EQ(kernel_registers(s.second)->rsi, RESULT_NULL);
	process_stop(s.second);
	CHECK(rig_next() == s.client);
	CHECK_EQ(kernel_registers(s.client)->rax, INVOKE_OK);
	scene_resume(&s, SLOT_KEEPER);
	s = with_entry(); /* and for who waits there */
	rig_order(s.maker, START_SLOT_BANK, BANK_FREE, 0, 0, SLOT_ENDPOINT, 0);
	CHECK_EQ(kernel_registers(s.keeper)->rax, INVOKE_EENDPOINT);
	CHECK_EQ(s.keeper->wait, WAIT_NOTHING);
}

static void a_server_dies(void)
{
	struct scene s = with_entry();
	struct rig_message m = {.order = 1};

	rig_invoke(s.client, INVOKE_CALL, 20, &m);
	rig_order(s.maker, START_SLOT_BANK, BANK_FREE, 0, 0, SLOT_KEEPER, 0);
	CHECK(rig_next() == s.client);
	CHECK_EQ(kernel_registers(s.client)->rsi, RESULT_NULL);
}

/* The reply is owed by who received it last: its first owner may go. */
static void a_reply_is_passed_on(void)
{
	struct scene s = with_entry();
	struct rig_message m = {.order = 1}, pass = {.send = {KEEPER_SLOT_REPLY}}, answer = {.order = 4};

	rig_invoke(s.client, INVOKE_CALL, 20, &m);
	CHECK(rig_next() == s.keeper);
	rig_order(s.maker, SLOT_SECOND, PROCESS_SET_ENDPOINT, 0, 0, SLOT_SPARE, 0);
	rig_alloc(s.maker, TYPE_ENDPOINT, 0, 41);
	rig_order(s.maker, 41, ENDPOINT_ENTRY, 0, 0, 0, 42);
	rig_order(s.maker, SLOT_SECOND, PROCESS_SET_ENDPOINT, 0, 0, 41, 0);
	rig_order(s.maker, SLOT_KEEPER, PROCESS_SET_SLOT, 20, 0, 42, 0);
	m.receive[0] = 33;
	rig_invoke(s.second, INVOKE_RETURN, 0, &m);
	rig_invoke(s.keeper, INVOKE_SEND, 20, &pass);
	CHECK_EQ(s.second->slot[33].type, TYPE_REPLY);
	rig_order(s.maker, START_SLOT_BANK, BANK_FREE, 0, 0, SLOT_KEEPER, 0);
	CHECK_EQ(s.client->wait, WAIT_REPLY);
	rig_invoke(s.second, INVOKE_SEND, 33, &answer);
	CHECK_EQ(s.client->wait, WAIT_NOTHING);
	CHECK_EQ(kernel_registers(s.client)->rsi, 4);
}

/* CALL to a reply: who is answered gets a reply itself, and so on to and fro. */
static void to_and_fro(void)
{
	struct scene s = with_entry();
	struct rig_message m = {.order = 1, .reply = 30};
	struct rig_message k = {.order = 2, .reply = KEEPER_SLOT_REPLY};

	rig_invoke(s.client, INVOKE_CALL, 20, &m);
	CHECK(rig_next() == s.keeper);
	for (unsigned i = 0; i < 3; i++) {
		rig_invoke(s.keeper, INVOKE_CALL, KEEPER_SLOT_REPLY, &k);
		CHECK(rig_next() == s.client);
		CHECK_EQ(s.client->slot[30].type, TYPE_REPLY);
		rig_invoke(s.client, INVOKE_CALL, 30, &m);
		CHECK(rig_next() == s.keeper);
		CHECK_EQ(kernel_registers(s.keeper)->rsi, 1);
	}
}

static void a_reply_faults_the_caller(void)
{
	struct scene s = with_entry();
	struct rig_message m = {.order = 1};

	rig_invoke(s.client, INVOKE_CALL, 20, &m);
	CHECK(rig_next() == s.keeper);
	scene_answer(&s, REPLY_FAULT, FAULT_USER + 9, 3, 0, NULL, 0);
	scene_faulted(s.client, FAULT_USER + 9);
	CHECK_EQ(kernel_registers(s.client)->fault_code, 3);
}

/* The client's string crosses from its real page into the virtual one: 16 bytes there, 150 here. */
static void a_string_from_a_virtual_page(void)
{
	struct scene s = with_entry();
	struct rig_message m = {.order = CONSOLE_WRITE, .string = SCENE_VIRTUAL - 16, .length = 166};
	const struct process_registers *k = kernel_registers(s.keeper);
	static const unsigned sizes[] = {64, 64, 22};
	uint64_t id = 0;
	char piece[64];

	memset(piece, 'v', sizeof(piece));
	memset(rig_page(s.maker, SLOT_REAL), 'r', 4096);
	rig_order(s.maker, SLOT_CLIENT, PROCESS_SET_SLOT, 20, 0, START_SLOT_CONSOLE, 0);
	rig_invoke(s.client, INVOKE_CALL, 20, &m);
	for (unsigned i = 0; i < 3; i++) {
		CHECK(rig_next() == s.keeper);
		CHECK_EQ(k->rsi, ACCESS_LOAD);
		CHECK_EQ(k->r10, 64 * i);
		CHECK_EQ(ACCESS_INFO_SIZE(k->r8), sizes[i]);
		CHECK(k->rdx > id);
		id = k->rdx;
		scene_answer(&s, ANSWER_DONE, 0, 0, 0, piece, sizes[i]);
	}
	CHECK(rig_next() == s.client);
	CHECK_EQ(kernel_registers(s.client)->rsi, RESULT_OK);
	CHECK_EQ(strlen(rig.console), 166);
	CHECK(strspn(rig.console, "r") == 16 && strspn(rig.console + 16, "v") == 150);
}

/* To a virtual page: stores, or a step, or whatever the keeper answers. */
static void a_string_to_a_virtual_page(void)
{
	struct scene s = with_entry();
	struct rig_message m = {.order = PROCESS_GET_REGISTERS,
				.buffer = SCENE_VIRTUAL + 0xfc0,
				.room = sizeof(struct process_registers)};
	const struct process_registers *k = kernel_registers(s.keeper);
	uint8_t *behind = rig_page(s.maker, SLOT_BEHIND);

	s.second->registers.rax = 0x1122334455667788;
	rig_order(s.maker, SLOT_CLIENT, PROCESS_SET_SLOT, 20, 0, SLOT_SECOND, 0);
	rig_invoke(s.client, INVOKE_CALL, 20, &m);
	CHECK(rig_next() == s.keeper);
	CHECK_EQ(k->rsi, ACCESS_STORE);
	CHECK_EQ(rig_get(scene_bytes()->after, 8), 0x1122334455667788);
	scene_answer(&s, ANSWER_STEP, 0, 0, KEEPER_SLOT_PAGE, NULL, 0);
	CHECK(rig_next() == s.keeper);
	CHECK_EQ(k->rsi, ACCESS_STEPPED);
	CHECK_EQ(rig_get(behind + 0xfc0, 8), 0x1122334455667788);
	scene_answer(&s, ANSWER_UNDO, 0, 0, 0, NULL, 0);
	CHECK(rig_next() == s.keeper);
	CHECK_EQ(rig_get(behind + 0xfc0, 8), 0);
	CHECK_EQ(k->rsi, ACCESS_STORE);
	scene_answer(&s, ANSWER_FORWARD, 0, 0, KEEPER_SLOT_PAGE, NULL, 0);
	CHECK(rig_next() == s.keeper); /* the rest goes to the other virtual page */
	CHECK_EQ(rig_get(behind + 0xfc0, 8), 0x1122334455667788);
	CHECK_EQ(k->rdi, 6);
	CHECK_EQ(k->r10, 0);
	scene_answer(&s, ANSWER_MAP, 0, 0, KEEPER_SLOT_PAGE, NULL, 0);
	CHECK(rig_next() == s.client);
	CHECK_EQ(kernel_registers(s.client)->r14, sizeof(struct process_registers));
	CHECK(memcmp(behind, (char *)&s.second->registers + 64, sizeof(struct process_registers) - 64) == 0);
}

static void a_string_that_cannot_be_had(void)
{
	static const struct {
		const char *name;
		uint64_t address;
		bool asked;
		uint64_t answer;
	} rows[] = {
		{"nothing there", 0x5000, false, 0},
		{"the keeper's fault", SCENE_VIRTUAL, true, ANSWER_FAULT},
		{"a malformed answer", SCENE_VIRTUAL, true, 0x1234},
		{"rescinded", SCENE_VIRTUAL, true, 0},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene s = with_entry();
		struct rig_message m = {.order = 7, .string = rows[i].address, .length = 8};

		check_row = rows[i].name;
		rig_order(s.maker, SLOT_SPACE, SPACE_SET, 1, 0, SLOT_FACET, 0);
		rig_order(s.maker, SLOT_CLIENT, PROCESS_SET_SLOT, 20, 0, START_SLOT_CONSOLE, 0);
		rig_invoke(s.client, INVOKE_CALL, 20, &m);
		if (rows[i].asked)
			CHECK(rig_next() == s.keeper);
		if (rows[i].answer)
			scene_answer(&s, rows[i].answer, FAULT_USER, 0, 0, NULL, 0);
		else if (rows[i].asked)
			rig_order(s.maker, SLOT_FORWARDER, FORWARDER_RESCIND, 0, 0, 0, 0);
		if (rig_next() == s.keeper)
			process_stop(s.keeper);
		CHECK(rig_next() == s.client);
		CHECK_EQ(kernel_registers(s.client)->rax, INVOKE_ESTRING);
		CHECK_EQ(kernel_registers(s.client)->fault, FAULT_NONE);
		CHECK_STR(rig.console, "");
	}
}

/* Received, but there is nowhere to put it. */
static void a_buffer_that_is_not_there(void)
{
	struct scene s = with_entry();
	struct rig_message m = {.order = PROCESS_GET_REGISTERS, .buffer = 0xff0, .room = 4096};

	rig_order(s.maker, SLOT_CLIENT, PROCESS_SET_SLOT, 20, 0, SLOT_SECOND, 0);
	rig_order(s.maker, SLOT_SPACE, SPACE_SET, 1, 0, 0, 0);
	rig_invoke(s.client, INVOKE_CALL, 20, &m);
	CHECK(rig_next() == s.client);
	CHECK_EQ(kernel_registers(s.client)->rax, INVOKE_ESTRING);
	CHECK_EQ(kernel_registers(s.client)->r14, 16);
}

CHECK_MAIN(CHECK_TEST(call_and_return), CHECK_TEST(a_reply_is_of_one_use), CHECK_TEST(senders_wait_in_order),
	   CHECK_TEST(an_endpoint_goes), CHECK_TEST(a_server_dies), CHECK_TEST(a_reply_is_passed_on),
	   CHECK_TEST(to_and_fro), CHECK_TEST(a_reply_faults_the_caller), CHECK_TEST(a_string_from_a_virtual_page),
	   CHECK_TEST(a_string_to_a_virtual_page), CHECK_TEST(a_string_that_cannot_be_had),
	   CHECK_TEST(a_buffer_that_is_not_there))
