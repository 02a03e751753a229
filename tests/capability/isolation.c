/*
 * What user code may not do is a fault of its own, which its keeper gets, and nothing else. The kernel's memory, the
 * ports and the CPU's tables are not for it, and registers that cannot run are refused when they are to run.
 *
 * modules: client probe
 * line: port: fault 7 code 13
 * line: call port: fault 7 code 13
 * line: hlt: fault 7 code 13
 * line: cli: fault 7 code 13
 * line: mov cr3: fault 7 code 13
 * line: kernel image: fault 7 code 13
 * line: kernel memory: fault 7 code 13
 * line: low memory: fault 1 code 0
 * line: window: fault 1 code 0
 * line: not canonical: fault 7 code 13
 * line: int3: fault 7 code 3
 * line: division by zero: fault 7 code 0
 * line: jump to the kernel: fault 7 code 13
 * line: jump to nothing: fault 1 code 2
 * line: the kernel as a stack: fault 7 code 13
 * line: looked at, then executed: fault 2 code 2
 * line: looked at, then stored to: fault 2 code 1
 * line: RIP in the kernel: fault 7 code 13
 * line: RIP not canonical: fault 7 code 13
 * line: FS not canonical: fault 7 code 13
 * line: IOPL and the rest of RFLAGS: fault 7 code 13
 */
#include "tests/capability/probe.h"
#include "tests/capability/test.h"

static const char *const name[PROBES] = {
	[PROBE_PORT] = "port",
	[PROBE_CALL_PORT] = "call port",
	[PROBE_HALT] = "hlt",
	[PROBE_INTERRUPTS_OFF] = "cli",
	[PROBE_PAGE_TABLES] = "mov cr3",
	[PROBE_KERNEL_IMAGE] = "kernel image",
	[PROBE_KERNEL_MEMORY] = "kernel memory",
	[PROBE_LOW_MEMORY] = "low memory",
	[PROBE_WINDOW] = "window",
	[PROBE_NOT_CANONICAL] = "not canonical",
	[PROBE_BREAKPOINT] = "int3",
	[PROBE_DIVIDE] = "division by zero",
	[PROBE_JUMP_AWAY] = "jump to the kernel",
	[PROBE_JUMP_NOWHERE] = "jump to nothing",
	[PROBE_STACK_AWAY] = "the kernel as a stack",
};

static void show(const struct child *probe, const char *what)
{
	struct client_result r = client_wait(probe);

	print("%s: fault %lu code %lu\n", what, r.fault, r.value);
}

/* It waits for the answer to its last fault: with these registers it goes on. */
static void go_on(const struct child *probe, const char *what, const struct process_registers *registers)
{
	struct message m = {.order = PROCESS_SET_REGISTERS, .string = registers, .length = sizeof(*registers)};

	message_call(probe->process, &m);
	client_tell(RESULT_OK, 0, 0);
	show(probe, what);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct process_registers registers = {.rip = START_ADDRESS, .rdi = start_flags, .rflags = 2};
	struct child probe;

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	if (!child_make("probe", &probe))
		test_end(1);
	message_ask(probe.process, PROCESS_SET_KEEPER, 0, 0, client_keeper(), 0);
	child_start(&probe, 0, 0);
	show(&probe, name[0]);
	for (registers.rsi = 1; registers.rsi < PROBES; registers.rsi++)
		go_on(&probe, name[registers.rsi], &registers);

	message_ask(probe.page, ORDER_REDUCE, RESTRICT_NO_EXECUTE | RESTRICT_READ_ONLY, 0, 0, probe.page);
	child_map(&probe, probe.page);
	registers.rsi = PROBE_EXECUTE;
	go_on(&probe, "looked at, then executed", &registers);
	registers.rsi = PROBE_STORE;
	go_on(&probe, "looked at, then stored to", &registers);
	registers.rsi = PROBE_PORT;
	registers.rip = 0xffff800000100000;
	go_on(&probe, "RIP in the kernel", &registers);
	registers.rip = 0x1234567812345678;
	go_on(&probe, "RIP not canonical", &registers);
	registers.rip = START_ADDRESS;
	registers.fs_base = 0x1234567812345678;
	go_on(&probe, "FS not canonical", &registers);
	registers.fs_base = 0;
	registers.rflags = ~0x100ull & 0x3fffffull; /* all but TF */
	go_on(&probe, "IOPL and the rest of RFLAGS", &registers);
	test_end(0);
}
