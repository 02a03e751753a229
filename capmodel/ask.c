/*
 * ask.c: the only place where a keeper's operations are called.
 *
 * What nobody keeps is refused: a null or rescinded capability, a missing right,
 * a missing operation, a chain without an end, a reply that is no verdict. A
 * missing right gives #PF with the walk's error code, as a protected page
 * would; everything else gives #GP(0).
 */
#include "capmodel/bytes.h"
#include "capmodel/fault.h"
#include "capmodel/keeper.h"

#include <string.h>

static const struct fault fault_gp = {.vector = 13, .has_error = true, .error = 0};
static const struct fault fault_pf = {.vector = 14, .has_error = true, .error = FAULT_PF_AUTO};

static enum verdict refuse(struct answer *answer, struct fault fault)
{
	answer->fault = fault;
	return VERDICT_DENY;
}

static bool access_is_sane(const struct access *a)
{
	return a->size >= 1 && a->size <= ACCESS_SIZE_MAX && a->offset <= UINT64_MAX - a->size;
}

static uint8_t rights_needed(enum access_op op)
{
	switch (op) {
	case ACCESS_LOAD:
		return RIGHT_READ;
	case ACCESS_STORE:
		return RIGHT_WRITE;
	case ACCESS_RMW:
		return RIGHT_READ | RIGHT_WRITE;
	}
	return RIGHTS_ALL;
}

static bool operations_present(const struct keeper_ops *ops, enum access_op op)
{
	uint8_t needed = rights_needed(op);

	return (!(needed & RIGHT_READ) || ops->load) && (!(needed & RIGHT_WRITE) || ops->store);
}

/* One keeper's verdict, with a malformed answer turned into a refusal. */
static enum verdict admit_by_keeper(struct keeper *k, const struct transaction *t, const struct access *a,
				    struct answer *answer)
{
	struct answer said = {.fault = {.vector = 13, .has_error = true}};
	enum verdict v = VERDICT_DONE;

	if (!operations_present(k->ops, a->op))
		return refuse(answer, fault_gp);
	if (k->ops->admit)
		v = k->ops->admit(k, t, a, &said);

	switch (v) {
	case VERDICT_DENY:
		return refuse(answer, fault_vector_ok(said.fault.vector) ? said.fault : fault_gp);
	case VERDICT_FORWARD:
		answer->forward = said.forward;
		return v;
	case VERDICT_DONE:
	case VERDICT_MAP:
	case VERDICT_STEP:
	case VERDICT_SUSPEND:
		return v;
	}
	return refuse(answer, fault_gp);
}

enum verdict ask_admit(struct capability cap, const struct transaction *t, const struct access *a,
		       struct answer *answer, struct capability *who)
{
	const struct capability *at = &cap; /* by pointer: what is copied in pieces is waited for */
	struct capability behind;
	uint8_t rights = rights_needed(a->op);

	if (!access_is_sane(a))
		return refuse(answer, fault_gp);

	for (unsigned forwards = 0; forwards <= CAP_CHAIN_MAX; forwards++) {
		enum verdict v = VERDICT_DONE;

		if (at->type == CAP_FORWARDER) {
			behind = cap_resolve_chain(*at);
			at = &behind;
		}
		if (at->type == CAP_NULL)
			return refuse(answer, fault_gp);
		if ((at->rights & rights) != rights)
			return refuse(answer, fault_pf);
		if (at->type == CAP_ENTRY)
			v = admit_by_keeper(at->object.keeper, t, a, answer);
		if (v == VERDICT_DONE || v == VERDICT_STEP)
			*who = *at;
		if (v != VERDICT_FORWARD)
			return v;
		behind = cap_reduce(answer->forward, at->rights);
		at = &behind;
	}
	return refuse(answer, fault_gp);
}

void ask_load(struct capability who, const struct transaction *t, struct access *a)
{
	for (unsigned i = 0; i < a->size; i += 8) /* a keeper may leave some out; before[] holds whole words */
		memset(a->before + i, 0, 8);
	if (who.type == CAP_PAGE) {
		bytes_load(a->before, who.object.page + a->offset, a->size);
	} else if (who.type == CAP_ENTRY) {
		who.object.keeper->ops->load(who.object.keeper, t, a);
		who.object.keeper->loads++;
	}
	a->has_before = true;
}

void ask_store(struct capability who, const struct transaction *t, struct access *a)
{
	if (!a->has_before)
		a->has_before = ask_peek(who, a->offset, a->size, a->before);
	if (who.type == CAP_PAGE) {
		bytes_store(who.object.page + a->offset, a->after, a->size);
	} else if (who.type == CAP_ENTRY) {
		who.object.keeper->ops->store(who.object.keeper, t, a);
		who.object.keeper->stores++;
	}
}

void ask_complete(struct capability who, const struct transaction *t, const struct access *a)
{
	if (who.type == CAP_ENTRY && who.object.keeper->ops->complete)
		who.object.keeper->ops->complete(who.object.keeper, t, a);
}

enum stepped ask_stepped(struct capability who, const struct transaction *t, const struct access *const *accesses,
			 unsigned n)
{
	struct keeper *k = who.object.keeper;

	if (who.type != CAP_ENTRY || !k->ops->stepped || n == 0)
		return STEPPED_ACCEPT;
	return k->ops->stepped(k, t, accesses, n);
}

bool ask_peek(struct capability who, uint64_t offset, uint8_t size, uint8_t *out)
{
	const struct keeper *k = who.object.keeper;

	if (size == 0 || size > ACCESS_SIZE_MAX)
		return false;
	if (who.type == CAP_PAGE) {
		bytes_load(out, who.object.page + offset, size);
		return true;
	}
	return who.type == CAP_ENTRY && k->ops->peek && k->ops->peek(who.object.keeper, offset, size, out);
}

uint8_t *ask_span(struct capability who, enum access_op op, uint64_t offset, uint64_t size)
{
	struct keeper *k = who.object.keeper;

	if (who.type == CAP_PAGE)
		return who.object.page + offset;
	return who.type == CAP_ENTRY && k->ops->span ? k->ops->span(k, op, offset, size) : NULL;
}

void ask_span_done(struct capability who, enum access_op op, uint64_t accesses)
{
	if (who.type != CAP_ENTRY)
		return;
	if (op != ACCESS_STORE)
		who.object.keeper->loads += accesses;
	if (op != ACCESS_LOAD)
		who.object.keeper->stores += accesses;
}

const char *verdict_name(enum verdict v)
{
	switch (v) {
	case VERDICT_DONE:
		return "done";
	case VERDICT_MAP:
		return "map";
	case VERDICT_STEP:
		return "step";
	case VERDICT_DENY:
		return "deny";
	case VERDICT_SUSPEND:
		return "suspend";
	case VERDICT_FORWARD:
		return "forward";
	}
	return "unknown";
}
