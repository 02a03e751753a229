/*
 * options.h: the options of one item of a keeper's spec, "log,op=r".
 *
 * A keeper's maker takes the options it knows, one by one, and then asks
 * options_finish() whether any is left. Each of these functions returns false
 * after it has written why to the error text; *out is written on success only,
 * so a default is put there first. An option that was not given is a success.
 */
#ifndef CAPMODEL_KEEPER_OPTIONS_H
#define CAPMODEL_KEEPER_OPTIONS_H

#include "capmodel/access.h"
#include "capmodel/catalog.h"

#include <stdbool.h>
#include <stdint.h>

#define OPTIONS_MAX 16

enum relation {
	RELATION_NONE, /* the word stands alone */
	RELATION_EQ,
	RELATION_NE,
	RELATION_LT,
	RELATION_LE,
	RELATION_GT,
	RELATION_GE,
	RELATION_AND, /* some of these bits are set */
};

const char *relation_text(enum relation r);

struct option {
	const char *word, *value; /* value is "" when relation is RELATION_NONE */
	enum relation relation;
	bool taken;
};

struct options {
	const char *item; /* the keeper's name, for errors */
	const char *accepted; /* its options in words, for errors */
	unsigned count;
	struct option list[OPTIONS_MAX];
	char *error; /* KEEPER_ERROR bytes */
};

/* Which accesses an option speaks of; an RMW reads and writes. */
#define DIRECTION_READ 0x1u
#define DIRECTION_WRITE 0x2u
#define DIRECTION_BOTH (DIRECTION_READ | DIRECTION_WRITE)

/* Splits text, which is changed and must live as long as *o, into words and values. */
bool options_split(struct options *o, char *text);

/* The next option of that name not yet taken, now taken; NULL if there is none. Never an error. */
const struct option *options_take(struct options *o, const char *word);

/* "word" alone. */
bool options_flag(struct options *o, const char *word, bool *out);

/* "word=N", decimal or 0x hexadecimal, min..max. *given, unless NULL, says whether it was there. */
bool options_number(struct options *o, const char *word, uint64_t min, uint64_t max, uint64_t *out, bool *given);

/* "word=TEXT"; *out is NULL if it was not given. */
bool options_text(struct options *o, const char *word, const char **out);

/* "op=r", "op=w" or "op=rw" as DIRECTION_*. */
bool options_direction(struct options *o, uint8_t *out);

/* "word=A", "word=A..B" (B not included) or "word=A+SIZE" as first and last. *given as above. */
bool options_range(struct options *o, const char *word, uint64_t *first, uint64_t *last, bool *given);

/* The value of an option that was taken, as a number min..max. */
bool option_number(const struct options *o, const struct option *option, uint64_t min, uint64_t max, uint64_t *out);

/* No option is left that nobody took. */
bool options_finish(const struct options *o);

/* Writes "ITEM: " and the message to the error text; returns false. */
bool options_error(const struct options *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether an access reads (DIRECTION_READ) or writes what direction speaks of. */
bool direction_has(uint8_t direction, enum access_op op);

#endif
