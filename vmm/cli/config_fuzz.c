/* Any bytes are a config or are refused with the file's name. */
#include "vmm/cli/config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
const char *__asan_default_options(void);

/* libconfig 1.5 loses the string it has just read when a syntax error follows it. */
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct run_options *o = calloc(1, sizeof(*o));
	struct error e = {0};

	if (!o)
		return 0;
	if (config_text_read(o, "fuzz/m.conf", (const char *)bytes, size, &e) < 0 &&
	    strncmp(e.text, "fuzz/m.conf", 11) != 0)
		abort();
	run_options_free(o);
	return 0;
}
