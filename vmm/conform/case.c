#include "vmm/conform/case.h"

#include <stdio.h>
#include <string.h>

#define HEAD 10 /* place, plain, seed */

const char *place_name(enum place place)
{
	switch (place) {
	case PLACE_ALIGNED:
		return "aligned";
	case PLACE_UNALIGNED:
		return "unaligned";
	case PLACE_LINE:
		return "crossing a line";
	case PLACE_PAGE:
		return "crossing two virtual pages";
	case PLACE_MEMORY_SECOND:
		return "crossing a virtual page and memory";
	case PLACE_MEMORY_FIRST:
		return "crossing memory and a virtual page";
	case PLACE_ABSENT_SECOND:
		return "crossing into a page that is not present";
	case PLACE_ABSENT_FIRST:
		return "crossing from a page that is not present";
	case PLACE_ABSENT:
		return "not present";
	case PLACE_READ_ONLY:
		return "read-only";
	case PLACE_NOT_CANONICAL:
		return "not canonical";
	case PLACE_ABSENT_BOTH:
		return "crossing between two pages that are not present";
	case PLACES:
		break;
	}
	return "?";
}

void case_print(const struct conform_case *c, char text[CASE_TEXT])
{
	uint8_t all[HEAD + INSN_MAX] = {c->place, c->plain};

	memcpy(all + 2, &c->seed, 8);
	memcpy(all + HEAD, c->bytes, c->length);
	for (unsigned i = 0; i < HEAD + (unsigned)c->length; i++)
		snprintf(text + 2 * i, 3, "%02x", all[i]);
}

int case_parse(const uint8_t *bytes, unsigned count, struct conform_case *out, struct error *e)
{
	if (count <= HEAD || count > HEAD + INSN_MAX)
		return error_set(e, STATUS_USAGE, "--case: %u bytes; a case has %u to %u", count, HEAD + 1,
				 HEAD + INSN_MAX);
	if (bytes[0] >= PLACES)
		return error_set(e, STATUS_USAGE, "--case: there is no place %u", bytes[0]);
	if (bytes[1] & ~PLAIN_ALL)
		return error_set(e, STATUS_USAGE, "--case: 0x%02x holds bits that mean nothing", bytes[1]);
	*out = (struct conform_case){.place = bytes[0], .plain = bytes[1], .length = (uint8_t)(count - HEAD)};
	memcpy(&out->seed, bytes + 2, 8);
	memcpy(out->bytes, bytes + HEAD, count - HEAD);
	return 0;
}
