#include "vmm/error.h"

#include <stdarg.h>
#include <stdio.h>

int error_set(struct error *e, enum exit_status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(e->text, sizeof(e->text), format, args);
	va_end(args);
	e->status = status;
	return -1;
}
