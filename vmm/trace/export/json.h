/* json.h: a string in JSON. Source: RFC 8259, "Strings". */
#ifndef VMM_TRACE_EXPORT_JSON_H
#define VMM_TRACE_EXPORT_JSON_H

#include "vmm/trace/export/format.h"

#define JSON_TEXT_MAX 4096

/* In quotes. What is no character, or controls something, becomes '?'. NULL is null. */
static inline void export_json_text(FILE *out, const char *text)
{
	char clean[JSON_TEXT_MAX];

	if (!text) {
		fputs("null", out);
		return;
	}
	export_clean_text(text, clean, sizeof(clean));
	putc('"', out);
	for (const char *c = clean; *c; c++) {
		if (*c == '"' || *c == '\\')
			putc('\\', out);
		putc(*c, out);
	}
	putc('"', out);
}

#endif
