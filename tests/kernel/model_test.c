/*
 * model_test.c: random programs on the kernel and on the model (model.h), compared step by step: capabilities
 * come only from capabilities, restrictions never shrink, weak gives weak or null, the old is null, counts are right,
 * keepers are found where they should be.
 */
#include "guest/kernel/bank.h"
#include "guest/kernel/forwarder.h"
#include "guest/kernel/walk.h"
#include "tests/kernel/machine.h"
#include "tests/kernel/model.h"
#include "tests/kernel/program.h"

#define FIRST 10 /* slots in play */
#define SLOTS 20

enum {
	ALLOC,
	ALLOC_MEMORY, /* more of these, or spaces would be rare */
	FREE,
	DESTROY,
	COUNT,
	REDUCE,
	TELL,
	GET,
	SET,
	SET_MORE,
	ERASE,
	KEEP,
	ENTRY,
	VIRTUAL,
	TARGET,
	HAND_OUT,
	BLOCK,
	RESCIND,
	WRITE,
	READ,
	COPY,
	DISCRIM,
	WALK,
	WALK_MORE,
	NONSENSE,
	KINDS
};

static const char *const names[KINDS] = {"alloc",   "alloc memory", "free",  "destroy", "count", "reduce", "tell",
					 "get",     "set",          "set",   "erase",   "keep",  "entry",  "virtual",
					 "target",  "hand out",     "block", "rescind", "write", "read",   "copy",
					 "discrim", "walk",         "walk",  "nonsense"};

struct run {
	struct model model;
	struct process *p;
	struct mcap slot[INVOKE_SLOTS];
	unsigned nmade; /* by the kernel, not the model: to tell whether something came of nothing */
};

/* One order, and what the model says of it. */
struct expected {
	uint64_t order, word0, word1;
	uint8_t slot, send, receive;
	bool skip; /* it would wait, or send a message */
	uint64_t result;
	struct mcap cap;
	uint64_t out[3];
	unsigned nout; /* words that count */
	bool made; /* cap is a new object */
};

static char why[200];

#define DIFFERS(...) (snprintf(why, sizeof(why), __VA_ARGS__), why)

static void is(struct expected *e, uint64_t result)
{
	e->result = result;
}

static void word(struct expected *e, uint64_t value)
{
	e->out[e->nout++] = value;
}

static void expect_alloc(struct run *run, struct expected *e, int bank)
{
	struct model *m = &run->model;
	uint8_t type = (uint8_t)e->word0;
	bool page = type == TYPE_CHANNEL && m->live[TYPE_PAGE] == m->limit[TYPE_PAGE];

	if (e->word0 > TYPE_CLOCK || !m->limit[type])
		is(e, RESULT_ARGUMENT);
	else if (type == TYPE_BANK && model_depth(m, bank) == MODEL_DEPTH)
		is(e, RESULT_LOOP);
	else if (m->live[type] == m->limit[type] || page || m->nobjects + 2 > MODEL_OBJECTS)
		is(e, RESULT_MEMORY);
	else if (type == TYPE_SPACE && e->word1 > 31)
		is(e, RESULT_ARGUMENT);
	else {
		e->cap = model_new(m, type, bank);
		m->object[e->cap.object].exponent = (unsigned)e->word1;
		e->made = true;
	}
}

static void expect_bank(struct run *run, struct expected *e, const struct mcap *cap, struct mcap arg)
{
	struct model *m = &run->model;

	if (e->order < BANK_ALLOC || e->order > BANK_COUNT) {
		is(e, RESULT_ORDER);
	} else if ((cap->restrictions & RESTRICT_READ_ONLY) && e->order != BANK_COUNT) {
		is(e, RESULT_RIGHTS);
	} else if (e->order == BANK_ALLOC) {
		expect_alloc(run, e, cap->object);
	} else if (e->order == BANK_FREE) {
		if (arg.type == TYPE_NULL)
			is(e, RESULT_NULL);
		else if (arg.object < 0 || arg.type == TYPE_ENTRY || model_facet(&arg))
			is(e, RESULT_TYPE);
		else if (!model_within(m, arg.object, cap->object))
			is(e, RESULT_ARGUMENT);
		else
			model_kill(m, arg.object);
	} else if (e->order == BANK_DESTROY) {
		if (cap->object == 0)
			is(e, RESULT_RIGHTS);
		else
			model_kill(m, cap->object);
	} else {
		word(e, model_count(m, cap->object));
		word(e, m->limit[TYPE_PAGE] - m->live[TYPE_PAGE]);
	}
}

static void expect_slots(struct run *run, struct expected *e, const struct mcap *cap, struct mcap arg)
{
	struct mobject *o = &run->model.object[cap->object];
	bool space = cap->type == TYPE_SPACE;
	uint64_t get = space ? SPACE_GET : NODE_GET, set = get + 1, erase = space ? SPACE_ERASE : NODE_ERASE;

	if (e->order != get && e->order != set && e->order != erase && !(space && e->order == SPACE_SET_KEEPER))
		is(e, RESULT_ORDER);
	else if (cap->restrictions & RESTRICT_OPAQUE)
		is(e, RESULT_RIGHTS);
	else if (e->order != get && (cap->restrictions & (RESTRICT_READ_ONLY | RESTRICT_WEAK)))
		is(e, RESULT_RIGHTS);
	else if ((e->order == get || e->order == set) && e->word0 >= MODEL_SLOTS)
		is(e, RESULT_ARGUMENT);
	else if (e->order == get)
		e->cap = model_fetch(&run->model, o->slot[e->word0], cap->restrictions);
	else if (e->order == set && space && !model_mappable(&arg))
		is(e, RESULT_TYPE);
	else if (e->order == set)
		o->slot[e->word0] = arg;
	else if (e->order == erase)
		for (unsigned i = 0; i < MODEL_SLOTS; i++)
			o->slot[i] = model_null;
	else if (!model_keepable(&arg))
		is(e, RESULT_TYPE);
	else
		o->keeper = arg;
}

static void expect_forwarder(struct run *run, struct expected *e, const struct mcap *cap, struct mcap arg)
{
	struct mobject *o = &run->model.object[cap->object];

	if (e->order < FORWARDER_SET_TARGET || e->order > FORWARDER_GET) {
		is(e, RESULT_ORDER);
	} else if (e->order == FORWARDER_GET) {
		e->cap = *cap;
		e->cap.flavour = MODEL_PLAIN;
		e->cap.restrictions = 0;
		e->cap.epoch = o->epoch;
		e->cap.badge = e->word0;
	} else if (cap->restrictions & RESTRICT_READ_ONLY) {
		is(e, RESULT_RIGHTS);
	} else if (e->order == FORWARDER_SET_TARGET) {
		o->target = arg;
	} else if (e->order == FORWARDER_RESCIND) {
		o->epoch++;
	} else if (e->word0 > 1) {
		is(e, RESULT_ARGUMENT);
	} else {
		o->blocked = e->word0;
	}
}

static void expect_page(struct run *run, struct expected *e, const struct mcap *cap, struct mcap arg)
{
	bool posed = cap->flavour == MODEL_VIRTUAL;
	struct mobject *o = &run->model.object[cap->object];

	if (e->order < PAGE_READ || e->order > PAGE_COPY_FROM)
		is(e, RESULT_ORDER);
	else if (e->order != PAGE_READ && (cap->restrictions & (RESTRICT_READ_ONLY | RESTRICT_WEAK)))
		is(e, RESULT_RIGHTS);
	else if (e->order == PAGE_READ && e->word0 + e->word1 > 4096)
		is(e, RESULT_ARGUMENT);
	else if (e->order == PAGE_WRITE && e->word0 + 8 > 4096)
		is(e, RESULT_ARGUMENT);
	else if (e->order == PAGE_COPY_FROM) {
		enum model_way way = model_resolve(&run->model, &arg, false);

		if (way == MODEL_BLOCKED)
			e->skip = true;
		else if (way == MODEL_LOOP)
			is(e, RESULT_LOOP);
		else if (arg.type == TYPE_NULL)
			is(e, RESULT_NULL);
		else if (arg.type != TYPE_PAGE && arg.flavour != MODEL_VIRTUAL)
			is(e, RESULT_TYPE);
		else if (posed && (cap->restrictions & RESTRICT_NO_CALL))
			is(e, RESULT_RIGHTS);
		else if (!posed && arg.flavour == MODEL_VIRTUAL && (arg.restrictions & RESTRICT_NO_CALL))
			is(e, RESULT_RIGHTS);
		else if (posed || arg.flavour == MODEL_VIRTUAL)
			e->skip = true;
		else
			o->content = run->model.object[arg.object].content;
	} else if (posed && (cap->restrictions & RESTRICT_NO_CALL))
		is(e, RESULT_RIGHTS);
	else if (posed)
		e->skip = true;
	else if (e->order == PAGE_ERASE)
		o->content = 0;
	else if (e->order == PAGE_WRITE && e->word0 == 0)
		o->content = 0x1111111111111111ull * (e->word1 & 15);
}

static void expect_endpoint(struct expected *e, const struct mcap *cap)
{
	if (e->order != ENDPOINT_ENTRY && e->order != ENDPOINT_VIRTUAL_PAGE) {
		is(e, RESULT_ORDER);
	} else if (cap->restrictions & RESTRICT_READ_ONLY) {
		is(e, RESULT_RIGHTS);
	} else if (e->order == ENDPOINT_VIRTUAL_PAGE && e->word1 >= 0x20) {
		is(e, RESULT_ARGUMENT);
	} else {
		e->cap = (struct mcap){.type = TYPE_ENTRY, .object = cap->object, .badge = e->word0};
		if (e->order == ENDPOINT_VIRTUAL_PAGE) {
			e->cap.flavour = MODEL_VIRTUAL;
			e->cap.restrictions = (uint8_t)e->word1;
		}
	}
}

static void expect_discrim(struct run *run, struct expected *e, struct mcap arg)
{
	struct mcap behind = arg;
	uint8_t shown = TYPE_FORWARDER;

	if (e->order == DISCRIM_TYPE) {
		if (model_resolve(&run->model, &behind, true) == MODEL_OK)
			shown = behind.flavour == MODEL_VIRTUAL ? TYPE_PAGE : behind.type;
		word(e, shown);
		word(e, arg.restrictions);
		word(e, model_facet(&arg) || arg.flavour == MODEL_VIRTUAL);
	} else if (e->order == DISCRIM_IS_DISCREET) {
		unsigned r = arg.restrictions;
		bool sense = (r & RESTRICT_READ_ONLY) && (r & RESTRICT_WEAK) && (r & RESTRICT_NO_CALL);

		word(e, arg.type == TYPE_NULL || arg.type == TYPE_NUMBER || arg.type == TYPE_DISCRIM ||
				arg.type == TYPE_CLOCK || (arg.type == TYPE_PAGE && (r & RESTRICT_READ_ONLY)) ||
				((arg.type == TYPE_SPACE || arg.type == TYPE_NODE) && sense));
	} else {
		is(e, RESULT_ORDER);
	}
}

static void expect(struct run *run, struct expected *e)
{
	struct model *m = &run->model;
	struct mcap cap = model_now(m, run->slot[e->slot]), arg = model_now(m, run->slot[e->send]);
	bool reduces = e->order == ORDER_REDUCE;

	e->cap = model_null;
	if (!(reduces && model_facet(&cap))) {
		enum model_way way = model_resolve(m, &cap, false);

		e->skip = way == MODEL_BLOCKED || (cap.type == TYPE_ENTRY && cap.flavour == MODEL_PLAIN);
		if (e->skip)
			return;
		if (way == MODEL_LOOP) {
			is(e, RESULT_LOOP);
			return;
		}
	}
	if (cap.type == TYPE_NULL) {
		is(e, RESULT_NULL);
	} else if (reduces) {
		is(e, e->word0 > 0x1f ? RESULT_ARGUMENT : RESULT_OK);
		if (e->result == RESULT_OK)
			e->cap = model_reduce(cap, (unsigned)e->word0);
	} else if (e->order == ORDER_TYPE) {
		word(e, cap.flavour == MODEL_VIRTUAL ? TYPE_PAGE : cap.type);
		word(e, cap.restrictions);
	} else if (cap.type == TYPE_BANK) {
		expect_bank(run, e, &cap, arg);
	} else if (cap.type == TYPE_SPACE || cap.type == TYPE_NODE) {
		expect_slots(run, e, &cap, arg);
	} else if (cap.type == TYPE_FORWARDER) {
		expect_forwarder(run, e, &cap, arg);
	} else if (cap.type == TYPE_PAGE || cap.flavour == MODEL_VIRTUAL) {
		expect_page(run, e, &cap, arg);
	} else if (cap.type == TYPE_ENDPOINT) {
		expect_endpoint(e, &cap);
	} else if (cap.type == TYPE_DISCRIM) {
		expect_discrim(run, e, arg);
	} else { /* those are tested elsewhere */
		e->skip = true;
	}
}

static uint8_t pick(uint8_t number)
{
	return (uint8_t)(FIRST + number % SLOTS);
}

/* A slot with a capability of that type, from `number` on if there is one. */
static uint8_t pick_type(const struct run *run, uint8_t type, uint8_t number)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		uint8_t slot = pick((uint8_t)(number % SLOTS + i));
		struct mcap cap = model_now(&run->model, run->slot[slot]);

		if (cap.type == type && !(type == TYPE_FORWARDER && model_facet(&cap)))
			return slot;
	}
	return pick(number);
}

static void choose(struct run *run, const struct operation *o, struct expected *e)
{
	static const uint8_t memory[] = {TYPE_PAGE, TYPE_SPACE, TYPE_NODE, TYPE_FORWARDER};
	static const uint8_t any[] = {TYPE_PAGE, TYPE_SPACE,   TYPE_NODE, TYPE_ENDPOINT, TYPE_FORWARDER,
				      TYPE_BANK, TYPE_PROCESS, TYPE_NULL, TYPE_ENTRY,    99};
	static const uint8_t tree[] = {TYPE_PAGE, TYPE_SPACE, TYPE_SPACE, TYPE_ENTRY};
	bool space = o->x & 0x300;
	uint8_t container = pick_type(run, space ? TYPE_SPACE : TYPE_NODE, o->a);
	uint8_t bank = o->x & 0x200 ? pick_type(run, TYPE_BANK, o->a) : START_SLOT_BANK;
	bool gives = o->kind <= ALLOC_MEMORY || o->kind == REDUCE || o->kind == GET || o->kind == ENTRY ||
		     o->kind == VIRTUAL || o->kind == HAND_OUT;

	*e = (struct expected){.slot = pick(o->a), .send = pick(o->b), .receive = gives ? pick(o->c) : 0};
	if (model_now(&run->model, run->slot[bank]).type != TYPE_BANK)
		bank = START_SLOT_BANK;
	if ((o->kind == FREE || o->kind == DESTROY) && o->x & 0x3000) /* not so often */
		e->slot = bank = 0;
	switch (o->kind) {
	case ALLOC:
	case ALLOC_MEMORY:
		e->order = BANK_ALLOC;
		e->slot = bank;
		e->word0 = o->kind == ALLOC ? any[o->b % sizeof(any)] : memory[o->b % sizeof(memory)];
		e->word1 = e->word0 == TYPE_SPACE ? 4 * (o->x & 1 ? 0 : o->x >> 1 & 3) + (o->x >> 8) % 40 / 38 * 30 : 0;
		return;
	case FREE:
		e->order = BANK_FREE;
		e->slot = bank;
		return;
	case DESTROY:
		e->order = BANK_DESTROY;
		e->slot = bank;
		return;
	case COUNT:
		e->order = BANK_COUNT;
		e->slot = bank;
		return;
	case REDUCE:
		e->order = ORDER_REDUCE;
		e->word0 = o->x & 0x1f & (o->x >> 5) & (o->x >> 10);
		return;
	case TELL:
		e->order = ORDER_TYPE;
		return;
	case GET:
		e->order = space ? SPACE_GET : NODE_GET;
		e->slot = container;
		e->word0 = (o->x & 0xf) % 2 + ((o->x >> 16 & 0xff) == 0 ? 16 : 0);
		return;
	case SET:
	case SET_MORE:
		e->order = space ? SPACE_SET : NODE_SET;
		e->slot = container;
		e->word0 = (o->x & 0xf) % 2;
		if (o->x & 0xe000) /* mostly what makes sense in a tree */
			e->send = pick_type(run, tree[o->x >> 16 & 3], o->b);
		return;
	case ERASE:
		if (o->x & 0xe000)
			return;
		e->order = space ? SPACE_ERASE : NODE_ERASE;
		e->slot = container;
		return;
	case KEEP:
		e->order = SPACE_SET_KEEPER;
		e->slot = pick_type(run, TYPE_SPACE, o->a);
		e->send = o->x & 1 ? pick_type(run, TYPE_ENTRY, o->b) : e->send;
		return;
	case ENTRY:
	case VIRTUAL:
		e->order = o->kind == ENTRY ? ENDPOINT_ENTRY : ENDPOINT_VIRTUAL_PAGE;
		e->slot = pick_type(run, TYPE_ENDPOINT, o->a);
		e->word0 = o->x & 3;
		e->word1 = o->x >> 4 & (o->x >> 12) & 0x1f;
		return;
	case TARGET:
		e->order = FORWARDER_SET_TARGET;
		if (o->x & 0xe000)
			e->send = pick_type(run, tree[o->x >> 16 & 3], o->b);
		break;
	case HAND_OUT:
		e->order = FORWARDER_GET;
		e->word0 = o->x & 3;
		break;
	case BLOCK:
		e->order = FORWARDER_BLOCK;
		e->word0 = (o->x & 7) == 0;
		break;
	case RESCIND:
		e->order = o->x & 0xe000 ? ORDER_TYPE : FORWARDER_RESCIND;
		break;
	case WRITE:
		e->order = o->x & 0x70 ? PAGE_WRITE : PAGE_ERASE;
		e->slot = pick_type(run, TYPE_PAGE, o->a);
		e->word1 = o->x & 15;
		return;
	case READ:
		e->order = PAGE_READ;
		e->slot = pick_type(run, TYPE_PAGE, o->a);
		e->word1 = o->x & 0x10 ? 8 : 4097;
		return;
	case COPY:
		e->order = PAGE_COPY_FROM;
		e->slot = pick_type(run, TYPE_PAGE, o->a);
		return;
	case DISCRIM:
		e->order = o->x & 1 ? DISCRIM_TYPE : DISCRIM_IS_DISCREET;
		e->slot = START_SLOT_DISCRIM;
		return;
	default:
		e->order = (o->x % 14) << 8 | (o->x >> 8 & 3);
		e->word0 = e->order == PAGE_WRITE ? 0 : o->x >> 12 & 3;
		return;
	}
	e->slot = pick_type(run, TYPE_FORWARDER, o->a);
}

static const char *compare_cap(const struct run *run, const struct mcap *want, const struct capability *slot,
			       const char *where)
{
	struct capability got = capability_now(slot);
	struct mcap now = model_now(&run->model, *want);
	const void *object = NULL;
	uint8_t flavour = got.flags & CAPABILITY_VIRTUAL
				  ? MODEL_VIRTUAL
				  : (got.flags & CAPABILITY_CONTROL ? MODEL_CONTROL : MODEL_PLAIN);

	if (now.object >= 0)
		object = model_facet(&now) ? &((const struct forwarder *)run->model.object[now.object].real)->facet
					   : run->model.object[now.object].real;
	if (got.type != now.type || got.restrictions != now.restrictions || got.badge != now.badge ||
	    flavour != now.flavour || (now.object >= 0 && got.object != object))
		return DIFFERS("%s: type %u restrictions 0x%x badge %u, expected %u 0x%x %u", where, got.type,
			       got.restrictions, (unsigned)got.badge, now.type, now.restrictions, (unsigned)now.badge);
	return NULL;
}

/* An address at which there is something, mostly. */
static uint64_t aim(const struct run *run, struct mcap cap, uint32_t x)
{
	uint64_t address = (x & 0x700) == 0 ? (uint64_t)x << 4 : 0;

	for (unsigned level = 0; level < 5 && model_resolve(&run->model, &cap, true) == MODEL_OK; level++) {
		const struct mobject *o;
		unsigned index = x >> level & 1;

		if (cap.type != TYPE_SPACE)
			break;
		o = &run->model.object[cap.object];
		if (model_now(&run->model, o->slot[index]).type == TYPE_NULL)
			index ^= 1;
		address ^= (uint64_t)index << (12 + o->exponent);
		cap = o->slot[index];
	}
	return address;
}

static const char *compare_walk(const struct run *run, const struct operation *o)
{
	static const int statuses[] = {WALK_PAGE, WALK_VIRTUAL, WALK_INVALID, WALK_MALFORMED, WALK_BLOCKED};
	uint8_t slot = o->x & 0xe0 ? pick_type(run, TYPE_SPACE, o->a) : pick(o->a);
	uint64_t address = aim(run, run->slot[slot], o->x);
	struct mwalk want = {.object = -1};
	struct walk got;

	model_walk(&run->model, run->slot[slot], address, 47, &want);
	walk(&run->p->slot[slot], address, WALK_TO_USE, &got);
	if ((int)got.status != statuses[want.status])
		return DIFFERS("walk: status %d, expected %d", (int)got.status, statuses[want.status]);
	if (want.status <= MODEL_POSED &&
	    (got.leaf.restrictions != want.restrictions || got.leaf.object != run->model.object[want.object].real))
		return DIFFERS("walk: another leaf, or restrictions 0x%x, expected 0x%x", got.leaf.restrictions,
			       want.restrictions);
	if (want.status == MODEL_WAITS)
		return NULL;
	for (unsigned store = 0; store < 2; store++) {
		struct capability keeper = store ? got.store_keeper : got.keeper;
		uint64_t badge = store ? want.store_keeper : want.keeper;

		if (capability_resolve(&keeper, NULL) != RESOLVE_OK ||
		    (keeper.type == TYPE_NULL ? 0 : keeper.badge + 1) != badge)
			return DIFFERS("walk: another keeper (store %u)", store);
	}
	return NULL;
}

static const char *compare_page(const struct run *run, const struct operation *o)
{
	uint8_t slot = pick_type(run, TYPE_PAGE, o->c);
	struct mcap cap = model_now(&run->model, run->slot[slot]);
	uint64_t content;

	if (cap.type != TYPE_PAGE)
		return NULL;
	memcpy(&content, page_bytes(run->p->slot[slot].object), 8);
	return content == run->model.object[cap.object].content ? NULL : DIFFERS("a page's content");
}

static const char *compare_all(const struct run *run)
{
	for (uint8_t slot = FIRST; slot < FIRST + SLOTS; slot++)
		if (compare_cap(run, &run->slot[slot], &run->p->slot[slot], "a slot"))
			return why;
	for (unsigned type = 0; type < TYPES; type++)
		if (run->model.limit[type] &&
		    kernel.pool[type].count - kernel.pool[type].nfree != run->model.live[type])
			return DIFFERS("%u objects of type %u live, expected %u",
				       kernel.pool[type].count - kernel.pool[type].nfree, type, run->model.live[type]);
	return NULL;
}

static const char *step(struct run *run, const struct operation *o)
{
	struct expected e;
	struct rig_message m;
	const struct process_registers *r = kernel_registers(run->p);
	uint64_t result;

	if (o->kind == WALK || o->kind == WALK_MORE)
		return compare_walk(run, o);
	choose(run, o, &e);
	expect(run, &e);
	if (e.skip)
		return NULL;
	m = (struct rig_message){
		.order = e.order, .word = {e.word0, e.word1}, .send = {e.send}, .receive = {e.receive}};
	if (e.order == PAGE_WRITE) {
		m.string = START_ADDRESS;
		m.length = 8;
		memset(rig.memory + RIG_SIZE, (int)(0x11 * (e.word1 & 15)), 8);
	}
	result = rig_ask(run->p, e.slot, &m);
	if (result != e.result)
		return DIFFERS("order 0x%x: result %u, expected %u", (unsigned)e.order, (unsigned)result,
			       (unsigned)e.result);
	for (unsigned i = 0; i < e.nout; i++)
		if ((i == 0 ? r->rdx : i == 1 ? r->r10 : r->r8) != e.out[i])
			return DIFFERS("order 0x%x: word %u", (unsigned)e.order, i);
	if (e.made)
		run->model.object[e.cap.object].real = run->p->slot[e.receive].object;
	if (e.receive)
		run->slot[e.receive] = e.cap;
	if (e.receive && compare_cap(run, &e.cap, &run->p->slot[e.receive], "what came"))
		return why;
	return compare_page(run, o);
}

static const char *run_program(const struct program *program)
{
	static struct run run;

	memset(run.slot, 0, sizeof(run.slot));
	run.p = rig_start();
	run.model.nobjects = 0;
	memset(run.model.live, 0, sizeof(run.model.live));
	for (unsigned i = 0; i < INVOKE_SLOTS; i++)
		run.slot[i] = model_null;
	run.slot[START_SLOT_BANK] = model_new(&run.model, TYPE_BANK, -1);
	run.slot[START_SLOT_DISCRIM] = (struct mcap){.type = TYPE_DISCRIM, .object = -1};
	run.model.object[0].real = kernel.bank;
	for (unsigned type = 0; type < TYPES; type++) { /* what the first process is made of counts too */
		run.model.limit[type] = kernel.pool[type].count;
		for (unsigned n = kernel.pool[type].count - kernel.pool[type].nfree; run.model.live[type] < n;)
			model_new(&run.model, (uint8_t)type, 0);
	}
	for (unsigned i = 0; i < program->length; i++)
		if (step(&run, &program->operation[i]))
			return why;
	return compare_all(&run);
}

static void random_programs(void)
{
	program_check(run_program, KINDS, names, 200000);
}

CHECK_MAIN(CHECK_TEST(random_programs))
