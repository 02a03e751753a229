#include "vmm/number.h"

#include <strings.h>

static unsigned suffix_shift(char c)
{
	switch (c) {
	case 'K':
	case 'k':
		return 10;
	case 'M':
	case 'm':
		return 20;
	case 'G':
	case 'g':
		return 30;
	default:
		return 0;
	}
}

/* The digit's value, or base if it is none. */
static unsigned digit_value(char c, unsigned base)
{
	unsigned value = base;

	if (c >= '0' && c <= '9')
		value = (unsigned)(c - '0');
	else if (c >= 'a' && c <= 'f')
		value = (unsigned)(c - 'a') + 10;
	else if (c >= 'A' && c <= 'F')
		value = (unsigned)(c - 'A') + 10;
	return value < base ? value : base;
}

const char *number_parse(const char *text, size_t length, uint64_t *out)
{
	unsigned base = 10, shift = 0;
	uint64_t value = 0;

	if (length == 0)
		return "is empty";
	shift = suffix_shift(text[length - 1]);
	if (shift)
		length--;
	if (length > 2 && strncasecmp(text, "0x", 2) == 0) {
		base = 16;
		text += 2;
		length -= 2;
	}
	if (length == 0)
		return "is not a number";
	for (size_t i = 0; i < length; i++) {
		unsigned digit = digit_value(text[i], base);

		if (digit == base)
			return "is not a number";
		if (__builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, digit, &value))
			return "does not fit 64 bits";
	}
	if (value > UINT64_MAX >> shift)
		return "does not fit 64 bits";
	*out = value << shift;
	return NULL;
}
