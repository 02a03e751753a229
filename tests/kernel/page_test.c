/* page_test.c: what a page answers, a virtual page answers: the client cannot tell. */
#include "tests/kernel/scene.h"

#define CLIENT_REAL 20
#define CLIENT_VIRTUAL 21
#define CLIENT_SOURCE 22

struct row {
	const char *name;
	uint64_t order, word0, word1;
	unsigned length; /* of the string sent */
	uint8_t send;
	uint8_t restrictions;
	uint64_t result;
	bool asks; /* the keeper, if it is virtual */
};

static const struct row rows[] = {
	{"type", ORDER_TYPE, 0, 0, 0, 0, 0, RESULT_OK, false},
	{"type, read-only", ORDER_TYPE, 0, 0, 0, 0, RESTRICT_READ_ONLY, RESULT_OK, false},
	{"reduce", ORDER_REDUCE, RESTRICT_WEAK, 0, 0, 0, 0, RESULT_OK, false},
	{"reduce by what there is not", ORDER_REDUCE, 0x40, 0, 0, 0, 0, RESULT_ARGUMENT, false},
	{"read", PAGE_READ, 0x10, 0x30, 0, 0, 0, RESULT_OK, true},
	{"read all", PAGE_READ, 0, 4096, 0, 0, RESTRICT_READ_ONLY, RESULT_OK, true},
	{"read nothing", PAGE_READ, 4096, 0, 0, 0, 0, RESULT_OK, true},
	{"read too far", PAGE_READ, 1, 4096, 0, 0, 0, RESULT_ARGUMENT, false},
	{"read, wrapping", PAGE_READ, 16, ~0ull, 0, 0, 0, RESULT_ARGUMENT, false},
	{"write", PAGE_WRITE, 0x20, 0, 8, 0, 0, RESULT_OK, true},
	{"write too far", PAGE_WRITE, 4090, 0, 8, 0, 0, RESULT_ARGUMENT, false},
	{"write, read-only", PAGE_WRITE, 0, 0, 8, 0, RESTRICT_READ_ONLY, RESULT_RIGHTS, false},
	{"write, weak", PAGE_WRITE, 0, 0, 8, 0, RESTRICT_WEAK, RESULT_RIGHTS, false},
	{"erase", PAGE_ERASE, 0, 0, 0, 0, 0, RESULT_OK, true},
	{"erase, read-only", PAGE_ERASE, 0, 0, 0, 0, RESTRICT_READ_ONLY, RESULT_RIGHTS, false},
	{"copy", PAGE_COPY_FROM, 0, 0, 0, CLIENT_SOURCE, 0, RESULT_OK, true},
	{"copy from nothing", PAGE_COPY_FROM, 0, 0, 0, 0, 0, RESULT_NULL, false},
	{"copy from what is no page", PAGE_COPY_FROM, 0, 0, 0, 23, 0, RESULT_TYPE, false},
	{"no such order", 0x204, 0, 0, 0, 0, 0, RESULT_ORDER, false},
	{"a space's order", SPACE_GET, 0, 0, 0, 0, 0, RESULT_ORDER, false},
	{"an access, forged", ACCESS_LOAD, 1, 0, 0, 0, 0, RESULT_ORDER, false},
};

/* A keeper that keeps its page in KEEPER_SLOT_PAGE does what is asked. */
static void keep(struct scene *s)
{
	const struct process_registers *r = kernel_registers(s->keeper);
	uint8_t *page = rig_page(s->maker, SLOT_BEHIND);
	const uint8_t *sent = rig.memory + RIG_SIZE + 0x1000;

	switch (r->rsi) {
	case PAGE_READ:
		scene_answer(s, RESULT_OK, 77, 78, 13, page + r->rdx, (unsigned)r->r10); /* words nobody asked for */
		return;
	case PAGE_WRITE:
		memcpy(page + r->rdx, sent, r->r14);
		break;
	case PAGE_ERASE:
		memset(page, 0, 4096);
		break;
	case PAGE_COPY_FROM:
		CHECK_EQ(s->keeper->slot[KEEPER_SLOT_SENT].restrictions, RESTRICT_READ_ONLY | RESTRICT_WEAK);
		memcpy(page, page_bytes(s->keeper->slot[KEEPER_SLOT_SENT].object), 4096);
		break;
	default:
		CHECK(false);
	}
	scene_answer(s, RESULT_OK, 0, 0, 0, NULL, 0);
}

struct trace {
	struct process_registers registers;
	uint8_t received[256];
	uint8_t page[4096];
	struct capability cap;
};

/* Behind so many forwarders. */
static void run(const struct row *row, bool is_virtual, unsigned depth, struct trace *trace)
{
	struct scene s = scene_make();
	struct rig_message m = {.order = row->order,
				.word = {row->word0, row->word1},
				.send = {row->send},
				.receive = {30},
				.string = SCENE_REAL,
				.length = row->length,
				.buffer = SCENE_REAL + 0x100,
				.room = 256};
	uint8_t *page = rig_page(s.maker, SLOT_BEHIND);

	for (unsigned i = 0; i < 4096; i++)
		page[i] = (uint8_t)(i * 7);
	memcpy(rig_page(s.maker, SLOT_REAL), "12345678", 8);
	rig_order(s.maker, is_virtual ? SLOT_VIRTUAL : SLOT_BEHIND, ORDER_REDUCE, row->restrictions, 0, 0, SLOT_SPARE);
	for (unsigned i = 0; i < depth; i++) {
		rig_alloc(s.maker, TYPE_FORWARDER, 0, 40);
		rig_order(s.maker, 40, FORWARDER_SET_TARGET, 0, 0, SLOT_SPARE, 0);
		rig_order(s.maker, 40, FORWARDER_GET, 0, 0, 0, SLOT_SPARE);
	}
	rig_order(s.maker, SLOT_CLIENT, PROCESS_SET_SLOT, 20, 0, SLOT_SPARE, 0);
	rig_order(s.maker, SLOT_CLIENT, PROCESS_SET_SLOT, CLIENT_SOURCE, 0, SLOT_REAL, 0);
	rig_order(s.maker, SLOT_CLIENT, PROCESS_SET_SLOT, 23, 0, START_SLOT_CLOCK, 0);
	rig_invoke(s.client, INVOKE_CALL, 20, &m);
	if (is_virtual && row->asks) {
		CHECK(rig_next() == s.keeper);
		keep(&s);
	}
	CHECK(rig_next() == s.client);
	CHECK_EQ(s.keeper->wait, WAIT_MESSAGE);
	trace->registers = *kernel_registers(s.client);
	memcpy(trace->received, rig_page(s.maker, SLOT_REAL) + 0x100, sizeof(trace->received));
	memcpy(trace->page, page, 4096);
	trace->cap = s.client->slot[30];
}

static void compare(const struct trace *real, const struct trace *posed)
{
	CHECK(memcmp(&real->registers, &posed->registers, sizeof(real->registers)) == 0);
	CHECK(memcmp(real->received, posed->received, sizeof(real->received)) == 0);
	CHECK(memcmp(real->page, posed->page, sizeof(real->page)) == 0);
	CHECK_EQ(real->cap.restrictions, posed->cap.restrictions);
}

/* Real or virtual, wrapped once, twice, or as often as may be. */
static void the_client_cannot_tell(void)
{
	static const struct {
		bool is_virtual;
		unsigned depth;
	} ways[] = {{true, 0}, {false, 1}, {true, 1}, {true, 2}, {false, CAPABILITY_DEPTH}, {true, CAPABILITY_DEPTH}};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct trace real, posed;

		check_row = rows[i].name;
		run(&rows[i], false, 0, &real);
		CHECK_EQ(real.registers.rsi, rows[i].result);
		for (unsigned how = 0; how < sizeof(ways) / sizeof(ways[0]); how++) {
			run(&rows[i], ways[how].is_virtual, ways[how].depth, &posed);
			compare(&real, &posed);
		}
	}
}

static void copy_from_a_virtual_page(void)
{
	struct scene s = scene_make();
	struct rig_message m = {.order = PAGE_COPY_FROM, .send = {21}};
	uint8_t bytes[4096];

	memset(bytes, 0x3c, sizeof(bytes));
	rig_order(s.maker, SLOT_CLIENT, PROCESS_SET_SLOT, 20, 0, SLOT_REAL, 0);
	rig_order(s.maker, SLOT_CLIENT, PROCESS_SET_SLOT, 21, 0, SLOT_VIRTUAL, 0);
	rig_invoke(s.client, INVOKE_CALL, 20, &m);
	CHECK(rig_next() == s.keeper);
	CHECK_EQ(kernel_registers(s.keeper)->rsi, PAGE_READ);
	CHECK_EQ(kernel_registers(s.keeper)->r10, 4096);
	scene_answer(&s, RESULT_OK, 0, 0, 0, bytes, 4096);
	CHECK(rig_next() == s.client);
	CHECK_EQ(kernel_registers(s.client)->rsi, RESULT_OK);
	CHECK(memcmp(rig_page(s.maker, SLOT_REAL), bytes, 4096) == 0);
	rig_invoke(s.client, INVOKE_CALL, 20, &m);
	CHECK(rig_next() == s.keeper);
	memset(bytes, 1, sizeof(bytes));
	scene_answer(&s, RESULT_OK, 0, 0, 0, bytes, 4095); /* not what was asked */
	CHECK(rig_next() == s.client);
	CHECK_EQ(kernel_registers(s.client)->rsi, RESULT_STATE);
	CHECK_EQ(rig_page(s.maker, SLOT_REAL)[0], 0x3c);
}

/* An order waits for the lock as an access does, and ends as it ends. */
static void orders_and_the_lock(void)
{
	struct scene s = scene_make();
	struct rig_insn add = {.kind = RIG_ADD, .to = SCENE_VIRTUAL, .size = 4, .value = 1};
	struct rig_message m = {.order = PAGE_ERASE};
	const struct process_registers *k = scene_ask(&s, s.client, &add);

	rig_order(s.maker, SLOT_FORWARDER, FORWARDER_GET, 0, 0, 0, SLOT_FACET);
	rig_order(s.maker, SLOT_SECOND, PROCESS_SET_SLOT, 20, 0, SLOT_FACET, 0);
	rig_invoke(s.second, INVOKE_CALL, 20, &m);
	CHECK_EQ(s.second->wait, WAIT_LOCK);
	scene_done(&s, 1, 4);
	CHECK(rig_next() == s.client);
	CHECK_EQ(rig_execute(s.client, &add), RIG_WAITS);
	CHECK(rig_next() == s.keeper);
	CHECK_EQ(k->rsi, ACCESS_STORE);
	scene_done(&s, 0, 0);
	scene_completes(s.client, &add, 1);
	process_stop(s.client);
	scene_resume(&s, SLOT_SECOND);
	CHECK(rig_next() == s.keeper);
	CHECK_EQ(k->rsi, PAGE_ERASE);
	rig_order(s.maker, SLOT_FORWARDER, FORWARDER_RESCIND, 0, 0, 0, 0); /* silent, and revoked */
	process_stop(s.keeper);
	CHECK(rig_next() == s.second);
	CHECK_EQ(kernel_registers(s.second)->rsi, RESULT_NULL);
}

CHECK_MAIN(CHECK_TEST(the_client_cannot_tell), CHECK_TEST(copy_from_a_virtual_page), CHECK_TEST(orders_and_the_lock))
