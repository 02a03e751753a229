/*
 * needed.c: what the guest needs to take GUEST_VECTOR_ACCESS, and to go on after the
 * call: the code and the stack it runs on, its descriptor tables, the handler and the
 * stack of that exception, and every page table on the walks to them. What it needs for
 * other address spaces it must know itself.
 * Sources: Intel SDM Vol 3, "64-Bit Mode IDT", "64-Bit Mode Stack Frame", "Interrupt Stack Table".
 */
#include "vmm/declared/state.h"

#include <string.h>

#define GATE_SIZE 16
#define TSS_RSP0 4
#define TSS_IST1 36
#define TSS_USED 104
#define FRAME_SIZE 56 /* an error code, RIP, CS, RFLAGS, RSP, SS, and what aligns them */

struct search {
	const struct access_env *env;
	struct regs regs;
	gpa_t start;
	uint64_t size;
	bool hit;
};

static void note(struct search *s, gpa_t gpa)
{
	s->hit = s->hit || gpa.v - s->start.v < s->size;
}

/* As the walks of the monitor read tables, each of them noted. */
static void *entry(void *self, gpa_t gpa, unsigned entry_size)
{
	struct search *s = self;
	const struct walk_memory *tables = s->env->translator->memory;

	note(s, gpa);
	return tables->entry(tables->self, gpa, entry_size);
}

/* Note the page of gva, and the tables that lead to it. False if there is none. */
static bool note_page(struct search *s, uint64_t gva, enum walk_use use, gpa_t *gpa)
{
	struct walk_memory tables = {.self = s, .entry = entry};
	struct walk w;

	walk(&s->regs, &tables, s->env->translator->phys_bits, (gva_t){gva}, use, &w);
	if (w.status != WALK_OK)
		return false;
	note(s, w.gpa);
	*gpa = w.gpa;
	return true;
}

/* size is small: no descriptor table has more than 64 KiB. */
static void note_range(struct search *s, uint64_t gva, uint64_t size)
{
	uint64_t first = gva & ~PAGE_MASK;
	gpa_t gpa;

	for (uint64_t at = 0; at < (gva - first) + size; at += PAGE_SIZE)
		note_page(s, first + at, WALK_READ, &gpa);
}

/* Bytes of the guest's, each by its own walk: they may lie on two pages. */
static bool read_bytes(struct search *s, uint64_t gva, unsigned size, void *out)
{
	for (unsigned i = 0; i < size; i++) {
		const uint8_t *byte;
		gpa_t gpa;

		if (!note_page(s, gva + i, WALK_READ, &gpa) || !(byte = ram_bytes(s->env->ram, gpa, 1)))
			return false;
		((uint8_t *)out)[i] = *byte;
	}
	return true;
}

/* The handler of the exception and the stack that it is given. */
static void note_gate(struct search *s, const struct declared_tables *tables)
{
	uint64_t gate[2], stack, at = tables->tss.base + TSS_RSP0;
	gpa_t gpa;

	if (GUEST_VECTOR_ACCESS * GATE_SIZE + GATE_SIZE - 1 > tables->idt.limit ||
	    !read_bytes(s, tables->idt.base + GUEST_VECTOR_ACCESS * GATE_SIZE, sizeof(gate), gate))
		return;
	note_page(s, (gate[0] & 0xffff) | (gate[0] >> 32 & 0xffff0000) | gate[1] << 32, WALK_FETCH, &gpa);
	if (gate[0] >> 32 & 7)
		at = tables->tss.base + TSS_IST1 + 8 * ((gate[0] >> 32 & 7) - 1);
	if (read_bytes(s, at, sizeof(stack), &stack))
		note_range(s, (stack & ~15ull) - FRAME_SIZE, FRAME_SIZE);
}

bool declared_is_needed(const struct access_env *env, const struct regs *regs, const struct declared_tables *tables,
			gpa_t start, uint64_t size)
{
	struct search s = {.env = env, .regs = walk_implicit(regs), .start = start, .size = size};
	gpa_t gpa;

	note_page(&s, regs->rip, WALK_FETCH, &gpa);
	note_range(&s, regs->gpr[GPR_RSP] - 8, 16);
	note_range(&s, tables->idt.base, (uint64_t)tables->idt.limit + 1);
	note_range(&s, tables->gdt.base, (uint64_t)tables->gdt.limit + 1);
	note_range(&s, tables->tss.base, TSS_USED);
	note_gate(&s, tables);
	return s.hit;
}
