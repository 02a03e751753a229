/*
 * programs.c: random programs with runs (vmm/access/run.h) and without: is everything the same?
 *
 * Without them each access is an exit of its own, and all else is done by the CPU: it is the judge.
 */
#include "vmm/access/fault.h"
#include "vmm/clock.h"
#include "vmm/conform/conform.h"
#include "vmm/conform/program.h"
#include "vmm/conform/random.h"
#include "vmm/machine/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 4
#define MXCSR 24 /* in the XSAVE area */
#define XMM 160
#define XMM_END 416
#define STACK_SIZE 512
#define TIMEOUT 20.0

/* Where a program ended, and all that it left. */
struct left {
	enum stop_kind kind;
	uint8_t vector; /* of an exception */
	struct regs regs;
	uint8_t xmm[XMM_END - XMM], mxcsr[4];
	uint8_t memory[PAGES][PAGE_SIZE], stack[STACK_SIZE];
	char *lines; /* of the keeper's log */
	struct run_stats runs;
};

struct trial {
	struct program program;
	uint64_t seed;
	unsigned cpl;
	int image, log;
	char image_path[32], log_path[32];
};

static const uint64_t pages[PAGES] = {PROGRAM_KEPT, PROGRAM_KEPT + PAGE_SIZE, PROGRAM_PLAIN, PROGRAM_PLAIN + PAGE_SIZE};

static void fill_options(const struct trial *t, unsigned run_length, struct machine_options *o)
{
	memset(o, 0, sizeof(*o));
	o->memory = 16ull << 20;
	o->run_length = run_length;
	o->timeout = TIMEOUT;
	o->log = t->log_path;
	o->boot.kind = BOOT_BARE;
	o->boot.image = t->image_path;
	o->boot.image_at = (gpa_t){PROGRAM_AT};
	o->boot.cpl = t->cpl;
	o->boot.page_size = PAGE_SIZE;
	o->boot.npresets = 3;
	o->boot.presets[0] = (struct boot_preset){GPR_RBX, PROGRAM_KEPT};
	o->boot.presets[1] = (struct boot_preset){GPR_RBP, PROGRAM_PLAIN};
	o->boot.presets[2] = (struct boot_preset){GPR_R15, PROGRAM_ROUNDS};
	o->nvirtual = 1;
	o->virtual[0].range = (struct range){
		.base = RANGE_GPA, .start = PROGRAM_KEPT, .size = PAGE_SIZE, .text = "the program's page"};
	o->virtual[0].keeper = "log:memory";
}

static char *read_lines(const struct trial *t)
{
	off_t size = lseek(t->log, 0, SEEK_END);
	char *lines = size < 0 ? NULL : calloc(1, (size_t)size + 1);

	if (lines && pread(t->log, lines, (size_t)size, 0) != size) {
		free(lines);
		return NULL;
	}
	return lines;
}

static int take(const struct trial *t, struct machine *m, struct left *left, struct error *e)
{
	const struct vector_state *vector = vcpu_vector(&m->cpus[0].vcpu);
	const uint8_t *stack = ram_bytes(&m->ram, (gpa_t){m->boot_state.regs.gpr[GPR_RSP] - STACK_SIZE}, STACK_SIZE);

	fflush(m->log);
	left->lines = read_lines(t);
	if (!vector || !left->lines || !stack)
		return error_set(e, STATUS_HOST, "what a program left cannot be read: %s", strerror(errno));
	left->kind = m->stop.kind;
	left->vector = m->stop.vector;
	left->regs = m->stop.regs;
	memcpy(left->xmm, vector->area + XMM, sizeof(left->xmm));
	memcpy(left->mxcsr, vector->area + MXCSR, sizeof(left->mxcsr));
	memcpy(left->stack, stack, STACK_SIZE);
	for (unsigned i = 0; i < PAGES; i++)
		memcpy(left->memory[i], ram_bytes(&m->ram, (gpa_t){pages[i]}, PAGE_SIZE), PAGE_SIZE);
	left->runs = machine_run_stats(m);
	return 0;
}

/* From the same state each time, which follows from the seed. */
static int run_program(const struct trial *t, unsigned run_length, struct left *left, struct error *e)
{
	struct machine_options options;
	struct random random = random_of(~t->seed);
	struct machine *m;
	int err;

	memset(left, 0, sizeof(*left));
	fill_options(t, run_length, &options);
	m = machine_build(&options, e);
	if (!m)
		return -1;
	for (unsigned i = 0; i < PAGES; i++)
		random_values(&random, ram_bytes(&m->ram, (gpa_t){pages[i]}, PAGE_SIZE), PAGE_SIZE);
	loop_run(m);
	err = take(t, m, left, e);
	machine_demolish(m);
	return err;
}

/* What differs, or NULL. */
static const char *difference(const struct left *a, const struct left *b)
{
	if (a->kind != b->kind || a->vector != b->vector)
		return "the end";
	if (memcmp(a->regs.gpr, b->regs.gpr, sizeof(a->regs.gpr)) != 0 || a->regs.rip != b->regs.rip)
		return "general registers";
	if (a->regs.rflags != b->regs.rflags)
		return "flags";
	if (memcmp(a->xmm, b->xmm, sizeof(a->xmm)) != 0 || memcmp(a->mxcsr, b->mxcsr, sizeof(a->mxcsr)) != 0)
		return "vector registers";
	if (memcmp(a->memory, b->memory, sizeof(a->memory)) != 0)
		return "memory";
	if (memcmp(a->stack, b->stack, sizeof(a->stack)) != 0)
		return "the stack";
	return strcmp(a->lines, b->lines) != 0 ? "the keeper's lines" : NULL;
}

/* The first of the keeper's lines that is not the same. */
static void print_lines(const char *a, const char *b, FILE *out)
{
	while (*a && *a == *b) {
		size_t length = strcspn(a, "\n") + 1;

		if (strncmp(a, b, length) != 0)
			break;
		a += length;
		b += length;
	}
	if (strcmp(a, b) != 0)
		fprintf(out, "  without: %.*s\n  with:    %.*s\n", (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"), b);
}

static void print_difference(const struct trial *t, unsigned run_length, const char *what, FILE *out)
{
	fprintf(out, "seed %llu, runs of %u: %s differ%s; the program:", (unsigned long long)t->seed, run_length, what,
		what[strlen(what) - 1] == 's' ? "" : "s");
	for (unsigned i = 0; i < t->program.size; i++)
		fprintf(out, " %02x", t->program.bytes[i]);
	fprintf(out, "\n");
}

/* 1 if it differs, 0 if not, -1 with *e filled. */
static int try_one(struct trial *t, FILE *out, struct run_stats *sum, struct error *e)
{
	static const unsigned lengths[] = {1000, 1000, 7, 1000, 50, 1};
	unsigned length = lengths[t->seed % (sizeof(lengths) / sizeof(lengths[0]))];
	struct left *left = calloc(2, sizeof(*left));
	const char *what = NULL;
	int err = -1;

	if (!left)
		return error_set(e, STATUS_HOST, "out of memory");
	program_make(t->seed, &t->program);
	if (ftruncate(t->image, 0) < 0 ||
	    pwrite(t->image, t->program.bytes, t->program.size, 0) != (ssize_t)t->program.size)
		error_set(e, STATUS_HOST, "a program's image: %s", strerror(errno));
	else if (run_program(t, 0, &left[0], e) == 0 && run_program(t, length, &left[1], e) == 0)
		err = 0;
	if (err == 0) {
		what = difference(&left[0], &left[1]);
		sum->runs += left[1].runs.runs;
		sum->instructions += left[1].runs.instructions;
		sum->accesses += left[1].runs.accesses;
	}
	if (what) {
		print_difference(t, length, what, out);
		print_lines(left[0].lines, left[1].lines, out);
	}
	free(left[0].lines);
	free(left[1].lines);
	free(left);
	return err < 0 ? -1 : what != NULL;
}

static int open_trial(struct trial *t, unsigned cpl, struct error *e)
{
	*t = (struct trial){.cpl = cpl, .image = memfd_create("program", MFD_CLOEXEC)};
	t->log = memfd_create("lines", MFD_CLOEXEC);
	if (t->image < 0 || t->log < 0)
		return error_set(e, STATUS_HOST, "memfd_create: %s", strerror(errno));
	snprintf(t->image_path, sizeof(t->image_path), "/proc/self/fd/%d", t->image);
	snprintf(t->log_path, sizeof(t->log_path), "/proc/self/fd/%d", t->log);
	return 0;
}

int conform_programs(const struct conform_options *o, FILE *out, struct error *e)
{
	struct trial *t = calloc(1, sizeof(*t));
	struct run_stats sum = {.runs = 0};
	uint64_t start = now_ns(), done = 0, differ = 0;
	int err = t ? open_trial(t, o->cpl, e) : error_set(e, STATUS_HOST, "out of memory");

	for (; err == 0 && done < o->programs && (o->seconds <= 0 || (double)(now_ns() - start) / 1e9 < o->seconds);
	     done++) {
		int one;

		t->seed = o->seed + done;
		one = try_one(t, out, &sum, e);
		err = one < 0 ? -1 : 0;
		differ += one > 0;
	}
	if (t && t->image >= 0)
		close(t->image);
	if (t && t->log >= 0)
		close(t->log);
	free(t);
	if (err < 0)
		return -1;
	fprintf(out, "%llu programs from seed %llu, %llu differ; %llu runs, %llu instructions, %llu accesses in them\n",
		(unsigned long long)done, (unsigned long long)o->seed, (unsigned long long)differ,
		(unsigned long long)sum.runs, (unsigned long long)sum.instructions, (unsigned long long)sum.accesses);
	return differ > 0;
}
