/*
 * The same program on a real page, on a page that a process keeps, and on one whose every access is a step: it gets the
 * same from all three, in every register, flag and byte.
 *
 * modules: client twin ram stepper
 * line: widths: the same, the same
 * line: extended: the same, the same
 * line: unaligned: the same, the same
 * line: crossing_in: the same, the same
 * line: crossing_out: the same, the same
 * line: arithmetic: the same, the same
 * line: locked: the same, the same
 * line: exchanged: the same, the same
 * line: compared: the same, the same
 * line: wide_compare: the same, the same
 * line: bits: the same, the same
 * line: conditions: the same, the same
 * line: stack: the same, the same
 * line: frame: the same, the same
 * line: called: the same, the same
 * line: flags_popped: the same, the same
 * line: string_in: the same, the same
 * line: string_out: the same, the same
 * line: string_within: the same, the same
 * line: scanned: the same, the same
 * line: vector: the same, the same
 * line: floating: the same, the same
 * line: saved_state: the same, the same
 * line: divided: the same, the same
 * line: jumped: the same, the same
 * line/not-pvm: code_on_it: the same, the same
 * line/pvm: code_on_it: not carried out, not carried out
 */
#include "tests/capability/test.h"
#include "tests/capability/twin.h"

#define PAGES 3 /* what is looked at is the second */

static uint8_t space, page[PAGES];

/* The result, or ~fault. */
static uint64_t run(const struct child *twin, uint64_t which, uint8_t on)
{
	struct client_result r;

	message_ask(page[0], PAGE_ERASE, 0, 0, 0, 0);
	message_ask(page[2], PAGE_ERASE, 0, 0, 0, 0);
	message_ask(space, SPACE_SET, 1, 0, on, 0);
	client_tell(RESULT_OK, which, 0);
	r = client_wait(twin);
	return r.fault ? ~r.fault : r.value;
}

static const char *verdict(uint64_t real, uint64_t virtual)
{
	if (real == virtual)
		return "the same";
	if (virtual == ~(uint64_t)FAULT_NOT_CARRIED_OUT)
		return "not carried out";
	return virtual > ~64ull ? "another fault" : "DIFFERENT";
}

static struct child make_twin(void)
{
	struct child twin;

	if (!child_make("twin", &twin))
		test_end(1);
	child_give(&twin, CHILD_SLOT_PARENT, client_entry());
	message_ask(twin.process, PROCESS_SET_KEEPER, 0, 0, client_keeper(), 0);
	space = child_alloc(TYPE_SPACE, 0);
	for (unsigned i = 0; i < PAGES; i++) {
		page[i] = child_alloc(TYPE_PAGE, 0);
		message_ask(space, SPACE_SET, i, 0, page[i], 0);
	}
	child_map(&twin, space);
	child_start(&twin, 0, 0);
	client_wait(&twin);
	return twin;
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	static const char *const name[TWIN_COUNT] = {
#define TWIN_NAME(name_) [TWIN_##name_] = #name_,
		TWIN_PIECES(TWIN_NAME)
#undef TWIN_NAME
	};
	struct child twin, ram, stepper;
	uint8_t kept, stepped;

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	twin = make_twin();
	ram = test_start("ram", 0, 0);
	kept = child_virtual_page(&ram, 0, 0);
	if (!child_make("stepper", &stepper))
		test_end(1);
	child_start(&stepper, 0, 1);
	stepped = child_virtual_page(&stepper, 0, 0);
	for (uint64_t i = 0; i < TWIN_COUNT; i++) {
		uint64_t real = run(&twin, i, page[1]);
		const char *first = verdict(real, run(&twin, i, kept));

		print("%s: %s, %s\n", name[i], first, verdict(real, run(&twin, i, stepped)));
	}
	test_end(0);
}
