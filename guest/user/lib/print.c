#include "guest/user/lib/print.h"

#include "guest/user/lib/message.h"

#include <stdarg.h>

#define ROOM 256
#define DIGITS_MAX 20

struct line {
	char text[ROOM];
	uint64_t length;
};

static void put(struct line *line, char c)
{
	if (line->length < ROOM)
		line->text[line->length++] = c;
}

static void put_text(struct line *line, const char *text)
{
	while (*text)
		put(line, *text++);
}

static void put_number(struct line *line, uint64_t number, uint64_t base)
{
	char digits[DIGITS_MAX];
	unsigned n = 0;

	do {
		digits[n++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number);
	while (n)
		put(line, digits[--n]);
}

void print(const char *format, ...)
{
	struct line line = {.length = 0};
	struct message m = {.order = CONSOLE_WRITE, .string = line.text};
	va_list arguments;

	va_start(arguments, format);
	for (; *format; format++) {
		uint64_t wide;

		if (*format != '%') {
			put(&line, *format);
			continue;
		}
		format++;
		wide = *format == 'l';
		format += wide;
		if (*format == 's')
			put_text(&line, va_arg(arguments, const char *));
		else if (*format == 'u' || *format == 'x')
			put_number(&line, wide ? va_arg(arguments, uint64_t) : va_arg(arguments, unsigned),
				   *format == 'u' ? 10 : 16);
		else
			put(&line, *format);
	}
	va_end(arguments);
	m.length = line.length;
	invoke(INVOKE_CALL, START_SLOT_CONSOLE, &m);
}
