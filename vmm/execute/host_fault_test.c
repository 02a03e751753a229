#include <signal.h>
#include <sys/mman.h>
#undef REG_RIP /* the name of another thing in <signal.h> */

#include "tests/carry_out.h"
#include "tests/check.h"
#include "vmm/execute/host_fault.h"
#include "vmm/execute/vector_host.h"

#include <pthread.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define MXCSR 24
#define HEADER 512

/* --- one raw instruction in a frame --- */

static uint8_t *code_page(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static struct vector_host host;

/* An area with everything in its initial state, MXCSR and the x87 control and status words as given. */
static void fill_area(uint8_t *area, uint32_t mxcsr, uint16_t fcw, uint16_t fsw)
{
	uint64_t present = XSTATE_X87 | XSTATE_SSE;

	memset(area, 0, XSAVE_AREA);
	memcpy(area, &fcw, 2);
	memcpy(area + 2, &fsw, 2);
	memcpy(area + MXCSR, &mxcsr, 4);
	memcpy(area + HEADER, &present, 8);
}

static void each_exception_comes_back(void)
{
	static const struct {
		const char *name;
		uint8_t bytes[8];
		uint64_t rcx, rdx, rdi;
		bool vector;
		uint32_t mxcsr;
		uint16_t fcw, fsw;
		enum stub_fault fault;
		int trap;
	} cases[] = {
		{"no exception", {0x48, 0x89, 0xc8}, 5, 0, 0, false, 0, 0, 0, STUB_RAN, 0},
		{"div by zero", {0xf7, 0xf1}, 0, 0, 0, false, 0, 0, 0, STUB_ARITHMETIC, 0},
		{"div too large", {0xf7, 0xf1}, 1, 1, 0, false, 0, 0, 0, STUB_ARITHMETIC, 0},
		{"ud2", {0x0f, 0x0b}, 0, 0, 0, false, 0, 0, 0, STUB_UNDEFINED, 6},
		{"mov rax,[rdi] at nothing", {0x48, 0x8b, 0x07}, 0, 0, 8, false, 0, 0, 0, STUB_PROTECTION, 14},
		{"not canonical", {0x48, 0x8b, 0x07}, 0, 0, 1ull << 63, false, 0, 0, 0, STUB_PROTECTION, 13},
		{"movaps misaligned", {0x0f, 0x28, 0x07}, 0, 0, 1, true, 0x1f80, 0x37f, 0, STUB_PROTECTION, 13},
		{"hlt", {0xf4}, 0, 0, 0, false, 0, 0, 0, STUB_PROTECTION, 13},
		{"divps 0/0 unmasked", {0x0f, 0x5e, 0xc1}, 0, 0, 0, true, 0x1f00, 0x37f, 0, STUB_ARITHMETIC, 19},
		{"divps 0/0 masked", {0x0f, 0x5e, 0xc1}, 0, 0, 0, true, 0x1f80, 0x37f, 0, STUB_RAN, 0},
		{"fwait with one pending", {0x9b}, 0, 0, 0, true, 0x1f80, 0x37e, 0x8081, STUB_ARITHMETIC, 16},
	};
	static _Alignas(64) uint8_t area[XSAVE_AREA];
	uint8_t *code = code_page();

	CHECK(vector_host_read(&host));
	CHECK_EQ(host_fault_install(), 0);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t gpr[GPR_COUNT], after[GPR_COUNT] = {0}, untouched[GPR_COUNT] = {0};
		struct stub_frame frame = {.before = gpr, .after = after, .flags = RFLAGS_CF | RFLAGS_OF, .code = code};
		unsigned n = sizeof(cases[i].bytes);

		check_row = cases[i].name;
		memcpy(code, cases[i].bytes, n);
		while (n > 1 && !code[n - 1])
			n--;
		code[n] = 0xc3;
		for (unsigned r = 0; r < GPR_COUNT; r++)
			gpr[r] = 0x1000 + r;
		gpr[GPR_RCX] = cases[i].rcx;
		gpr[GPR_RDX] = cases[i].rdx;
		gpr[GPR_RDI] = cases[i].rdi == 1 ? (uintptr_t)area + 1 : cases[i].rdi;
		if (cases[i].vector) {
			fill_area(area, cases[i].mxcsr, cases[i].fcw, cases[i].fsw);
			frame.area = area;
			frame.mask = XSTATE_X87 | XSTATE_SSE;
		}
		host_fault_run(&frame);
		CHECK_EQ(frame.fault, cases[i].fault);
		CHECK_EQ(frame.trap, cases[i].trap);
		if (cases[i].fault != STUB_RAN) {
			CHECK(!memcmp(after, untouched, sizeof(after)));
			CHECK_EQ(frame.flags, RFLAGS_CF | RFLAGS_OF);
		} else {
			CHECK_EQ(after[GPR_R15], gpr[GPR_R15]);
			CHECK_EQ(after[GPR_RSP], 0);
		}
	}
	host_fault_remove();
	munmap(code, 4096);
}

/* --- through execute() --- */

static void divide_errors(void)
{
	static const struct {
		const char *name, *hex;
		uint64_t rax, rdx, divisor;
	} cases[] = {
		{"div m8 by 0", "f6 33", 5, 0, 0},
		{"div m8 quotient 256", "f6 33", 0x100, 0, 1},
		{"div m16", "66 f7 33", 0, 1, 1},
		{"div m32", "f7 33", 0, 1, 1},
		{"div m64", "48 f7 33", 0, 1, 1},
		{"idiv m32 of the least number by -1", "f7 3b", 0x80000000, 0xffffffff, 0xffffffff},
		{"idiv m64 of the least number by -1", "48 f7 3b", 1ull << 63, UINT64_MAX, UINT64_MAX},
	};
	struct carry_out c;

	carry_out_begin(&c);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct regs regs = {
			.mode = MODE_64, .stack_size = 8, .rip = 0x1000, .rflags = RFLAGS_FIXED, CARRY_OUT_CONTROL};
		struct execution_out before;

		check_row = cases[i].name;
		regs.gpr[GPR_RAX] = cases[i].rax;
		regs.gpr[GPR_RDX] = cases[i].rdx;
		CHECK(carry_out_decode(&c, cases[i].hex, &regs));
		memcpy(c.loaded[0], &cases[i].divisor, 8);
		memset(&c.out, 0x44, sizeof(c.out));
		before = c.out;
		CHECK_EQ(carry_out(&c, &regs, NULL), EXECUTE_EXCEPTION);
		CHECK_EQ(c.out.vector, 0);
		c.out.vector = before.vector;
		CHECK(!memcmp(&c.out, &before, sizeof(before)));
	}
	carry_out_end(&c);
}

static void reserved_bits_are_protection_faults(void)
{
	static struct vector_state vector;
	struct regs regs = {.mode = MODE_64, .stack_size = 8, .rflags = RFLAGS_FIXED, CARRY_OUT_CONTROL};
	struct carry_out c;

	carry_out_begin(&c);
	fill_area(vector.area, 0x1f80, 0x37f, 0);
	vector.features = XSTATE_X87 | XSTATE_SSE;
	CHECK(carry_out_decode(&c, "0f ae 13", &regs)); /* ldmxcsr [rbx] */
	memset(c.loaded[0], 0xff, 4); /* reserved bits: #GP */
	CHECK_EQ(carry_out(&c, &regs, &vector), EXECUTE_EXCEPTION);
	CHECK_EQ(c.out.vector, 13);
	carry_out_end(&c);
}

/* #XM: the destination stays, MXCSR tells the handler what it was. */
static void simd_exceptions(void)
{
	static struct vector_state vector;
	struct regs regs = {.mode = MODE_64, .stack_size = 8, .rflags = RFLAGS_FIXED, CARRY_OUT_CONTROL};
	uint32_t mxcsr;
	uint8_t ones[16];
	struct carry_out c;

	carry_out_begin(&c);
	fill_area(vector.area, 0x1f00, 0x37f, 0); /* invalid operation is not masked */
	vector.features = XSTATE_X87 | XSTATE_SSE;
	memset(ones, 0xff, sizeof(ones)); /* a quiet NaN */
	memcpy(vector.area + 160 + 16, ones, sizeof(ones));
	CHECK(carry_out_decode(&c, "0f 5e 03", &regs)); /* divps xmm0,[rbx]: 0/0 */
	CHECK_EQ(carry_out(&c, &regs, &vector), EXECUTE_EXCEPTION);
	CHECK_EQ(c.out.vector, 19);
	memcpy(&mxcsr, vector.area + MXCSR, 4);
	CHECK_EQ(mxcsr, 0x1f01);
	CHECK(!memcmp(vector.area + 160, (const uint8_t[16]){0}, 16));
	CHECK(!memcmp(vector.area + 160 + 16, ones, 16));
	carry_out_end(&c);
}

/* --- handlers of others --- */

static int child_status(void (*run)(void))
{
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		run();
		_exit(0);
	}
	waitpid(child, &status, 0);
	return status;
}

static void default_then_fault(void)
{
	struct executor *x;

	signal(SIGSEGV, SIG_DFL);
	x = executor_new();
	__asm__ volatile("movl %%eax, (%0)" : : "r"(8ull) : "memory");
	executor_free(x);
}

static void default_then_raise(void)
{
	signal(SIGFPE, SIG_DFL);
	executor_new();
	raise(SIGFPE);
}

static void ignored_then_raise(void)
{
	signal(SIGFPE, SIG_IGN);
	executor_new();
	raise(SIGFPE);
}

static void other_handler(int number)
{
	_exit(number == SIGBUS ? 42 : 1);
}

static void handled_then_raise(void)
{
	signal(SIGBUS, other_handler);
	executor_new();
	raise(SIGBUS);
}

static void what_is_not_ours_is_passed_on(void)
{
	int status = child_status(default_then_fault);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	status = child_status(default_then_raise);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGFPE);
	status = child_status(ignored_then_raise);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	status = child_status(handled_then_raise);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static bool is_installed(void (*handler)(int))
{
	struct sigaction now;

	return !sigaction(SIGBUS, NULL, &now) && now.sa_handler == handler;
}

static void handlers_are_put_back(void)
{
	struct executor *first, *second;

	signal(SIGBUS, other_handler);
	first = executor_new();
	second = executor_new();
	CHECK(!is_installed(other_handler));
	executor_free(first);
	CHECK(!is_installed(other_handler));
	executor_free(second);
	CHECK(is_installed(other_handler));
	first = executor_new();
	signal(SIGBUS, SIG_IGN); /* somebody comes after us: theirs stays */
	executor_free(first);
	CHECK(is_installed(SIG_IGN));
	signal(SIGBUS, SIG_DFL);
}

/* --- signals and threads --- */

static volatile sig_atomic_t alarms;

/* A handler that uses what a handler may use. */
static void on_alarm(int number)
{
	volatile double x = number;

	for (int i = 0; i < 10; i++)
		x = x * 1.5 + i;
	__asm__ volatile("pxor %%xmm0, %%xmm0; pxor %%xmm7, %%xmm7; mov $-1, %%rax; mov %%rax, %%r11; add $1, %%rax"
			 :
			 :
			 : "rax", "r11", "xmm0", "xmm7", "cc");
	alarms++;
}

/* One adc and one 16-byte load, checked. */
static void adc_and_movups(struct carry_out *adc, struct carry_out *movups, struct vector_state *vector, uint64_t i)
{
	struct regs regs = {.mode = MODE_64, .stack_size = 8, .rflags = RFLAGS_FIXED | (i & 1), CARRY_OUT_CONTROL};
	uint64_t expected = i * 0x9e3779b97f4a7c15ull, addend = ~i;

	for (unsigned r = 0; r < GPR_COUNT; r++)
		regs.gpr[r] = expected ^ r;
	memcpy(adc->loaded[0], &addend, 8);
	CHECK_EQ(carry_out(adc, &regs, NULL), EXECUTE_OK);
	for (unsigned r = 0; r < GPR_COUNT; r++)
		CHECK_EQ(adc->out.regs.gpr[r], r == GPR_RSP ? (expected ^ r) + addend + (i & 1) : expected ^ r);
	memcpy(movups->loaded[0], &expected, 8);
	memcpy(movups->loaded[0] + 8, &addend, 8);
	CHECK_EQ(carry_out(movups, &regs, vector), EXECUTE_OK);
	CHECK(!memcmp(vector->area + 160 + 7 * 16, movups->loaded[0], 16)); /* xmm7 */
	CHECK(!memcmp(movups->out.regs.gpr, regs.gpr, sizeof(regs.gpr)));
}

static bool begin_pair(struct carry_out *adc, struct carry_out *movups, struct vector_state *vector)
{
	struct regs regs = {.mode = MODE_64, .stack_size = 8, CARRY_OUT_CONTROL};

	carry_out_begin(adc);
	carry_out_begin(movups);
	fill_area(vector->area, 0x1f80, 0x37f, 0);
	vector->features = XSTATE_X87 | XSTATE_SSE;
	return carry_out_decode(adc, "48 13 23", &regs) && carry_out_decode(movups, "0f 10 3b", &regs);
}

static void signal_storm(void)
{
	static const struct itimerval often = {.it_interval = {.tv_usec = 100}, .it_value = {.tv_usec = 100}};
	static const struct itimerval never;
	static struct carry_out adc, movups;
	static struct vector_state vector;
	struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};

	CHECK(begin_pair(&adc, &movups, &vector));
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (uint64_t i = 0; i < 100000 || (alarms < 1000 && i < 5000000); i++)
		adc_and_movups(&adc, &movups, &vector, i);
	setitimer(ITIMER_REAL, &never, NULL);
	CHECK(alarms >= 100);
	signal(SIGALRM, SIG_DFL);
	carry_out_end(&adc);
	carry_out_end(&movups);
}

struct worker {
	pthread_t thread;
	struct carry_out adc, movups, div;
	struct vector_state vector;
};

/* On another thread than executor_new()'s. */
static void *work(void *argument)
{
	struct worker *w = argument;
	struct regs regs = {.mode = MODE_64, .stack_size = 8, CARRY_OUT_CONTROL};

	for (uint64_t i = 0; i < 5000; i++) {
		adc_and_movups(&w->adc, &w->movups, &w->vector, i);
		CHECK_EQ(carry_out(&w->div, &regs, NULL), EXECUTE_EXCEPTION);
	}
	return NULL;
}

static void faults_on_two_threads(void)
{
	static struct worker workers[2];
	struct regs regs = {.mode = MODE_64, .stack_size = 8, CARRY_OUT_CONTROL};

	for (unsigned i = 0; i < 2; i++) {
		CHECK(begin_pair(&workers[i].adc, &workers[i].movups, &workers[i].vector));
		carry_out_begin(&workers[i].div);
		CHECK(carry_out_decode(&workers[i].div, "f7 33", &regs));
	}
	for (unsigned i = 0; i < 2; i++)
		CHECK_EQ(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(workers[i].thread, NULL);
	for (unsigned i = 0; i < 2; i++) {
		carry_out_end(&workers[i].adc);
		carry_out_end(&workers[i].movups);
		carry_out_end(&workers[i].div);
	}
}

CHECK_MAIN(CHECK_TEST(each_exception_comes_back), CHECK_TEST(divide_errors),
	   CHECK_TEST(reserved_bits_are_protection_faults), CHECK_TEST(simd_exceptions),
	   CHECK_TEST(what_is_not_ours_is_passed_on), CHECK_TEST(handlers_are_put_back), CHECK_TEST(signal_storm),
	   CHECK_TEST(faults_on_two_threads))
