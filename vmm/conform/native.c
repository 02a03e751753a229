/* <signal.h> has a REG_RIP of its own; insn.h, after it, another of the same value */
#include <signal.h>
#include <ucontext.h>
#undef REG_RIP

#include "vmm/conform/native.h"

#include "vmm/conform/arena.h"
#include "vmm/conform/native_enter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#define HWCAP2_FSGSBASE_BIT 2
#define TRAP_BP 3
#define TRAP_PF 14
#define INT3 0xcc
#define MXCSR_AT 24 /* of an XSAVE area */
#define MXCSR_DEFAULT 0x1f80u
#define CODE_SIZE ARENA_PAGE
#define EXIT_AT (ARENA_CODE + 0xa00) /* holds the address of the way out */
#define SIGNAL_STACK (1 << 16)
#define SOFTWARE_AT 464 /* of an XSAVE area: the kernel's notes in a signal frame */
#define SOFTWARE_SIZE 48

static const int signals[] = {SIGFPE, SIGSEGV, SIGBUS, SIGILL, SIGTRAP};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

struct native {
	int memfd;
	uint8_t *bytes, *arena, *code;
	uint8_t *signal_stack;
	struct sigaction before[SIGNALS];
	_Alignas(64) uint8_t clean[XSAVE_AREA]; /* everything in its initial state */
	struct vector_state area; /* in and out: the scene's is const */
	bool inside; /* the instruction is running */
	struct result *result; /* where a signal puts what it says */
};

/* A signal handler finds its process's one native nowhere else. */
static struct native *open_native;

void native_on_signal(int number, siginfo_t *info, void *context);

static void keep_fault(struct result *out, const greg_t *g)
{
	static const int order[GPR_COUNT] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
					     REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

	for (unsigned i = 0; i < GPR_COUNT; i++)
		out->gpr[i] = (uint64_t)g[order[i]];
	out->rflags = (uint64_t)g[REG_EFL];
	out->vector = (uint8_t)g[REG_TRAPNO];
	out->error = (uint32_t)g[REG_ERR];
	out->cr2 = out->vector == TRAP_PF ? (uint64_t)g[REG_CR2] : 0;
}

/* The instruction ran onto an int3 of the code page: it has happened. */
static bool is_landing(const greg_t *g, uint64_t rip)
{
	return g[REG_TRAPNO] == TRAP_BP && rip - 1 >= ARENA_CODE && rip - 1 < ARENA_CODE + CODE_SIZE &&
	       rip - 1 != ARENA_RIP;
}

static void pass_on(struct native *n, int number, siginfo_t *info, void *context)
{
	for (unsigned i = 0; i < SIGNALS; i++) {
		if (signals[i] != number)
			continue;
		if (n->before[i].sa_flags & SA_SIGINFO) {
			n->before[i].sa_sigaction(number, info, context);
		} else {
			signal(number, SIG_DFL);
			raise(number);
		}
	}
}

void native_on_signal(int number, siginfo_t *info, void *context)
{
	struct native *n = open_native;
	ucontext_t *uc = context;
	greg_t *g = uc->uc_mcontext.gregs;
	uint64_t rip;

	if (!n->inside) {
		pass_on(n, number, info, context);
		return;
	}
	n->inside = false;
	rip = (uint64_t)g[REG_RIP];
	keep_fault(n->result, g);
	n->result->kind = RESULT_FAULT;
	n->result->rip = rip;
	if (is_landing(g, rip)) {
		n->result->kind = RESULT_DONE;
		n->result->rip = rip - 1;
	}
	harness_settle_branch(n->result);
	if (native_cpu.area && uc->uc_mcontext.fpregs) {
		memcpy(n->area.area, uc->uc_mcontext.fpregs, sizeof(n->area.area) < 2696 ? sizeof(n->area.area) : 2696);
		memset(n->area.area + SOFTWARE_AT, 0, SOFTWARE_SIZE);
	}
	/* the host's registers come back in native_faulted, the signal mask and stack on return from here */
	g[REG_RIP] = (greg_t)(uintptr_t)native_faulted;
	g[REG_EFL] = 0x202;
	g[REG_RSP] = (greg_t)native_cpu.host_rsp;
}

bool native_has_bases(void)
{
	return getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE_BIT;
}

void native_selectors(uint16_t out[SEG_COUNT])
{
	__asm__("mov %%es, %0" : "=r"(out[SEG_ES]));
	__asm__("mov %%cs, %0" : "=r"(out[SEG_CS]));
	__asm__("mov %%ss, %0" : "=r"(out[SEG_SS]));
	__asm__("mov %%ds, %0" : "=r"(out[SEG_DS]));
	__asm__("mov %%fs, %0" : "=r"(out[SEG_FS]));
	__asm__("mov %%gs, %0" : "=r"(out[SEG_GS]));
}

uint8_t *native_bytes(struct native *native)
{
	return native->bytes;
}

static void *map(uint64_t at, size_t size, int prot, int flags, int fd)
{
	void *hint = (void *)(uintptr_t)at; /* NOLINT: a fixed address on purpose */
	void *got = mmap(hint, size, prot, flags | (at ? MAP_FIXED_NOREPLACE : 0), fd, 0);

	if (got != MAP_FAILED && at && got != hint) {
		munmap(got, size);
		errno = EEXIST;
		return MAP_FAILED;
	}
	return got;
}

static int map_pages(struct native *n, struct error *e)
{
	n->memfd = memfd_create("arena", MFD_CLOEXEC);
	if (n->memfd < 0 || ftruncate(n->memfd, ARENA_SIZE) < 0)
		return error_set(e, STATUS_HOST, "the arena: %s", strerror(errno));
	n->bytes = map(0, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, n->memfd);
	n->arena = map(ARENA_BASE, ARENA_SIZE, PROT_NONE, MAP_SHARED, n->memfd);
	n->code = map(ARENA_CODE, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	n->signal_stack = map(0, SIGNAL_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (n->bytes == MAP_FAILED || n->arena == MAP_FAILED || n->code == MAP_FAILED || n->signal_stack == MAP_FAILED)
		return error_set(e, STATUS_HOST, "the arena at 0x%llx: %s", ARENA_BASE, strerror(errno));
	for (unsigned i = 0; i < ARENA_PAGES; i++) {
		int prot = arena_writable((enum arena_page)i)  ? PROT_READ | PROT_WRITE
			   : arena_present((enum arena_page)i) ? PROT_READ
							       : PROT_NONE;

		if (mprotect(n->arena + i * ARENA_PAGE, ARENA_PAGE, prot) < 0)
			return error_set(e, STATUS_HOST, "the arena: %s", strerror(errno));
		if (prot != PROT_NONE) /* present now, so that its faults are those of a page that is */
			(void)*(volatile uint8_t *)(n->arena + i * ARENA_PAGE);
	}
	memset(n->code, INT3, CODE_SIZE);
	return 0;
}

static void catch_signals(struct native *n)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
	stack_t stack = {.ss_sp = n->signal_stack, .ss_size = SIGNAL_STACK};
	uintptr_t handler = (uintptr_t)native_signal;

	sigfillset(&action.sa_mask);
	memcpy(&action.sa_sigaction, &handler, sizeof(handler));
	sigaltstack(&stack, NULL);
	for (unsigned i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &action, &n->before[i]);
}

struct native *native_open(struct error *e)
{
	struct native *n = aligned_alloc(_Alignof(struct native), sizeof(*n));

	if (!n) {
		error_set(e, STATUS_HOST, "out of memory");
		return NULL;
	}
	memset(n, 0, sizeof(*n));
	n->bytes = n->arena = n->code = n->signal_stack = MAP_FAILED;
	memcpy(n->clean + MXCSR_AT, &(uint32_t){MXCSR_DEFAULT}, sizeof(uint32_t));
	open_native = n;
	if (map_pages(n, e) < 0) {
		native_close(n);
		return NULL;
	}
	catch_signals(n);
	return n;
}

static void unmap(uint8_t *at, size_t size)
{
	if (at != MAP_FAILED)
		munmap(at, size);
}

void native_close(struct native *n)
{
	stack_t none = {.ss_flags = SS_DISABLE};

	if (!n)
		return;
	for (unsigned i = 0; i < SIGNALS; i++) {
		if (n->before[i].sa_flags || n->before[i].sa_handler)
			sigaction(signals[i], &n->before[i], NULL);
	}
	sigaltstack(&none, NULL);
	unmap(n->bytes, ARENA_SIZE);
	unmap(n->arena, ARENA_SIZE);
	unmap(n->code, CODE_SIZE);
	unmap(n->signal_stack, SIGNAL_STACK);
	if (n->memfd >= 0)
		close(n->memfd);
	open_native = NULL;
	free(n);
}

/* The instruction, and behind it a jump to the way out; both are gone afterwards. */
static void place_code(struct native *n, const struct insn *insn)
{
	static const uint8_t jump[6] = {0xff, 0x25, 0, 0, 0, 0}; /* jmp [rip] */
	const char *back = native_back;
	uint8_t *code = n->code + (ARENA_RIP - ARENA_CODE);
	int32_t distance = (int32_t)(EXIT_AT - (ARENA_RIP + insn->length + sizeof(jump)));

	memset(code, INT3, 2 * INSN_MAX + 16);
	memcpy(code, insn->bytes, insn->length);
	memcpy(code + insn->length, jump, sizeof(jump));
	memcpy(n->code + (EXIT_AT - ARENA_CODE), &back, sizeof(back)); /* aligned, for AC may be set */
	memcpy(code + insn->length + 2, &distance, sizeof(distance));
}

void native_run(struct native *n, const struct scene *s, struct result *out)
{
	place_code(n, &s->insn);
	memcpy(native_cpu.gpr, s->regs.gpr, sizeof(native_cpu.gpr));
	native_cpu.flags = s->regs.rflags;
	native_cpu.rip = ARENA_RIP;
	native_cpu.area = NULL;
	if (s->uses_vector) {
		n->area = s->vector;
		native_cpu.area = n->area.area;
		native_cpu.mask = s->vector.features;
	}
	native_cpu.clean = n->clean;
	native_cpu.bases = s->regs.seg[SEG_FS].base;
	native_cpu.fs = s->regs.seg[SEG_FS].base;
	native_cpu.gs = s->regs.seg[SEG_GS].base;
	out->kind = RESULT_DONE;
	n->result = out;
	n->inside = true;
	native_enter();
	if (n->inside) {
		memcpy(out->gpr, native_cpu.gpr, sizeof(out->gpr));
		out->rflags = native_cpu.flags;
		out->rip = ARENA_RIP + s->insn.length;
	}
	n->inside = false;
	if (s->uses_vector)
		out->vector_state = n->area;
}
