/*
 * access.h: what a keeper sees of a load or a store.
 *
 * An access is addressed by its offset in the object, never by a guest address;
 * it carries no register and no instruction. The accesses of one instruction
 * form one transaction: all are admitted before the first one happens.
 */
#ifndef CAPMODEL_ACCESS_H
#define CAPMODEL_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACCESS_SIZE_MAX 64

enum access_op {
	ACCESS_LOAD,
	ACCESS_STORE,
	ACCESS_RMW, /* load, then store, as one: nobody else reaches the object between them */
};

struct access {
	enum access_op op;
	uint8_t size; /* bytes, 1..64 */
	uint8_t part, parts; /* which piece this is of a split access: 0 of 1 when whole */
	bool locked; /* the instruction was locked: an atomic read-modify-write */
	bool implicit; /* stack and string accesses, not written in the instruction */
	bool has_before; /* before[] is known: always after a load */
	uint64_t badge; /* of the capability it came through */
	uint64_t offset; /* in the object, bytes */
	uint64_t gpa; /* where it hit the space: for people's eyes (logs), not for decisions */
	uint8_t before[ACCESS_SIZE_MAX]; /* what a load got, what a store replaced */
	uint8_t after[ACCESS_SIZE_MAX]; /* what a store puts */
};

struct transaction;

/* What a keeper may ask of the monitor during a transaction. */
struct witness {
	/*
	 * One line of text that tells the access, without newline, as
	 * "fault rip=0x10203c gpa=0x5ff8 r8 | mov rax,[rbx] | counter done | mem=0x1 rax=0x1".
	 * keeper is the name to show. Complete only within keeper_ops.complete;
	 * before that it ends with the keeper's name, as nothing is done yet.
	 */
	void (*tell)(const struct transaction *t, const struct access *a, const char *keeper, char *line, size_t size);
	/* Ask that the guest be stopped before its next instruction; reason is copied. */
	void (*stop)(const struct transaction *t, const char *reason);
	/*
	 * Before a line is written to this descriptor: wait for whoever reads it. False: nobody does, and the guest
	 * is to end; then it is not written. NULL: nobody has to be waited for.
	 */
	bool (*wait)(const struct transaction *t, int log);
	/*
	 * The access is to be in the trace: with VERDICT_DONE it is complete, with VERDICT_DENY or VERDICT_MAP
	 * (keeper.h) it is not, and this is what was answered. keeper as in tell; it lives as long as its object. NULL:
	 * nobody takes records.
	 */
	void (*record)(const struct transaction *t, const struct access *a, const char *keeper, uint8_t verdict);
};

struct transaction {
	uint64_t id; /* never reused within a run */
	uint32_t vcpu;
	uint8_t cpl;
	uint64_t rip; /* of the instruction that makes the access */
	const struct witness *witness;
};

#endif
