/*
 * keeper_rig.h: a keeper made from a spec, a client that makes accesses
 * to it as the monitor would, and a witness that notes what it is asked.
 */
#ifndef TESTS_KEEPER_RIG_H
#define TESTS_KEEPER_RIG_H

#include "capmodel/catalog.h"
#include "capmodel/fault.h"
#include "tests/check.h"

#include <stdlib.h>

#define RIG_SIZE 64

struct rig {
	uint8_t bytes[RIG_SIZE + 8]; /* 8 more, 0xee, which no keeper may touch */
	struct keeper_env env;
	struct keeper *keeper;
	char *log; /* all lines so far, after rig_log() */
	size_t log_size;
	char stopped[1200]; /* the last reason, "" if none */
	uint64_t next_id;
	struct access a; /* the last access, as it ended */
	struct answer answer; /* of the last access */
};

struct rig_transaction {
	struct transaction t;
	struct rig *rig;
};

static inline void rig_tell(const struct transaction *t, const struct access *a, const char *keeper, char *line,
			    size_t size)
{
	(void)t;
	snprintf(line, size, "fault op=%d size=%u offset=%" PRIu64 " %s", (int)a->op, a->size, a->offset, keeper);
}

static inline void rig_stop(const struct transaction *t, const char *reason)
{
	struct rig *rig = ((const struct rig_transaction *)t)->rig;

	snprintf(rig->stopped, sizeof(rig->stopped), "%s", reason);
}

static inline struct rig_transaction rig_transaction(struct rig *rig)
{
	static const struct witness witness = {.tell = rig_tell, .stop = rig_stop};

	return (struct rig_transaction){{.id = ++rig->next_id, .rip = 0x1000, .witness = &witness}, rig};
}

/* The reason why it cannot be made is a failure of the test, and its end. */
static inline void rig_make_keeper(struct rig *rig, const char *spec)
{
	char error[KEEPER_ERROR] = "";

	rig->keeper = keeper_parse(spec, &rig->env, error);
	CHECK_AT(rig->keeper != NULL, "%s: %s", spec, error);
	if (!rig->keeper)
		abort();
}

/* bytes[i] is i. */
static inline void rig_init(struct rig *rig, const char *spec)
{
	memset(rig, 0, sizeof(*rig));
	memset(rig->bytes, 0xee, sizeof(rig->bytes));
	for (uint8_t i = 0; i < RIG_SIZE; i++)
		rig->bytes[i] = i;
	rig->env = (struct keeper_env){.bytes = rig->bytes, .size = RIG_SIZE};
	rig->env.log = open_memstream(&rig->log, &rig->log_size);
	rig_make_keeper(rig, spec);
}

static inline const char *rig_log(struct rig *rig)
{
	fflush(rig->env.log);
	return rig->log;
}

static inline void rig_free(struct rig *rig)
{
	for (unsigned i = 0; i < 8; i++)
		CHECK_EQ(rig->bytes[RIG_SIZE + i], 0xee);
	keeper_free(rig->keeper);
	fclose(rig->env.log);
	free(rig->log);
}

/* One whole transaction of one access: admit and, if it is DONE, load, store, complete. */
static inline enum verdict rig_access(struct rig *rig, struct access a)
{
	struct rig_transaction t = rig_transaction(rig);
	struct capability who = cap_null;
	enum verdict v;

	rig->a = a;
	rig->a.gpa = 0x5000 + a.offset;
	memset(&rig->answer, 0, sizeof(rig->answer));
	v = ask_admit(cap_entry(rig->keeper, RIGHTS_ALL, 0), &t.t, &rig->a, &rig->answer, &who);
	if (v != VERDICT_DONE)
		return v;
	if (a.op != ACCESS_STORE)
		ask_load(who, &t.t, &rig->a);
	if (a.op != ACCESS_LOAD)
		ask_store(who, &t.t, &rig->a);
	ask_complete(who, &t.t, &rig->a);
	return v;
}

static inline struct access rig_make(enum access_op op, uint64_t offset, uint8_t size, uint64_t value)
{
	struct access a = {.op = op, .offset = offset, .size = size, .parts = 1};

	memcpy(a.after, &value, sizeof(value));
	return a;
}

static inline enum verdict rig_load(struct rig *rig, uint64_t offset, uint8_t size)
{
	return rig_access(rig, rig_make(ACCESS_LOAD, offset, size, 0));
}

static inline enum verdict rig_store(struct rig *rig, uint64_t offset, uint8_t size, uint64_t value)
{
	return rig_access(rig, rig_make(ACCESS_STORE, offset, size, value));
}

static inline enum verdict rig_rmw(struct rig *rig, uint64_t offset, uint8_t size, uint64_t value)
{
	return rig_access(rig, rig_make(ACCESS_RMW, offset, size, value));
}

/* What the last access got, its first 8 bytes as a number. */
static inline uint64_t rig_value(const struct rig *rig)
{
	uint64_t value = 0;

	memcpy(&value, rig->a.before, rig->a.size < 8 ? rig->a.size : 8);
	return value;
}

/* The fault of the last refusal: "#GP(0)". */
static inline const char *rig_fault(const struct rig *rig, char text[FAULT_TEXT])
{
	fault_text(&rig->answer.fault, text);
	return text;
}

#endif
