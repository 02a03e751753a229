#include "vmm/conform/compare.h"

#include "decoder/text.h"
#include "vmm/conform/arena.h"
#include "vmm/conform/undefined.h"

#include <stdio.h>
#include <string.h>

#define XSTATE_BV 512

static bool differ(char difference[DIFFERENCE], const char *what, uint64_t cpu, uint64_t kept)
{
	snprintf(difference, DIFFERENCE, "%s: 0x%llx by the CPU, 0x%llx by lodestore", what, (unsigned long long)cpu,
		 (unsigned long long)kept);
	return false;
}

static bool same_outcome(const struct scene *s, const struct result *cpu, const struct result *kept,
			 char difference[DIFFERENCE])
{
	uint64_t anywhere = 0;

	if (cpu->kind != kept->kind) {
		const struct result *fault = cpu->kind == RESULT_FAULT ? cpu : kept;

		snprintf(difference, DIFFERENCE, "%s raises vector %u (error 0x%x, cr2 0x%llx), the other does not",
			 fault == cpu ? "the CPU" : "lodestore", fault->vector, fault->error,
			 (unsigned long long)fault->cr2);
		return false;
	}
	if (cpu->kind != RESULT_FAULT)
		return true;
	if (cpu->vector != kept->vector)
		return differ(difference, "vector", cpu->vector, kept->vector);
	if (cpu->error != kept->error)
		return differ(difference, "error code", cpu->error, kept->error);
	if (s->decoded == DECODE_OK)
		anywhere = undefined_cr2(&s->insn);
	return (cpu->cr2 | anywhere) == (kept->cr2 | anywhere) || differ(difference, "cr2", cpu->cr2, kept->cr2);
}

static bool same_registers(const struct harness *h, const struct scene *s, const struct result *cpu,
			   const struct result *kept, char difference[DIFFERENCE])
{
	uint64_t flags = h->flags;

	for (unsigned i = 0; i < GPR_COUNT; i++) {
		if (cpu->gpr[i] != kept->gpr[i])
			return differ(difference, text_gpr(i, 8, true), cpu->gpr[i], kept->gpr[i]);
	}
	if (cpu->rip != kept->rip)
		return differ(difference, "rip", cpu->rip, kept->rip);
	if (cpu->kind == RESULT_DONE && s->decoded == DECODE_OK)
		flags &= ~undefined_flags(&s->insn);
	return (cpu->rflags & flags) == (kept->rflags & flags) ||
	       differ(difference, "rflags", cpu->rflags & flags, kept->rflags & flags);
}

static bool same_memory(const struct harness *h, char difference[DIFFERENCE])
{
	for (unsigned page = 0; page < ARENA_PAGES; page++) {
		const uint8_t *cpu = h->cpu_bytes + page * ARENA_PAGE, *kept = h->kept_bytes + page * ARENA_PAGE;
		char what[64];
		unsigned at = 0;

		if (!arena_present((enum arena_page)page) || memcmp(cpu, kept, ARENA_PAGE) == 0)
			continue;
		while (cpu[at] == kept[at])
			at++;
		snprintf(what, sizeof(what), "byte at 0x%llx",
			 (unsigned long long)(ARENA_BASE + page * ARENA_PAGE + at));
		return differ(difference, what, cpu[at], kept[at]);
	}
	return true;
}

/* --- vector state: Intel SDM Vol 1, "Managing State Using the XSAVE Feature Set" --- */

/* A run of bytes of one component, and what stands there in its initial state. */
struct piece {
	const char *name;
	unsigned component, at, size;
	uint8_t initial[4];
};

static const struct piece legacy_pieces[] = {
	{"x87 control word", 0, 0, 2, {0x7f, 0x03}},
	{"x87 status word", 0, 2, 2, {0}},
	{"x87 tags", 0, 4, 1, {0}},
	{"x87 opcode", 0, 6, 2, {0}},
	{"x87 instruction", 0, 8, 8, {0}},
	{"x87 operand", 0, 16, 8, {0}},
	{"MXCSR", 1, 24, 4, {0x80, 0x1f}},
};

static bool is_present(const struct vector_state *v, unsigned component)
{
	uint64_t present;

	memcpy(&present, v->area + XSTATE_BV, sizeof(present));
	return present >> component & 1;
}

static uint8_t byte_of(const struct vector_state *v, const struct piece *p, unsigned i)
{
	bool mxcsr = p->component == 1 && p->at == 24; /* XSAVE writes it even if SSE is in its initial state */

	if (is_present(v, p->component) || mxcsr)
		return v->area[p->at + i];
	return i < sizeof(p->initial) ? p->initial[i] : 0;
}

static bool same_piece(const struct piece *p, const struct vector_state *cpu, const struct vector_state *kept,
		       char difference[DIFFERENCE])
{
	char what[64];

	if (is_present(cpu, p->component) && is_present(kept, p->component) &&
	    memcmp(cpu->area + p->at, kept->area + p->at, p->size) == 0)
		return true;
	for (unsigned i = 0; i < p->size; i++) {
		if (byte_of(cpu, p, i) == byte_of(kept, p, i))
			continue;
		snprintf(what, sizeof(what), "%s, byte %u", p->name, i);
		return differ(difference, what, byte_of(cpu, p, i), byte_of(kept, p, i));
	}
	return true;
}

static struct piece component_piece(const struct vector_state *v, unsigned component)
{
	static const char *const names[XSTATE_COMPONENTS] = {[2] = "upper halves of YMM0-15",
							     [5] = "mask registers",
							     [6] = "upper halves of ZMM0-15",
							     [7] = "ZMM16-31"};

	return (struct piece){names[component], component, v->layout.offset[component], v->layout.size[component], {0}};
}

/* The usual case, at once: the same components present, and the same bytes in them. */
static bool same_bytes(const struct vector_state *cpu, const struct vector_state *kept)
{
	const uint8_t *a = cpu->area, *b = kept->area;

	return memcmp(a, b, 28) == 0 && memcmp(a + 32, b + 32, 384) == 0 &&
	       memcmp(a + XSTATE_BV, b + XSTATE_BV, sizeof(cpu->area) - XSTATE_BV) == 0;
}

static bool same_vector(const struct vector_state *cpu, const struct vector_state *kept, char difference[DIFFERENCE])
{
	char name[16];

	if (same_bytes(cpu, kept))
		return true;
	for (unsigned i = 0; i < sizeof(legacy_pieces) / sizeof(legacy_pieces[0]); i++) {
		if (!same_piece(&legacy_pieces[i], cpu, kept, difference))
			return false;
	}
	for (unsigned i = 0; i < 24; i++) {
		struct piece p = {name, i >= 8, 32 + 16 * i, i >= 8 ? 16 : 10, {0}};

		snprintf(name, sizeof(name), i < 8 ? "st%u" : "xmm%u", i < 8 ? i : i - 8);
		if (!same_piece(&p, cpu, kept, difference))
			return false;
	}
	for (unsigned component = 2; component < 8; component++) {
		struct piece p;

		if (!((XSTATE_AVX | XSTATE_AVX512) >> component & 1) || !(cpu->features >> component & 1))
			continue;
		p = component_piece(cpu, component);
		if (p.at + p.size <= sizeof(cpu->area) && !same_piece(&p, cpu, kept, difference))
			return false;
	}
	return true;
}

/*
 * What a faulting ENTER has pushed below the stack pointer is nobody's: the CPU has
 * stored some of it, lodestore nothing.
 */
static bool memory_counts(const struct scene *s, const struct result *cpu)
{
	return cpu->kind != RESULT_FAULT || s->insn.exec != EXEC_ENTER;
}

bool compare_results(const struct harness *h, const struct scene *s, const struct result *cpu,
		     const struct result *kept, char difference[DIFFERENCE])
{
	return same_outcome(s, cpu, kept, difference) && same_registers(h, s, cpu, kept, difference) &&
	       (!memory_counts(s, cpu) || same_memory(h, difference)) &&
	       (!s->uses_vector || same_vector(&cpu->vector_state, &kept->vector_state, difference));
}
