/* Any text is a range or is refused in words; a range that is taken is neither empty nor wraps. */
#include "vmm/machine/range.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = strndup((const char *)bytes, size);
	struct range range = {0};
	struct error e = {0};

	if (!text)
		return 0;
	if (range_parse(text, &range, &e) == 0) {
		require(range.size > 0 || range.base == RANGE_SYM);
		require(range.start + range.size >= range.start);
		require(range.base != RANGE_SYM || range.symbol[0]);
		require(range.base != RANGE_GPA || !range.of_user);
	} else {
		require(strncmp(e.text, "range '", 7) == 0 && e.status == STATUS_USAGE);
	}
	free(text);
	return 0;
}
