#include "capmodel/capability.h"

#include "capmodel/catalog.h"
#include "tests/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

static uint8_t bytes[64];

static void rights_are_only_taken_away(void)
{
	struct capability cap = cap_page(bytes, 0xff);

	CHECK_EQ(cap.rights, RIGHTS_ALL);
	for (unsigned have = 0; have <= RIGHTS_ALL; have++) {
		for (unsigned want = 0; want < 256; want++) {
			struct capability less = cap_reduce(cap_page(bytes, (uint8_t)have), (uint8_t)want);

			CHECK_EQ(less.rights, have & want);
			CHECK(less.type == CAP_PAGE && less.object.page == bytes);
		}
	}
}

static void nothing_makes_null(void)
{
	CHECK_EQ(cap_page(NULL, RIGHTS_ALL).type, CAP_NULL);
	CHECK_EQ(cap_entry(NULL, RIGHTS_ALL, 7).type, CAP_NULL);
	CHECK_EQ(cap_forwarder(NULL, RIGHTS_ALL).type, CAP_NULL);
	CHECK_EQ(cap_resolve(cap_null).type, CAP_NULL);
	CHECK_EQ(cap_reduce(cap_null, RIGHTS_ALL).rights, 0);
}

static void chain_rights_are_the_least(void)
{
	static const struct {
		const char *name;
		uint8_t page, inner, outer, expected;
	} rows[] = {
		{"all", 7, 7, 7, 7},
		{"page is read-only", RIGHT_READ, 7, 7, RIGHT_READ},
		{"inner is read-only", 7, RIGHT_READ, 7, RIGHT_READ},
		{"outer is read-only", 7, 7, RIGHT_READ, RIGHT_READ},
		{"nothing in common", RIGHT_READ, RIGHT_WRITE, 7, 0},
		{"outer cannot give back", RIGHT_READ, RIGHT_READ, 7, RIGHT_READ},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct forwarder *f, *g;
		struct capability seen;

		check_row = rows[i].name;
		f = forwarder_new(cap_page(bytes, rows[i].page));
		g = forwarder_new(cap_forwarder(f, rows[i].inner));
		seen = cap_resolve(cap_forwarder(g, rows[i].outer));
		CHECK_EQ(seen.type, CAP_PAGE);
		CHECK_EQ(seen.rights, rows[i].expected);
		CHECK(seen.object.page == bytes);
		forwarder_free(g);
		forwarder_free(f);
	}
}

static void outermost_badge_wins(void)
{
	static const struct {
		uint64_t outer, inner, entry, expected;
	} rows[] = {{0, 0, 0, 0}, {0, 0, 1, 1}, {0, 2, 1, 2}, {3, 2, 1, 3}, {3, 0, 1, 3}, {3, 0, 0, 3}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct keeper k = {.ops = NULL};
		struct forwarder *f = forwarder_new(cap_entry(&k, RIGHTS_ALL, rows[i].entry)), *g;
		struct capability inner = cap_forwarder(f, RIGHTS_ALL), outer;

		inner.badge = rows[i].inner;
		g = forwarder_new(inner);
		outer = cap_forwarder(g, RIGHTS_ALL);
		outer.badge = rows[i].outer;
		CHECK_EQ(cap_resolve(outer).badge, rows[i].expected);
		forwarder_free(g);
		forwarder_free(f);
	}
}

static void chain_length_is_bounded(void)
{
	struct forwarder *f[CAP_CHAIN_MAX + 1];
	struct capability cap = cap_page(bytes, RIGHTS_ALL);

	for (unsigned i = 0; i <= CAP_CHAIN_MAX; i++) {
		f[i] = forwarder_new(cap);
		cap = cap_forwarder(f[i], RIGHTS_ALL);
		CHECK_EQ(cap_resolve(cap).type, i < CAP_CHAIN_MAX ? CAP_PAGE : CAP_NULL);
	}
	forwarder_rescind(f[CAP_CHAIN_MAX]); /* ends, too */
	for (unsigned i = 0; i <= CAP_CHAIN_MAX; i++)
		forwarder_free(f[i]);
}

static void any_rescinded_link_cuts_the_chain(void)
{
	for (unsigned cut = 0; cut < 3; cut++) {
		struct forwarder *f[3];
		struct capability link[4] = {cap_page(bytes, RIGHTS_ALL)};

		for (unsigned i = 0; i < 3; i++) {
			f[i] = forwarder_new(link[i]);
			link[i + 1] = cap_forwarder(f[i], RIGHTS_ALL);
		}
		forwarder_rescind(f[cut]);
		for (unsigned i = 0; i <= 3; i++)
			CHECK_EQ(cap_resolve(link[i]).type, i <= cut ? CAP_PAGE : CAP_NULL);
		forwarder_rescind(f[cut]); /* twice is once */
		for (unsigned i = 0; i < 3; i++)
			forwarder_free(f[i]);
	}
}

static enum verdict deny_nothing(struct keeper *k, const struct transaction *t, const struct access *a,
				 struct answer *answer)
{
	(void)k, (void)t, (void)a, (void)answer;
	return VERDICT_DONE;
}

static void load_one(struct keeper *k, const struct transaction *t, struct access *a)
{
	(void)k, (void)t;
	a->before[0] = 1;
}

static const struct keeper_ops one_ops = {.name = "one", .admit = deny_nothing, .load = load_one};

static void an_admitted_access_finishes_and_the_next_is_refused(void)
{
	struct keeper k;
	struct forwarder *f;
	struct transaction t = {.id = 1};
	struct access a = {.op = ACCESS_LOAD, .size = 1};
	struct answer answer;
	struct capability cap, who = cap_null;

	keeper_init(&k, &one_ops);
	f = forwarder_new(cap_entry(&k, RIGHTS_ALL, 0));
	cap = cap_forwarder(f, RIGHTS_ALL);
	CHECK_EQ(ask_admit(cap, &t, &a, &answer, &who), VERDICT_DONE);
	forwarder_rescind(f);
	ask_load(who, &t, &a);
	CHECK_EQ(a.before[0], 1);
	CHECK_EQ(k.loads, 1);

	t.id = 2;
	who = cap_null;
	CHECK_EQ(ask_admit(cap, &t, &a, &answer, &who), VERDICT_DENY);
	CHECK_EQ(answer.fault.vector, 13);
	CHECK_EQ(who.type, CAP_NULL);
	CHECK_EQ(k.loads, 1);
	forwarder_free(f);
	keeper_free(&k);
}

struct rescinder {
	struct forwarder *f;
	atomic_bool returned;
};

static void *rescind(void *argument)
{
	struct rescinder *r = argument;

	forwarder_rescind(r->f);
	atomic_store(&r->returned, true);
	return NULL;
}

/* A thread that is in a transaction holds the owner lock: rescind must not return before it lets go. */
static void rescind_waits_for_the_transaction_inside(void)
{
	struct keeper k;
	struct rescinder r = {.returned = false};
	struct forwarder *inner, *outer;
	pthread_t thread;

	keeper_init(&k, &one_ops);
	inner = forwarder_new(cap_entry(&k, RIGHTS_ALL, 0));
	outer = forwarder_new(cap_forwarder(inner, RIGHTS_ALL));
	r.f = outer;

	lock_take(&k.owner);
	forwarder_rescind(inner); /* by the transaction itself: does not wait for itself */
	pthread_create(&thread, NULL, rescind, &r);
	while (cap_resolve(cap_forwarder(outer, RIGHTS_ALL)).type != CAP_NULL)
		continue;
	nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
	CHECK(!atomic_load(&r.returned));
	lock_release(&k.owner);
	pthread_join(thread, NULL);
	CHECK(atomic_load(&r.returned));

	forwarder_free(outer);
	forwarder_free(inner);
	keeper_free(&k);
}

struct client {
	struct keeper *k;
	struct capability cap;
	atomic_bool rescinded; /* set by the other thread after rescind returned */
	atomic_uint after; /* loads that began to be answered after that */
	atomic_uint admitted;
};

/* As a vCPU does it: own, admit, load, complete, let go. */
static void *client_run(void *argument)
{
	struct client *c = argument;
	struct answer answer;
	enum verdict v;

	do {
		struct transaction t = {.id = 1};
		struct access a = {.op = ACCESS_LOAD, .size = 1};
		struct capability who;

		lock_take(&c->k->owner);
		v = ask_admit(c->cap, &t, &a, &answer, &who);
		if (v == VERDICT_DONE) {
			atomic_fetch_add(&c->admitted, 1);
			for (volatile unsigned i = 0; i < 200; i++)
				continue;
			if (atomic_load(&c->rescinded))
				atomic_fetch_add(&c->after, 1);
			ask_load(who, &t, &a);
		}
		lock_release(&c->k->owner);
	} while (v == VERDICT_DONE);
	return NULL;
}

static void nothing_gets_through_after_rescind_returned(void)
{
	for (unsigned round = 0; round < 200; round++) {
		struct keeper k;
		struct client c = {.k = &k};
		struct forwarder *f;
		pthread_t thread;

		keeper_init(&k, &one_ops);
		f = forwarder_new(cap_entry(&k, RIGHTS_ALL, 0));
		c.cap = cap_forwarder(f, RIGHTS_ALL);
		pthread_create(&thread, NULL, client_run, &c);
		while (atomic_load(&c.admitted) < 3)
			continue;
		forwarder_rescind(f);
		atomic_store(&c.rescinded, true);
		pthread_join(thread, NULL);
		CHECK_EQ(atomic_load(&c.after), 0);
		CHECK_EQ(k.loads, atomic_load(&c.admitted));
		forwarder_free(f);
		keeper_free(&k);
	}
}

CHECK_MAIN(CHECK_TEST(rights_are_only_taken_away), CHECK_TEST(nothing_makes_null),
	   CHECK_TEST(chain_rights_are_the_least), CHECK_TEST(outermost_badge_wins),
	   CHECK_TEST(chain_length_is_bounded), CHECK_TEST(any_rescinded_link_cuts_the_chain),
	   CHECK_TEST(an_admitted_access_finishes_and_the_next_is_refused),
	   CHECK_TEST(rescind_waits_for_the_transaction_inside),
	   CHECK_TEST(nothing_gets_through_after_rescind_returned))
