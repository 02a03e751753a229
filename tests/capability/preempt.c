/*
 * Processes that never wait are taken turns with, and each keeps its registers, vector and x87 state and segment bases.
 *
 * modules: client spinner
 * line: state stays: yes
 * line: state stays: yes
 * line: state stays: yes
 * line: at the same time: yes
 */
#include "tests/capability/test.h"

#define SPINNERS 3

static struct child make(void)
{
	struct child spinner;

	if (!child_make("spinner", &spinner))
		test_end(1);
	child_give(&spinner, CHILD_SLOT_PARENT, client_entry());
	return spinner;
}

static void start(const struct child *spinner, uint64_t cycles, uint64_t value)
{
	struct process_registers registers = {.rip = START_ADDRESS,
					      .rdi = start_flags,
					      .rsi = cycles,
					      .rdx = value,
					      .fs_base = START_ADDRESS,
					      .rflags = 2};
	struct message m = {.order = PROCESS_SET_REGISTERS, .string = &registers, .length = sizeof(registers)};

	message_call(spinner->process, &m);
	message_ask(spinner->process, PROCESS_RESUME, 0, 0, 0, 0);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct message m = {.order = CLOCK_NOW}, after = m;
	struct child spinner[SPINNERS];
	uint64_t last_begun = 0, first_ended = ~0ull;

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	for (unsigned i = 0; i < SPINNERS; i++)
		spinner[i] = make();
	test_sleep(1);
	message_call(START_SLOT_CLOCK, &m);
	test_sleep(10);
	message_call(START_SLOT_CLOCK, &after);
	for (uint64_t i = 0; i < SPINNERS; i++)
		start(&spinner[i], (after.word[0] - m.word[0]) * 5, 0x1111 + i);
	for (unsigned i = 0; i < SPINNERS; i++) {
		m = (struct message){.order = RESULT_OK};
		invoke(INVOKE_RETURN, 0, &m);
		print("state stays: %s\n", m.word[0] ? "yes" : "no");
		last_begun = m.word[1] > last_begun ? m.word[1] : last_begun;
		first_ended = m.word[2] < first_ended ? m.word[2] : first_ended;
	}
	print("at the same time: %s\n", last_begun < first_ended ? "yes" : "no");
	test_end(0);
}
