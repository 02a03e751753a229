#include "vmm/cli/hex.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define SEPARATORS " \t\r\n,"

static uint8_t nibble(char c)
{
	return (uint8_t)(isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* One group of digits, without separators. */
static int append_group(const char *group, size_t length, uint8_t *out, size_t max, size_t *count, struct error *e)
{
	int shown = length < 80 ? (int)length : 80;
	const char *digits = group;

	if (length > 2 && strncasecmp(group, "0x", 2) == 0) {
		digits += 2;
		length -= 2;
	}
	for (size_t i = 0; i < length; i++) {
		if (!isxdigit((unsigned char)digits[i]))
			return error_set(e, STATUS_USAGE, "'%.*s' is not hexadecimal", shown, group);
	}
	if (length % 2)
		return error_set(e, STATUS_USAGE, "'%.*s' has an odd number of digits", shown, group);
	if (length / 2 > max - *count)
		return error_set(e, STATUS_USAGE, "more than %zu bytes", max);
	for (size_t i = 0; i < length; i += 2)
		out[(*count)++] = (uint8_t)(nibble(digits[i]) << 4 | nibble(digits[i + 1]));
	return 0;
}

int hex_append(const char *text, uint8_t *out, size_t max, size_t *count, struct error *e)
{
	size_t used = *count;

	for (;;) {
		size_t length;

		text += strspn(text, SEPARATORS);
		if (!*text)
			break;
		length = strcspn(text, SEPARATORS);
		if (append_group(text, length, out, max, &used, e) < 0)
			return -1;
		text += length;
	}
	*count = used;
	return 0;
}
