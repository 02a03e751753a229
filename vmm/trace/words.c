#include "vmm/trace/words.h"

#include <stdarg.h>

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

void words_put_text(struct words *w, const char *text)
{
	for (; *text && w->left > 1; text++) {
		if (*text >= ' ' && *text <= '~')
			words_put(w, "%c", *text);
		else
			words_put(w, "\\x%02x", (uint8_t)*text);
	}
}

void words_put_value(struct words *w, const uint8_t *bytes, unsigned size)
{
	unsigned top = size;

	while (top > 1 && bytes[top - 1] == 0)
		top--;
	words_put(w, "0x%x", bytes[top - 1]);
	while (--top > 0)
		words_put(w, "%02x", bytes[top - 1]);
}

void words_json(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text; text++) {
		uint8_t c = (uint8_t)*text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c >= ' ' && c <= '~')
			fputc(c, out);
		else
			fprintf(out, "\\u%04x", c);
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
