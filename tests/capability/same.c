/*
 * The same client binary, the same random instructions from a seed, on two real pages and on two virtual ones: what
 * comes of each, in every register and defined flag, and the bytes in the end are equal. One in 32 touches the pages;
 * the others touch memory of the client's own, and what they leave there goes into what the former do.
 *
 * modules: client random ram
 * line: seed 1: both pages virtual: 0 of 8192 differ, the pages are equal
 * line: seed 2: the first virtual, the second real: 0 of 4096 differ, the pages are equal
 * line: seed 3: the first real, the second virtual: 0 of 4096 differ, the pages are equal
 */
#include "tests/capability/same.h"

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct same_side side[2];

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	for (unsigned i = 0; i < 2; i++)
		side[i] = same_side();
	same_pages(side, true, true);
	same_start(&side[0]);
	same_start(&side[1]);
	same_compare(side, 1, "both pages virtual", 8);
	same_pages(side, true, false);
	same_compare(side, 2, "the first virtual, the second real", 4);
	same_pages(side, false, true);
	same_compare(side, 3, "the first real, the second virtual", 4);
	test_end(0);
}
