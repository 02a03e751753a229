/*
 * dump.c: the final state as JSON, one value a line, and memory as files.
 *
 * Values are hexadecimal strings, because JSON numbers lose bits above 2^53.
 * Vector and x87 registers are read from the XSAVE area; offsets come from CPUID
 * leaf 0DH, the layout of the standard format.
 */
#include "vmm/machine/state.h"

#include <cpuid.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char *const segment_names[SEG_COUNT] = {"es", "cs", "ss", "ds", "fs", "gs"};

/* Intel SDM Vol 1, "Legacy Region of an XSAVE Area" and Vol 2, "FXSAVE". */
#define FCW_AT 0
#define FSW_AT 2
#define FTW_AT 4
#define MXCSR_AT 24
#define ST_AT 32
#define XMM_AT 160
#define XSTATE_BV_AT 512
#define COMPONENT_AVX 2
#define COMPONENT_OPMASK 5
#define COMPONENT_ZMM_HI256 6
#define COMPONENT_HI16_ZMM 7

static void put(FILE *out, const char *name, uint64_t value)
{
	fprintf(out, "  \"%s\": \"0x%" PRIx64 "\",\n", name, value);
}

static void put_bytes(FILE *out, const char *name, unsigned number, const uint8_t *bytes, unsigned size)
{
	fprintf(out, "  \"%s%u\": \"0x", name, number);
	for (unsigned i = size; i-- > 0;)
		fprintf(out, "%02x", bytes[i]);
	fprintf(out, "\",\n");
}

static uint64_t read_le(const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, bytes, size);
	return value;
}

/* Where a component lies in the standard format, and whether it is not in its initial state; 0 if there is none. */
static unsigned component_at(const struct vector_state *v, unsigned component)
{
	unsigned eax, ebx, ecx, edx;

	if (!(v->features & (1ull << component)) || !__get_cpuid_count(0xd, component, &eax, &ebx, &ecx, &edx))
		return 0;
	if (ebx + eax > XSAVE_AREA)
		return 0;
	return ebx;
}

static const uint8_t *component(const struct vector_state *v, unsigned which, unsigned offset, const uint8_t *zeros)
{
	unsigned at = component_at(v, which);
	uint64_t present = read_le(v->area + XSTATE_BV_AT, 8);

	return at && (present & (1ull << which)) ? v->area + at + offset : zeros;
}

/* The widest form of a vector register that the guest has. */
static void put_vector(FILE *out, const struct vector_state *v, unsigned number)
{
	static const uint8_t zeros[64];
	uint64_t present = read_le(v->area + XSTATE_BV_AT, 8);
	uint8_t bytes[64];
	unsigned size = 16;

	if (number < 16) {
		memcpy(bytes, present & XSTATE_SSE ? v->area + XMM_AT + 16 * number : zeros, 16);
		memcpy(bytes + 16, component(v, COMPONENT_AVX, 16 * number, zeros), 16);
		memcpy(bytes + 32, component(v, COMPONENT_ZMM_HI256, 32 * number, zeros), 32);
	} else {
		memcpy(bytes, component(v, COMPONENT_HI16_ZMM, 64 * (number - 16), zeros), 64);
	}
	if (v->features & XSTATE_AVX)
		size = 32;
	if ((v->features & XSTATE_AVX512) == XSTATE_AVX512)
		size = 64;
	put_bytes(out, size == 64 ? "zmm" : size == 32 ? "ymm" : "xmm", number, bytes, size);
}

static void put_vectors(FILE *out, const struct vector_state *v)
{
	static const uint8_t zeros[64];
	bool avx512 = (v->features & XSTATE_AVX512) == XSTATE_AVX512;
	bool x87 = read_le(v->area + XSTATE_BV_AT, 8) & XSTATE_X87;

	put(out, "mxcsr", read_le(v->area + MXCSR_AT, 4));
	put(out, "fcw", x87 ? read_le(v->area + FCW_AT, 2) : 0x37f);
	put(out, "fsw", x87 ? read_le(v->area + FSW_AT, 2) : 0);
	put(out, "ftw", x87 ? v->area[FTW_AT] : 0);
	for (unsigned i = 0; i < 8; i++)
		put_bytes(out, "st", i, x87 ? v->area + ST_AT + 16 * i : zeros, 10);
	for (unsigned i = 0; i < (avx512 ? 32 : 16); i++)
		put_vector(out, v, i);
	for (unsigned i = 0; avx512 && i < 8; i++)
		put_bytes(out, "k", i, component(v, COMPONENT_OPMASK, 8 * i, zeros), 8);
}

static void put_stop(FILE *out, const struct stop *stop)
{
	static const char *const kinds[] = {
		[STOP_NONE] = "none",           [STOP_HLT] = "hlt",
		[STOP_EXCEPTION] = "exception", [STOP_POWER_OFF] = "power-off",
		[STOP_RESET] = "reset",         [STOP_DEBUG_EXIT] = "debug-exit",
		[STOP_QUIT] = "quit",           [STOP_TIMEOUT] = "timeout",
		[STOP_SIGNAL] = "signal",       [STOP_TRIPLE_FAULT] = "triple-fault",
		[STOP_WATCH] = "watch",         [STOP_TRACED] = "traced",
		[STOP_REFUSED] = "refused",     [STOP_UNSUPPORTED] = "unsupported",
		[STOP_HOST] = "host",
	};

	fprintf(out, "  \"stop\": \"%s\",\n  \"status\": %d,\n", kinds[stop->kind], stop->status);
	if (!stop->has_exception)
		return;
	fprintf(out, "  \"vector\": %u,\n", stop->vector);
	if (stop->has_error)
		put(out, "error_code", stop->error_code);
}

static void put_registers(FILE *out, const struct regs *regs)
{
	for (unsigned i = 0; i < GPR_COUNT; i++)
		put(out, gpr_name((enum gpr)i), regs->gpr[i]);
	put(out, "rip", regs->rip);
	put(out, "rflags", regs->rflags);
	for (unsigned i = 0; i < SEG_COUNT; i++) {
		char name[16];

		put(out, segment_names[i], regs->seg[i].selector);
		snprintf(name, sizeof(name), "%s_base", segment_names[i]);
		put(out, name, regs->seg[i].base);
	}
	put(out, "cr0", regs->cr0);
	put(out, "cr2", regs->cr2);
	put(out, "cr3", regs->cr3);
	put(out, "cr4", regs->cr4);
	put(out, "efer", regs->efer);
}

static int close_file(FILE *out, const char *path, struct error *e)
{
	bool failed = ferror(out) || fflush(out) != 0;

	if (out != stdout && fclose(out) != 0)
		failed = true;
	if (failed)
		return error_set(e, STATUS_HOST, "%s: cannot be written: %s", path, strerror(errno));
	return 0;
}

static void put_cpu(FILE *out, struct cpu *c, const struct regs *regs)
{
	const struct vector_state *v = vcpu_vector(&c->vcpu);

	put_registers(out, regs);
	if (v)
		put_vectors(out, v);
	fprintf(out, "  \"cpl\": %u", regs->cpl);
}

/* Of several: all of them, in order. What stands before is the one's that ended the guest. */
static void put_all(FILE *out, const struct machine *m)
{
	fprintf(out, ",\n  \"vcpu\": %u,\n  \"vcpus\": [", m->stopper->vcpu.id);
	for (unsigned i = 0; i < m->ncpus; i++) {
		struct cpu *c = &m->cpus[i];

		fprintf(out, "%s{\n", i ? ", " : "");
		put_cpu(out, c, c == m->stopper ? &m->stop.regs : &c->end);
		fprintf(out, "\n  }");
	}
	fprintf(out, "]");
}

/* The guest may run for days before it is made. Nothing is made or changed yet. */
static int check_output(const char *path, struct error *e)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (strcmp(path, "-") == 0 || access(path, W_OK) == 0)
		return 0;
	if (errno != ENOENT)
		return error_set(e, STATUS_INPUT, "%s: %s", path, strerror(errno));
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
	return access(folder, W_OK | X_OK) == 0 ? 0 : error_set(e, STATUS_INPUT, "%s: %s", path, strerror(errno));
}

int dump_check(const struct machine *m, struct error *e)
{
	const struct machine_options *o = m->options;

	if ((o->dump && check_output(o->dump, e) < 0) || (o->screen && check_output(o->screen, e) < 0))
		return -1;
	for (unsigned i = 0; i < o->nsaved; i++)
		if (check_output(o->saved[i].path, e) < 0)
			return -1;
	return 0;
}

int dump_state(struct machine *m, struct error *e)
{
	const char *path = m->options->dump;
	FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");

	if (!out)
		return error_set(e, STATUS_HOST, "%s: %s", path, strerror(errno));
	fprintf(out, "{\n");
	put_stop(out, &m->stop);
	put_cpu(out, m->stopper, &m->stop.regs);
	if (m->ncpus > 1)
		put_all(out, m);
	fprintf(out, "\n}\n");
	return close_file(out, path, e);
}

static int save_range(struct machine *m, const struct saved_range *saved, struct error *e)
{
	uint64_t start, size;
	char why[128] = "";
	bool physical;
	FILE *out;

	if (!keep_resolve(&m->cpus[0], &saved->range, &m->stop.regs, &start, &size, &physical, why))
		return error_set(e, STATUS_GUEST, "range \"%s\": %s", saved->range.text, why);
	out = fopen(saved->path, "we");
	if (!out)
		return error_set(e, STATUS_HOST, "%s: %s", saved->path, strerror(errno));
	while (size > 0) {
		uint64_t n = PAGE_SIZE - (start & PAGE_MASK);
		gpa_t gpa = {start};
		const uint8_t *bytes = NULL;

		n = n < size ? n : size;
		if (physical || access_translate(&m->cpus[0].env, &m->stop.regs, (gva_t){start}, WALK_READ, &gpa))
			bytes = ram_bytes(&m->ram, gpa, n);
		if (!bytes) {
			fclose(out);
			return error_set(e, STATUS_GUEST, "range \"%s\": 0x%llx is not memory", saved->range.text,
					 (unsigned long long)start);
		}
		fwrite(bytes, 1, n, out);
		start += n;
		size -= n;
	}
	return close_file(out, saved->path, e);
}

int dump_memory(struct machine *m, struct error *e)
{
	for (unsigned i = 0; i < m->options->nsaved; i++)
		if (save_range(m, &m->options->saved[i], e) < 0)
			return -1;
	return 0;
}
