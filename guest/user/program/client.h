/*
 * client.h: the program `client`, which does as it is told with what stands at CHILD_OBJECT, and its side of who tells
 * it.
 *
 * It calls its parent (CHILD_SLOT_PARENT) with what the last command gave; the answer is the next command. The
 * parent also keeps it: a fault of the client's comes to the same endpoint.
 */
#ifndef GUEST_USER_PROGRAM_CLIENT_H
#define GUEST_USER_PROGRAM_CLIENT_H

#include "guest/user/lib/child.h"

/* Commands: the order of the answer. w0, w1 -> w0 */
#define CLIENT_LOAD 0x3000 /* w0 offset -> the eight bytes there */
#define CLIENT_STORE 0x3001 /* w0 offset, w1 value */
#define CLIENT_ADD 0x3002 /* w0 offset, w1 summand: LOCK XADD -> what was there */
#define CLIENT_EXERCISE 0x3003 /* loads, stores and more -> one number that depends on each value that came */
#define CLIENT_TIME_LOADS 0x3004 /* w0 offset, w1 how many -> cycles */
#define CLIENT_TIME_CALLS 0x3005 /* w1 how many invocations of the clock -> cycles */
#define CLIENT_CONNECT                                                                                                 \
	0x3006 /* w1 CHANNEL_CONNECT_*: of the channel in CHILD_SLOT_TARGET -> result; its page is mapped */
#define CLIENT_MOVE 0x3007 /* w0 offset, w1 offset: MOVS of eight bytes from there to there */
#define CLIENT_SEGMENT 0x3008 /* w0 offset: FS from the two bytes there, for which there is no handler */
#define CLIENT_FAR 0x3009 /* w0 offset: LFS of the six bytes there, which only a step carries out */

/* What it calls its parent with. */
#define CLIENT_DONE 0x3010 /* w0 */

struct client_result {
	uint64_t fault; /* FAULT_NONE: the command was done */
	uint64_t value; /* of the command; of a fault, its code */
};

/* The caller gets an endpoint, as it must before it makes a client. False: no memory. */
bool client_parent(void);

/* A client that waits for its first command. One at a time waits to be told: who was made or told last. */
bool client_make(struct child *client);

/*
 * Tell it, and wait for what comes. After a fault the client has given the command up and waits for the
 * next one; but in CLIENT_EXERCISE and CLIENT_TIME_*: it is stopped for good then.
 */
struct client_result client_do(const struct child *client, uint64_t command, uint64_t word0, uint64_t word1);

/* The two halves: tell it, without waiting; and wait for what comes of the command told last. */
void client_tell(uint64_t command, uint64_t word0, uint64_t word1);
struct client_result client_wait(const struct child *client);

/* Of several clients, the one that waits to be told is put aside, for client_unpark(). */
uint8_t client_park(void);
void client_unpark(uint8_t parked);

/* Entries to the caller's endpoint, for a process that is told things in another way: a call of it, and its faults. */
uint8_t client_entry(void);
uint8_t client_keeper(void);

#endif
