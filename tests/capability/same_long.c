/*
 * As `same`, but 10^5 instructions, as one program.
 *
 * modules: client random ram
 * not: pvm it takes a minute there
 * not: vmx too slow there
 * line: seed 4: both pages virtual: 0 of 100352 differ, the pages are equal
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
	same_compare(side, 4, "both pages virtual", 98);
	test_end(0);
}
