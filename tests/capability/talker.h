/*
 * talker.h: the programs `broker` and `talker`, for `oneway`. The broker has a channel and connects its ends; the
 * talker connects the writer's end through CHILD_SLOT_TARGET and says in the ring what its parent tells it.
 */
#ifndef TESTS_CAPABILITY_TALKER_H
#define TESTS_CAPABILITY_TALKER_H

#include "guest/user/lib/child.h"

/* The ring: how many words have been said, and the words. */
struct ring {
	uint64_t said, word[63];
};

#define RING_WORDS 63u

/* Orders of the broker. */
#define BROKER_WRITER 0x7000 /* -> c0 the ring's page */
#define BROKER_READER 0x7001 /* -> c0 the ring's page, read-only */
#define BROKER_CHANNEL 0x7002 /* -> c0 the channel itself, to sleep and to wake */

/* Commands of the talker: the order of its parent's answer. */
#define TALKER_SAY 0x7010 /* w0 */
#define TALKER_CONNECT 0x7011 /* -> w0 result */

#define TALKER_RING 0x300000ull
#define TALKER_RING_SLOT 3 /* of its space */
#define TALKER_SLOT_RING 20 /* the page */
#define TALKER_SLOT_CHANNEL 21 /* signalled after each word, if it is there */
#define TALKER_ACCESSES 3u /* of the ring, for each word said */

#endif
