/*
 * bench: what the kernel costs, in cycles of the time stamp counter: a call to it, a call to another process, a load
 * that a process answers; then loads by 1, 10 and 100 clients of one keeper.
 *
 * Clients are processes in this one's own space and have no stack: a loop in registers. So that what happens
 * in the machine below can be counted as a difference (exits, above all), TIMES_COUNTED more loads are made, and
 * nothing else, for each boot module beyond the keeper but one.
 */
#include "guest/user/lib/child.h"
#include "guest/user/lib/print.h"
#include "guest/user/lib/start.h"

#define OWN_MODULES 2ul /* this program and its keeper */
#define ROUNDS 20ul /* the fastest is told: a busy host disturbs only upwards */
#define ROUNDS_OF_ALL 2ul
#define TIMES 10ul
#define TIMES_COUNTED 25ul
#define LOADS 100ul /* of all clients together */
#define TICKS_TO_GATE 5ul
#define ORDER_NONE 0x3000 /* the keeper has no such order, and answers so */

#define CLIENTS_MAX 100u
#define CLIENT_SLOT_GATE 1 /* blocked until all clients are there */
#define CLIENT_SLOT_DONE 2

struct bench {
	struct child keeper;
	uint8_t entry; /* to the keeper */
	uint8_t endpoint, done; /* the clients' ends come there */
	uint8_t gate_control, gate;
	uint8_t process; /* the client just made */
};

static void end(const char *why)
{
	if (why)
		print("bench: %s\n", why);
	message_ask(START_SLOT_CONSOLE, CONSOLE_EXIT, why != NULL, 0, 0, 0);
	for (;;)
		;
}

static void need(uint64_t result, const char *what)
{
	if (result != RESULT_OK)
		end(what);
}

static uint64_t now(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* --- one client: this process ------------------------------------------------------------- */

static void load(const struct bench *bench, uint64_t times)
{
	(void)bench;
	for (uint64_t i = 0; i < times; i++)
		(void)*(volatile uint64_t *)CHILD_OBJECT;
}

static void call_kernel(const struct bench *bench, uint64_t times)
{
	(void)bench;
	for (uint64_t i = 0; i < times; i++)
		message_ask(START_SLOT_DISCRIM, ORDER_TYPE, 0, 0, 0, 0);
}

static void call_process(const struct bench *bench, uint64_t times)
{
	for (uint64_t i = 0; i < times; i++)
		message_ask(bench->entry, ORDER_NONE, 0, 0, 0, 0);
}

static void measure(const struct bench *bench, const char *name, void (*work)(const struct bench *, uint64_t times))
{
	uint64_t least = UINT64_MAX;

	work(bench, 1); /* what is mapped at its first use, is mapped */
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t before = now(), took;

		work(bench, TIMES);
		took = (now() - before) / TIMES;
		least = took < least ? took : least;
	}
	print("%s %lu cycles\n", name, least);
}

/* --- many clients --------------------------------------------------------------------------- */

/*
 * RDI: the slot of the gate, R13: how many loads; RBP and R14, lengths, are zero. It calls through the gate, loads,
 * calls CLIENT_SLOT_DONE, and waits for ever.
 */
void bench_client(void);
__asm__("bench_client:\n\t"
	"movl	$1, %eax\n\t" /* INVOKE_CALL */
	"testb	$1, start_flags(%rip)\n\t" /* START_CALLS_BY_UD2 */
	"jnz	1f\n\t"
	"syscall\n\t"
	"jmp	2f\n"
	"1:	ud2\n"
	"2:	movq	0x200000, %rax\n\t" /* CHILD_OBJECT */
	"decq	%r13\n\t"
	"jnz	2b\n\t"
	"movl	$2, %edi\n\t" /* CLIENT_SLOT_DONE */
	"jmp	bench_client\n");

_Static_assert(CLIENT_SLOT_DONE == 2 && CHILD_OBJECT == 0x200000 && INVOKE_CALL == 1 && START_CALLS_BY_UD2 == 1,
	       "bench_client has these numbers");

static void make_client(const struct bench *b, uint64_t loads)
{
	struct process_registers registers = {
		.rip = (uint64_t)bench_client, .rdi = CLIENT_SLOT_GATE, .r13 = loads, .rflags = 2};
	struct message m = {.order = PROCESS_SET_REGISTERS, .string = &registers, .length = sizeof(registers)};

	need(message_ask(START_SLOT_BANK, BANK_ALLOC, TYPE_PROCESS, 0, 0, b->process), "no memory for a client");
	message_ask(b->process, PROCESS_SET_SPACE, 0, 0, START_SLOT_SPACE, 0);
	message_ask(b->process, PROCESS_SET_SLOT, CLIENT_SLOT_GATE, 0, b->gate, 0);
	message_ask(b->process, PROCESS_SET_SLOT, CLIENT_SLOT_DONE, 0, b->done, 0);
	need(message_call(b->process, &m), "a client's registers");
	message_ask(b->process, PROCESS_RESUME, 0, 0, 0, 0);
}

/* Cycles of each load, by so many clients. */
static uint64_t time_clients(const struct bench *b, unsigned clients)
{
	struct message m = {.order = 0};
	uint64_t before, loads = LOADS / clients;

	message_ask(b->gate_control, FORWARDER_BLOCK, 1, 0, 0, 0);
	for (unsigned i = 0; i < clients; i++)
		make_client(b, loads);
	message_ask(START_SLOT_CLOCK, CLOCK_SLEEP, TICKS_TO_GATE, 0, 0, 0); /* all come to the gate */
	before = now();
	message_ask(b->gate_control, FORWARDER_BLOCK, 0, 0, 0, 0);
	for (unsigned i = 0; i < clients; i++)
		invoke(INVOKE_RETURN, 0, &m);
	return (now() - before) / (loads * clients);
}

static void measure_clients(const struct bench *b, unsigned clients)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < ROUNDS_OF_ALL; i++) {
		uint64_t took = time_clients(b, clients);

		least = took < least ? took : least;
	}
	print("clients-%u %lu cycles\n", clients, least);
}

/* --- all ---------------------------------------------------------------------------------------- */

static void prepare(struct bench *b)
{
	uint8_t page;

	if (!child_make("ram", &b->keeper))
		end("ram: no such module, or no memory");
	child_start(&b->keeper, 0, 0);
	b->entry = child_entry(&b->keeper, 0);
	page = child_virtual_page(&b->keeper, 0, 0);
	need(message_ask(START_SLOT_SPACE, SPACE_SET, CHILD_OBJECT_SLOT, 0, page, 0), "no virtual page");
	b->endpoint = child_alloc(TYPE_ENDPOINT, 0);
	b->done = child_slot();
	need(message_ask(b->endpoint, ENDPOINT_ENTRY, 0, 0, 0, b->done), "no entry");
	need(message_ask(START_SLOT_PROCESS, PROCESS_SET_ENDPOINT, 0, 0, b->endpoint, 0), "no endpoint");
	b->gate_control = child_alloc(TYPE_FORWARDER, 0);
	b->gate = child_slot();
	message_ask(b->gate_control, FORWARDER_SET_TARGET, 0, 0, START_SLOT_DISCRIM, 0);
	need(message_ask(b->gate_control, FORWARDER_GET, 0, 0, 0, b->gate), "no forwarder");
	b->process = child_slot();
}

void program(uint64_t modules, uint64_t b, uint64_t c, uint64_t d)
{
	static struct bench bench;

	(void)b, (void)c, (void)d;
	prepare(&bench);
	if (modules > OWN_MODULES) { /* to be counted from outside */
		load(&bench, 1 + TIMES_COUNTED * (modules - OWN_MODULES - 1));
		end(NULL);
	}
	measure(&bench, "call", call_kernel);
	measure(&bench, "process", call_process);
	measure(&bench, "load", load);
	for (unsigned clients = 1; clients <= CLIENTS_MAX; clients *= 10)
		measure_clients(&bench, clients);
	end(NULL);
}
