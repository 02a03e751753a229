#include "vmm/access/step_diff.h"

#include "capmodel/access.h"

bool step_diff(const uint8_t *before, const uint8_t *after, unsigned at, unsigned end, struct step_run *run)
{
	unsigned size = 0;

	while (at < end && before[at] == after[at])
		at++;
	if (at >= end)
		return false;
	while (at + size < end && size < ACCESS_SIZE_MAX && before[at + size] != after[at + size])
		size++;
	*run = (struct step_run){.at = at, .size = size};
	return true;
}
