/*
 * keeper.h: an object that answers each load and each store.
 *
 * A keeper knows nothing of registers, instructions or KVM. It is asked twice:
 *
 *   admit     phase 1. May this access be, and who answers it? Nothing has moved
 *             yet and nothing may move here: the instruction may still fault
 *             elsewhere. The verdict is given here and nowhere else.
 *   load      phase 2, only after DONE or STEP. Fill access->before. Cannot refuse.
 *   stepped   only where it said STEP: what the instruction did to its bytes, before
 *             any of it is stored. It may still undo the whole instruction.
 *   store     phase 2, only after DONE or STEP. Take access->after. Cannot refuse.
 *   complete  after the guest's state was committed: the access has happened.
 *
 * An ACCESS_RMW gets load and then store; the object is owned by the transaction
 * from before admit until after complete, so nobody else comes between them.
 * A NULL operation refuses: load or store absent means that such accesses are
 * denied; admit absent admits; complete absent is not told.
 */
#ifndef CAPMODEL_KEEPER_H
#define CAPMODEL_KEEPER_H

#include "capmodel/access.h"
#include "capmodel/capability.h"
#include "capmodel/lock.h"

enum verdict {
	VERDICT_DONE, /* I answer it */
	VERDICT_MAP, /* become an ordinary page until told otherwise */
	VERDICT_STEP, /* run this one instruction against my bytes, exclusively, and invoke me again */
	VERDICT_DENY, /* deliver answer->fault instead */
	VERDICT_SUSPEND, /* I will answer later; the thread waits */
	VERDICT_FORWARD, /* ask answer->forward instead */
};

/* What a keeper says of an instruction that was carried out against its bytes. */
enum stepped {
	STEPPED_ACCEPT,
	STEPPED_UNDO, /* it has not happened: bytes and registers are as before, and the guest comes to it again */
};

#define STEPPED_MAX 512 /* accesses of one instruction to one keeper */

#define FAULT_PF_AUTO 0xffffffffu /* as error code of #PF: the one the page walk would give, with P set */

/* An architectural exception to deliver at the instruction. */
struct fault {
	uint8_t vector;
	bool has_error;
	uint32_t error;
};

struct answer {
	struct fault fault; /* VERDICT_DENY */
	struct capability forward; /* VERDICT_FORWARD */
};

struct keeper;

struct keeper_ops {
	const char *name;
	enum verdict (*admit)(struct keeper *k, const struct transaction *t, const struct access *a,
			      struct answer *answer);
	void (*load)(struct keeper *k, const struct transaction *t, struct access *a);
	void (*store)(struct keeper *k, const struct transaction *t, const struct access *a);
	void (*complete)(struct keeper *k, const struct transaction *t, const struct access *a);
	/*
	 * All n accesses of the transaction to this keeper, before and after as far as they are
	 * known (has_before); after a load, after is before. Several keepers may be asked of one
	 * instruction, and it happens only if all accept: nothing may move here. Absent accepts.
	 */
	enum stepped (*stepped)(struct keeper *k, const struct transaction *t, const struct access *const *accesses,
				unsigned n);
	/*
	 * The bytes as they are, without any effect; false where they cannot be known
	 * without one, and then *out is untouched.
	 */
	bool (*peek)(struct keeper *k, uint64_t offset, uint8_t size, uint8_t *out);
	/*
	 * The bytes [offset, offset+size) of the object, if they are plain: any access of this kind to
	 * them would be admitted, would give or take just these bytes, and would have no other effect. Then many
	 * may be done at once, in the same transaction. NULL, or no span: each must be asked for.
	 */
	uint8_t *(*span)(struct keeper *k, enum access_op op, uint64_t offset, uint64_t size);
	void (*free)(struct keeper *k);
};

/* Every keeper embeds this as its first member. */
struct keeper {
	const struct keeper_ops *ops;
	struct lock owner; /* held by the transaction that owns the object */
	char spec[128]; /* as the user wrote it, for reports: "log:memory" */
	uint64_t loads, stores; /* accesses answered, counted by ask_load and ask_store */
};

/*
 * Set what every keeper has: ops, a free owner lock, an empty spec and no
 * accesses. keeper_free() undoes it.
 */
void keeper_init(struct keeper *k, const struct keeper_ops *ops);

/*
 * Ask whoever stands behind cap. Forwarders and VERDICT_FORWARD are followed
 * (CAP_CHAIN_MAX deep, then denied); rights are checked; absent operations
 * are denied with #GP(0), missing rights with #PF(FAULT_PF_AUTO), a null
 * capability or a malformed answer with #GP(0). On VERDICT_DONE and VERDICT_STEP *who is the keeper or page
 * that will answer; otherwise *who is untouched. answer is filled as the verdict says.
 */
enum verdict ask_admit(struct capability cap, const struct transaction *t, const struct access *a,
		       struct answer *answer, struct capability *who);

/*
 * Phase 2, with the *who that ask_admit gave. A page answers from its bytes.
 * ask_store first fills a->before with what the store replaces, where peek knows it and
 * the caller did not (has_before).
 */
void ask_load(struct capability who, const struct transaction *t, struct access *a);
void ask_store(struct capability who, const struct transaction *t, struct access *a);
void ask_complete(struct capability who, const struct transaction *t, const struct access *a);

/* Of n accesses that *who answers and that were carried out, but not stored. */
enum stepped ask_stepped(struct capability who, const struct transaction *t, const struct access *const *accesses,
			 unsigned n);

/* size (1..64) bytes at offset, without any effect. false, with *out untouched, where they cannot be known. */
bool ask_peek(struct capability who, uint64_t offset, uint8_t size, uint8_t *out);

/*
 * Where [offset, offset+size) of *who, which ask_admit() gave for such an access, is plain: its
 * bytes, of a page always; else NULL. What is then done there is counted by ask_span_done().
 */
uint8_t *ask_span(struct capability who, enum access_op op, uint64_t offset, uint64_t size);
void ask_span_done(struct capability who, enum access_op op, uint64_t accesses);

const char *verdict_name(enum verdict v);

#endif
