/* access_test.c: loads and stores that a keeper answers. */
#include "tests/kernel/scene.h"

static void load(void)
{
	struct scene s = scene_make();
	struct rig_insn insn = {.kind = RIG_LOAD, .to = SCENE_VIRTUAL + 0x10, .size = 4};
	const struct process_registers *r = scene_ask(&s, s.client, &insn);

	CHECK_EQ(r->rdi, 5);
	CHECK_EQ(r->rsi, ACCESS_LOAD);
	CHECK_EQ(r->r10, 0x10);
	CHECK_EQ(ACCESS_INFO_SIZE(r->r8), 4);
	CHECK_EQ(ACCESS_INFO_PARTS(r->r8), 1);
	CHECK_EQ(r->r9, 0);
	CHECK_EQ(s.keeper->slot[KEEPER_SLOT_REPLY].type, TYPE_REPLY);
	scene_done(&s, 0x11223344, 4);
	scene_completes(s.client, &insn, 0x11223344);
	CHECK_EQ(capability_now(&s.keeper->slot[KEEPER_SLOT_REPLY]).type, TYPE_NULL);
	CHECK(rig_next() == s.client);
}

static void store(void)
{
	struct scene s = scene_make();
	struct rig_insn insn = {.kind = RIG_STORE, .to = SCENE_VIRTUAL + 0xff8, .size = 8, .value = 0x0102030405060708};
	const struct process_registers *r = scene_ask(&s, s.client, &insn);

	CHECK_EQ(r->rsi, ACCESS_STORE);
	CHECK_EQ(r->r14, sizeof(struct keeper_access));
	CHECK_EQ(rig_get(scene_bytes()->after, 8), 0x0102030405060708);
	scene_answer(&s, ANSWER_DONE, 0, 0, 0, NULL, 0);
	CHECK(rig_next() == s.client);
	CHECK_EQ(rig_execute(s.client, &insn), RIG_DONE);
}

/* Load and store are one: who comes between waits. */
static void modify_is_atomic(void)
{
	struct scene s = scene_make();
	struct rig_insn insn = {.kind = RIG_ADD, .to = SCENE_VIRTUAL, .size = 8, .value = 3};
	struct rig_insn other = {.kind = RIG_LOAD, .to = SCENE_VIRTUAL, .size = 8};
	const struct process_registers *r = scene_ask(&s, s.client, &insn);
	uint64_t id = r->rdx;

	CHECK_EQ(r->rsi, ACCESS_LOAD);
	CHECK(r->r8 & ACCESS_INFO_MODIFY);
	CHECK(r->r8 & ACCESS_INFO_LOCKED);
	scene_done(&s, 40, 8);
	scene_resume(&s, SLOT_SECOND);
	process_stop(s.client); /* it would be next */
	CHECK(rig_next() == s.keeper); /* it hears that the access is not completed */
	CHECK_EQ(r->rsi, ACCESS_GONE);
	CHECK_EQ(r->rdx, id);
	scene_listen(s.keeper);
	process_stop(s.second);
	scene_resume(&s, SLOT_CLIENT);
	scene_ask(&s, s.client, &insn);
	CHECK(r->rdx > id);
	scene_done(&s, 40, 8);
	CHECK(rig_next() == s.client);
	CHECK_EQ(rig_execute(s.client, &insn), RIG_WAITS);
	scene_resume(&s, SLOT_SECOND);
	CHECK(rig_next() == s.keeper);
	CHECK_EQ(r->rsi, ACCESS_STORE);
	CHECK_EQ(rig_get(scene_bytes()->before, 8), 40);
	CHECK_EQ(rig_get(scene_bytes()->after, 8), 43);
	process_stop(s.keeper);
	CHECK(rig_next() == s.second);
	CHECK_EQ(rig_execute(s.second, &other), RIG_WAITS);
	CHECK_EQ(s.second->wait, WAIT_LOCK);
	scene_answer(&s, ANSWER_DONE, 0, 0, 0, NULL, 0);
	scene_resume(&s, SLOT_KEEPER);
	scene_completes(s.client, &insn, 40);
	process_stop(s.client);
	CHECK(rig_next() == s.keeper);
	CHECK_EQ(r->rsi, ACCESS_LOAD);
	scene_done(&s, 43, 8);
	scene_completes(s.second, &other, 43);
}

static void two_pages_in_one_instruction(void)
{
	static const struct {
		uint64_t order, badge, part;
	} rows[] = {{ACCESS_ADMIT, 5, 0}, {ACCESS_ADMIT, 6, 1}, {ACCESS_LOAD, 5, 0}, {ACCESS_STORE, 6, 1}};
	struct scene s = scene_make();
	struct rig_insn insn = {.kind = RIG_MOVE, .from = SCENE_VIRTUAL, .to = SCENE_OTHER, .size = 2};
	const struct process_registers *r = kernel_registers(s.keeper);
	uint64_t id = 0;

	for (unsigned i = 0; i < 4; i++) {
		CHECK(rig_next() == s.client);
		CHECK_EQ(rig_execute(s.client, &insn), RIG_WAITS);
		CHECK(rig_next() == s.keeper);
		CHECK_EQ(r->rsi, rows[i].order);
		CHECK_EQ(r->rdi, rows[i].badge);
		CHECK_EQ(ACCESS_INFO_PART(r->r8), rows[i].part);
		CHECK_EQ(ACCESS_INFO_PARTS(r->r8), 2);
		CHECK(i == 0 || id == r->rdx);
		id = r->rdx;
		scene_done(&s, 0xbeef, rows[i].order == ACCESS_LOAD ? 2 : 0);
	}
	CHECK_EQ(rig_get(scene_bytes()->after, 2), 0xbeef);
	scene_completes(s.client, &insn, 0xbeef);
	CHECK(link_alone(&s.client->access.held));
}

static void malformed_answers(void)
{
	static const struct {
		const char *name;
		uint64_t order, word0;
		uint8_t cap;
		unsigned size;
		uint64_t fault;
	} rows[] = {
		{"too short", ANSWER_DONE, 0, 0, 3, FAULT_MALFORMED_ANSWER},
		{"too long", ANSWER_DONE, 0, 0, 5, FAULT_MALFORMED_ANSWER},
		{"a page of bytes", ANSWER_DONE, 0, 0, 4096, FAULT_MALFORMED_ANSWER},
		{"no such answer", 0x1199, 0, 0, 4, FAULT_MALFORMED_ANSWER},
		{"a result of a call's", RESULT_RIGHTS, 0, 0, 4, FAULT_MALFORMED_ANSWER},
		{"map without a page", ANSWER_MAP, 0, 0, 0, FAULT_MALFORMED_ANSWER},
		{"map with no such restriction", ANSWER_MAP, 0x100, KEEPER_SLOT_PAGE, 0, FAULT_MALFORMED_ANSWER},
		{"step without a page", ANSWER_STEP, 0, 0, 0, FAULT_MALFORMED_ANSWER},
		{"step on what is no page", ANSWER_STEP, 0, 14, 0, FAULT_MALFORMED_ANSWER},
		{"forward to nothing", ANSWER_FORWARD, 0, 0, 0, FAULT_GONE},
		{"forward to what is no page", ANSWER_FORWARD, 0, 14, 0, FAULT_MALFORMED_ANSWER},
		{"undo without a step", ANSWER_UNDO, 0, 0, 0, FAULT_MALFORMED_ANSWER},
		{"no fault", ANSWER_FAULT, FAULT_NONE, 0, 0, FAULT_MALFORMED_ANSWER},
		{"no such fault", ANSWER_FAULT, FAULT_EXCEPTION + 1, 0, 0, FAULT_MALFORMED_ANSWER},
		{"a fault", ANSWER_FAULT, FAULT_USER + 3, 0, 0, FAULT_USER + 3},
		{"a fault by the reply's own order", REPLY_FAULT, FAULT_ACCESS, 0, 0, FAULT_ACCESS},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene s = scene_make();
		struct rig_insn insn = {.kind = RIG_LOAD, .to = SCENE_VIRTUAL, .size = 4};
		uint64_t rip = kernel_registers(s.client)->rip;

		check_row = rows[i].name;
		rig_order(s.maker, SLOT_KEEPER, PROCESS_SET_SLOT, 14, 0, START_SLOT_CLOCK, 0);
		scene_ask(&s, s.client, &insn);
		scene_answer(&s, rows[i].order, rows[i].word0, 9, rows[i].cap, "value", rows[i].size % 6);
		if (rows[i].size == 4096) {
			s = scene_make();
			scene_ask(&s, s.client, &insn);
			scene_answer(&s, rows[i].order, 0, 0, 0, rig.memory, 4096);
		}
		scene_faulted(s.client, rows[i].fault);
		CHECK_EQ(kernel_registers(s.client)->rip, rip);
		CHECK_EQ(kernel_registers(s.client)->fault_address, SCENE_VIRTUAL);
		CHECK_EQ(s.keeper->wait, WAIT_MESSAGE); /* nothing happened to it */
		CHECK(!s.keeper->stopped);
		scene_resume(&s, SLOT_CLIENT);
		scene_ask(&s, s.client, &insn);
		scene_done(&s, 1, 4);
		scene_completes(s.client, &insn, 1);
	}
}

static void reply_is_of_one_use(void)
{
	struct scene s = scene_make();
	struct rig_insn insn = {.kind = RIG_LOAD, .to = SCENE_VIRTUAL, .size = 4};
	struct capability reply;
	struct rig_message m = {.order = ANSWER_FAULT, .word = {FAULT_USER}};

	scene_ask(&s, s.client, &insn);
	reply = s.keeper->slot[KEEPER_SLOT_REPLY];
	scene_done(&s, 7, 4);
	s.maker->slot[SLOT_SPARE] = reply;
	CHECK_EQ(rig_ask(s.maker, SLOT_SPARE, &m), RESULT_NULL);
	scene_completes(s.client, &insn, 7);
	CHECK_EQ(rig_ask(s.maker, SLOT_SPARE, &m), RESULT_NULL);
	CHECK(!s.client->stopped);
	scene_ask(&s, s.client, &insn); /* the next question's is another */
	CHECK_EQ(rig_ask(s.maker, SLOT_SPARE, &m), RESULT_NULL);
	scene_done(&s, 8, 4);
	scene_completes(s.client, &insn, 8);
}

static void retry_asks_again(void)
{
	struct scene s = scene_make();
	struct rig_insn insn = {.kind = RIG_LOAD, .to = SCENE_VIRTUAL, .size = 4};
	uint64_t id = scene_ask(&s, s.client, &insn)->rdx;

	scene_answer(&s, ANSWER_RETRY, 0, 0, 0, NULL, 0);
	CHECK(scene_ask(&s, s.client, &insn)->rdx > id);
	scene_done(&s, 2, 4);
	scene_completes(s.client, &insn, 2);
}

static void map_and_lease(void)
{
	struct scene s = scene_make();
	struct rig_insn insn = {.kind = RIG_LOAD, .to = SCENE_VIRTUAL + 8, .size = 4};
	struct rig_insn write = {.kind = RIG_STORE, .to = SCENE_VIRTUAL + 8, .size = 4, .value = 5};
	struct rig_insn hidden = {.kind = RIG_LOAD, .to = 0x5008, .size = 4};

	*rig_page(s.maker, SLOT_BEHIND + 0) = 0;
	memcpy(rig_page(s.maker, SLOT_BEHIND) + 8, "\x77\0\0", 4);
	scene_ask(&s, s.client, &insn);
	scene_answer(&s, ANSWER_MAP, RESTRICT_READ_ONLY, 3, KEEPER_SLOT_PAGE, NULL, 0);
	scene_completes(s.client, &insn, 0x77);
	scene_completes(s.client, &insn, 0x77);
	CHECK_EQ(scene_ask(&s, s.client, &write)->rsi, ACCESS_STORE); /* the lease is read-only, the page is not */
	scene_answer(&s, ANSWER_MAP, 0, 3, KEEPER_SLOT_PAGE, NULL, 0);
	CHECK(rig_next() == s.client);
	CHECK_EQ(rig_execute(s.client, &write), RIG_DONE);
	CHECK_EQ(rig_page(s.maker, SLOT_BEHIND)[8], 5);
	rig_tick();
	rig_tick();
	scene_completes(s.client, &insn, 5);
	rig_order(s.maker, SLOT_VIRTUAL, ORDER_REDUCE, RESTRICT_NO_CALL, 0, 0, SLOT_SPARE);
	rig_order(s.maker, SLOT_SPACE, SPACE_SET, 5, 0, SLOT_SPARE, 0);
	CHECK_EQ(rig_execute(s.client, &hidden), RIG_WAITS); /* behind no-call there is no lease either */
	scene_faulted(s.client, FAULT_ACCESS);
	scene_resume(&s, SLOT_CLIENT);
	rig_tick(); /* its time is over */
	CHECK_EQ(scene_ask(&s, s.client, &insn)->rsi, ACCESS_LOAD);
	scene_answer(&s, ANSWER_MAP, 0, 0, KEEPER_SLOT_PAGE, NULL, 0);
	scene_completes(s.client, &insn, 5);
	for (unsigned i = 0; i < 100; i++)
		rig_tick();
	scene_completes(s.client, &insn, 5);
	CHECK_EQ(rig_order(s.maker, START_SLOT_BANK, BANK_FREE, 0, 0, SLOT_BEHIND, 0), RESULT_OK);
	CHECK_EQ(scene_ask(&s, s.client, &insn)->rsi, ACCESS_LOAD); /* the page has gone, its virtual page has not */
}

/* A lease of a page behind a forwarder: it ends with that. And a weak page is for loads alone. */
static void lease_of_a_forwarded_page(void)
{
	struct scene s = scene_make();
	struct rig_insn insn = {.kind = RIG_LOAD, .to = SCENE_VIRTUAL, .size = 1};
	struct mapping m;

	rig_page(s.maker, SLOT_BEHIND)[0] = 3;
	rig_order(s.maker, SLOT_FORWARDER, FORWARDER_SET_TARGET, 0, 0, SLOT_BEHIND, 0);
	rig_order(s.maker, SLOT_KEEPER, PROCESS_SET_SLOT, 14, 0, SLOT_FACET, 0);
	scene_ask(&s, s.client, &insn);
	scene_answer(&s, ANSWER_MAP, 0, 0, 14, NULL, 0);
	scene_completes(s.client, &insn, 3);
	CHECK_EQ(s.keeper->wait, WAIT_MESSAGE);
	rig_order(s.maker, SLOT_FORWARDER, FORWARDER_RESCIND, 0, 0, 0, 0);
	scene_ask(&s, s.client, &insn);
	rig_order(s.maker, SLOT_BEHIND, ORDER_REDUCE, RESTRICT_WEAK | RESTRICT_NO_EXECUTE, 0, 0, SLOT_SPARE);
	rig_order(s.maker, SLOT_KEEPER, PROCESS_SET_SLOT, 14, 0, SLOT_SPARE, 0);
	scene_answer(&s, ANSWER_MAP, 0, 0, 14, NULL, 0);
	scene_completes(s.client, &insn, 3);
	CHECK(kernel_page_fault(s.client, SCENE_VIRTUAL, false, true, &m)); /* a fetch goes to the keeper */
	CHECK(m.physical >= RIG_WINDOW && m.execute);
	insn.kind = RIG_STORE;
	CHECK_EQ(scene_ask(&s, s.client, &insn)->rsi, ACCESS_STORE);
}

static void forward(void)
{
	struct scene s = scene_make();
	struct rig_insn insn = {.kind = RIG_ADD, .to = SCENE_VIRTUAL + 8, .size = 4, .value = 1};
	const struct process_registers *r = kernel_registers(s.keeper);

	rig_order(s.maker, SLOT_KEEPER, PROCESS_SET_SLOT, 14, 0, SLOT_OTHER, 0);
	rig_order(s.maker, SLOT_KEEPER, PROCESS_SET_SLOT, 15, 0, SLOT_VIRTUAL, 0);
	rig_page(s.maker, SLOT_BEHIND)[8] = 9;
	scene_ask(&s, s.client, &insn);
	scene_answer(&s, ANSWER_FORWARD, 0, 0, KEEPER_SLOT_PAGE, NULL, 0); /* load */
	CHECK(rig_next() == s.client);
	CHECK_EQ(rig_execute(s.client, &insn), RIG_WAITS);
	CHECK(rig_next() == s.keeper);
	CHECK_EQ(r->rsi, ACCESS_STORE);
	scene_answer(&s, ANSWER_FORWARD, 0, 0, 14, NULL, 0); /* to another virtual page */
	CHECK(rig_next() == s.keeper);
	CHECK_EQ(r->rdi, 6);
	CHECK_EQ(r->rsi, ACCESS_STORE);
	scene_answer(&s, ANSWER_FORWARD, 0, 0, KEEPER_SLOT_PAGE, NULL, 0);
	scene_completes(s.client, &insn, 9);
	CHECK_EQ(rig_page(s.maker, SLOT_BEHIND)[8], 10);
	scene_ask(&s, s.client, &insn);
	for (unsigned i = 0; i < CAPABILITY_DEPTH; i++) { /* to each other, for ever */
		CHECK_EQ(r->rdi, i % 2 ? 6 : 5);
		scene_answer(&s, ANSWER_FORWARD, 0, 0, i % 2 ? 15 : 14, NULL, 0);
		CHECK(rig_next() == s.keeper);
	}
	scene_answer(&s, ANSWER_FORWARD, 0, 0, 14, NULL, 0);
	scene_faulted(s.client, FAULT_MALFORMED_ANSWER);
}

/* Each holds a page whose keeper names the other's: one of them begins again, and both get through. */
static void forwards_that_cross(void)
{
	struct scene s = scene_make();
	struct rig_insn first = {.kind = RIG_LOAD, .to = SCENE_VIRTUAL, .size = 4};
	struct rig_insn second = {.kind = RIG_LOAD, .to = SCENE_OTHER, .size = 4};
	const struct process_registers *k = kernel_registers(s.keeper);
	struct capability kept;
	struct rig_message m = {.order = ANSWER_FORWARD, .send = {14}};

	rig_order(s.maker, SLOT_KEEPER, PROCESS_SET_SLOT, 14, 0, SLOT_OTHER, 0);
	scene_ask(&s, s.client, &first);
	kept = s.keeper->slot[KEEPER_SLOT_REPLY];
	scene_listen(s.keeper);
	scene_resume(&s, SLOT_SECOND);
	scene_ask(&s, s.second, &second);
	s.keeper->slot[15] = kept;
	rig_invoke(s.keeper, INVOKE_SEND, 15, &m); /* the first one's to the other page, which the second one holds */
	process_stop(s.keeper);
	CHECK(rig_next() == NULL);
	CHECK_EQ(s.client->wait, WAIT_LOCK);
	scene_resume(&s, SLOT_KEEPER);
	rig_order(s.maker, SLOT_KEEPER, PROCESS_SET_SLOT, 14, 0, SLOT_VIRTUAL, 0);
	scene_answer(&s, ANSWER_FORWARD, 0, 0, 14, NULL, 0); /* and the second one's to the first page */
	CHECK(rig_next() == s.second); /* it has let go, and comes again */
	CHECK_EQ(rig_execute(s.second, &second), RIG_WAITS);
	CHECK_EQ(s.second->wait, WAIT_LOCK);
	CHECK(rig_next() == s.keeper); /* the first one's question */
	CHECK_EQ(k->rdi, 6);
	scene_done(&s, 1, 4);
	scene_completes(s.client, &first, 1);
	process_stop(s.client);
	CHECK(rig_next() == s.keeper);
	scene_done(&s, 2, 4);
	scene_completes(s.second, &second, 2);
}

/* All is answered, and before it runs others use up every view and every frame: nothing is asked twice. */
static void what_is_answered_stays(void)
{
	struct scene s = scene_make();
	struct rig_insn add = {.kind = RIG_ADD, .to = SCENE_VIRTUAL, .size = 4, .value = 1};
	struct capability page = {.type = TYPE_NULL};
	struct mapping m;

	scene_ask(&s, s.client, &add);
	scene_done(&s, 6, 4);
	CHECK(rig_next() == s.client);
	CHECK_EQ(rig_execute(s.client, &add), RIG_WAITS);
	CHECK(rig_next() == s.keeper);
	scene_done(&s, 0, 0);
	for (unsigned i = 0; i < VIEWS + 10; i++) {
		rig_order(s.maker, SLOT_ENDPOINT, ENDPOINT_VIRTUAL_PAGE, 100 + i, 0, 0, SLOT_SPARE);
		page = s.maker->slot[SLOT_SPARE];
		rig_order(s.maker, SLOT_SPACE, SPACE_SET, 5, 0, SLOT_SPARE, 0);
		CHECK(kernel_page_fault(s.second, 0x5000, false, false, &m));
	}
	CHECK(view_of(&page)->frame == m.physical);
	rig_order(s.maker, SLOT_SPACE, SPACE_SET, 1, 0, SLOT_REAL, 0); /* and another page is put there */
	scene_completes(s.client, &add, 6);
	add.kind = RIG_LOAD;
	CHECK_EQ(rig_execute(s.client, &add), RIG_WAITS); /* on the frame that was left for it, once */
	scene_completes(s.client, &add, 0);
}

static void step_accept_and_undo(void)
{
	struct scene s = scene_make();
	struct rig_insn insn = {.kind = RIG_ADD, .to = SCENE_VIRTUAL + 8, .size = 4, .value = 1};
	struct rig_insn other = {.kind = RIG_LOAD, .to = SCENE_VIRTUAL + 8, .size = 4};
	const struct process_registers *r = scene_ask(&s, s.client, &insn);
	uint64_t rip = kernel_registers(s.client)->rip, rax = kernel_registers(s.client)->rax, id = r->rdx;
	uint8_t *page = rig_page(s.maker, SLOT_BEHIND);

	page[8] = 0x20;
	scene_answer(&s, ANSWER_STEP, 0, 0, KEEPER_SLOT_PAGE, NULL, 0);
	CHECK(rig_next() == s.client);
	CHECK_EQ(rig_execute(s.client, &insn), RIG_STEPPED);
	CHECK_EQ(page[8], 0x21);
	scene_resume(&s, SLOT_SECOND);
	CHECK(rig_next() == s.keeper);
	process_stop(s.keeper);
	CHECK(rig_next() == s.second);
	CHECK_EQ(rig_execute(s.second, &other), RIG_WAITS); /* nobody else meanwhile */
	CHECK_EQ(s.second->wait, WAIT_LOCK);
	CHECK_EQ(r->rsi, ACCESS_STEPPED);
	CHECK_EQ(r->rdx, id);
	CHECK_EQ(rig_get(scene_bytes()->before, 4), 0x20);
	CHECK_EQ(rig_get(scene_bytes()->after, 4), 0x21);
	scene_answer(&s, ANSWER_UNDO, 0, 0, 0, NULL, 0);
	CHECK_EQ(page[8], 0x20);
	CHECK_EQ(kernel_registers(s.client)->rip, rip);
	CHECK_EQ(kernel_registers(s.client)->rax, rax);
	scene_resume(&s, SLOT_KEEPER);
	CHECK(rig_next() == s.keeper);
	CHECK_EQ(r->rsi, ACCESS_LOAD);
	CHECK_EQ(r->r8 & ACCESS_INFO_MODIFY, 0); /* the second client's: it waited first */
	scene_done(&s, 0x20, 4);
	scene_completes(s.second, &other, 0x20);
	process_stop(s.second);
	CHECK(scene_ask(&s, s.client, &insn)->r8 & ACCESS_INFO_MODIFY);
	CHECK(r->rdx > id);
	scene_answer(&s, ANSWER_STEP, 0, 0, KEEPER_SLOT_PAGE, NULL, 0);
	CHECK(rig_next() == s.client);
	CHECK_EQ(rig_execute(s.client, &insn), RIG_STEPPED);
	CHECK(rig_next() == s.keeper);
	scene_answer(&s, ANSWER_ACCEPT, 0, 0, 0, NULL, 0);
	CHECK(rig_next() == s.client);
	CHECK_EQ(page[8], 0x21);
	CHECK_EQ(kernel_registers(s.client)->rip, rip + 4);
	CHECK_EQ(rig.area.state, GUEST_ACCESS_EMPTY);
	CHECK(link_alone(&s.client->access.held));
}

/* From a page of the keeper's to another of its: the first is stepped, and the second asked what it says to that. */
static struct rig_insn from_page_to_page = {
	.kind = RIG_MOVE, .from = SCENE_VIRTUAL + 8, .to = SCENE_OTHER + 16, .size = 4};

#define KEEPER_SLOT_SECOND 15 /* a page for the other one */

static uint64_t badge_of(const struct scene *s)
{
	return kernel_registers(s->keeper)->rdi;
}

static uint64_t order_of(const struct scene *s)
{
	return kernel_registers(s->keeper)->rsi;
}

static struct scene step_the_first(void)
{
	struct scene s = scene_make();

	rig_alloc(s.maker, TYPE_PAGE, 0, SLOT_SPARE);
	rig_order(s.maker, SLOT_KEEPER, PROCESS_SET_SLOT, KEEPER_SLOT_SECOND, 0, SLOT_SPARE, 0);
	rig_page(s.maker, SLOT_BEHIND)[8] = 0x20;
	rig_page(s.maker, SLOT_SPARE)[16] = 0x30;
	scene_ask(&s, s.client, &from_page_to_page);
	scene_answer(&s, ANSWER_STEP, 0, 0, KEEPER_SLOT_PAGE, NULL, 0);
	scene_ask(&s, s.client, &from_page_to_page);
	CHECK(order_of(&s) == ACCESS_ADMIT && badge_of(&s) == 6);
	return s;
}

/* The other one does its part as if there were no step; who steps hears of its own part. */
static void a_step_and_a_store(void)
{
	struct scene s = step_the_first();
	uint64_t rip = kernel_registers(s.client)->rip;

	scene_done(&s, 0, 0);
	scene_ask(&s, s.client, &from_page_to_page);
	CHECK(order_of(&s) == ACCESS_STORE && badge_of(&s) == 6);
	CHECK_EQ(rig_get(scene_bytes()->after, 4), 0x20);
	scene_done(&s, 0, 0);
	CHECK(rig_next() == s.client);
	CHECK_EQ(rig_execute(s.client, &from_page_to_page), RIG_STEPPED);
	CHECK(rig_next() == s.keeper);
	CHECK(order_of(&s) == ACCESS_STEPPED && badge_of(&s) == 5);
	CHECK_EQ(rig_get(scene_bytes()->before, 4), 0x20);
	scene_answer(&s, ANSWER_ACCEPT, 0, 0, 0, NULL, 0);
	CHECK(rig_next() == s.client); /* nobody else is asked, or told */
	CHECK_EQ(kernel_registers(s.client)->rip, rip + 4);
	CHECK_EQ(rig_page(s.maker, SLOT_SPARE)[16], 0x30);
	CHECK(link_alone(&s.client->access.held));
}

#define NOT_ASKED (~0ull)

/* Of two steps each keeper is asked; what one accepts, the other may still undo, and then the first is told. */
static void a_step_on_both(void)
{
	static const struct {
		const char *name;
		uint64_t first, second;
	} rows[] = {
		{"accepted", ANSWER_ACCEPT, ANSWER_ACCEPT},
		{"undone by the first", ANSWER_UNDO, NOT_ASKED},
		{"undone by the second", ANSWER_ACCEPT, ANSWER_UNDO},
		{"faulted by the second", ANSWER_ACCEPT, ANSWER_FAULT},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene s = step_the_first();
		uint64_t rip = kernel_registers(s.client)->rip;
		bool accepted = rows[i].second == ANSWER_ACCEPT;

		check_row = rows[i].name;
		scene_answer(&s, ANSWER_STEP, 0, 0, KEEPER_SLOT_SECOND, NULL, 0);
		CHECK(rig_next() == s.client);
		CHECK_EQ(rig_execute(s.client, &from_page_to_page), RIG_STEPPED);
		CHECK_EQ(rig_page(s.maker, SLOT_SPARE)[16], 0x20);
		CHECK(rig_next() == s.keeper);
		CHECK(order_of(&s) == ACCESS_STEPPED && badge_of(&s) == 5);
		scene_answer(&s, rows[i].first, FAULT_USER, 0, 0, NULL, 0);
		if (rows[i].second != NOT_ASKED) {
			CHECK(rig_next() == s.keeper);
			CHECK(order_of(&s) == ACCESS_STEPPED && badge_of(&s) == 6);
			CHECK_EQ(rig_get(scene_bytes()->before, 4), 0x30);
			CHECK_EQ(rig_get(scene_bytes()->after, 4), 0x20);
			scene_answer(&s, rows[i].second, FAULT_USER, 0, 0, NULL, 0);
		}
		CHECK_EQ(rig_page(s.maker, SLOT_SPARE)[16], accepted ? 0x20 : 0x30);
		CHECK_EQ(rig_page(s.maker, SLOT_BEHIND)[8], 0x20);
		CHECK_EQ(kernel_registers(s.client)->rip, accepted ? rip + 4 : rip);
		CHECK(link_alone(&s.client->access.held));
		process_stop(s.client);
		if (accepted) {
			CHECK(rig_next() != s.keeper);
			continue;
		}
		CHECK(rig_next() == s.keeper);
		CHECK_EQ(order_of(&s), ACCESS_GONE);
		CHECK_EQ(badge_of(&s), rows[i].second == NOT_ASKED ? 6 : 5);
	}
	check_row = "";
}

/* The first is stepped, and before it can be carried out something ends it: that one is told. */
static void a_step_that_does_not_come(void)
{
	enum end { RETRIED, FAULTED, STOPPED, TAKEN_AWAY, EXCEPTION, ENDS };
	static const char *const names[ENDS] = {"the second's keeper lets it try again", "it gives a fault", "stopped",
						"the second page is taken away", "it faults elsewhere"};

	for (unsigned end = 0; end < ENDS; end++) {
		struct scene s = step_the_first();
		bool faults = end == EXCEPTION;

		check_row = names[end];
		if (end == RETRIED || end == FAULTED)
			scene_answer(&s, end == RETRIED ? ANSWER_RETRY : ANSWER_FAULT, FAULT_USER, 0, 0, NULL, 0);
		if (end == TAKEN_AWAY)
			rig_order(s.maker, SLOT_SPACE, SPACE_SET, 2, 0, SLOT_REAL, 0);
		if (faults)
			scene_done(&s, 0, 0);
		if (faults) {
			CHECK(rig_next() == s.client);
			kernel_exception(s.client, 6, 0);
		} else {
			process_stop(s.client);
		}
		if (end == STOPPED || end == TAKEN_AWAY)
			scene_listen(s.keeper);
		CHECK(rig_next() == s.keeper);
		CHECK_EQ(order_of(&s), faults ? ACCESS_STEPPED : ACCESS_GONE);
		CHECK_EQ(badge_of(&s), 5);
		CHECK_EQ(kernel_registers(s.keeper)->r8 & ACCESS_INFO_FAULTED, faults ? ACCESS_INFO_FAULTED : 0);
		CHECK(link_alone(&s.client->access.held));
		CHECK_EQ(rig_page(s.maker, SLOT_BEHIND)[8], 0x20);
	}
	check_row = "";
}

/* The monitor may refuse, and may be wrong: nobody but the process hears of it. */
static void records_without_sense(void)
{
	static const struct {
		const char *name;
		uint32_t state, size;
		uint16_t parts, part;
		uint8_t phase, op, part_size;
		uint64_t offset;
	} bad[] = {
		{"refused", GUEST_ACCESS_REFUSED, 0, 1, 0, 0, 0, 4, 0},
		{"refused, without parts", GUEST_ACCESS_REFUSED, 64, 0, 0, 0, 0, 4, 0},
		{"answered", GUEST_ACCESS_ANSWERED, 0, 1, 0, 1, 0, 4, 0},
		{"empty", GUEST_ACCESS_EMPTY, 0, 1, 0, 1, 0, 4, 0},
		{"no parts", GUEST_ACCESS_ASKED, 64, 0, 0, 1, 0, 4, 0},
		{"too many parts", GUEST_ACCESS_ASKED, 0, GUEST_PARTS_MAX + 1, 0, 1, 0, 4, 0},
		{"a part beyond them", GUEST_ACCESS_ASKED, 0, 1, 1, 1, 0, 4, 0},
		{"too long", GUEST_ACCESS_ASKED, 65, 1, 0, 1, 0, 4, 0},
		{"no such phase", GUEST_ACCESS_ASKED, 0, 1, 0, 3, 0, 4, 0},
		{"no such operation", GUEST_ACCESS_ASKED, 0, 1, 0, 1, 4, 4, 0},
		{"of no bytes", GUEST_ACCESS_ASKED, 0, 1, 0, 1, 0, 0, 0},
		{"of too many bytes", GUEST_ACCESS_ASKED, 0, 1, 0, 1, 0, 65, 0},
		{"beyond its page", GUEST_ACCESS_ASKED, 0, 1, 0, 1, 0, 4, 4093},
		{"far beyond its page", GUEST_ACCESS_ASKED, 0, 1, 0, 1, 0, 4, ~0ull},
	};

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct scene s = scene_make();
		static struct guest_access record;

		check_row = bad[i].name;
		CHECK(rig_next() == s.client);
		record = (struct guest_access){
			.id = 1, .state = bad[i].state, .parts = bad[i].parts, .part = bad[i].part};
		record.phase = bad[i].phase;
		record.size = bad[i].size ? bad[i].size
					  : (uint32_t)(offsetof(struct guest_access, part_of) +
						       record.parts * sizeof(struct guest_part));
		record.part_of[0] = (struct guest_part){.object = view_of(&s.maker->slot[SLOT_VIRTUAL])->object,
							.address = SCENE_VIRTUAL,
							.offset = bad[i].offset,
							.op = bad[i].op,
							.size = bad[i].part_size};
		kernel_access(s.client, &record);
		scene_faulted(s.client, FAULT_NOT_CARRIED_OUT);
		CHECK_EQ(s.keeper->wait, WAIT_MESSAGE);
	}
}

/* Of an object that is not the one at the address, or is nobody's: the instruction is tried again. */
static void records_of_another_object(void)
{
	struct scene s = scene_make();
	uint64_t other = view_of(&s.maker->slot[SLOT_OTHER])->object;
	const uint64_t objects[] = {0, 1, ~0ull, other, other + 1, other + VIEWS};

	for (unsigned i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		struct guest_access record = {.id = i + 1, .state = GUEST_ACCESS_ASKED, .parts = 1, .phase = 1};

		record.size = offsetof(struct guest_access, part_of) + sizeof(struct guest_part);
		record.part_of[0] = (struct guest_part){.object = objects[i], .address = SCENE_VIRTUAL, .size = 4};
		CHECK(rig_next() == s.client);
		kernel_access(s.client, &record);
		CHECK(rig_next() == s.client);
		CHECK_EQ(s.keeper->wait, WAIT_MESSAGE);
		CHECK_EQ(s.client->access.kind, ACCESS_NONE);
	}
}

/* Who is asked instead may step too: it is the one to hear what changed, and that a client has gone. */
static void a_step_of_who_is_asked_instead(void)
{
	struct scene s = scene_make();
	struct rig_insn insn = {.kind = RIG_STORE, .to = SCENE_VIRTUAL + 8, .size = 4, .value = 9};
	const struct process_registers *k = kernel_registers(s.keeper);

	rig_order(s.maker, SLOT_KEEPER, PROCESS_SET_SLOT, 14, 0, SLOT_OTHER, 0);
	for (unsigned end = 0; end < 3; end++) {
		scene_ask(&s, s.client, &insn);
		scene_answer(&s, ANSWER_FORWARD, 0, 0, 14, NULL, 0);
		CHECK(rig_next() == s.keeper);
		CHECK_EQ(k->rdi, 6);
		scene_answer(&s, ANSWER_STEP, 0, 0, KEEPER_SLOT_PAGE, NULL, 0);
		CHECK(rig_next() == s.client);
		if (end == 2)
			break;
		CHECK_EQ(rig_execute(s.client, &insn), RIG_STEPPED);
		CHECK(rig_next() == s.keeper);
		CHECK(k->rsi == ACCESS_STEPPED && k->rdi == 6);
		scene_answer(&s, end ? ANSWER_ACCEPT : ANSWER_UNDO, 0, 0, 0, NULL, 0);
		CHECK_EQ(rig_page(s.maker, SLOT_BEHIND)[8], end ? 9 : 0);
	}
	process_stop(s.client);
	CHECK(rig_next() == s.keeper);
	CHECK(k->rsi == ACCESS_GONE && k->rdi == 6);
}

static void never_a_store_on_a_read_only_path(void)
{
	static const struct {
		const char *name;
		uint8_t restrictions;
		enum rig_kind kind;
		bool asked;
	} rows[] = {
		{"load, read-only", RESTRICT_READ_ONLY, RIG_LOAD, true},
		{"store, read-only", RESTRICT_READ_ONLY, RIG_STORE, false},
		{"modify, read-only", RESTRICT_READ_ONLY, RIG_ADD, false},
		{"store, weak", RESTRICT_WEAK, RIG_STORE, false},
		{"store, no-execute", RESTRICT_NO_EXECUTE, RIG_STORE, true},
		{"load, no-call", RESTRICT_NO_CALL, RIG_LOAD, false},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene s = scene_make();
		struct rig_insn insn = {.kind = rows[i].kind, .to = SCENE_VIRTUAL, .size = 4};
		struct guest_access forged;

		check_row = rows[i].name;
		rig_order(s.maker, SLOT_VIRTUAL, ORDER_REDUCE, rows[i].restrictions, 0, 0, SLOT_SPARE);
		rig_order(s.maker, SLOT_SPACE, SPACE_SET, 1, 0, SLOT_SPARE, 0);
		CHECK(rig_next() == s.client);
		CHECK_EQ(rig_execute(s.client, &insn), RIG_WAITS);
		CHECK(rig_next() == (rows[i].asked ? s.keeper : NULL));
		if (rows[i].asked) {
			CHECK_EQ(kernel_registers(s.keeper)->r9, rows[i].restrictions);
			continue;
		}
		CHECK_EQ(kernel_registers(s.client)->fault, FAULT_ACCESS);
		/* and if the monitor said that it got as far as that */
		scene_resume(&s, SLOT_CLIENT);
		CHECK(rig_next() == s.client);
		forged = (struct guest_access){.id = 99, .state = GUEST_ACCESS_ASKED, .parts = 1};
		forged.size = offsetof(struct guest_access, part_of) + sizeof(struct guest_part);
		forged.phase = GUEST_PHASE_STORE;
		forged.part_of[0] = (struct guest_part){.object = view_of(&s.maker->slot[SLOT_SPARE])->object,
							.address = SCENE_VIRTUAL,
							.op = GUEST_OP_STORE,
							.size = 4};
		kernel_access(s.client, &forged);
		CHECK(rig_next() == NULL);
		CHECK_EQ(s.keeper->wait, WAIT_MESSAGE);
		CHECK_EQ(kernel_registers(s.client)->fault, FAULT_ACCESS);
	}
}

CHECK_MAIN(CHECK_TEST(load), CHECK_TEST(store), CHECK_TEST(modify_is_atomic), CHECK_TEST(two_pages_in_one_instruction),
	   CHECK_TEST(malformed_answers), CHECK_TEST(reply_is_of_one_use), CHECK_TEST(retry_asks_again),
	   CHECK_TEST(map_and_lease), CHECK_TEST(lease_of_a_forwarded_page), CHECK_TEST(forward),
	   CHECK_TEST(forwards_that_cross), CHECK_TEST(what_is_answered_stays), CHECK_TEST(step_accept_and_undo),
	   CHECK_TEST(a_step_and_a_store), CHECK_TEST(a_step_on_both), CHECK_TEST(a_step_that_does_not_come),
	   CHECK_TEST(a_step_of_who_is_asked_instead), CHECK_TEST(records_without_sense),
	   CHECK_TEST(records_of_another_object), CHECK_TEST(never_a_store_on_a_read_only_path))
