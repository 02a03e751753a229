/*
 * wrapper.h: what log, deny, watch, step and record have in common.
 *
 * A wrapper embeds this, passes everything to what it wraps, and does its own
 * part around it. It never weakens a refusal: whatever the inner keeper answers
 * but DONE goes out as it is, and what it undoes is undone. Where the inner keeper forwards, the wrapper stays
 * in between: it asks on, remembers who will answer, and answers DONE itself.
 */
#ifndef CAPMODEL_KEEPER_WRAPPER_H
#define CAPMODEL_KEEPER_WRAPPER_H

#include "capmodel/keeper/kind.h"

/* Accesses of one transaction that may go to somebody other than inner; one more is denied. */
#define WRAPPER_FORWARDED 16

struct wrapper {
	struct keeper keeper;
	struct keeper *inner; /* owned; NULL if nothing is wrapped */
	const char *answerer; /* the innermost keeper's name, as long as it lives */
	uint64_t transaction; /* the one that forwarded[] is about */
	unsigned nforwarded;
	struct forwarded {
		enum access_op op;
		uint8_t size;
		uint64_t offset;
		struct capability who;
	} forwarded[WRAPPER_FORWARDED];
};

/* Sets all fields; the wrapper owns args->inner from now on. */
void wrapper_init(struct wrapper *w, const struct keeper_ops *ops, const struct keeper_args *args);

/* Who answers this access, which wrapper_admit() has admitted. */
struct capability wrapper_who(const struct wrapper *w, const struct transaction *t, const struct access *a);

/* The name of who answers it, for people. */
const char *wrapper_answerer(const struct wrapper *w, const struct transaction *t, const struct access *a);

/* keeper_ops that pass everything on; free also frees what is wrapped. */
enum verdict wrapper_admit(struct keeper *k, const struct transaction *t, const struct access *a,
			   struct answer *answer);
void wrapper_load(struct keeper *k, const struct transaction *t, struct access *a);
void wrapper_store(struct keeper *k, const struct transaction *t, const struct access *a);
void wrapper_complete(struct keeper *k, const struct transaction *t, const struct access *a);
enum stepped wrapper_stepped(struct keeper *k, const struct transaction *t, const struct access *const *accesses,
			     unsigned n);
bool wrapper_peek(struct keeper *k, uint64_t offset, uint8_t size, uint8_t *out);
void wrapper_free(struct keeper *k);

#endif
