/* revoke_test.c: what is taken away at every state of an access: one outcome each, never torn. */
#include "tests/kernel/scene.h"

enum state {
	IDLE,
	QUEUED, /* the keeper has not even received it */
	PENDING,
	BETWEEN, /* the load is answered, the store is to come */
	STEPPING, /* may step, has not run */
	STEPPED, /* has run, the keeper is asked */
	WAITING, /* for the lock */
	ANSWERED, /* all is answered, it has only to run */
	LEASED,
	STATES
};

static const char *const state_names[STATES] = {"idle",    "queued",  "pending",  "between", "stepping",
						"stepped", "waiting", "answered", "leased"};

enum how {
	RESCIND,
	DESTROY_ENDPOINT,
	DESTROY_KEEPER,
	DESTROY_SPACE,
	DESTROY_CLIENT,
	SET_SLOT, /* another page in its place */
	HOWS
};

static const char *const how_names[HOWS] = {"rescind",       "destroy endpoint", "destroy keeper",
					    "destroy space", "destroy client",   "set slot"};

static struct rig_insn add = {.kind = RIG_ADD, .to = SCENE_VIRTUAL, .size = 8, .value = 1};

static void bring_to(struct scene *s, enum state state)
{
	rig_order(s->maker, SLOT_SPACE, SPACE_SET, 1, 0, SLOT_FACET, 0);
	rig_page(s->maker, SLOT_BEHIND)[0] = 7;
	if (state == IDLE)
		return;
	if (state == QUEUED)
		process_cancel(s->keeper), process_stop(s->keeper);
	CHECK(rig_next() == s->client);
	CHECK_EQ(rig_execute(s->client, &add), RIG_WAITS);
	if (state == QUEUED) {
		CHECK(rig_next() == NULL);
		return;
	}
	CHECK(rig_next() == s->keeper);
	if (state == PENDING)
		return;
	if (state == WAITING) {
		scene_resume(s, SLOT_SECOND);
		process_stop(s->keeper);
		CHECK(rig_next() == s->second);
		CHECK_EQ(rig_execute(s->second, &add), RIG_WAITS);
		CHECK_EQ(s->second->wait, WAIT_LOCK);
		scene_resume(s, SLOT_KEEPER);
		return;
	}
	if (state == LEASED) {
		scene_answer(s, ANSWER_MAP, 0, 0, KEEPER_SLOT_PAGE, NULL, 0);
		scene_completes(s->client, &add, 7);
		return;
	}
	if (state == STEPPING || state == STEPPED) {
		scene_answer(s, ANSWER_STEP, 0, 0, KEEPER_SLOT_PAGE, NULL, 0);
		CHECK(rig_next() == s->client);
		if (state == STEPPED) {
			CHECK_EQ(rig_execute(s->client, &add), RIG_STEPPED);
			CHECK(rig_next() == s->keeper);
		}
		return;
	}
	scene_done(s, 7, 8);
	if (state == BETWEEN)
		return;
	CHECK(rig_next() == s->client);
	CHECK_EQ(rig_execute(s->client, &add), RIG_WAITS);
	CHECK(rig_next() == s->keeper);
	scene_answer(s, ANSWER_DONE, 0, 0, 0, NULL, 0);
}

static void revoke(struct scene *s, enum how how)
{
	static const uint8_t freed[] = {0, SLOT_ENDPOINT, SLOT_KEEPER, SLOT_SPACE, SLOT_CLIENT};

	if (how == RESCIND)
		CHECK_EQ(rig_order(s->maker, SLOT_FORWARDER, FORWARDER_RESCIND, 0, 0, 0, 0), RESULT_OK);
	else if (how == SET_SLOT)
		CHECK_EQ(rig_order(s->maker, SLOT_SPACE, SPACE_SET, 1, 0, SLOT_REAL, 0), RESULT_OK);
	else
		CHECK_EQ(rig_order(s->maker, START_SLOT_BANK, BANK_FREE, 0, 0, freed[how], 0), RESULT_OK);
}

/* All turns are taken until nobody has any; the client executes when it has one. True: its instruction was completed.
 */
static bool run_out(struct scene *s, unsigned *faults)
{
	bool completed = false;
	struct process *p;

	for (unsigned i = 0; i < 20 && (p = rig_next()) != NULL; i++) {
		if (p == s->keeper) {
			process_stop(p);
		} else if (p == s->client || p == s->second) {
			if (rig_execute(p, &add) == RIG_DONE) {
				completed |= p == s->client;
				process_stop(p);
			}
		}
	}
	*faults = s->client->stopped && s->client->registers.fault != FAULT_NONE;
	return completed;
}

static bool pending(enum state state)
{
	return state != IDLE && state != ANSWERED && state != LEASED;
}

/* What the client gets, 0: it completes; ~0: it still waits. */
static uint64_t expected(enum state state, enum how how)
{
	switch (how) {
	case RESCIND:
		return state == ANSWERED ? 0 : pending(state) ? FAULT_GONE : FAULT_INVALID_ADDRESS;
	case DESTROY_ENDPOINT:
		return pending(state) ? FAULT_GONE : FAULT_INVALID_ADDRESS;
	case DESTROY_KEEPER: /* the page is still there, with nobody to answer; the queue has lost nobody */
		return state == ANSWERED || state == LEASED ? 0 : state == IDLE || state == QUEUED ? ~0ull : FAULT_GONE;
	case DESTROY_SPACE:
		return state == ANSWERED ? 0 : pending(state) ? FAULT_GONE : FAULT_INVALID_ADDRESS;
	case DESTROY_CLIENT:
		return ~0ull;
	case SET_SLOT:
	case HOWS:
		return 0;
	}
	return 0;
}

static void every_state_and_every_way(void)
{
	for (unsigned state = 0; state < STATES; state++) {
		for (unsigned how = 0; how < HOWS; how++) {
			struct scene s = scene_make();
			char name[64];
			struct rig_message late = {.order = ANSWER_DONE, .string = SCENE_KEEPER_STRING, .length = 8};
			struct capability reply;
			uint64_t rip = kernel_registers(s.client)->rip, want = expected(state, how);
			unsigned faults;
			bool completed;

			snprintf(name, sizeof(name), "%s, %s", state_names[state], how_names[how]);
			check_row = name;
			bring_to(&s, state);
			reply = s.keeper->slot[KEEPER_SLOT_REPLY];
			if (state == LEASED)
				rip += 4;
			revoke(&s, how);
			if (how != DESTROY_KEEPER || state == LEASED || state == ANSWERED)
				CHECK_EQ(capability_now(&reply).type, TYPE_NULL);
			s.maker->slot[SLOT_SPARE] = reply;
			if (how != DESTROY_KEEPER) /* a late answer goes nowhere */
				CHECK_EQ(rig_ask(s.maker, SLOT_SPARE, &late), RESULT_NULL);
			if (state == STEPPED && pending(state) && how != DESTROY_CLIENT) /* undone */
				CHECK_EQ(rig_page(s.maker, SLOT_BEHIND)[0], 7);
			completed = run_out(&s, &faults);
			if (how == DESTROY_CLIENT) {
				CHECK(!s.client->object.bank);
				CHECK(link_alone(&s.client->access.held));
				continue;
			}
			CHECK_EQ(completed, want == 0);
			CHECK_EQ(kernel_registers(s.client)->rip, rip + (want == 0 ? 4 : 0));
			CHECK_EQ(faults, want != 0 && want != ~0ull);
			if (faults)
				CHECK_EQ(kernel_registers(s.client)->fault, want);
		}
	}
}

/* A client that goes while it holds or steps: the keeper hears it, and whoever waits goes on. */
static void keeper_hears_of_who_went(void)
{
	static const struct {
		enum state state;
		bool told;
	} rows[] = {{QUEUED, false},  {PENDING, false}, {BETWEEN, true},
		    {STEPPING, true}, {STEPPED, true},  {ANSWERED, false}};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene s = scene_make();
		uint64_t id;

		check_row = state_names[rows[i].state];
		bring_to(&s, rows[i].state);
		id = s.client->access.id;
		revoke(&s, DESTROY_CLIENT);
		if (rows[i].state == QUEUED)
			continue;
		if (s.keeper->wait != WAIT_MESSAGE && s.keeper->wait != WAIT_NOTHING)
			CHECK(false);
		while (rig_next() == s.keeper && s.keeper->registers.rsi != ACCESS_GONE)
			scene_listen(s.keeper);
		CHECK_EQ(rig.runs == s.keeper, rows[i].told);
		if (rows[i].told)
			CHECK_EQ(s.keeper->registers.rdx, id);
		scene_resume(&s, SLOT_SECOND);
		if (rows[i].told)
			scene_listen(s.keeper);
		CHECK(rig_next() == s.second);
		CHECK_EQ(rig_execute(s.second, &add), RIG_WAITS);
		CHECK(rig_next() == s.keeper);
		CHECK_EQ(s.keeper->registers.rsi, ACCESS_LOAD);
	}
}

/* The keeper hears that the first has gone before anybody comes after it. */
static void the_next_waits_for_the_notice(void)
{
	for (unsigned early = 0; early < 2; early++) {
		struct scene s = scene_make();

		bring_to(&s, BETWEEN);
		process_cancel(s.keeper); /* it does not listen just now */
		process_stop(s.keeper);
		CHECK(rig_next() == s.client);
		if (!early)
			process_stop(s.client);
		scene_resume(&s, SLOT_SECOND);
		while (rig_next() != s.second)
			rig_tick();
		CHECK_EQ(rig_execute(s.second, &add), RIG_WAITS);
		if (early)
			process_stop(s.client);
		CHECK_EQ(s.second->wait, WAIT_LOCK);
		CHECK(rig_next() == NULL);
		scene_resume(&s, SLOT_KEEPER);
		CHECK(rig_next() == s.keeper);
		scene_listen(s.keeper);
		CHECK_EQ(s.keeper->registers.rsi, ACCESS_GONE);
		scene_listen(s.keeper);
		CHECK(rig_next() == s.keeper);
		CHECK_EQ(s.keeper->registers.rsi, ACCESS_LOAD);
	}
}

/* A keeper that stops at a fault of its own, with nobody to repair it. */
static void keeper_dies_of_a_fault(void)
{
	struct scene s = scene_make();

	bring_to(&s, PENDING);
	kernel_exception(s.keeper, 13, 0);
	scene_faulted(s.client, FAULT_GONE);
	CHECK(s.keeper->stopped);
}

static void silent_keeper_keeps_nobody_from_dying(void)
{
	struct scene s = scene_make();

	bring_to(&s, PENDING);
	process_stop(s.keeper);
	CHECK(rig_next() == NULL);
	CHECK_EQ(rig_order(s.maker, SLOT_CLIENT, PROCESS_STOP, 0, 0, 0, 0), RESULT_OK);
	CHECK(rig_next() == NULL);
	CHECK_EQ(s.client->access.kind, ACCESS_NONE);
	CHECK_EQ(rig_order(s.maker, START_SLOT_BANK, BANK_FREE, 0, 0, SLOT_CLIENT, 0), RESULT_OK);
	CHECK_EQ(capability_now(&s.maker->slot[SLOT_CLIENT]).type, TYPE_NULL);
}

static void a_step_faults_elsewhere(void)
{
	struct scene s = scene_make();
	uint64_t id;

	bring_to(&s, STEPPING);
	id = s.client->access.id;
	kernel_exception(s.client, 6, 0); /* before it changed anything */
	CHECK(rig_next() == s.keeper);
	CHECK_EQ(s.keeper->registers.rsi, ACCESS_STEPPED);
	CHECK_EQ(s.keeper->registers.rdx, id);
	CHECK(s.keeper->registers.r8 & ACCESS_INFO_FAULTED);
	CHECK_EQ(s.keeper->slot[KEEPER_SLOT_REPLY].type, TYPE_NULL);
	scene_listen(s.keeper);
	scene_faulted(s.client, FAULT_EXCEPTION);
	CHECK_EQ(s.client->registers.fault_code, 6);
}

/* What a keeper named instead is taken away while it is asked. */
static void rescinded_behind_a_forward(void)
{
	struct scene s = scene_make();

	rig_order(s.maker, SLOT_FORWARDER, FORWARDER_SET_TARGET, 0, 0, SLOT_OTHER, 0);
	rig_order(s.maker, SLOT_KEEPER, PROCESS_SET_SLOT, 14, 0, SLOT_FACET, 0);
	scene_ask(&s, s.client, &add);
	scene_answer(&s, ANSWER_FORWARD, 0, 0, 14, NULL, 0);
	CHECK(rig_next() == s.keeper);
	CHECK_EQ(s.keeper->registers.rdi, 6);
	CHECK_EQ(rig_order(s.maker, SLOT_FORWARDER, FORWARDER_RESCIND, 0, 0, 0, 0), RESULT_OK);
	CHECK_EQ(capability_now(&s.keeper->slot[KEEPER_SLOT_REPLY]).type, TYPE_NULL);
	scene_listen(s.keeper);
	scene_faulted(s.client, FAULT_GONE);
}

/* What a keeper names has been taken away before: the page, or what a forwarder of it leads to. */
static void forwarded_to_what_is_gone(void)
{
	static const struct {
		const char *name;
		uint8_t of, to; /* the maker's: what is taken away, and what the keeper has of it */
		uint64_t order;
	} rows[] = {
		{"a page, destroyed", SLOT_SPARE, SLOT_SPARE, BANK_FREE},
		{"a forwarder, rescinded", SLOT_FORWARDER, SLOT_FACET, FORWARDER_RESCIND},
		{"a forwarder of a page, destroyed", SLOT_SPARE, SLOT_FACET, BANK_FREE},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene s = scene_make();

		check_row = rows[i].name;
		rig_alloc(s.maker, TYPE_PAGE, 0, SLOT_SPARE);
		rig_order(s.maker, SLOT_FORWARDER, FORWARDER_SET_TARGET, 0, 0, SLOT_SPARE, 0);
		rig_order(s.maker, SLOT_KEEPER, PROCESS_SET_SLOT, 14, 0, rows[i].to, 0);
		scene_ask(&s, s.client, &add);
		if (rows[i].order == BANK_FREE)
			rig_order(s.maker, START_SLOT_BANK, BANK_FREE, 0, 0, rows[i].of, 0);
		else
			rig_order(s.maker, rows[i].of, rows[i].order, 0, 0, 0, 0);
		scene_answer(&s, ANSWER_FORWARD, 0, 0, 14, NULL, 0);
		scene_faulted(s.client, FAULT_GONE);
		CHECK(link_alone(&s.client->access.held));
	}
}

CHECK_MAIN(CHECK_TEST(every_state_and_every_way), CHECK_TEST(keeper_hears_of_who_went),
	   CHECK_TEST(rescinded_behind_a_forward), CHECK_TEST(forwarded_to_what_is_gone),
	   CHECK_TEST(the_next_waits_for_the_notice), CHECK_TEST(keeper_dies_of_a_fault),
	   CHECK_TEST(silent_keeper_keeps_nobody_from_dying), CHECK_TEST(a_step_faults_elsewhere))
