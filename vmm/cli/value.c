#include "vmm/cli/value.h"

#include "vmm/number.h"

#include <string.h>

int value_number(const char *text, uint64_t *out, struct error *e)
{
	const char *why = number_parse(text, strlen(text), out);

	return why ? error_set(e, STATUS_USAGE, "'%.80s' %s", text, why) : 0;
}

int value_path(const char *text, const char **out, struct error *e)
{
	if (!*text)
		return error_set(e, STATUS_USAGE, "the file name is empty");
	*out = text;
	return 0;
}

int value_full(struct error *e, unsigned max)
{
	return error_set(e, STATUS_USAGE, "more than %u are given", max);
}

bool value_truth(const char *text)
{
	return strcmp(text, "true") == 0;
}
