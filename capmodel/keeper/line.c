/* line.c: see line.h. */
#include "capmodel/keeper/line.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const char *op_text(enum access_op op)
{
	switch (op) {
	case ACCESS_LOAD:
		return "r";
	case ACCESS_STORE:
		return "w";
	case ACCESS_RMW:
		return "rw";
	}
	return "?";
}

void line_access(const struct transaction *t, const struct access *a, char *line, size_t size)
{
	snprintf(line, size, "rip=0x%" PRIx64 " gpa=0x%" PRIx64 " %s%u", t->rip, a->gpa, op_text(a->op), a->size);
}

void line_value(const uint8_t *bytes, uint8_t size, char out[LINE_VALUE_SIZE])
{
	unsigned top = size;

	while (top > 1 && bytes[top - 1] == 0)
		top--;
	out += sprintf(out, "0x%x", bytes[top - 1]);
	while (--top > 0)
		out += sprintf(out, "%02x", bytes[top - 1]);
}

void line_put(FILE *log, const struct transaction *t, const char *line)
{
	int fd = fileno(log); /* negative: it is memory */
	char reason[128];

	if (fd >= 0 && t->witness && t->witness->wait && !t->witness->wait(t, fd))
		return;
	errno = 0;
	if (fprintf(log, "%s\n", line) >= 0)
		return;
	if (t->witness && t->witness->stop) {
		snprintf(reason, sizeof(reason), "the log cannot be written: %s", strerror(errno));
		t->witness->stop(t, reason);
	}
}
