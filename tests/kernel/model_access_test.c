/*
 * model_access_test.c: random clients, keepers and revocations on virtual pages, and what must hold whatever they do.
 *
 * A virtual page's true bytes lie in a page behind it, of which its keeper makes every kind of answer. Words 0 to 3 are
 * only ever added to, so that their value is the number of additions carried out: each addition must have happened
 * exactly once if its instruction completed, and not at all if it faulted; and each value loaded must
 * have been there between the instruction's beginning and its end.
 */
#include "tests/kernel/instruction.h"
#include "tests/kernel/program.h"

#define CLIENTS 4
#define KEEPERS 2
#define PAGES 3
#define WORDS 8
#define COUNTERS 4
#define KEPT 3 /* replies that a keeper may sit on */

enum {
	TURN,
	TURN_2,
	TURN_3,
	TURN_4,
	TURN_5,
	TURN_6,
	TURN_7,
	TURN_8,
	TICK,
	LATE,
	RESCIND,
	HAND_OUT,
	BLOCK,
	UNBLOCK,
	TAKE_AWAY,
	PUT_BACK,
	STOP,
	RESUME,
	NEW_CLIENT,
	NEW_KEEPER,
	LEASE_OUT,
	KINDS
};

static const char *const names[KINDS] = {"turn",       "turn",       "turn",      "turn",     "turn",    "turn",
					 "turn",       "turn",       "tick",      "late",     "rescind", "hand out",
					 "block",      "unblock",    "take away", "put back", "stop",    "resume",
					 "new client", "new keeper", "lease out"};

/* slots of the maker's */
#define SLOT_ENDPOINT(k) (uint8_t)(10 + (k))
#define SLOT_KEEPER(k) (uint8_t)(13 + (k))
#define SLOT_CLIENT(c) (uint8_t)(16 + (c))
#define SLOT_SPACE(c) (uint8_t)(20 + (c))
#define SLOT_OWN(c) (uint8_t)(24 + (c))
#define SLOT_BEHIND(v) (uint8_t)(30 + (v))
#define SLOT_VIRTUAL(v) (uint8_t)(33 + (v))
#define SLOT_FORWARDER(v) (uint8_t)(36 + (v))
#define SLOT_FACET(v) (uint8_t)(39 + (v))
#define SLOT_ALIAS(v) (uint8_t)(42 + (v))
#define SLOT_SPARE 50

#define KEEPER_BEHIND(v) (uint8_t)(20 + (v))
#define KEEPER_REPLY(n) (uint8_t)(30 + (n))
#define KEEPER_ALIAS(v) (uint8_t)(40 + (v))

/* Each page has another virtual page of the other keeper's, to which questions are forwarded: by its badge. */
#define ALIAS 8

/* A client's space: its own page, the virtual pages, and the first two again, read-only and weak. */
#define ADDRESS(page) ((uint64_t)((page) + 1) << 12)
#define READ_ONLY_PAGE PAGES
#define WEAK_PAGE (PAGES + 1)

struct client {
	struct process *p;
	bool busy; /* has an instruction, or a call */
	bool calling;
	bool stepped; /* the step was carried out, and is not yet accepted */
	struct rig_insn insn;
	unsigned page, word; /* of `to` */
	uint64_t rip, before; /* at its beginning: where, and the word it loads */
	unsigned applied; /* how often its addition took effect */
};

struct keeper {
	struct process *p;
	unsigned kept; /* which reply slot is next */
	bool listens;
};

static struct {
	struct process *maker;
	struct client client[CLIENTS];
	struct keeper keeper[KEEPERS];
	uint64_t total[PAGES][WORDS]; /* of the counters */
	uint64_t last_id;
	bool honest; /* the end: everybody does what is right */
	char why[160];
} w;

#define DIFFERS(...) (w.why[0] ? (void)0 : (void)snprintf(w.why, sizeof(w.why), __VA_ARGS__))

static uint64_t *behind(unsigned page)
{
	return (uint64_t *)(void *)rig_page(w.maker, SLOT_BEHIND(page));
}

static unsigned page_behind(unsigned page) /* of a client's page number */
{
	return page < PAGES ? page : page - PAGES;
}

static void put_back(unsigned c, unsigned page)
{
	struct process *m = w.maker;
	unsigned v = page_behind(page);
	uint8_t slot = SLOT_FACET(v);

	if (page >= PAGES) {
		rig_order(m, slot, ORDER_REDUCE, page == WEAK_PAGE ? RESTRICT_WEAK : RESTRICT_READ_ONLY, 0, 0,
			  SLOT_SPARE);
		slot = SLOT_SPARE;
	}
	rig_order(m, SLOT_SPACE(c), SPACE_SET, page + 1, 0, slot, 0);
	if (page < PAGES)
		rig_order(m, SLOT_CLIENT(c), PROCESS_SET_SLOT, 20 + page, 0, slot, 0);
}

static void new_client(unsigned c)
{
	struct process *m = w.maker;

	w.client[c] = (struct client){.p = rig_process(m, SLOT_CLIENT(c), SLOT_SPACE(c), 0)};
	rig_order(m, SLOT_CLIENT(c), PROCESS_SET_SLOT, 19, 0, START_SLOT_CLOCK, 0);
	for (unsigned page = 0; page <= WEAK_PAGE; page++)
		put_back(c, page);
}

static void listen(struct keeper *k, uint8_t to, const struct rig_message *answer)
{
	struct rig_message m = {.order = 0};

	if (answer)
		m = *answer;
	m.buffer = START_ADDRESS + 0x1000;
	m.room = 4096;
	m.receive[0] = 12;
	m.reply = KEEPER_REPLY(k->kept % KEPT);
	k->listens = true;
	rig_invoke(k->p, INVOKE_RETURN, to, &m);
}

static void new_keeper(unsigned k)
{
	struct process *m = w.maker;

	w.keeper[k] = (struct keeper){.p = rig_process(m, SLOT_KEEPER(k), START_SLOT_SPACE, SLOT_ENDPOINT(k))};
	for (unsigned v = 0; v < PAGES; v++) {
		rig_order(m, SLOT_KEEPER(k), PROCESS_SET_SLOT, KEEPER_BEHIND(v), 0, SLOT_BEHIND(v), 0);
		rig_order(m, SLOT_KEEPER(k), PROCESS_SET_SLOT, KEEPER_ALIAS(v), 0, SLOT_ALIAS(v), 0);
	}
}

static void begin(void)
{
	struct process *m;

	memset(&w, 0, sizeof(w));
	m = w.maker = rig_start();
	for (unsigned k = 0; k < KEEPERS; k++)
		rig_alloc(m, TYPE_ENDPOINT, 0, SLOT_ENDPOINT(k));
	for (unsigned v = 0; v < PAGES; v++) {
		rig_alloc(m, TYPE_PAGE, 0, SLOT_BEHIND(v));
		rig_alloc(m, TYPE_FORWARDER, 0, SLOT_FORWARDER(v));
		rig_order(m, SLOT_ENDPOINT(v / 2), ENDPOINT_VIRTUAL_PAGE, v, 0, 0, SLOT_VIRTUAL(v));
		rig_order(m, SLOT_ENDPOINT(1 - v / 2), ENDPOINT_VIRTUAL_PAGE, v + ALIAS, 0, 0, SLOT_ALIAS(v));
		rig_order(m, SLOT_FORWARDER(v), FORWARDER_SET_TARGET, 0, 0, SLOT_VIRTUAL(v), 0);
		rig_order(m, SLOT_FORWARDER(v), FORWARDER_GET, 0, 0, 0, SLOT_FACET(v));
	}
	for (unsigned c = 0; c < CLIENTS; c++) {
		rig_alloc(m, TYPE_SPACE, 0, SLOT_SPACE(c));
		rig_alloc(m, TYPE_PAGE, 0, SLOT_OWN(c));
		rig_order(m, SLOT_SPACE(c), SPACE_SET, 0, 0, SLOT_OWN(c), 0);
		new_client(c);
	}
	for (unsigned k = 0; k < KEEPERS; k++)
		new_keeper(k);
	process_stop(m);
}

/* --- clients ---------------------------------------------------------------------------- */

static void choose(struct client *c, uint32_t x)
{
	static const enum rig_kind kinds[] = {RIG_LOAD, RIG_ADD,  RIG_ADD, RIG_STORE,
					      RIG_MOVE, RIG_LOAD, RIG_ADD, RIG_MOVE};
	unsigned from = x >> 20 & 3;

	c->page = (x >> 4 & 15) < 13 ? (x >> 4 & 15) % PAGES : (x >> 8 & 1) + PAGES;
	c->word = x >> 12 & 3;
	c->insn = (struct rig_insn){.kind = kinds[x & 7], .size = 8, .value = 1};
	if (c->insn.kind == RIG_STORE || c->insn.kind == RIG_MOVE)
		c->word = COUNTERS + c->word % (WORDS - COUNTERS);
	c->insn.to = ADDRESS(c->page) + 8 * c->word;
	c->insn.from = from == 3 ? 8 * (x >> 24 & 3) : ADDRESS(from) + 8 * (x >> 24 & 7);
	c->busy = true;
	c->stepped = c->calling = false;
	c->applied = 0;
	c->rip = kernel_registers(c->p)->rip;
	c->before = w.total[page_behind(c->page)][c->word]; /* not the page's: another's step may be undone */
}

/* A call with the kernel's copying, or a page's order. */
static void call(struct client *c, uint32_t x)
{
	struct rig_message m = {.order = x & 0x100 ? PAGE_READ : PAGE_WRITE, .word = {8 * COUNTERS, 8}, .length = 8};
	unsigned slot = 20 + (x >> 4 & 15) % PAGES;

	if (x & 0x200) { /* a string from one virtual page, to another */
		slot = 19;
		m.order = ORDER_TYPE;
		m.string = ADDRESS((x >> 10 & 15) % PAGES) + 8 * COUNTERS;
		m.length = 24;
	}
	if (x & 0x100) {
		m.length = 0;
		m.buffer = ADDRESS((x >> 14 & 15) % PAGES) + 8 * COUNTERS;
		m.room = 8;
	}
	c->busy = c->calling = true;
	rig_invoke(c->p, INVOKE_CALL, slot, &m);
}

static void completed(struct client *c)
{
	uint64_t now = w.total[page_behind(c->page)][c->word], loaded = kernel_registers(c->p)->rax;

	c->busy = false;
	if (c->insn.kind == RIG_ADD && c->applied != 1)
		DIFFERS("an addition was completed and took effect %u times", c->applied);
	if (c->word < COUNTERS && (loaded < c->before || loaded > now))
		DIFFERS("loaded %u, but it was %u to %u meanwhile", (unsigned)loaded, (unsigned)c->before,
			(unsigned)now);
	if ((c->insn.kind == RIG_STORE || c->insn.kind == RIG_ADD || c->insn.kind == RIG_MOVE) && c->page >= PAGES)
		DIFFERS("a store on a read-only path was completed");
}

static void applied(struct client *c)
{
	c->applied++;
	if (c->insn.kind == RIG_ADD)
		w.total[page_behind(c->page)][c->word]++;
}

/* It has a turn: whatever it does next. */
static void client_turn(struct client *c, uint32_t x)
{
	struct process_registers *r = kernel_registers(c->p);
	bool answered = rig.area.state == GUEST_ACCESS_ANSWERED;

	if (c->busy && c->calling) {
		c->busy = false;
		if (r->rax != INVOKE_OK && r->rax != INVOKE_ESTRING)
			DIFFERS("a call ended with 0x%x", (unsigned)r->rax);
	}
	if (c->busy && c->stepped) {
		c->stepped = false;
		if (r->rip == c->rip + 4)
			completed(c);
	}
	if (!c->busy && w.honest) {
		process_stop(c->p);
		return;
	}
	if (!c->busy && (x & 0xc0000000) == 0) {
		call(c, x);
		return;
	}
	if (!c->busy)
		choose(c, x);
	switch (rig_execute(c->p, &c->insn)) {
	case RIG_DONE:
		if (!answered || rig.area.state != GUEST_ACCESS_EMPTY) { /* on a leased page */
			applied(c);
			if (c->insn.kind == RIG_ADD && c->applied == 1 && c->page >= PAGES)
				DIFFERS("a store through a lease on a read-only path");
		}
		completed(c);
		break;
	case RIG_STEPPED:
		c->stepped = true;
		break;
	case RIG_WAITS:
		break;
	}
}

/* --- keepers ------------------------------------------------------------------------------ */

static struct client *client_of(const struct process *p)
{
	for (unsigned i = 0; i < CLIENTS; i++)
		if (w.client[i].p == p)
			return &w.client[i];
	return NULL;
}

static struct client *asker(const struct capability *reply)
{
	return client_of(CONTAINER(reply_of(reply->object), struct process, reply));
}

static void check_question(const struct process_registers *r)
{
	uint64_t order = r->rsi, id = r->rdx;

	if (id > w.last_id + 4000 || (order == ACCESS_GONE && id > w.last_id))
		DIFFERS("an access id out of nowhere");
	if (id > w.last_id)
		w.last_id = id;
	if (order == ACCESS_STORE && (r->r9 & (RESTRICT_READ_ONLY | RESTRICT_WEAK)))
		DIFFERS("a store was asked on a read-only path");
	if (order != ACCESS_GONE && !(r->r8 & ACCESS_INFO_FAULTED) &&
	    (ACCESS_INFO_SIZE(r->r8) == 0 || r->r10 + ACCESS_INFO_SIZE(r->r8) > 4096))
		DIFFERS("an access beyond the page");
}

/* DONE, with its effect: only if the question still stands. */
static void do_it(const struct process_registers *r, const struct client *c, struct rig_message *m)
{
	unsigned page = (unsigned)r->rdi % ALIAS;
	uint8_t *bytes = (uint8_t *)behind(page) + r->r10;
	unsigned size = ACCESS_INFO_SIZE(r->r8);
	const uint8_t *after = rig.memory + RIG_SIZE + 0x1000 + offsetof(struct keeper_access, after);

	m->order = ANSWER_DONE;
	if (r->rsi == ACCESS_LOAD) {
		memcpy(rig.memory + RIG_SIZE + 0x2000, bytes, size);
		m->string = START_ADDRESS + 0x2000;
		m->length = size;
	} else if (r->rsi == ACCESS_STORE) {
		if (c->insn.kind == RIG_MOVE && !c->calling && ACCESS_INFO_PARTS(r->r8) == 2) {
			unsigned from = (unsigned)(c->insn.from >> 12) - 1;

			if (memcmp((uint8_t *)behind(from) + c->insn.from % 4096, after, 8) != 0)
				DIFFERS("what was loaded has changed before it was stored");
		}
		memcpy(bytes, after, size);
	}
}

static void order(const struct process_registers *r, struct rig_message *m)
{
	uint8_t *bytes = (uint8_t *)behind((unsigned)r->rdi) + r->rdx;

	m->order = RESULT_OK;
	if (r->rsi == PAGE_READ) {
		memcpy(rig.memory + RIG_SIZE + 0x2000, bytes, r->r10);
		m->string = START_ADDRESS + 0x2000;
		m->length = r->r10;
	} else if (r->rsi == PAGE_WRITE) {
		memcpy(bytes, rig.memory + RIG_SIZE + 0x1000, r->r14);
	} else {
		DIFFERS("order 0x%x came to a keeper", (unsigned)r->rsi);
	}
}

static void choose_answer(const struct process_registers *r, struct client *c, uint32_t x, struct rig_message *m)
{
	m->send[0] = KEEPER_BEHIND(r->rdi % ALIAS);
	switch (w.honest ? 0 : x & 15) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
		do_it(r, c, m);
		break;
	case 5:
		m->order = ANSWER_RETRY;
		break;
	case 6:
		m->order = ANSWER_MAP;
		m->word[0] = x & 0x10 ? RESTRICT_READ_ONLY : 0;
		m->word[1] = x >> 5 & 3;
		break;
	case 7:
	case 8:
	case 9:
		m->order = r->rsi == ACCESS_STEPPED ? ANSWER_UNDO : ANSWER_STEP;
		break;
	case 10:
		m->order = ANSWER_FORWARD; /* the kernel does it, to the page behind */
		break;
	case 11:
		m->order = ANSWER_FORWARD; /* to the other virtual page, or to itself */
		m->send[0] = KEEPER_ALIAS(r->rdi % ALIAS);
		break;
	case 12:
		m->order = ANSWER_FAULT;
		m->word[0] = FAULT_USER + 1;
		break;
	case 13:
		m->order = 0x1177;
		break;
	case 14:
		m->order = ANSWER_DONE;
		m->string = START_ADDRESS;
		m->length = 3;
		break;
	default:
		do_it(r, c, m);
	}
}

/* What the answer has done to the client, if it was taken. */
static void answered(const struct process_registers *r, struct client *c, const struct rig_message *m)
{
	bool store = r->rsi == ACCESS_STORE, done = m->order == ANSWER_DONE && m->length != 3;
	bool forwarded = m->order == ANSWER_FORWARD && m->send[0] < KEEPER_ALIAS(0);

	if (c->calling)
		return;
	if ((store && (done || forwarded)) || (r->rsi == ACCESS_STEPPED && done))
		applied(c);
}

static void keeper_turn(struct keeper *k, uint32_t x)
{
	struct process_registers r = *kernel_registers(k->p);
	uint8_t slot = KEEPER_REPLY(k->kept % KEPT);
	struct capability reply = capability_now(&k->p->slot[slot]);
	struct rig_message m = {.order = 0};
	struct client *c = reply.type == TYPE_REPLY ? asker(&reply) : NULL;

	if (!k->listens) { /* new: it has heard nothing yet */
		listen(k, 0, NULL);
		return;
	}
	if (r.rsi >= ACCESS_ADMIT && r.rsi <= ACCESS_GONE)
		check_question(&r);
	if (!c) { /* nobody waits for an answer, or not any more */
		listen(k, 0, NULL);
		return;
	}
	if (!w.honest && (x >> 8 & 15) == 0 &&
	    capability_now(&k->p->slot[KEEPER_REPLY((k->kept + 1) % KEPT)]).type == TYPE_NULL) { /* kept for later */
		k->kept++;
		listen(k, 0, NULL);
		return;
	}
	if (r.rsi < ACCESS_ADMIT)
		order(&r, &m);
	else
		choose_answer(&r, c, x >> 16, &m);
	listen(k, slot, &m);
	if (r.rsi >= ACCESS_ADMIT)
		answered(&r, c, &m);
}

/* A reply that was kept: it is used now; FAULT, so that it does not matter which question it was. */
static void late(struct keeper *k, uint32_t x)
{
	uint8_t slot = KEEPER_REPLY(x % KEPT);
	struct capability reply = capability_now(&k->p->slot[slot]);
	struct rig_message m = {.order = REPLY_FAULT, .word = {FAULT_USER + 2}};
	struct process *p;

	rig_order(w.maker, SLOT_KEEPER(k - w.keeper), PROCESS_GET_SLOT, slot, 0, 0, SLOT_SPARE);
	if (reply.type != TYPE_REPLY) {
		if (rig_ask(w.maker, SLOT_SPARE, &m) != RESULT_NULL)
			DIFFERS("a dead reply answered");
		return;
	}
	p = CONTAINER(reply_of(reply.object), struct process, reply);
	rig_invoke(w.maker, INVOKE_SEND, SLOT_SPARE, &m);
	if (p->wait == WAIT_REPLY || capability_now(&reply).type != TYPE_NULL)
		DIFFERS("a reply answered, and is still waited for");
}

/* --- what must hold ------------------------------------------------------------------------- */

static unsigned ring(const struct link *head, const struct link *member)
{
	unsigned found = 0;

	for (const struct link *l = head->next; l != head; l = l->next)
		found += l == member;
	return found;
}

static void check_process(const struct process *p)
{
	bool runs = p->wait == WAIT_NOTHING && !p->stopped;

	if (ring(&kernel.ready, &p->link) != runs)
		DIFFERS("ready and waiting, or neither");
	if (ring(&kernel.accesses, &p->access.link) != (p->access.kind != ACCESS_NONE))
		DIFFERS("an access is lost");
	if (p->access.kind == ACCESS_NONE && !link_alone(&p->access.held))
		DIFFERS("a lock is held for nothing");
	if (p->wait == WAIT_LOCK && ring(&p->wanted->waiting, &p->link) != 1)
		DIFFERS("waits for a lock where it is not");
	if (p->wait == WAIT_SEND && link_alone(&p->letter.link))
		DIFFERS("a letter is lost");
	if (p->wait != WAIT_SEND && !link_alone(&p->letter.link))
		DIFFERS("a letter of who does not wait");
}

static void check_views(void)
{
	for (unsigned i = 0; i < VIEWS; i++) {
		const struct view *view = &kernel.view[i];
		bool taken = view->owner || view->closing;

		if (view->owner && !view->owner->object.bank)
			DIFFERS("a lock's owner has gone");
		if (view->owner && ring(&view->owner->access.held, &view->held) != 1)
			DIFFERS("a lock's owner does not know it");
		if (!taken && !link_alone(&view->waiting))
			DIFFERS("somebody waits for a free lock");
		if (!view->owner)
			continue;
		for (unsigned t = 0; t < RIG_TLB; t++)
			if (rig.tlb[t].of &&
			    rig.tlb[t].to.physical ==
				    page_of(w.maker->slot[SLOT_BEHIND(view->badge % ALIAS)].object)->physical)
				DIFFERS("a lease beside a lock");
	}
}

static void check(void)
{
	bool stepped = false;

	for (unsigned i = 0; i < CLIENTS; i++) {
		check_process(w.client[i].p);
		stepped |= w.client[i].p->access.step.done;
	}
	for (unsigned i = 0; i < KEEPERS; i++)
		check_process(w.keeper[i].p);
	check_views();
	for (unsigned v = 0; v < PAGES && !stepped; v++)
		for (unsigned i = 0; i < COUNTERS; i++)
			if (behind(v)[i] != w.total[v][i])
				DIFFERS("page %u word %u is %u, but %u additions were done", v, i,
					(unsigned)behind(v)[i], (unsigned)w.total[v][i]);
}

/* --- operations -------------------------------------------------------------------------------- */

static void turn(uint32_t x)
{
	struct process *p = rig_next();
	struct client *c = p ? client_of(p) : NULL;

	if (c)
		client_turn(c, x);
	for (unsigned k = 0; p && k < KEEPERS; k++)
		if (w.keeper[k].p == p)
			keeper_turn(&w.keeper[k], x);
}

/* A client that has stopped at a fault: its instruction has not happened. */
static void resume(unsigned i)
{
	struct client *c = &w.client[i];
	const struct process_registers *r = kernel_registers(c->p);

	if (c->p->stopped && r->fault != FAULT_NONE) {
		bool known = r->fault <= FAULT_GONE || r->fault == FAULT_USER + 1 || r->fault == FAULT_USER + 2;

		if (!known)
			DIFFERS("fault %u", (unsigned)r->fault);
		/* A move's other page may have changed hands after the last answer: then all of it is asked anew. */
		if (c->busy && !c->calling && ((c->applied && c->insn.kind != RIG_MOVE) || r->rip != c->rip))
			DIFFERS("fault %u, and it took effect", (unsigned)r->fault);
		c->busy = c->stepped = false;
	}
	rig_order(w.maker, SLOT_CLIENT(i), PROCESS_RESUME, 0, 0, 0, 0);
}

static void operate(const struct operation *o)
{
	struct process *m = w.maker;
	unsigned v = o->a % PAGES, c = o->b % CLIENTS, page = o->a % (WEAK_PAGE + 1);

	switch (o->kind) {
	case TICK:
		rig_tick();
		break;
	case LATE:
		late(&w.keeper[o->a % KEEPERS], o->x);
		break;
	case RESCIND:
		if (o->x & 1)
			break;
		rig_order(m, SLOT_FORWARDER(v), FORWARDER_RESCIND, 0, 0, 0, 0);
		break;
	case HAND_OUT:
		rig_order(m, SLOT_FORWARDER(v), FORWARDER_GET, 0, 0, 0, SLOT_FACET(v));
		for (unsigned i = 0; i < CLIENTS; i++)
			put_back(i, v);
		break;
	case BLOCK:
	case UNBLOCK:
		rig_order(m, SLOT_FORWARDER(v), FORWARDER_BLOCK, o->kind == BLOCK && !(o->x & 3), 0, 0, 0);
		break;
	case TAKE_AWAY:
		rig_order(m, SLOT_SPACE(c), SPACE_SET, page + 1, 0, 0, 0);
		break;
	case PUT_BACK:
		put_back(c, page);
		break;
	case STOP:
		rig_order(m, SLOT_CLIENT(c), PROCESS_STOP, 0, 0, 0, 0);
		break;
	case RESUME:
		resume(c);
		break;
	case NEW_CLIENT:
		if (o->x & 7)
			break;
		rig_order(m, START_SLOT_BANK, BANK_FREE, 0, 0, SLOT_CLIENT(c), 0);
		new_client(c);
		break;
	case NEW_KEEPER:
		if (o->x & 7)
			break;
		rig_order(m, START_SLOT_BANK, BANK_FREE, 0, 0, SLOT_KEEPER(o->a % KEEPERS), 0);
		new_keeper(o->a % KEEPERS);
		break;
	case LEASE_OUT:
		for (unsigned i = 0; i < 4; i++)
			rig_tick();
		break;
	default:
		turn(o->x);
	}
}

/* Everybody honest, nothing in the way: whoever is in the middle of something gets to its end. */
static void end(void)
{
	w.honest = true;
	for (unsigned v = 0; v < PAGES; v++)
		rig_order(w.maker, SLOT_FORWARDER(v), FORWARDER_BLOCK, 0, 0, 0, 0);
	for (unsigned k = 0; k < KEEPERS; k++)
		for (unsigned n = 0; n < KEPT; n++)
			if (n != w.keeper[k].kept % KEPT)
				late(&w.keeper[k], n);
	for (unsigned c = 0; c < CLIENTS; c++)
		resume(c);
	for (unsigned i = 0; i < 400 && rig_next(); i++) {
		turn(0);
		rig_tick();
	}
	for (unsigned c = 0; c < CLIENTS; c++)
		if (!w.client[c].p->stopped)
			DIFFERS("client %u never gets to its end: waits %d", c, w.client[c].p->wait);
	check();
}

static const char *run(const struct program *program)
{
	begin();
	for (unsigned i = 0; i < program->length && !w.why[0]; i++) {
		operate(&program->operation[i]);
		check();
	}
	if (!w.why[0])
		end();
	return w.why[0] ? w.why : NULL;
}

static void random_programs(void)
{
	program_check(run, KINDS, names, 200000);
}

CHECK_MAIN(CHECK_TEST(random_programs))
