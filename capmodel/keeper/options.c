/* options.c: splitting and reading options; every error names the item, the option and what was expected. */
#include "capmodel/keeper/options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longest first, so that "<=" is not read as "<". */
static const struct {
	const char *text;
	enum relation relation;
} relations[] = {
	{"!=", RELATION_NE}, {"<=", RELATION_LE}, {">=", RELATION_GE}, {"=", RELATION_EQ},
	{"<", RELATION_LT},  {">", RELATION_GT},  {"&", RELATION_AND},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool options_error(const struct options *o, const char *format, ...)
{
	int used = snprintf(o->error, KEEPER_ERROR, "%s: ", o->item);
	va_list args;

	if (used < 0 || used >= KEEPER_ERROR)
		return false;
	va_start(args, format);
	vsnprintf(o->error + used, (size_t)(KEEPER_ERROR - used), format, args);
	va_end(args);
	return false;
}

const char *relation_text(enum relation r)
{
	for (size_t i = 0; i < COUNT(relations); i++)
		if (relations[i].relation == r)
			return relations[i].text;
	return "";
}

/* Cuts text at its relation, if it has one. */
static void option_split(struct option *option, char *text)
{
	char *cut = text + strcspn(text, "!<>=&");

	*option = (struct option){.word = text, .value = "", .relation = RELATION_NONE};
	for (size_t i = 0; i < COUNT(relations); i++) {
		size_t length = strlen(relations[i].text);

		if (strncmp(cut, relations[i].text, length) == 0) {
			option->relation = relations[i].relation;
			option->value = cut + length;
			*cut = '\0';
			return;
		}
	}
}

/* Whether the same word with the same relation stands before option i. */
static bool option_repeated(const struct options *o, unsigned i)
{
	for (unsigned j = 0; j < i; j++)
		if (strcmp(o->list[j].word, o->list[i].word) == 0 && o->list[j].relation == o->list[i].relation)
			return true;
	return false;
}

bool options_split(struct options *o, char *text)
{
	char *rest = text;

	while (rest) {
		char *one = strsep(&rest, ",");
		struct option *option = &o->list[o->count];

		if (o->count == OPTIONS_MAX)
			return options_error(o, "more than %d options", OPTIONS_MAX);
		option_split(option, one);
		if (!*option->word)
			return options_error(o, "option %u has no name; expected %s", o->count + 1, o->accepted);
		if (option->relation != RELATION_NONE && !*option->value)
			return options_error(o, "option %s%s: the value is missing", option->word,
					     relation_text(option->relation));
		if (option_repeated(o, o->count))
			return options_error(o, "option %s%s is given twice", option->word,
					     relation_text(option->relation));
		o->count++;
	}
	return true;
}

const struct option *options_take(struct options *o, const char *word)
{
	for (unsigned i = 0; i < o->count; i++) {
		if (!o->list[i].taken && strcmp(o->list[i].word, word) == 0) {
			o->list[i].taken = true;
			return &o->list[i];
		}
	}
	return NULL;
}

bool options_flag(struct options *o, const char *word, bool *out)
{
	const struct option *option = options_take(o, word);

	if (!option)
		return true;
	if (option->relation != RELATION_NONE)
		return options_error(o, "option %s takes no value, but %s%s follows", word,
				     relation_text(option->relation), option->value);
	*out = true;
	return true;
}

bool options_text(struct options *o, const char *word, const char **out)
{
	const struct option *option = options_take(o, word);

	*out = NULL;
	if (!option)
		return true;
	if (option->relation != RELATION_EQ)
		return options_error(o, "option %s%s%s: expected %s=VALUE", word, relation_text(option->relation),
				     option->value, word);
	*out = option->value;
	return true;
}

/* All of [text, end) as a number: digits, or 0x and hexadecimal digits; nothing else. */
static bool parse_number(const char *text, const char *end, uint64_t *out)
{
	int base = 10;
	char *stop;
	unsigned long long v;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	/* strtoull would allow a sign, space, and in base 16 another 0x */
	if (!strchr("0123456789abcdefABCDEF", *text) || text == end || text[1] == 'x' || text[1] == 'X')
		return false;
	errno = 0;
	v = strtoull(text, &stop, base);
	if (errno || stop != end)
		return false;
	*out = v;
	return true;
}

bool option_number(const struct options *o, const struct option *option, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t v;

	if (option->relation != RELATION_NONE &&
	    parse_number(option->value, option->value + strlen(option->value), &v) && v >= min && v <= max) {
		*out = v;
		return true;
	}
	return options_error(o, "option %s%s%s: expected a number from %llu to %s%llx", option->word,
			     relation_text(option->relation), option->value, (unsigned long long)min, "0x",
			     (unsigned long long)max);
}

bool options_number(struct options *o, const char *word, uint64_t min, uint64_t max, uint64_t *out, bool *given)
{
	const struct option *option = options_take(o, word);

	if (given)
		*given = option != NULL;
	if (!option)
		return true;
	if (option->relation != RELATION_EQ)
		return options_error(o, "option %s%s%s: expected %s=N", word, relation_text(option->relation),
				     option->value, word);
	return option_number(o, option, min, max, out);
}

bool options_direction(struct options *o, uint8_t *out)
{
	const char *text;

	if (!options_text(o, "op", &text))
		return false;
	if (!text)
		return true;
	if (strcmp(text, "r") == 0)
		*out = DIRECTION_READ;
	else if (strcmp(text, "w") == 0)
		*out = DIRECTION_WRITE;
	else if (strcmp(text, "rw") == 0)
		*out = DIRECTION_BOTH;
	else
		return options_error(o, "option op=%s: expected op=r, op=w or op=rw", text);
	return true;
}

/* "A", "A..B" or "A+SIZE"; false if it is none of them, is empty or wraps. */
static bool parse_range(const char *text, uint64_t *first, uint64_t *last)
{
	const char *end = text + strlen(text), *dots = strstr(text, ".."), *plus = strchr(text, '+');
	uint64_t a, b;

	if (!dots && !plus) {
		if (!parse_number(text, end, &a))
			return false;
		*first = *last = a;
		return true;
	}
	if (!parse_number(text, dots ? dots : plus, &a) || !parse_number(dots ? dots + 2 : plus + 1, end, &b))
		return false;
	if (dots ? b <= a : b == 0 || a + (b - 1) < a)
		return false;
	*first = a;
	*last = dots ? b - 1 : a + (b - 1);
	return true;
}

bool options_range(struct options *o, const char *word, uint64_t *first, uint64_t *last, bool *given)
{
	const char *text;

	if (!options_text(o, word, &text))
		return false;
	*given = text != NULL;
	if (!text || parse_range(text, first, last))
		return true;
	return options_error(o, "option %s=%s: expected %s=A, %s=A..B with A below B, or %s=A+SIZE", word, text, word,
			     word, word);
}

bool options_finish(const struct options *o)
{
	for (unsigned i = 0; i < o->count; i++) {
		const struct option *option = &o->list[i];

		if (!option->taken)
			return options_error(o, "unknown option %s%s%s; expected %s", option->word,
					     relation_text(option->relation), option->value, o->accepted);
	}
	return true;
}

bool direction_has(uint8_t direction, enum access_op op)
{
	switch (op) {
	case ACCESS_LOAD:
		return direction & DIRECTION_READ;
	case ACCESS_STORE:
		return direction & DIRECTION_WRITE;
	case ACCESS_RMW:
		return direction & DIRECTION_BOTH;
	}
	return true;
}
