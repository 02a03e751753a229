#include "vmm/cli/config_scan.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct scan {
	const char *path, *at, *end;
	unsigned line;
};

static void scan_step(struct scan *s)
{
	s->line += *s->at == '\n';
	s->at++;
}

static bool scan_sees(const struct scan *s, const char *text)
{
	size_t length = strlen(text);

	return (size_t)(s->end - s->at) >= length && memcmp(s->at, text, length) == 0;
}

static void skip_line(struct scan *s)
{
	while (s->at < s->end && *s->at != '\n')
		s->at++;
}

static void skip_block_comment(struct scan *s)
{
	while (s->at < s->end && !scan_sees(s, "*/"))
		scan_step(s);
	if (s->at < s->end)
		s->at += 2;
}

static void skip_string(struct scan *s)
{
	for (s->at++; s->at < s->end && *s->at != '"'; scan_step(s)) {
		if (*s->at == '\\' && s->end - s->at > 1)
			scan_step(s);
	}
	if (s->at < s->end)
		s->at++;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '*' || c == '-' || c == '.';
}

/* An integer of the file's, word[0..length): does libconfig keep all its bits? */
static int check_integer(const struct scan *s, const char *word, size_t length, struct error *e)
{
	bool hex = length > 2 && word[0] == '0' && (word[1] | 0x20) == 'x';
	bool wide = word[length - 1] == 'L';
	uint64_t max = wide ? (hex ? UINT64_MAX : INT64_MAX) : (hex ? UINT32_MAX : INT32_MAX);
	char digits[32];
	int shown = length < 80 ? (int)length : 80;

	errno = 0;
	if (length < sizeof(digits)) {
		memcpy(digits, word, length);
		digits[length] = '\0';
		if (strtoull(digits, NULL, hex ? 16 : 10) <= max && errno == 0)
			return 0;
	}
	if (wide)
		return error_set(e, STATUS_USAGE, "%.200s:%u: number %.*s does not fit 64 bits", s->path, s->line,
				 shown, word);
	return error_set(e, STATUS_USAGE, "%.200s:%u: number %.*s does not fit 32 bits: write %.*sL or \"%.*s\"",
			 s->path, s->line, shown, word, shown, word, shown, word);
}

/* A word: a name, true or false, or a number. */
static int scan_word(struct scan *s, struct error *e)
{
	const char *word = s->at;
	bool hex = scan_sees(s, "0x") || scan_sees(s, "0X");
	bool integer;
	size_t length;

	while (s->at < s->end && is_word(*s->at))
		s->at++;
	if (*word == '-')
		word++;
	length = (size_t)(s->at - word);
	integer = length > 0 && isdigit((unsigned char)*word) && !memchr(word, '.', length) &&
		  (hex || (!memchr(word, 'e', length) && !memchr(word, 'E', length)));
	return integer ? check_integer(s, word, length, e) : 0;
}

int config_scan(const char *path, const char *text, size_t length, struct error *e)
{
	struct scan s = {path, text, text + length, 1};

	while (s.at < s.end) {
		if (*s.at == '\0')
			return error_set(e, STATUS_INPUT, "%.200s:%u: a zero byte: not a text file", path, s.line);
		if (*s.at == '@')
			return error_set(e, STATUS_USAGE, "%.200s:%u: @include is not allowed", path, s.line);
		if (*s.at == '#' || scan_sees(&s, "//"))
			skip_line(&s);
		else if (scan_sees(&s, "/*"))
			skip_block_comment(&s);
		else if (*s.at == '"')
			skip_string(&s);
		else if (!is_word(*s.at))
			scan_step(&s);
		else if (scan_word(&s, e) < 0)
			return -1;
	}
	return 0;
}
