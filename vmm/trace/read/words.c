#include "vmm/trace/read/words.h"

#include <stdarg.h>
#include <string.h>

void words_put(struct words *w, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(w->at, w->left, format, args);
	va_end(args);
	if (n < 0)
		return;
	if ((size_t)n >= w->left)
		n = w->left ? (int)w->left - 1 : 0;
	w->at += n;
	w->left -= (size_t)n;
}

/* Printable bytes, as many as fit. */
static void put_plain(struct words *w, const char *text, size_t size)
{
	if (w->left == 0)
		return;
	if (size >= w->left)
		size = w->left - 1;
	memcpy(w->at, text, size);
	w->at += size;
	w->left -= size;
	*w->at = '\0';
}

static size_t plain_length(const char *text)
{
	size_t n = 0;

	while (text[n] >= ' ' && text[n] <= '~')
		n++;
	return n;
}

void words_put_text(struct words *w, const char *text)
{
	while (*text && w->left > 1) {
		size_t n = plain_length(text);

		put_plain(w, text, n);
		text += n;
		if (*text)
			words_put(w, "\\x%02x", (uint8_t)*text++);
	}
}

void words_put_number(struct words *w, uint64_t number)
{
	char digits[20], *at = digits + sizeof(digits);

	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	put_plain(w, at, (size_t)(digits + sizeof(digits) - at));
}

void words_put_hex(struct words *w, uint64_t number)
{
	char digits[18], *at = digits + sizeof(digits);

	do {
		*--at = "0123456789abcdef"[number & 15];
		number >>= 4;
	} while (number);
	*--at = 'x';
	*--at = '0';
	put_plain(w, at, (size_t)(digits + sizeof(digits) - at));
}

void words_put_value(struct words *w, const uint8_t *bytes, unsigned size)
{
	unsigned top = size;
	uint64_t number = 0;

	if (size <= sizeof(number)) {
		memcpy(&number, bytes, size);
		words_put_hex(w, number);
		return;
	}
	while (top > 1 && bytes[top - 1] == 0)
		top--;
	words_put(w, "0x%x", bytes[top - 1]);
	while (--top > 0)
		words_put(w, "%02x", bytes[top - 1]);
}

void words_json(const char *text, FILE *out)
{
	fputc('"', out);
	while (*text) {
		size_t n = 0;

		while (text[n] >= ' ' && text[n] <= '~' && text[n] != '"' && text[n] != '\\')
			n++;
		fwrite(text, 1, n, out);
		text += n;
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text++);
		else if (*text)
			fprintf(out, "\\u%04x", (uint8_t)*text++);
	}
	fputc('"', out);
}

void words_xml(const char *text, FILE *out)
{
	for (; *text; text++) {
		uint8_t c = (uint8_t)*text;

		if (c == '<' || c == '>' || c == '&' || c == '"' || c == '\'')
			fprintf(out, "&#%u;", c);
		else if (c >= ' ' && c <= '~')
			fputc(c, out);
		else
			fputc('?', out);
	}
}
